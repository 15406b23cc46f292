import { constants, getPriority } from 'node:os';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Sandbox } from './sandbox/contract.ts';
import { eventually, invoke, startTestLauncher, type TestLauncher } from './testing/launch.ts';
import { plainSandbox } from './testing/plain-sandbox.ts';

let house: TestLauncher;
beforeAll(async () => {
  house = await startTestLauncher();
});
afterAll(() => house.stop());
beforeEach(async () => {
  // The last lines of the test before come at the end of a turn.
  await new Promise((resolve) => setTimeout(resolve, 10));
  house.messages.length = 0;
});

const log = (): string => house.messages.join('');
const reported = () => eventually(() => /REPORT/.test(log()));

describe('an execution environment', () => {
  test('answers with what the handler returns, again and again from the same process', async () => {
    const environment = await house.launch(`
      let calls = 0;
      exports.handler = async (event, context) => ({ ...event, calls: ++calls, pid: process.pid, id: context.awsRequestId });
    `);
    const first = await invoke(environment, { name: 'Ängström 🌍' });
    const second = await invoke(environment, { name: 'two' });
    expect(first.value).toMatchObject({ name: 'Ängström 🌍', calls: 1, id: first.requestId });
    expect(second.value).toMatchObject({ calls: 2, pid: (first.value as { pid: number }).pid, id: second.requestId });
    expect(first.initDurationMs).toBeGreaterThan(5);
    expect(second.initDurationMs).toBeUndefined();
    expect(environment.healthy).toBe(true);
  });

  test('gives the handler the context of AWS: deadline, ARN, client context, trace', async () => {
    const environment = await house.launch(
      `exports.handler = async (event, context) => ({
        ...context, left: context.getRemainingTimeInMillis(), trace: process.env._X_AMZN_TRACE_ID,
      });`,
      { timeoutMs: 7000 },
    );
    const { value } = await invoke(environment, {}, { clientContext: '{"client":{"app_title":"Übung"}}' });
    const { left, ...context } = value as { left: number };
    expect(left).toBeGreaterThan(6000);
    expect(left).toBeLessThanOrEqual(7000);
    expect(context).toMatchObject({
      clientContext: { client: { app_title: 'Übung' } },
      functionName: 'hello',
      functionVersion: '$LATEST',
      memoryLimitInMB: '256',
      invokedFunctionArn: 'arn:aws:lambda:us-east-1:123456789012:function:hello',
      logGroupName: '/aws/lambda/hello',
      logStreamName: expect.stringMatching(/^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}$/),
      trace: 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0',
    });
  });

  test('one that nobody waits for lets others go first', async () => {
    const spec = await house.spec(`const os = require('os'); exports.handler = async () => os.getPriority();`);
    const waitedFor = await house.launcher.launch(spec);
    const background = await house.launcher.launch(spec, 'on-demand', true);
    const [own, lower] = await Promise.all([invoke(waitedFor), invoke(background)]);
    expect([own.value, lower.value]).toEqual([getPriority(), constants.priority.PRIORITY_LOW]);
  });

  test('an error the handler throws is the function error, and the environment goes on', async () => {
    const environment = await house.launch(`
      class TicketClosed extends Error { name = 'TicketClosed'; }
      exports.handler = async (event) => { if (event.fail) throw new TicketClosed('no more'); return 'fine'; };
    `);
    const failed = await invoke(environment, { fail: true });
    expect(failed).toMatchObject({ kind: 'error', unhandled: true, errorType: 'TicketClosed' });
    expect(failed.value).toMatchObject({
      errorType: 'TicketClosed',
      errorMessage: 'no more',
      trace: expect.any(Array),
    });
    await reported();
    expect(log()).toContain('\tERROR\tInvoke Error \t{"errorType":"TicketClosed"');
    expect((await invoke(environment)).value).toBe('fine');
  });

  test('a rejection nobody handles ends the process: Runtime.ExitError', async () => {
    const environment = await house.launch(`
      exports.handler = () => new Promise(() => { Promise.reject(new Error('lost')); setTimeout(() => {}, 5000); });
    `);
    const { requestId, ...outcome } = await invoke(environment);
    expect(outcome).toMatchObject({
      errorType: 'Runtime.ExitError',
      value: {
        errorType: 'Runtime.ExitError',
        errorMessage: `RequestId: ${requestId} Error: Runtime exited with error: exit status 1`,
      },
    });
    await reported();
    expect(log()).toContain('Error: lost');
    expect(log()).toContain(
      `RequestId: ${requestId} Error: Runtime exited with error: exit status 1\nRuntime.ExitError\nEND RequestId: ${requestId}\n`,
    );
    expect(log()).toMatch(/Status: error\tError Type: Runtime\.ExitError\n/);
  });

  test.each([
    ['process.exit(3)', 'Error: Runtime exited with error: exit status 3'],
    ['process.exit(0)', 'Error: Runtime exited without providing a reason'],
    ['process.kill(process.pid, "SIGKILL")', 'Error: Runtime exited with error: signal: killed'],
    // Nothing is left that could ever answer: Node ends by itself.
    ['undefined', 'Error: Runtime exited without providing a reason'],
  ])('%s in the middle of a request is %s', async (statement, message) => {
    const environment = await house.launch(`exports.handler = () => new Promise(() => { ${statement}; });`);
    const { requestId, value } = await invoke(environment);
    expect(value).toEqual({ errorType: 'Runtime.ExitError', errorMessage: `RequestId: ${requestId} ${message}` });
  });

  test('one that is debugged does not stand still, and is frozen by signal', async () => {
    const environment = await house.launch(
      `let ticks = 0;
       exports.handler = async (event) => { if (ticks === 0) setInterval(() => { ticks += 1; }, 5); return [event.length, ticks]; };`,
      { environment: { NODE_OPTIONS: '--inspect=127.0.0.1:0' } },
    );
    expect((await invoke(environment, 'x'.repeat(300_000))).value).toEqual([300_000, 0]);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const [length, ticks] = (await invoke(environment, 'short')).value as [number, number];
    expect(length).toBe(5);
    expect(ticks).toBeLessThan(10);
  });

  test('worker threads are frozen too, a moment later', async () => {
    const environment = await house.launch(`
      const { Worker } = require('node:worker_threads');
      const shared = new Int32Array(new SharedArrayBuffer(4));
      const code = 'const { workerData } = require("node:worker_threads"); setInterval(() => Atomics.add(workerData, 0, 1), 5);';
      let worker;
      exports.handler = async () => {
        worker ??= new Worker(code, { eval: true, workerData: shared });
        if (shared[0] === 0) await new Promise((resolve) => worker.once('online', resolve));
        return Atomics.load(shared, 0);
      };
    `);
    await invoke(environment);
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect((await invoke(environment)).value).toBeLessThan(60);
  });

  test('what a handler leaves behind waits for the next invocation, and may end it', async () => {
    const environment = await house.launch(`
      let calls = 0;
      exports.handler = async () => {
        calls += 1;
        if (calls > 1) return new Promise(() => {});
        setImmediate(() => setImmediate(() => process.exit(4)));
        return 'x'.repeat(3_000_000);
      };
    `);
    expect((await invoke(environment)).value).toHaveLength(3_000_000);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(environment.healthy).toBe(true);
    expect((await invoke(environment)).value).toMatchObject({ errorMessage: expect.stringMatching(/exit status 4$/) });
    expect((await invoke(environment)).value).toHaveLength(3_000_000);
  });

  test('global.gc is there, as on Lambda', async () => {
    const environment = await house.launch('exports.handler = async () => [typeof gc, gc() === undefined];');
    expect((await invoke(environment)).value).toEqual(['function', true]);
  });

  test('a time-out kills the process and says so as AWS does', async () => {
    const environment = await house.launch(`exports.handler = async () => { console.log('working'); for (;;); };`, {
      timeoutMs: 150,
    });
    const { requestId, ...outcome } = await invoke(environment);
    expect(outcome.value).toEqual({
      errorType: 'Sandbox.Timedout',
      errorMessage: `RequestId: ${requestId} Error: Task timed out after 0.15 seconds`,
    });
    await reported();
    expect(log()).toMatch(/\tINFO\tworking\n/);
    expect(log()).toMatch(/Z \S+ Task timed out after 0\.15 seconds\n\nEND RequestId/);
    expect(log()).toMatch(/Duration: 150\.00 ms\tBilled Duration: \d+ ms.*\tStatus: timeout\n/);
  });

  test('the time-out counts from each invocation anew', async () => {
    const environment = await house.launch(
      'exports.handler = async ({ ms }) => new Promise((resolve) => setTimeout(resolve, ms, "done"));',
      { timeoutMs: 300 },
    );
    expect((await invoke(environment, { ms: 200 })).value).toBe('done');
    expect((await invoke(environment, { ms: 200 })).value).toBe('done');
    expect(await invoke(environment, { ms: 5000 })).toMatchObject({ errorType: 'Sandbox.Timedout' });
  });

  test('a response over 6,291,556 bytes is refused, one of exactly that size is not', async () => {
    const environment = await house.launch('exports.handler = async ({ bytes }) => "x".repeat(bytes - 2);');
    const fits = await invoke(environment, { bytes: 6_291_556 });
    expect(fits).toMatchObject({ kind: 'response' });
    expect(fits.payload).toHaveLength(6_291_556);
    const tooLarge = await invoke(environment, { bytes: 6_291_557 });
    expect(tooLarge.value).toEqual({
      errorType: 'Function.ResponseSizeTooLarge',
      errorMessage: 'Response payload size exceeded maximum allowed payload size (6291556 bytes).',
    });
    expect(environment.healthy).toBe(true);
  });

  test('an event of megabytes arrives whole', async () => {
    const environment = await house.launch('exports.handler = async ({ text }) => text.length;');
    expect((await invoke(environment, { text: 'ä'.repeat(3_000_000) })).value).toBe(3_000_000);
  });

  test('is frozen while idle: a timer fires only with the next invocation', async () => {
    const environment = await house.launch(`
      let ticks = 0;
      exports.handler = async () => { if (ticks === 0) setInterval(() => { ticks += 1; }, 5); return ticks; };
    `);
    await invoke(environment);
    await new Promise((resolve) => setTimeout(resolve, 300));
    // What was due while frozen fires once on the way, not sixty times.
    expect((await invoke(environment)).value).toBeLessThan(10);
  });

  test('a process killed from outside while idle is started anew for the next invocation', async () => {
    const environment = await house.launch('exports.handler = async () => process.pid;');
    const { value: pid } = await invoke(environment);
    process.kill(pid as number, 'SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, 50));
    const next = await invoke(environment);
    expect(next).toMatchObject({ kind: 'response', initDurationMs: undefined });
    expect(next.value).not.toBe(pid);
    await environment.stop();
    expect(house.bound.has(environment.id)).toBe(false);
    expect(environment.healthy).toBe(false);
  });

  test('an event that a process which has just ended never read goes to the next one, once', async () => {
    const environment = await house.launch(
      'exports.handler = async () => { console.log("ran"); return process.pid; };',
    );
    let { value: pid } = await invoke(environment);
    for (let round = 0; round < 3; round += 1) {
      process.kill(pid as number, 'SIGKILL');
      const { value, requestId } = await invoke(environment);
      expect(value).not.toBe(pid);
      expect(value).toEqual(expect.any(Number));
      pid = value;
      await eventually(() => log().includes(`REPORT RequestId: ${requestId}`));
      expect(log().split(`START RequestId: ${requestId}`)).toHaveLength(2);
      expect(log().split(`${requestId}\tINFO\tran`)).toHaveLength(2);
    }
  });

  test('memory over the limit ends the process', async () => {
    const environment = await house.launch(
      `const kept = [];
       exports.handler = async () => { for (;;) { kept.push(Buffer.alloc(8e6, 1)); await new Promise((r) => setTimeout(r, 5)); } };`,
      { memorySizeMb: 128, timeoutMs: 10_000 },
    );
    const { requestId, value } = await invoke(environment);
    expect(value).toEqual({
      errorType: 'Runtime.OutOfMemory',
      errorMessage: `RequestId: ${requestId} Error: Runtime exited with error: signal: killed`,
    });
    await reported();
    expect(log()).toMatch(/Max Memory Used: 128 MB.*\tStatus: error\tError Type: Runtime.OutOfMemory\n/);
  });

  test('many run side by side', async () => {
    const code = 'exports.handler = async () => { await new Promise((r) => setTimeout(r, 400)); return process.pid; };';
    const spec = await house.spec(code);
    const environments = await Promise.all([1, 2, 3, 4].map(() => house.launcher.launch(spec)));
    const startedAt = performance.now();
    const pids = await Promise.all(environments.map(async (environment) => (await invoke(environment)).value));
    // One after the other they would take four times 400 ms.
    expect(performance.now() - startedAt).toBeLessThan(1600);
    expect(new Set(pids).size).toBe(4);
  });
});

