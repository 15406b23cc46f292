/** A sandbox that holds nothing: a plain child process. For tests of what runs inside one. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Sandbox } from '../sandbox/contract.ts';
import { dialLoopback } from '../sandbox/process-network.ts';

export function plainSandbox(runtimeDirectory: string): Sandbox {
  return {
    level: 'process',
    async prepare({ codeDirectory, layerDirectories }) {
      const directory = await mkdtemp(join(tmpdir(), 'sampan-environment-'));
      const socketPath = join(directory, 'socket');
      return {
        taskRoot: codeDirectory,
        optRoot: layerDirectories[0] ?? join(directory, 'opt'),
        tmpDirectory: directory,
        runtimeDirectory,
        socketPath,
        socketPathInside: socketPath,
        nodePath: process.execPath,
        dial: dialLoopback,
        spawn([file, ...args], env) {
          const child = spawn(file as string, args, { cwd: codeDirectory, env, stdio: ['ignore', 'pipe', 'pipe'] });
          const signal = (name: NodeJS.Signals) => child.exitCode === null && child.kill(name);
          return {
            pid: child.pid as number,
            stdout: child.stdout,
            stderr: child.stderr,
            exited: new Promise((resolve) => child.once('exit', (code, name) => resolve({ code, signal: name }))),
            freeze: () => signal('SIGSTOP'),
            thaw: () => signal('SIGCONT'),
            terminate: () => signal('SIGTERM'),
            kill: () => signal('SIGKILL'),
          };
        },
        dispose: () => rm(directory, { recursive: true, force: true }),
      };
    },
    async sweep() {},
  };
}
