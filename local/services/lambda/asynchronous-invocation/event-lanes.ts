/**
 * A durable queue with a lane for each function: what one function takes long for, or has thousands of, is in nobody
 * else's way. Everything is in the store until it is settled; in memory there are keys and times only.
 */
import { randomBytes } from 'node:crypto';
import type { Clock } from '../../../kernel/clock.ts';
import { DueQueue } from '../../../kernel/due-queue.ts';
import type { Companion } from '../../../kernel/outbox.ts';
import type { Collection, Store } from '../../../kernel/store.ts';
import { createSystemClock } from '../../../kernel/system-clock.ts';
import { createWakeUp } from '../../../kernel/wake-up.ts';

/** What becomes of an item that was tried. */
export type Settlement<T> =
  | { readonly kind: 'done' }
  /** Once more later. `pausesLane`: nothing else of the lane would do better before that. */
  | { readonly kind: 'again'; readonly item: T; readonly delayMs: number; readonly pausesLane?: boolean };

export interface EventLanesOptions<T> {
  readonly store: Store;
  readonly collection: Collection<{ readonly item: T; readonly dueAt: number }>;
  readonly clock: Clock;
  readonly laneOf: (item: T) => string;
  /** How many of a lane may be tried at once, now. */
  readonly capacityOf: (lane: string) => number;
  /**
   * Tries one. The function it resolves with runs in the transaction that settles the item, unless the queue has been
   * stopped by then: the item is then tried again at the next start. A rejection is tried again after a minute.
   */
  readonly attempt: (item: T) => Promise<() => Settlement<T>>;
  readonly report: (message: string) => void;
}

export interface EventLanes<T> extends Companion {
  /** Durable when the surrounding transaction commits. */
  put(item: T): void;
  /** Items of a lane, those being tried included. */
  size(lane: string): number;
}

interface Lane {
  readonly waiting: DueQueue;
  waitingCount: number;
  underWay: number;
  pausedUntil: number;
}

const AFTER_MISTAKE_MS = 60_000;
/** What an earlier run left is read in pages. */
const PAGE = 500;

export function createEventLanes<T>(options: EventLanesOptions<T>): EventLanes<T> {
  const { store, collection, clock, laneOf, capacityOf, attempt, report } = options;
  const lanes = new Map<string, Lane>();
  const underWay = new Set<string>();
  const run = randomBytes(4).toString('hex');
  let sequence = 0;
  let resumed = false;
  let state: 'running' | 'stopping' | 'stopped' = 'running';
  let idleWaiters: (() => void)[] = [];
  const wakeUp = createWakeUp(clock, pump);
  let pumps = false;

  function laneNamed(name: string): Lane {
    let lane = lanes.get(name);
    if (!lane) {
      lane = { waiting: new DueQueue(), waitingCount: 0, underWay: 0, pausedUntil: 0 };
      lanes.set(name, lane);
    }
    return lane;
  }

  function wait(key: string, laneName: string, dueAt: number): void {
    const lane = laneNamed(laneName);
    lane.waiting.add(key, dueAt);
    lane.waitingCount += 1;
    schedule();
  }

  /** Not at once: however many there are, the loop turns between rounds. */
  function schedule(): void {
    if (pumps || state !== 'running') return;
    pumps = true;
    setImmediate(pump);
  }

  const isDue = (lane: Lane): boolean => lane.pausedUntil <= clock.now() && lane.waiting.isDue(clock.now());
  const isIdle = (): boolean =>
    underWay.size === 0 && (state !== 'running' || ![...lanes.values()].some((lane) => isDue(lane)));

  function pump(): void {
    pumps = false;
    if (state !== 'running') return;
    let next: number | undefined;
    for (const [name, lane] of lanes) {
      const capacity = capacityOf(name);
      while (lane.underWay < capacity && isDue(lane)) {
        lane.waitingCount -= 1;
        begin(lane.waiting.take(), lane);
      }
      if (lane.underWay === 0 && lane.waitingCount === 0) lanes.delete(name);
      const dueAt = lane.underWay < capacity ? lane.waiting.nextAt() : undefined;
      if (dueAt !== undefined) next = Math.min(next ?? Number.POSITIVE_INFINITY, Math.max(dueAt, lane.pausedUntil));
    }
    wakeUp.set(next);
    tellIdle();
  }

  function begin(key: string, lane: Lane): void {
    const stored = collection.get(key);
    if (!stored) return;
    underWay.add(key);
    lane.underWay += 1;
    attempt(stored.item)
      .then(
        (settle) => settled(key, lane, settle),
        (error) => {
          report(`an event could not be tried; this is a mistake of sampan: ${(error as Error).stack}`);
          settled(key, lane, () => ({ kind: 'again', item: stored.item, delayMs: AFTER_MISTAKE_MS }));
        },
      )
      .catch((error) => report(`an event could not be settled: ${(error as Error).stack}`));
  }

  function settled(key: string, lane: Lane, settle: () => Settlement<T>): void {
    underWay.delete(key);
    lane.underWay -= 1;
    try {
      if (state !== 'stopped') store.transaction(() => record(key, lane, settle()));
    } finally {
      schedule();
      tellIdle();
    }
  }

  function record(key: string, lane: Lane, settlement: Settlement<T>): void {
    if (settlement.kind === 'done') {
      collection.delete(key);
      return;
    }
    const { item, delayMs } = settlement;
    const dueAt = clock.now() + delayMs;
    collection.put(key, { item, dueAt });
    if (settlement.pausesLane) lane.pausedUntil = Math.max(lane.pausedUntil, dueAt);
    store.onCommit(() => wait(key, laneOf(item), dueAt));
  }

  function tellIdle(): void {
    if (idleWaiters.length === 0 || !isIdle()) return;
    const waiters = idleWaiters;
    idleWaiters = [];
    for (const resolve of waiters) resolve();
  }

  return {
    put(item) {
      const now = clock.now();
      const key = `${String(now).padStart(15, '0')}-${String(sequence++).padStart(9, '0')}-${run}`;
      collection.put(key, { item, dueAt: now });
      store.onCommit(() => wait(key, laneOf(item), now));
    },
    size(name) {
      const lane = lanes.get(name);
      return lane === undefined ? 0 : lane.waitingCount + lane.underWay;
    },
    get isIdle() {
      return isIdle();
    },
    idle: () => (isIdle() ? Promise.resolve() : new Promise((resolve) => idleWaiters.push(resolve))),
    resume() {
      if (resumed) return;
      resumed = true;
      for (let page = collection.list({ limit: PAGE }); page.length > 0; ) {
        for (const { key, value } of page) {
          // What this run has put waits already.
          if (!key.endsWith(run)) wait(key, laneOf(value.item), value.dueAt);
        }
        page = collection.list({ limit: PAGE, after: page.at(-1)!.key });
      }
    },
    async stop(graceMs) {
      if (state !== 'running') return;
      state = 'stopping';
      wakeUp.set(undefined);
      if (underWay.size > 0) {
        const quiet = new Promise<void>((resolve) => idleWaiters.push(resolve));
        // Real time on purpose: a test's standing clock must not hold up the end of a process.
        await Promise.race([quiet, createSystemClock().sleep(graceMs)]);
      }
      state = 'stopped';
    },
  };
}
