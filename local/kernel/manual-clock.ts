import type { Clock, Timer } from './clock.ts';
import { sleepOn } from './system-clock.ts';

interface Pending {
  readonly dueAt: number;
  readonly task: () => void;
}

/** Timers at one moment, far beyond what any test sets: one of them sets itself again, and time would stand still for ever. */
const MOST_AT_ONCE = 20_000;

/**
 * Time that stands still until a test moves it: six hours of retries in a millisecond.
 * Timers run in the order they are due, equal ones in the order they were set, each at exactly its own time.
 */
export class ManualClock implements Clock {
  #now: number;
  readonly #pending = new Set<Pending>();

  constructor(startAt = Date.UTC(2026, 0, 1)) {
    this.#now = startAt;
  }

  now(): number {
    return this.#now;
  }

  after(delayMs: number, task: () => void): Timer {
    const entry: Pending = { dueAt: this.#now + Math.max(0, delayMs), task };
    this.#pending.add(entry);
    return { cancel: () => void this.#pending.delete(entry) };
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return sleepOn((delay, task) => this.after(delay, task), delayMs, signal);
  }

  /**
   * Moves time forward by `ms`, running what becomes due. Asynchronous work that a timer starts may finish its
   * in-process steps (promises, immediates) before the next timer runs; real input and output is not waited for.
   * Rejects with RangeError when timers are set again and again for the same moment.
   */
  async advance(ms: number): Promise<void> {
    const target = this.#now + ms;
    let atOnce = 0;
    await settle();
    for (let next = this.#next(target); next; next = this.#next(target)) {
      this.#pending.delete(next);
      atOnce = next.dueAt > this.#now ? 0 : atOnce + 1;
      if (atOnce > MOST_AT_ONCE) throw new RangeError(`a timer is set again without time passing: ${next.task}`);
      this.#now = Math.max(this.#now, next.dueAt);
      next.task();
      await settle();
    }
    this.#now = target;
    await settle();
  }

  /** How many timers wait; 0 means that nothing will ever happen by itself. */
  get waiting(): number {
    return this.#pending.size;
  }

  #next(target: number): Pending | undefined {
    let first: Pending | undefined;
    for (const entry of this.#pending) {
      if (entry.dueAt <= target && (first === undefined || entry.dueAt < first.dueAt)) first = entry;
    }
    return first;
  }
}

/** Two turns of the event loop: one for immediates already queued, one for those their promises queue. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 2; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}
