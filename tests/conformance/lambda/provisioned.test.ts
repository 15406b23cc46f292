/**
 * https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html
 * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
 */
import {
  DeleteProvisionedConcurrencyConfigCommand,
  GetProvisionedConcurrencyConfigCommand,
  PutProvisionedConcurrencyConfigCommand,
} from '@aws-sdk/client-lambda';
import { describe, expect, test } from '@jest/globals';
import { ManualClock } from '../../../local/kernel/manual-clock.ts';
import { eventually, functions, inHouse } from '../house.ts';

const clock = new ManualClock();

const TELLS = `console.log('INITIALISED ' + process.env.AWS_LAMBDA_INITIALIZATION_TYPE);
exports.handler = async ({ ms = 0, crash }) => {
  if (crash) process.exit(1);
  await new Promise((resolve) => setTimeout(resolve, ms));
  return { type: process.env.AWS_LAMBDA_INITIALIZATION_TYPE, pid: process.pid };
};`;

const house = inHouse({
  clock,
  ...functions({
    ahead: {
      code: TELLS,
      AutoPublishAlias: 'live',
      ProvisionedConcurrencyConfig: { ProvisionedConcurrentExecutions: 2 },
    },
    later: { code: TELLS, AutoPublishAlias: 'live' },
    broken: { code: `throw new RangeError('no such luck');`, AutoPublishAlias: 'live' },
  }),
});

const status = async (FunctionName: string) =>
  house().lambda.send(new GetProvisionedConcurrencyConfigCommand({ FunctionName, Qualifier: 'live' }));
const ready = (name: string) => eventually(async () => (await status(name)).Status === 'READY', 15_000);
const inits = (name: string) =>
  house()
    .messages(name)
    .flatMap((line) => /INITIALISED (\S+)/.exec(line)?.[1] ?? []);
const sum = (FunctionName: string, metric: string) =>
  house()
    .metric('AWS/Lambda', metric, { FunctionName })
    .reduce((total, { sum: minute }) => total + minute, 0);

describe('provisioned concurrency', () => {
  test('of a template is there before the first invocation, and the API tells', async () => {
    await ready('ahead');
    expect(await status('ahead')).toMatchObject({
      RequestedProvisionedConcurrentExecutions: 2,
      AllocatedProvisionedConcurrentExecutions: 2,
      AvailableProvisionedConcurrentExecutions: 2,
    });
    await eventually(() => inits('ahead').length === 2);
    expect(inits('ahead')).toEqual(['provisioned-concurrency', 'provisioned-concurrency']);
    const { value } = await house().invoke('ahead', {}, { Qualifier: 'live' });
    expect(value.type).toBe('provisioned-concurrency');
    await eventually(() => sum('ahead', 'ProvisionedConcurrencyInvocations') === 1);
  });

  test('serves only the alias or version it is for', async () => {
    const { value } = await house().invoke('ahead');
    expect(value.type).toBe('on-demand');
  });

  test('spills over to environments on demand', async () => {
    const all = await Promise.all(
      Array.from({ length: 3 }, () => house().invoke('ahead', { ms: 1_000 }, { Qualifier: 'live' })),
    );
    expect(all.map(({ value }) => value.type).toSorted()).toEqual([
      'on-demand',
      'provisioned-concurrency',
      'provisioned-concurrency',
    ]);
    await eventually(() => sum('ahead', 'ProvisionedConcurrencySpilloverInvocations') === 1);
    const utilization = house().metric('AWS/Lambda', 'ProvisionedConcurrencyUtilization', { FunctionName: 'ahead' });
    expect(Math.max(...utilization.map(({ maximum }) => maximum))).toBe(1);
  }, 20_000);

  test('stays while nobody asks, and is replaced when it dies', async () => {
    await clock.advance(3_600_000);
    const { value } = await house().invoke('ahead', {}, { Qualifier: 'live' });
    expect(value.type).toBe('provisioned-concurrency');
    await house().invoke('ahead', { crash: true }, { Qualifier: 'live' });
    await ready('ahead');
    const types = await Promise.all([1, 2].map(() => house().invoke('ahead', { ms: 500 }, { Qualifier: 'live' })));
    expect(types.map((each) => each.value.type)).toEqual(['provisioned-concurrency', 'provisioned-concurrency']);
  }, 30_000);

  test('comes and goes by the API', async () => {
    const made = await house().lambda.send(
      new PutProvisionedConcurrencyConfigCommand({
        FunctionName: 'later',
        Qualifier: 'live',
        ProvisionedConcurrentExecutions: 1,
      }),
    );
    expect(made.Status).toBe('IN_PROGRESS');
    await ready('later');
    const before = await house().invoke('later', {}, { Qualifier: 'live' });
    expect(before.value.type).toBe('provisioned-concurrency');
    await house().lambda.send(
      new DeleteProvisionedConcurrencyConfigCommand({ FunctionName: 'later', Qualifier: 'live' }),
    );
    await eventually(async () => {
      const { value } = await house().invoke('later', {}, { Qualifier: 'live' });
      return value.type === 'on-demand';
    });
  }, 20_000);

  test('fails where the function cannot be initialised, and says why', async () => {
    await house().lambda.send(
      new PutProvisionedConcurrencyConfigCommand({
        FunctionName: 'broken',
        Qualifier: 'live',
        ProvisionedConcurrentExecutions: 1,
      }),
    );
    await eventually(async () => (await status('broken')).Status === 'FAILED', 15_000);
    expect((await status('broken')).StatusReason).toContain('no such luck');
  }, 20_000);
});
