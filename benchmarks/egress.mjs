/**
 * What the egress costs: a function's connections and queries through it, against the same code in a bare process that
 * connects to the same database by itself.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheDirectory } from '../local/cli/cache-directory.ts';
import { openCloud } from '../local/cli/cloud.ts';
import { createWorkload } from '../local/cli/workload.ts';
import { spread } from './measure.mjs';

const here = import.meta.dirname;
const IDENTITY = { stackName: 'egress', region: 'us-east-1', accountId: '123456789012' };
const LOGIN = { user: 'bench', password: 'bench-password', connections: 500, queries: 3000 };

/** @param bench what `run.mjs` gives every part */
export async function egress({ say, alternate, ratioRow }) {
  for (const sandbox of ['process', 'namespaces']) {
    const house = await open(sandbox);
    if (house === undefined) {
      say(`\nskipped: the egress at the ${sandbox} level, which does not work here`);
      continue;
    }
    try {
      const asked = { 'through the egress': house.inside, 'bare process': house.outside };
      const names = Object.keys(asked);
      const figures = Object.fromEntries(names.map((name) => [name, { connection: [], query: [] }]));
      for (const name of names) await asked[name]();
      await alternate(names, async (name) => {
        const { connection, query } = await asked[name]();
        figures[name].connection.push(connection);
        figures[name].query.push(query);
      });
      say(`\nConnections and queries, ${sandbox} level, µs at the median: median (min–max) of the rounds\n`);
      for (const what of ['connection', 'query']) {
        for (const name of names) say(`  ${`${what}, ${name}`.padEnd(36)} ${spread(figures[name][what], 1)}`);
        const added = figures[names[0]][what].map((value, round) => value - figures[names[1]][what][round]);
        say(`  ${`${what}: what it adds`.padEnd(44)} ${spread(added, 1)}   goal < ${what === 'query' ? 50 : 100}`);
        ratioRow(`${what}, ratio`, figures[names[0]][what], figures[names[1]][what]);
      }
    } finally {
      await house.close();
    }
  }
}

/** Undefined where the machine has no such sandbox. */
async function open(sandbox) {
  const home = mkdtempSync(join(tmpdir(), 'sampan-bench-'));
  const removeHome = () => rmSync(home, { recursive: true, force: true });
  let cloud;
  try {
    cloud = await openCloud({
      ...IDENTITY,
      stateDirectory: home,
      host: '127.0.0.1',
      awsPort: 0,
      nodePath: process.execPath,
      runtimeDirectory: join(here, '../local/dist/runtime'),
      cacheDirectory: cacheDirectory(),
      sandbox,
      failFastNetwork: true,
      onProgress: () => {},
      health: () => ({}),
    });
  } catch (error) {
    removeHome();
    if (error.name === 'SandboxError') return undefined;
    throw error;
  }
  const directory = join(here, 'egress');
  const project = {
    ...IDENTITY,
    templateFile: join(directory, 'template.yaml'),
    directory,
    parameterOverrides: {},
    stateDirectory: home,
  };
  const esbuildBinary = () =>
    createRequire(import.meta.url).resolve(`@esbuild/${process.platform}-${process.arch}/bin/esbuild`);
  const options = { project, buildDirectory: join(home, 'build'), nodePath: process.execPath, esbuildBinary };
  const { report, artifacts } = await createWorkload(options, cloud.reconciler, cloud.artifacts).apply();
  if (report.outcome !== 'applied') throw new Error(report.diagnostics.map(({ message }) => message).join('\n'));
  const { kernel, reconciler } = cloud;
  const of = (id) => reconciler.resources('egress').find(({ logicalId }) => logicalId === id);
  const host = of('Database').attributes['Endpoint.Address'];
  const FunctionName = of('Connecting').physicalId;
  const { target } = kernel.addresses.lookup(host, 3306);
  return {
    async inside() {
      const input = { FunctionName, Payload: JSON.stringify({ ...LOGIN, host, port: 3306 }) };
      const { Payload } = await kernel.dispatch({
        caller: { kind: 'client' },
        service: 'lambda',
        operation: 'Invoke',
        input,
      });
      return answerIn(Buffer.from(Payload).toString());
    },
    async outside() {
      const event = JSON.stringify({ ...LOGIN, ...target });
      const program = `require(${JSON.stringify(join(artifacts.get('Connecting').directory, 'handler.js'))}).handler(${event}).then((a) => console.log(JSON.stringify(a)))`;
      const { stdout } = await promisify(execFile)(process.execPath, ['-e', program]);
      return answerIn(stdout);
    },
    async close() {
      await cloud.close();
      removeHome();
    },
  };
}

function answerIn(text) {
  const answer = JSON.parse(text);
  if (typeof answer.query !== 'number') throw new Error(text);
  return answer;
}
