/**
 * A model's tokens on their way: the time to the first one, and between them, through Bedrock's ConverseStream, a function and
 * the REST API's streaming route, beside a bare server that sends as many events at the same pace. The pace is that of
 * `--bedrock-faults slow=…`. MiniStack and moto's server stream nothing through API Gateway: nothing to compare with there.
 */
import { get } from 'node:http';
import { join } from 'node:path';
import { BedrockRuntimeClient, ConverseStreamCommand } from '@aws-sdk/client-bedrock-runtime';
import { spread } from './measure.mjs';
import * as servers from './servers.mjs';

const PACE_MS = 20;
const PER_ROUND = 3;
const TOKENS = 50;

const BARE = `require('node:http').createServer((q, r) => {
  r.writeHead(200, { 'content-type': 'text/event-stream' });
  let left = ${TOKENS};
  const timer = setInterval(() => {
    r.write('data: "token "\\n\\n');
    left -= 1;
    if (left === 0) r.end(clearInterval(timer));
  }, ${PACE_MS});
})`;

/** @param bench what `run.mjs` gives every part */
export async function tokens({ say, alternate, ratioRow }) {
  const sampan = await servers.sampan(join(import.meta.dirname, 'tokens'), '', {
    readyText: 'Ready in',
    moreArguments: ['--bedrock-faults', `slow=${PACE_MS}ms`],
  });
  const bare = await servers.bareNode({ code: BARE });
  const client = new BedrockRuntimeClient({
    endpoint: sampan.awsUrl,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  });
  try {
    const ways = {
      'bare node:http': () => byHttp(bare.base),
      'ConverseStream by the SDK': () => bySdk(client),
      'REST API → function → Bedrock': () => byHttp(`${sampan.base}/tokens`),
    };
    const names = Object.keys(ways);
    const figures = Object.fromEntries(names.map((name) => [name, { first: [], between: [], slowest: [], count: [] }]));
    for (const name of names) await warm(name, ways[name], say);
    await alternate(names, async (name) => {
      for (let time = 0; time < PER_ROUND; time += 1) {
        const { first, arrivals } = await ways[name]();
        const gaps = arrivals.slice(1).map((at, index) => at - arrivals[index]);
        gaps.sort((a, b) => a - b);
        figures[name].first.push(first - PACE_MS);
        figures[name].between.push(gaps[Math.floor(gaps.length / 2)] - PACE_MS);
        figures[name].slowest.push(gaps.at(-1) - PACE_MS);
        figures[name].count.push(arrivals.length);
      }
    });
    say(`\nTokens at a pace of ${PACE_MS} ms, one answer at a time, warm; ms beyond the pace: median (min–max)\n`);
    for (const [name, { first, between, slowest, count }] of Object.entries(figures)) {
      const cells = [`first ${spread(first, 2)}`, `between ${spread(between, 2)}`, `slowest ${spread(slowest, 1)}`];
      say(`  ${name.padEnd(36)} ${cells.join('   ')}   ${spread(count)} tokens`);
    }
    const first = (name) => figures[name].first.map((ms) => ms + PACE_MS);
    for (const name of names.slice(1)) ratioRow(`${name} / bare, first`, first(name), first('bare node:http'));
  } finally {
    client.destroy();
    await bare.stop();
    await sampan.stop();
  }
}

/** What fails while it is cold is told, and tried again a few times. */
async function warm(name, ask, say) {
  for (let left = 5; ; left -= 1) {
    try {
      return void (await ask());
    } catch (error) {
      if (left === 0) throw error;
      say(`  ${name}: failed while cold: ${error.message}`);
    }
  }
}

/** When each event came, in ms from the request on. */
function byHttp(url) {
  return new Promise((resolve, reject) => {
    const startedAt = performance.now();
    const arrivals = [];
    const request = get(url, (response) => {
      response.setEncoding('utf8');
      response.on('data', (text) => {
        const now = performance.now() - startedAt;
        for (let events = text.split('\n\n').length - 1; events > 0; events -= 1) arrivals.push(now);
      });
      response.on('end', () => {
        if (response.statusCode === 200 && arrivals.length > 2) resolve({ first: arrivals[0], arrivals });
        else reject(new Error(`${url} answered ${response.statusCode} with ${arrivals.length} events`));
      });
    });
    request.on('error', reject);
  });
}

async function bySdk(client) {
  const startedAt = performance.now();
  const { stream } = await client.send(
    new ConverseStreamCommand({
      modelId: 'amazon.nova-lite-v1:0',
      messages: [{ role: 'user', content: [{ text: 'How long does a token take from here to there?' }] }],
    }),
  );
  const arrivals = [];
  for await (const { contentBlockDelta } of stream) if (contentBlockDelta) arrivals.push(performance.now() - startedAt);
  return { first: arrivals[0], arrivals };
}
