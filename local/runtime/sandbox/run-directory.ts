/**
 * Where the environments of one run of the local cloud live, so that the next start can tell what was left behind:
 *
 *     HOME/SUPERVISOR-PID/mark        when that supervisor started, so that its number is never taken for another's
 *     HOME/SUPERVISOR-PID/pids/PID    one file per process group, holding its start mark
 *     HOME/SUPERVISOR-PID/N/…         one directory per environment
 */
import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { SandboxError } from './errors.ts';
import { namesIn, textOf } from './fleeting-files.ts';
import type { ProcessTable } from './process-table.ts';
import { killGroup, killProcess } from './signals.ts';

/** A unix socket's path holds 107 bytes on Linux and 103 on macOS; below the home come `/PID/N/run/` and a name. */
const LONGEST_HOME = 72;

/**
 * The directory all runs on `stateDirectory` share. Inside it where its path is short enough for sockets; otherwise
 * in the system's temporary directory, under a name that is the same at every start. Throws SandboxError when
 * somebody else got there first.
 */
export function homeOf(stateDirectory: string): string {
  const inside = join(stateDirectory, 'environments');
  if (Buffer.byteLength(inside) <= LONGEST_HOME) {
    mkdirSync(inside, { recursive: true, mode: 0o700 });
    return inside;
  }
  const digest = createHash('sha256').update(stateDirectory).digest('hex').slice(0, 12);
  const outside = join(tmpdir(), `sampan-${userInfo().uid}-${digest}`);
  mkdirSync(outside, { recursive: true, mode: 0o700 });
  const { uid, mode } = lstatSync(outside);
  if (uid !== userInfo().uid || (mode & 0o077) !== 0) {
    throw new SandboxError(`${outside} belongs to another user or is open to others; remove it and start again`);
  }
  return outside;
}

export interface RunDirectory {
  readonly path: string;
  /** A fresh directory of one environment, 0700. */
  makeEnvironment(): string;
  /** Notes a process group led by `pid`, to be ended by whoever finds it; answers how to strike it off again. */
  note(pid: number): () => void;
  /** Ends every group still noted, and removes the directory. */
  remove(): Promise<void>;
}

export function openRunDirectory(home: string, table: ProcessTable): RunDirectory {
  const path = join(home, String(process.pid));
  // A supervisor that had our number before us is no more; what it left is ended now, or nobody would find it again.
  endRun(path, table);
  rmSync(path, { recursive: true, force: true });
  mkdirSync(join(path, 'pids'), { recursive: true, mode: 0o700 });
  writeFileSync(join(path, 'mark'), table.startMark(process.pid) ?? '');
  let environments = 0;
  const noted = new Set<number>();
  return {
    path,
    makeEnvironment() {
      environments += 1;
      const directory = join(path, String(environments));
      mkdirSync(directory, { mode: 0o700 });
      return directory;
    },
    note(pid) {
      const file = join(path, 'pids', String(pid));
      writeFileSync(file, table.startMark(pid) ?? '');
      noted.add(pid);
      return () => {
        noted.delete(pid);
        rmSync(file, { force: true });
      };
    },
    async remove() {
      for (const pid of noted) killGroup(pid);
      await rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
    },
  };
}

/** Ends what runs of dead supervisors left running below `home`, and removes their directories. */
export async function sweepRuns(home: string, table: ProcessTable): Promise<void> {
  for (const name of readdirSync(home)) {
    const path = join(home, name);
    if (!/^\d+$/.test(name)) continue;
    const supervisor = Number(name);
    const mark = textOf(join(path, 'mark'), 'utf8');
    if (supervisor === process.pid || (mark && table.startMark(supervisor) === mark)) continue;
    endRun(path, table);
    await rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
  }
}

function endRun(path: string, table: ProcessTable): void {
  for (const name of namesIn(join(path, 'pids'))) {
    const pid = Number(name);
    const mark = textOf(join(path, 'pids', name), 'utf8');
    // Without its mark it cannot be told from a stranger with the same number; the environment's variable still can.
    if (mark && table.startMark(pid) === mark) killGroup(pid);
  }
  for (const pid of table.startedWith(`TMPDIR=${path}/`)) killProcess(pid);
}
