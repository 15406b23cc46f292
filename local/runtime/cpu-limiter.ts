/**
 * Holds processes to their share of the processor by stopping and continuing them (SIGSTOP, SIGCONT) by what they have
 * really used. A control group would be finer, but takes rights that seldom anybody has.
 */
import { cpuShareOf, createCpuBudget } from './cpu-share.ts';
import { type CpuClock, createCpuClock } from './cpu-time.ts';
import type { RuntimeProcess } from './runtime-process.ts';

export interface LimitedProcess extends RuntimeProcess {
  /** From now on; until then it runs as fast as it can, as in Lambda's init phase. */
  limit(): void;
}

/** The processes of one environment, one after the other. */
export interface CpuLimits {
  /** Answers the process to use in place of `process`. */
  hold(process: RuntimeProcess): RuntimeProcess;
  /** The first init phase is over; a runtime that starts again begins limited. */
  begin(): void;
}

export function createCpuLimits(memorySizeMb: number): CpuLimits {
  const share = cpuShareOf(memorySizeMb);
  let begun = false;
  let current: LimitedProcess | undefined;
  return {
    hold(process) {
      current = limitCpu(process, share);
      if (begun) current.limit();
      return current;
    },
    begin() {
      begun = true;
      current?.limit();
    },
  };
}

/** A look costs a tenth of a millisecond, and a timer is no finer than this. */
const SHORTEST_MS = 2;
const LONGEST_MS = 10;

/** `share` of one processor. The environment's own freezing goes on as if nobody else stopped the process. */
export function limitCpu(
  process: RuntimeProcess,
  share: number,
  clock: CpuClock = createCpuClock(process.pid),
): LimitedProcess {
  const budget = createCpuBudget(share);
  let limited = false;
  let frozen = false;
  let stopped = false;
  let over = false;
  let timer: NodeJS.Timeout | undefined;
  let lookedAt = 0;
  let usedMs = 0;

  function look(): void {
    timer = undefined;
    if (over || frozen) return;
    const now = performance.now();
    const used = clock.read();
    budget.spend(now - lookedAt, used - usedMs);
    lookedAt = now;
    usedMs = used;
    const { runMs, stopMs } = budget;
    if (runMs > 0) {
      if (stopped) process.thaw();
      stopped = false;
      arm(Math.min(LONGEST_MS, Math.max(SHORTEST_MS, runMs)));
    } else {
      if (!stopped) process.freeze();
      stopped = true;
      arm(stopMs);
    }
  }

  function arm(ms: number): void {
    timer ??= setTimeout(look, ms).unref();
  }

  function release(): void {
    over = true;
    clearTimeout(timer);
    timer = undefined;
  }

  void process.ended.then(release);
  return {
    pid: process.pid,
    strays: process.strays,
    ended: process.ended,
    silent: process.silent,
    limit() {
      if (limited || over) return;
      limited = true;
      lookedAt = performance.now();
      usedMs = clock.read();
      arm(SHORTEST_MS);
    },
    freeze() {
      frozen = true;
      if (!stopped) process.freeze();
    },
    thaw() {
      frozen = false;
      if (!stopped) process.thaw();
      // The time it was frozen fills the budget: the next look counts it.
      if (limited) arm(stopped ? 0 : SHORTEST_MS);
    },
    terminate() {
      release();
      if (stopped) process.thaw();
      process.terminate();
    },
    kill() {
      release();
      process.kill();
    },
  };
}
