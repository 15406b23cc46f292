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
