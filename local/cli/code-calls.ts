/** What functions' code calls: read once, and again when one of its files changes. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { areUnchanged, type InputRecord, readModuleGraph, recordInputs, UnreadableCode } from '../build/index.ts';
import type { CodePlace, CodeReading } from '../check/calls/contract.ts';
import { readCalls } from '../check/calls/read-calls.ts';
import { actionExists } from '../policy/iam/reference.ts';
import type { Buildable } from '../template/index.ts';

export interface CallsOptions {
  readonly code: readonly Buildable[];
  readonly projectDirectory: string;
  /** Where what was read is kept; undefined keeps nothing. */
  readonly cacheDirectory?: string;
  readonly esbuildBinary: () => string;
}

/** Changes when the same code would be read otherwise. */
const EDITION = 4;

interface Remembered {
  readonly key: string;
  readonly files: readonly InputRecord[];
  readonly reading: CodeReading;
}

/** By logical id; a function without code here is left out. */
export async function readCodeCalls(options: CallsOptions): Promise<ReadonlyMap<string, CodeReading>> {
  const functions = options.code.filter(({ kind }) => kind === 'function');
  const modulePath = options.code.filter(({ kind }) => kind === 'layer').flatMap(moduleFolders);
  const read = functions.map(async (buildable) => {
    return [buildable.logicalId, await readOne(buildable, modulePath, options)] as const;
  });
  return new Map(await Promise.all(read));
}

/** Where a layer without a build of its own has its modules. */
function moduleFolders({ codeDirectory }: Buildable): string[] {
  const below = ['nodejs/node_modules', 'nodejs/node24/node_modules', 'nodejs/node22/node_modules', 'node_modules', ''];
  return below.map((path) => join(codeDirectory, path)).filter((path) => existsSync(path));
}

async function readOne(buildable: Buildable, modulePath: string[], options: CallsOptions): Promise<CodeReading> {
  const { cacheDirectory, projectDirectory, esbuildBinary } = options;
  const { logicalId, codeDirectory, handler, metadata, runtime = '' } = buildable;
  if (!runtime.startsWith('nodejs')) return { kind: 'unread', why: `code for ${runtime} is not read` };
  const parts = [EDITION, codeDirectory, handler, metadata, modulePath];
  const key = createHash('sha256').update(JSON.stringify(parts)).digest('hex');
  const file = cacheDirectory && join(cacheDirectory, `${logicalId}.json`);
  const known = file === undefined ? undefined : recall(file);
  if (known?.key === key && areUnchanged(known.files)) return known.reading;
  try {
    const graph = await readModuleGraph(buildable, { esbuildBinary, modulePath });
    const reading = withPlacesFrom(projectDirectory, await readCalls({ ...graph, isAction: actionExists }));
    if (file !== undefined) remember(file, { key, files: recordInputs(graph.files), reading });
    return reading;
  } catch (error) {
    if (!(error instanceof UnreadableCode)) throw error;
    return { kind: 'unread', why: error.message };
  }
}

function withPlacesFrom(directory: string, reading: CodeReading): CodeReading {
  if (reading.kind === 'unread') return reading;
  const placed = <T extends { readonly at?: CodePlace }>(each: T): T =>
    each.at ? { ...each, at: { ...each.at, file: relative(directory, each.at.file) } } : each;
  return { ...reading, calls: reading.calls.map(placed), hosts: reading.hosts.map(placed) };
}

function recall(file: string): Remembered | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Remembered;
  } catch {
    // Never read before, or cut off while it was written: read again.
    return undefined;
  }
}

/** Somebody else may read or write it now: it is there whole, or not at all. */
function remember(file: string, what: Remembered): void {
  const scratch = `${file}.${process.pid}`;
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(scratch, JSON.stringify(what));
    renameSync(scratch, file);
  } catch {
    // A disk that takes nothing only makes the next check slower.
  }
}
