/** The first process of an environment with several: it holds the namespaces the others join, and does nothing else. */
import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { EnterCommand } from './enter-script.ts';
import { SandboxError } from './errors.ts';
import { killGroup } from './signals.ts';

export interface NamespaceHolder {
  /** Of a process inside, as the machine counts. */
  readonly pid: number;
  /** Ends it, and with it, by the kernel, everything inside. Resolves when all is gone. */
  end(): Promise<void>;
}

/** Resolves when the root is put together; rejects with SandboxError and the tools' words. */
export function startHolder(command: EnterCommand, note: (pid: number) => () => void): Promise<NamespaceHolder> {
  const [file = '', ...args] = command.argv;
  const child = spawn(file, args, {
    cwd: '/',
    env: command.env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  const leader = child.pid;
  const struck = leader === undefined ? () => {} : note(leader);
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => {
      struck();
      resolve();
    });
    child.once('error', () => resolve());
  });
  return new Promise((resolve, reject) => {
    let words = '';
    let said = '';
    child.stderr?.on('data', (text) => {
      words += text;
    });
    (child.stdout as Readable).on('data', (text) => {
      said += text;
      if (!said.includes('\n')) return;
      // From here on it keeps nobody waiting.
      child.unref();
      for (const stream of child.stdio) (stream as { unref?(): void } | null)?.unref?.();
      resolve({
        pid: Number.parseInt(said, 10),
        async end() {
          if (leader !== undefined) killGroup(leader);
          await exited;
        },
      });
    });
    void exited.then(() => reject(new SandboxError(`the environment could not be entered: ${words.trim()}`)));
  });
}
