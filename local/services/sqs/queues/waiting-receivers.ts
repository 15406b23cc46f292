/**
 * Who waits for messages of a queue. Nobody asks again and again: whoever came first is served when something stirs, and
 * one timer stands for the next message that becomes visible by itself.
 */
import type { Clock } from '../../../kernel/clock.ts';
import { createWakeUp, type WakeUp } from '../../../kernel/wake-up.ts';

/** One that waits: gets what there is for it now, and undefined while there is nothing. */
type Ask<T> = () => T | undefined;

interface Receiver {
  serve(): boolean;
  fail(error: unknown): void;
}

export class WaitingReceivers {
  readonly #clock: Clock;
  readonly #nextVisibleAt: () => number | undefined;
  readonly #receivers = new Set<Receiver>();
  readonly #wakeUp: WakeUp;
  #serving = false;

  constructor(clock: Clock, nextVisibleAt: () => number | undefined) {
    this.#clock = clock;
    this.#nextVisibleAt = nextVisibleAt;
    this.#wakeUp = createWakeUp(clock, () => this.stirred());
  }

  /** Something may be there. */
  stirred(): void {
    if (this.#serving || this.#receivers.size === 0) return;
    this.#serving = true;
    try {
      for (const receiver of this.#receivers) {
        if (!receiver.serve()) break;
      }
    } finally {
      this.#serving = false;
      this.#schedule();
    }
  }

  /** Resolves with what `ask` gets once there is something, with undefined after `waitMs`; rejects when aborted. */
  wait<T>(ask: Ask<T>, waitMs: number, signal: AbortSignal | undefined): Promise<T | undefined> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#receivers.delete(receiver);
        timer.cancel();
        signal?.removeEventListener('abort', abort);
        if (this.#receivers.size === 0) this.#schedule();
      };
      const abort = (): void => {
        leave();
        reject(signal?.reason);
      };
      const receiver: Receiver = {
        serve() {
          try {
            const found = ask();
            if (found === undefined) return false;
            leave();
            resolve(found);
          } catch (error) {
            receiver.fail(error);
          }
          return true;
        },
        fail(error) {
          leave();
          reject(error);
        },
      };
      const timer = this.#clock.after(waitMs, () => {
        leave();
        resolve(undefined);
      });
      if (signal?.aborted) return abort();
      signal?.addEventListener('abort', abort, { once: true });
      this.#receivers.add(receiver);
      this.#schedule();
    });
  }

  /** The queue is gone, or everything is. */
  failAll(error: unknown): void {
    for (const receiver of [...this.#receivers]) receiver.fail(error);
  }

  #schedule(): void {
    this.#wakeUp.set(this.#receivers.size === 0 ? undefined : this.#nextVisibleAt());
  }
}
