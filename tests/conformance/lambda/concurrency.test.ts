/**
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
 * https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors
 */
import { Agent } from 'node:http';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { describe, expect, test } from '@jest/globals';
import { eventually, functions, inHouse } from '../house.ts';

const HOLDS = `exports.handler = async ({ ms = 0 }) => new Promise((resolve) => setTimeout(resolve, ms, 'held'));`;

const house = inHouse({
  ...functions({
    closed: { code: HOLDS, ReservedConcurrentExecutions: 0 },
    one: { code: HOLDS, ReservedConcurrentExecutions: 1 },
    quick: { code: HOLDS, ReservedConcurrentExecutions: 2 },
    shared: { code: HOLDS, Timeout: 60 },
    other: HOLDS,
  }),
  lambda: { accountConcurrency: 105 },
});

const CLIENT = {
  region: 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  maxAttempts: 1,
};

const throttled = (Reason: string) => expect.objectContaining({ name: 'TooManyRequestsException', Reason });
const reserved = throttled('ReservedFunctionConcurrentInvocationLimitExceeded');

/** More than that many are never run at once here; the others wait, and count. */
const HELD = 32;

/** So many at once, by connections of their own: the SDK's client has fifty. */
async function atOnce(name: string, n: number, ms: number) {
  const client = new LambdaClient({
    ...CLIENT,
    endpoint: house().endpoint,
    requestHandler: { httpAgent: new Agent({ maxSockets: n, keepAlive: true }) },
  });
  const all = await Promise.all(
    Array.from({ length: n }, async (_, i) => {
      const Payload = JSON.stringify({ ms: i < HELD ? ms : 0 });
      return client.send(new InvokeCommand({ FunctionName: name, Payload })).then(
        () => [200, 'none'] as const,
        ({ $metadata, Reason = 'none' }) => [$metadata.httpStatusCode as number, Reason as string] as const,
      );
    }),
  );
  client.destroy();
  const refused = all.filter(([status]) => status === 429);
  return { answered: n - refused.length, reasons: [...new Set(refused.map(([, reason]) => reason))] };
}

describe('concurrency', () => {
  test('a function with a reservation of none is throttled, in the very words of Lambda', async () => {
    await expect(house().invoke('closed')).rejects.toMatchObject({
      name: 'TooManyRequestsException',
      $metadata: { httpStatusCode: 429 },
      Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded',
      Type: 'User',
      message: 'Rate Exceeded.',
    });
    await eventually(() =>
      house()
        .metric('AWS/Lambda', 'Throttles', { FunctionName: 'closed' })
        .some(({ sum }) => sum === 1),
    );
    expect(house().metric('AWS/Lambda', 'Invocations', { FunctionName: 'closed' })).toEqual([]);
  });

  test('a reservation is a limit, and counts requests in hand', async () => {
    expect(await atOnce('one', 5, 300)).toEqual({
      answered: 1,
      reasons: ['ReservedFunctionConcurrentInvocationLimitExceeded'],
    });
    await expect(house().invoke('one')).resolves.toMatchObject({ value: 'held' });
    const first = house().invoke('one', { ms: 300 });
    await new Promise((resolve) => setTimeout(resolve, 100));
    await expect(house().invoke('one')).rejects.toEqual(reserved);
    await first;
  });

  test('functions without a reservation share what is left of the account', async () => {
    // 105 of the account less 1 and 2 that are reserved.
    const atWork = () =>
      house()
        .metric('AWS/Lambda', 'UnreservedConcurrentExecutions', {})
        .some(({ maximum }) => maximum === 102);
    const allIn = async (many: Promise<unknown>) => {
      let over = false;
      void many.then(() => {
        over = true;
      });
      await eventually(() => over || atWork(), 60_000);
      return atWork();
    };
    // All are in hand, the first still held: for longer where it takes longer until all have come.
    let many = atOnce('shared', 102, 3_000);
    if (!(await allIn(many))) {
      many = atOnce('shared', 102, 20_000);
      expect(await allIn(many)).toBe(true);
    }
    await expect(house().invoke('other')).rejects.toEqual(throttled('ConcurrentInvocationLimitExceeded'));
    // A reservation is nobody else's.
    await expect(house().invoke('one')).resolves.toMatchObject({ value: 'held' });
    expect(await many).toEqual({ answered: 102, reasons: [] });
    await expect(house().invoke('other')).resolves.toMatchObject({ value: 'held' });
  }, 120_000);

  test('ten requests a second for each reserved concurrency, however short they are', async () => {
    await house().invoke('quick');
    const reasons = new Set<string>();
    let retryAfter: string | undefined;
    const end = performance.now() + 12_000;
    while (performance.now() < end && reasons.size === 0) {
      await house()
        .invoke('quick')
        .catch((error) => {
          reasons.add(error.Reason);
          retryAfter = error.retryAfterSeconds;
        });
    }
    expect([...reasons]).toEqual(['ReservedFunctionInvocationRateLimitExceeded']);
    expect(retryAfter).toBe('1');
  });
});
