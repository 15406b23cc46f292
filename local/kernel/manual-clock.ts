import type { Clock, Timer } from './clock.ts';
import { Stirrings } from './stirrings.ts';
import { sleepOn } from './system-clock.ts';
import { TimerQueue } from './timer-queue.ts';

/** Timers at one moment, far beyond what any test sets: one of them sets itself again, and time would stand still for ever. */
const MOST_AT_ONCE = 20_000;

/** So many timers that leave nothing to be done run in one turn of the event loop; real input and output is let in between. */
const MOST_IN_A_TURN = 100;

const STIRRINGS = new Stirrings();

/**
 * Time that stands still until a test moves it: six hours of retries in a millisecond.
 * Timers run in the order they are due, equal ones in the order they were set, each at exactly its own time.
 */
export class ManualClock implements Clock {
  #now: number;
  readonly #pending = new TimerQueue();

  constructor(startAt = Date.UTC(2026, 0, 1)) {
    this.#now = startAt;
  }

  now(): number {
    return this.#now;
  }

  after(delayMs: number, task: () => void): Timer {
    const entry = this.#pending.add(this.#now + Math.max(0, delayMs), task);
    return { cancel: () => this.#pending.remove(entry) };
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return sleepOn((delay, task) => this.after(delay, task), delayMs, signal);
  }

  /**
   * Moves time forward by `ms`, running what becomes due. Asynchronous work that a timer starts may finish its
   * in-process steps (promises, immediates) before the next timer runs; real input and output is not waited for.
   * Rejects with RangeError when timers are set again and again for the same moment, and with what a timer throws.
   */
  async advance(ms: number): Promise<void> {
    const target = this.#now + ms;
    const endListening = STIRRINGS.listen();
    try {
      await settled();
      await this.#runUntil(target);
      this.#now = target;
      await settled();
    } finally {
      endListening();
    }
  }

  /** How many timers wait; 0 means that nothing will ever happen by itself. */
  get waiting(): number {
    return this.#pending.size;
  }

  /** Steps without promises of its own, which would be taken for others'. */
  #runUntil(target: number): Promise<void> {
    return new Promise((resolve, reject) => {
      let atOnce = 0;
      let before = STIRRINGS.count;
      const step = (): void => {
        // A turn costs more than most timers do: nobody is waited for where nobody has anything left to do.
        const quiet = STIRRINGS.count;
        const most = quiet === before ? MOST_IN_A_TURN : 1;
        for (let inTurn = 0; inTurn < most && STIRRINGS.count === quiet; inTurn += 1) {
          const next = this.#pending.takeDue(target);
          if (!next) {
            resolve();
            return;
          }
          atOnce = next.dueAt > this.#now ? 0 : atOnce + 1;
          if (atOnce > MOST_AT_ONCE) {
            reject(new RangeError(`a timer is set again without time passing: ${next.task}`));
            return;
          }
          this.#now = Math.max(this.#now, next.dueAt);
          try {
            next.task();
          } catch (error) {
            reject(error);
            return;
          }
        }
        before = STIRRINGS.count;
        afterTwoTurns(step);
      };
      step();
    });
  }
}

/** Two turns of the event loop: one for immediates already queued, one for those their promises queue. */
function afterTwoTurns(task: () => void): void {
  STIRRINGS.uncounted(() => {
    setImmediate(() => STIRRINGS.uncounted(() => setImmediate(task)));
  });
}

function settled(): Promise<void> {
  return new Promise((resolve) => afterTwoTurns(resolve));
}
