/** One try of one delivery, and what follows from it: done, once more later, or to the dead-letter queue. */
import type { ServiceContext } from '../../../kernel/service.ts';
import { OWN_LOG } from '../../../kernel/telemetry.ts';
import type { Mailbox } from '../mailbox.ts';
import type { Message } from '../message.ts';
import type { Metrics } from '../metrics.ts';
import type { Links } from '../notifications.ts';
import type { Subscription, Topic } from '../records.ts';
import type { Repository } from '../repository.ts';
import type { Courier, Settlement } from './courier.ts';
import { webDelivery } from './delivery-policy.ts';
import { DeliveryFailed, toDeadLetterQueue, toFunction, toQueue } from './endpoints.ts';
import { writeFeedback } from './feedback.ts';
import { letterOf } from './letters.ts';
import type { Parcel } from './parcel.ts';
import { MANAGED_ENDPOINT, type RetryPolicy, retryDelayMs, WEB_SERVER } from './retry-policy.ts';
import { confirmToWebServer, notifyWebServer } from './web-server.ts';

export interface AttemptOptions {
  readonly context: ServiceContext;
  readonly repository: Repository;
  readonly metrics: Metrics;
  readonly mailbox: Mailbox;
  readonly links: () => Links;
  /** For what goes on to a dead-letter queue; read when it does. */
  readonly courier: () => Courier;
}

type Notification = Extract<Parcel, { kind: 'notification' }>;
type Redrive = Extract<Parcel, { kind: 'redrive' }>;

/** A dead-letter queue that is away. */
const REDRIVE_RETRIES_MS = [1_000, 10_000, 60_000];

const DONE: Settlement = { kind: 'done' };

export function createAttempt(options: AttemptOptions): (parcel: Parcel) => Promise<Settlement> {
  const { context, repository, metrics, mailbox, links, courier } = options;
  const { clock, telemetry } = context;

  async function notify(parcel: Notification): Promise<Settlement> {
    const { message } = parcel;
    const subscription = repository.findSubscription(parcel.subscription.arn);
    const topic = repository.findTopic(message.topicArn);
    // Whoever has unsubscribed meanwhile gets nothing more.
    if (!subscription || subscription.isPending || !topic) return DONE;
    const startedAt = clock.now();
    const policy = policyOf(topic, subscription);
    try {
      await deliver(message, topic, subscription);
      metrics.delivered(topic.arn);
      writeFeedback({ topic, subscription, message, dwellTimeMs: clock.now() - startedAt }, context);
      return DONE;
    } catch (error) {
      if (!(error instanceof DeliveryFailed)) throw error;
      const delayMs = error.isFinal ? undefined : retryDelayMs(policy, parcel.tries + 1);
      if (delayMs !== undefined) return { kind: 'again', delayMs };
      metrics.failed(topic.arn);
      writeFeedback({ topic, subscription, message, dwellTimeMs: clock.now() - startedAt, failure: error }, context);
      return giveUp(parcel, subscription, error);
    }
  }

  async function deliver(message: Message, topic: Topic, subscription: Subscription): Promise<void> {
    switch (subscription.protocol) {
      case 'lambda':
        return toFunction(message, subscription, links(), context);
      case 'sqs':
        return toQueue(message, subscription, links(), context);
      case 'http':
      case 'https': {
        const { contentType } = webDelivery(topic.attributes['DeliveryPolicy'], subscription.deliveryPolicy);
        return notifyWebServer(message, subscription, contentType, links(), clock);
      }
      default:
        mailbox.deliver(await letterOf(message, topic, subscription, links()));
    }
  }

  function giveUp({ message, tries }: Notification, subscription: Subscription, error: DeliveryFailed): Settlement {
    const queueArn = deadLetterQueueOf(subscription);
    const what = `${subscription.protocol} ${subscription.endpoint} did not take message ${message.id} of ${message.topicArn} in ${tries + 1} tries`;
    if (queueArn === undefined) {
      say(`${what}, and it is lost, for the subscription has no dead-letter queue: ${error.message}`);
      return DONE;
    }
    say(`${what}, on to ${queueArn}: ${error.message}`);
    const because = { code: error.code, message: error.message };
    const record = () =>
      courier().put({ kind: 'redrive', subscription, message, queueArn, because, acceptedAt: clock.now(), tries: 0 });
    return { kind: 'done', record };
  }

  async function redrive({ message, subscription, queueArn, because, tries }: Redrive): Promise<Settlement> {
    try {
      await toDeadLetterQueue(queueArn, message, subscription, because, links(), context);
      metrics.redriven(message.topicArn);
      return DONE;
    } catch (error) {
      if (!(error instanceof DeliveryFailed)) throw error;
      const delayMs = error.isFinal ? undefined : REDRIVE_RETRIES_MS[tries];
      if (delayMs !== undefined) return { kind: 'again', delayMs };
      metrics.redriveFailed(message.topicArn);
      say(`message ${message.id} of ${message.topicArn} is lost: ${queueArn} did not take it: ${error.message}`);
      return DONE;
    }
  }

  async function confirm(parcel: Exclude<Parcel, Notification | Redrive>): Promise<Settlement> {
    try {
      await confirmToWebServer(parcel, links(), clock);
      return DONE;
    } catch (error) {
      if (!(error instanceof DeliveryFailed)) throw error;
      const delayMs = error.isFinal ? undefined : retryDelayMs(WEB_SERVER, parcel.tries + 1);
      if (delayMs !== undefined) return { kind: 'again', delayMs };
      say(
        `${parcel.subscription.endpoint} did not take the ${parcel.kind} of ${parcel.subscription.topicArn}: ${error.message}`,
      );
      return DONE;
    }
  }

  function say(message: string): void {
    telemetry.log(OWN_LOG, [{ timestamp: clock.now(), message }]);
  }

  return async (parcel) => {
    switch (parcel.kind) {
      case 'notification':
        return notify(parcel);
      case 'redrive':
        return redrive(parcel);
      default:
        return confirm(parcel);
    }
  };
}

function policyOf(topic: Topic, { protocol, deliveryPolicy }: Subscription): RetryPolicy {
  if (protocol !== 'http' && protocol !== 'https') return MANAGED_ENDPOINT;
  return webDelivery(topic.attributes['DeliveryPolicy'], deliveryPolicy).retries;
}

function deadLetterQueueOf({ redrivePolicy }: Subscription): string | undefined {
  if (redrivePolicy === undefined) return undefined;
  return (JSON.parse(redrivePolicy) as { deadLetterTargetArn?: string }).deadLetterTargetArn;
}
