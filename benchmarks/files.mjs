/**
 * S3: objects of 1 KB and 8 MB written and read, from one place and from several, beside MiniStack and moto's server. Those
 * keep objects in memory and check no signature; Sampan writes them to disk before it says so.
 */
import { randomBytes } from 'node:crypto';
import { spread } from './measure.mjs';
import { repeat } from './sdk.mjs';
import * as servers from './servers.mjs';
import { connections, send, sign } from './signed-client.mjs';

const BUCKET = 'bench-files';
/** As they are sent: with a hash of the body in the signature, and as by presigned URLs. */
const VERBS = ['put', 'put, body unsigned', 'get'];
const SIZES = {
  '1 KB': { bytes: 1024, keys: 500, lanes: [1, 8] },
  '8 MB': { bytes: 8 * 1024 ** 2, keys: 4, lanes: [1, 4] },
};

/** @param bench what `run.mjs` gives every part */
export async function files({ say, alternate, ratioRow, rounds, seconds }) {
  const started = {};
  const agents = [];
  try {
    await servers.besidePythonPeers(started, say);
    const names = Object.keys(started);
    say(`\nObjects a second, ${rounds} rounds of ${seconds} s each: median (min–max)\n`);
    for (const [size, { bytes, keys, lanes }] of Object.entries(SIZES)) {
      const body = randomBytes(bytes);
      const loops = Object.fromEntries(
        names.map((name) => {
          const agent = connections(Math.max(...lanes));
          agents.push(agent);
          return [name, loopsOf(started[name].awsUrl, agent, size, body, keys)];
        }),
      );
      for (const name of names) await loops[name].prepare();
      for (const verb of VERBS) {
        for (const lane of lanes) {
          const figures = Object.fromEntries(names.map((name) => [name, []]));
          await alternate(names, async (name) => {
            figures[name].push(await repeat(loops[name][verb], lane, seconds));
          });
          say(`  ${size}, ${verb}, from ${lane === 1 ? 'one place' : `${lane} places`}`);
          const rates = (name) => figures[name].map(({ rps }) => rps);
          for (const name of names) {
            const p50 = figures[name].map((run) => run.p50);
            say(`    ${name.padEnd(24)} ${spread(rates(name))} a second   p50 ${spread(p50, 2)} ms`);
          }
          for (const name of names.slice(1)) ratioRow(`  sampan / ${name}`, rates('sampan'), rates(name), '≥ 1');
        }
      }
    }
  } finally {
    for (const agent of agents) agent.destroy();
    for (const server of Object.values(started)) await server.stop();
  }
}

/** Signed once; every key is written again and again, and read as often. */
function loopsOf(endpoint, agent, size, body, keys) {
  const paths = Array.from({ length: keys }, (_, index) => `/${BUCKET}/${size.replace(' ', '')}/${index}`);
  const puts = paths.map((path) => sign(endpoint, 's3', { method: 'PUT', path, body }));
  const gets = paths.map((path) => sign(endpoint, 's3', { method: 'GET', path }));
  const unsigned = paths.map((path) => sign(endpoint, 's3', { method: 'PUT', path, body, isPayloadSigned: false }));
  let turn = 0;
  return {
    async prepare() {
      const bucket = sign(endpoint, 's3', { method: 'PUT', path: `/${BUCKET}` });
      await send(bucket, agent).catch((error) => {
        if (!/BucketAlready/.test(error.message)) throw error;
      });
      for (const put of puts) await send(put, agent);
      for (const get of gets) {
        const got = await send(get, agent);
        if (got !== body.length) throw new Error(`${get.options.path} came back with ${got} bytes`);
      }
    },
    'put, body unsigned': () => send(unsigned[turn++ % keys], agent),
    put: () => send(puts[turn++ % keys], agent),
    get: () => send(gets[turn++ % keys], agent),
  };
}
