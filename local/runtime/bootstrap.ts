/**
 * What Lambda starts for a function that brings its own runtime: `bootstrap`, from the code or else from a layer.
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html
 */
import { accessSync, closeSync, constants, existsSync, openSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** The runtime cannot be started. The message is what AWS puts behind `Error: `; its type `Runtime.InvalidEntrypoint`. */
export class EntrypointError extends Error {
  /** What AWS does not say, for whoever has to mend it. */
  readonly hint: string | undefined;

  constructor(message: string, hint?: string) {
    super(message);
    this.name = 'EntrypointError';
    this.hint = hint;
  }
}

export interface Bootstrap {
  /** The file on this machine. */
  readonly file: string;
  /** Where AWS has it. */
  readonly place: '/var/task/bootstrap' | '/opt/bootstrap';
}

/**
 * Throws EntrypointError when there is none, or none that this machine can execute: the system would say so only when
 * it is too late, and by another name at each sandbox level.
 */
export function findBootstrap(codeDirectory: string, layerDirectories: readonly string[]): Bootstrap {
  // A later layer's files are in place of an earlier one's.
  const layers = layerDirectories.toReversed();
  const found = (
    [
      { file: join(codeDirectory, 'bootstrap'), place: '/var/task/bootstrap' },
      ...layers.map((layer) => ({ file: join(layer, 'bootstrap'), place: '/opt/bootstrap' as const })),
    ] as const
  ).find(({ file }) => statSync(file, { throwIfNoEntry: false })?.isFile());
  if (!found) throw new EntrypointError("Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]");
  const reason = whyNotExecutable(found.file);
  if (reason !== undefined) throw new EntrypointError(`fork/exec ${found.place}: ${reason.words}`, reason.hint);
  return found;
}

interface Obstacle {
  /** The system's own. */
  readonly words: string;
  readonly hint: string;
}

/** Undefined when nothing speaks against it. */
function whyNotExecutable(file: string): Obstacle | undefined {
  try {
    accessSync(file, constants.X_OK);
  } catch {
    return { words: 'permission denied', hint: 'it is not executable: chmod +x' };
  }
  const head = firstBytes(file);
  if (head.subarray(0, 2).toString('latin1') === '#!') {
    const interpreter = head.toString('utf8').slice(2).split('\n', 1)[0]?.trim().split(/\s/, 1)[0] ?? '';
    if (existsSync(interpreter)) return undefined;
    const hint = `its first line names ${interpreter}, which this machine does not have`;
    return { words: 'no such file or directory', hint };
  }
  const built = machineOf(head);
  if (built === thisMachine()) return undefined;
  const hint =
    built === undefined
      ? 'it is neither a program nor a script with a first line'
      : `it is built for Linux on ${built}, and this machine is ${thisMachine()}`;
  return { words: 'exec format error', hint };
}

const MACHINES: Readonly<Record<number, string>> = { 62: 'x86_64', 183: 'arm64' };

/**
 * What an ELF program was compiled for: as in `Architectures` where Lambda has it, else the number of the header.
 * Undefined for what is no program. https://man7.org/linux/man-pages/man5/elf.5.html
 */
function machineOf(head: Buffer): string | undefined {
  if (head.length < 20 || head.toString('latin1', 0, 4) !== '\x7fELF') return undefined;
  const number = head[5] === 2 ? head.readUInt16BE(18) : head.readUInt16LE(18);
  return MACHINES[number] ?? `machine ${number}`;
}

/** Linux programs run on Linux only, whatever the processor. */
function thisMachine(): string {
  if (process.platform !== 'linux') return process.platform;
  return process.arch === 'arm64' ? 'arm64' : 'x86_64';
}

function firstBytes(file: string): Buffer {
  const descriptor = openSync(file, 'r');
  try {
    const bytes = Buffer.alloc(256);
    return bytes.subarray(0, readSync(descriptor, bytes, 0, bytes.length, 0));
  } finally {
    closeSync(descriptor);
  }
}
