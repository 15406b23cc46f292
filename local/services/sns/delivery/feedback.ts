/**
 * Delivery status in CloudWatch Logs, for topics that have a role for it.
 * https://docs.aws.amazon.com/sns/latest/dg/sns-topic-attributes.html
 */
import { createHash, randomUUID } from 'node:crypto';
import type { ServiceContext } from '../../../kernel/service.ts';
import { bodyFor, type Message } from '../message.ts';
import type { Subscription, SubscriptionProtocol, Topic } from '../records.ts';
import type { DeliveryFailed } from './endpoints.ts';

interface Outcome {
  readonly topic: Topic;
  readonly subscription: Subscription;
  readonly message: Message;
  readonly dwellTimeMs: number;
  /** Absent: it was delivered. */
  readonly failure?: DeliveryFailed;
}

/** As the attributes of topics begin. */
const PREFIXES: Partial<Record<SubscriptionProtocol, string>> = {
  http: 'HTTP',
  https: 'HTTP',
  lambda: 'Lambda',
  sqs: 'SQS',
};

export function writeFeedback(
  { topic, subscription, message, dwellTimeMs, failure }: Outcome,
  { telemetry, clock, region, accountId }: Pick<ServiceContext, 'telemetry' | 'clock' | 'region' | 'accountId'>,
): void {
  const prefix = PREFIXES[subscription.protocol];
  if (prefix === undefined) return;
  const role = topic.attributes[`${prefix}${failure ? 'Failure' : 'Success'}FeedbackRoleArn`];
  if (!role || (!failure && !isSampled(topic.attributes[`${prefix}SuccessFeedbackSampleRate`], message))) return;
  const now = clock.now();
  const document = {
    notification: {
      messageMD5Sum: createHash('md5').update(bodyFor(message, subscription.protocol)).digest('hex'),
      messageId: message.id,
      topicArn: topic.arn,
      timestamp: dateOf(message.publishedAt),
    },
    delivery: {
      deliveryId: randomUUID(),
      destination: subscription.endpoint,
      ...(failure && { providerResponse: failure.message }),
      dwellTimeMs,
      statusCode: failure?.statusCode ?? 200,
    },
    status: failure ? 'FAILURE' : 'SUCCESS',
  };
  const logGroup = `sns/${region}/${accountId}/${topic.name}${failure ? '/Failure' : ''}`;
  telemetry.log({ logGroup, logStream: topic.name, label: topic.name }, [
    { timestamp: now, message: JSON.stringify(document) },
  ]);
}

const dateOf = (at: number): string => new Date(at).toISOString().replace('T', ' ').replace('Z', '');

/** The same share of messages each time: by what their ids come to, not by chance. */
function isSampled(rate = '0', { id }: Message): boolean {
  return Number.parseInt(id.slice(0, 4), 16) % 100 < Number(rate);
}
