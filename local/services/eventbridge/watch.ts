/** The last events that passed a bus, in memory, for whoever looks on. */
import type { Clock } from '../../kernel/index.ts';

export interface Passed {
  /** Grows by one with each event. */
  readonly sequence: number;
  readonly bus: string;
  readonly eventId: string;
  /** As it was told, JSON text. */
  readonly event: string;
  /** Names of the rules it matched. */
  readonly rules: readonly string[];
}

export interface Watch {
  passed(event: Omit<Passed, 'sequence'>): void;
  /** What came after `sequence`, oldest first; waits at most `waitMs` when there is nothing yet. */
  since(sequence: number, waitMs: number, signal?: AbortSignal): Promise<readonly Passed[]>;
}

const MOST_EVENTS = 500;
const MOST_CHARACTERS = 4_000_000;

export function createWatch(clock: Clock): Watch {
  const ring: Passed[] = [];
  let size = 0;
  let last = 0;
  let waiting: (() => void)[] = [];

  const after = (sequence: number): Passed[] => ring.filter((passed) => passed.sequence > sequence);

  return {
    passed(event) {
      last += 1;
      ring.push({ ...event, sequence: last });
      size += event.event.length;
      while (ring.length > MOST_EVENTS || (size > MOST_CHARACTERS && ring.length > 1))
        size -= ring.shift()!.event.length;
      if (waiting.length === 0) return;
      const woken = waiting;
      waiting = [];
      for (const wake of woken) wake();
    },
    async since(sequence, waitMs, signal) {
      const found = after(sequence);
      if (found.length > 0 || waitMs <= 0) return found;
      await new Promise<void>((resolve) => {
        const end = (): void => {
          timer.cancel();
          signal?.removeEventListener('abort', end);
          waiting = waiting.filter((wake) => wake !== end);
          resolve();
        };
        const timer = clock.after(waitMs, end);
        signal?.addEventListener('abort', end, { once: true });
        waiting.push(end);
      });
      return after(sequence);
    },
  };
}
