/** What a topic's attributes may say. https://docs.aws.amazon.com/sns/latest/api/API_SetTopicAttributes.html */
import { MalformedPolicy, type PolicyDocument, readPolicy } from '../../../policy/iam/index.ts';
import type { Json } from '../../../template/stack.ts';
import { checkDeliveryPolicy, DeliveryPolicyError, effectiveOfTopic } from '../delivery/delivery-policy.ts';
import { invalidParameter, notEmulated } from '../errors.ts';
import type { Topic } from '../records.ts';

const oneOf =
  (...values: readonly string[]) =>
  (value: string): boolean =>
    values.includes(value);
const isRoleArn = (value: string): boolean => value === '' || /^arn:[^:]+:iam::\d{12}:role\/.+$/.test(value);
const isRate = (value: string): boolean => value === '' || (/^\d{1,3}$/.test(value) && Number(value) <= 100);
const isFlag = oneOf('true', 'false');

const FEEDBACK = Object.fromEntries(
  ['HTTP', 'Firehose', 'Lambda', 'Application', 'SQS'].flatMap((endpoint) => [
    [`${endpoint}SuccessFeedbackRoleArn`, isRoleArn],
    [`${endpoint}SuccessFeedbackSampleRate`, isRate],
    [`${endpoint}FailureFeedbackRoleArn`, isRoleArn],
  ]),
);

/** By name, whether a value will do. */
const RULES: Readonly<Record<string, (value: string) => boolean>> = {
  ...FEEDBACK,
  ContentBasedDeduplication: isFlag,
  DeliveryPolicy: () => true,
  DisplayName: (value) => value.length <= 100,
  FifoThroughputScope: oneOf('Topic', 'MessageGroup'),
  FifoTopic: isFlag,
  KmsMasterKeyId: () => true,
  MaximumMessageSize: (value) => /^\d{4,7}$/.test(value) && Number(value) >= 1024 && Number(value) <= 1_048_576,
  Policy: () => true,
  SignatureVersion: oneOf('1', '2'),
  TracingConfig: oneOf('PassThrough', 'Active'),
};

const OF_FIFO_ALONE = new Set(['ContentBasedDeduplication', 'FifoThroughputScope']);

/** Throws InvalidParameter. `isFifo` of the topic it is for. */
export function checkAttribute(name: string, value: string, isFifo: boolean): void {
  if (name === 'ArchivePolicy' && value !== '' && value !== '{}') {
    throw notEmulated('The message archive of FIFO topics (ArchivePolicy)');
  }
  if (name === 'ArchivePolicy') return;
  if (name === 'DataProtectionPolicy' && value !== '')
    throw notEmulated('Message data protection (DataProtectionPolicy)');
  if (name === 'DataProtectionPolicy') return;
  const rule = Object.hasOwn(RULES, name) ? RULES[name] : undefined;
  if (!rule) throw invalidParameter('AttributeName');
  if (!isFifo && OF_FIFO_ALONE.has(name)) throw invalidParameter(name);
  if (!rule(value)) throw invalidParameter(`${name} Reason: ${JSON.stringify(value)} is not a valid value`);
  if (name === 'Policy' && value !== '') checkPolicy(value);
  if (name === 'DeliveryPolicy' && value !== '') checkedDelivery(value, 'topic');
}

/** Throws InvalidParameter. */
export function checkedDelivery(text: string, of: 'topic' | 'subscription'): void {
  try {
    checkDeliveryPolicy(text, of);
  } catch (error) {
    if (!(error instanceof DeliveryPolicyError)) throw error;
    throw invalidParameter(`DeliveryPolicy: ${error.message}`);
  }
}

/** Throws InvalidParameter. */
export function checkPolicy(text: string): PolicyDocument {
  try {
    return readPolicy(JSON.parse(text) as Json, 'resource');
  } catch (error) {
    if (error instanceof SyntaxError) throw invalidParameter('Policy Error: null');
    if (!(error instanceof MalformedPolicy)) throw error;
    throw invalidParameter(`Policy statement: ${error.message}`);
  }
}

/** `GetTopicAttributes` */
export function describeTopic(topic: Topic, counts: { confirmed: number; pending: number }): Record<string, string> {
  const { DeliveryPolicy = '', DisplayName = '', ...others } = topic.attributes;
  return {
    ...Object.fromEntries(Object.entries(others).filter(([, value]) => value !== '')),
    Policy: topic.policy ?? defaultPolicy(topic.arn),
    Owner: topic.arn.split(':')[4] ?? '',
    TopicArn: topic.arn,
    DisplayName,
    ...(DeliveryPolicy !== '' && { DeliveryPolicy }),
    EffectiveDeliveryPolicy: effectiveOfTopic(DeliveryPolicy || undefined),
    SubscriptionsConfirmed: String(counts.confirmed),
    SubscriptionsPending: String(counts.pending),
    SubscriptionsDeleted: String(topic.deletedSubscriptions),
  };
}

const OWNERS_ACTIONS = [
  'GetTopicAttributes',
  'SetTopicAttributes',
  'AddPermission',
  'RemovePermission',
  'DeleteTopic',
  'Subscribe',
  'ListSubscriptionsByTopic',
  'Publish',
];

/** What a topic is given that comes without a policy. Its condition holds for no principal of IAM's: that decides. */
export function defaultPolicy(arn: string): string {
  return JSON.stringify({
    Version: '2008-10-17',
    Id: '__default_policy_ID',
    Statement: [
      {
        Sid: '__default_statement_ID',
        Effect: 'Allow',
        Principal: { AWS: '*' },
        Action: OWNERS_ACTIONS.map((action) => `SNS:${action}`),
        Resource: arn,
        Condition: { StringEquals: { 'AWS:SourceOwner': arn.split(':')[4] } },
      },
    ],
  });
}
