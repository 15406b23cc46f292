/**
 * What callers get and logs say when a function fails.
 * https://docs.aws.amazon.com/lambda/latest/dg/nodejs-exceptions.html
 * https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-invoke-with-errors
 */
import { expect, jest, test } from '@jest/globals';
import { functions, onBothTransports } from '../house.ts';

jest.setTimeout(20_000);

const FUNCTIONS = functions({
  throwing: `
    class TicketClosed extends Error { name = 'TicketClosed'; }
    exports.handler = async (event) => { if (event.fail) throw new TicketClosed('no more'); return 'fine'; };`,
  throwingNothing: `exports.handler = async () => { throw undefined; };`,
  unspeakable: `exports.handler = async ({ what }) =>
    ({ function: () => 1, symbol: Symbol('x'), bigint: 1n, circular: globalThis, text: 'fine' })[what];`,
  rejecting: `exports.handler = () => new Promise(() => { Promise.reject(new Error('lost')); setTimeout(() => {}, 5000); });`,
  exiting: `exports.handler = ({ how }) => new Promise((resolve) => {
    if (how === 'ok') resolve('fine');
    else if (how === 'signal') process.kill(process.pid, 'SIGSEGV');
    else if (how === 'nothing left') return;
    else process.exit(how);
  });`,
  slow: { Timeout: 1, code: `exports.handler = async () => { console.log('working'); for (;;); };` },
  hungry: {
    MemorySize: 128,
    Timeout: 20,
    code: `const kept = []; exports.handler = async ({ eat }) => { while (eat) { kept.push(Buffer.alloc(8e6, 1)); await new Promise((r) => setTimeout(r, 2)); } return 'full'; };`,
  },
  verbose: `exports.handler = async ({ bytes }) => 'x'.repeat(bytes - 2);`,
  missing: { code: { 'other.js': '' } },
  dependent: 'require("nowhere"); exports.handler = async () => 1;',
  unexported: 'exports.other = 1;',
  unparsable: 'exports.handler = async ( => {};',
  malformed: { Handler: 'index', code: 'exports.handler = async () => 1;' },
  callback: 'exports.handler = (event, context, done) => done();',
  topLevel: 'throw new TypeError("no table");',
  exitingEarly: 'process.exit(7);',
});

