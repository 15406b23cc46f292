/** Numbers messages of FIFO topics, and knows for five minutes what was published. */
import { createHash } from 'node:crypto';
import type { ServiceContext } from '../../../kernel/service.ts';
import type { Message } from '../message.ts';
import type { Topic } from '../records.ts';

export interface Accepted {
  readonly messageId: string;
  readonly sequenceNumber: string;
  readonly isDuplicate: boolean;
}

export interface FifoLedger {
  /** Call inside a transaction. A duplicate is answered as the message it repeats was, and goes nowhere. */
  accept(topic: Topic, message: Message): Accepted;
}

interface Remembered {
  readonly messageId: string;
  readonly sequenceNumber: string;
  /** ms since 1970 */
  readonly until: number;
}

const INTERVAL_MS = 300_000;
/** Of those that are over, removed with each new one: they never pile up. */
const SWEPT_AT_ONCE = 3;
const FIRST_NUMBER = 10_000_000_000_000_000_000n;

export function createFifoLedger({ store, clock }: Pick<ServiceContext, 'store' | 'clock'>): FifoLedger {
  const counts = store.collection<number>('sns', 'sequences');
  const remembered = store.collection<Remembered>('sns', 'deduplications');
  /** Keys of those by the time they end. */
  const ends = store.collection<string>('sns', 'deduplication-ends');

  function sweep(now: number): void {
    for (const { key, value } of ends.list({ limit: SWEPT_AT_ONCE })) {
      if (Number(key.slice(0, 15)) > now) return;
      const entry = remembered.get(value);
      if (entry && entry.until <= now) remembered.delete(value);
      ends.delete(key);
    }
  }

  return {
    accept(topic, message) {
      const now = clock.now();
      sweep(now);
      const scope = topic.attributes['FifoThroughputScope'] === 'MessageGroup' ? message.groupId : '';
      const key = createHash('sha256')
        .update(JSON.stringify([topic.arn, scope, message.deduplicationId]))
        .digest('hex');
      const before = remembered.get(key);
      if (before && before.until > now) return { ...before, isDuplicate: true };
      const count = (counts.get(topic.name) ?? 0) + 1;
      counts.put(topic.name, count);
      const accepted = { messageId: message.id, sequenceNumber: String(FIRST_NUMBER + BigInt(count)) };
      const until = now + INTERVAL_MS;
      remembered.put(key, { ...accepted, until });
      ends.put(`${String(until).padStart(15, '0')}-${key}`, key);
      return { ...accepted, isDuplicate: false };
    },
  };
}
