/** What durable queues have in common: keys of what waits in a store until it is due, and of what is under way. */
import { randomBytes } from 'node:crypto';
import type { Clock } from './clock.ts';
import { DueQueue } from './due-queue.ts';
import type { Companion } from './outbox.ts';
import type { Collection } from './store.ts';
import { createSystemClock } from './system-clock.ts';
import { createWakeUp } from './wake-up.ts';

export interface DueWorkOptions {
  readonly clock: Clock;
  /** How much may be under way at once. */
  readonly concurrency: number;
  /** What is there at `resume` is read in pages, so that a long backlog is never wholly in memory. */
  readonly collection: Collection<{ readonly dueAt: number }>;
  /** Told of every key that is due; what takes its time is said by `begun`, and its end by `ended`. */
  readonly begin: (key: string) => void;
}

export interface DueWork extends Omit<Companion, 'stop'> {
  /** One that no other run on the same store makes, in the order of time. */
  newKey(): string;
  wait(key: string, dueAt: number): void;
  /** Looks for what is due, soon. */
  stir(): void;
  begun(key: string): void;
  /** `record` does not run once it was stopped: the store may be closed, and the next start takes the key up again. */
  ended(key: string, record: () => void): void;
  /** @param others what else has to end before this counts as stopped */
  stop(graceMs: number, others?: Promise<unknown>): Promise<void>;
}

const PAGE = 1_000;

export function createDueWork({ clock, concurrency, collection, begin }: DueWorkOptions): DueWork {
  const waiting = new DueQueue();
  const underWay = new Set<string>();
  /** Two queues on one store, one after the other, never make the same key within one millisecond. */
  const run = randomBytes(4).toString('hex');
  let state: 'running' | 'stopping' | 'stopped' = 'running';
  let idleWaiters: (() => void)[] = [];
  const wakeUp = createWakeUp(clock, pump);
  let sequence = 0;

  const isIdle = (): boolean => underWay.size === 0 && (state !== 'running' || !waiting.isDue(clock.now()));

  /** Starts what is due and arms the timer for what is not. */
  function pump(): void {
    while (state === 'running' && underWay.size < concurrency && waiting.isDue(clock.now())) begin(waiting.take());
    if (state === 'running' && underWay.size < concurrency) wakeUp.set(waiting.nextAt());
    if (!isIdle()) return;
    const waiters = idleWaiters;
    idleWaiters = [];
    for (const resolve of waiters) resolve();
  }

  return {
    newKey: () => `${String(clock.now()).padStart(15, '0')}-${String(sequence++).padStart(9, '0')}-${run}`,
    wait: (key, dueAt) => waiting.add(key, dueAt),
    stir: () => queueMicrotask(pump),
    begun: (key) => void underWay.add(key),
    ended(key, record) {
      underWay.delete(key);
      try {
        if (state !== 'stopped') record();
      } finally {
        pump();
      }
    },
    get isIdle() {
      return isIdle();
    },
    async idle() {
      while (!isIdle()) await new Promise<void>((resolve) => idleWaiters.push(resolve));
    },
    resume() {
      for (let page = collection.list({ limit: PAGE }); page.length > 0; ) {
        for (const { key, value } of page) {
          if (!underWay.has(key)) waiting.add(key, value.dueAt);
        }
        page = collection.list({ limit: PAGE, after: page.at(-1)!.key });
      }
      pump();
    },
    async stop(graceMs, others) {
      if (state !== 'running') return;
      state = 'stopping';
      wakeUp.set(undefined);
      if (underWay.size > 0) {
        const quiet = new Promise<void>((resolve) => idleWaiters.push(resolve));
        // Real time on purpose: a test's standing clock must not hold up the end of a process.
        await Promise.race([quiet, createSystemClock().sleep(graceMs)]);
      }
      await others;
      state = 'stopped';
    },
  };
}
