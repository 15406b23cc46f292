/**
 * What a function's code consists of, for those who read it: its own modules as one text, with what is never reached
 * left out, and the packages it leans on. Layers count as the function's own where their sources are in the project.
 */
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, delimiter, dirname, extname, join, resolve } from 'node:path';
import type { Buildable } from '../template/index.ts';
import type { Json, JsonObject } from '../template/stack.ts';
import { runTool } from './tool.ts';

export interface ModuleGraph {
  /** An ES module without minification; packages are imported by name. */
  readonly text: string;
  /** JSON, of `text`; its sources are absolute paths. */
  readonly sourceMap: string;
  /** Modules of packages that are in the bundle, by the path below `node_modules`, e.g. `@aws-sdk/client-sqs/dist-es/…`. */
  readonly packageModules: readonly string[];
  /** Imports that lead to nothing on this machine. */
  readonly unresolved: readonly string[];
  /** Every file that was read; absolute. */
  readonly files: readonly string[];
}

export interface GraphOptions {
  readonly esbuildBinary: () => string;
  /** Folders in which layers' modules are found, as `NODE_PATH` names them on Lambda. */
  readonly modulePath?: readonly string[];
}

/** The code could not be read; `message` says why, for people. */
export class UnreadableCode extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UnreadableCode';
  }
}

interface Metafile {
  readonly inputs: Readonly<
    Record<string, { readonly imports: readonly { path: string; original?: string; external?: boolean }[] }>
  >;
  readonly outputs: Readonly<Record<string, { readonly inputs: Readonly<Record<string, { bytesInOutput: number }>> }>>;
}

const SCRIPTS = ['.ts', '.mts', '.cts', '.tsx', '.mjs', '.cjs', '.js', '.jsx'];

/** Rejects with `UnreadableCode`. */
export async function readModuleGraph(buildable: Buildable, options: GraphOptions): Promise<ModuleGraph> {
  const entry = entryFile(buildable);
  // esbuild's paths are relative to where it really runs.
  const codeDirectory = realpathSync(buildable.codeDirectory);
  const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'sampan-graph-')));
  try {
    const everything = await bundle([], join(scratch, 'all'));
    const own = Object.keys(everything.meta.inputs).filter((path) => !isOfPackage(path));
    const packages = new Set(own.flatMap((path) => packageImports(everything.meta, path)));
    const alone = await bundle([...packages, ...everything.unresolved], join(scratch, 'own'));
    return {
      text: alone.text,
      sourceMap: alone.sourceMap,
      packageModules: used(everything.meta).flatMap((path) => isOfPackage(path) ?? []),
      unresolved: everything.unresolved,
      files: Object.keys(everything.meta.inputs)
        .map((path) => join(codeDirectory, path))
        .filter((path) => existsSync(path)),
    };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }

  /** Once more without what could not be found, as often as something new is missing. */
  async function bundle(externals: readonly string[], directory: string) {
    const unresolved = new Set<string>();
    for (;;) {
      const metafile = join(directory, 'meta.json');
      const outside = [...externals, ...unresolved].map((name) => `--external:${name}`);
      const args = [entry, ...flags(buildable), ...outside, `--outdir=${directory}`, `--metafile=${metafile}`];
      const env = { ...process.env, NODE_PATH: (options.modulePath ?? []).join(delimiter) };
      const { code, errors } = await runTool(options.esbuildBinary(), args, { cwd: codeDirectory, env });
      if (code === 0) {
        const meta = JSON.parse(readFileSync(metafile, 'utf8')) as Metafile;
        const script = Object.keys(meta.outputs).find((path) => path.endsWith('.js')) ?? '';
        const file = join(codeDirectory, script);
        const text = readFileSync(file, 'utf8');
        return {
          meta,
          text,
          sourceMap: absolute(readFileSync(`${file}.map`, 'utf8'), file),
          unresolved: [...unresolved],
        };
      }
      const missing = [...errors.matchAll(/Could not resolve "([^"]+)"/g)].map(([, name]) => name!);
      if (missing.length === 0 || missing.every((name) => unresolved.has(name))) {
        throw new UnreadableCode(errors.trim() || `esbuild ended with ${code}`);
      }
      for (const name of missing) unresolved.add(name);
    }
  }
}

function flags({ metadata }: Buildable): string[] {
  const properties = metadata.BuildMethod === 'esbuild' ? ((metadata.BuildProperties ?? {}) as JsonObject) : {};
  const loaders = list(properties['Loader']).map((item) => `--loader:${item}`);
  const defines = list(properties['Define']).map((item) => `--define:${item}`);
  const logging = ['--log-level=error', '--color=false', '--log-limit=0'];
  // Packages as ES modules, one file each: only so is what is never used left out.
  const form = ['--bundle', '--format=esm', '--platform=node', '--main-fields=module,main', '--conditions=module'];
  return [...form, '--tree-shaking=true', '--sourcemap=external', ...loaders, ...defines, ...logging];
}

const list = (value: Json | undefined): string[] => (Array.isArray(value) ? value.map(String) : []);

/** The handler's file; with esbuild it may stand elsewhere than its bundle will, but its name is the same. */
function entryFile({ metadata, handler = '', codeDirectory }: Buildable): string {
  const { EntryPoints } = (metadata.BuildProperties ?? {}) as JsonObject;
  const module = handler.slice(0, handler.lastIndexOf('.'));
  const named = metadata.BuildMethod === 'esbuild' ? list(EntryPoints) : [];
  const chosen = named.find((entry) => basename(entry, extname(entry)) === basename(module)) ?? named[0] ?? module;
  const found = ['', ...SCRIPTS]
    .map((extension) => `${chosen}${extension}`)
    .find((file) => isScript(codeDirectory, file));
  if (found) return found;
  throw new UnreadableCode(`${join(codeDirectory, chosen)} is no script that could be read`);
}

function isScript(directory: string, file: string): boolean {
  return SCRIPTS.some((extension) => file.endsWith(extension)) && existsSync(join(directory, file));
}

/** The path below the last `node_modules`. */
function isOfPackage(path: string): string | undefined {
  const at = path.lastIndexOf('node_modules/');
  return at < 0 ? undefined : path.slice(at + 'node_modules/'.length);
}

function packageImports({ inputs }: Metafile, path: string): string[] {
  return (inputs[path]?.imports ?? []).flatMap(({ path: target, original, external }) => {
    if (original === undefined || original.startsWith('.') || original.startsWith('node:')) return [];
    return external || isOfPackage(target) ? [original] : [];
  });
}

function used({ outputs }: Metafile): string[] {
  const weights = Object.values(outputs).flatMap(({ inputs }) => Object.entries(inputs));
  return weights.flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : []));
}

function absolute(sourceMap: string, file: string): string {
  const map = JSON.parse(sourceMap) as { sources: string[] };
  return JSON.stringify({ ...map, sources: map.sources.map((source) => resolve(dirname(file), source)) });
}
