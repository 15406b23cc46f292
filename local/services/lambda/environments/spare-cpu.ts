/** Whether the machine has processor time nobody uses: then more environments, which mostly wait, make nothing slower. */
import { cpus } from 'node:os';

export type SpareCpu = () => boolean;

interface Sample {
  readonly at: number;
  readonly idle: number;
  readonly total: number;
}

/** Shorter than this the kernel's counters, which step by 10 ms, say nothing. */
const SHORTEST_MS = 50;
/** A sample older than this tells of another time. */
const LONGEST_MS = 1000;

/** Answers for the time since it was last asked, at least 50 ms; false while it does not know yet. `share` is 0–1. */
export function createSpareCpu(share = 0.3, now = () => performance.now(), read: typeof cpus = cpus): SpareCpu {
  let before: Sample | undefined;
  let answer = false;

  function sample(): Sample {
    let idle = 0;
    let total = 0;
    for (const { times } of read()) {
      idle += times.idle;
      total += times.user + times.nice + times.sys + times.idle + times.irq;
    }
    return { at: now(), idle, total };
  }

  return () => {
    const age = before === undefined ? Number.POSITIVE_INFINITY : now() - before.at;
    if (age < SHORTEST_MS) return answer;
    const after = sample();
    answer =
      before !== undefined &&
      age <= LONGEST_MS &&
      after.total > before.total &&
      (after.idle - before.idle) / (after.total - before.total) >= share;
    before = after;
    return answer;
  };
}
