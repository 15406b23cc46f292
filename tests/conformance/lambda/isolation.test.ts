/**
 * "Lambda runs each function in an isolated environment": what one function does to itself, others do not notice.
 * https://docs.aws.amazon.com/lambda/latest/dg/concepts-basics.html#gettingstarted-concepts-execution-environment
 *
 * Another function's log, crashes and load cost processor time, which a laptop has little of; what they must not cost
 * is a turn in somebody's queue. So what is measured is compared with what that queue would take, not with a stopwatch.
 */
import { availableParallelism } from 'node:os';
import { expect, test } from '@jest/globals';
import { functions, inHouse } from '../house.ts';

const HANG_MS = 4_000;

const house = inHouse({
  ...functions({
    healthy: `exports.handler = async (event) => event;`,
    other: `exports.handler = async (event) => event;`,
    fresh: `exports.handler = async (event) => event;`,
    hanging: {
      code: `Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60_000); exports.handler = async () => {};`,
      Timeout: 1,
    },
    computing: {
      code: `const end = Date.now() + ${HANG_MS}; while (Date.now() < end); exports.handler = async () => {};`,
      Timeout: 1,
    },
    flooding: {
      code: `exports.handler = async () => { for (let i = 0; i < 4; i += 1) console.log('x'.repeat(5_000_000)); };`,
      Timeout: 30,
      MemorySize: 512,
    },
    crashing: `exports.handler = async () => process.exit(1);`,
  }),
  initTimeoutMs: HANG_MS,
});

/** The slowest of `n` invocations of a function, one after the other, ms. */
async function slowest(name: string, n: number): Promise<number> {
  let most = 0;
  for (let i = 0; i < n; i += 1) {
    const startedAt = performance.now();
    await expect(house().invoke(name, { i })).resolves.toMatchObject({ value: { i }, functionError: undefined });
    most = Math.max(most, performance.now() - startedAt);
  }
  return most;
}

/** Keeps invoking `name`, `parallel` at once, until it is told to stop; then tells what each took, ms. */
function keepInvoking(name: string, parallel: number): () => Promise<readonly number[]> {
  let going = true;
  const took: number[] = [];
  const one = async () => {
    while (going) {
      const startedAt = performance.now();
      await house()
        .invoke(name)
        .catch(() => {});
      took.push(performance.now() - startedAt);
    }
  };
  const all = Array.from({ length: parallel }, one);
  return async () => {
    going = false;
    await Promise.all(all);
    return took;
  };
}

const median = (values: readonly number[]) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] as number;

test("a cold start does not wait for another function's init that hangs", async () => {
  const hanging = Array.from({ length: 8 }, () =>
    house()
      .invoke('hanging')
      .catch(() => {}),
  );
  await new Promise((resolve) => setTimeout(resolve, 50));
  // In one queue with the others it would take at least one whole init time-out.
  expect(await slowest('healthy', 1)).toBeLessThan(HANG_MS);
  expect(await slowest('other', 1)).toBeLessThan(HANG_MS);
  expect(await slowest('healthy', 100)).toBeLessThan(HANG_MS);
  await Promise.all(hanging);
}, 120_000);

test('a cold start does not wait for inits that compute for seconds', async () => {
  // One for each processor: more would only keep them from whom they are to leave alone.
  const computing = Array.from({ length: availableParallelism() }, () =>
    house()
      .invoke('computing')
      .catch(() => {}),
  );
  await new Promise((resolve) => setTimeout(resolve, 50));
  // Behind them it would wait for nearly all of it.
  expect(await slowest('fresh', 20)).toBeLessThan(HANG_MS / 2);
  await Promise.all(computing);
}, 120_000);

test('warm invocations are answered while another function floods its log', async () => {
  await slowest('healthy', 5);
  const flood = performance.now();
  await house().invoke('flooding');
  const floodMs = performance.now() - flood;
  const stop = keepInvoking('flooding', 2);
  const most = await slowest('healthy', 30);
  await stop();
  // Nobody waits until a whole invocation's 20 MB have been read, cut into events and stored.
  expect(most).toBeLessThan(Math.max(floodMs, 250));
}, 120_000);

test('warm invocations are answered while another function crashes in a loop', async () => {
  await slowest('healthy', 5);
  const stop = keepInvoking('crashing', 4);
  const most = await slowest('healthy', 60);
  const crashMs = median(await stop());
  // Nobody waits until each of the four has crashed and started anew.
  expect(most).toBeLessThan(Math.max(4 * crashMs, 250));
}, 120_000);
