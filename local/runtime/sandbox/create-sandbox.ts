/** Chooses the strongest level that really works on this machine, and says why when it is the weaker one. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { PreparedSandbox, Sandbox, SandboxLevel, SandboxSpec } from './contract.ts';
import { findTools } from './enter-script.ts';
import { SandboxError } from './errors.ts';
import type { LevelParts } from './level.ts';
import { openNamespaceRoom, prepareNamespaces } from './namespaces-level.ts';
import { prepareProcess } from './process-level.ts';
import { createProcessTable } from './process-table.ts';
import { homeOf, openRunDirectory, sweepRuns } from './run-directory.ts';
import { createStrays } from './strays.ts';
import { startWatchdog } from './watchdog.ts';

export interface SandboxOptions {
  /** Environments live below it, `environments/…` (elsewhere when its path is too long for a unix socket). */
  readonly stateDirectory: string;
  /** Default: the strongest that works. */
  readonly prefer?: SandboxLevel;
  /** Node's binary, absolute. */
  readonly nodePath: string;
  /** Absolute; shown read-only to every environment as /var/runtime at the namespaces level. */
  readonly runtimeDirectory: string;
  /** Absolute directories of modules every function finds (the runtime's AWS SDK), shown read-only. */
  readonly runtimeModules?: readonly string[];
  /**
   * A program that is not Node was started at the namespaces level, where all it has of a network is loopback: the
   * Runtime API and the relayed ports. Told of each program once.
   */
  readonly onSealed?: (program: string) => void;
}

export interface OpenSandbox extends Sandbox {
  /** Ends what still runs, removes the run's directory and sends the watchdog away. */
  close(): Promise<void>;
}

/** Rejects with SandboxError when a path is missing, or `prefer` is `namespaces` and they cannot be had. */
export async function createSandbox(options: SandboxOptions): Promise<OpenSandbox> {
  const { stateDirectory, prefer, nodePath, runtimeDirectory, runtimeModules = [] } = options;
  // The caller's mistake at either level, never a reason to take the weaker one.
  for (const path of [nodePath, runtimeDirectory, ...runtimeModules]) {
    if (!existsSync(path)) throw new SandboxError(`${path} does not exist`);
  }
  const table = createProcessTable();
  const home = homeOf(stateDirectory);
  const run = openRunDirectory(home, table);
  const layerCache = join(run.path, 'layers');
  mkdirSync(layerCache, { recursive: true });
  const sealed = new Set<string>();
  const onSealed = (program: string): void => {
    if (sealed.has(program)) return;
    sealed.add(program);
    options.onSealed?.(program);
  };
  const strays = createStrays(table, process.pid);
  const parts: LevelParts = { run, table, strays, nodePath, runtimeDirectory, runtimeModules, layerCache, onSealed };
  const watchdog = startWatchdog(run.path);
  const common = {
    sweep: () => sweepRuns(home, table),
    async close() {
      watchdog.dismiss();
      await run.remove();
    },
  };
  const byProcess = (reason: string): OpenSandbox => ({
    level: 'process',
    reason,
    prepare: (spec) => prepareProcess(parts, spec),
    ...common,
  });
  if (prefer === 'process') return byProcess('it was asked for');
  try {
    const prepare = await tryNamespaces(parts);
    return { level: 'namespaces', prepare, ...common };
  } catch (error) {
    if (!(error instanceof SandboxError) || prefer === 'namespaces') {
      await common.close();
      throw error;
    }
    return byProcess(error.message);
  }
}

const TRIAL_MS = 10_000;

/** Starts Node in namespaces once, in full: nothing else tells what a kernel, a container or AppArmor allows. */
async function tryNamespaces(parts: LevelParts): Promise<(spec: SandboxSpec) => Promise<PreparedSandbox>> {
  if (process.platform !== 'linux') throw new SandboxError('namespaces are a feature of Linux');
  const room = openNamespaceRoom(parts.run.path, findTools(), parts);
  const prepare = (spec: SandboxSpec) => prepareNamespaces(parts, room, spec);
  const codeDirectory = join(parts.run.path, 'trial');
  await mkdir(codeDirectory, { recursive: true });
  const trial = await prepare({ environmentId: 'trial', codeDirectory, layerDirectories: [], ephemeralStorageMb: 1 });
  try {
    const held = trial.spawn([trial.nodePath, '--version'], {});
    const timer = setTimeout(() => held.kill(), TRIAL_MS);
    let output = '';
    held.stdout.resume();
    held.stderr.on('data', (text) => {
      output += text;
    });
    const { code, signal } = await held.exited;
    clearTimeout(timer);
    if (code !== 0) throw new SandboxError(explain(output.trim() || `it ended with ${signal ?? code}`));
  } finally {
    await trial.dispose();
    await rm(codeDirectory, { recursive: true, force: true });
  }
  return prepare;
}

/** The tools' own words, and what usually is behind them. */
function explain(output: string): string {
  const words = output.split('\n').slice(0, 2).join('; ');
  if (setting('/proc/sys/kernel/apparmor_restrict_unprivileged_userns') === '1') {
    return `AppArmor restricts user namespaces (sysctl kernel.apparmor_restrict_unprivileged_userns=0 allows them): ${words}`;
  }
  if (setting('/proc/sys/kernel/unprivileged_userns_clone') === '0') {
    return `user namespaces are switched off (sysctl kernel.unprivileged_userns_clone=1 allows them): ${words}`;
  }
  if (setting('/proc/sys/user/max_user_namespaces') === '0') {
    return `user namespaces are switched off (sysctl user.max_user_namespaces): ${words}`;
  }
  return `user namespaces do not work here: ${words}`;
}

function setting(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return undefined;
  }
}
