import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createSystemClock, ManualClock } from './index.ts';

describe('a manual clock', () => {
  test('runs timers in the order they are due, each at its own time, whatever order they were set in', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(50)), fc.array(fc.nat(40), { minLength: 1 }), async (delays, steps) => {
        const clock = new ManualClock(1_000);
        const ran: { delay: number; at: number }[] = [];
        for (const delay of delays) clock.after(delay, () => ran.push({ delay, at: clock.now() - 1_000 }));
        for (const step of steps) await clock.advance(step);
        const passed = steps.reduce((sum, step) => sum + step, 0);
        const due = delays.filter((delay) => delay <= passed).sort((a, b) => a - b);
        expect(ran).toEqual(due.map((delay) => ({ delay, at: delay })));
        expect(clock.now()).toBe(1_000 + passed);
        expect(clock.waiting).toBe(delays.length - due.length);
      }),
      { numRuns: 40 },
    );
  });

  test('lets asynchronous work set further timers, which run in the same advance', async () => {
    const clock = new ManualClock(0);
    const times: number[] = [];
    const retry = async (): Promise<void> => {
      for (const delay of [60_000, 120_000, 18_000_000]) {
        await clock.sleep(delay);
        times.push(clock.now());
      }
    };
    void retry();
    await clock.advance(6 * 3_600_000);
    expect(times).toEqual([60_000, 180_000, 18_180_000]);
  });

  test('a cancelled timer never runs', async () => {
    const clock = new ManualClock();
    let ran = false;
    clock
      .after(10, () => {
        ran = true;
      })
      .cancel();
    await clock.advance(100);
    expect(ran).toBe(false);
  });
});

test.each([
  [
    'a promise of earlier',
    (go: () => void, { promise, resolve }: PromiseWithResolvers<void>) => {
      void promise.then(go);
      resolve();
    },
  ],
  ['a tick', (go: () => void) => process.nextTick(go)],
  ['a microtask', (go: () => void) => queueMicrotask(go)],
  ['an immediate of an immediate', (go: () => void) => void setImmediate(() => setImmediate(go))],
])('what a timer leaves to %s is done before the next timer runs', async (_name, leave) => {
  const clock = new ManualClock(0);
  const seen: string[] = [];
  // Quiet ones around it, of which many run in one turn.
  for (let at = 1; at <= 300; at += 1) {
    const earlier = Promise.withResolvers<void>();
    clock.after(at, () => {
      seen.push(`timer ${at}`);
      if (at % 50 === 0) leave(() => seen.push(`after ${at}`), earlier);
    });
  }
  await clock.advance(300);
  for (const at of [50, 100, 150, 200, 250]) {
    expect(seen.slice(seen.indexOf(`after ${at}`)).slice(0, 2)).toEqual([`after ${at}`, `timer ${at + 1}`]);
  }
  expect(seen.at(-1)).toBe('after 300');
});

test('a day of a timer every ten seconds takes a moment', async () => {
  const clock = new ManualClock(0);
  let ran = 0;
  const again = (): void => {
    ran += 1;
    clock.after(10_000, again);
  };
  clock.after(10_000, again);
  const startedAt = process.cpuUsage();
  await clock.advance(86_400_000);
  const { user, system } = process.cpuUsage(startedAt);
  expect(ran).toBe(8_640);
  // Of processor time: others may be busy here. Two turns of the event loop each took half a second.
  expect((user + system) / 1_000).toBeLessThan(150);
});

describe.each([
  ['manual', () => new ManualClock()],
  ['system', () => createSystemClock()],
])('sleep on a %s clock', (_name, create) => {
  test('rejects with the reason of its signal, at once when that is already aborted', async () => {
    const reason = new Error('gone');
    const controller = new AbortController();
    const sleeping = create().sleep(1_000_000, controller.signal);
    controller.abort(reason);
    await expect(sleeping).rejects.toBe(reason);
    await expect(create().sleep(0, controller.signal)).rejects.toBe(reason);
  });
});

test('the system clock waits longer than setTimeout can', async () => {
  const clock = createSystemClock();
  let ran = false;
  const timer = clock.after(2 ** 31 + 1_000, () => {
    ran = true;
  });
  await clock.sleep(20);
  timer.cancel();
  expect(ran).toBe(false);
});

test('a timer that sets itself again without time passing is named, and not waited for for ever', async () => {
  const clock = new ManualClock();
  const setAgain = (): void => void clock.after(0, setAgain);
  setAgain();
  await expect(clock.advance(1)).rejects.toThrow(/set again without time passing: .*setAgain/s);
});
