/** What is fetched only when a template needs it, by `bin/download.mjs`, which knows npm and keeps what it fetched. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

export interface Downloads {
  /** The path of a Node binary of that major version. Rejects with DownloadError. */
  node(major: number): Promise<string>;
  /** Puts the packages below `directory`, unless they are there. Rejects with DownloadError. */
  packages(directory: string, names: readonly string[]): Promise<void>;
}

/** It could not be had; the message says why. */
export class DownloadError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'DownloadError';
  }
}

export interface DownloadOptions {
  /** Node to run the program with. */
  readonly nodePath: string;
  /** `bin/download.mjs` of this package. */
  readonly program: string;
  /** Told what is being fetched. */
  readonly onProgress: (text: string) => void;
}

export function createDownloads({ nodePath, program, onProgress }: DownloadOptions): Downloads {
  function run(...args: string[]): Promise<string> {
    return new Promise((resolve, reject) => {
      const child = spawn(nodePath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
      let answer = '';
      let last = '';
      child.stdout.on('data', (chunk: Buffer) => {
        answer += chunk.toString('utf8');
      });
      child.stderr.on('data', (chunk: Buffer) => {
        for (const line of chunk.toString('utf8').trim().split('\n')) {
          last = line.replace(/^sampan: /, '');
          if (/^(?:Fetching|Another)/.test(line)) onProgress(line);
        }
      });
      child.once('error', ({ message }) => reject(new DownloadError(message)));
      child.once('close', (code) => (code === 0 ? resolve(answer) : reject(new DownloadError(last))));
    });
  }

  return {
    node: (major) => run('node', String(major)),
    async packages(directory, names) {
      // Most starts need nothing: then no process is started to find that out.
      const unsure = names.filter((name) => !existsSync(join(directory, 'node_modules', name)));
      if (unsure.length > 0) await run('packages', directory, ...names);
    },
  };
}
