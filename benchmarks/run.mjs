/**
 * `npm run bench`: Sampan and its peers side by side in one run, in alternating order; medians, spreads and ratios.
 * What each part measures: docs/performance.md.
 *
 * npm run bench                  everything
 * npm run bench -- hello         some: start, hello, cold, stream, invoke, memory, tickets, doors, egress, files, tokens,
 *                                ingest, big-file, queues, tables, events
 * npm run bench -- --rounds 9 --seconds 3
 * npm run bench -- profile       where the time of a warm request goes; --detail names the functions
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { generator, load, memoryOfTree, spread } from './measure.mjs';
import { profile } from './profile.mjs';

const here = import.meta.dirname;
const root = join(here, '..');

if (!existsSync(join(here, 'node_modules', 'serverless-offline'))) {
  process.stderr.write('Installing the peers (serverless-offline, autocannon: about 60 MB to download, once) …\n');
  const run = spawnSync('npm', ['ci', '--ignore-scripts', '--loglevel=error'], { cwd: here, stdio: ['ignore', 2, 2] });
  if (run.status !== 0) process.exit(1);
}
const servers = await import('./servers.mjs');
const [
  { streaming },
  { invoke },
  { idleMemory },
  { doors },
  { egress },
  { files },
  { tokens },
  { ingest },
  { bigFile },
  { queues },
  { tables },
  { events },
] = await Promise.all(
  [
    'streaming',
    'invoke',
    'idle-memory',
    'doors',
    'egress',
    'files',
    'tokens',
    'ingest',
    'big-file',
    'queues',
    'tables',
    'events',
  ].map((part) => import(`./${part}.mjs`)),
);

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '2' },
    detail: { type: 'boolean' },
  },
});
const rounds = Number(values.rounds);
const seconds = Number(values.seconds);
const wanted = (name) => positionals.length === 0 || positionals.includes(name);
const say = (text = '') => process.stdout.write(`${text}\n`);

const CONNECTIONS = [1, 10, 50];

/** Every round visits all; every other one from the other end, so that drift and neighbours hit them alike. */
async function alternate(names, visit) {
  for (let round = 0; round < rounds; round += 1) {
    for (const name of round % 2 ? [...names].reverse() : names) await visit(name, round);
  }
}

function ratioRow(label, ours, theirs, note) {
  const ratios = ours.map((value, index) => value / theirs[index]);
  say(`  ${label.padEnd(44)} ${spread(ratios, 2)}${note ? `   goal ${note}` : ''}`);
}

async function hello() {
  const starters = {
    sampan: () => servers.sampan(join(here, 'hello'), '/hello'),
    'bare node:http': servers.bareNode,
    'serverless-offline': () => servers.serverlessOffline({ inProcess: false }),
    'serverless-offline --useInProcess': () => servers.serverlessOffline({ inProcess: true }),
  };
  const noSam = servers.whyNoSamLocal();
  if (noSam) say(`skipped: sam local (${noSam})`);
  else starters['sam local, warm containers'] = servers.samLocal;
  const names = Object.keys(starters);
  const started = {};
  const figures = Object.fromEntries(names.map((name) => [name, new Map(CONNECTIONS.map((c) => [c, []]))]));
  try {
    for (const name of names) started[name] = await starters[name]();
    for (const name of names) await load(started[name].url, 10, 1);
    for (const connections of CONNECTIONS) {
      await alternate(names, async (name) => {
        figures[name].get(connections).push(await load(started[name].url, connections, seconds));
      });
    }
    const processes = memoryOfTree(started.sampan.pid);
    say(`\nWarm hello, ${rounds} rounds of ${seconds} s each, by ${generator}: median (min–max)\n`);
    for (const name of names) {
      for (const connections of CONNECTIONS) {
        const runs = figures[name].get(connections);
        const errors = runs.reduce((sum, run) => sum + run.errors, 0);
        const cells = [
          `${spread(runs.map(({ rps }) => rps))} rps`,
          `p50 ${spread(
            runs.map(({ p50 }) => p50),
            2,
          )} ms`,
          `p99 ${spread(
            runs.map(({ p99 }) => p99),
            1,
          )} ms`,
        ];
        say(
          `  ${name.padEnd(36)} c=${String(connections).padEnd(3)} ${cells.join('   ')}${errors ? `   ${errors} errors` : ''}`,
        );
      }
    }
    say('\nRatios, sampan to each, pair by pair\n');
    const goals = {
      'bare node:http': { 1: '≥ 0.25', 10: '≥ 0.25' },
      'serverless-offline': { 1: '≥ 6', 10: '≥ 10' },
      'serverless-offline --useInProcess': { 1: '≥ 2', 10: '≥ 2' },
      'sam local, warm containers': { 1: '≥ 200', 10: '≥ 200' },
    };
    for (const name of names.slice(1)) {
      for (const connections of CONNECTIONS) {
        const rps = (who) => figures[who].get(connections).map((run) => run.rps);
        ratioRow(`${name}, c=${connections}`, rps('sampan'), rps(name), goals[name]?.[connections]);
      }
    }
    say('\nThe slowest of a hundred, sampan to each\n');
    for (const name of names.slice(1)) {
      const p99 = (who) => figures[who].get(50).map((run) => run.p99);
      ratioRow(`${name}, p99 at c=50`, p99('sampan'), p99(name));
    }
    printMemory('hello', processes);
  } finally {
    for (const server of Object.values(started)) await server.stop();
  }
}

function printMemory(name, processes) {
  if (!processes) return;
  const total = processes.reduce((sum, { megabytes }) => sum + megabytes, 0);
  const parts = processes.map((entry) => `${entry.name} ${entry.megabytes.toFixed(0)}`).join(', ');
  say(`\nMemory of the process tree with ${name} up: ${total.toFixed(0)} MB (${parts})`);
}

