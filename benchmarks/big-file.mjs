/**
 * A file of 1 GB through a presigned PUT and GET: how much more memory the supervisor has at its peak than before. A first
 * file of 64 MB makes warm what every later one finds. Linux only.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import * as servers from './servers.mjs';
import { connections, presign, send, sign } from './signed-client.mjs';

const PATH = '/bench-big/file';
const MB = 1024 ** 2;
const SIZE = 1024 * MB;

/** @param bench what `run.mjs` gives every part */
export async function bigFile({ say }) {
  if (process.platform !== 'linux') {
    say('\nskipped: memory for a file of 1 GB (there is no /proc here)');
    return;
  }
  const server = await servers.sampan(join(import.meta.dirname, '..'), '', { readyText: 'Ready in' });
  const agent = connections(1);
  try {
    await send(sign(server.awsUrl, 's3', { method: 'PUT', path: '/bench-big' }), agent);
    say(`\nA file of ${SIZE / MB} MB through presigned URLs, the help desk up; resident memory of the supervisor\n`);
    for (const [size, name] of [
      [64 * MB, undefined],
      [SIZE, 'first'],
      [SIZE, 'second'],
    ]) {
      for (const [verb, transfer] of Object.entries({ put, get })) {
        const watch = watchMemory(server.pid);
        const startedAt = performance.now();
        await transfer(server.awsUrl, size);
        const rate = size / MB / ((performance.now() - startedAt) / 1000);
        const { before, peak } = watch.end();
        const growth = `${before.toFixed(0)} MB → ${peak.toFixed(0)} MB at its peak: +${(peak - before).toFixed(0)} MB`;
        if (name) say(`  ${name} ${verb}   ${growth}   goal < 64   ${rate.toFixed(0)} MB a second`);
      }
    }
  } finally {
    agent.destroy();
    await server.stop();
  }
}

async function put(endpoint, size) {
  const piece = randomBytes(MB);
  const pieces = function* () {
    for (let sent = 0; sent < size; sent += MB) yield piece;
  };
  const { options } = presign(endpoint, 's3', { method: 'PUT', path: PATH });
  const sent = request({ ...options, headers: { ...options.headers, 'content-length': size } });
  const answered = new Promise((resolve, reject) => sent.once('response', resolve).once('error', reject));
  await pipeline(Readable.from(pieces(), { objectMode: false }), sent);
  const response = await answered;
  response.resume();
  if (response.statusCode !== 200) throw new Error(`the PUT was answered ${response.statusCode}`);
}

async function get(endpoint, size) {
  const got = await send(presign(endpoint, 's3', { method: 'GET', path: PATH }), undefined);
  if (got !== size) throw new Error(`${got} bytes came back of ${size}`);
}

/** By the system's own count, every 20 ms. */
function watchMemory(pid) {
  const resident = () => Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
  const before = resident();
  let peak = before;
  const timer = setInterval(() => {
    peak = Math.max(peak, resident());
  }, 20);
  return {
    end() {
      clearInterval(timer);
      return { before, peak: Math.max(peak, resident()) };
    },
  };
}
