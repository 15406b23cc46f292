/** Which shards may be read: a shard's records come after those of its parents. Pure. */
import type { Shard } from './stream-source.ts';

/** Those that are not finished and whose parents, as far as the stream still has them, are. */
export function readableShards(shards: readonly Shard[], isFinished: (shardId: string) => boolean): readonly Shard[] {
  const there = new Set(shards.map(({ id }) => id));
  return shards.filter(
    ({ id, parents }) => !isFinished(id) && parents.every((parent) => !there.has(parent) || isFinished(parent)),
  );
}

/** Which of `workers` has the records of this key: always the same one, on every machine. FNV-1a. */
export function workerOf(key: string, workers: number): number {
  if (workers === 1) return 0;
  let hash = 0x811c9dc5;
  for (let index = 0; index < key.length; index += 1) {
    hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
  }
  // Its low bits alone know little of similar keys.
  return ((hash ^ (hash >>> 16)) >>> 0) % workers;
}
