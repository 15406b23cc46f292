/** What services of a drawn cloud ask of a caller besides the action that is called: they are asked themselves. */
import { randomUUID } from 'node:crypto';
import type { Principal } from '../kernel/caller.ts';
import type { CallContext, Requirement } from '../kernel/service.ts';
import type { DrawnCloud } from './drawn-cloud.ts';

/**
 * As much of an operation's input as names what it is about, of an ARN. DynamoDB is not among them: it opens tables by
 * grants of its own, whoever calls.
 */
const INPUTS: Readonly<Record<string, (arn: string, drawn: DrawnCloud) => object | undefined>> = {
  s3: (arn) => {
    const [Bucket = '', ...key] = arn.slice(arn.lastIndexOf(':') + 1).split('/');
    return key.length === 0 ? { Bucket } : { Bucket, Key: key.join('/') };
  },
  secretsmanager: (arn) => ({ SecretId: arn }),
  sns: (arn) => ({ TopicArn: arn }),
  sqs: (arn, { resources }) => {
    const queue = resources().find(({ type, attributes }) => type === 'AWS::SQS::Queue' && attributes['Arn'] === arn);
    return queue && { QueueUrl: queue.physicalId };
  },
  ssm: (arn) => ({ Name: arn.slice(arn.indexOf(':parameter/') + ':parameter'.length) }),
};

/** Empty where the service has no such operation, or finds nothing there. */
export async function alsoNeeded(
  drawn: DrawnCloud,
  principal: Principal,
  operation: string,
  resourceArn: string,
): Promise<readonly Requirement[]> {
  const { kernel } = drawn;
  const name = resourceArn.split(':')[2] ?? '';
  const input = Object.hasOwn(INPUTS, name) ? INPUTS[name]?.(resourceArn, drawn) : undefined;
  if (!input || !kernel.registry.definitions.some((definition) => definition.name === name)) return [];
  const service = await kernel.registry.service(name);
  const called = Object.hasOwn(service.operations, operation) ? service.operations[operation] : undefined;
  if (!called) return [];
  const call: CallContext = { principal, origin: { kind: 'outside' }, requestId: randomUUID() };
  try {
    if (name === 's3' && 'Key' in input) await putObject(drawn, input);
    return called.requires(input as never, call).filter(({ action }) => !action.startsWith(`${name}:`));
  } catch {
    // An input that only says what it is about is none that every operation can read.
    return [];
  }
}

/** Which key opens an object is asked of one that is there. */
async function putObject({ kernel }: DrawnCloud, input: object): Promise<void> {
  const caller = { kind: 'internal', service: 'sampan' } as const;
  await kernel.dispatch({ caller, service: 's3', operation: 'PutObject', input });
}
