/** Messages that nobody has received in time go, by one timer for the oldest of all. */
import type { Clock } from '../../kernel/clock.ts';
import { createWakeUp } from '../../kernel/wake-up.ts';
import type { QueueBook } from './queues/queue-book.ts';

/** Nobody sees the difference: a queue that is asked looks for itself. */
const SELDOM_MS = 60_000;

export interface Retention {
  /** A message has come. Cheap: the timer is set once. */
  lookAt(): void;
  stop(): void;
}

export function startRetention(book: QueueBook, clock: Clock): Retention {
  let isSet = false;
  const wakeUp = createWakeUp(clock, () => {
    book.transaction(() => {
      for (const { messages } of book.all()) messages.settle();
    });
    schedule();
  });

  function schedule(): void {
    const expiries = book.all().flatMap(({ messages }) => messages.nextExpiry() ?? []);
    isSet = expiries.length > 0;
    wakeUp.set(isSet ? Math.max(Math.min(...expiries), clock.now() + SELDOM_MS) : undefined);
  }

  schedule();
  return {
    lookAt() {
      if (!isSet) schedule();
    },
    stop: () => wakeUp.set(undefined),
  };
}