describe('an environment that cannot be started', () => {
  test.each<[string, (sandbox: Sandbox) => Sandbox]>([
    ['its sandbox', (sandbox) => ({ ...sandbox, prepare: async () => Promise.reject(new Error('disk full')) })],
    [
      'its process',
      (sandbox) => ({
        ...sandbox,
        prepare: async (spec) => ({
          ...(await sandbox.prepare(spec)),
          spawn: () => {
            throw new Error('disk full');
          },
        }),
      }),
    ],
  ])('for want of %s leaves nothing behind, and the next one can', async (_, spoil) => {
    let spoiled = true;
    const poor = await startTestLauncher({
      parallelInits: 1,
      holdBy: async (runtimeDirectory) => {
        const sandbox = plainSandbox(runtimeDirectory);
        return { ...sandbox, prepare: (spec) => (spoiled ? spoil(sandbox) : sandbox).prepare(spec) };
      },
    });
    try {
      const spec = await poor.spec('exports.handler = async () => 1;');
      await expect(poor.launcher.launch(spec)).rejects.toThrow('disk full');
      expect(poor.bound.size).toBe(0);
      spoiled = false;
      expect((await invoke(await poor.launcher.launch(spec))).value).toBe(1);
    } finally {
      await poor.stop();
    }
  });
});

