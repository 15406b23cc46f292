/**
 * Packages that Lambda's managed runtimes bring and nobody's project has to: the AWS SDK. Those that are asked for are
 * kept in the user's cache directory, for all projects. Plain JavaScript without dependencies.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runNpm } from './npm.mjs';
import { lockFile } from './process-lock.mjs';
import { SetUpError } from './set-up-error.mjs';

/** Written when npm has ended well: what an interrupted npm left is not trusted, but repaired. */
const COMPLETE = 'complete.json';

/** Which of `names` are not there. */
export function missingPackages(directory, names) {
  const complete = new Set(read(join(directory, COMPLETE)));
  return names.filter((name) => !complete.has(name) || !existsSync(join(directory, 'node_modules', name)));
}

/**
 * Installs `names` below `directory`, beside what is there; the newest of the SDK's version 3. `say` is told before
 * anything is downloaded. Rejects with `SetUpError` when they cannot be had.
 */
export async function addPackages(directory, names, say) {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const unlock = await lockFile(`${directory}.lock`, () =>
    say('Another start is fetching the AWS SDK: waiting for it …'),
  );
  try {
    const missing = missingPackages(directory, names);
    if (missing.length === 0) return;
    say(`Fetching ${missing.join(', ')} (once; kept in ${directory}) …`);
    const manifest = join(directory, 'package.json');
    if (!existsSync(manifest)) writeFileSync(manifest, '{"private":true}\n');
    await install(directory, missing);
  } finally {
    unlock();
  }
}

/** One that does not exist must not keep the others away. */
async function install(directory, names) {
  try {
    const wanted = names.map((name) => (name.startsWith('@aws-sdk/') ? `${name}@3` : name));
    await runNpm(['install', '--no-package-lock', '--omit=peer', ...wanted], { cwd: directory });
    const all = [...new Set([...read(join(directory, COMPLETE)), ...names])].sort();
    writeFileSync(join(directory, COMPLETE), JSON.stringify(all));
  } catch (error) {
    if (names.length === 1 || !(error instanceof SetUpError)) throw error;
    const failed = [];
    for (const name of names) await install(directory, [name]).catch(() => failed.push(name));
    if (failed.length > 0) throw new SetUpError(`npm could not install ${failed.join(', ')}`);
  }
}

function read(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return [];
  }
}
