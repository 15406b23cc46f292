/**
 * A service's own durable queue of things to be tried until they are settled. Everything is in the store until then, in
 * memory there are keys and times only; what is put is tried as soon as its transaction has committed, and again after a
 * restart. As the outbox, where the service itself says what a failure means.
 */
import { randomBytes } from 'node:crypto';
import type { Clock } from './clock.ts';
import { DueQueue } from './due-queue.ts';
import type { Companion } from './outbox.ts';
import type { Collection, Store } from './store.ts';
import { createSystemClock } from './system-clock.ts';
import { createWakeUp } from './wake-up.ts';

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
/** What an earlier run left is read in pages. */
const PAGE = 500;

export function createRetryQueue<T>(options: RetryQueueOptions<T>): RetryQueue<T> {
  const { store, clock, collection, concurrency, attempt, report } = options;
  const waiting = new DueQueue();
  const underWay = new Set<string>();
  /** Two queues on one store, one after the other, never make the same key within one millisecond. */
  const run = randomBytes(4).toString('hex');
  const wakeUp = createWakeUp(clock, pump);
  let sequence = 0;
  let resumed = false;
  let state: 'running' | 'stopping' | 'stopped' = 'running';
  let idleWaiters: (() => void)[] = [];

  const isIdle = (): boolean => underWay.size === 0 && (state !== 'running' || !waiting.isDue(clock.now()));

  function pump(): void {
    while (state === 'running' && underWay.size < concurrency && waiting.isDue(clock.now())) begin(waiting.take());
    if (state === 'running' && underWay.size < concurrency) wakeUp.set(waiting.nextAt());
    if (!isIdle()) return;
    const waiters = idleWaiters;
    idleWaiters = [];
    for (const resolve of waiters) resolve();
  }

  function begin(key: string): void {
    const queued = collection.get(key);
    if (!queued) return;
    underWay.add(key);
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

  function settled(key: string, queued: Queued<T>, settle: () => Settled<T>): void {
    underWay.delete(key);
    try {
      // Once stopped, the store may be closed: what was still under way is tried again at the next start.
      if (state !== 'stopped') store.transaction(() => record(key, queued, settle()));
    } finally {
      pump();
    }
  }

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
    waiting.add(key, dueAt);
  }

  return {
    put(item, delayMs = 0) {
      const now = clock.now();
      const key = `${String(now).padStart(15, '0')}-${String(sequence++).padStart(9, '0')}-${run}`;
      const dueAt = now + delayMs;
      collection.put(key, { item, putAt: now, dueAt, tries: 0 });
      store.onCommit(() => {
        waiting.add(key, dueAt);
        queueMicrotask(pump);
      });
    },
    get isIdle() {
      return isIdle();
    },
    async idle() {
      while (!isIdle()) await new Promise<void>((resolve) => idleWaiters.push(resolve));
    },
    resume() {
      if (resumed) return;
      resumed = true;
      for (let page = collection.list({ limit: PAGE }); page.length > 0; ) {
        for (const { key, value } of page) {
          if (!underWay.has(key)) waiting.add(key, value.dueAt);
        }
        page = collection.list({ limit: PAGE, after: page.at(-1)!.key });
      }
      pump();
    },
    async stop(graceMs) {
      if (state !== 'running') return;
      state = 'stopping';
      wakeUp.set(undefined);
      if (underWay.size > 0) {
        const done = new Promise<void>((resolve) => idleWaiters.push(resolve));
        // Real time on purpose: a test's standing clock must not hold up the end of a process.
        await Promise.race([done, createSystemClock().sleep(graceMs)]);
      }
      state = 'stopped';
    },
  };
}
