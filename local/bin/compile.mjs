/**
 * Makes `dist/` from the TypeScript sources: one bundle, split so that each command and service loads only itself.
 * Run by `npm pack`, and by `sampan` itself in this repository whenever a source is newer than the bundle.
 */
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lockFile } from './process-lock.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const dist = join(root, 'dist');
const stamp = join(dist, '.sources');
/** What `sampan check --explain` shows. */
const checkPages = join(root, '..', 'docs', 'checks');

/** True in the repository, false in an installed package, which has no sources. */
export const hasSources = existsSync(join(root, 'cli', 'main.ts'));

/** Every source's path, size and time: equal text means an equal bundle. */
function fingerprint(directory = root) {
  const lines = [];
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (['node_modules', 'dist', 'fixtures'].includes(entry.name) || entry.name.endsWith('.test.ts')) continue;
    const path = join(directory, entry.name);
    if (entry.isDirectory()) lines.push(...fingerprint(path));
    else if (/\.(ts|mjs|cjs|json|md)$/.test(entry.name)) {
      const { mtimeMs, size } = statSync(path);
      lines.push(`${path.slice(root.length)} ${size} ${mtimeMs}`);
    }
  }
  return lines;
}

/** Compiles if anything changed since the last time. Of several that begin at once, one does it and the others wait. */
export async function compile() {
  if (isCurrent(sourcesNow())) return;
  const unlock = await lockFile(join(root, 'dist.lock'), () => {});
  try {
    const sources = sourcesNow();
    if (!isCurrent(sources)) await bundle(sources);
  } finally {
    unlock();
  }
}

function sourcesNow() {
  return [...fingerprint(), ...fingerprint(checkPages)].sort().join('\n');
}

function isCurrent(sources) {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === sources;
}

async function bundle(sources) {
  const { build, stop } = await import('esbuild');
  const scratch = join(root, `dist-${process.pid}`);
  const before = `${scratch}-before`;
  try {
    await build({
      absWorkingDir: root,
      entryPoints: { main: 'cli/main.ts' },
      outdir: scratch,
      bundle: true,
      splitting: true,
      format: 'esm',
      platform: 'node',
      target: 'node24',
      packages: 'external',
      sourcemap: 'linked',
      sourcesContent: false,
      logLevel: 'error',
    });
    copyRuntimeFiles(join(scratch, 'runtime'));
    cpSync(checkPages, join(scratch, 'checks'), { recursive: true });
    await build({
      absWorkingDir: root,
      entryPoints: ['runtime/egress/preload/main.cjs'],
      outfile: join(scratch, 'runtime/egress.cjs'),
      bundle: true,
      format: 'cjs',
      platform: 'node',
      target: 'node22',
      logLevel: 'error',
    });
    writeFileSync(join(scratch, '.sources'), sources);
    // One that runs may still load parts: it is to find them for as long as possible.
    if (existsSync(dist)) renameSync(dist, before);
    renameSync(scratch, dist);
  } finally {
    for (const left of [scratch, before]) rmSync(left, { recursive: true, force: true });
    // Its service process would stay as long as we do.
    await stop();
  }
}

/**
 * What runs inside the functions' processes. AWS's runtime client is copied instead of depended on: installing its
 * package would compile curl, and the one file is all that is used (Apache-2.0; its licence and notice come with it).
 */
function copyRuntimeFiles(target) {
  mkdirSync(target, { recursive: true });
  const client = dirname(createRequire(import.meta.url).resolve('aws-lambda-ric/package.json'));
  cpSync(join(client, 'index.mjs'), join(target, 'aws-lambda-ric.mjs'));
  for (const legal of ['LICENSE', 'NOTICE', 'THIRD-PARTY-LICENSES']) {
    cpSync(join(client, legal), join(target, `aws-lambda-ric.${legal}`));
  }
  cpSync(join(root, 'runtime/client'), target, { recursive: true });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await compile();
