/** DynamoDB alone, called without a wire. */
import { createKernel, type Kernel, ManualClock } from '../../kernel/index.ts';
import { dynamoDbService } from './index.ts';

// biome-ignore lint/suspicious/noExplicitAny: what comes back is looked at by tests alone
type Output = any;

export interface Room {
  readonly kernel: Kernel;
  readonly clock: ManualClock;
  call(operation: string, input?: object, signal?: AbortSignal): Promise<Output>;
  /** `Code: message` of what must be refused. */
  refused(operation: string, input: object): Promise<string>;
  close(): Promise<void>;
}

export function openRoom(stateDirectory = 'memory', startAt = Date.UTC(2026, 10, 21, 12)): Room {
  const clock = new ManualClock(startAt);
  const kernel = createKernel({ stateDirectory, accountId: '123456789012', region: 'us-east-1', clock });
  kernel.registry.add(dynamoDbService());
  const call: Room['call'] = (operation, input = {}, signal) =>
    kernel.dispatch({
      caller: { kind: 'internal', service: 'test' },
      service: 'dynamodb',
      operation,
      input,
      signal,
    });
  return {
    kernel,
    clock,
    call,
    refused: (operation, input) =>
      call(operation, input).then(
        () => 'nothing was refused',
        (error) => `${error.code}: ${error.message}`,
      ),
    close: () => kernel.stop(),
  };
}

/** A table on demand, its keys `id` and `at`. */
export function tableOf(name: string, types: { id?: string; at?: string | undefined } = {}, more: object = {}): object {
  const { id = 'S', at } = types;
  return {
    TableName: name,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [
      { AttributeName: 'id', AttributeType: id },
      ...(at ? [{ AttributeName: 'at', AttributeType: at }] : []),
    ],
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }, ...(at ? [{ AttributeName: 'at', KeyType: 'RANGE' }] : [])],
    ...more,
  };
}
