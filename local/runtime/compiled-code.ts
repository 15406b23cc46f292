/**
 * What V8 made of functions' code, kept from one execution environment for the next ones: to compile it is half of what a
 * cold start takes. Each function version has a directory of its own, by its code and layers, that no other is shown. It
 * is filled once, with what the first environment hands over before it has seen any event, and only read from then on: so
 * nothing is in it but what that same code said.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { EnvironmentSpec } from '../services/lambda/contract.ts';
import type { CompiledCodeMount } from './sandbox/contract.ts';

export interface CompiledCode {
  /** For one environment that starts now. Of several at the same time the first one fills, the others go without. */
  begin(spec: EnvironmentSpec): CompiledCodeUse | undefined;
}

export interface CompiledCodeUse extends Filling {
  readonly mount: CompiledCodeMount;
}

/** What an environment hands over. Calls count until `abandon`, and only of an environment that was to fill. */
export interface Filling {
  file(name: string, bytes: Uint8Array): void;
  /** That was all: the next environments have it. */
  complete(): void;
  /** The environment has ended, or its init phase has. */
  abandon(): void;
}

/** More than any function's code compiles to: 250 MB is the most that AWS takes, data among it. */
const MOST_BYTES = 64 * 2 ** 20;
/** Of all functions: what was used longest ago goes first. */
const MOST_BYTES_KEPT = 256 * 2 ** 20;
/** As Node names them: of its version and the flags, and of a hash of the file's place. */
const NAME = /^[\w.-]+\/[0-9a-f]+$/;

/** `directory` may be there from earlier runs, and is this run's alone. */
export function openCompiledCode(directory: string): CompiledCode {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  prune(directory);
  const filling = new Set<string>();

  return {
    begin(spec) {
      const kept = join(directory, keyOf(spec));
      if (existsSync(kept)) {
        const now = new Date();
        utimesSync(kept, now, now);
        return { mount: { kind: 'filled', directory: kept }, file() {}, complete() {}, abandon() {} };
      }
      if (filling.has(kept)) return undefined;
      filling.add(kept);
      return { mount: { kind: 'empty' }, ...fill(kept, () => filling.delete(kept)) };
    },
  };
}

function fill(kept: string, ended: () => void): Filling {
  const scratch = `${kept}${UNFINISHED}`;
  let bytesLeft = MOST_BYTES;
  let isOver = false;
  const end = (): boolean => {
    if (isOver) return false;
    isOver = true;
    ended();
    return true;
  };
  const abandon = (): void => {
    if (end()) rmSync(scratch, { recursive: true, force: true });
  };
  return {
    file(name, bytes) {
      if (isOver) return;
      bytesLeft -= bytes.length;
      if (bytesLeft < 0 || !NAME.test(name)) {
        abandon();
        return;
      }
      mkdirSync(join(scratch, dirname(name)), { recursive: true, mode: 0o700 });
      writeFileSync(join(scratch, name), bytes, { mode: 0o600 });
    },
    complete() {
      if (!end()) return;
      mkdirSync(scratch, { recursive: true, mode: 0o700 });
      renameSync(scratch, kept);
    },
    abandon,
  };
}

const UNFINISHED = '.unfinished';

/** Directories of code are made anew when code changes; where files change in place, Node does not take what is here. */
function keyOf({ functionArn, version, runtime, codeDirectory, layerDirectories }: EnvironmentSpec): string {
  const parts = [process.version, functionArn, version, runtime, codeDirectory, layerDirectories];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 24);
}

function prune(directory: string): void {
  const entries = readdirSync(directory).map((name) => {
    const path = join(directory, name);
    return { path, usedAt: name.endsWith(UNFINISHED) ? 0 : statSync(path).mtimeMs, bytes: bytesBelow(path) };
  });
  let left = MOST_BYTES_KEPT;
  for (const { path, usedAt, bytes } of entries.toSorted((one, other) => other.usedAt - one.usedAt)) {
    left -= bytes;
    if (left < 0 || usedAt === 0) rmSync(path, { recursive: true, force: true });
  }
}

function bytesBelow(directory: string): number {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return entries.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
}
