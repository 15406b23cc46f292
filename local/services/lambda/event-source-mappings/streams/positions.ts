/** How far the workers of a mapping are, durably: what was done before a crash is not done again. */
import type { Collection } from '../../../../kernel/store.ts';
import type { OpenWindow } from './windows.ts';

/** Of one worker in one shard. Without members: at the beginning. */
export interface Position {
  /** The sequence number of the last record that is done with. */
  readonly after?: string;
  /** Where `LATEST` was when the mapping began, until there is a sequence number. */
  readonly iterator?: string;
  /** The shard is at its end, and all of it is done with. */
  readonly finished?: true;
  readonly window?: OpenWindow | undefined;
}

export interface Positions {
  /** Whether an earlier run has said where to begin. */
  readonly isBegun: boolean;
  /** Gives all workers of these shards their first positions. Inside a transaction. */
  begin(first: ReadonlyMap<string, Position>): void;
  /** Undefined: nobody has been there. */
  find(shardId: string, worker: number): Position | undefined;
  save(shardId: string, worker: number, position: Position): void;
  isFinished(shardId: string): boolean;
  /** Shards that the stream no longer has. Inside a transaction. */
  forget(isGone: (shardId: string) => boolean): void;
  /**
   * Hands the shards of an earlier run to as many workers as there are now, which begin where the slowest was. Inside a
   * transaction.
   */
  adopt(): void;
}

/** @param workers of each shard: the parallelisation factor */
export function openPositions(checkpoints: Collection<unknown>, uuid: string, workers: number): Positions {
  const root = `${uuid}/shards/`;
  const begun = `${uuid}/begun`;
  const keyOf = (shardId: string, worker: number, of = workers): string => `${root}${shardId}/${of}/${worker}`;
  const read = (shardId: string, worker: number) => checkpoints.get(keyOf(shardId, worker)) as Position | undefined;
  const all = Array.from({ length: workers }, (_, worker) => worker);

  /** Of every shard, by how many workers there were. */
  function stored(): Map<string, { readonly of: number; readonly positions: Position[] }> {
    const shards = new Map<string, { readonly of: number; readonly positions: Position[] }>();
    for (const { key, value } of checkpoints.list({ prefix: root })) {
      const [shardId = '', of = ''] = key.slice(root.length).split('/');
      const shard = shards.get(shardId) ?? { of: Number(of), positions: [] };
      shard.positions.push(value as Position);
      shards.set(shardId, shard);
    }
    return shards;
  }

  return {
    get isBegun() {
      return checkpoints.get(begun) !== undefined;
    },
    begin(first) {
      checkpoints.put(begun, true);
      for (const [shardId, position] of first) {
        for (const worker of all) checkpoints.put(keyOf(shardId, worker), position);
      }
    },
    find: read,
    save: (shardId, worker, position) => checkpoints.put(keyOf(shardId, worker), position),
    isFinished: (shardId) => all.every((worker) => read(shardId, worker)?.finished),
    forget(isGone) {
      for (const shardId of stored().keys()) if (isGone(shardId)) checkpoints.deleteAll(`${root}${shardId}/`);
    },
    adopt() {
      for (const [shardId, { of, positions }] of stored()) {
        if (of === workers) continue;
        // One that never got anywhere left nothing behind.
        const slowest = positions.length < of ? {} : slowestOf(positions);
        checkpoints.deleteAll(`${root}${shardId}/`);
        for (const worker of all) checkpoints.put(keyOf(shardId, worker), slowest);
      }
    },
  };
}

/** A window's state is its worker's, and ends with it. */
function slowestOf(positions: readonly Position[]): Position {
  const under = positions.filter(({ finished }) => !finished);
  if (under.length === 0) return { finished: true };
  const fresh = under.find(({ after }) => after === undefined);
  if (fresh) return fresh.iterator === undefined ? {} : { iterator: fresh.iterator };
  const after = under.map((position) => position.after as string);
  return { after: after.reduce((one, other) => (BigInt(one) < BigInt(other) ? one : other)) };
}
