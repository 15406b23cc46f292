/**
 * The metrics Lambda emits, and their dimensions.
 * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
 * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-view.html
 */
import {
  CreateAliasCommand,
  InvokeCommand,
  PublishVersionCommand,
  PutFunctionEventInvokeConfigCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { describe, expect, test } from '@jest/globals';
import { eventually, functions, type House, inHouse } from '../house.ts';

type Dimensions = Readonly<Record<string, string>>;

const house = inHouse(
  functions({
    counted: `exports.handler = async ({ fail, wait = 0 }) => { await new Promise((r) => setTimeout(r, wait)); if (fail) throw new Error('on purpose'); };`,
    closed: { code: 'exports.handler = async () => 1;', ReservedConcurrentExecutions: 0 },
    asked: `exports.handler = async ({ fail }) => { if (fail) throw new Error('on purpose'); };`,
    hot: {
      code: `exports.handler = async () => new Promise((r) => setTimeout(r, 100));`,
      AutoPublishAlias: 'live',
      ProvisionedConcurrencyConfig: { ProvisionedConcurrentExecutions: 1 },
    },
  }),
);

/** Over all minutes: how often, how much together, and the most at once. */
function total({ metric }: House, name: string, dimensions: Dimensions) {
  const minutes = metric('AWS/Lambda', name, dimensions);
  return {
    count: minutes.reduce((sum, minute) => sum + minute.count, 0),
    sum: minutes.reduce((sum, minute) => sum + minute.sum, 0),
    maximum: Math.max(...minutes.map((minute) => minute.maximum)),
  };
}

const counts = async (name: string, dimensions: Dimensions, count: number) =>
  eventually(() => total(house(), name, dimensions).count >= count);

describe('of an invocation', () => {
  const FunctionName = { FunctionName: 'counted' };

  test('Invocations, Errors and Duration, by function', async () => {
    await house().invoke('counted', { wait: 30 });
    await house().invoke('counted', { fail: true });
    await counts('Invocations', FunctionName, 2);
    expect(total(house(), 'Invocations', FunctionName)).toMatchObject({ sum: 2 });
    expect(total(house(), 'Errors', FunctionName)).toMatchObject({ count: 2, sum: 1 });
    const duration = total(house(), 'Duration', FunctionName);
    expect(duration.count).toBe(2);
    expect(duration.maximum).toBeGreaterThanOrEqual(29);
    expect(duration.maximum).toBeLessThan(3000);
    expect(house().metric('AWS/Lambda', 'Duration', FunctionName)[0]?.unit).toBe('Milliseconds');
  });

  test('by resource, and for an alias by the version it led to', async () => {
    await house().invoke('counted', {}, { Qualifier: '$LATEST' });
    const { Version: first } = await house().lambda.send(new PublishVersionCommand({ FunctionName: 'counted' }));
    await house().lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'counted', Timeout: 4 }));
    const { Version: second } = await house().lambda.send(new PublishVersionCommand({ FunctionName: 'counted' }));
    await house().lambda.send(
      new CreateAliasCommand({
        FunctionName: 'counted',
        Name: 'live',
        FunctionVersion: first,
        RoutingConfig: { AdditionalVersionWeights: { [second ?? '']: 0.5 } },
      }),
    );
    await house().invoke('counted', {}, { Qualifier: first });
    for (let n = 0; n < 12; n += 1) await house().invoke('counted', {}, { Qualifier: 'live' });
    const ofAlias = { ...FunctionName, Resource: 'counted:live' };
    await counts('Invocations', ofAlias, 12);
    const sum = (dimensions: Dimensions) => total(house(), 'Invocations', dimensions).sum;
    expect(sum(ofAlias)).toBe(12);
    const [byFirst, bySecond] = [first, second].map((ExecutedVersion) =>
      sum({ ...ofAlias, ExecutedVersion: ExecutedVersion ?? '' }),
    ) as [number, number];
    expect(byFirst + bySecond).toBe(12);
    expect(byFirst).toBeGreaterThan(0);
    expect(bySecond).toBeGreaterThan(0);
    expect(sum({ ...FunctionName, Resource: `counted:${first}` })).toBe(1);
    expect(sum({ ...FunctionName, Resource: 'counted:$LATEST' })).toBe(1);
    expect(sum({ ...FunctionName, Resource: 'counted' })).toBe(2);
    expect(sum(FunctionName)).toBe(16);
  });

  test('ConcurrentExecutions of the function and the account, and what is unreserved of them', async () => {
    await Promise.all([1, 2, 3].map(() => house().invoke('counted', { wait: 150 })));
    await eventually(() => total(house(), 'ConcurrentExecutions', FunctionName).maximum >= 3);
    expect(total(house(), 'ConcurrentExecutions', FunctionName).maximum).toBe(3);
    expect(total(house(), 'ConcurrentExecutions', {}).maximum).toBe(3);
    expect(total(house(), 'UnreservedConcurrentExecutions', {}).maximum).toBe(3);
  });

  test('a throttle is no invocation', async () => {
    await expect(house().invoke('closed')).rejects.toMatchObject({ name: 'TooManyRequestsException' });
    const closed = { FunctionName: 'closed' };
    await counts('Throttles', closed, 1);
    expect(total(house(), 'Throttles', closed).sum).toBe(1);
    expect(house().metric('AWS/Lambda', 'Invocations', closed)).toEqual([]);
    expect(total(house(), 'Throttles', {}).sum).toBe(1);
  });

  test('the account’s are the sum of its functions’', async () => {
    await house().invoke('asked');
    await counts('Invocations', { FunctionName: 'asked' }, 1);
    const of = (name: string) => total(house(), 'Invocations', { FunctionName: name }).sum;
    expect(total(house(), 'Invocations', {}).sum).toBe(of('counted') + of('asked'));
  });
});

