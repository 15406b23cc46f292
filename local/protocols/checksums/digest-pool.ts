/**
 * Digests on threads: of a large body they take longer than everything else, and more than one core's time. The bytes are
 * copied once, into memory that all threads see; each algorithm of a body has the thread that has least to do, so that two
 * of them are computed at once.
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { ChecksumAlgorithm } from './algorithms.ts';
import { crc64Code } from './crc64nvme.ts';
import { createDigestSlots, SLOT } from './digest-slots.ts';
import { DIGEST_THREAD, type Told, type ToThread } from './digest-thread.ts';

/** One body's digests. */
export interface PoolJob {
  /** The bytes are the caller's again when it returns, or when the promise that it then gives has resolved. */
  update(piece: Uint8Array): Promise<void> | undefined;
  /** In base64. */
  end(): Promise<ReadonlyMap<ChecksumAlgorithm, string>>;
  /** Nobody waits for them. */
  drop(): void;
}

export interface DigestPool {
  /** It takes no more jobs. */
  readonly isBroken: boolean;
  /** @param algorithms those of `isForThread`, each once */
  open(algorithms: readonly ChecksumAlgorithm[]): PoolJob;
}

/** What they take of a body, compared with each other. */
const COST: Readonly<Partial<Record<ChecksumAlgorithm, number>>> = {
  SHA256: 35,
  SHA512: 23,
  SHA1: 17,
  MD5: 14,
  CRC64NVME: 7,
  CRC32: 3,
};
const MOST_THREADS = 4;

/** CRC-32C is computed where its bytes are. */
export function isForThread(algorithm: ChecksumAlgorithm): boolean {
  return COST[algorithm] !== undefined;
}

interface Thread {
  readonly worker: Worker;
  /** The costs of what is open there. */
  load: number;
}

interface Waiting<T> {
  resolve(value: T): void;
  reject(error: Error): void;
}

/** Its threads start as they are needed, as many as there are cores and at most four; they keep no process from ending. */
export function startDigestPool(): DigestPool {
  const slots = createDigestSlots();
  const threads: Thread[] = [];
  const ended = new Map<string, Waiting<readonly string[]>>();
  /** Of the jobs that have a slot half full. */
  const halves = new Set<() => void>();
  let waiting: Waiting<void>[] = [];
  let failure: Error | undefined;
  let jobs = 0;
  let open = 0;

  /** Slots that a thread would have read are never free again: all threads go with it. */
  function fail(error: Error): void {
    if (failure) return;
    failure = error;
    for (const { reject } of [...ended.values(), ...waiting]) reject(error);
    ended.clear();
    waiting = [];
    for (const { worker } of threads) void worker.terminate();
  }

  function start(): Thread {
    const worker = new Worker(DIGEST_THREAD, {
      eval: true,
      workerData: { shared: slots.shared, header: slots.header, size: SLOT, crc64: crc64Code() },
      execArgv: [],
      env: {},
      resourceLimits: { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 32 },
    });
    const thread = { worker, load: 0 };
    threads.push(thread);
    if (open === 0) worker.unref();
    worker.on('message', (told: Told) => {
      if (told.kind === 'ended') {
        const key = keyOf(told.job, thread);
        ended.get(key)?.resolve(told.digests);
        ended.delete(key);
        return;
      }
      const going = waiting;
      waiting = [];
      for (const { resolve } of going) resolve();
    });
    worker.on('error', fail);
    return thread;
  }

  const keyOf = (job: number, thread: Thread): string => `${job} ${threads.indexOf(thread)}`;

  function leastBusy(): Thread {
    const [idlest] = [...threads].sort((a, b) => a.load - b.load);
    if (idlest && (idlest.load === 0 || threads.length >= Math.min(availableParallelism(), MOST_THREADS)))
      return idlest;
    return start();
  }

  /** Which thread computes what, the dearest first. */
  function assign(algorithms: readonly ChecksumAlgorithm[]): Map<Thread, ChecksumAlgorithm[]> {
    const assigned = new Map<Thread, ChecksumAlgorithm[]>();
    for (const algorithm of [...algorithms].sort((a, b) => COST[b]! - COST[a]!)) {
      const thread = leastBusy();
      thread.load += COST[algorithm]!;
      assigned.set(thread, [...(assigned.get(thread) ?? []), algorithm]);
    }
    return assigned;
  }

  /** A free slot, as soon as there is one. */
  async function room(): Promise<number> {
    for (;;) {
      if (failure) throw failure;
      // Who fills slowly must not keep from the others what is not yet read.
      for (const handOver of [...halves]) handOver();
      slots.await();
      const slot = slots.take();
      if (slot !== undefined) return slot;
      await new Promise<void>((resolve, reject) => waiting.push({ resolve, reject }));
    }
  }

  function hold(count: 1 | -1): void {
    open += count;
    for (const { worker } of threads) {
      if (open > 0) worker.ref();
      else worker.unref();
    }
  }

  return {
    get isBroken() {
      return failure !== undefined;
    },
    open(algorithms) {
      const job = jobs;
      jobs += 1;
      const assigned = assign(algorithms);
      const tell = (message: ToThread): void => {
        for (const { worker } of assigned.keys()) worker.postMessage(message);
      };
      let slot: number | undefined;
      let filled = 0;
      let isOpen = true;

      hold(1);
      for (const [{ worker }, names] of assigned) worker.postMessage({ job, algorithms: names } satisfies ToThread);

      function handOver(): void {
        if (slot === undefined) return;
        slots.handOver(slot, assigned.size);
        tell({ job, slot, length: filled });
        halves.delete(handOver);
        slot = undefined;
        filled = 0;
      }

      /** @returns how much of it was taken */
      function fill(piece: Uint8Array, from: number): number {
        const taken = Math.min(SLOT - filled, piece.length - from);
        slots.bytes(slot!).set(piece.subarray(from, from + taken), filled);
        filled += taken;
        if (filled === SLOT) handOver();
        else halves.add(handOver);
        return taken;
      }

      function giveUp(): void {
        if (slot !== undefined) slots.giveBack(slot);
        halves.delete(handOver);
        slot = undefined;
        filled = 0;
      }

      async function fillSlowly(piece: Uint8Array, begun: number): Promise<void> {
        for (let from = begun; from < piece.length; ) {
          slot ??= slots.take() ?? (await room());
          if (!isOpen) return giveUp();
          from += fill(piece, from);
        }
      }

      function leave(): void {
        if (!isOpen) return;
        isOpen = false;
        for (const [thread, names] of assigned) {
          for (const name of names) thread.load -= COST[name]!;
        }
        hold(-1);
      }

      return {
        update(piece) {
          if (failure) return Promise.reject(failure);
          for (let from = 0; from < piece.length; ) {
            slot ??= slots.take();
            if (slot === undefined) return fillSlowly(piece, from);
            from += fill(piece, from);
          }
          return undefined;
        },
        async end() {
          try {
            if (failure) throw failure;
            handOver();
            const parts = [...assigned].map(([thread, names]) => {
              const { promise, resolve, reject } = Promise.withResolvers<readonly string[]>();
              ended.set(keyOf(job, thread), { resolve, reject });
              return promise.then((digests) => names.map((name, index) => [name, digests[index]!] as const));
            });
            tell({ job, end: true });
            return new Map((await Promise.all(parts)).flat());
          } finally {
            leave();
          }
        },
        drop() {
          if (!isOpen) return;
          leave();
          giveUp();
          tell({ job, drop: true });
        },
      };
    },
  };
}
