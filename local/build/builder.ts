/** Functions and layers as `sam build` would make them, but only what changed, into folders named by their content. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join, relative } from 'node:path';
import { filesBesideInlineCode } from '../services/lambda/packages/cfn-response.ts';
import type { Artifact } from '../template/artifact.ts';
import type { Buildable } from '../template/index.ts';
import type { JsonObject } from '../template/stack.ts';
import { esbuildArguments, runEsbuild } from './esbuild.ts';
import { BuildFailure } from './failure.ts';
import { areUnchanged, digestOf, filesBelow, type InputRecord, recordInputs } from './inputs.ts';
import { runMakeTarget } from './makefile.ts';
import { copyAndInstall } from './plain.ts';
import { extractZip } from './zip.ts';

export interface BuilderOptions {
  /** Where artifacts and records are kept, e.g. `.sampan/build`. */
  readonly outputDirectory: string;
  /** The template's folder: makefile recipes find `node_modules/.bin` there, and its lock file is one of their inputs. */
  readonly projectDirectory: string;
  /** Node's binary, first on the recipes' PATH. */
  readonly nodePath: string;
  /** Finds esbuild's native binary; asked only when something is bundled. */
  readonly esbuildBinary: () => string;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Told before something is built, e.g. for "Building TicketsFunction …". */
  readonly onBuild?: (logicalId: string) => void;
}

export interface BuildResult {
  readonly artifacts: ReadonlyMap<string, Artifact>;
  /** Files and folders that artifacts were made of, without `node_modules`: what `watch` looks at. */
  readonly inputs: ReadonlyMap<string, readonly string[]>;
  /** What compilers warned about, by logical id. */
  readonly warnings: ReadonlyMap<string, string>;
}

interface BuildRecord {
  readonly options: string;
  readonly digest: string;
  readonly inputs: readonly InputRecord[];
  readonly warning?: string;
}

/** Not part of anybody's code, and too many to look at. */
const NOT_INPUTS = new Set(['node_modules', '.git', '.sampan', '.aws-sam', 'dist']);

/** Builds what changed since the last time. A failed build is an artifact too: the rest keeps running. */
export async function buildAll(buildables: readonly Buildable[], options: BuilderOptions): Promise<BuildResult> {
  mkdirSync(options.outputDirectory, { recursive: true });
  removeUnfinished(options.outputDirectory);
  // On Lambda no package.json stands above /var/task; here the project's must not decide how a `.js` file is read.
  writeFileSync(join(options.outputDirectory, 'package.json'), '{}\n');
  const artifacts = new Map<string, Artifact>();
  const inputs = new Map<string, readonly string[]>();
  const warnings = new Map<string, string>();
  await Promise.all(
    buildables
      .filter(({ packageType }) => packageType === 'Zip')
      .map(async (buildable) => {
        const { artifact, record } = await buildOne(buildable, options);
        artifacts.set(buildable.logicalId, artifact);
        inputs.set(buildable.logicalId, record.inputs.map(([path]) => path).filter(isWatched));
        if (record.warning) warnings.set(buildable.logicalId, record.warning);
      }),
  );
  removeStale(options.outputDirectory, artifacts);
  return { artifacts, inputs, warnings };
}

function isWatched(path: string): boolean {
  return !path.split('/').includes('node_modules');
}

