/**
 * A way that is open or not, as somebody says who takes a moment to answer. While nothing has changed the last answer
 * holds, and what comes goes through at once; otherwise it waits for the next one, in its order.
 */
export interface GateOptions<T> {
  /** Grows whenever the answer may be another. */
  readonly revision: () => number;
  /** Must not reject. */
  readonly ask: () => Promise<boolean>;
  readonly pass: (item: T, isOpen: boolean) => void;
}

export class Gate<T> {
  readonly #options: GateOptions<T>;
  #isOpen = false;
  #askedAt: number | undefined;
  #waiting: T[] | undefined;
  #asking: Promise<void> | undefined;

  constructor(options: GateOptions<T>) {
    this.#options = options;
  }

  send(item: T): void {
    if (this.#waiting) {
      this.#waiting.push(item);
      return;
    }
    if (this.#askedAt === this.#options.revision()) {
      this.#options.pass(item, this.#isOpen);
      return;
    }
    this.#waiting = [item];
    void this.ready();
  }

  /** Resolves when what was sent until now has passed, and what comes next need not wait. */
  ready(): Promise<void> {
    if (this.#askedAt === this.#options.revision()) return Promise.resolve();
    this.#asking ??= this.#ask();
    return this.#asking;
  }

  async #ask(): Promise<void> {
    const { revision, ask, pass } = this.#options;
    const askedAt = revision();
    this.#isOpen = await ask();
    this.#askedAt = askedAt;
    this.#asking = undefined;
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const item of waiting) pass(item, this.#isOpen);
  }
}
