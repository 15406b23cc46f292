/** How a payload gets to a target: by which operation of which service, in whose name. */
import { createHash } from 'node:crypto';
import type { Call, Caller } from '../../kernel/index.ts';
import type { RuleTarget } from './records.ts';
import { EVENTS } from './room.ts';

type Sent = Omit<Call, 'signal'>;

/** The services that rules can reach, as far as they are there. */
const SERVICES: ReadonlySet<string> = new Set(['lambda', 'sqs', 'sns', 'logs', 'events', 'states']);

/** The service behind a target's ARN; undefined for what EventBridge can reach and nobody here. */
export function serviceOfTarget(arn: string): string | undefined {
  const service = arn.split(':')[2] ?? '';
  return SERVICES.has(service) ? service : undefined;
}

export interface Sending {
  readonly target: RuleTarget;
  readonly ruleArn: string;
  readonly accountId: string;
  readonly payload: string;
  readonly traceHeader?: string | undefined;
}

/** In the role that the target names, else in EventBridge's own name, which the target's policy must let in. */
export function callerOf({ target, ruleArn, accountId }: Sending): Caller {
  const source = { service: EVENTS, sourceArn: ruleArn, sourceAccount: accountId };
  if (target.RoleArn === undefined) return { kind: 'service', ...source };
  const sessionName = createHash('sha256').update(ruleArn).digest('hex').slice(0, 32);
  return { kind: 'role', roleArn: target.RoleArn, sessionName, ...source };
}

/** Of targets that are not buses, API destinations or log groups, which take more than one call. */
export function targetCall(sending: Sending): Sent | undefined {
  const { target, payload, traceHeader } = sending;
  const { Arn: arn, SqsParameters } = target;
  const caller = callerOf(sending);
  const traced = traceHeader === undefined ? {} : { traceHeader };
  switch (serviceOfTarget(arn)) {
    case 'lambda': {
      const input = { FunctionName: arn, InvocationType: 'Event', Payload: Buffer.from(payload) };
      return { caller, service: 'lambda', operation: 'Invoke', input, ...traced };
    }
    case 'sqs': {
      const group = SqsParameters?.MessageGroupId;
      const input = {
        QueueUrl: queueUrl(arn),
        MessageBody: payload,
        ...(group !== undefined && { MessageGroupId: group }),
        ...(traceHeader !== undefined && {
          MessageSystemAttributes: { AWSTraceHeader: { DataType: 'String', StringValue: traceHeader } },
        }),
      };
      return { caller, service: 'sqs', operation: 'SendMessage', input, ...traced };
    }
    case 'sns': {
      const input = {
        TopicArn: arn,
        Message: payload,
        ...(arn.endsWith('.fifo') && SqsParameters?.MessageGroupId && { MessageGroupId: SqsParameters.MessageGroupId }),
      };
      return { caller, service: 'sns', operation: 'Publish', input, ...traced };
    }
    case 'states': {
      const input = { stateMachineArn: arn, input: payload, ...traced };
      return { caller, service: 'states', operation: 'StartExecution', input, ...traced };
    }
    default:
      return undefined;
  }
}

export function queueUrl(arn: string): string {
  const [, , , region, account, name] = arn.split(':');
  return `https://sqs.${region}.amazonaws.com/${account}/${name}`;
}