describe('of events', () => {
  const FunctionName = { FunctionName: 'asked' };

  test('AsyncEventsReceived, their age when they run, and those that are dropped', async () => {
    await house().lambda.send(
      new PutFunctionEventInvokeConfigCommand({ FunctionName: 'asked', MaximumRetryAttempts: 0 }),
    );
    const send = (event: object) =>
      house().lambda.send(
        new InvokeCommand({ FunctionName: 'asked', InvocationType: 'Event', Payload: JSON.stringify(event) }),
      );
    await send({});
    await send({ fail: true });
    await counts('AsyncEventsDropped', FunctionName, 1);
    await counts('AsyncEventAge', FunctionName, 2);
    expect(total(house(), 'AsyncEventsReceived', FunctionName).sum).toBe(2);
    expect(total(house(), 'AsyncEventsDropped', FunctionName).sum).toBe(1);
    expect(house().metric('AWS/Lambda', 'AsyncEventAge', FunctionName)[0]?.unit).toBe('Milliseconds');
  });
});

describe('of provisioned concurrency', () => {
  const FunctionName = { FunctionName: 'hot' };

  test('invocations on it, its utilisation, and what spills over', async () => {
    const settings = house();
    await eventually(async () => {
      const { Status } = (await settings.call('lambda', 'GetProvisionedConcurrencyConfig', {
        FunctionName: 'hot',
        Qualifier: 'live',
      })) as { Status: string };
      return Status === 'READY';
    });
    await Promise.all([1, 2].map(() => house().invoke('hot', {}, { Qualifier: 'live' })));
    await counts('ProvisionedConcurrencyInvocations', FunctionName, 1);
    await counts('ProvisionedConcurrencySpilloverInvocations', FunctionName, 1);
    expect(total(house(), 'ProvisionedConcurrencyInvocations', FunctionName).sum).toBe(1);
    expect(total(house(), 'ProvisionedConcurrencySpilloverInvocations', FunctionName).sum).toBe(1);
    expect(total(house(), 'ProvisionedConcurrencyUtilization', FunctionName).maximum).toBe(1);
    expect(total(house(), 'ProvisionedConcurrentExecutions', FunctionName).maximum).toBe(1);
  });
});
