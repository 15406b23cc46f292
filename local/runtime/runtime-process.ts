/** One process of an environment, with its output cut into lines. */
import type { Readable } from 'node:stream';
import { createOutputLines } from './output-lines.ts';
import type { SandboxedProcess } from './sandbox/contract.ts';

export type ProcessExit = Awaited<SandboxedProcess['exited']>;

export interface RuntimeProcess {
  readonly pid: number;
  /** Of its environment's processes, those that have left its tree. */
  readonly strays?: () => readonly number[];
  /** The process has ended and what it wrote has been read. */
  readonly ended: Promise<ProcessExit>;
  /** Nobody holds its output open any more. After `kill` that is the end, however long the system takes to bury it. */
  readonly silent: Promise<unknown>;
  freeze(): void;
  thaw(): void;
  /** SIGTERM. It must not be frozen. */
  terminate(): void;
  kill(): void;
}

/** A process that outlives its parent may hold the pipe open: output is waited for no longer than this. */
const OUTPUT_GRACE_MS = 100;

export function watchProcess(process: SandboxedProcess, emit: (line: string) => void): RuntimeProcess {
  const drained = Promise.all([drain(process.stdout, emit), drain(process.stderr, emit)]);
  const ended = process.exited.then(async (exit) => {
    await Promise.race([drained, new Promise((resolve) => setTimeout(resolve, OUTPUT_GRACE_MS).unref())]);
    return exit;
  });
  return {
    pid: process.pid,
    strays: process.strays,
    ended,
    silent: drained,
    freeze: () => process.freeze(),
    thaw: () => process.thaw(),
    terminate: () => process.terminate(),
    kill: () => process.kill(),
  };
}

function drain(stream: Readable, emit: (line: string) => void): Promise<void> {
  const lines = createOutputLines(emit);
  stream.on('data', (chunk: Buffer) => lines.push(chunk));
  return new Promise((resolve) => {
    stream.once('close', () => {
      lines.end();
      resolve();
    });
    stream.once('error', () => resolve());
  });
}
