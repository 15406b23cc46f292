/**
 * `Invoke` by AWS's JavaScript client, against serverless-offline's own Lambda endpoint. Most of it is the client's own
 * work: how much it does beside a server that does nothing is measured too.
 */
import { join } from 'node:path';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { spread } from './measure.mjs';
import { lambdaClient, onlyFunction, repeat } from './sdk.mjs';
import * as servers from './servers.mjs';

const CONNECTIONS = [1, 10];

const NOTHING = `require('node:http').createServer((q, r) => q.resume().on('end', () => r.end('{}')))`;

/** @param bench what `run.mjs` gives every part */
export async function invoke({ say, alternate, ratioRow, rounds, seconds }) {
  const hello = join(import.meta.dirname, 'hello');
  const started = {};
  const senders = {};
  const clients = [];
  const add = (name, client, FunctionName) => {
    clients.push(client);
    senders[name] = async () => {
      const { FunctionError, Payload } = await client.send(new InvokeCommand({ FunctionName, Payload: '{}' }));
      if (FunctionError) throw new Error(`${name}: ${Payload.transformToString()}`);
    };
  };
  try {
    started.sampan = await servers.sampan(hello, '/hello');
    const ours = lambdaClient(started.sampan.awsUrl);
    add('sampan', ours, await onlyFunction(ours));
    started['serverless-offline'] = await servers.serverlessOffline({ inProcess: false });
    add('serverless-offline', lambdaClient(started['serverless-offline'].lambdaUrl), 'hello-v1-hello');
    started['bare node:http'] = await servers.bareNode({ code: NOTHING });
    add('bare node:http', lambdaClient(started['bare node:http'].base), 'nothing');
    const names = Object.keys(senders);
    const figures = Object.fromEntries(names.map((name) => [name, new Map(CONNECTIONS.map((c) => [c, []]))]));
    for (const name of names) await repeat(senders[name], 10, 1);
    for (const connections of CONNECTIONS) {
      await alternate(names, async (name) => {
        figures[name].get(connections).push(await repeat(senders[name], connections, seconds));
      });
    }
    say(`\nWarm Invoke by the SDK, ${rounds} rounds of ${seconds} s each: median (min–max)\n`);
    for (const name of names) {
      for (const [connections, runs] of figures[name]) {
        const of = (key, digits) =>
          spread(
            runs.map((run) => run[key]),
            digits,
          );
        say(
          `  ${name.padEnd(36)} c=${String(connections).padEnd(3)} ${of('rps')} rps   p50 ${of('p50', 2)} ms   p99 ${of('p99', 1)} ms`,
        );
      }
    }
    say('\nRatios, sampan to each, pair by pair\n');
    for (const name of names.slice(1)) {
      for (const connections of CONNECTIONS) {
        const rps = (who) => figures[who].get(connections).map((run) => run.rps);
        ratioRow(`${name}, c=${connections}`, rps('sampan'), rps(name));
      }
    }
  } finally {
    for (const client of clients) client.destroy();
    for (const server of Object.values(started)) await server.stop();
  }
}
