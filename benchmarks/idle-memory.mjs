/**
 * Memory per idle environment: what the process tree has more of with five environments of hello than with one, each used
 * once and at rest. Proportional set size: what processes share is counted once. Linux only.
 */
import { join } from 'node:path';
import { InvokeCommand, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { memoryOfTree, spread } from './measure.mjs';
import { lambdaClient } from './sdk.mjs';
import * as servers from './servers.mjs';

/** By then it is frozen, and what its start left behind has been given back. */
const AT_REST_MS = 1_500;

/** @param bench what `run.mjs` gives every part */
export async function idleMemory({ say, rounds }) {
  const figures = [];
  for (let round = 0; round < rounds; round += 1) {
    const server = await servers.sampan(join(import.meta.dirname, 'five'), '', { readyText: 'Ready in' });
    const client = lambdaClient(server.awsUrl);
    try {
      const { Functions } = await client.send(new ListFunctionsCommand({}));
      const use = async (functions) => {
        for (const { FunctionName } of functions) await client.send(new InvokeCommand({ FunctionName, Payload: '{}' }));
        await new Promise((resolve) => setTimeout(resolve, AT_REST_MS));
        return memoryOfTree(server.pid);
      };
      const one = await use(Functions.slice(0, 1));
      if (one === undefined) {
        say('\nskipped: memory per idle environment (there is no /proc here)');
        return;
      }
      const five = await use(Functions.slice(1));
      figures.push({
        one: sum(one),
        five: sum(five),
        each: (sum(five) - sum(one)) / (Functions.length - 1),
        // The first process of the tree is the supervisor.
        supervisor: (five[0].megabytes - one[0].megabytes) / (Functions.length - 1),
      });
    } finally {
      client.destroy();
      await server.stop();
    }
  }
  const of = (key) =>
    spread(
      figures.map((figure) => figure[key]),
      1,
    );
  say('\nMemory of idle environments of hello, MB (PSS): median (min–max)\n');
  say(`  ${'process tree with 1; with 5'.padEnd(44)} ${of('one')}; ${of('five')}`);
  say(`  ${'each further environment'.padEnd(44)} ${of('each')}   of it in the supervisor ${of('supervisor')}`);
}

function sum(processes) {
  return processes.reduce((total, { megabytes }) => total + megabytes, 0);
}
