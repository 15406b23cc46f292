/**
 * Asynchronous invocation.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async.html
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
 */
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { describe, expect, test } from '@jest/globals';
import { ManualClock } from '../../../local/kernel/manual-clock.ts';
import { eventually, functions, inHouse } from '../house.ts';

const ARN = (name: string) => `arn:aws:lambda:us-east-1:123456789012:function:${name}`;
const MINUTE = 60_000;
const clock = new ManualClock();

const PRINTS = `exports.handler = async (event) => console.log('GOT ' + JSON.stringify(event));`;
const FAILS = `exports.handler = async (event) => { console.log('RAN'); if (event.fail) throw new RangeError('too far'); return { fine: event }; };`;

const config = (onSuccess?: string, onFailure?: string, more: object = {}) => ({
  EventInvokeConfig: {
    ...more,
    DestinationConfig: {
      ...(onSuccess && { OnSuccess: { Type: 'Lambda', Destination: { 'Fn::GetAtt': [onSuccess, 'Arn'] } } }),
      ...(onFailure && { OnFailure: { Type: 'Lambda', Destination: { 'Fn::GetAtt': [onFailure, 'Arn'] } } }),
    },
  },
});

const house = inHouse({
  clock,
  ...functions({
    plain: PRINTS,
    successes: PRINTS,
    failures: PRINTS,
    retried: { code: FAILS, ...config('successes', 'failures') },
    twice: { code: FAILS, ...config(undefined, 'failures', { MaximumRetryAttempts: 1 }) },
    brief: { code: FAILS, ...config(undefined, 'failures', { MaximumEventAgeInSeconds: 60 }) },
    closed: { code: FAILS, ReservedConcurrentExecutions: 0, ...config(undefined, 'failures') },
    narrow: {
      code: `exports.handler = async ({ hold }) => { if (hold) await new Promise((resolve) => setTimeout(resolve, hold)); console.log('RAN'); };`,
      ReservedConcurrentExecutions: 1,
      ...config(undefined, 'failures', { MaximumEventAgeInSeconds: 60 }),
    },
    undeliverable: {
      code: FAILS,
      EventInvokeConfig: { MaximumRetryAttempts: 0 },
      DeadLetterQueue: { Type: 'SQS', TargetArn: 'arn:aws:sqs:us-east-1:123456789012:nowhere' },
    },
    slow: `exports.handler = async () => new Promise((resolve) => setTimeout(resolve, 2_000));`,
    gone: FAILS,
  }),
});

const send = (name: string, event: unknown = {}) =>
  house().lambda.send(
    new InvokeCommand({ FunctionName: name, InvocationType: 'Event', Payload: JSON.stringify(event) }),
  );
const count = (name: string, what: string) =>
  house()
    .messages(name)
    .filter((line) => line.includes(what)).length;
const runs = (name: string) => count(name, 'RAN');
/** Waits for a run, and for what it leads to. */
async function ran(name: string, times: number): Promise<void> {
  await eventually(() => runs(name) >= times, 10_000);
  await house().cloud.kernel.outbox.idle();
  expect(runs(name)).toBe(times);
}
// biome-ignore lint/suspicious/noExplicitAny: records as they came; the test says what it expects
function received(name: string): any[] {
  return house()
    .messages(name)
    .filter((line) => line.includes('GOT '))
    .map((line) => JSON.parse(line.slice(line.indexOf('GOT ') + 4)));
}
const sum = (name: string, metric: string) =>
  house()
    .metric('AWS/Lambda', metric, { FunctionName: name })
    .reduce((total, { sum: minute }) => total + minute, 0);

