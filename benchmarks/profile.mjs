/**
 * `npm run bench -- profile`: where the time of a warm request goes, stage by stage, as a table in Markdown.
 *
 * Both processes on its way are sampled while one connection asks without a pause: the supervisor through its inspector,
 * the function's by itself (`profiled/`). A sample belongs to the innermost of its frames that a rule below names; what
 * a stage costs is its share of the CPU time that the thread uses without being sampled, by the system's own count.
 *
 * On Linux the supervisor's main thread gets a core to itself. Where both share one, the system runs the other as soon as
 * it is woken, and the write that wakes it seems to take as long as all that the other does.
 */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { load, processesOfTree } from './measure.mjs';
import * as servers from './servers.mjs';

const SAMPLE_US = 100;
const MOST_FUNCTIONS = 12;

/**
 * In this order: a rule is a stage, a file (part of its path in the sources, or of Node's own); where the file belongs
 * to more than one stage, the functions; and for a function that several stages call, a file it is called from.
 */
const SUPERVISOR = [
  ['garbage collection', '', /^\(garbage collector\)$/],
  ['wake the environment: one write', '', /^writeBuffer$/, 'runtime/frame-port.ts'],
  ['response: one write', '', /^(writeBuffer|writeUtf8String|writeLatin1String|writev)$/, 'doors/rest/'],
  ['logs: lines', 'runtime/platform-log.ts'],
  ['logs: lines', 'runtime/invocation-log.ts'],
  ['logs: archive', 'runtime/log-writer.ts'],
  ['logs: archive', 'kernel/telemetry'],
  ['logs: print', 'cli/output/'],
  ['logs: print', 'cli/log-labels.ts'],
  ['logs: print', 'cli/start.ts'],
  ['response: head and body', 'doors/rest/plain-response.ts'],
  ['response: head and body', 'doors/rest/server.ts', /^write$/],
  ['response: read the proxy answer', 'services/apigateway/proxy-response.ts'],
  ['HTTP: request', 'doors/rest/'],
  ['API Gateway: event', 'services/apigateway/request'],
  ['API Gateway: event', 'services/apigateway/event'],
  ['API Gateway: event', 'services/apigateway/json-template'],
  ['API Gateway: route, limits, time-out', 'services/apigateway/'],
  ['dispatch: who, reach, may, record', 'kernel/dispatch.ts'],
  ['dispatch: who, reach, may, record', 'kernel/identities.ts'],
  ['dispatch: who, reach, may, record', 'kernel/registry.ts'],
  ['dispatch: who, reach, may, record', 'policy/'],
  ['Lambda: metrics', 'services/lambda/invocation/function-metrics.ts'],
  ['Lambda: trace', 'services/lambda/invocation/trace.ts'],
  ['Lambda: function, limits, pool', 'services/lambda/'],
  ['environment: frames', 'runtime/fram'],
  ['environment: life cycle', 'runtime/'],
  ['HTTP: request', 'node:_http_common'],
  ['HTTP: request', 'node:_http_incoming'],
  ['HTTP: request', 'node:_http_server', /^(parserOnIncoming|parserOnMessageComplete|onParserExecute|resOnFinish)/],
  ['HTTP: request', 'node:_http_server'],
  ['response: head and body', 'node:_http_outgoing'],
  ['event loop: sockets, timers, promises', ''],
];

const FUNCTION = [
  ['garbage collection', '', /^\(garbage collector\)$/],
  ['handler', 'profiled/code/'],
  ['handler', '/var/task/'],
  ['response and next: one write', '', /^writeBuffer$/],
  ['client: transport', 'transport.cjs'],
  ["client: AWS's runtime client", 'aws-lambda-ric.mjs'],
  ['event loop: immediate, promises', ''],
];

const NOT_BUSY = new Set(['(idle)', '(root)']);