async function buildOne(
  buildable: Buildable,
  options: BuilderOptions,
): Promise<{ artifact: Artifact; record: BuildRecord }> {
  const { logicalId } = buildable;
  const recordFile = join(options.outputDirectory, `${logicalId}.json`);
  const wanted = optionsOf(buildable);
  const previous = readRecord(recordFile);
  if (previous && previous.options === wanted && areUnchanged(previous.inputs)) {
    const directory = artifactDirectory(options.outputDirectory, logicalId, previous.digest);
    if (existsSync(directory)) {
      return { artifact: built(buildable, directory, previous.digest), record: previous };
    }
  }
  options.onBuild?.(logicalId);
  const scratch = join(options.outputDirectory, `${logicalId}${UNFINISHED}${process.pid}`);
  rmSync(scratch, { recursive: true, force: true });
  mkdirSync(scratch, { recursive: true });
  try {
    const { files, warning } = await make(buildable, scratch, options);
    const digest = digestOf(scratch);
    const directory = artifactDirectory(options.outputDirectory, logicalId, digest);
    // The maps may differ where the code does not: always take the new ones.
    rmSync(sourceMapsDirectory(directory), { recursive: true, force: true });
    if (existsSync(sourceMapsDirectory(scratch)))
      renameSync(sourceMapsDirectory(scratch), sourceMapsDirectory(directory));
    if (existsSync(directory)) rmSync(scratch, { recursive: true });
    else renameSync(scratch, directory);
    const record: BuildRecord = { options: wanted, digest, inputs: recordInputs(files), ...(warning && { warning }) };
    writeFileSync(recordFile, JSON.stringify(record));
    return { artifact: built(buildable, directory, digest), record };
  } catch (error) {
    if (!(error instanceof BuildFailure)) throw error;
    // Remembered nowhere: the next build tries again. Its inputs are all we can know, so that a mend is noticed.
    const digest = createHash('sha256').update(error.message).digest('hex');
    const known = [
      ...filesBelow(buildable.codeDirectory, NOT_INPUTS),
      ...(previous?.inputs.map(([path]) => path) ?? []),
    ];
    return {
      artifact: { kind: 'failed', logicalId, digest, message: error.message },
      record: { options: wanted, digest, inputs: recordInputs(known) },
    };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
    rmSync(sourceMapsDirectory(scratch), { recursive: true, force: true });
  }
}

/** With `Sourcemap`, `sam build` has Node map its own stack traces; so does this. */
function built({ logicalId, metadata }: Buildable, directory: string, digest: string): Artifact {
  const { Sourcemap } = (metadata.BuildProperties ?? {}) as JsonObject;
  const nodeOptions = metadata.BuildMethod === 'esbuild' && Sourcemap === true ? '--enable-source-maps' : undefined;
  return { kind: 'built', logicalId, directory, digest, ...(nodeOptions && { nodeOptions }) };
}

/** Makes the artifact in `scratch`; answers every file it was made of. */
async function make(
  buildable: Buildable,
  scratch: string,
  options: BuilderOptions,
): Promise<{ files: string[]; warning?: string }> {
  const method = buildable.metadata.BuildMethod;
  const environment = recipeEnvironment(options);
  const { codeDirectory, logicalId } = buildable;
  if (buildable.inlineCode !== undefined) {
    writeFileSync(join(scratch, 'index.js'), buildable.inlineCode);
    for (const { path, content } of filesBesideInlineCode(buildable.inlineCode)) {
      mkdirSync(dirname(join(scratch, path)), { recursive: true });
      writeFileSync(join(scratch, path), content);
    }
    return { files: [] };
  }
  if (!existsSync(codeDirectory)) throw new BuildFailure(`${codeDirectory} does not exist`);
  if (method === 'esbuild') return await bundle(buildable, scratch, options.esbuildBinary());
  if (method === 'makefile') {
    await runMakeTarget({ logicalId, codeDirectory, artifactsDirectory: scratch, environment });
    // A recipe may read anything; the project's lock file stands for all that it gets from node_modules.
    const lock = join(options.projectDirectory, 'package-lock.json');
    return { files: [...filesBelow(codeDirectory, NOT_INPUTS), lock] };
  }
  if (statSync(codeDirectory).isFile()) {
    await extractZip(codeDirectory, scratch);
    return { files: [codeDirectory] };
  }
  const builtLayer = buildable.kind === 'layer' && typeof method === 'string';
  const outputDirectory = builtLayer ? join(scratch, 'nodejs') : scratch;
  await copyAndInstall({ codeDirectory, outputDirectory, environment });
  return { files: filesBelow(codeDirectory, buildable.kind === 'layer' && !method ? new Set(['.git']) : NOT_INPUTS) };
}

