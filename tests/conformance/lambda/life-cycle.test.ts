/**
 * Init, invoke, freeze, thaw, reset, shutdown.
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
 */
import { describe, expect, jest, test } from '@jest/globals';
import { ManualClock } from '../../../local/kernel/index.ts';
import { functions, type House, inHouse, onBothTransports } from '../house.ts';

jest.setTimeout(20_000);

const FUNCTIONS = functions({
  counter: `let calls = 0; exports.handler = async (event) => ({ ...event, calls: ++calls, pid: process.pid });`,
  start: `exports.handler = async () => process.env.AWS_LAMBDA_INITIALIZATION_TYPE;`,
  ticking: `
    let ticks = 0;
    exports.handler = async () => { if (ticks === 0) setInterval(() => { ticks += 1; }, 5); return ticks; };`,
  leaving: `
    let late = 'not yet';
    exports.handler = async ({ leave }) => {
      if (leave) setTimeout(() => { late = 'done'; console.log('what was left behind'); }, 20);
      else await new Promise((resolve) => setTimeout(resolve, 40));
      return late;
    };`,
  fragile: {
    Timeout: 2,
    code: `
      const fs = require('node:fs');
      const { tmpdir } = require('node:os');
      const file = tmpdir() + '/kept';
      let calls = 0;
      exports.handler = async ({ fate }) => {
        calls += 1;
        const kept = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : undefined;
        if (fate !== undefined) fs.writeFileSync(file, fate);
        if (fate === 'exit') process.exit(1);
        if (fate === 'hang') await new Promise((resolve) => setTimeout(resolve, 5000));
        return { calls, kept, stream: process.env.AWS_LAMBDA_LOG_STREAM_NAME };
      };`,
  },
  exiting: `
    exports.handler = async ({ exit }) => { if (exit) setImmediate(() => setImmediate(() => process.exit(0))); return 'fine'; };`,
});

onBothTransports('the life cycle of an execution environment', FUNCTIONS, (house) => {
  test('an environment is used again while it is warm', async () => {
    const first = await house().invoke('counter', { name: 'Ängström 🌍' });
    const second = await house().invoke('counter');
    expect(first.value).toMatchObject({ name: 'Ängström 🌍', calls: 1 });
    expect(second.value).toEqual({ calls: 2, pid: first.value.pid });
  });

  test('the first invocation reports how long the init phase took, later ones do not', async () => {
    const log = await house().log('counter', /REPORT[\s\S]*REPORT[\s\S]*\n/);
    expect(log).toMatch(/^INIT_START Runtime Version: nodejs:24\.\S+\tRuntime Version ARN: arn:aws:lambda:us-east-1::/);
    expect(log.match(/\tInit Duration: [\d.]+ ms\t/g)).toHaveLength(1);
    expect(log).not.toContain('INIT_REPORT');
  });

  test('started for a request it says so', async () => {
    expect((await house().invoke('start')).value).toBe('on-demand');
  });

  test('is frozen between invocations: a timer fires only after the thaw', async () => {
    await house().invoke('ticking');
    await new Promise((resolve) => setTimeout(resolve, 400));
    // What was due while frozen fires once on the way, not eighty times.
    expect((await house().invoke('ticking')).value).toBeLessThan(20);
  });

  test('what is left on the event loop runs on in the next invocation', async () => {
    expect((await house().invoke('leaving', { leave: true })).value).toBe('not yet');
    expect((await house().invoke('leaving', {})).value).toBe('done');
    expect(await house().log('leaving', /REPORT[\s\S]*REPORT/)).toMatch(
      /START[\s\S]*END[\s\S]*START[\s\S]*what was left behind[\s\S]*END/,
    );
  });

  test.each(['exit', 'hang'])(
    'after an invocation that failed (%s) it is reset: /tmp stays, and the next begins with an init of its own',
    async (fate) => {
      const name = 'fragile';
      const before = await house().invoke(name, {});
      const failed = await house().invoke(name, { fate });
      expect(failed.functionError).toBe('Unhandled');
      const after = await house().invoke(name, {}, { LogType: 'Tail' });
      expect(after.value).toEqual({ calls: 1, kept: fate, stream: before.value.stream });
      // "Lambda doesn't explicitly report an additional INIT phase"
      expect(after.log).toMatch(/^START [\s\S]*REPORT /);
      expect(after.log).not.toContain('Init Duration');
      expect(Number(/\tDuration: ([\d.]+) ms/.exec(after.log)?.[1])).toBeGreaterThan(15);
    },
  );

  test('one that ended between two invocations is started again, and the next succeeds', async () => {
    expect((await house().invoke('exiting', { exit: true })).value).toBe('fine');
    const next = await house().invoke('exiting', {});
    // It may have ended before it was frozen, or with the thaw: the answer is one of these, once.
    if (next.functionError === undefined) expect(next.value).toBe('fine');
    else expect(next.value.errorType).toBe('Runtime.ExitError');
    expect((await house().invoke('exiting', {})).value).toBe('fine');
  });
});

describe('an init phase longer than it may be', () => {
  const house = inHouse({
    initTimeoutMs: 300,
    ...functions({
      slow: {
        Timeout: 10,
        code: `const end = Date.now() + 500; while (Date.now() < end);
          exports.handler = async (event, context) => context.getRemainingTimeInMillis();`,
      },
      slower: {
        Timeout: 1,
        code: `const end = Date.now() + 5000; while (Date.now() < end); exports.handler = async () => 1;`,
      },
    }),
  });

  test('is repeated inside the first invocation, under the function’s time-out', async () => {
    const { value } = await house().invoke('slow');
    // What the init took is not there any more.
    expect(value).toBeLessThan(9_501);
    expect(value).toBeGreaterThan(5_000);
    const log = await house().log('slow', /REPORT RequestId[\s\S]*\n/);
    expect(log).toMatch(
      /^INIT_START [\s\S]*\nINIT_REPORT Init Duration: \d+\.\d\d ms\tPhase: init\tStatus: timeout\nSTART /,
    );
    expect(Number(/\tDuration: ([\d.]+) ms/.exec(log)?.[1])).toBeGreaterThan(500);
    expect(log.match(/REPORT RequestId.*/)?.[0]).not.toContain('Init Duration');
  });

  test('and ends as that time-out when it overruns it too', async () => {
    const { value, functionError } = await house().invoke('slower');
    expect(functionError).toBe('Unhandled');
    expect(value.errorType).toBe('Sandbox.Timedout');
    expect(value.errorMessage).toMatch(/^RequestId: \S+ Error: Task timed out after 1\.00 seconds$/);
    const log = await house().log('slower', /REPORT RequestId[\s\S]*\n/);
    expect(log).toMatch(
      /Phase: init\tStatus: timeout\nINIT_REPORT Init Duration: \d+\.\d\d ms\tPhase: invoke\tStatus: timeout\nSTART [\s\S]*Task timed out after 1\.00 seconds\n\nEND [\s\S]*\tStatus: timeout\n/,
    );
  });
});

describe('an idle environment', () => {
  const clock = new ManualClock(Date.now());
  const house = inHouse({
    clock,
    lambda: { idleMs: 60_000 },
    ...functions({ idle: 'exports.handler = async () => process.env.AWS_LAMBDA_LOG_STREAM_NAME;' }),
  });

  test('is shut down after a while, and the next invocation starts another', async () => {
    const call = async (on: House) => (await on.invoke('idle')).value as string;
    const first = await call(house());
    await clock.advance(59_000);
    expect(await call(house())).toBe(first);
    await clock.advance(61_000);
    expect(await call(house())).not.toBe(first);
  });
});
