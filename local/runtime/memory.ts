/**
 * How much memory an execution environment uses: all of its processes together, as a control group would count them.
 * Sampled beside the invocations, never on their way.
 */
import { execFile } from 'node:child_process';
import { namesIn, textOf } from './sandbox/fleeting-files.ts';

export interface MemoryUse {
  /** Now, MB (2^20 bytes), all processes; pages of one file that several of them have mapped count once. */
  readonly residentMb: number;
  /**
   * The most that is known of, MB: never less than `residentMb`, and never less than what any one of the processes
   * ever had, so a peak between two samples is seen as long as its process lives.
   */
  readonly peakMb: number;
}

export interface MemoryMeter {
  /**
   * Of the trees below `pids`, which may have begun with programs of the sandbox's own (some hundred KB). Undefined
   * when it is not known (yet), e.g. all have ended. Above `limitMb` it looks closer: what processes share by having
   * forked is then divided among them.
   */
  sample(pids: readonly number[], limitMb: number): MemoryUse | undefined;
}

export function createMemoryMeter(platform: NodeJS.Platform = process.platform): MemoryMeter {
  return platform === 'linux' ? createProcMeter() : createPsMeter();
}

const MB_IN_KB = 1024;

/** Children of other threads than the first (workers') are looked for in one sample of so many. */
const THREADS_EVERY = 5;

function createProcMeter(): MemoryMeter {
  const samples = new Map<number, number>();
  return {
    sample(pids, limitMb) {
      const [first = 0] = pids;
      const count = samples.get(first) ?? 0;
      // Numbers of processes that have ended.
      if (samples.size > 1000) samples.clear();
      samples.set(first, count + 1);
      return measure(treeOf(pids, count % THREADS_EVERY === 0), limitMb);
    },
  };
}

function measure(tree: readonly Process[], limitMb: number): MemoryUse | undefined {
  let ownKb = 0;
  let fileKb = 0;
  let largestKb = 0;
  for (const { status } of tree) {
    ownKb += field(status, 'RssAnon:') + field(status, 'RssShmem:');
    // Mostly one and the same: Node's binary and libraries.
    fileKb = Math.max(fileKb, field(status, 'RssFile:'));
    largestKb = Math.max(largestKb, field(status, 'VmHWM:'));
  }
  if (ownKb + fileKb === 0) return undefined;
  if (tree.length > 1 && ownKb + fileKb > limitMb * MB_IN_KB)
    ownKb = tree.reduce((sum, { id }) => sum + shareOf(id), 0);
  const residentMb = Math.ceil((ownKb + fileKb) / MB_IN_KB);
  return { residentMb, peakMb: Math.max(residentMb, Math.ceil(largestKb / MB_IN_KB)) };
}

interface Process {
  readonly id: string;
  /** The text of /proc/PID/status. https://man7.org/linux/man-pages/man5/proc_pid_status.5.html */
  readonly status: string;
}

/** A process that ends meanwhile is left out. */
function treeOf(pids: readonly number[], allThreads: boolean): Process[] {
  const found: Process[] = [];
  const waiting = pids.map(String);
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    const status = textOf(`/proc/${id}/status`);
    if (status === undefined) continue;
    found.push({ id, status });
    // A child belongs to the thread that made it.
    const threads = allThreads ? namesIn(`/proc/${id}/task`) : [id];
    for (const thread of threads) {
      for (const child of textOf(`/proc/${id}/task/${thread}/children`)?.split(' ') ?? [])
        if (child) waiting.push(child);
    }
  }
  return found;
}

/** Kilobytes of its own memory, each page divided by the number of processes that have it. */
function shareOf(id: string): number {
  const text = textOf(`/proc/${id}/smaps_rollup`) ?? '';
  return field(text, 'Pss_Anon:') + field(text, 'Pss_Shmem:');
}

/** The number after `name` in the text; 0 where there is none (a zombie has no memory). */
function field(text: string, name: string): number {
  const at = text.indexOf(name);
  return at === -1 ? 0 : Number.parseInt(text.slice(at + name.length, at + name.length + 20), 10);
}

/** Where there is no /proc (macOS): `ps`, asked at most once a second for all; answers are as old as that. */
const PS_INTERVAL_MS = 1000;

function createPsMeter(): MemoryMeter {
  let table: readonly PsRow[] = [];
  let askedAt = Number.NEGATIVE_INFINITY;
  const peaks = new Map<number, number>();
  return {
    sample(pids) {
      if (performance.now() - askedAt > PS_INTERVAL_MS) {
        askedAt = performance.now();
        execFile('ps', ['-axo', 'pid=,ppid=,rss='], (error, stdout) => {
          if (!error) table = readPsTable(stdout);
        });
      }
      const kb = residentKbOf(table, pids);
      if (kb === 0) return undefined;
      const residentMb = Math.ceil(kb / MB_IN_KB);
      const [first = 0] = pids;
      const peakMb = Math.max(residentMb, peaks.get(first) ?? 0);
      if (peaks.size > 1000) peaks.clear();
      peaks.set(first, peakMb);
      return { residentMb, peakMb };
    },
  };
}

export interface PsRow {
  readonly pid: number;
  readonly parent: number;
  readonly residentKb: number;
}

/** Rows of `ps -axo pid=,ppid=,rss=`. */
export function readPsTable(text: string): PsRow[] {
  return text
    .trim()
    .split('\n')
    .map((row) => row.trim().split(/\s+/).map(Number))
    .map(([pid = 0, parent = 0, residentKb = 0]) => ({ pid, parent, residentKb }));
}

export function residentKbOf(table: readonly PsRow[], pids: readonly number[]): number {
  const members = new Set(pids);
  // Parents need not come before their children.
  for (let size = 0; size !== members.size; ) {
    size = members.size;
    for (const { pid, parent } of table) if (members.has(parent)) members.add(pid);
  }
  return table.reduce((sum, { pid, residentKb }) => sum + (members.has(pid) ? residentKb : 0), 0);
}
