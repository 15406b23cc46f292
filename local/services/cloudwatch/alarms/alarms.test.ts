/** Alarms through the real client, on a clock that stands still. */
import {
  DeleteAlarmsCommand,
  DescribeAlarmHistoryCommand,
  DescribeAlarmsCommand,
  DescribeAlarmsForMetricCommand,
  DisableAlarmActionsCommand,
  ListTagsForResourceCommand,
  PutCompositeAlarmCommand,
  type PutCompositeAlarmCommandInput,
  PutMetricAlarmCommand,
  type PutMetricAlarmCommandInput,
  PutMetricDataCommand,
  SetAlarmStateCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-cloudwatch';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type CloudWatchHouse, openCloudWatch, START } from '../testing.ts';

let house: CloudWatchHouse;
beforeEach(async () => {
  house = await openCloudWatch();
});
afterEach(() => house.close());

const TOPIC = 'arn:aws:sns:us-east-1:123456789012:alarms';
const FUNCTION = 'arn:aws:lambda:us-east-1:123456789012:function:page';
const ARN = 'arn:aws:cloudwatch:us-east-1:123456789012:alarm:';

const alarm = (more: Partial<PutMetricAlarmCommandInput> = {}) =>
  house.client.send(
    new PutMetricAlarmCommand({
      AlarmName: 'slow',
      Namespace: 'Shop',
      MetricName: 'Latency',
      Statistic: 'Maximum',
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 100,
      ComparisonOperator: 'GreaterThanThreshold',
      TreatMissingData: 'notBreaching',
      ...more,
    }),
  );
const composite = (AlarmName: string, AlarmRule: string, more: Partial<PutCompositeAlarmCommandInput> = {}) =>
  house.client.send(new PutCompositeAlarmCommand({ AlarmName, AlarmRule, ...more }));
const put = (Value: number, more: object = {}) =>
  house.client.send(
    new PutMetricDataCommand({
      Namespace: 'Shop',
      MetricData: [{ MetricName: 'Latency', Value, Timestamp: new Date(house.clock.now()), ...more }],
    }),
  );
const set = (AlarmName: string, StateValue: 'OK' | 'ALARM' | 'INSUFFICIENT_DATA') =>
  house.client.send(new SetAlarmStateCommand({ AlarmName, StateValue, StateReason: 'by hand' }));
async function described(name = 'slow') {
  const AlarmTypes = ['MetricAlarm', 'CompositeAlarm'] as const;
  const found = await house.client.send(new DescribeAlarmsCommand({ AlarmNames: [name], AlarmTypes: [...AlarmTypes] }));
  return { ...found.MetricAlarms?.[0], ...found.CompositeAlarms?.[0] };
}
const state = async (name?: string) => (await described(name)).StateValue;
async function subjects(): Promise<string[]> {
  await house.kernel.outbox.idle();
  return house.told.filter(({ service }) => service === 'sns').map(({ Subject }) => String(Subject));
}

describe('a metric alarm', () => {
  test('looks at whole minutes, a second after each; rings, says why, and comes to rest', async () => {
    await alarm({ AlarmActions: [TOPIC], OKActions: [TOPIC] });
    expect(await described()).toMatchObject({
      StateValue: 'INSUFFICIENT_DATA',
      StateReason: 'Unchecked: Initial alarm creation',
    });
    await house.clock.advance(61_000);
    expect(await described()).toMatchObject({
      StateValue: 'OK',
      StateReason:
        'Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as [NonBreaching].',
    });
    await put(150);
    await house.clock.advance(59_999);
    expect(await state()).toBe('OK');
    await house.clock.advance(1);
    const ringing = await described();
    expect(ringing).toMatchObject({
      StateValue: 'ALARM',
      StateReason:
        'Threshold Crossed: 1 out of the last 1 datapoint [150.0 (21/11/26 12:01:00)] was greater than the threshold (100.0) (minimum 1 datapoint for OK -> ALARM transition).',
    });
    expect(JSON.parse(ringing.StateReasonData ?? '')).toMatchObject({
      version: '1.0',
      queryDate: '2026-11-21T12:02:01.000+0000',
      startDate: '2026-11-21T12:01:00.000+0000',
      statistic: 'Maximum',
      period: 60,
      recentDatapoints: [150],
      threshold: 100,
      evaluatedDatapoints: [{ timestamp: '2026-11-21T12:01:00.000+0000', sampleCount: 1, value: 150 }],
    });
    // The bad point counts while it is in the evaluation range: one period and two further ones.
    await house.clock.advance(120_000);
    expect(await state()).toBe('ALARM');
    await house.clock.advance(60_000);
    expect(await state()).toBe('OK');
    expect(await subjects()).toEqual([
      'OK: "slow" in US East (N. Virginia)',
      'ALARM: "slow" in US East (N. Virginia)',
      'OK: "slow" in US East (N. Virginia)',
    ]);
    const messages = house.told
      .filter(({ service }) => service === 'sns')
      .map(({ Message }) => JSON.parse(String(Message)));
    expect(messages[1]).toMatchObject({
      AlarmName: 'slow',
      AlarmArn: `${ARN}slow`,
      NewStateValue: 'ALARM',
      OldStateValue: 'OK',
      Trigger: { MetricName: 'Latency', StatisticType: 'Statistic', Statistic: 'MAXIMUM', Threshold: 100 },
    });
  });

  test('a good point ends it at once', async () => {
    await alarm();
    await put(150);
    await house.clock.advance(61_000);
    expect(await state()).toBe('ALARM');
    await put(1);
    await house.clock.advance(60_000);
    expect(await described()).toMatchObject({
      StateValue: 'OK',
      StateReason: expect.stringMatching(
        /was not greater than the threshold \(100\.0\) \(minimum 1 datapoint for ALARM -> OK transition\)\.$/,
      ),
    });
  });

  test('of five minutes slides with every minute', async () => {
    await alarm({ Period: 300, Statistic: 'Sum' });
    await house.clock.advance(121_000);
    await put(60);
    await house.clock.advance(180_000);
    await put(60);
    // Both within five minutes, though not within the same five of the clock.
    await house.clock.advance(60_000);
    expect(await state()).toBe('ALARM');
  });

  test('of ten seconds looks every ten', async () => {
    await alarm({ Period: 10 });
    await house.clock.advance(11_000);
    await put(500, { StorageResolution: 1 });
    await house.clock.advance(9_000);
    expect(await state()).toBe('OK');
    await house.clock.advance(1_000);
    expect(await state()).toBe('ALARM');
  });

  test('over more than a day looks once an hour', async () => {
    await alarm({ Period: 86_400, EvaluationPeriods: 2, DatapointsToAlarm: 1 });
    await put(500);
    await house.clock.advance(3_600_000);
    expect(await state()).toBe('OK');
    await house.clock.advance(1_000);
    expect(await state()).toBe('ALARM');
  });

  test('looks at percentiles, and leaves those of few samples alone when told to', async () => {
    const percentile = { Statistic: undefined, ExtendedStatistic: 'p90' };
    await alarm(percentile);
    await alarm({ ...percentile, AlarmName: 'careful', EvaluateLowSampleCountPercentile: 'ignore' });
    await put(500);
    await house.clock.advance(61_000);
    expect([await state(), await state('careful')]).toEqual(['ALARM', 'OK']);
    await put(0, { Value: undefined, Values: [500], Counts: [200] });
    await house.clock.advance(60_000);
    expect(await state('careful')).toBe('ALARM');
    expect(await described()).toMatchObject({ ExtendedStatistic: 'p90' });
  });

  test('looks at what is computed of metrics', async () => {
    const metric = (MetricName: string) => ({ Metric: { Namespace: 'Shop', MetricName }, Period: 60, Stat: 'Sum' });
    await alarm({
      Namespace: undefined,
      MetricName: undefined,
      Statistic: undefined,
      Period: undefined,
      Threshold: 5,
      Metrics: [
        { Id: 'errors', MetricStat: metric('Errors'), ReturnData: false },
        { Id: 'all', MetricStat: metric('Latency'), ReturnData: false },
        { Id: 'rate', Expression: '100 * errors / all', Label: 'error rate' },
      ],
    });
    await put(90);
    await put(3, { MetricName: 'Errors' });
    await house.clock.advance(61_000);
    expect(await state()).toBe('OK');
    await put(90);
    await put(9, { MetricName: 'Errors' });
    await house.clock.advance(60_000);
    expect(await described()).toMatchObject({ StateValue: 'ALARM', StateReason: expect.stringContaining('[10.0 (') });
  });

  test('tells functions, the event bus and its history', async () => {
    await alarm({ AlarmActions: [FUNCTION], AlarmDescription: 'see the runbook' });
    await set('slow', 'ALARM');
    await house.kernel.outbox.idle();
    const [event] = house.told.filter(({ service }) => service === 'events') as unknown as {
      Entries: { Detail: string; DetailType: string }[];
    }[];
    expect(event?.Entries[0]).toMatchObject({ DetailType: 'CloudWatch Alarm State Change', Source: 'aws.cloudwatch' });
    const [call] = house.told.filter(({ service }) => service === 'lambda');
    expect(call).toMatchObject({ FunctionName: FUNCTION, InvocationType: 'Event' });
    expect(JSON.parse(String(call?.['Payload']))).toMatchObject({
      source: 'aws.cloudwatch',
      alarmArn: `${ARN}slow`,
      alarmData: {
        alarmName: 'slow',
        state: { value: 'ALARM', reason: 'by hand' },
        previousState: { value: 'INSUFFICIENT_DATA' },
        configuration: { description: 'see the runbook', metrics: [{ metricStat: { stat: 'Maximum' } }] },
      },
    });
    const { AlarmHistoryItems = [] } = await house.client.send(new DescribeAlarmHistoryCommand({ AlarmName: 'slow' }));
    expect(
      AlarmHistoryItems.map(({ HistoryItemType, HistorySummary }) => `${HistoryItemType}: ${HistorySummary}`),
    ).toEqual([
      `Action: Successfully executed action ${FUNCTION}`,
      'StateUpdate: Alarm updated from INSUFFICIENT_DATA to ALARM',
      'ConfigurationUpdate: Alarm "slow" created',
    ]);
    await house.client.send(new DisableAlarmActionsCommand({ AlarmNames: ['slow'] }));
    await set('slow', 'OK');
    await set('slow', 'ALARM');
    await house.kernel.outbox.idle();
    expect(house.told.filter(({ service }) => service === 'lambda')).toHaveLength(1);
  });

  test('is found by its metric, tagged, and deleted, all or none', async () => {
    await alarm({ Tags: [{ Key: 'team', Value: 'shop' }] });
    const input = { MetricName: 'Latency', Namespace: 'Shop' };
    const found = await house.client.send(new DescribeAlarmsForMetricCommand(input));
    expect(found.MetricAlarms?.map(({ AlarmName }) => AlarmName)).toEqual(['slow']);
    const ResourceARN = `${ARN}slow`;
    await house.client.send(new TagResourceCommand({ ResourceARN, Tags: [{ Key: 'b', Value: '2' }] }));
    await house.client.send(new UntagResourceCommand({ ResourceARN, TagKeys: ['team'] }));
    expect((await house.client.send(new ListTagsForResourceCommand({ ResourceARN }))).Tags).toEqual([
      { Key: 'b', Value: '2' },
    ]);
    await expect(house.client.send(new DeleteAlarmsCommand({ AlarmNames: ['slow', 'none'] }))).rejects.toMatchObject({
      name: 'ResourceNotFound',
    });
    expect(await state()).toBe('INSUFFICIENT_DATA');
    await house.client.send(new DeleteAlarmsCommand({ AlarmNames: ['slow'] }));
    expect(await state()).toBeUndefined();
    expect(house.clock.waiting).toBe(0);
  });

  test.each<[string, Partial<PutMetricAlarmCommandInput>, RegExp]>([
    ['a band', { ComparisonOperator: 'GreaterThanUpperThreshold', ThresholdMetricId: 'x' }, /not emulated here/],
    ['an action of EC2', { AlarmActions: ['arn:aws:automate:us-east-1:ec2:stop'] }, /ec2:stop is not emulated here/],
    ['an action that is no ARN', { AlarmActions: ['mail me'] }, /Invalid arn/],
    ['M greater than N', { DatapointsToAlarm: 2 }, /DatapointsToAlarm/],
    ['an odd period', { Period: 45 }, /Period/],
    ['a period of one second', { Period: 1 }, /Period/],
    ['more than a day', { Period: 300, EvaluationPeriods: 300 }, /86400/],
    ['two statistics', { ExtendedStatistic: 'p99' }, /mutually exclusive/],
    ['no threshold', { Threshold: undefined }, /Threshold/],
    ['what is missing treated oddly', { TreatMissingData: 'maybe' }, /TreatMissingData/],
  ])('is refused with %s', async (_what, more, message) => {
    await expect(alarm(more)).rejects.toThrow(message);
  });
});

describe('a composite alarm', () => {
  beforeEach(async () => {
    await alarm({ AlarmName: 'a', TreatMissingData: 'ignore' });
    await alarm({ AlarmName: 'b b', TreatMissingData: 'ignore' });
  });

  test('follows its rule at once', async () => {
    await composite('any', `ALARM(a) OR (ALARM("b b") AND NOT OK("${ARN}a"))`, { AlarmActions: [TOPIC] });
    expect(await state('any')).toBe('OK');
    await set('b b', 'ALARM');
    const ringing = await described('any');
    expect(ringing).toMatchObject({
      StateValue: 'ALARM',
      StateReason: `${ARN}b b transitioned to ALARM at Saturday 21 November, 2026 12:00:00 UTC`,
    });
    expect(JSON.parse(ringing.StateReasonData ?? '')).toMatchObject({
      triggeringAlarms: [{ arn: `${ARN}b b`, state: { value: 'ALARM' } }],
    });
    await set('a', 'OK');
    expect(await state('any')).toBe('OK');
    expect(await subjects()).toEqual(['ALARM: "any" in US East (N. Virginia)']);
    const children = await house.client.send(new DescribeAlarmsCommand({ ChildrenOfAlarmName: 'any' }));
    expect(children.CompositeAlarms?.map(({ AlarmName }) => AlarmName)).toEqual(['a', 'b b']);
    const parents = await house.client.send(new DescribeAlarmsCommand({ ParentsOfAlarmName: 'a' }));
    expect(parents.CompositeAlarms?.map(({ AlarmName }) => AlarmName)).toEqual(['any']);
  });

  test('made of others follows through', async () => {
    await composite('inner', 'ALARM(a)');
    await composite('outer', 'ALARM(inner) AND TRUE');
    await set('a', 'ALARM');
    expect(await state('outer')).toBe('ALARM');
    await set('a', 'OK');
    expect(await state('outer')).toBe('OK');
  });

  test.each([
    ['ALARM(a', /read/],
    ['ALARM(a) OR', /ends too early/],
    ['ALARM(a) ALARM(a)', /follows/],
    ['RINGING(a)', /read/],
    ['ALARM(nobody)', /\[nobody\] in the alarm rule do not exist/],
    ['('.repeat(600), /nested too deeply/],
  ])('refuses %s', async (rule, message) => {
    await expect(composite('any', rule)).rejects.toThrow(message);
  });

  test('in a circle is not evaluated, and cannot be deleted before the circle is cut', async () => {
    await composite('one', 'ALARM(a)');
    await composite('two', 'ALARM(one)');
    await composite('one', 'ALARM(two) OR ALARM(a)');
    await set('a', 'ALARM');
    expect(await state('one')).toBe('OK');
    const remove = (name: string) => house.client.send(new DeleteAlarmsCommand({ AlarmNames: [name] }));
    await expect(remove('one')).rejects.toThrow(/cycle/);
    await composite('one', 'FALSE');
    await remove('two');
    await remove('one');
  });

  describe('with a suppressor', () => {
    beforeEach(async () => {
      await composite('any', 'ALARM(a)', {
        AlarmActions: [TOPIC],
        ActionsSuppressor: 'b b',
        ActionsSuppressorWaitPeriod: 120,
        ActionsSuppressorExtensionPeriod: 60,
      });
      await house.kernel.outbox.idle();
    });

    test('waits for it, then acts', async () => {
      await set('a', 'ALARM');
      expect(await described('any')).toMatchObject({ StateValue: 'ALARM', ActionsSuppressedBy: 'WaitPeriod' });
      await house.clock.advance(119_000);
      expect(await subjects()).toEqual([]);
      await house.clock.advance(1_000);
      expect(await subjects()).toHaveLength(1);
      expect((await described('any')).ActionsSuppressedBy).toBeUndefined();
    });

    test('is quiet while it rings, and a while longer', async () => {
      await set('b b', 'ALARM');
      await set('a', 'ALARM');
      expect(await described('any')).toMatchObject({ ActionsSuppressedBy: 'Alarm' });
      await house.clock.advance(600_000);
      await set('b b', 'OK');
      expect(await described('any')).toMatchObject({ ActionsSuppressedBy: 'ExtensionPeriod' });
      await house.clock.advance(59_000);
      expect(await subjects()).toEqual([]);
      await house.clock.advance(1_000);
      expect(await subjects()).toHaveLength(1);
    });
  });
});

test('alarms outlive the process: another reads them from the same store', async () => {
  await alarm();
  expect(house.kernel.store.collection('cloudwatch', 'all-alarms').list()).toHaveLength(1);
  expect(house.clock.now()).toBe(START);
});
