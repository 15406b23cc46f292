/**
 * How long API Gateway waits for integrations. All that wait equally long stand in one line and share a timer, which
 * stays set while the line is empty: setting one for every request costs more than anything else about waiting.
 */
export interface Patience {
  /** Calls `lost` after `ms` of real time, unless `end` is called before. Never keeps the process alive. */
  wait(ms: number, lost: () => void): Wait;
}

export interface Wait {
  end(): void;
}

export function createPatience(): Patience {
  const lines = new Map<number, Line>();
  return {
    wait(ms, lost) {
      let line = lines.get(ms);
      if (line === undefined) {
        line = new Line(ms);
        lines.set(ms, line);
      }
      return line.add(lost);
    },
  };
}

class Line {
  readonly #ms: number;
  /** In the order in which they came, which is the order in which they are due. */
  readonly #waiting = new Set<Waiting>();
  #timer: NodeJS.Timeout | undefined;

  constructor(ms: number) {
    this.#ms = ms;
  }

  add(lost: () => void): Wait {
    const waiting = new Waiting(this.#waiting, performance.now() + this.#ms, lost);
    this.#waiting.add(waiting);
    if (this.#timer === undefined) this.#arm(this.#ms);
    return waiting;
  }

  #arm(ms: number): void {
    this.#timer = setTimeout(() => this.#look(), Math.ceil(ms)).unref();
  }

  #look(): void {
    this.#timer = undefined;
    for (const waiting of this.#waiting) {
      const left = waiting.dueAt - performance.now();
      if (left > 0) {
        this.#arm(left);
        return;
      }
      this.#waiting.delete(waiting);
      waiting.lost();
    }
  }
}

class Waiting implements Wait {
  readonly #line: Set<Waiting>;
  /** By `performance.now()`. */
  readonly dueAt: number;
  readonly lost: () => void;

  constructor(line: Set<Waiting>, dueAt: number, lost: () => void) {
    this.#line = line;
    this.dueAt = dueAt;
    this.lost = lost;
  }

  end(): void {
    this.#line.delete(this);
  }
}
