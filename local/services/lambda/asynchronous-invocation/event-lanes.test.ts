import { describe, expect, test } from '@jest/globals';
import { ManualClock } from '../../../kernel/manual-clock.ts';
import { openStore } from '../../../kernel/sqlite-store.ts';
import { createEventLanes, type Settlement } from './event-lanes.ts';

interface Item {
  readonly lane: string;
  readonly n: number;
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
const rounds = async (n: number) => {
  for (let i = 0; i < n; i += 1) await turn();
};

function open(store = openStore('memory'), capacity = 2) {
  const clock = new ManualClock();
  const tried: string[] = [];
  const running: { item: Item; settle: (settlement: Settlement<Item>) => void }[] = [];
  const lanes = createEventLanes<Item>({
    store,
    collection: store.collection('lambda', 'test-events'),
    clock,
    laneOf: ({ lane }) => lane,
    capacityOf: () => capacity,
    attempt: (item) =>
      new Promise((resolve) => {
        tried.push(`${item.lane}${item.n}`);
        running.push({ item, settle: (settlement) => resolve(() => settlement) });
      }),
    report: (message) => {
      throw new Error(message);
    },
  });
  return { store, clock, tried, running, lanes };
}

const done = { kind: 'done' } as const;

describe('lanes of events', () => {
  test("one lane's events, however many and slow, do not delay another's", async () => {
    const { lanes, tried } = open();
    for (let n = 0; n < 10_000; n += 1) lanes.put({ lane: 'slow', n });
    lanes.put({ lane: 'quick', n: 1 });
    await rounds(3);
    expect(tried).toEqual(['slow0', 'slow1', 'quick1']);
    expect(lanes.size('slow')).toBe(10_000);
  });

  test('what is settled leaves the store, and the next takes its place', async () => {
    const { lanes, tried, running, store } = open();
    for (let n = 0; n < 3; n += 1) lanes.put({ lane: 'a', n });
    await rounds(2);
    running[0]?.settle(done);
    await rounds(3);
    expect(tried).toEqual(['a0', 'a1', 'a2']);
    expect(store.collection('lambda', 'test-events').list()).toHaveLength(2);
  });

  test('what is to be tried again waits on the clock, and may hold its lane up', async () => {
    const { lanes, tried, running, clock } = open(undefined, 1);
    lanes.put({ lane: 'a', n: 1 });
    lanes.put({ lane: 'a', n: 2 });
    lanes.put({ lane: 'b', n: 1 });
    await rounds(2);
    running[0]?.settle({ kind: 'again', item: { lane: 'a', n: 11 }, delayMs: 1000, pausesLane: true });
    running[1]?.settle(done);
    await rounds(3);
    expect(tried).toEqual(['a1', 'b1']);
    expect(lanes.isIdle).toBe(true);
    await clock.advance(1000);
    await rounds(2);
    expect(tried).toEqual(['a1', 'b1', 'a2']);
  });

  test('what was not settled is tried again by the next run, what was settled is not', async () => {
    const first = open();
    for (let n = 0; n < 3; n += 1) first.lanes.put({ lane: 'a', n });
    await rounds(2);
    first.running[0]?.settle(done);
    await rounds(3);
    await first.lanes.stop(10);
    // It ends after the stop: nobody knows any more whether it was well.
    first.running[1]?.settle(done);
    await rounds(3);
    const second = open(first.store, 10);
    await rounds(3);
    expect(second.tried).toEqual([]);
    second.lanes.resume();
    await rounds(3);
    expect(second.tried).toEqual(['a1', 'a2']);
  });

  test('idle resolves when nothing is due or under way', async () => {
    const { lanes, running } = open();
    lanes.put({ lane: 'a', n: 1 });
    let idle = false;
    const waiting = lanes.idle().then(() => {
      idle = true;
    });
    await rounds(3);
    expect(idle).toBe(false);
    running[0]?.settle(done);
    await waiting;
    expect(lanes.isIdle).toBe(true);
  });
});
