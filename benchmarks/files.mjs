/**
 * S3: objects of 1 KB and 8 MB written and read, from one place and from several, beside MiniStack and moto's server. Those
 * keep objects in memory and check no signature; Sampan writes them to disk before it says so.
 */
import { randomBytes } from 'node:crypto';
import * as servers from './servers.mjs';
import { sideBySide } from './side-by-side.mjs';
import { connections, send, sign } from './signed-client.mjs';

const BUCKET = 'bench-files';
/** As they are sent: with a hash of the body in the signature, and as by presigned URLs. */
const VERBS = ['put', 'put, body unsigned', 'get'];
const SIZES = {
  '1 KB': { bytes: 1024, keys: 500, lanes: [1, 8] },
  '8 MB': { bytes: 8 * 1024 ** 2, keys: 4, lanes: [1, 4] },
};

/** @param bench what `run.mjs` gives every part */
export async function files(bench) {
  const started = {};
  const agents = [];
  try {
    await servers.besidePythonPeers(started, bench.say);
    const names = Object.keys(started);
    bench.say(`\nObjects a second, ${bench.rounds} rounds of ${bench.seconds} s each: median (min–max)\n`);
    for (const [size, { bytes, keys, lanes }] of Object.entries(SIZES)) {
      const body = randomBytes(bytes);
      const broken = {};
      const loops = {};
      for (const name of names) {
        const agent = connections(Math.max(...lanes));
        agents.push(agent);
        loops[name] = loopsOf(started[name].awsUrl, agent, size, body, keys);
        await loops[name].prepare().catch((error) => {
          if (name === 'sampan') throw error;
          broken[name] = error.message;
        });
      }
      for (const verb of VERBS) {
        const sends = Object.fromEntries(names.map((name) => [name, loops[name][verb]]));
        for (const lane of lanes) {
          await sideBySide(bench, { title: `${size}, ${verb}`, started, sends, lanes: lane, broken });
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
