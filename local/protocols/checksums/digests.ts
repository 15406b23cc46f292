/** Several digests of one body: a small one's here and now, a large one's on threads of their own. */
import { availableParallelism } from 'node:os';
import { type ChecksumAlgorithm, createChecksum } from './algorithms.ts';
import { type DigestThread, isForThread, startDigestThread } from './digest-thread.ts';

export interface RunningDigests {
  /** Says when the next piece may come, where that is not at once; the piece's bytes are the caller's again then. */
  update(piece: Uint8Array): Promise<void> | undefined;
  /** In base64, in the order they were asked for. */
  end(): readonly string[] | Promise<readonly string[]>;
  /** Nobody wants them any more. */
  drop(): void;
}

/** From here on handing the bytes over costs less than it saves. */
const LARGE = 512 * 1024;
const MOST_THREADS = 4;

let threads: readonly DigestThread[] = [];

/** @param announced bytes that are to come; 0 where nobody said */
export function createDigests(algorithms: readonly ChecksumAlgorithm[], announced: number): RunningDigests {
  if (announced >= LARGE && algorithms.every(isForThread)) return leastBusy().open(algorithms);
  const running = algorithms.map(createChecksum);
  return {
    update(piece) {
      for (const digest of running) digest.update(piece);
      return undefined;
    },
    end: () => running.map((digest) => digest.base64()),
    drop: () => {},
  };
}

/** As many as there are cores, started when all others are busy. */
function leastBusy(): DigestThread {
  threads = threads.filter(({ isBroken }) => !isBroken);
  const [idlest] = [...threads].sort((a, b) => a.busy - b.busy);
  if (idlest && (idlest.busy === 0 || threads.length >= Math.min(availableParallelism(), MOST_THREADS))) return idlest;
  const started = startDigestThread();
  threads = [...threads, started];
  return started;
}
