import { spawn } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { limitCpu } from './cpu-limiter.ts';
import { cpuShareOf, createCpuBudget, PERIOD_MS } from './cpu-share.ts';
import { canMeasureCpu, createCpuClock } from './cpu-time.ts';
import type { RuntimeProcess } from './runtime-process.ts';

describe('the budget', () => {
  test('1,769 MB are one processor', () => {
    expect(cpuShareOf(1769)).toBe(1);
    expect(cpuShareOf(128)).toBeCloseTo(0.0724, 3);
  });

  test('whoever obeys it uses its share on average, however late it is looked at', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 128, max: 1769 }),
        fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 300, maxLength: 300 }),
        (memory, delays) => {
          const share = cpuShareOf(memory);
          const budget = createCpuBudget(share);
          let used = 0;
          let elapsed = 0;
          for (const late of delays) {
            const stands = budget.stopMs;
            const ran = stands > 0 ? 0 : late;
            budget.spend(stands + ran, ran);
            used += ran;
            elapsed += stands + ran;
          }
          // Begun with a period's part, and at most the last run overdrawn.
          expect(used).toBeLessThanOrEqual(elapsed * share + PERIOD_MS * share + 12);
          expect(used).toBeGreaterThan(elapsed * share * 0.9 - 2 * PERIOD_MS * share);
        },
      ),
    );
  });

  test('what is not used is not saved up', () => {
    const budget = createCpuBudget(0.1);
    budget.spend(60_000, 0);
    expect(budget.runMs).toBeCloseTo(2 * PERIOD_MS * 0.1);
  });
});

describe('a process that is held to its share', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  /** One that uses all the processor it can while it runs. */
  function busy() {
    const said: string[] = [];
    let running = true;
    let used = 0;
    let since = performance.now();
    const count = () => {
      if (running) used += performance.now() - since;
      since = performance.now();
      return used;
    };
    const process: RuntimeProcess = {
      pid: 1,
      ended: new Promise(() => {}),
      silent: new Promise(() => {}),
      freeze() {
        count();
        running = false;
        said.push('freeze');
      },
      thaw() {
        count();
        running = true;
        said.push('thaw');
      },
      terminate: () => void said.push('terminate'),
      kill: () => void said.push('kill'),
    };
    return { process, said, used: count, clock: { read: count } };
  }

  test('runs at full speed until it is limited, and then gets its share', () => {
    const { process, used, clock } = busy();
    const held = limitCpu(process, 0.1, clock);
    jest.advanceTimersByTime(1000);
    expect(used()).toBe(1000);
    held.limit();
    jest.advanceTimersByTime(10_000);
    expect(used() - 1000).toBeGreaterThan(900);
    expect(used() - 1000).toBeLessThan(1100);
  });

  test('what the environment froze stays frozen, and wakes with a budget', () => {
    const { process, said, used, clock } = busy();
    const held = limitCpu(process, 0.1, clock);
    held.limit();
    jest.advanceTimersByTime(500);
    held.freeze();
    const before = used();
    jest.advanceTimersByTime(5000);
    expect(used()).toBe(before);
    held.thaw();
    jest.advanceTimersByTime(100);
    expect(used()).toBeGreaterThan(before);
    expect(said.at(-1)).toMatch(/freeze|thaw/);
  });

  test('is awake to hear that it is to end, and left alone afterwards', () => {
    const { process, said, clock } = busy();
    const held = limitCpu(process, 0.01, clock);
    held.limit();
    jest.advanceTimersByTime(10);
    expect(said).toEqual(['freeze']);
    held.terminate();
    jest.advanceTimersByTime(1000);
    expect(said).toEqual(['freeze', 'thaw', 'terminate']);
    expect(jest.getTimerCount()).toBe(0);
  });
});

(canMeasureCpu() ? test : test.skip)(
  'the time of a process counts with that of what it starts',
  async () => {
    const program = `
    const spin = (ms) => { const until = process.cpuUsage().user + ms * 1000; while (process.cpuUsage().user < until); };
    spin(100);
    require('node:child_process').spawnSync(process.execPath, ['-e', 'const end = 1e5; while (process.cpuUsage().user < end);']);
    console.log('ready');
    setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'ignore'] });
    try {
      const clock = createCpuClock(child.pid as number);
      clock.read();
      await new Promise((resolve) => child.stdout.once('data', resolve));
      await new Promise((resolve) => setTimeout(resolve, 60));
      expect(clock.read()).toBeGreaterThan(180);
      const rest = clock.read();
      await new Promise((resolve) => setTimeout(resolve, 100));
      expect(clock.read() - rest).toBeLessThan(50);
    } finally {
      child.kill('SIGKILL');
      await new Promise((resolve) => child.once('exit', resolve));
    }
  },
  20_000,
);
