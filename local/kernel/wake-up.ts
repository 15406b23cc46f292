/** One timer for a queue, moved to whatever is due next. */
import type { Clock, Timer } from './clock.ts';

export interface WakeUp {
  /** `at` in ms since 1970; undefined when nothing is due, or nobody is to be woken any more. */
  set(at: number | undefined): void;
}

export function createWakeUp(clock: Clock, wake: () => void): WakeUp {
  let timer: (Timer & { readonly at: number }) | undefined;
  return {
    set(at) {
      if (timer?.at === at) return;
      timer?.cancel();
      timer = undefined;
      if (at === undefined) return;
      const { cancel } = clock.after(at - clock.now(), () => {
        timer = undefined;
        wake();
      });
      timer = { cancel, at };
    },
  };
}