/** @param say prints a line @param seconds how long to sample @param connections at the same time @param detail names functions */
export async function profile({ say, seconds, connections = 1, detail = false }) {
  const inspectorPort = await servers.freePort();
  const server = await servers.sampan(join(import.meta.dirname, 'profiled'), '/hello', {
    nodeArguments: [`--inspect-port=127.0.0.1:${inspectorPort}`],
  });
  try {
    await load(server.url, 10, 5);
    pin(server.pid);
    const inspector = await attach(server.pid, inspectorPort);
    const costs = async () => ({
      supervisor: await cpuOf(inspector),
      environment: await ask(`${server.url}?profile=cost`),
    });
    const before = await costs();
    const plain = await load(server.url, connections, seconds);
    const after = await costs();

    await ask(`${server.url}?profile=start`);
    await inspector.post('Profiler.enable');
    await inspector.post('Profiler.setSamplingInterval', { interval: SAMPLE_US });
    await inspector.post('Profiler.start');
    await load(server.url, connections, seconds);
    const samples = {
      supervisor: (await inspector.post('Profiler.stop')).profile,
      environment: await ask(`${server.url}?profile=stop`),
    };
    inspector.close();

    const rate = (of) => `${of.rps.toFixed(0)} requests a second, half of them within ${(of.p50 * 1000).toFixed(0)} µs`;
    say(`\n${connections} connection${connections === 1 ? '' : 's'}: ${rate(plain)}\n`);
    const table = (name, title, rules) => {
      const requests = plain.rps * seconds;
      const main = (after[name].main - before[name].main) / requests;
      const others = (after[name].all - before[name].all) / requests - main;
      say(`| ${title} | µs a request |\n|---|---|`);
      printStages(say, stagesOf(samples[name], rules), main, detail);
      say(`| **its main thread** | **${main.toFixed(1)}** |`);
      say(`| its other threads: compiler, garbage collection | ${others.toFixed(1)} |\n`);
    };
    table('supervisor', 'supervisor', SUPERVISOR);
    table('environment', "function's process", FUNCTION);
  } finally {
    await server.stop();
  }
  await sayBare(say, connections, seconds);
}

/** What a server that does nothing else takes, in the same place. */
async function sayBare(say, connections, seconds) {
  const inspectorPort = await servers.freePort();
  const server = await servers.bareNode({ nodeArguments: [`--inspect-port=127.0.0.1:${inspectorPort}`] });
  try {
    await load(server.url, 10, 2);
    pin(server.pid);
    const inspector = await attach(server.pid, inspectorPort);
    const before = await cpuOf(inspector);
    const { rps, p50 } = await load(server.url, connections, seconds);
    const after = await cpuOf(inspector);
    inspector.close();
    const cost = (after.all - before.all) / (rps * seconds);
    say(
      `Bare node:http: ${cost.toFixed(1)} µs a request; ${rps.toFixed(0)} requests a second, half within ${(p50 * 1000).toFixed(0)} µs`,
    );
  } finally {
    await server.stop();
  }
}

/** Its main thread to one core, everything else that this benchmark has started, and starts, to another. */
function pin(pid) {
  for (const { pid: each } of processesOfTree(process.pid) ?? [])
    spawnSync('taskset', ['-acp', '1', String(each)], { stdio: 'ignore' });
  spawnSync('taskset', ['-cp', '0', String(pid)], { stdio: 'ignore' });
}

