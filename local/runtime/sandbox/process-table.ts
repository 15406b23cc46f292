/** What the system knows of running processes: /proc on Linux, `ps` elsewhere. Everything here is off the hot path. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { namesIn, textOf } from './fleeting-files.ts';

export interface ProcessTable {
  /**
   * Tells a process from a later one with the same number: the time it started, in the system's own form. Undefined
   * when there is no such process (a zombie has ended).
   */
  startMark(pid: number): string | undefined;
  /** In the order they were started. */
  childrenOf(pid: number): number[];
  /** Everything below `pid`, parents before children, without `pid` itself. */
  descendants(pid: number): number[];
  groupOf(pid: number): number | undefined;
  /** Undefined when there is no such process. */
  parentOf(pid: number): number | undefined;
  /** All there are. Nothing where asking would take long (`ps`). */
  pids(): number[];
  /** The value of an environment variable it was started with; undefined where that cannot be known. */
  variableOf(pid: number, name: string): string | undefined;
  /** Processes started with the environment variable `assignment` (`NAME=value`), or with a value that goes on from there. */
  startedWith(assignment: string): number[];
}

export function createProcessTable(platform: NodeJS.Platform = process.platform): ProcessTable {
  return platform === 'linux' ? procTable() : psTable();
}

function procTable(): ProcessTable {
  const bootId = textOf('/proc/sys/kernel/random/boot_id')?.trim() ?? '';

  /** The fields of /proc/PID/stat from the third on; the second, the program's name, may hold anything. */
  function stat(pid: number): string[] | undefined {
    const text = textOf(`/proc/${pid}/stat`);
    return text?.slice(text.lastIndexOf(')') + 2).split(' ');
  }

  function childrenOf(pid: number): number[] {
    const children: number[] = [];
    // Per thread: a child belongs to the thread that made it.
    for (const thread of namesIn(`/proc/${pid}/task`)) {
      const text = textOf(`/proc/${pid}/task/${thread}/children`);
      for (const child of text?.split(' ') ?? []) if (child) children.push(Number(child));
    }
    return children;
  }

  function numbered(): number[] {
    return namesIn('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  }

  return {
    startMark(pid) {
      const fields = stat(pid);
      return fields === undefined || fields[0] === 'Z' || fields[0] === 'X' ? undefined : `${bootId}/${fields[19]}`;
    },
    childrenOf,
    descendants(pid) {
      const found: number[] = [];
      const waiting = [pid];
      for (let parent = waiting.shift(); parent !== undefined; parent = waiting.shift()) {
        const children = childrenOf(parent);
        found.push(...children);
        waiting.push(...children);
      }
      return found;
    },
    groupOf(pid) {
      const fields = stat(pid);
      return fields && Number(fields[2]);
    },
    parentOf(pid) {
      const fields = stat(pid);
      return fields && Number(fields[1]);
    },
    pids: numbered,
    variableOf(pid, name) {
      const all = textOf(`/proc/${pid}/environ`)?.split('\0') ?? [];
      const value = all.find((assignment) => assignment.startsWith(`${name}=`))?.slice(name.length + 1);
      return value === undefined ? undefined : Buffer.from(value, 'latin1').toString('utf8');
    },
    startedWith(assignment) {
      const needle = Buffer.from(`\0${assignment}`);
      return numbered().filter((pid) => {
        try {
          const environment = readFileSync(`/proc/${pid}/environ`);
          return environment.subarray(0, needle.length - 1).equals(needle.subarray(1)) || environment.includes(needle);
        } catch {
          // It ended, or it is somebody else's.
          return false;
        }
      });
    },
  };
}

function psTable(): ProcessTable {
  const ps = (...args: string[]): string => {
    try {
      return execFileSync('ps', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    } catch {
      return '';
    }
  };
  const rows = (): number[][] =>
    ps('-axo', 'pid=,ppid=')
      .trim()
      .split('\n')
      .map((row) => row.trim().split(/\s+/).map(Number));
  return {
    childrenOf: (pid) => rows().flatMap(([child, parent]) => (parent === pid && child !== undefined ? [child] : [])),
    startMark: (pid) => ps('-o', 'lstart=', '-p', String(pid)).trim() || undefined,
    descendants(pid) {
      const all = rows();
      const found = [pid];
      for (const parent of found) {
        for (const [child, its] of all) if (its === parent && child !== undefined) found.push(child);
      }
      return found.slice(1);
    },
    groupOf(pid) {
      const text = ps('-o', 'pgid=', '-p', String(pid)).trim();
      return text ? Number(text) : undefined;
    },
    parentOf(pid) {
      const text = ps('-o', 'ppid=', '-p', String(pid)).trim();
      return text ? Number(text) : undefined;
    },
    pids: () => [],
    variableOf: () => undefined,
    startedWith: (assignment) =>
      ps('-axEwwo', 'pid=,command=')
        .split('\n')
        .filter((row) => row.includes(` ${assignment}`))
        .map((row) => Number.parseInt(row, 10)),
  };
}
