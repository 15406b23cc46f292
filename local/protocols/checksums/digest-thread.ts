/**
 * What a thread of a pool runs: it takes jobs, reads the slots that messages name in their order, and answers with digests.
 */
import type { ChecksumAlgorithm } from './algorithms.ts';

export type ToThread =
  | { readonly job: number; readonly algorithms: readonly ChecksumAlgorithm[] }
  | { readonly job: number; readonly slot: number; readonly length: number }
  | { readonly job: number; readonly end: true }
  | { readonly job: number; readonly drop: true };

export type Told =
  /** In base64, in the order of the job's algorithms. */
  | { readonly kind: 'ended'; readonly job: number; readonly digests: readonly string[] }
  /** A slot is free, for who waits. */
  | { readonly kind: 'room' };

/** CommonJS: what TypeScript is compiled to is nothing that a thread could load. */
export const DIGEST_THREAD = `
const { parentPort, workerData } = require('node:worker_threads');
const { createHash } = require('node:crypto');
const { crc32 } = require('node:zlib');
const { shared, header, size, crc64 } = workerData;
const counts = new Int32Array(shared, 0, header / 4);
const jobs = new Map();
let wasm;

function crc64Digest() {
  if (!wasm) {
    const { memory, sum } = new WebAssembly.Instance(crc64.module).exports;
    new BigUint64Array(memory.buffer).set(crc64.tables);
    wasm = { sum, memory: new Uint8Array(memory.buffer) };
  }
  let crc = -1n;
  return {
    update(bytes) {
      for (let from = 0; from < bytes.length; from += crc64.most) {
        const piece = bytes.subarray(from, from + crc64.most);
        wasm.memory.set(piece, crc64.input);
        crc = wasm.sum(crc64.input, crc64.input + piece.length, crc);
      }
    },
    base64() {
      const bytes = Buffer.alloc(8);
      bytes.writeBigInt64BE(~crc);
      return bytes.toString('base64');
    },
  };
}

function crc32Digest() {
  let crc = 0;
  return {
    update: (bytes) => { crc = crc32(bytes, crc); },
    base64() {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(crc >>> 0);
      return bytes.toString('base64');
    },
  };
}

function hashDigest(name) {
  const hash = createHash(name.toLowerCase());
  return { update: (bytes) => hash.update(bytes), base64: () => hash.digest('base64') };
}

const MAKERS = { CRC64NVME: crc64Digest, CRC32: crc32Digest };

parentPort.on('message', ({ job, algorithms, slot, length, end, drop }) => {
  if (algorithms) jobs.set(job, algorithms.map((name) => (MAKERS[name] ?? hashDigest)(name)));
  else if (end) {
    parentPort.postMessage({ kind: 'ended', job, digests: jobs.get(job).map((digest) => digest.base64()) });
    jobs.delete(job);
  } else if (drop) jobs.delete(job);
  else {
    // Of a job that was dropped some may still be under way.
    const bytes = Buffer.from(shared, header + slot * size, length);
    for (const digest of jobs.get(job) ?? []) digest.update(bytes);
    const isFree = Atomics.sub(counts, 1 + slot, 1) === 1;
    if (isFree && Atomics.exchange(counts, 0, 0) === 1) parentPort.postMessage({ kind: 'room' });
  }
});
`;
