/** Children that end when we end, even by `kill -9`: nothing of ours may outlive the local cloud. */
import { type ChildProcess, execFileSync, type SpawnOptions, spawn } from 'node:child_process';

/** Who dies before the kernel is told to see to it leaves a child behind: it has another parent then, and does not begin. */
const UNLESS_ORPHANED = '[ "$PPID" = "$0" ] && exec "$@"';

/**
 * Spawns a process of its own session (Ctrl-C on the terminal reaches us, and we end it in order) that is killed when
 * this process dies. On Linux the kernel does it (`PR_SET_PDEATHSIG`); elsewhere a shell waits for our end of a pipe
 * to close. Killing is safe for a database: what it acknowledged is in its log.
 */
export function spawnTied(command: string, parameters: readonly string[], options: SpawnOptions = {}): ChildProcess {
  const own: SpawnOptions = { ...options, detached: true };
  if (hasParentDeathSignal()) {
    const tied = ['/bin/sh', '-c', UNLESS_ORPHANED, String(process.pid), command, ...parameters];
    return spawn('setpriv', ['--pdeathsig', 'KILL', ...tied], own);
  }
  const child = spawn(command, parameters, own);
  if (child.pid !== undefined) watch(child, child.pid);
  return child;
}

/** For platforms without a parent-death signal; exported for its test. */
export function watch(child: ChildProcess, pid: number): void {
  const watchdog = spawn('/bin/sh', ['-c', 'cat >/dev/null; kill -KILL "$1"', 'sh', String(pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  watchdog.on('error', () => child.kill('SIGKILL'));
  watchdog.unref();
  (watchdog.stdin as { unref?: () => void } | null)?.unref?.();
  // The watchdog goes first once its charge is gone: it must never signal a number given to somebody else since.
  child.once('exit', () => watchdog.kill('SIGKILL'));
}

let parentDeathSignal: boolean | undefined;

/** util-linux has the option, BusyBox's tool of the same name does not: ask by using it. */
function hasParentDeathSignal(): boolean {
  if (process.platform !== 'linux') return false;
  if (parentDeathSignal === undefined) {
    try {
      execFileSync('setpriv', ['--pdeathsig', 'KILL', 'true'], { stdio: 'ignore', timeout: 5_000 });
      parentDeathSignal = true;
    } catch {
      parentDeathSignal = false;
    }
  }
  return parentDeathSignal;
}
