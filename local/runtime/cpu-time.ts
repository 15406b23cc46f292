/** How much processor time a process and all it started have used. From /proc: Linux only. */
import { readdirSync, readFileSync } from 'node:fs';
import { statFields } from '../kernel/process-stat.ts';

export interface CpuClock {
  /** Ms since the first reading; never less than before. */
  read(): number;
}

/** The tree is looked up again after this long; in between new threads and children go unseen. */
const TREE_MS = 50;
/** Of the ticks /proc/PID/stat counts in; the same on every Linux that Node runs on. */
const TICK_MS = 10;

export function canMeasureCpu(): boolean {
  return /^\d+ /.test(text('/proc/self/schedstat'));
}

/**
 * Of the tree below `pid`. Two counts, both of which can only be too low: the threads' own, to the nanosecond, which
 * forgets threads and children that ended; and the processes', in ticks, which remembers them.
 */
export function createCpuClock(pid: number): CpuClock {
  let processes: string[] = [];
  let threads: string[] = [];
  let lookedUpAt = Number.NEGATIVE_INFINITY;
  const seenMs = new Map<string, number>();
  let ofThreadsMs = 0;
  const ticksMs = new Map<string, number>();
  let usedMs = 0;
  let startMs: number | undefined;

  function lookUp(): void {
    lookedUpAt = performance.now();
    processes = [];
    threads = [];
    const waiting = [String(pid)];
    for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
      processes.push(id);
      for (const thread of list(`/proc/${id}/task`)) {
        const place = `/proc/${id}/task/${thread}`;
        threads.push(place);
        for (const child of text(`${place}/children`).split(' ')) if (child) waiting.push(child);
      }
    }
    // What children that ended have used is their parent's by now, if it waited for them.
    for (const id of ticksMs.keys()) if (!processes.includes(id)) ticksMs.delete(id);
    for (const place of seenMs.keys()) if (!threads.includes(place)) seenMs.delete(place);
  }

  return {
    read() {
      const isDue = performance.now() - lookedUpAt > TREE_MS;
      if (isDue) lookUp();
      for (const place of threads) {
        const ms = Number.parseInt(text(`${place}/schedstat`), 10) / 1e6;
        if (Number.isNaN(ms)) continue;
        ofThreadsMs += ms - (seenMs.get(place) ?? 0);
        seenMs.set(place, ms);
      }
      if (isDue) for (const id of processes) ticksMs.set(id, ticksOf(id) * TICK_MS);
      const byTicks = [...ticksMs.values()].reduce((sum, ms) => sum + ms, 0);
      usedMs = Math.max(usedMs, ofThreadsMs, byTicks);
      startMs ??= usedMs;
      return usedMs - startMs;
    },
  };

  /** Its own and those of its children that it has waited for. */
  function ticksOf(id: string): number {
    const fields = statFields(text(`/proc/${id}/stat`));
    return [11, 12, 13, 14].reduce((sum, index) => sum + (Number(fields[index]) || 0), 0);
  }
}

function text(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

function list(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
