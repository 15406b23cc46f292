/** Deliveries on their way through the queue: as the provider sent them, so that what they mean is decided only once, at its end. */
import { type Channel, type Delivery, isChannel, readDelivery } from './webhook.ts';

/** What a message of SQS may have, in bytes. */
export const LARGEST_MESSAGE = 1024 * 1024;

/** What was taken off the queue is no delivery. Quotes nothing of it. */
export class NotADelivery extends Error {
  override readonly name = 'NotADelivery';
}

/**
 * SQS takes the characters of XML 1.0 alone; control characters and lone surrogates JSON has escaped already.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
 */
export function messageOf(channel: Channel, payload: unknown): string {
  const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16)}`;
  return JSON.stringify({ channel, payload }).replace(/[\ufffe\uffff]/g, escaped);
}

/** @throws NotADelivery, InvalidInput */
export function deliveryFrom(message: string): Delivery {
  let parsed: { channel?: unknown; payload?: unknown } | null;
  try {
    parsed = JSON.parse(message);
  } catch {
    throw new NotADelivery('The message is not JSON');
  }
  const channel = parsed?.channel;
  if (typeof channel !== 'string' || !isChannel(channel)) throw new NotADelivery('The message names no channel');
  return readDelivery(channel, parsed?.payload);
}
