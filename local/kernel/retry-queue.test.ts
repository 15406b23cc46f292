import { expect, test } from '@jest/globals';
import { ManualClock } from './manual-clock.ts';
import { createRetryQueue, type Queued, type Settled } from './retry-queue.ts';
import { openStore } from './sqlite-store.ts';

function open(store = openStore('memory')) {
  const clock = new ManualClock(0);
  const tried: string[] = [];
  const answers: ((settled: Settled<string>) => void)[] = [];
  const collection = store.collection<Queued<string>>('test', 'queue');
  const queue = createRetryQueue<string>({
    store,
    clock,
    collection,
    concurrency: 2,
    attempt: ({ item, tries }) =>
      new Promise((resolve) => {
        tried.push(`${item}${tries} at ${clock.now()}`);
        answers.push((settled) => resolve(() => settled));
      }),
    report: (message) => {
      throw new Error(message);
    },
  });
  return { store, clock, tried, answers, queue, collection };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('what is put is tried once its transaction has committed, a few at a time, until it is done', async () => {
  const { store, queue, tried, answers, collection } = open();
  expect(() =>
    store.transaction(() => {
      queue.put('x');
      throw new Error('no');
    }),
  ).toThrow('no');
  store.transaction(() => {
    for (const item of ['a', 'b', 'c']) queue.put(item);
  });
  await turn();
  expect(tried).toEqual(['a0 at 0', 'b0 at 0']);
  answers[0]?.({ kind: 'done' });
  await turn();
  expect(tried).toEqual(['a0 at 0', 'b0 at 0', 'c0 at 0']);
  expect(collection.list()).toHaveLength(2);
  let idle = false;
  void queue.idle().then(() => {
    idle = true;
  });
  await turn();
  expect(idle).toBe(false);
  answers[1]?.({ kind: 'done' });
  answers[2]?.({ kind: 'done' });
  await turn();
  expect([idle, queue.isIdle, collection.list()]).toEqual([true, true, []]);
});

test('tries are counted, and begin anew for what takes the place of an item', async () => {
  const { queue, clock, tried, answers } = open();
  queue.put('a', 1_000);
  await clock.advance(1_000);
  answers[0]?.({ kind: 'again', delayMs: 500 });
  await turn();
  await clock.advance(500);
  answers[1]?.({ kind: 'again', delayMs: 0, item: 'letter' });
  await turn();
  expect(tried).toEqual(['a0 at 1000', 'a1 at 1500', 'letter0 at 1500']);
});

test('what was not settled is tried by the next run, and what ends after the stop changes nothing', async () => {
  const first = open();
  first.queue.put('a');
  first.queue.put('b');
  await turn();
  first.answers[0]?.({ kind: 'done' });
  await turn();
  await first.queue.stop(5);
  first.answers[1]?.({ kind: 'done' });
  await turn();
  const second = open(first.store);
  await turn();
  expect(second.tried).toEqual([]);
  second.queue.resume();
  await turn();
  expect(second.tried).toEqual(['b0 at 0']);
});
