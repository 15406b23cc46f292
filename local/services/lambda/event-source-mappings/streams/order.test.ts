/** Whatever fails, and whenever it is killed: each record is handled or given up, and those of a key in order. */
import fc from 'fast-check';
import { createKernel, type Kernel, ManualClock } from '../../../../kernel/index.ts';
import type { Invoked, Mapping, PollerRoom } from '../contract.ts';
import { workerOf } from './lineage.ts';
import { type MemoryShard, memorySource, recordOf } from './memory-source.fixture.ts';
import { startPollerOf } from './poller.ts';
import { answer, failure, mappingOf, throttled } from './streams.fixture.ts';

type Fate = 'success' | 'failure' | 'throttled' | 'never' | { readonly reported: number };

interface Play {
  readonly keys: readonly string[];
  /** Where the shard is split into two; absent: one shard. */
  readonly splitAt: number | undefined;
  readonly fates: readonly Fate[];
  readonly batchSize: number;
  readonly workers: number;
  readonly retries: number;
  readonly bisects: boolean;
  readonly reports: boolean;
  readonly windowSeconds: number;
}

const plays: fc.Arbitrary<Play> = fc.record({
  keys: fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { minLength: 1, maxLength: 18 }),
  splitAt: fc.option(fc.nat({ max: 18 }), { nil: undefined }),
  fates: fc.array(
    fc.oneof(
      fc.constantFrom<Fate>('success', 'failure', 'failure', 'throttled', 'never'),
      fc.record({ reported: fc.nat({ max: 4 }) }),
    ),
    { maxLength: 25 },
  ),
  batchSize: fc.integer({ min: 1, max: 6 }),
  workers: fc.integer({ min: 1, max: 3 }),
  retries: fc.integer({ min: -1, max: 2 }),
  bisects: fc.boolean(),
  reports: fc.boolean(),
  windowSeconds: fc.constantFrom(0, 0, 2),
});

interface Told {
  readonly key: string;
  readonly sequence: string;
}

interface Course {
  /** What the function got, and which records were handled or given up by then. */
  readonly seen: { readonly records: readonly Told[]; readonly doneBefore: ReadonlySet<string> }[];
  readonly done: Set<string>;
}

/** A second between one record and the next. */
function shardsOf({ keys, splitAt }: Play, startAt: number): readonly MemoryShard[] {
  const records = keys.map((key, index) => recordOf(key, index + 1, startAt + index * 1_000));
  if (splitAt === undefined) return [{ id: 'one', parents: [], closed: false, records }];
  const late = records.slice(splitAt);
  return [
    // Children are listed first: it is their descent that counts.
    { id: 'left', parents: ['one'], closed: false, records: late.filter(({ key }) => key < 'c') },
    { id: 'right', parents: ['one'], closed: true, records: late.filter(({ key }) => key >= 'c') },
    { id: 'one', parents: ['gone'], closed: true, records: records.slice(0, splitAt) },
  ];
}

async function perform(play: Play, { store }: Kernel, clock: ManualClock, uuid: string): Promise<Course> {
  const course: Course = { seen: [], done: new Set() };
  const source = memorySource(shardsOf(play, clock.now()));
  const mapping: Mapping = mappingOf('arn:aws:dynamodb:us-east-1:123456789012:table/t/stream/s', {
    uuid,
    batchSize: play.batchSize,
    reportsBatchItemFailures: play.reports,
    stream: {
      parallelizationFactor: play.workers,
      maximumRetryAttempts: play.retries,
      bisectsOnError: play.bisects,
      tumblingWindowSeconds: play.windowSeconds,
      onFailureArn: 'arn:aws:sqs:us-east-1:123456789012:given-up',
    },
  });
  const fates = [...play.fates];
  let isKilled = false;

  function meet(records: readonly Told[]): Invoked | Promise<Invoked> {
    const fate = fates.shift() ?? 'success';
    course.seen.push({ records, doneBefore: new Set(course.done) });
    const finish = (some: readonly Told[]): void => {
      for (const { sequence } of some) course.done.add(sequence);
    };
    if (fate === 'throttled') return throttled;
    if (fate === 'failure') return failure;
    if (fate === 'never') {
      isKilled = true;
      return new Promise(() => {});
    }
    const from = fate === 'success' || !play.reports ? records.length : Math.min(fate.reported, records.length);
    finish(records.slice(0, from));
    const failed = records.slice(from).map(({ sequence }) => ({ itemIdentifier: sequence }));
    return answer({ state: {}, batchItemFailures: failed });
  }

  const room: PollerRoom = {
    clock,
    call: () => Promise.reject(new Error('nobody asks a service')),
    callInternally: () => Promise.reject(new Error('nobody asks a service')),
    passes: () => true,
    invoke: async (payload) => {
      const { Records } = JSON.parse(payload) as { Records: Told[] };
      return meet(Records);
    },
    mostAtOnce: () => 10,
    deliver: (_, record) => {
      const { shardId, from, to } = (record as { batch: { shardId: string; from: string; to: string } }).batch;
      const { records } = shardsOf(play, 0).find(({ id }) => id === shardId)!;
      const worker = workerOf(records.find(({ sequence }) => sequence === from)!.key, play.workers);
      for (const { key, sequence } of records) {
        const isAmong = Number(sequence) >= Number(from) && Number(sequence) <= Number(to);
        if (isAmong && workerOf(key, play.workers) === worker) course.done.add(sequence);
      }
    },
    checkpoints: store.collection('lambda', 'mapping-checkpoints'),
    transaction: (work) => store.transaction(work),
    said: () => {},
    count: () => {},
    report: (message) => {
      if (message.includes('mistake')) throw new Error(message);
    },
  };

  for (;;) {
    isKilled = false;
    const poller = startPollerOf(source, mapping, room);
    await clock.advance(600_000);
    if (!isKilled) expect(poller.isIdle).toBe(true);
    await poller.stop(0);
    if (!isKilled) return course;
  }
}

test('each record is handled or given up, none before an earlier one of its key', async () => {
  const clock = new ManualClock();
  const kernel = createKernel({ stateDirectory: 'memory', accountId: '123456789012', region: 'us-east-1', clock });
  let count = 0;
  try {
    await fc.assert(
      fc.asyncProperty(plays, async (play) => {
        const { seen, done } = await perform(play, kernel, clock, `mapping-${++count}`);
        play.keys.forEach((_, index) => {
          expect(done).toContain(String(index + 1));
        });
        for (const { records, doneBefore } of seen) {
          const before = new Set(doneBefore);
          for (const { key, sequence } of records) {
            const earlier = play.keys.slice(0, Number(sequence) - 1);
            const missing = earlier.flatMap((other, index) =>
              other === key && !before.has(String(index + 1)) ? [index + 1] : [],
            );
            expect(missing).toEqual([]);
            before.add(sequence);
          }
          expect(records.length).toBeLessThanOrEqual(play.batchSize);
        }
      }),
      { numRuns: 60 },
    );
  } finally {
    await kernel.stop();
  }
});