async function ask(url) {
  const answer = await fetch(url, { headers: { connection: 'close' } });
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${await answer.text()}`);
  return await answer.json();
}

function printStages(say, stages, total, detail) {
  for (const { stage, share, functions } of stages) {
    say(`| ${stage} | ${(share * total).toFixed(1)} |`);
    for (const each of detail ? functions.slice(0, MOST_FUNCTIONS) : []) {
      say(`|   ${each.name} | ${(each.share * total).toFixed(1)} |`);
    }
  }
}

/** Microseconds so far of the main thread, and of all threads. */
async function cpuOf(inspector) {
  const expression = 'JSON.stringify([process.threadCpuUsage(), process.cpuUsage()])';
  const { result } = await inspector.post('Runtime.evaluate', { expression, returnByValue: true });
  const [main, all] = JSON.parse(result.value).map(({ user, system }) => user + system);
  return { main, all };
}

/** Wakes the inspector of a process, and speaks to it. https://nodejs.org/en/learn/getting-started/debugging */
async function attach(pid, port) {
  process.kill(pid, 'SIGUSR1');
  const { webSocketDebuggerUrl } = await until(
    async () => (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json())[0],
  );
  const socket = new WebSocket(webSocketDebuggerUrl);
  await once(socket, 'open');
  const waiting = new Map();
  socket.addEventListener('message', ({ data }) => {
    const { id, result, error } = JSON.parse(data);
    if (id === undefined) return;
    const { resolve, reject } = waiting.get(id);
    waiting.delete(id);
    if (error) reject(new Error(error.message));
    else resolve(result);
  });
  let last = 0;
  return {
    post(method, params) {
      last += 1;
      const answer = Promise.withResolvers();
      waiting.set(last, answer);
      socket.send(JSON.stringify({ id: last, method, params }));
      return answer.promise;
    },
    close: () => socket.close(),
  };
}

async function until(attempt) {
  const end = performance.now() + 5_000;
  for (;;) {
    try {
      const value = await attempt();
      if (value !== undefined) return value;
    } catch (error) {
      if (performance.now() > end) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Stages with their shares of the busy time, in the order of the rules, and the functions in which it went. */
export function stagesOf({ nodes, samples, timeDeltas }, rules) {
  const locate = createLocator();
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parents = new Map(nodes.flatMap((node) => (node.children ?? []).map((child) => [child, node.id])));
  const stageOfNode = new Map();
  const stageOf = (id) => {
    if (!stageOfNode.has(id)) stageOfNode.set(id, classify(id));
    return stageOfNode.get(id);
  };
  const catchAll = rules.at(-1)[0];
  function isUnder(leaf, part) {
    for (let id = parents.get(leaf); id !== undefined; id = parents.get(id)) {
      if (locate(byId.get(id).callFrame).includes(part)) return true;
    }
    return false;
  }
  function classify(leaf) {
    for (let id = leaf; id !== undefined; id = parents.get(id)) {
      const { callFrame } = byId.get(id);
      // In `readSync` the function's process waits, which the sampler takes for work.
      if (callFrame.functionName === 'readSync' || (id === leaf && NOT_BUSY.has(callFrame.functionName)))
        return undefined;
      const file = locate(callFrame);
      const rule = rules.find(
        ([, part, names, under]) =>
          (part !== '' || names !== undefined) &&
          file.includes(part) &&
          (names?.test(callFrame.functionName) ?? true) &&
          (under === undefined || isUnder(id, under)),
      );
      if (rule) return rule[0];
    }
    return catchAll;
  }
  const times = new Map(rules.map(([stage]) => [stage, { time: 0, functions: new Map() }]));
  let busy = 0;
  samples.forEach((id, index) => {
    const stage = stageOf(id);
    if (stage === undefined) return;
    // A longer gap is time in which the thread did not run: its sample waited until it did.
    const time = Math.min(timeDeltas[index], 2 * SAMPLE_US);
    const found = times.get(stage);
    found.time += time;
    const { callFrame } = byId.get(id);
    const name = `${callFrame.functionName || '(anonymous)'} ${locate(callFrame).split('/').at(-1)}`;
    found.functions.set(name, (found.functions.get(name) ?? 0) + time);
    busy += time;
  });
  return [...times]
    .filter(([, { time }]) => time > 0)
    .map(([stage, { time, functions }]) => ({
      stage,
      share: time / busy,
      functions: [...functions].sort((a, b) => b[1] - a[1]).map(([name, own]) => ({ name, share: own / busy })),
    }));
}

/** Call frame → path and line of its source: through the source map where there is one. */
function createLocator() {
  const maps = new Map();
  return ({ url, lineNumber, columnNumber }) => {
    if (!url.startsWith('file:')) return url;
    const file = fileURLToPath(url);
    if (!maps.has(file)) maps.set(file, mapOf(file));
    const { originalSource = file, originalLine = lineNumber } =
      maps.get(file)?.findEntry(lineNumber, columnNumber) ?? {};
    return `${originalSource}:${originalLine + 1}`;
  };
}

function mapOf(file) {
  try {
    return new SourceMap(JSON.parse(readFileSync(`${file}.map`, 'utf8')));
  } catch {
    // Not one of our bundles.
    return undefined;
  }
}