describe('the init phase', () => {
  test.each([
    ['a module that is not there', { 'other.js': '' }, 'Runtime.ImportModuleError', /Cannot find module 'index'/],
    [
      'a dependency that is not there',
      'require("nowhere");',
      'Runtime.ImportModuleError',
      /Cannot find module 'nowhere'/,
    ],
    ['no such export', 'exports.other = 1;', 'Runtime.HandlerNotFound', /index.handler is undefined or not exported/],
    ['code that does not parse', 'exports.handler = async ( => {};', 'Runtime.UserCodeSyntaxError', /SyntaxError: /],
    // Lambda logs by name only what the runtime itself has a name for.
    ['an error at the top', 'throw new TypeError("no table");', 'Runtime.Unknown', /no table/],
    [
      'a callback handler',
      'exports.handler = (e, c, done) => done();',
      'Runtime.CallbackHandlerDeprecated',
      /callback/,
    ],
  ])('%s is the first invocation’s error', async (_, files, errorType, message) => {
    const environment = await house.launch(files);
    expect(environment.healthy).toBe(true);
    const outcome = await invoke(environment);
    expect(outcome).toMatchObject({ kind: 'error', errorType });
    expect((outcome.value as { errorMessage: string }).errorMessage).toMatch(message);
    await reported();
    expect(log()).toMatch(
      /^INIT_START Runtime Version: nodejs:24\.v1\tRuntime Version ARN: arn:aws:lambda:us-east-1::/,
    );
    expect(log()).toMatch(
      new RegExp(`INIT_REPORT Init Duration: [\\d.]+ ms\tPhase: init\tStatus: error\tError Type: ${errorType}\n`),
    );
  });

  test('process.exit at the top is Runtime.ExitError', async () => {
    const environment = await house.launch('process.exit(7);');
    const { requestId, value } = await invoke(environment);
    expect(value).toEqual({
      errorType: 'Runtime.ExitError',
      errorMessage: `RequestId: ${requestId} Error: Runtime exited with error: exit status 7`,
    });
  });

  test('that overruns is repeated inside the first invocation', async () => {
    const hasty = await startTestLauncher({ initTimeoutMs: 250 });
    try {
      const environment = await hasty.launch(`
        const end = Date.now() + 400; while (Date.now() < end);
        exports.handler = async () => 'late';
      `);
      const outcome = await invoke(environment);
      expect(outcome.value).toBe('late');
      expect(outcome.durationMs).toBeGreaterThan(400);
      await eventually(() => hasty.messages.join('').includes('REPORT RequestId'));
      expect(hasty.messages.join('')).toMatch(
        /INIT_REPORT Init Duration: [23]\d\d\.\d\d ms\tPhase: init\tStatus: timeout\n/,
      );
      expect((await invoke(environment)).value).toBe('late');
    } finally {
      await hasty.stop();
    }
  });

  test('that overruns the function’s own time-out too is a time-out', async () => {
    const hasty = await startTestLauncher({ initTimeoutMs: 150 });
    try {
      const environment = await hasty.launch('for (;;);', { timeoutMs: 200 });
      expect(await invoke(environment)).toMatchObject({ errorType: 'Sandbox.Timedout' });
      await eventually(() => hasty.messages.join('').includes('REPORT RequestId'));
      expect(hasty.messages.join('')).toMatch(/Phase: invoke\tStatus: timeout\n/);
    } finally {
      await hasty.stop();
    }
  });
});