onBothTransports('a function that fails', FUNCTIONS, (house) => {
  test('by an error of its handler: type, message and trace, and the environment goes on', async () => {
    const failed = await house().invoke('throwing', { fail: true });
    expect(failed).toMatchObject({ statusCode: 200, functionError: 'Unhandled' });
    expect(failed.value).toMatchObject({ errorType: 'TicketClosed', errorMessage: 'no more' });
    expect(failed.value.trace[0]).toBe('TicketClosed: no more');
    expect((await house().invoke('throwing')).value).toBe('fine');
    const log = await house().log('throwing', /REPORT[\s\S]*REPORT/);
    expect(log).toContain('\tERROR\tInvoke Error \t{"errorType":"TicketClosed","errorMessage":"no more"');
    expect(log.match(/INIT_START/g)).toHaveLength(1);
  });

  test('by throwing nothing at all', async () => {
    const { functionError } = await house().invoke('throwingNothing');
    expect(functionError).toBe('Unhandled');
  });

  test("by an answer that JSON has no form for, as AWS's own runtime says it, and the environment goes on", async () => {
    // Of a function or a symbol `JSON.stringify` makes nothing; the native client refuses what is no string.
    for (const what of ['function', 'symbol']) {
      const { functionError, value } = await house().invoke('unspeakable', { what });
      expect(functionError).toBe('Unhandled');
      expect(value).toMatchObject({ errorType: 'TypeError', errorMessage: 'Wrong arguments' });
    }
    for (const what of ['bigint', 'circular']) {
      const { functionError, value } = await house().invoke('unspeakable', { what });
      expect(functionError).toBe('Unhandled');
      expect(value.errorMessage).toBe('Unable to stringify response body');
    }
    expect((await house().invoke('unspeakable', { what: 'text' })).value).toBe('fine');
    expect((await house().log('unspeakable')).match(/INIT_START/g)).toHaveLength(1);
  });

  test('by a rejection nobody handles: Runtime.ExitError', async () => {
    const { value, functionError } = await house().invoke('rejecting');
    expect(functionError).toBe('Unhandled');
    expect(value).toEqual({
      errorType: 'Runtime.ExitError',
      errorMessage: expect.stringMatching(/^RequestId: \S{36} Error: Runtime exited with error: exit status 1$/),
    });
    const log = await house().log('rejecting', /REPORT/);
    expect(log).toContain('Error: lost');
    expect(log).toMatch(
      /RequestId: \S{36} Error: Runtime exited with error: exit status 1\nRuntime\.ExitError\nEND RequestId: /,
    );
    expect(log).toMatch(/\tStatus: error\tError Type: Runtime\.ExitError\n/);
  });

  test.each([
    [3, 'Runtime exited with error: exit status 3'],
    [0, 'Runtime exited without providing a reason'],
    ['signal', 'Runtime exited with error: signal: segmentation fault'],
    ['nothing left', 'Runtime exited without providing a reason'],
  ])('by the end of its process (%s), and the next invocation succeeds', async (how, reason) => {
    const { value } = await house().invoke('exiting', { how });
    expect(value.errorType).toBe('Runtime.ExitError');
    expect(value.errorMessage).toMatch(new RegExp(`^RequestId: \\S{36} Error: ${reason}$`));
    expect((await house().invoke('exiting', { how: 'ok' })).value).toBe('fine');
  });

  test('by taking too long: Sandbox.Timedout', async () => {
    const { value } = await house().invoke('slow');
    expect(value).toEqual({
      errorType: 'Sandbox.Timedout',
      errorMessage: expect.stringMatching(/^RequestId: \S{36} Error: Task timed out after 1\.00 seconds$/),
    });
    const log = await house().log('slow', /REPORT/);
    expect(log).toContain('\tINFO\tworking');
    expect(log).toMatch(/Z \S{36} Task timed out after 1\.00 seconds\n\nEND RequestId/);
    expect(log).toMatch(/\tDuration: 1000\.00 ms\tBilled Duration: \d+ ms.*\tStatus: timeout\n/);
  });

  test('by using more memory than it has: Runtime.OutOfMemory', async () => {
    const { value } = await house().invoke('hungry', { eat: true });
    expect(value).toEqual({
      errorType: 'Runtime.OutOfMemory',
      errorMessage: expect.stringMatching(/^RequestId: \S{36} Error: Runtime exited with error: signal: killed$/),
    });
    expect(await house().log('hungry', /REPORT/)).toMatch(
      /Max Memory Used: 128 MB.*\tStatus: error\tError Type: Runtime\.OutOfMemory\n/,
    );
    expect((await house().invoke('hungry')).value).toBe('full');
  });

  test('by answering more than 6 MB: Function.ResponseSizeTooLarge, and one byte less is fine', async () => {
    expect((await house().invoke('verbose', { bytes: 6_291_556 })).payload).toHaveLength(6_291_556);
    const { value, functionError } = await house().invoke('verbose', { bytes: 6_291_557 });
    expect(functionError).toBe('Unhandled');
    expect(value).toEqual({
      errorType: 'Function.ResponseSizeTooLarge',
      errorMessage: 'Response payload size exceeded maximum allowed payload size (6291556 bytes).',
    });
    expect((await house().invoke('verbose', { bytes: 3 })).value).toBe('x');
  });

  test.each([
    ['missing', 'Runtime.ImportModuleError', /Cannot find module 'index'/],
    ['dependent', 'Runtime.ImportModuleError', /Cannot find module 'nowhere'/],
    ['unexported', 'Runtime.HandlerNotFound', /index\.handler is undefined or not exported/],
    ['unparsable', 'Runtime.UserCodeSyntaxError', /SyntaxError: /],
    ['malformed', 'Runtime.MalformedHandlerName', /Bad handler/],
    ['callback', 'Runtime.CallbackHandlerDeprecated', /callback/],
  ])('in its init phase (%s): %s, tried again in the invocation', async (name, errorType, message) => {
    const { value, functionError } = await house().invoke(name);
    expect(functionError).toBe('Unhandled');
    expect(value).toMatchObject({ errorType, errorMessage: expect.stringMatching(message), trace: expect.any(Array) });
    const log = await house().log(name, /REPORT RequestId[\s\S]*\n/);
    const report = (phase: string) =>
      `INIT_REPORT Init Duration: [\\d.]+ ms\tPhase: ${phase}\tStatus: error\tError Type: ${errorType}\n`;
    expect(log).toMatch(
      new RegExp(`INIT_START [\\s\\S]*${report('init')}[\\s\\S]*${report('invoke')}START [\\s\\S]*END `),
    );
    expect(log).toMatch(new RegExp(`REPORT RequestId.*\tStatus: error\tError Type: ${errorType}\n`));
  });

  test('in its init phase by an error of its own: the caller gets it, the log knows no name for it', async () => {
    const { value } = await house().invoke('topLevel');
    expect(value).toMatchObject({ errorType: 'TypeError', errorMessage: 'no table' });
    const log = await house().log('topLevel', /REPORT RequestId/);
    expect(log).toMatch(/Phase: init\tStatus: error\tError Type: Runtime\.Unknown\n/);
  });

  test('in its init phase by ending: Runtime.ExitError', async () => {
    const { value } = await house().invoke('exitingEarly');
    expect(value.errorType).toBe('Runtime.ExitError');
    expect(value.errorMessage).toMatch(/^RequestId: \S{36} Error: Runtime exited with error: exit status 7$/);
    expect(await house().log('exitingEarly', /REPORT RequestId/)).toMatch(
      /Phase: invoke\tStatus: error\tError Type: Runtime\.ExitError\nSTART [\s\S]*Error: Runtime exited with error: exit status 7\nRuntime\.ExitError\nEND /,
    );
  });
});
