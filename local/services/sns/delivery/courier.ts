/**
 * What is still to be delivered: written in the transaction of the publish, tried until it arrives or is given up,
 * at least once. Every subscription has its lanes, so that a slow one is in nobody else's way; messages of a group of a
 * FIFO topic go one after the other.
 */
import { randomBytes } from 'node:crypto';
import { DueQueue } from '../../../kernel/due-queue.ts';
import type { Companion } from '../../../kernel/outbox.ts';
import type { ServiceContext } from '../../../kernel/service.ts';
import { createSystemClock } from '../../../kernel/system-clock.ts';
import { OWN_LOG } from '../../../kernel/telemetry.ts';
import { createWakeUp } from '../../../kernel/wake-up.ts';
import type { Parcel } from './parcel.ts';

/** What becomes of a parcel that was tried; `done` may write what follows from it, in the same transaction. */
export type Settlement =
  | { readonly kind: 'done'; readonly record?: () => void }
  | { readonly kind: 'again'; readonly delayMs: number };

export interface Courier extends Companion {
  /** Call inside a transaction: the delivery starts when it commits. */
  put(parcel: Parcel): void;
}

type Context = Pick<ServiceContext, 'store' | 'clock' | 'telemetry'>;

interface Waiting {
  readonly parcel: Parcel;
  readonly dueAt: number;
}

interface Lane {
  readonly waiting: DueQueue;
  readonly capacity: number;
  underWay: number;
  count: number;
  pausedUntil: number;
}

/** Of one subscription at once. */
const LANE_CAPACITY = 16;
/** Of all. */
const CAPACITY = 128;
const AFTER_MISTAKE_MS = 60_000;
/** What an earlier run left is read in pages. */
const PAGE = 500;
/** Parcels that need not be read back before they are tried. */
const MOST_IN_MEMORY = 1_000;

