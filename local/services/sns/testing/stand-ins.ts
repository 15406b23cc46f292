/** Queues and functions that keep what they are given, for tests of deliveries without their services. */
import { AwsError } from '../../../kernel/aws-error.ts';
import type { CallContext, Operation, ServiceDefinition } from '../../../kernel/service.ts';

export interface Received {
  readonly call: CallContext;
  // biome-ignore lint/suspicious/noExplicitAny: whatever was sent; the test says what it expects
  readonly input: any;
}

export interface StandIn {
  readonly definition: ServiceDefinition;
  readonly received: Received[];
  /** What the next calls are refused with, by turns; undefined takes the call. */
  readonly refusals: (AwsError | undefined)[];
}

function standIn(name: string, operation: string): StandIn {
  const received: Received[] = [];
  const refusals: (AwsError | undefined)[] = [];
  const take: Operation<object> = {
    requires: () => [],
    handle(input, call) {
      const refusal = refusals.shift();
      if (refusal) throw refusal;
      received.push({ input, call });
      return {};
    },
  };
  return {
    received,
    refusals,
    definition: { name, resourceTypes: [], load: async () => ({ operations: { [operation]: take }, providers: {} }) },
  };
}

export const queueStandIn = (): StandIn => standIn('sqs', 'SendMessage');
export const functionStandIn = (): StandIn => standIn('lambda', 'Invoke');

export const unavailable = (): AwsError => new AwsError('ServiceUnavailable', 'Try later', { statusCode: 503 });
export const gone = (): AwsError =>
  new AwsError('QueueDoesNotExist', 'The specified queue does not exist.', { statusCode: 400 });