describe('asynchronous invocation', () => {
  test('is answered with 202, a request id and nothing else, before the function runs', async () => {
    const output = await send('plain', { hello: 'world' });
    expect(output.StatusCode).toBe(202);
    expect(output.Payload?.length ?? 0).toBe(0);
    expect(output.$metadata.requestId).toMatch(/^[0-9a-f-]{36}$/);
    await eventually(() => received('plain').length === 1);
    expect(received('plain')).toEqual([{ hello: 'world' }]);
    // The function runs under the very id the caller was told.
    expect(house().messages('plain').join('')).toContain(`START RequestId: ${output.$metadata.requestId}`);
    await eventually(() => sum('plain', 'AsyncEventsReceived') === 1);
  });

  test('a failing function is tried again after one and after two minutes, then its event goes to the destination', async () => {
    const { $metadata } = await send('retried', { fail: true });
    await ran('retried', 1);
    await clock.advance(MINUTE - 1);
    await ran('retried', 1);
    await clock.advance(1);
    await ran('retried', 2);
    await clock.advance(2 * MINUTE - 1);
    await ran('retried', 2);
    expect(received('failures')).toEqual([]);
    await clock.advance(1);
    await ran('retried', 3);
    await eventually(() => received('failures').length === 1);
    expect(received('failures')[0]).toEqual({
      version: '1.0',
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      requestContext: {
        requestId: $metadata.requestId,
        functionArn: `${ARN('retried')}:$LATEST`,
        condition: 'RetriesExhausted',
        approximateInvokeCount: 3,
      },
      requestPayload: { fail: true },
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
      responsePayload: {
        errorType: 'RangeError',
        errorMessage: 'too far',
        trace: expect.arrayContaining(['RangeError: too far']),
      },
    });
    await clock.advance(6 * 60 * MINUTE);
    expect(runs('retried')).toBe(3);
    await eventually(() => sum('retried', 'AsyncEventsDropped') === 1);
    // Each try tells how old the event was: nothing, one minute, three.
    await eventually(() => sum('retried', 'AsyncEventAge') >= 4 * MINUTE);
  });

  test('a success goes to its destination, once', async () => {
    await send('retried', { n: 1 });
    await eventually(() => received('successes').length === 1);
    expect(received('successes')[0]).toMatchObject({
      requestContext: { condition: 'Success', approximateInvokeCount: 1 },
      requestPayload: { n: 1 },
      responseContext: { statusCode: 200, executedVersion: '$LATEST' },
      responsePayload: { fine: { n: 1 } },
    });
    expect(received('successes')[0].responseContext).not.toHaveProperty('functionError');
  });

  test('retries and age are what the function says', async () => {
    const before = received('failures').length;
    await send('twice', { fail: true });
    await ran('twice', 1);
    await clock.advance(MINUTE);
    await ran('twice', 2);
    await send('brief', { fail: true });
    await ran('brief', 1);
    await clock.advance(MINUTE);
    await ran('brief', 2);
    await eventually(() => received('failures').length === before + 2);
    expect(
      received('failures')
        .slice(before)
        .map(({ requestContext }) => [requestContext.condition, requestContext.approximateInvokeCount]),
    ).toEqual([
      ['RetriesExhausted', 2],
      ['EventAgeExceeded', 2],
    ]);
  });

  test('without any concurrency an event goes to the destination at once', async () => {
    const before = received('failures').length;
    await send('closed', { n: 1 });
    await eventually(() => received('failures').length === before + 1);
    expect(received('failures').at(-1)).toEqual({
      version: '1.0',
      timestamp: expect.any(String),
      requestContext: expect.objectContaining({ condition: 'ZeroReservedConcurrency', approximateInvokeCount: 0 }),
      requestPayload: { n: 1 },
    });
    expect(runs('closed')).toBe(0);
  });

  test('a throttled event waits, one second and then longer, and does not count as a try', async () => {
    const held = house().invoke('narrow', { hold: 700 });
    await new Promise((resolve) => setTimeout(resolve, 100));
    await send('narrow');
    await house().cloud.kernel.outbox.idle();
    await clock.advance(1000);
    await house().cloud.kernel.outbox.idle();
    await held;
    expect(runs('narrow')).toBe(1);
    await clock.advance(1999);
    await ran('narrow', 1);
    await clock.advance(1);
    await ran('narrow', 2);
  });

  test('a dead-letter queue that cannot be reached is counted', async () => {
    await send('undeliverable', { fail: true });
    await ran('undeliverable', 1);
    for (const delay of [1000, 10_000, 60_000]) {
      await clock.advance(delay);
      await house().cloud.kernel.outbox.idle();
    }
    await eventually(() => sum('undeliverable', 'DeadLetterErrors') === 1);
  });

  test('two hundred events of a slow function delay no other function', async () => {
    const slow = Array.from({ length: 200 }, () => send('slow'));
    await Promise.all(slow);
    const before = received('plain').length;
    const startedAt = performance.now();
    await send('plain', { after: 'many' });
    await eventually(() => received('plain').length === before + 1, 10_000);
    // In one queue with them it would wait for at least a hundred times two seconds.
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  }, 30_000);
});
