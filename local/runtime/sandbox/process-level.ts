/**
 * The level that works everywhere: a plain child process with exactly its environment variables, a process group and
 * a temporary directory of its own. It keeps honest code apart, no more:
 * - the rest of the machine's files can be seen, and /var/task and /opt are the real directories, writable;
 * - a hard-coded `/tmp` is the machine's; `TMPDIR` leads to the environment's own, whose size is not limited;
 * - only what goes through Node's own sockets passes the egress; another program's connections do not;
 * - loopback is the machine's: servers of two environments on one port are in each other's way, and only Node knows the
 *   name sandbox.localdomain.
 */
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { CompiledCodeMount, PreparedSandbox, SandboxSpec } from './contract.ts';
import { limitedCommand } from './enter-script.ts';
import { SandboxError } from './errors.ts';
import { holdProcess } from './held-process.ts';
import { mergeLayers } from './layers.ts';
import type { LevelParts } from './level.ts';
import { dialLoopback, openLoopback } from './process-network.ts';
import { killGroup, killProcess } from './signals.ts';

export async function prepareProcess(parts: LevelParts, spec: SandboxSpec): Promise<PreparedSandbox> {
  const { run, table } = parts;
  const directory = run.makeEnvironment();
  const socketPath = join(directory, 'run', 'socket');
  const tmpDirectory = join(directory, 'tmp');
  mkdirSync(join(directory, 'run'), { mode: 0o700 });
  mkdirSync(tmpDirectory, { mode: 0o700 });
  const network = spec.programs === 'any' ? await openLoopback(socketPath) : undefined;
  const optRoot = await mergeLayers(spec.layerDirectories, parts.layerCache);
  return {
    taskRoot: spec.codeDirectory,
    optRoot,
    tmpDirectory,
    runtimeDirectory: parts.runtimeDirectory,
    runtimeModules: parts.runtimeModules,
    socketPath,
    socketPathInside: socketPath,
    nodePath: spec.nodePath ?? parts.nodePath,
    compiledCode: spec.compiledCode && compiledCodeFor(spec.compiledCode, directory),
    network,
    dial: dialLoopback,
    spawn([file, ...args], env) {
      network?.announce(file as string);
      const command = limitedCommand([file as string, ...args], { TMPDIR: tmpDirectory, ...env });
      const [shell = '', ...rest] = command.argv;
      const child = spawn(shell, rest, {
        cwd: spec.codeDirectory,
        env: command.env,
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      child.on('error', () => {});
      if (child.pid === undefined) throw new SandboxError(`cannot start ${file} in ${spec.codeDirectory}`);
      return holdProcess({
        child,
        table,
        program: (leader) => leader,
        kill(leader) {
          // While parents live: what left the group is found by them only.
          const tree = table.descendants(leader);
          killGroup(leader);
          for (const pid of tree) killProcess(pid);
        },
        strays: (maximumAgeMs) => parts.strays.of(tmpDirectory, maximumAgeMs),
        exit: (exit) => exit,
        ended: run.note(child.pid),
      });
    },
    async dispose() {
      network?.close();
      for (const pid of table.startedWith(`TMPDIR=${tmpDirectory}`)) killProcess(pid);
      await rm(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
    },
  };
}

function compiledCodeFor(mount: CompiledCodeMount, directory: string): string {
  return mount.kind === 'filled' ? `read:${mount.directory}` : `fill:${join(directory, 'compiled')}`;
}
