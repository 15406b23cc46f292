/**
 * What a function writes to stdout and stderr, and what becomes of it.
 * https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html
 */
import { expect, jest, test } from '@jest/globals';
import { functions, onBothTransports } from '../house.ts';

jest.setTimeout(20_000);

const FUNCTIONS = functions({
  partial: `exports.handler = async ({ what }) => { process.stdout.write(what); await new Promise((r) => setTimeout(r, 20)); return 1; };`,
  closing: `exports.handler = async () => { console.log('before'); require('node:fs').closeSync(1); require('node:fs').closeSync(2); return 'silent'; };`,
  loud: {
    Timeout: 20,
    code: `exports.handler = async ({ lines }) => {
      for (let i = 0; i < lines; i += 1) if (!process.stdout.write('line ' + i + ' ' + 'x'.repeat(1000) + '\\n')) await new Promise((r) => process.stdout.once('drain', r));
      return 'said it';
    };`,
  },
  dying: `exports.handler = async () => { process.stdout.write('whole\\nhalf'); console.error('last words'); process.kill(process.pid, 'SIGKILL'); };`,
});

onBothTransports('the output of a function', FUNCTIONS, (house) => {
  test('a line is an event as soon as it ends, however many invocations it takes', async () => {
    await house().invoke('partial', { what: 'one\ntwo ' });
    await house().invoke('partial', { what: 'halves\n' });
    await house().log('partial', /halves/);
    expect(house().messages('partial')).toEqual(expect.arrayContaining(['one\n', 'two halves\n']));
  });

  test('may be closed: the function goes on, and the next invocation too', async () => {
    expect((await house().invoke('closing')).value).toBe('silent');
    expect(await house().log('closing', /REPORT/)).toContain('before');
    expect((await house().invoke('partial', { what: '' })).value).toBe(1);
  });

  test('of 5 MB is all there, in order', async () => {
    expect((await house().invoke('loud', { lines: 5000 })).value).toBe('said it');
    await house().log('loud', /line 4999 /);
    const numbers = house()
      .messages('loud')
      .flatMap((message) => /^line (\d+) /.exec(message)?.[1] ?? []);
    expect(numbers).toEqual(Array.from({ length: 5000 }, (_, index) => String(index)));
  });

  test('right before a crash is not lost', async () => {
    await house().invoke('dying');
    const log = await house().log('dying', /REPORT/);
    expect(log).toContain('whole\n');
    expect(log).toContain('half');
    expect(log).toMatch(/\tERROR\tlast words[\s\S]*\nRuntime\.ExitError\nEND /);
  });
});