async function bundle(
  buildable: Buildable,
  scratch: string,
  binary: string,
): Promise<{ files: string[]; warning?: string }> {
  const properties = (buildable.metadata.BuildProperties ?? {}) as JsonObject;
  const metafile = `${scratch}.inputs.json`;
  try {
    const args = esbuildArguments(buildable.codeDirectory, properties, scratch);
    // Stack traces are mapped in any case; where the template asks for no map, ours must not be part of the code.
    const ownMaps = !args.some((argument) => argument.startsWith('--sourcemap'));
    if (ownMaps) args.push('--sourcemap=external');
    const warning = await runEsbuild(binary, buildable.codeDirectory, [...args, `--metafile=${metafile}`]);
    if (ownMaps) moveMaps(scratch, sourceMapsDirectory(scratch));
    const { inputs } = JSON.parse(readFileSync(metafile, 'utf8')) as { inputs: Record<string, unknown> };
    // `(disabled):…` entries are modules a package switched off; they are no files.
    const files = Object.keys(inputs)
      .map((path) => join(buildable.codeDirectory, path))
      .filter((path) => existsSync(path));
    return { files, ...(warning && { warning }) };
  } finally {
    rmSync(metafile, { force: true });
  }
}

/** Where the source maps of an artifact are that its template did not ask for. */
export function sourceMapsDirectory(artifactDirectory: string): string {
  return `${artifactDirectory}.maps`;
}

function moveMaps(from: string, to: string): void {
  for (const path of filesBelow(from, new Set())) {
    if (!path.endsWith('.map')) continue;
    const target = join(to, relative(from, path));
    mkdirSync(dirname(target), { recursive: true });
    renameSync(path, target);
  }
}

function recipeEnvironment(options: BuilderOptions): Record<string, string | undefined> {
  const environment = options.environment ?? process.env;
  const path = [dirname(options.nodePath), join(options.projectDirectory, 'node_modules', '.bin'), environment.PATH];
  return { ...environment, PATH: path.filter(Boolean).join(delimiter) };
}

function optionsOf(buildable: Buildable): string {
  const { kind, codeDirectory, handler, runtime, metadata, inlineCode } = buildable;
  return createHash('sha256')
    .update(JSON.stringify([kind, codeDirectory, handler, runtime, metadata, inlineCode]))
    .update(JSON.stringify(filesBesideInlineCode(inlineCode ?? '').map(({ content }) => String(content))))
    .digest('hex');
}

function readRecord(file: string): BuildRecord | undefined {
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as BuildRecord;
  } catch {
    // Cut off by a crash while it was written: build again.
    return undefined;
  }
}

function artifactDirectory(outputDirectory: string, logicalId: string, digest: string): string {
  return join(outputDirectory, `${logicalId}-${digest.slice(0, 16)}`);
}

const UNFINISHED = '.building-';

/** What builds of processes before this one left when they were killed: the directory has one owner at a time. */
function removeUnfinished(outputDirectory: string): void {
  for (const name of readdirSync(outputDirectory)) {
    const [, rest] = name.split(UNFINISHED);
    if (rest === undefined || Number.parseInt(rest, 10) === process.pid) continue;
    rmSync(join(outputDirectory, name), { recursive: true, force: true });
  }
}

/** How long a replaced artifact stays, for environments that still finish a request on it. */
const KEEP_REPLACED_MS = 3_600_000;

function removeStale(outputDirectory: string, artifacts: ReadonlyMap<string, Artifact>): void {
  const current = new Set([...artifacts.values()].map((a) => (a.kind === 'built' ? a.directory : '')));
  for (const name of readdirSync(outputDirectory)) {
    const path = join(outputDirectory, name);
    if (!/-[0-9a-f]{16}(\.maps)?$/.test(name) || current.has(path.replace(/\.maps$/, ''))) continue;
    if (Date.now() - statSync(path).mtimeMs > KEEP_REPLACED_MS) rmSync(path, { recursive: true, force: true });
  }
}
