import { beforeEach, expect, test } from '@jest/globals';
import { createOnce, type Once } from './once.ts';
import { Memory } from './testing/memory.ts';

let store: Memory;
let once: Once;
let worked: number;
const work = async () => {
  worked += 1;
};

beforeEach(() => {
  store = new Memory();
  once = createOnce({ store, seconds: 900, withinMs: 10_000 });
  worked = 0;
});

test('work is done once for each key, and whoever asks again is told', async () => {
  expect(await once('a', work)).toBe('done');
  expect(await once('a', work)).toBe('repeated');
  expect(await once('b', work)).toBe('done');
  expect(worked).toBe(2);
});

test('work that failed may be done again', async () => {
  await expect(once('a', () => Promise.reject(new Error('not now')))).rejects.toThrow('not now');
  expect(await once('a', work)).toBe('done');
});

test('work that is being done is not begun again', async () => {
  let end = () => {};
  const first = once('a', () => new Promise((resolve) => (end = resolve)));
  await new Promise((resolve) => setImmediate(resolve));
  expect(await once('a', work)).toBe('under way');
  end();
  expect(await first).toBe('done');
  expect(worked).toBe(0);
});

test('how long it is remembered, and when somebody is taken to have died, is noted with it', async () => {
  const before = Date.now();
  await once('a', async () => {
    const [begun] = store.records.values();
    expect(begun!.inProgressExpiryTimestamp! - before).toBeGreaterThanOrEqual(9_000);
    expect(begun!.inProgressExpiryTimestamp! - before).toBeLessThan(30_000);
  });
  const [done] = store.records.values();
  expect(done!.expiryTimestamp! - before / 1_000).toBeGreaterThan(880);
  expect(done!.expiryTimestamp! - before / 1_000).toBeLessThan(930);
});

test('nothing is done while nobody could remember it', async () => {
  store.isAway = true;
  await expect(once('a', work)).rejects.toMatchObject({ name: 'IdempotencyPersistenceLayerError' });
  expect(worked).toBe(0);
});
