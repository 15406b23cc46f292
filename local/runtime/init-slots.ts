/**
 * Who may run an init phase now. An init needs a core for a moment; more of them than cores only make each other, and
 * the warm requests beside them, slower. But no function may wait for another's init:
 * - those who wait take turns by function, so a burst of one is not a queue in front of the others;
 * - a function none of whose environments is starting may begin although the slots are taken by others, up to twice
 *   their number;
 * - a slot is lent for a moment only: an init that takes longer mostly waits (for a network, a time-out), and whoever
 *   computes for that long shares the machine as every process does.
 */
export interface InitSlots {
  /** Resolves with what gives the slot back (idempotent). `functionName` is whose turn it is. */
  acquire(functionName: string): Promise<() => void>;
}

export interface InitSlotsOptions {
  readonly slots: number;
  /** For how long one is lent, ms of real time; default a quarter of a second, which most inits do not need. */
  readonly lentMs?: number;
}

export function createInitSlots({ slots, lentMs = 250 }: InitSlotsOptions): InitSlots {
  const running = new Map<string, number>();
  /** Whoever has waited longest is first; a function that had its turn goes to the end. */
  const waiting = new Map<string, (() => void)[]>();
  let taken = 0;

  const mayBegin = (name: string): boolean => taken < slots || (!running.has(name) && taken < 2 * slots);

  function begin(name: string): () => void {
    taken += 1;
    running.set(name, (running.get(name) ?? 0) + 1);
    let given = true;
    const release = (): void => {
      if (!given) return;
      given = false;
      clearTimeout(timer);
      taken -= 1;
      const others = (running.get(name) ?? 1) - 1;
      if (others === 0) running.delete(name);
      else running.set(name, others);
      admit();
    };
    const timer = setTimeout(release, lentMs);
    timer.unref();
    return release;
  }

  function admit(): void {
    for (const [name, queue] of waiting) {
      if (!mayBegin(name)) continue;
      waiting.delete(name);
      const next = queue.shift();
      if (queue.length > 0) waiting.set(name, queue);
      next?.();
      admit();
      return;
    }
  }

  return {
    acquire(functionName) {
      if (mayBegin(functionName)) return Promise.resolve(begin(functionName));
      return new Promise((resolve) => {
        const queue = waiting.get(functionName) ?? [];
        queue.push(() => resolve(begin(functionName)));
        waiting.set(functionName, queue);
      });
    },
  };
}
