/**
 * Other local clouds, in Python: MiniStack and moto's server, in a virtual environment of the benchmarks' own, which is made
 * on first use.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const PACKAGES = ['ministack[full]==1.5.33', 'moto[server]==5.2.5'];
const directory = join(import.meta.dirname, '.venv');
const python = join(directory, 'bin', 'python');

let reason;

/** Why they cannot be measured here; undefined when they can. */
export function whyNoPythonPeers() {
  reason ??= prepare() ?? '';
  return reason || undefined;
}

function prepare() {
  if (isComplete()) return undefined;
  const found = spawnSync('python3', ['--version'], { encoding: 'utf8' });
  if (found.status !== 0) return 'there is no python3 on the PATH';
  process.stderr.write(`Installing the peers (${PACKAGES.join(', ')}: about 430 MB on disk, once) …\n`);
  rmSync(directory, { recursive: true, force: true });
  const made = spawnSync('python3', ['-m', 'venv', directory], { encoding: 'utf8' });
  if (made.status !== 0) return `python3 -m venv failed: ${lastLine(made.stderr || made.stdout)}`;
  const installed = spawnSync(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...PACKAGES], {
    encoding: 'utf8',
  });
  if (installed.status !== 0) return `PyPI could not be reached: ${lastLine(installed.stderr)}`;
  return undefined;
}

function isComplete() {
  if (!existsSync(python)) return false;
  return spawnSync(python, ['-c', 'import ministack, moto.server'], { stdio: 'ignore' }).status === 0;
}

const lastLine = (text) => text.trim().split('\n').at(-1);

/** What `servers.mjs` starts. Neither is to listen anywhere but here. */
export const PYTHON_PEERS = {
  ministack: (port) => ({
    command: python,
    args: ['-m', 'ministack'],
    env: { BIND_HOST: '127.0.0.1', GATEWAY_PORT: String(port) },
    path: '/_ministack/health',
  }),
  "moto's server": (port) => ({
    command: python,
    args: ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)],
    env: {},
    path: '/moto-api/data.json',
  }),
};
