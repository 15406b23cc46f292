/** Several digests of one body: a small one's here and now, a large one's on threads of their own. */
import { type ChecksumAlgorithm, createChecksum, type RunningChecksum } from './algorithms.ts';
import { type DigestPool, isForThread, type PoolJob, startDigestPool } from './digest-pool.ts';

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

let pool: DigestPool | undefined;

/**
 * @param algorithms each is computed once, however often it is named
 * @param announced bytes that are to come; 0 where nobody said
 */
export function createDigests(algorithms: readonly ChecksumAlgorithm[], announced: number): RunningDigests {
  const once = [...new Set(algorithms)];
  const onThreads = announced >= LARGE ? once.filter(isForThread) : [];
  const here = new Map(once.filter((name) => !onThreads.includes(name)).map((name) => [name, createChecksum(name)]));
  const inOrder = (fromThreads: ReadonlyMap<ChecksumAlgorithm, string>): string[] => {
    // A running digest ends once.
    const all = new Map([...fromThreads, ...[...here].map(([name, digest]) => [name, digest.base64()] as const)]);
    return algorithms.map((name) => all.get(name)!);
  };
  const job = onThreads.length > 0 ? livePool().open(onThreads) : undefined;
  return job ? withThreads([...here.values()], job, inOrder) : allHere([...here.values()], inOrder);
}

type InOrder = (digests: ReadonlyMap<ChecksumAlgorithm, string>) => string[];

function allHere(running: readonly RunningChecksum[], inOrder: InOrder): RunningDigests {
  return {
    update(piece) {
      for (const digest of running) digest.update(piece);
      return undefined;
    },
    end: () => inOrder(new Map()),
    drop: () => {},
  };
}

function withThreads(running: readonly RunningChecksum[], job: PoolJob, inOrder: InOrder): RunningDigests {
  return {
    update(piece) {
      for (const digest of running) digest.update(piece);
      return job.update(piece);
    },
    end: async () => inOrder(await job.end()),
    drop: job.drop,
  };
}

function livePool(): DigestPool {
  if (!pool || pool.isBroken) pool = startDigestPool();
  return pool;
}
