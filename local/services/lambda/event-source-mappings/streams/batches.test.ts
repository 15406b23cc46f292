import fc from 'fast-check';
import { type Batch, type BatchRecord, conclude, cut, newBatch, tooOld } from './batches.ts';
import { readableShards, workerOf } from './lineage.ts';

const record = (sequence: number, { bytes = 10, arrivedAt = 0 } = {}): BatchRecord => ({
  sequence: String(sequence),
  arrivedAt,
  text: '{}',
  bytes,
});
const windowOf = () => undefined;

describe('what goes together', () => {
  it('is at most as many as the batch size, and 6 MB with the state that travels along', () => {
    const large = Array.from({ length: 10 }, (_, index) => record(index, { bytes: 1_000_000 }));
    expect(cut(large, { batchSize: 10_000, stateBytes: 0, windowOf })).toEqual({ count: 6, complete: true });
    expect(cut(large, { batchSize: 10_000, stateBytes: 1_000_000, windowOf })).toEqual({ count: 5, complete: true });
    expect(cut(large, { batchSize: 4, stateBytes: 0, windowOf })).toEqual({ count: 4, complete: true });
    expect(cut(large.slice(0, 4), { batchSize: 5, stateBytes: 0, windowOf })).toEqual({ count: 4, complete: false });
    expect(cut([], { batchSize: 5, stateBytes: 0, windowOf })).toEqual({ count: 0, complete: false });
  });

  it('is one record where that alone is too large', () => {
    const huge = [record(1, { bytes: 9_000_000 }), record(2)];
    expect(cut(huge, { batchSize: 10, stateBytes: 0, windowOf })).toEqual({ count: 1, complete: true });
  });

  it('is of one window', () => {
    const records = [0, 900, 1_000].map((arrivedAt, index) => record(index, { arrivedAt }));
    const limits = {
      batchSize: 10,
      stateBytes: 0,
      windowOf: ({ arrivedAt }: BatchRecord) => Math.floor(arrivedAt / 1e3),
    };
    expect(cut(records, limits)).toEqual({ count: 2, complete: true });
  });
});

test('records are too old from the head of a batch on', () => {
  const records = [0, 10, 20].map((arrivedAt, index) => record(index, { arrivedAt }));
  expect([60, 61, 75, 81].map((now) => tooOld(records, now, 60))).toEqual([0, 1, 2, 3]);
});

describe('a batch that is tried until it is settled', () => {
  /** Fails whenever one of `poison` is in it. */
  function play(size: number, poison: ReadonlySet<string>, retries: number, bisectsOnError: boolean) {
    const tries: string[][] = [];
    const lost: string[] = [];
    const handled: string[] = [];
    let pending: readonly Batch[] = [newBatch(Array.from({ length: size }, (_, index) => record(index)))];
    for (let batch = pending[0]; batch; batch = pending[0]) {
      const ids = batch.records.map(({ sequence }) => sequence);
      tries.push(ids);
      const result = ids.some((id) => poison.has(id))
        ? ({ kind: 'failed', from: 0 } as const)
        : { kind: 'success' as const };
      const conclusion = conclude(batch, result, { maximumRetryAttempts: retries, bisectsOnError });
      if (conclusion.kind === 'done') handled.push(...ids);
      if (conclusion.kind === 'given-up') lost.push(...ids);
      pending = [...(conclusion.kind === 'go-on' ? conclusion.next : []), ...pending.slice(1)];
    }
    return { tries, lost, handled };
  }
  const poisoned = fc.uniqueArray(fc.nat({ max: 30 }).map(String));

  it('loses exactly what fails alone, after all its tries, when it is split', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), poisoned, fc.nat({ max: 3 }), (size, bad, retries) => {
        const there = bad.filter((id) => Number(id) < size).sort((one, other) => Number(one) - Number(other));
        const { tries, lost, handled } = play(size, new Set(there), retries, true);
        expect(lost).toEqual(there);
        expect([...lost, ...handled].sort()).toEqual(Array.from({ length: size }, (_, index) => String(index)).sort());
        for (const id of there) {
          expect(tries.filter((ids) => ids.length === 1 && ids[0] === id)).toHaveLength(retries + 1);
        }
      }),
    );
  });

  it('is lost as a whole when it is not', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), fc.nat({ max: 3 }), (size, retries) => {
        const { tries, lost } = play(size, new Set(['0']), retries, false);
        expect([tries.length, lost.length]).toEqual([retries + 1, size]);
      }),
    );
  });

  it('waits longer each time, a minute at most', () => {
    const pauses: number[] = [];
    const policy = { maximumRetryAttempts: -1, bisectsOnError: false };
    let batch = newBatch([record(1)]);
    for (let count = 0; count < 40; count += 1) {
      const conclusion = conclude(batch, count % 2 ? { kind: 'not-run' } : { kind: 'failed', from: 0 }, policy);
      if (conclusion.kind !== 'go-on') throw new Error('it was not to end');
      pauses.push(conclusion.pauseMs / 1_000);
      [batch] = conclusion.next;
    }
    expect(pauses.slice(0, 8)).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
    expect(new Set(pauses.slice(8))).toEqual(new Set([60]));
    expect(batch.invocations).toBe(20);
  });
});

describe('shards', () => {
  const shard = (id: string, ...parents: string[]) => ({ id, parents, closed: false });

  it('may be read when all their parents that are still there are finished', () => {
    const shards = [shard('d', 'b', 'c'), shard('a', 'long gone'), shard('b', 'a'), shard('c')];
    const readable = (...finished: string[]) =>
      readableShards(shards, (id) => finished.includes(id)).map(({ id }) => id);
    expect(readable()).toEqual(['a', 'c']);
    expect(readable('a')).toEqual(['b', 'c']);
    expect(readable('a', 'c')).toEqual(['b']);
    expect(readable('a', 'b', 'c')).toEqual(['d']);
  });

  it('give each worker about as many keys', () => {
    const counts = Array.from({ length: 10 }, () => 0);
    for (let index = 0; index < 10_000; index += 1) counts[workerOf(`[["id",{"S":"${index}"}]]`, 10)]! += 1;
    for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(250);
  });
});
