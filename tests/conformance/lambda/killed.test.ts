/**
 * A function's process that is killed from outside, by kill -9.
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-invoke-with-errors
 */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, jest, test } from '@jest/globals';
import { eventually, functions, onBothTransports } from '../house.ts';

jest.setTimeout(20_000);

const CODE = `exports.handler = async ({ ms = 0, n }) => {
  console.log('in', process.env.AWS_LAMBDA_LOG_STREAM_NAME);
  await new Promise((resolve) => setTimeout(resolve, ms));
  return n;
};`;

const FUNCTIONS = functions({ victim: { Timeout: 20, code: CODE }, neighbour: CODE, idle: CODE });

/** The runtime's process of the environment with that log stream, as this machine counts. */
function processOf(logStream: string): number | undefined {
  for (const id of readdirSync('/proc')) {
    if (!/^\d+$/.test(id)) continue;
    try {
      if (!readFileSync(`/proc/${id}/cmdline`, 'latin1').includes('aws-lambda-ric.mjs')) continue;
      const variables = readFileSync(`/proc/${id}/environ`, 'utf8').split('\0');
      const isNode = readFileSync(`/proc/${id}/cmdline`, 'latin1').split('\0')[0]?.endsWith('node');
      if (isNode && variables.includes(`AWS_LAMBDA_LOG_STREAM_NAME=${logStream}`)) return Number(id);
    } catch {
      // It has ended, or belongs to somebody else.
    }
  }
  return undefined;
}

const streamIn = (log: string): string => /\tINFO\tin (\S+)/.exec(log)?.[1] ?? '';

const onLinux = process.platform === 'linux' ? test : test.skip;

onBothTransports('a process that is killed', FUNCTIONS, (house) => {
  onLinux(
    'in the middle of a request: that request gets the error, all others succeed, and so does the next',
    async () => {
      const doomed = house().invoke('victim', { ms: 15_000 });
      const others = Promise.all(
        Array.from({ length: 20 }, async (_, n) => (await house().invoke('neighbour', { n, ms: 20 })).value as number),
      );
      const stream = streamIn(await house().log('victim', /\tINFO\tin /));
      await eventually(() => processOf(stream) !== undefined);
      process.kill(processOf(stream) as number, 'SIGKILL');
      const { value, functionError } = await doomed;
      expect(functionError).toBe('Unhandled');
      expect(value).toEqual({
        errorType: 'Runtime.ExitError',
        errorMessage: expect.stringMatching(/^RequestId: \S{36} Error: Runtime exited with error: signal: killed$/),
      });
      expect(await others).toEqual(Array.from({ length: 20 }, (_, n) => n));
      expect((await house().invoke('victim', { n: 'again' })).value).toBe('again');
    },
    20_000,
  );

  onLinux('while it is idle: nobody notices', async () => {
    expect((await house().invoke('idle', { n: 1 })).value).toBe(1);
    const stream = streamIn(await house().log('idle', /\tINFO\tin /));
    process.kill(processOf(stream) as number, 'SIGKILL');
    await eventually(() => processOf(stream) === undefined);
    expect((await house().invoke('idle', { n: 2 })).value).toBe(2);
    const log = await house().log('idle', /REPORT[\s\S]*REPORT/);
    expect(log.match(/INIT_START/g)).toHaveLength(1);
  });
});
