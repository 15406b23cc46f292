/**
 * Processes that have left the tree they were started in, as a daemon does: whoever began it has ended, and it belongs
 * to the machine's first process. What stays with it is the environment variable all of its environment's processes
 * were started with. At the namespaces level nothing can leave: there the first process is the environment's own.
 */
import type { ProcessTable } from './process-table.ts';

export interface Strays {
  /** Those started with `TMPDIR=directory`, as known `maximumAgeMs` ago at most (default: a second, which is cheap). */
  of(directory: string, maximumAgeMs?: number): readonly number[];
}

const LOOK_EVERY_MS = 1000;
/** One that had no TMPDIR when it was first seen may just have been forked, and not begun yet. */
const LOOKS = 2;

interface Seen {
  directory: string | undefined;
  looks: number;
}

export function createStrays(
  table: Pick<ProcessTable, 'pids' | 'variableOf' | 'parentOf'>,
  supervisor: number,
): Strays {
  const seen = new Map<number, Seen>();
  let lookedAt = Number.NEGATIVE_INFINITY;
  let found = new Map<string, number[]>();

  function look(): void {
    const present = new Set(table.pids());
    for (const pid of seen.keys()) if (!present.has(pid)) seen.delete(pid);
    found = new Map();
    for (const pid of present) {
      const known = seen.get(pid) ?? { directory: undefined, looks: 0 };
      if (known.directory === undefined && known.looks < LOOKS) {
        known.looks += 1;
        known.directory = table.variableOf(pid, 'TMPDIR');
        seen.set(pid, known);
      }
      const { directory } = known;
      if (directory === undefined || isBelowUs(pid)) continue;
      const others = found.get(directory);
      if (others) others.push(pid);
      else found.set(directory, [pid]);
    }
  }

  function isBelowUs(pid: number): boolean {
    for (let at: number | undefined = pid; at !== undefined && at > 1; at = table.parentOf(at)) {
      if (at === supervisor) return true;
    }
    return false;
  }

  return {
    of(directory, maximumAgeMs = LOOK_EVERY_MS) {
      const now = performance.now();
      if (now - lookedAt > maximumAgeMs) {
        lookedAt = now;
        look();
      }
      return found.get(directory)?.filter((pid) => table.parentOf(pid) !== undefined) ?? [];
    },
  };
}
