import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildSync } from 'esbuild';
import { processIdentity } from './process-identity.ts';

// Real servers on a machine that may be busy with other tests.
jest.setTimeout(30_000);

let root: string;
let bundle: string;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'sampan-tied-'));
  bundle = join(root, 'tied-process.cjs');
  buildSync({
    entryPoints: [join('local', 'services', 'rds', 'server', 'tied-process.ts')],
    outfile: bundle,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    logLevel: 'error',
  });
});

afterAll(() => rmSync(root, { recursive: true }));

/** A process that starts `sleep 60` by `how` and prints its pid. */
async function parent(
  how: string,
  path = process.env['PATH'],
): Promise<{ parent: ReturnType<typeof spawn>; pid: number }> {
  const script = `
    const { spawn } = require('node:child_process');
    const { spawnTied, watch } = require(${JSON.stringify(bundle)});
    const child = ${how};
    console.log(child.pid);
    child.once('exit', () => console.log('ended'));
    setInterval(() => {}, 1000);`;
  const started = spawn(process.execPath, ['-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, PATH: path },
  });
  const pid = await new Promise<number>((resolve) => started.stdout.once('data', (data) => resolve(Number(data))));
  return { parent: started, pid };
}

async function isGoneWithin(pid: number, milliseconds: number): Promise<boolean> {
  for (const begin = performance.now(); performance.now() - begin < milliseconds; await sleep(10)) {
    if (!processIdentity(pid)) return true;
  }
  return false;
}

const WAYS = [
  ['this platform’s way', "spawnTied('sleep', ['60'])"],
  [
    'a watchdog, where there is no parent-death signal',
    "(() => { const child = spawn('sleep', ['60'], { detached: true }); watch(child, child.pid); return child; })()",
  ],
] as const;

it.each(WAYS)('a child tied by %s ends when its parent is killed, frozen or not', async (_, how) => {
  for (const frozen of [false, true]) {
    const { parent: starter, pid } = await parent(how);
    if (frozen) process.kill(pid, 'SIGSTOP');
    expect(processIdentity(pid)).toBeDefined();
    starter.kill('SIGKILL');
    expect(await isGoneWithin(pid, 2_000)).toBe(true);
  }
});

it.each(WAYS)('a child tied by %s may end before its parent does', async (_, how) => {
  const { parent: starter, pid } = await parent(how);
  process.kill(pid, 'SIGKILL');
  const said = await new Promise<string>((resolve) => starter.stdout?.once('data', (data) => resolve(String(data))));
  expect(said).toBe('ended\n');
  starter.kill('SIGKILL');
});

const setpriv = (process.env['PATH'] ?? '')
  .split(delimiter)
  .map((directory) => join(directory, 'setpriv'))
  .find((file) => existsSync(file));

(setpriv === undefined ? it.skip : it)('a child whose parent is killed before it is tied does not begin', async () => {
  const slow = join(root, 'slow');
  mkdirSync(slow);
  writeFileSync(join(slow, 'setpriv'), `#!/bin/sh\nsleep 0.3\nexec ${setpriv} "$@"\n`, { mode: 0o755 });
  const { parent: starter, pid } = await parent(WAYS[0][1], `${slow}${delimiter}${process.env['PATH']}`);
  starter.kill('SIGKILL');
  expect(await isGoneWithin(pid, 5_000)).toBe(true);
});
