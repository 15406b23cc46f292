/** Whether anything has been left to be done later: promises, ticks, immediates, input and output. */
import { type AsyncHook, createHook } from 'node:async_hooks';

/** Counts what is begun and what is settled, in the whole process, while somebody listens. */
export class Stirrings {
  readonly #hook: AsyncHook;
  #listeners = 0;
  #count = 0;

  constructor() {
    const stir = (): void => {
      this.#count += 1;
    };
    // Whoever waits for a promise of earlier goes on when that is resolved, and nothing new is begun for it.
    this.#hook = createHook({ init: stir, promiseResolve: stir });
  }

  get count(): number {
    return this.#count;
  }

  /** Gives what ends it; each call must be ended once. */
  listen(): () => void {
    if (this.#listeners === 0) this.#hook.enable();
    this.#listeners += 1;
    return () => {
      this.#listeners -= 1;
      if (this.#listeners === 0) this.#hook.disable();
    };
  }

  /** Does something that is not counted. */
  uncounted(work: () => void): void {
    const before = this.#count;
    work();
    this.#count = before;
  }
}
