/** What a schedule calls: templated targets by what they are, universal ones by the operation they name. Pure. */
import type { Call } from '../../kernel/index.ts';
import type { ScheduleTarget } from './room.ts';

type Sent = Omit<Call, 'signal' | 'caller'>;

/** Names of the SDKs whose services have other names here. */
const SDK_NAMES: Readonly<Record<string, string>> = {
  cloudwatch: 'monitoring',
  cloudwatchlogs: 'logs',
  cognitoidentityprovider: 'cognito-idp',
  eventbridge: 'events',
  sfn: 'states',
};

/** https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html#unsupported-api-actions */
const READING = /^(?:get|describe|list|poll|receive|search|scan|query|select|read|lookup|discover|validate|batchGet)/;

interface Universal {
  readonly service: string;
  readonly operation: string;
}

function universalOf(arn: string): Universal | undefined {
  const [, sdk, action] = /^arn:[^:]+:scheduler:::aws-sdk:([\w-]+):(\w+)$/.exec(arn) ?? [];
  if (sdk === undefined || action === undefined) return undefined;
  return { service: SDK_NAMES[sdk] ?? sdk, operation: action[0]!.toUpperCase() + action.slice(1) };
}

/** The service behind a target. */
export const serviceOfTarget = (arn: string): string => universalOf(arn)?.service ?? arn.split(':')[2] ?? '';

/** Templated targets that can be reached here. */
const TEMPLATED: ReadonlySet<string> = new Set(['lambda', 'sqs', 'sns', 'events', 'states']);

export const isReachable = (arn: string): boolean =>
  universalOf(arn) !== undefined || TEMPLATED.has(serviceOfTarget(arn));

/** What is wrong with a target; undefined when nothing is. */
export function targetProblem({
  Arn,
  Input,
  EventBridgeParameters,
  SqsParameters,
}: ScheduleTarget): string | undefined {
  if (!/^arn:[^:]+:[\w-]+:/.test(Arn)) return `Provided Arn ${Arn} is not valid.`;
  if (universalOf(Arn)) {
    if (READING.test(Arn.split(':').at(-1)!)) return `${Arn} is not a supported API action.`;
    if (Input !== undefined && !isObject(Input)) return 'The input of a universal target must be a JSON object.';
    return undefined;
  }
  if (Arn.includes(':scheduler:::')) return `Invalid universal target ${Arn}.`;
  if (Arn.includes(':event-bus/') && !EventBridgeParameters) return 'EventBridgeParameters is required for the target.';
  if (/:sqs:.*\.fifo$/.test(Arn) && !SqsParameters?.MessageGroupId)
    return 'MessageGroupId is required for a FIFO queue.';
  return undefined;
}

/** Undefined for what nobody here can reach. */
export function targetCall(target: ScheduleTarget, input: string): Sent | undefined {
  const { Arn, SqsParameters, EventBridgeParameters } = target;
  const universal = universalOf(Arn);
  if (universal) return { ...universal, input: JSON.parse(input) };
  switch (serviceOfTarget(Arn)) {
    case 'lambda': {
      const Payload = Buffer.from(input);
      return { service: 'lambda', operation: 'Invoke', input: { FunctionName: Arn, InvocationType: 'Event', Payload } };
    }
    case 'sqs':
      return {
        service: 'sqs',
        operation: 'SendMessage',
        input: {
          QueueUrl: queueUrl(Arn),
          MessageBody: input,
          ...(SqsParameters?.MessageGroupId !== undefined && { MessageGroupId: SqsParameters.MessageGroupId }),
        },
      };
    case 'sns':
      return { service: 'sns', operation: 'Publish', input: { TopicArn: Arn, Message: input } };
    case 'events': {
      const { DetailType, Source } = EventBridgeParameters ?? {};
      const entry = { EventBusName: Arn, DetailType, Source, Detail: input };
      return { service: 'events', operation: 'PutEvents', input: { Entries: [entry] } };
    }
    case 'states':
      return { service: 'states', operation: 'StartExecution', input: { stateMachineArn: Arn, input } };
    default:
      return undefined;
  }
}

export function queueUrl(arn: string): string {
  const [, , , region, account, name] = arn.split(':');
  return `https://sqs.${region}.amazonaws.com/${account}/${name}`;
}

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