test('stopped in the middle of an invocation, it answers, and nobody waits for ever', async () => {
  const environment = await house.launch('exports.handler = () => new Promise(() => setInterval(() => {}, 1000));');
  const answer = invoke(environment);
  await eventually(() => log().includes('START RequestId'));
  await environment.stop();
  expect(await answer).toMatchObject({ kind: 'error', errorType: 'Runtime.ExitError' });
  expect(environment.healthy).toBe(false);
});

describe('the log', () => {
  test('has START, the console’s records whole, END and REPORT, in this order', async () => {
    const environment = await house.launch(`
      exports.handler = async () => {
        console.log('line one\\nline two %s', 'ü');
        process.stdout.write('raw\\nhalf');
        process.stderr.write(' err\\n');
        console.error(new Error('seen'));
        return 1;
      };
    `);
    const { requestId } = await invoke(environment);
    await reported();
    const [initStart, ...messages] = house.messages;
    expect(initStart).toMatch(/^INIT_START /);
    expect(messages[0]).toBe(`START RequestId: ${requestId} Version: $LATEST\n`);
    expect(messages).toContainEqual(
      expect.stringMatching(new RegExp(`^[\\d-]+T[\\d:.]+Z\t${requestId}\tINFO\tline one\nline two ü\n$`)),
    );
    expect(messages).toContainEqual(expect.stringMatching(/\tERROR\tError: seen\n {4}at /));
    expect(messages).toEqual(expect.arrayContaining(['raw\n', ' err\n']));
    expect(messages.at(-2)).toBe(`END RequestId: ${requestId}\n`);
    expect(messages.at(-1)).toMatch(
      new RegExp(
        `^REPORT RequestId: ${requestId}\tDuration: [\\d.]+ ms\tBilled Duration: \\d+ ms\tMemory Size: 256 MB\tMax Memory Used: \\d+ MB\tInit Duration: [\\d.]+ ms\t\n$`,
      ),
    );
    const memory = Number(/Max Memory Used: (\d+)/.exec(log())?.[1]);
    expect(memory).toBeGreaterThan(20);
    expect(house.sources.at(-1)).toMatchObject({ logGroup: '/aws/lambda/hello', label: 'Hello' });
  });

  test('names the trace when the request is sampled', async () => {
    const environment = await house.launch('exports.handler = async () => 1;');
    await invoke(
      environment,
      {},
      { traceHeader: 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1' },
    );
    await reported();
    expect(log()).toContain(
      '\nXRAY TraceId: 1-5759e988-bd862e3fe1be46a994272793\tSegmentId: 53995c3f42cd8ad8\tSampled: true\t\n',
    );
  });

  test('what was logged right before a crash is not lost', async () => {
    const environment = await house.launch(
      `exports.handler = async () => { console.log('x'.repeat(900_000)); console.log('last words'); process.kill(process.pid, 'SIGKILL'); };`,
    );
    await invoke(environment);
    await reported();
    expect(log()).toContain('\tINFO\tlast words\n');
  });

  test('as JSON has platform events and records', async () => {
    const environment = await house.launch(
      `exports.handler = async () => { console.log({ ticket: 7 }); console.debug('hidden'); return 1; };`,
      { logFormat: 'JSON' },
    );
    const { requestId } = await invoke(environment);
    await eventually(() => log().includes('platform.report'));
    const events = house.messages.map((message) => JSON.parse(message));
    expect(events.map((event) => event.type ?? event.level)).toEqual([
      'platform.initStart',
      'platform.start',
      'INFO',
      'platform.report',
    ]);
    expect(events[2]).toMatchObject({ requestId, message: { ticket: 7 } });
    expect(events[3].record).toMatchObject({
      requestId,
      status: 'success',
      metrics: { memorySizeMB: 256, maxMemoryUsedMB: expect.any(Number), initDurationMs: expect.any(Number) },
    });
  });

  test('its tail comes with the outcome when asked for', async () => {
    const environment = await house.launch(`exports.handler = async () => { console.log('hello tail'); };`);
    const { logTail, requestId } = await invoke(environment, {}, { wantsLogTail: true });
    expect(logTail).toMatch(
      new RegExp(`^START RequestId: ${requestId}[^]*\thello tail\nEND RequestId: ${requestId}\nREPORT `),
    );
    expect((await invoke(environment)).logTail).toBeUndefined();
  });
});

describe('nodejs22.x', () => {
  const on22 = (files: Parameters<TestLauncher['launch']>[0], overrides = {}) =>
    house.launch(files, { runtime: 'nodejs22.x', ...overrides });

  test('takes callback handlers, and waits for the event loop', async () => {
    const environment = await on22(`
      exports.handler = (event, context, callback) => {
        let late = false;
        setTimeout(() => { late = true; }, 50);
        context.callbackWaitsForEmptyEventLoop = event.wait;
        callback(event.fail ? new RangeError(event.fail) : null, { get late() { return late; }, handler: process.env._HANDLER });
      };
    `);
    expect((await invoke(environment, { wait: true })).value).toEqual({ late: true, handler: 'index.handler' });
    expect((await invoke(environment, { wait: false })).value).toMatchObject({ late: false });
    expect(await invoke(environment, { wait: false, fail: 'no' })).toMatchObject({ errorType: 'RangeError' });
    expect(environment.healthy).toBe(true);
  });

  test('takes async handlers of all kinds of modules in folders, and has nothing of the adapter to show', async () => {
    const environment = await on22(
      {
        'src/app.mjs':
          'export const api = { get: async (event, context) => [process.env.AWS_EXECUTION_ENV, Object.keys(context).includes("done"), Object.getOwnPropertySymbols(globalThis).map(String).filter((s) => s.includes("sampan"))] };',
      },
      { handler: 'src/app.api.get' },
    );
    expect((await invoke(environment)).value).toEqual(['AWS_Lambda_nodejs22.x', false, []]);
  });

  test.each([
    ['a module that is not there', { 'other.js': '' }, 'Runtime.ImportModuleError'],
    ['no such export', 'exports.other = 1;', 'Runtime.HandlerNotFound'],
    ['code that does not parse', 'exports.handler = async ( => {};', 'Runtime.UserCodeSyntaxError'],
  ])('%s is the error it is on 24', async (_, files, errorType) => {
    expect(await invoke(await on22(files))).toMatchObject({ errorType });
  });

  test('streams', async () => {
    const environment = await on22(
      'exports.handler = awslambda.streamifyResponse(async (event, stream, context) => { stream.write("a"); stream.end("b"); });',
    );
    const call = { requestId: 'r-1', payload: '{}', traceHeader: '', invokedFunctionArn: 'arn' };
    expect(await environment.invoke(call)).toMatchObject({ kind: 'response', payload: 'ab' });
  });
});

describe('what the process is given', () => {
  test('exactly Lambda’s variables and the function’s own', async () => {
    const environment = await house.launch('exports.handler = async () => process.env;', {
      environment: { TABLE: 'tickets', AWS_ENDPOINT_URL: '', LANG: 'C.UTF-8' },
    });
    const { value } = await invoke(environment);
    expect(Object.keys(value as object).toSorted()).toEqual([
      'AWS_ACCESS_KEY_ID',
      'AWS_DEFAULT_REGION',
      'AWS_ENDPOINT_URL',
      'AWS_EXECUTION_ENV',
      'AWS_LAMBDA_FUNCTION_MEMORY_SIZE',
      'AWS_LAMBDA_FUNCTION_NAME',
      'AWS_LAMBDA_FUNCTION_VERSION',
      'AWS_LAMBDA_INITIALIZATION_TYPE',
      'AWS_LAMBDA_LOG_GROUP_NAME',
      'AWS_LAMBDA_LOG_STREAM_NAME',
      'AWS_LAMBDA_RUNTIME_API',
      'AWS_REGION',
      'AWS_SECRET_ACCESS_KEY',
      'AWS_SESSION_TOKEN',
      'AWS_XRAY_CONTEXT_MISSING',
      'AWS_XRAY_DAEMON_ADDRESS',
      'LAMBDA_RUNTIME_DIR',
      'LAMBDA_TASK_ROOT',
      'LANG',
      'LD_LIBRARY_PATH',
      'NODE_PATH',
      'PATH',
      'TABLE',
      'TZ',
      '_AWS_XRAY_DAEMON_ADDRESS',
      '_AWS_XRAY_DAEMON_PORT',
      '_HANDLER',
      '_X_AMZN_TRACE_ID',
    ]);
    expect(value).toMatchObject({
      AWS_ENDPOINT_URL: 'http://127.0.0.1:4566',
      AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
      LANG: 'C.UTF-8',
      TABLE: 'tickets',
      TZ: ':UTC',
      _HANDLER: 'index.handler',
    });
  });

  test('a function’s own endpoint wins', async () => {
    const environment = await house.launch('exports.handler = async () => process.env.AWS_ENDPOINT_URL;', {
      environment: { AWS_ENDPOINT_URL: 'http://example.test' },
    });
    expect((await invoke(environment)).value).toBe('http://example.test');
  });

  test('modules of layers by NODE_PATH, no require(esm), and NODE_OPTIONS may bring that back', async () => {
    const layer = await house.spec({ 'nodejs/node_modules/shared/index.js': 'exports.name = "shared";' });
    const files = {
      'index.js': `
        let esm; try { esm = require('./module.mjs').value; } catch (error) { esm = error.code; }
        exports.handler = async () => [require('shared').name, esm, process.cwd() === process.env.LAMBDA_TASK_ROOT];`,
      'module.mjs': 'export const value = 42;',
    };
    const layerDirectories = [layer.codeDirectory];
    const plain = await house.launch(files, { layerDirectories });
    expect((await invoke(plain)).value).toEqual(['shared', 'ERR_REQUIRE_ESM', true]);
    const asked = await house.launch(files, {
      layerDirectories,
      environment: { NODE_OPTIONS: '--experimental-require-module' },
    });
    expect((await invoke(asked)).value).toEqual(['shared', 42, true]);
  });

  test('nothing of ours shows: the loader is Node’s own, workers and forks start as anywhere', async () => {
    const environment = await house.launch({
      'index.js': `
        const { Module } = require('node:module');
        const { Worker } = require('node:worker_threads');
        const { fork } = require('node:child_process');
        const exit = (thing) => new Promise((resolve) => thing.on('exit', resolve));
        exports.handler = async () => ({
          loader: Module._load.toString().includes('rapid'),
          own: Object.keys(process.env).filter((name) => name.startsWith('SAMPAN')),
          worker: await exit(new Worker('process.exit(5)', { eval: true })),
          fork: await exit(fork(__dirname + '/child.js')),
        });`,
      'child.js': 'process.exit(6);',
    });
    expect((await invoke(environment)).value).toEqual({ loader: false, own: [], worker: 5, fork: 6 });
  });

  test('ES modules are handlers too', async () => {
    const environment = await house.launch({
      'index.mjs': 'export const handler = async () => import.meta.url.slice(-9);',
    });
    expect((await invoke(environment)).value).toBe('index.mjs');
  });
});

describe('the Runtime API over HTTP', () => {
  test('takes streamed responses', async () => {
    const environment = await house.launch(`
      exports.handler = awslambda.streamifyResponse(async (event, stream) => {
        for (let i = 0; i < 3; i += 1) { stream.write('part ' + i + ' '); await new Promise((r) => setTimeout(r, 5)); }
        stream.end('end');
      });
    `);
    const call = { requestId: 'r-1', payload: '{}', traceHeader: '', invokedFunctionArn: 'arn' };
    expect(await environment.invoke(call)).toMatchObject({ kind: 'response', payload: 'part 0 part 1 part 2 end' });
    expect(await environment.invoke({ ...call, requestId: 'r-2' })).toMatchObject({ kind: 'response' });
  });

  test('a stream that fails half-way is a function error', async () => {
    const environment = await house.launch(`
      exports.handler = awslambda.streamifyResponse(async (event, stream) => { stream.write('x'); throw new RangeError('broken'); });
    `);
    const outcome = await invoke(environment);
    expect(outcome).toMatchObject({ kind: 'error', errorType: 'RangeError', value: { errorMessage: 'broken' } });
  });

  test('serves a runtime that speaks nothing else', async () => {
    // The function's own init takes over the process and never gives it back to AWS's client.
    const environment = await house.launch({
      'index.mjs': `
        const api = 'http://' + process.env.AWS_LAMBDA_RUNTIME_API + '/2018-06-01/runtime';
        for (;;) {
          const next = await fetch(api + '/invocation/next');
          const id = next.headers.get('lambda-runtime-aws-request-id');
          const event = await next.json();
          const wrong = await fetch(api + '/invocation/nobody/response', { method: 'POST', body: '1' });
          const verb = event.fail ? 'error' : 'response';
          const body = event.fail
            ? { errorType: 'Custom.Failure', errorMessage: 'as asked' }
            : { id, wrong: wrong.status, deadline: Number(next.headers.get('lambda-runtime-deadline-ms')) > Date.now() };
          await fetch(api + '/invocation/' + id + '/' + verb, { method: 'POST', body: JSON.stringify(body) });
        }`,
    });
    const first = await invoke(environment);
    expect(first.value).toEqual({ id: first.requestId, wrong: 400, deadline: true });
    expect(await invoke(environment, { fail: true })).toMatchObject({ kind: 'error', errorType: 'Custom.Failure' });
    expect(await invoke(environment)).toMatchObject({ kind: 'response' });
  });
});
