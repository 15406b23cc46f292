/**
 * A service's own durable queue of things to be tried until they are settled. Everything is in the store until then, in
 * memory there are keys and times only; what is put is tried as soon as its transaction has committed, and again after a
 * restart. As the outbox, where the service itself says what a failure means.
 */
import type { Clock } from './clock.ts';
import { createDueWork } from './due-work.ts';
import type { Companion } from './outbox.ts';
import type { Collection, Store } from './store.ts';

/** An item as it is stored. */
export interface Queued<T> {
  readonly item: T;
  /** ms since 1970, both. */
  readonly putAt: number;
  readonly dueAt: number;
  /** Tries already made. */
  readonly tries: number;
}

export type Settled<T> =
  | { readonly kind: 'done' }
  /** Once more later; `item` where it is another from now on, whose age and tries begin anew. */
  | { readonly kind: 'again'; readonly delayMs: number; readonly item?: T };

export interface RetryQueueOptions<T> {
  readonly store: Store;
  readonly clock: Clock;
  readonly collection: Collection<Queued<T>>;
  /** How many are tried at once. */
  readonly concurrency: number;
  /**
   * Tries one. The function it resolves with runs in the transaction that settles the item, unless the queue has been
   * stopped by then: the item is then tried again at the next start. A rejection is tried again after a minute.
   */
  readonly attempt: (queued: Queued<T>) => Promise<() => Settled<T>>;
  readonly report: (message: string) => void;
}

export interface RetryQueue<T> extends Companion {
  /** Call inside `store.transaction`. */
  put(item: T, delayMs?: number): void;
}

const AFTER_MISTAKE_MS = 60_000;

export function createRetryQueue<T>(options: RetryQueueOptions<T>): RetryQueue<T> {
  const { store, clock, collection, concurrency, attempt, report } = options;
  const work = createDueWork({ clock, concurrency, collection, begin });
  let resumed = false;

  function begin(key: string): void {
    const queued = collection.get(key);
    if (!queued) return;
    work.begun(key);
    attempt(queued)
      .then(
        (settle) => settled(key, queued, settle),
        (error) => {
          report(`something could not be tried; this is a mistake of sampan: ${(error as Error).stack}`);
          settled(key, queued, () => ({ kind: 'again', delayMs: AFTER_MISTAKE_MS }));
        },
      )
      .catch((error) => report(`something tried could not be settled: ${(error as Error).stack}`));
  }

  const settled = (key: string, queued: Queued<T>, settle: () => Settled<T>): void =>
    work.ended(key, () => store.transaction(() => record(key, queued, settle())));

  function record(key: string, queued: Queued<T>, settled: Settled<T>): void {
    if (settled.kind === 'done') {
      collection.delete(key);
      return;
    }
    const now = clock.now();
    const dueAt = now + settled.delayMs;
    const { item, putAt, tries } =
      settled.item === undefined
        ? { ...queued, tries: queued.tries + 1 }
        : { item: settled.item, putAt: now, tries: 0 };
    collection.put(key, { item, putAt, dueAt, tries });
    work.wait(key, dueAt);
  }

  return {
    put(item, delayMs = 0) {
      const now = clock.now();
      const key = work.newKey();
      const dueAt = now + delayMs;
      collection.put(key, { item, putAt: now, dueAt, tries: 0 });
      store.onCommit(() => {
        work.wait(key, dueAt);
        work.stir();
      });
    },
    get isIdle() {
      return work.isIdle;
    },
    idle: work.idle,
    resume() {
      if (resumed) return;
      resumed = true;
      work.resume();
    },
    stop: (graceMs) => work.stop(graceMs),
  };
}
