/**
 * A process and all it starts, held by its process group. Freezing is on the way of every invocation, so it is one
 * signal to the group; what left the group (a daemon's `setsid`) is looked for only once the environment has been
 * idle for a moment.
 */
import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { SandboxedProcess } from './contract.ts';
import type { ProcessTable } from './process-table.ts';
import { groupLives, killGroup, killProcess, signalGroup, signalProcess } from './signals.ts';

/** Idle this long, a frozen tree is searched for processes that left its group. */
const STRAGGLER_DELAY_MS = 100;
/** What was killed is waited for this long; a container whose first process does not reap keeps zombies for ever. */
const GROUP_END_MS = 500;

export type Exit = Awaited<SandboxedProcess['exited']>;

export interface HeldProcessOptions {
  /** Started `detached`: it leads a group of its own. */
  readonly child: ChildProcess;
  readonly table: ProcessTable;
  /** The program's own process in the tree `leader` began; undefined while it is not there yet. */
  readonly program: (leader: number) => number | undefined;
  /** Ends the tree for good. */
  readonly kill: (leader: number) => unknown;
  /** What has left the tree: they are stopped and ended with it. */
  readonly strays?: (maximumAgeMs?: number) => readonly number[];
  /** What the leader's own exit says about the program's. */
  readonly exit: (exit: Exit) => Exit;
  /** Called once, when everything has ended. */
  readonly ended: () => void;
}

export function holdProcess({
  child,
  table,
  program,
  kill,
  strays,
  exit,
  ended,
}: HeldProcessOptions): SandboxedProcess {
  const leader = child.pid as number;
  const stragglers = new Set<number>();
  let frozen = false;
  let over = false;
  let timer: NodeJS.Timeout | undefined;

  function stopStragglers(): void {
    if (!frozen || over) return;
    // Again until nothing new turns up: a process may have forked just before it was stopped.
    for (let found = true, round = 0; found && round < 10; round += 1) {
      found = false;
      for (const pid of [...table.descendants(leader), ...(strays?.() ?? [])]) {
        if (stragglers.has(pid) || table.groupOf(pid) === leader) continue;
        stragglers.add(pid);
        found = signalProcess(pid, 'SIGSTOP') || found;
      }
    }
  }

  const exited = new Promise<Exit>((resolve) => {
    child.once('exit', (code, signal) => {
      over = true;
      clearTimeout(timer);
      killGroup(leader);
      for (const pid of stragglers) killProcess(pid);
      for (const pid of strays?.(0) ?? []) killProcess(pid);
      void groupEnd(leader).then(() => {
        ended();
        resolve(exit({ code, signal }));
      });
    });
  });

  return {
    pid: leader,
    stdout: child.stdout as Readable,
    stderr: child.stderr as Readable,
    strays,
    exited,
    freeze() {
      if (frozen || over) return;
      frozen = true;
      signalGroup(leader, 'SIGSTOP');
      if (timer === undefined) timer = setTimeout(stopStragglers, STRAGGLER_DELAY_MS).unref();
      else timer.refresh();
    },
    thaw() {
      if (!frozen || over) return;
      frozen = false;
      signalGroup(leader, 'SIGCONT');
      for (const pid of stragglers) signalProcess(pid, 'SIGCONT');
      stragglers.clear();
    },
    terminate() {
      const pid = over ? undefined : program(leader);
      if (pid !== undefined) signalProcess(pid, 'SIGTERM');
    },
    kill() {
      if (!over) kill(leader);
    },
  };
}

async function groupEnd(leader: number): Promise<void> {
  const end = performance.now() + GROUP_END_MS;
  while (groupLives(leader) && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 1));
}
