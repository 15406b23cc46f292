/** Delivery to web servers. https://docs.aws.amazon.com/sns/latest/dg/sns-http-https-endpoint-as-subscriber.html */
import type { Clock } from '../../../kernel/clock.ts';
import { bodyFor, type Message } from '../message.ts';
import { confirmationText, type Links, notificationText } from '../notifications.ts';
import type { Subscription } from '../records.ts';
import { DeliveryFailed } from './endpoints.ts';
import type { Parcel } from './parcel.ts';

/** AWS waits so long for an answer. */
const LONGEST_WAIT_MS = 15_000;

type Confirmation = Extract<Parcel, { kind: 'SubscriptionConfirmation' | 'UnsubscribeConfirmation' }>;

interface Post {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Throws DeliveryFailed. */
export async function notifyWebServer(
  message: Message,
  subscription: Subscription,
  contentType: string,
  links: Links,
  clock: Clock,
): Promise<void> {
  const { rawDelivery, protocol } = subscription;
  const body = rawDelivery ? bodyFor(message, protocol) : await notificationText(message, subscription, links);
  const headers = {
    ...headersOf('Notification', message.id, subscription),
    'content-type': contentType,
    ...(rawDelivery && { 'x-amz-sns-rawdelivery': 'true' }),
  };
  await post(subscription.endpoint, { body, headers }, clock);
}

/** Throws DeliveryFailed. */
export async function confirmToWebServer(parcel: Confirmation, links: Links, clock: Clock): Promise<void> {
  const { kind, subscription, messageId, signatureVersion, acceptedAt } = parcel;
  const body = await confirmationText(kind, subscription, { messageId, at: acceptedAt, signatureVersion }, links);
  const headers = { ...headersOf(kind, messageId, subscription), 'content-type': 'text/plain; charset=UTF-8' };
  await post(subscription.endpoint, { body, headers }, clock);
}

function headersOf(type: string, messageId: string, { topicArn, arn }: Subscription): Record<string, string> {
  return {
    'x-amz-sns-message-type': type,
    'x-amz-sns-message-id': messageId,
    'x-amz-sns-topic-arn': topicArn,
    // Whoever is asked to confirm has no subscription yet.
    ...(type !== 'SubscriptionConfirmation' && { 'x-amz-sns-subscription-arn': arn }),
    'user-agent': 'Amazon Simple Notification Service Agent',
  };
}

async function post(endpoint: string, { body, headers }: Post, clock: Clock): Promise<void> {
  const url = new URL(endpoint);
  const given =
    url.username === '' ? undefined : `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  url.username = '';
  url.password = '';
  const authorization = given && { authorization: `Basic ${Buffer.from(given).toString('base64')}` };
  const abort = new AbortController();
  const timer = clock.after(LONGEST_WAIT_MS, () => abort.abort());
  try {
    const answer = await fetch(url, {
      method: 'POST',
      body,
      headers: { ...headers, ...authorization },
      redirect: 'manual',
      signal: abort.signal,
    });
    await answer.arrayBuffer();
    const { status } = answer;
    if (status >= 200 && status < 300) return;
    throw new DeliveryFailed(
      String(status),
      `${url.origin} answered ${status}`,
      status,
      status < 500 && status !== 429,
    );
  } catch (error) {
    if (error instanceof DeliveryFailed) throw error;
    const why = error instanceof Error ? ((error.cause as Error | undefined)?.message ?? error.message) : String(error);
    throw new DeliveryFailed('Unreachable', `${url.origin} cannot be reached: ${why}`, 0, false);
  } finally {
    timer.cancel();
  }
}
