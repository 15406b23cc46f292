/** What resources of the stack tell services to send, and to whom: rules, subscriptions, notifications, alarms, schedules. */
import { below } from '../check/json.ts';
import type { ResourceDescription } from '../kernel/reconcile/contract.ts';
import type { Json } from '../template/stack.ts';

export interface Sending {
  /** Logical id of what says so. */
  readonly resource: string;
  /** For people: `rule Nightly of EventBridge`. */
  readonly sender: string;
  /** e.g. `events.amazonaws.com` */
  readonly service: string;
  /** Absent where it is not known before it is made. */
  readonly sourceArn?: string;
  readonly targetArn: string;
  /** Absent: in the service's own name. */
  readonly roleArn?: string;
}

interface Target {
  readonly arn: Json | undefined;
  readonly roleArn?: Json | undefined;
}

interface Reader {
  readonly service: string;
  /** What the resource is called, and whose it is. */
  readonly name: readonly [kind: string, service: string];
  readonly sourceArn: (resource: ResourceDescription) => Json | undefined;
  readonly targets: (resource: ResourceDescription) => readonly Target[];
}

const listOf = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : []);
const each = (list: Json | undefined, ...path: readonly string[]): Target[] =>
  listOf(list).map((entry) => ({ arn: below(entry, ...path) }));
const arnOf = ({ attributes, physicalId }: ResourceDescription): Json => attributes['Arn'] ?? physicalId;

/** Protocols whose endpoints are resources; mail addresses and URLs let in whom they like. */
const SUBSCRIBED: ReadonlySet<Json | undefined> = new Set(['sqs', 'lambda', 'firehose']);

const ALARM: Omit<Reader, 'name'> = {
  service: 'cloudwatch.amazonaws.com',
  sourceArn: arnOf,
  targets: ({ properties }) =>
    ['AlarmActions', 'OKActions', 'InsufficientDataActions'].flatMap((name) => each(properties[name])),
};

const READERS: Readonly<Record<string, Reader>> = {
  'AWS::Events::Rule': {
    service: 'events.amazonaws.com',
    name: ['rule', 'EventBridge'],
    sourceArn: arnOf,
    targets: ({ properties: { Targets } }) => [
      ...listOf(Targets).map((target) => ({ arn: below(target, 'Arn'), roleArn: below(target, 'RoleArn') })),
      ...each(Targets, 'DeadLetterConfig', 'Arn'),
    ],
  },
  'AWS::SNS::Subscription': {
    service: 'sns.amazonaws.com',
    name: ['subscription', 'SNS'],
    sourceArn: ({ properties }) => properties['TopicArn'],
    targets: ({ properties: { Protocol, Endpoint, RedrivePolicy, SubscriptionRoleArn } }) => [
      ...(SUBSCRIBED.has(Protocol) ? [{ arn: Endpoint, roleArn: SubscriptionRoleArn }] : []),
      { arn: below(RedrivePolicy, 'deadLetterTargetArn') },
    ],
  },
  'AWS::SNS::Topic': {
    service: 'sns.amazonaws.com',
    name: ['topic', 'SNS'],
    sourceArn: ({ physicalId }) => physicalId,
    targets: ({ properties: { Subscription } }) =>
      each(
        listOf(Subscription).filter((entry) => SUBSCRIBED.has(below(entry, 'Protocol'))),
        'Endpoint',
      ),
  },
  'AWS::S3::Bucket': {
    service: 's3.amazonaws.com',
    name: ['bucket', 'S3'],
    sourceArn: arnOf,
    targets: ({ properties: { NotificationConfiguration: told } }) => [
      ...each(below(told, 'LambdaConfigurations'), 'Function'),
      ...each(below(told, 'QueueConfigurations'), 'Queue'),
      ...each(below(told, 'TopicConfigurations'), 'Topic'),
    ],
  },
  'AWS::CloudWatch::Alarm': { ...ALARM, name: ['alarm', 'CloudWatch'] },
  'AWS::CloudWatch::CompositeAlarm': { ...ALARM, name: ['alarm', 'CloudWatch'] },
  'AWS::Scheduler::Schedule': {
    service: 'scheduler.amazonaws.com',
    name: ['schedule', 'EventBridge Scheduler'],
    sourceArn: ({ attributes }) => attributes['Arn'],
    targets: ({ properties: { Target } }) => {
      const roleArn = below(Target, 'RoleArn');
      return [below(Target, 'Arn'), below(Target, 'DeadLetterConfig', 'Arn')].map((arn) => ({ arn, roleArn }));
    },
  },
};

/** Each target of each resource once. */
export function sendingsIn(resources: readonly ResourceDescription[]): Sending[] {
  const found = resources.flatMap((resource): Sending[] => {
    const reader = Object.hasOwn(READERS, resource.type) ? READERS[resource.type] : undefined;
    if (!reader) return [];
    const { logicalId } = resource;
    const { service, name } = reader;
    const sourceArn = reader.sourceArn(resource);
    return reader.targets(resource).flatMap(({ arn, roleArn }): Sending[] => {
      if (typeof arn !== 'string' || !arn.startsWith('arn:')) return [];
      return [
        {
          resource: logicalId,
          sender: `${name[0]} ${logicalId} of ${name[1]}`,
          service,
          targetArn: arn,
          ...(typeof sourceArn === 'string' && { sourceArn }),
          ...(typeof roleArn === 'string' && { roleArn }),
        },
      ];
    });
  });
  return [...new Map(found.map((sending) => [JSON.stringify(sending), sending])).values()];
}