async function start() {
  const samples = { sampan: [], 'serverless-offline': [] };
  const state = mkdtempSync(join(tmpdir(), 'sampan-bench-'));
  try {
    // The first start makes what every later one finds.
    await (await servers.sampan(join(here, 'hello'), '/hello', { state })).stop();
    await alternate(Object.keys(samples), async (name) => {
      const server =
        name === 'sampan'
          ? await servers.sampan(join(here, 'hello'), '/hello', { state })
          : await servers.serverlessOffline({ inProcess: false });
      samples[name].push(server.readyMs);
      await server.stop();
    });
  } finally {
    rmSync(state, { recursive: true, force: true });
  }
  say('\nStart to first answer of hello, ms: median (min–max)\n');
  for (const [name, values] of Object.entries(samples)) say(`  ${name.padEnd(36)} ${spread(values)}`);
  ratioRow('sampan / serverless-offline', samples.sampan, samples['serverless-offline']);
}

/** The first answer of a ready server, which starts an environment for it, against a bare process that starts and ends. */
async function cold() {
  const samples = { 'bare node start': [], 'cold hello': [], 'cold GET /health': [] };
  const states = {
    'cold hello': mkdtempSync(join(tmpdir(), 'sampan-bench-')),
    'cold GET /health': mkdtempSync(join(tmpdir(), 'sampan-bench-')),
  };
  const open = (name) =>
    servers.sampan(name === 'cold hello' ? join(here, 'hello') : root, name === 'cold hello' ? '/hello' : '/health', {
      state: states[name],
      readyText: 'Ready in',
    });
  try {
    for (const name of Object.keys(states)) await (await open(name)).stop();
    await alternate(Object.keys(samples), async (name) => {
      if (name === 'bare node start') {
        const startedAt = performance.now();
        spawnSync(process.execPath, ['-e', '0']);
        samples[name].push(performance.now() - startedAt);
        return;
      }
      const server = await open(name);
      const startedAt = performance.now();
      await (await fetch(server.url)).text();
      samples[name].push(performance.now() - startedAt);
      await server.stop();
    });
  } finally {
    for (const state of Object.values(states)) rmSync(state, { recursive: true, force: true });
  }
  say('\nCold start, ms: median (min–max)\n');
  for (const [name, values] of Object.entries(samples)) say(`  ${name.padEnd(36)} ${spread(values)}`);
  ratioRow('cold hello / bare node start', samples['cold hello'], samples['bare node start'], '≤ 1.5');
  say(`  ${'cold GET /health (database and layer)'.padEnd(44)} ${spread(samples['cold GET /health'])} ms   goal ≤ 110`);
}

/** An agent's, of the instance that runs on this state. */
function tokenFrom(state) {
  const args = [join(root, 'local/bin/sampan.mjs'), 'token', '--state', state];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return stdout.trim();
}

async function tickets() {
  const state = mkdtempSync(join(tmpdir(), 'sampan-bench-'));
  try {
    const first = await servers.sampan(root, '/health', { state });
    await first.stop();
    const readies = [];
    for (let round = 0; round < rounds; round += 1) {
      const server = await servers.sampan(root, '/health', { state });
      readies.push(server.readyMs);
      await server.stop();
    }
    say(`\nHelp desk, start to first answer of /health, ms: ${spread(readies)}   goal ≤ 3000 to ready`);
    const server = await servers.sampan(root, '/health', { state });
    try {
      const headers = { authorization: tokenFrom(state) };
      const post = await fetch(`${server.base}/tickets`, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify({ subject: 'Benchmark', body: 'How fast is it?', requesterEmail: 'bench@example.com' }),
      });
      const { id } = await post.json();
      const url = `${server.base}/tickets/${id}`;
      await load(url, 10, 1, headers);
      say(`\nWarm GET /tickets/{id}, by ${generator}: median (min–max)\n`);
      for (const connections of CONNECTIONS) {
        const runs = [];
        for (let round = 0; round < rounds; round += 1) runs.push(await load(url, connections, seconds, headers));
        const errors = runs.reduce((sum, run) => sum + run.errors, 0);
        say(
          `  c=${String(connections).padEnd(3)} ${spread(runs.map(({ rps }) => rps))} rps   p50 ${spread(
            runs.map(({ p50 }) => p50),
            2,
          )} ms   p99 ${spread(
            runs.map(({ p99 }) => p99),
            1,
          )} ms${errors ? `   ${errors} errors` : ''}`,
        );
      }
      printMemory('the help desk', memoryOfTree(server.pid));
    } finally {
      await server.stop();
    }
  } finally {
    rmSync(state, { recursive: true, force: true });
  }
}

say(`${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}, Node ${process.versions.node}, ${rounds} rounds`);
if (wanted('start')) await start();
if (wanted('hello')) await hello();
if (wanted('cold')) await cold();
const bench = { say, alternate, ratioRow, rounds, seconds };
if (wanted('stream')) await streaming(bench);
if (wanted('invoke')) await invoke(bench);
if (wanted('memory')) await idleMemory(bench);
if (wanted('tickets')) await tickets();
if (wanted('doors')) await doors(bench);
if (wanted('egress')) await egress(bench);
if (wanted('files')) await files(bench);
if (wanted('tokens')) await tokens(bench);
if (wanted('ingest')) await ingest(bench);
if (wanted('big-file')) await bigFile(bench);
if (wanted('queues')) await queues(bench);
if (wanted('tables')) await tables(bench);
if (wanted('events')) await events(bench);
if (positionals.includes('profile')) await profile({ say, seconds, detail: values.detail });
