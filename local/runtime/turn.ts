/**
 * Work that waits for the end of a turn of the event loop: by then everything that was readable in this turn has been
 * read, so a REPORT line comes after the output of its invocation, and one batch serves many invocations.
 */
export interface TurnTask {
  endOfTurn(): void;
}

export interface Turn {
  /** Runs `task` once at the end of this turn, however often it is added. */
  add(task: TurnTask): void;
  /**
   * Runs `task` once, at the end of a turn soon after. A turn that ends early is a round of the event loop more, which
   * costs as much as all that a warm invocation has to do then.
   */
  addSoon(task: TurnTask): void;
  /** Runs what was added now: somebody looks. */
  end(): void;
}

/** Short beside the time until anybody can look at a log, long beside a warm invocation. */
const SOON_MS = 2;

export function createTurn(): Turn {
  let tasks = new Set<TurnTask>();
  let isSoon = false;
  let isNow = false;
  const end = (): void => {
    if (tasks.size === 0) return;
    const due = tasks;
    tasks = new Set();
    for (const task of due) task.endOfTurn();
  };
  const run = (): void => {
    isNow = false;
    end();
  };
  // Timers fire at the beginning of a turn: all turns that something was added in have ended.
  const runSoon = (): void => {
    isSoon = false;
    end();
  };
  return {
    end,
    add(task) {
      tasks.add(task);
      if (isNow) return;
      isNow = true;
      setImmediate(run);
    },
    addSoon(task) {
      tasks.add(task);
      if (isSoon) return;
      isSoon = true;
      setTimeout(runSoon, SOON_MS);
    },
  };
}
