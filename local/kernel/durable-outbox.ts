import type { Clock } from './clock.ts';
import { Refusal } from './doors.ts';
import { createDueWork } from './due-work.ts';
import type { Companion, Delivery, Outbox } from './outbox.ts';
import type { Call, Dispatch } from './service.ts';
import type { Store } from './store.ts';
import { OWN_LOG, type Telemetry } from './telemetry.ts';

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

/** Keeps every delivery in the store until it is done, and only keys and times of the waiting ones in memory. */
export function createOutbox(options: OutboxOptions): Outbox {
  const { store, clock, telemetry, dispatch, concurrency = 64 } = options;
  const parcels = store.collection<Parcel>('kernel', 'outbox');
  const work = createDueWork({ clock, concurrency, collection: parcels, begin: deliver });
  const companions: Companion[] = [];
  let resumed = false;
  let isStopped = false;

  function deliver(key: string): void {
    const parcel = parcels.get(key);
    if (!parcel) return;
    if (isTooOld(parcel)) {
      fail(key, parcel, new Error(`older than ${parcel.maximumAgeMs} ms`));
      return;
    }
    work.begun(key);
    // A handler that throws before its first await must count as a failed try like any other.
    new Promise<unknown>((resolve) => resolve(dispatch(parcel.call)))
      .then(
        () => work.ended(key, () => void parcels.delete(key)),
        (error) => work.ended(key, () => fail(key, parcel, error)),
      )
      .catch((error) => report(`the outbox could not record a delivery: ${messageOf(error)}`));
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
    work.wait(key, parcel.dueAt);
  }

  function report(message: string): void {
    telemetry.log(OWN_LOG, [{ timestamp: clock.now(), message }]);
  }

  return {
    emit(delivery) {
      const now = clock.now();
      const key = work.newKey();
      const dueAt = now + (delivery.delayMs ?? 0);
      parcels.put(key, { ...delivery, emittedAt: now, tries: 0, dueAt });
      store.onCommit(() => {
        work.wait(key, dueAt);
        work.stir();
      });
    },
    join(companion) {
      companions.push(companion);
      if (resumed && !isStopped) companion.resume();
    },
    async idle() {
      // What one of them ends may be what another begins.
      while (!work.isIdle || companions.some((companion) => !companion.isIdle)) {
        await work.idle();
        await Promise.all(companions.map((companion) => companion.idle()));
      }
    },
    resume() {
      resumed = true;
      work.resume();
      for (const companion of companions) companion.resume();
    },
    async stop(graceMs = 500) {
      if (isStopped) return;
      isStopped = true;
      await work.stop(graceMs, Promise.all(companions.map((companion) => companion.stop(graceMs))));
    },
  };
}

const describe = (call: Omit<Call, 'signal'>): string => `${call.service}:${call.operation}`;

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
