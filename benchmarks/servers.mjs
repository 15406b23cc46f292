/** Everything that is measured, each started the way its users start it. */
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HEAP_FLAGS } from '../local/bin/heap.mjs';
import { PYTHON_PEERS, whyNoPythonPeers } from './peers.mjs';

const here = import.meta.dirname;
const root = join(here, '..');

export async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/**
 * Starts a command and waits until `url` answers 200, or until it has said `readyText`.
 * @returns {Promise<{ url: string, pid: number, readyMs: number, stop: () => Promise<void> }>}
 */
async function serve({ command, args, cwd, url, readyText, env = {}, timeoutMs = 60_000 }) {
  const startedAt = performance.now();
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      // Reading is part of the measurement (a terminal reads too); keeping all of it is not.
      if (said.length < 20_000) said += chunk;
    });
  }
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGINT');
      const timer = setTimeout(() => process.kill(-child.pid, 'SIGKILL'), 5_000);
      await exited;
      clearTimeout(timer);
    }
  };
  while (performance.now() - startedAt < timeoutMs) {
    if (readyText ? said.includes(readyText) : await answers(url)) {
      return { url, pid: child.pid, readyMs: performance.now() - startedAt, stop };
    }
    if (child.exitCode !== null) break;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await stop();
  throw new Error(`${command} ${args.join(' ')} did not serve ${url}:\n${said}`);
}

async function answers(url) {
  const answer = await fetch(url, { signal: AbortSignal.timeout(5_000) }).catch(() => undefined);
  await answer?.text();
  return answer?.ok === true;
}

const BARE_HELLO = `require('node:http').createServer((q, r) => { r.setHeader('content-type', 'application/json'); r.end('{"message":"hello"}'); })`;

/** @param code makes a server of `node:http` */
export async function bareNode({ nodeArguments = [], code = BARE_HELLO } = {}) {
  const port = await freePort();
  const base = `http://127.0.0.1:${port}`;
  const server = await serve({
    command: process.execPath,
    args: [...nodeArguments, '-e', `${code}.listen(${port}, '127.0.0.1')`],
    url: `${base}/hello`,
  });
  return { ...server, base };
}

/**
 * @param directory a project with a template; without `state` it goes to a temporary folder that is removed afterwards
 * @param readyText what to wait for instead of the first answer
 * @param nodeArguments for Node itself
 * @param moreArguments of `sampan start`
 */
export async function sampan(directory, path, { state, readyText, nodeArguments = [], moreArguments = [] } = {}) {
  const [port, awsPort] = [await freePort(), await freePort()];
  const stateDirectory = state ?? mkdtempSync(join(tmpdir(), 'sampan-bench-'));
  const args = [
    ...HEAP_FLAGS,
    ...nodeArguments,
    join(root, 'local/bin/sampan.mjs'),
    'start',
    '--no-watch',
    '--no-proactive-init',
    '--port',
    String(port),
    '--aws-port',
    String(awsPort),
    '--state',
    stateDirectory,
    ...moreArguments,
  ];
  const server = await serve({
    command: process.execPath,
    args,
    cwd: directory,
    url: `http://127.0.0.1:${port}${path}`,
    readyText,
    timeoutMs: 180_000,
  });
  return {
    ...server,
    base: `http://127.0.0.1:${port}`,
    /** Where all of AWS's APIs are. */
    awsUrl: `http://127.0.0.1:${awsPort}`,
    async stop() {
      await server.stop();
      if (!state) rmSync(stateDirectory, { recursive: true, force: true });
    },
  };
}

export async function serverlessOffline({ inProcess }) {
  const [httpPort, lambdaPort] = [await freePort(), await freePort()];
  const args = [
    join(here, 'node_modules/serverless/bin/serverless.js'),
    'offline',
    '--httpPort',
    String(httpPort),
    '--lambdaPort',
    String(lambdaPort),
    '--noPrependStageInUrl',
    '--host',
    '127.0.0.1',
  ];
  if (inProcess) args.push('--useInProcess');
  const server = await serve({
    command: process.execPath,
    args,
    cwd: join(here, 'hello'),
    url: `http://127.0.0.1:${httpPort}/hello`,
    env: {
      SLS_TELEMETRY_DISABLED: '1',
      SLS_NOTIFICATIONS_MODE: 'off',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    },
  });
  return { ...server, lambdaUrl: `http://127.0.0.1:${lambdaPort}` };
}

/** Why `sam local` cannot be measured here; undefined when it can. */
export function whyNoSamLocal() {
  if (spawnSync('docker', ['info'], { stdio: 'ignore' }).status !== 0) return 'no Docker engine answers';
  if (spawnSync('sam', ['--version'], { stdio: 'ignore' }).status !== 0) return 'the SAM CLI is not on the PATH';
  const image = spawnSync('docker', ['image', 'inspect', 'public.ecr.aws/lambda/nodejs:24-rapid-x86_64'], {
    stdio: 'ignore',
  });
  const base = spawnSync('docker', ['image', 'inspect', 'public.ecr.aws/lambda/nodejs:24'], { stdio: 'ignore' });
  if (image.status !== 0 && base.status !== 0)
    return 'there is no image public.ecr.aws/lambda/nodejs:24 (npm run test:sam-local makes one)';
  return undefined;
}

export async function samLocal() {
  const port = await freePort();
  const directory = mkdtempSync(join(tmpdir(), 'sam-bench-'));
  cpSync(join(here, 'hello'), directory, { recursive: true });
  const server = await serve({
    command: 'sam',
    args: ['local', 'start-api', '--port', String(port), '--warm-containers', 'EAGER', '--skip-pull-image'],
    cwd: directory,
    url: `http://127.0.0.1:${port}/hello`,
    env: { SAM_CLI_TELEMETRY: '0' },
    timeoutMs: 120_000,
  });
  return {
    ...server,
    async stop() {
      await server.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** @param name of `PYTHON_PEERS`; ask `whyNoPythonPeers` first */
async function pythonPeer(name) {
  const port = await freePort();
  const { command, args, env, path } = PYTHON_PEERS[name](port);
  const awsUrl = `http://127.0.0.1:${port}`;
  return { ...(await serve({ command, args, env, cwd: tmpdir(), url: `${awsUrl}${path}` })), awsUrl };
}

/** DynamoDB alone, in memory. */
export async function dynalite() {
  const port = await freePort();
  const awsUrl = `http://127.0.0.1:${port}`;
  const args = [join(here, 'node_modules/dynalite/cli.js'), '--port', String(port), '--host', '127.0.0.1'];
  const server = await serve({
    command: process.execPath,
    args: [...args, '--createTableMs', '0'],
    url: awsUrl,
    readyText: 'listening at',
  });
  return { ...server, awsUrl };
}

/**
 * Starts Sampan, and the peers where they can be, into `started` by name: whoever calls stops what is there, also when one
 * of them does not start.
 *
 * @param project the folder whose template Sampan starts
 */
export async function besidePythonPeers(started, say, project = 'hello') {
  started.sampan = await sampan(join(here, project), '', { readyText: 'Ready in' });
  const reason = whyNoPythonPeers();
  if (reason) say(`skipped: ${Object.keys(PYTHON_PEERS).join(', ')} (${reason})`);
  else for (const name of Object.keys(PYTHON_PEERS)) started[name] = await pythonPeer(name);
}
