/**
 * What a FIFO queue has been sent in the last five minutes.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/using-messagededuplicationid-property.html
 */
import { createHash } from 'node:crypto';
import type { Collection } from '../../../kernel/store.ts';

export const DEDUPLICATION_MS = 300_000;

/** What the sender of a duplicate is told: all is well, as it was then. */
export interface Sent {
  readonly id: string;
  readonly sequence: number;
  readonly sentAt: number;
}

export interface Deduplication {
  find(scope: string, id: string, now: number): Sent | undefined;
  remember(scope: string, id: string, sent: Sent): void;
}

/** Opens it with what the store has of this queue. */
export function openDeduplication(collection: Collection<Sent>, queueId: string): Deduplication {
  const prefix = `${queueId}/`;
  const rows = collection.list({ prefix }).sort((a, b) => a.value.sentAt - b.value.sentAt);
  /** In the order they were sent, which is the order they are forgotten in. */
  const sent = new Map(rows.map(({ key, value }) => [key, value]));

  function forgetOld(now: number): void {
    for (const [key, { sentAt }] of sent) {
      if (now - sentAt < DEDUPLICATION_MS) return;
      sent.delete(key);
      collection.delete(key);
    }
  }

  // Groups and ids are the sender's text, of any length together: the key is made of both and tells them apart.
  const keyOf = (scope: string, id: string): string =>
    prefix + createHash('sha256').update(`${scope.length}:${scope}${id}`).digest('base64url');

  return {
    find(scope, id, now) {
      const found = sent.get(keyOf(scope, id));
      return found && now - found.sentAt < DEDUPLICATION_MS ? found : undefined;
    },
    remember(scope, id, message) {
      forgetOld(message.sentAt);
      const key = keyOf(scope, id);
      sent.delete(key);
      sent.set(key, message);
      collection.put(key, message);
    },
  };
}
