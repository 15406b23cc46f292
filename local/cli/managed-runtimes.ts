/**
 * What Lambda's managed runtimes bring and a project does not have: the Node of that version, and the AWS SDK. Fetched
 * when a function needs it, never before; what cannot be had is named, and the function runs as well as it can.
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-nodejs.html
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { missingRuntimeImports, runtimeImports } from '../build/index.ts';
import { EntrypointError, findBootstrap } from '../runtime/bootstrap.ts';
import { DownloadError, type Downloads } from './downloads.ts';

export interface Needs {
  readonly runtime: string;
  readonly codeDirectory: string;
  readonly layerDirectories: readonly string[];
}

export interface Brought {
  /** Node's binary, when it is not the one that everything runs on. */
  readonly nodePath?: string;
  /** What could not be had, and what follows; empty when all is as on AWS. */
  readonly troubles: readonly string[];
}

export interface ManagedRuntimes {
  /** Where the SDK is, a `node_modules`; empty as long as nobody needed any of it. */
  readonly modulesDirectory: string;
  /** Never rejects. The same question twice is answered from memory, unless something could not be had. */
  bring(needs: Needs): Promise<Brought>;
}

/** What could not be had is tried again after this long. */
const RETRY_MS = 30_000;

export function createManagedRuntimes(cacheDirectory: string, downloads: Downloads): ManagedRuntimes {
  const sdkDirectory = join(cacheDirectory, 'aws-sdk-3');
  const modulesDirectory = join(sdkDirectory, 'node_modules');
  mkdirSync(modulesDirectory, { recursive: true, mode: 0o700 });
  const known = new Map<string, Promise<Brought>>();
  const imports = new Map<string, ReadonlySet<string>>();
  /** By names: many functions need the same, and what cannot be had is not asked for at every start of an environment. */
  const fetching = new Map<string, Promise<void>>();

  /** A directory of built code never changes: it is named by its content. */
  function importsIn(directory: string): ReadonlySet<string> {
    const found = imports.get(directory) ?? runtimeImports(directory);
    imports.set(directory, found);
    return found;
  }

  async function node(major: number, runtime: string): Promise<{ nodePath?: string; trouble?: string }> {
    if (process.versions.node.startsWith(`${major}.`)) return {};
    try {
      return { nodePath: await downloads.node(major) };
    } catch (error) {
      return { trouble: `${runtime} runs on Node.js ${process.versions.node}: ${reasonOf(error)}` };
    }
  }

  async function sdk(needs: Needs, major: number): Promise<string | undefined> {
    const names = missingRuntimeImports(needs.codeDirectory, needs.layerDirectories, major, importsIn);
    if (names.length === 0) return undefined;
    const key = names.join(' ');
    const fetched = fetching.get(key) ?? downloads.packages(sdkDirectory, names);
    fetching.set(key, fetched);
    try {
      await fetched;
      return undefined;
    } catch (error) {
      setTimeout(() => fetching.delete(key), RETRY_MS).unref();
      return `${names.join(', ')}, which Lambda's Node.js runtimes bring, cannot be imported: ${reasonOf(error)}`;
    }
  }

  async function bring(needs: Needs, major: number): Promise<Brought> {
    const [{ nodePath, trouble }, withoutSdk] = await Promise.all([node(major, needs.runtime), sdk(needs, major)]);
    return { nodePath, troubles: [trouble, withoutSdk].filter((text) => text !== undefined) };
  }

  return {
    modulesDirectory,
    bring(needs) {
      const major = Number(/^nodejs(\d+)\.x$/.exec(needs.runtime)?.[1]);
      if (Number.isNaN(major)) return Promise.resolve({ troubles: whyNoBootstrap(needs) });
      const key = JSON.stringify([needs.runtime, needs.codeDirectory, needs.layerDirectories]);
      let brought = known.get(key);
      if (!brought) {
        brought = bring(needs, major);
        known.set(key, brought);
        void brought.then(({ troubles }) => {
          if (troubles.length > 0) setTimeout(() => known.delete(key), RETRY_MS).unref();
        });
      }
      return brought;
    },
  };
}

/** Said at start, by name: on AWS only the first invocation tells. */
function whyNoBootstrap({ runtime, codeDirectory, layerDirectories }: Needs): string[] {
  if (!runtime.startsWith('provided.')) return [];
  try {
    findBootstrap(codeDirectory, layerDirectories);
    return [];
  } catch (error) {
    if (!(error instanceof EntrypointError)) throw error;
    return [`Runtime.InvalidEntrypoint: ${error.message}${error.hint === undefined ? '' : ` (${error.hint})`}`];
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof DownloadError) return error.message;
  throw error;
}
