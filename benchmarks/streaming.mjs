/**
 * Time to the first streamed byte. The handler writes it at once and ends 200 ms later, so whoever collects the answer
 * first needs that long. serverless-offline does: it has no streaming, so the peer is a bare server.
 */
import { get } from 'node:http';
import { join } from 'node:path';
import { InvokeWithResponseStreamCommand } from '@aws-sdk/client-lambda';
import { spread } from './measure.mjs';
import { lambdaClient, onlyFunction } from './sdk.mjs';
import * as servers from './servers.mjs';

const PER_ROUND = 10;

const BARE = `require('node:http').createServer((q, r) => {
  r.write('1');
  setTimeout(() => r.end('2'), 200);
})`;

/** @param bench what `run.mjs` gives every part */
export async function streaming({ say, alternate, ratioRow }) {
  const sampan = await servers.sampan(join(import.meta.dirname, 'streaming'), '', { readyText: 'Ready in' });
  const bare = await servers.bareNode({ code: BARE });
  const client = lambdaClient(sampan.awsUrl);
  try {
    const { functionUrls } = await (await fetch(`${sampan.awsUrl}/_sampan/health`)).json();
    const FunctionName = await onlyFunction(client);
    const firstByte = {
      'function URL': () => byHttp(functionUrls[0].url),
      InvokeWithResponseStream: () => bySdk(client, FunctionName),
      'bare node:http': () => byHttp(bare.url),
    };
    const names = Object.keys(firstByte);
    const figures = Object.fromEntries(names.map((name) => [name, { first: [], whole: [] }]));
    for (const name of names) await firstByte[name]();
    await alternate(names, async (name) => {
      for (let time = 0; time < PER_ROUND; time += 1) {
        const { first, whole } = await firstByte[name]();
        figures[name].first.push(first);
        figures[name].whole.push(whole);
      }
    });
    say(`\nStreamed response of 200 ms, one at a time, warm, ms: median (min–max)\n`);
    for (const [name, { first, whole }] of Object.entries(figures)) {
      say(`  ${name.padEnd(36)} first byte ${spread(first, 2)}   all of it ${spread(whole)}`);
    }
    ratioRow('function URL / bare, first byte', figures['function URL'].first, figures['bare node:http'].first);
    say('  serverless-offline does not stream: nothing to compare with');
  } finally {
    client.destroy();
    await bare.stop();
    await sampan.stop();
  }
}

/** Milliseconds to the first byte of the body, and to its end. Not every system resolves names below `localhost`. */
function byHttp(url) {
  const { host, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const startedAt = performance.now();
    const request = get({ host: '127.0.0.1', port, headers: { host } }, (response) => {
      let first;
      response.on('data', () => {
        first ??= performance.now() - startedAt;
      });
      response.on('end', () => {
        if (response.statusCode === 200) resolve({ first, whole: performance.now() - startedAt });
        else reject(new Error(`${url} answered ${response.statusCode}`));
      });
    });
    request.on('error', reject);
  });
}

async function bySdk(client, FunctionName) {
  const startedAt = performance.now();
  const { EventStream } = await client.send(new InvokeWithResponseStreamCommand({ FunctionName, Payload: '{}' }));
  let first;
  for await (const { PayloadChunk, InvokeComplete } of EventStream) {
    if (PayloadChunk) first ??= performance.now() - startedAt;
    if (InvokeComplete?.ErrorCode) throw new Error(`${InvokeComplete.ErrorCode}: ${InvokeComplete.ErrorDetails}`);
  }
  return { first, whole: performance.now() - startedAt };
}