/** @param attempt never rejects, unless by a mistake of ours: it is then tried again after a minute */
export function createCourier(context: Context, attempt: (parcel: Parcel) => Promise<Settlement>): Courier {
  const { store, clock, telemetry } = context;
  const parcels = store.collection<Waiting>('sns', 'deliveries');
  const lanes = new Map<string, Lane>();
  const fresh = new Map<string, Parcel>();
  const keysUnderWay = new Set<string>();
  /** Two runs on one store, one after the other, never make the same key within one millisecond. */
  const run = randomBytes(3).toString('hex');
  const wakeUp = createWakeUp(clock, pump);
  let sequence = 0;
  let state: 'running' | 'stopping' | 'stopped' = 'running';
  let idleWaiters: (() => void)[] = [];
  let pumps = false;

  function wait(key: string, parcel: Parcel, dueAt: number): void {
    const name = laneOf(parcel);
    let lane = lanes.get(name);
    if (!lane) {
      const capacity = parcel.message?.sequenceNumber === undefined ? LANE_CAPACITY : 1;
      lane = { waiting: new DueQueue(), capacity, underWay: 0, count: 0, pausedUntil: 0 };
      lanes.set(name, lane);
    }
    lane.waiting.add(key, dueAt);
    lane.count += 1;
    schedule();
  }

  function schedule(): void {
    if (pumps || state !== 'running') return;
    pumps = true;
    queueMicrotask(() => {
      pumps = false;
      pump();
    });
  }

  const isDue = (lane: Lane): boolean => lane.pausedUntil <= clock.now() && lane.waiting.isDue(clock.now());
  const isIdle = (): boolean => keysUnderWay.size === 0 && (state !== 'running' || ![...lanes.values()].some(isDue));

  function pump(): void {
    if (state !== 'running') return;
    let next: number | undefined;
    for (const [name, lane] of lanes) {
      while (keysUnderWay.size < CAPACITY && lane.underWay < lane.capacity && isDue(lane)) {
        lane.count -= 1;
        begin(lane.waiting.take(), lane);
      }
      if (lane.underWay === 0 && lane.count === 0) lanes.delete(name);
      const dueAt = lane.underWay < lane.capacity ? lane.waiting.nextAt() : undefined;
      if (dueAt !== undefined) next = Math.min(next ?? Number.POSITIVE_INFINITY, Math.max(dueAt, lane.pausedUntil));
    }
    // What is due and finds no room is taken up when something ends.
    wakeUp.set(keysUnderWay.size < CAPACITY ? next : undefined);
    tellIdle();
  }

  function begin(key: string, lane: Lane): void {
    const kept = fresh.get(key);
    fresh.delete(key);
    const parcel = kept ?? parcels.get(key)?.parcel;
    if (!parcel) return;
    keysUnderWay.add(key);
    lane.underWay += 1;
    attempt(parcel).then(
      (settlement) => settle(key, parcel, lane, settlement),
      (error) => {
        report(
          `a mistake of sampan while delivering to ${parcel.subscription.arn}, please report it\n${error?.stack ?? error}`,
        );
        settle(key, parcel, lane, { kind: 'again', delayMs: AFTER_MISTAKE_MS });
      },
    );
  }

  function settle(key: string, parcel: Parcel, lane: Lane, settlement: Settlement): void {
    keysUnderWay.delete(key);
    lane.underWay -= 1;
    // Once stopped, the store may be closed: what was still under way is delivered again at the next start.
    if (state === 'stopped') return;
    if (settlement.kind === 'done') {
      store.transaction(() => {
        parcels.delete(key);
        settlement.record?.();
      });
    } else {
      again(key, parcel, lane, settlement.delayMs);
    }
    schedule();
    tellIdle();
  }

  function again(key: string, parcel: Parcel, lane: Lane, delayMs: number): void {
    const next = { ...parcel, tries: parcel.tries + 1 };
    const now = clock.now();
    // In a group nothing overtakes: the lane waits, and what was first stays first.
    const isOrdered = lane.capacity === 1;
    if (isOrdered) lane.pausedUntil = now + delayMs;
    const dueAt = isOrdered ? parcel.acceptedAt : now + delayMs;
    parcels.put(key, { parcel: next, dueAt });
    wait(key, next, dueAt);
  }

  function tellIdle(): void {
    if (idleWaiters.length === 0 || !isIdle()) return;
    const waiters = idleWaiters;
    idleWaiters = [];
    for (const resolve of waiters) resolve();
  }

  function report(message: string): void {
    telemetry.log(OWN_LOG, [{ timestamp: clock.now(), message }]);
  }

  return {
    put(parcel) {
      sequence += 1;
      const key = `${String(parcel.acceptedAt).padStart(15, '0')}-${String(sequence).padStart(9, '0')}-${run}`;
      parcels.put(key, { parcel, dueAt: parcel.acceptedAt });
      store.onCommit(() => {
        if (fresh.size < MOST_IN_MEMORY) fresh.set(key, parcel);
        wait(key, parcel, parcel.acceptedAt);
      });
    },
    get isIdle() {
      return isIdle();
    },
    async idle() {
      while (!isIdle()) await new Promise<void>((resolve) => idleWaiters.push(resolve));
    },
    resume() {
      const known = new Set([...fresh.keys(), ...keysUnderWay]);
      for (let page = parcels.list({ limit: PAGE }); page.length > 0; ) {
        for (const { key, value } of page) {
          // This run's own are waiting already.
          if (!known.has(key) && !key.endsWith(run)) wait(key, value.parcel, value.dueAt);
        }
        page = parcels.list({ limit: PAGE, after: page.at(-1)!.key });
      }
      schedule();
    },
    async stop(graceMs) {
      if (state !== 'running') return;
      state = 'stopping';
      wakeUp.set(undefined);
      if (keysUnderWay.size > 0) {
        const settled = new Promise<void>((resolve) => idleWaiters.push(resolve));
        // Real time on purpose: a test's standing clock must not hold up the end of a process.
        await Promise.race([settled, createSystemClock().sleep(graceMs)]);
      }
      state = 'stopped';
    },
  };
}

const laneOf = ({ subscription, message }: Parcel): string =>
  message?.sequenceNumber === undefined ? subscription.arn : `${subscription.arn} ${message.groupId}`;
