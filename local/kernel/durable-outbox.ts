import { randomBytes } from 'node:crypto';
import type { Clock } from './clock.ts';
import { Refusal } from './doors.ts';
import { DueQueue } from './due-queue.ts';
import type { Companion, Delivery, Outbox } from './outbox.ts';
import type { Call, Dispatch } from './service.ts';
import type { Store } from './store.ts';
import { createSystemClock } from './system-clock.ts';
import { OWN_LOG, type Telemetry } from './telemetry.ts';
import { createWakeUp } from './wake-up.ts';

export interface OutboxOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly dispatch: Dispatch;
  /** How many deliveries may be under way at once. */
  readonly concurrency?: number;
}

/** A delivery as it is stored. */
interface Parcel extends Delivery {
  readonly emittedAt: number;
  /** Tries already made. */
  readonly tries: number;
  readonly dueAt: number;
}

/** A dead-letter queue that refuses is tried a few more times; then the event is lost, and the log says so. */
const DEAD_LETTER_RETRIES_MS = [1_000, 10_000, 60_000];

/** Deliveries found at `resume` are read in pages, so that a long backlog is never wholly in memory. */
const PAGE = 1_000;

/** Keeps every delivery in the store until it is done, and only keys and times of the waiting ones in memory. */
export function createOutbox(options: OutboxOptions): Outbox {
  const { store, clock, telemetry, dispatch, concurrency = 64 } = options;
  const parcels = store.collection<Parcel>('kernel', 'outbox');
  const waiting = new DueQueue();
  const underWay = new Set<string>();
  /** Two outboxes on one store, one after the other, never make the same key within one millisecond. */
  const run = randomBytes(4).toString('hex');
  let state: 'running' | 'stopping' | 'stopped' = 'running';
  let idleWaiters: (() => void)[] = [];
  const wakeUp = createWakeUp(clock, pump);
  let sequence = 0;
  const companions: Companion[] = [];
  let resumed = false;

  const isIdle = (): boolean => underWay.size === 0 && (state !== 'running' || !waiting.isDue(clock.now()));

  /** Starts what is due and arms the timer for what is not. */
  function pump(): void {
    while (state === 'running' && underWay.size < concurrency && waiting.isDue(clock.now())) deliver(waiting.take());
    if (state === 'running' && underWay.size < concurrency) wakeUp.set(waiting.nextAt());
    if (!isIdle()) return;
    const waiters = idleWaiters;
    idleWaiters = [];
    for (const resolve of waiters) resolve();
  }

  function deliver(key: string): void {
    const parcel = parcels.get(key);
    if (!parcel) return;
    if (isTooOld(parcel)) {
      fail(key, parcel, new Error(`older than ${parcel.maximumAgeMs} ms`));
      return;
    }
    underWay.add(key);
    // A handler that throws before its first await must count as a failed try like any other.
    new Promise<unknown>((resolve) => resolve(dispatch(parcel.call)))
      .then(
        () => settle(key, () => void parcels.delete(key)),
        (error) => settle(key, () => fail(key, parcel, error)),
      )
      .catch((error) => report(`the outbox could not record a delivery: ${messageOf(error)}`));
  }

  function settle(key: string, record: () => void): void {
    underWay.delete(key);
    try {
      // Once stopped, the store may be closed: what was still under way is delivered again at the next start.
      if (state !== 'stopped') record();
    } finally {
      pump();
    }
  }

  function fail(key: string, parcel: Parcel, error: unknown): void {
    const { call, deadLetter } = parcel;
    // Who may not, may not a moment later either: AWS's services do not try again what was refused to them.
    const delay = error instanceof Refusal ? undefined : parcel.retryDelaysMs[parcel.tries];
    const tries = parcel.tries + 1;
    const now = clock.now();
    if (delay !== undefined && !isTooOld({ ...parcel, now: now + delay })) {
      put(key, { ...parcel, tries, dueAt: now + delay });
    } else if (deadLetter) {
      report(`${describe(call)} failed ${tries} times, on to ${describe(deadLetter)}: ${messageOf(error)}`);
      put(key, { call: deadLetter, retryDelaysMs: DEAD_LETTER_RETRIES_MS, emittedAt: now, tries: 0, dueAt: now });
    } else {
      parcels.delete(key);
      report(`gave up on ${describe(call)} after ${tries} tries: ${messageOf(error)}`);
    }
  }

  function isTooOld({ maximumAgeMs, emittedAt, now = clock.now() }: Parcel & { now?: number }): boolean {
    return maximumAgeMs !== undefined && now - emittedAt > maximumAgeMs;
  }

  function put(key: string, parcel: Parcel): void {
    parcels.put(key, parcel);
    waiting.add(key, parcel.dueAt);
  }

  function report(message: string): void {
    telemetry.log(OWN_LOG, [{ timestamp: clock.now(), message }]);
  }

  return {
    emit(delivery) {
      const now = clock.now();
      const key = `${String(now).padStart(15, '0')}-${String(sequence++).padStart(9, '0')}-${run}`;
      const dueAt = now + (delivery.delayMs ?? 0);
      parcels.put(key, { ...delivery, emittedAt: now, tries: 0, dueAt });
      store.onCommit(() => {
        waiting.add(key, dueAt);
        queueMicrotask(pump);
      });
    },
    join(companion) {
      companions.push(companion);
      if (resumed && state === 'running') companion.resume();
    },
    async idle() {
      // What one of them ends may be what another begins.
      while (!isIdle() || companions.some((companion) => !companion.isIdle)) {
        if (!isIdle()) await new Promise<void>((resolve) => idleWaiters.push(resolve));
        await Promise.all(companions.map((companion) => companion.idle()));
      }
    },
    resume() {
      resumed = true;
      for (let page = parcels.list({ limit: PAGE }); page.length > 0; ) {
        for (const { key, value } of page) {
          if (!underWay.has(key)) waiting.add(key, value.dueAt);
        }
        page = parcels.list({ limit: PAGE, after: page.at(-1)!.key });
      }
      pump();
      for (const companion of companions) companion.resume();
    },
    async stop(graceMs = 500) {
      if (state !== 'running') return;
      state = 'stopping';
      wakeUp.set(undefined);
      const stopping = Promise.all(companions.map((companion) => companion.stop(graceMs)));
      if (underWay.size > 0) {
        const settled = new Promise<void>((resolve) => idleWaiters.push(resolve));
        // Real time on purpose: a test's standing clock must not hold up the end of a process.
        const grace = createSystemClock().sleep(graceMs);
        await Promise.race([settled, grace]);
      }
      await stopping;
      state = 'stopped';
    },
  };
}

const describe = (call: Omit<Call, 'signal'>): string => `${call.service}:${call.operation}`;

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
