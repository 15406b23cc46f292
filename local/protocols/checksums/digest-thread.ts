/**
 * Digests on a thread of their own: of a large body they take longer than everything else, and more than one core's time.
 *
 * Bytes go through a ring of slots that both threads see; a message names the slot. Messages are handled in their order,
 * so that the count of those that are done says which slots are free.
 */
import { Worker } from 'node:worker_threads';
import type { ChecksumAlgorithm } from './algorithms.ts';
import { crc64Code } from './crc64nvme.ts';

/** One body's digests. */
export interface ThreadJob {
  /** The bytes are the caller's again when it returns, or when the promise that it then gives has resolved. */
  update(piece: Uint8Array): Promise<void> | undefined;
  /** In base64, in the order they were asked for. */
  end(): Promise<readonly string[]>;
  /** Nobody waits for them. */
  drop(): void;
}

export interface DigestThread {
  /** Jobs that have neither ended nor been dropped. */
  readonly busy: number;
  /** It takes no more jobs. */
  readonly isBroken: boolean;
  open(algorithms: readonly ChecksumAlgorithm[]): ThreadJob;
}

/** CRC-32C is computed where its bytes are. */
export function isForThread(algorithm: ChecksumAlgorithm): boolean {
  return algorithm !== 'CRC32C';
}

const SLOT = 64 * 1024;
const SLOTS = 16;
/** So often the thread says how far it is: whoever waits for a slot goes on while others are still full. */
const TOLD_EVERY = SLOTS / 2;
/** The count comes first. What is shared is copied byte by byte where it does not begin at a word. */
const RING = 64;

type Told =
  | { readonly kind: 'ended'; readonly job: number; readonly digests: readonly string[] }
  /** There are free slots. */
  | { readonly kind: 'room' };

/** Starts a thread, which keeps no process from ending. */
export function startDigestThread(): DigestThread {
  const shared = new SharedArrayBuffer(RING + SLOTS * SLOT);
  const ring = new Uint8Array(shared, RING);
  const done = new Int32Array(shared, 0, 1);
  const worker = new Worker(CODE, {
    eval: true,
    workerData: { shared, ring: RING, slot: SLOT, every: TOLD_EVERY, crc64: crc64Code() },
    execArgv: [],
    env: {},
    resourceLimits: { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 32 },
  });
  const ended = new Map<number, { resolve(digests: readonly string[]): void; reject(error: Error): void }>();
  let waiting: { resolve(): void; reject(error: Error): void }[] = [];
  let failure: Error | undefined;
  let sent = 0;
  let jobs = 0;
  let busy = 0;

  worker.unref();
  worker.on('message', (told: Told) => {
    if (told.kind === 'ended') {
      ended.get(told.job)?.resolve(told.digests);
      ended.delete(told.job);
      return;
    }
    const going = waiting;
    waiting = [];
    for (const { resolve } of going) resolve();
  });
  worker.on('error', (error: Error) => {
    failure = error;
    for (const { reject } of [...ended.values(), ...waiting]) reject(error);
    ended.clear();
    waiting = [];
  });

  /** How many slots nobody reads any more; both counts go round at 2³². */
  const free = (): number => SLOTS - ((sent - Atomics.load(done, 0)) | 0);

  function send(job: number, piece: Uint8Array): void {
    const slot = (sent >>> 0) % SLOTS;
    ring.set(piece, slot * SLOT);
    worker.postMessage({ job, slot, length: piece.length });
    sent = (sent + 1) | 0;
  }

  function room(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (failure) reject(failure);
      else waiting.push({ resolve, reject });
    });
  }

  async function sendSlowly(job: number, piece: Uint8Array): Promise<void> {
    for (let from = 0; from < piece.length; ) {
      while (free() === 0) await room();
      send(job, piece.subarray(from, from + SLOT));
      from += SLOT;
    }
  }

  return {
    get busy() {
      return busy;
    },
    get isBroken() {
      return failure !== undefined;
    },
    open(algorithms) {
      const job = jobs;
      jobs += 1;
      busy += 1;
      worker.ref();
      let isOpen = true;
      const leave = (): void => {
        isOpen = false;
        busy -= 1;
        if (busy === 0) worker.unref();
      };
      worker.postMessage({ job, algorithms });
      return {
        update(piece) {
          if (failure) return Promise.reject(failure);
          if (Math.ceil(piece.length / SLOT) > free()) return sendSlowly(job, piece);
          for (let from = 0; from < piece.length; from += SLOT) send(job, piece.subarray(from, from + SLOT));
          return undefined;
        },
        end() {
          const digests = new Promise<readonly string[]>((resolve, reject) => {
            if (failure) reject(failure);
            else ended.set(job, { resolve, reject });
          });
          worker.postMessage({ job, end: true });
          return digests.finally(leave);
        },
        drop() {
          if (!isOpen) return;
          leave();
          worker.postMessage({ job, drop: true });
        },
      };
    },
  };
}

/** CommonJS, of the thread: what TypeScript is compiled to is nothing that a thread could load. */
const CODE = `
const { parentPort, workerData } = require('node:worker_threads');
const { createHash } = require('node:crypto');
const { crc32 } = require('node:zlib');
const { shared, ring, slot, every, crc64 } = workerData;
const done = new Int32Array(shared, 0, 1);
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

parentPort.on('message', ({ job, algorithms, slot: index, length, end, drop }) => {
  if (algorithms) jobs.set(job, algorithms.map((name) => (MAKERS[name] ?? hashDigest)(name)));
  else if (end) {
    parentPort.postMessage({ kind: 'ended', job, digests: jobs.get(job).map((digest) => digest.base64()) });
    jobs.delete(job);
  } else if (drop) jobs.delete(job);
  else {
    // Of a job that was dropped some may still be under way.
    const bytes = Buffer.from(shared, ring + index * slot, length);
    for (const digest of jobs.get(job) ?? []) digest.update(bytes);
    if ((Atomics.add(done, 0, 1) + 1) % every === 0) parentPort.postMessage({ kind: 'room' });
  }
});
`;
