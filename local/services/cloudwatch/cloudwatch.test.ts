/** Through the real client. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Operations.html */
import {
  CloudWatchClient,
  DeleteAlarmsCommand,
  DescribeAlarmsCommand,
  GetMetricDataCommand,
  GetMetricStatisticsCommand,
  ListMetricsCommand,
  PutMetricAlarmCommand,
  PutMetricDataCommand,
  SetAlarmStateCommand,
} from '@aws-sdk/client-cloudwatch';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type AwsEndpoint, startAwsEndpoint } from '../../doors/aws-endpoint/index.ts';
import { createKernel, type Kernel } from '../../kernel/kernel.ts';
import { ManualClock } from '../../kernel/manual-clock.ts';
import { cloudWatchService } from './index.ts';

const START = Date.UTC(2026, 10, 21, 12);
const clock = new ManualClock(START);
let kernel: Kernel;
let endpoint: AwsEndpoint;
let client: CloudWatchClient;
const published: { Subject: string; Message: string }[] = [];

beforeAll(async () => {
  kernel = createKernel({ stateDirectory: 'memory', accountId: '123456789012', region: 'us-east-1', clock });
  kernel.registry.add(cloudWatchService());
  kernel.registry.add({
    name: 'sns',
    resourceTypes: [],
    load: async () => ({
      operations: { Publish: { requires: () => [], handle: (input: never) => void published.push(input) } },
      providers: {},
    }),
  });
  endpoint = await startAwsEndpoint({ ...kernel, host: '127.0.0.1', port: 0, health: () => ({}) });
  client = new CloudWatchClient({
    endpoint: endpoint.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  });
});
afterAll(async () => {
  client.destroy();
  await endpoint.stop();
  await kernel.stop();
});

const put = (...values: number[]) =>
  client.send(
    new PutMetricDataCommand({
      Namespace: 'Shop',
      MetricData: values.map((Value) => ({
        MetricName: 'Latency',
        Dimensions: [{ Name: 'Stage', Value: 'prod' }],
        Unit: 'Milliseconds',
        Value,
        Timestamp: new Date(clock.now()),
      })),
    }),
  );
const state = async () => {
  const { MetricAlarms = [] } = await client.send(new DescribeAlarmsCommand({ AlarmNames: ['slow'] }));
  return MetricAlarms[0]?.StateValue;
};

describe('metrics', () => {
  test('come back as statistics of periods', async () => {
    await put(10, 30);
    await clock.advance(60_000);
    await put(50);
    await client.send(
      new PutMetricDataCommand({
        Namespace: 'Shop',
        MetricData: [{ MetricName: 'Sizes', Values: [1, 5], Counts: [3, 1], Timestamp: new Date(clock.now()) }],
      }),
    );
    const span = { StartTime: new Date(START), EndTime: new Date(START + 300_000) };
    const { Datapoints } = await client.send(
      new GetMetricStatisticsCommand({
        Namespace: 'Shop',
        MetricName: 'Latency',
        Dimensions: [{ Name: 'Stage', Value: 'prod' }],
        Period: 60,
        Statistics: ['Average', 'Maximum'],
        ...span,
      }),
    );
    expect(Datapoints).toEqual([
      { Timestamp: new Date(START), Average: 20, Maximum: 30, Unit: 'Milliseconds' },
      { Timestamp: new Date(START + 60_000), Average: 50, Maximum: 50, Unit: 'Milliseconds' },
    ]);
    const MetricStat = {
      Metric: { Namespace: 'Shop', MetricName: 'Latency', Dimensions: [{ Name: 'Stage', Value: 'prod' }] },
      Period: 300,
      Stat: 'Sum',
    };
    const { MetricDataResults } = await client.send(
      new GetMetricDataCommand({ MetricDataQueries: [{ Id: 'm1', MetricStat }], ...span }),
    );
    expect(MetricDataResults).toEqual([
      { Id: 'm1', Label: 'Latency', Timestamps: [new Date(START)], Values: [90], StatusCode: 'Complete' },
    ]);
    const { Metrics } = await client.send(new ListMetricsCommand({ Namespace: 'Shop', MetricName: 'Sizes' }));
    expect(Metrics).toEqual([{ Namespace: 'Shop', MetricName: 'Sizes', Dimensions: [] }]);
  });

  test('of single values nothing is kept, so percentiles are refused', async () => {
    const MetricStat = { Metric: { Namespace: 'Shop', MetricName: 'Latency' }, Period: 60, Stat: 'p99' };
    await expect(
      client.send(
        new GetMetricDataCommand({
          MetricDataQueries: [{ Id: 'm1', MetricStat }],
          StartTime: new Date(START),
          EndTime: new Date(START + 60_000),
        }),
      ),
    ).rejects.toThrow(/p99 is not computed here/);
  });
});

describe('an alarm', () => {
  test('rings when the data say so, tells its topic, and comes to rest', async () => {
    await client.send(
      new PutMetricAlarmCommand({
        AlarmName: 'slow',
        Namespace: 'Shop',
        MetricName: 'Latency',
        Dimensions: [{ Name: 'Stage', Value: 'prod' }],
        Statistic: 'Maximum',
        Period: 60,
        EvaluationPeriods: 2,
        Threshold: 100,
        ComparisonOperator: 'GreaterThanThreshold',
        TreatMissingData: 'notBreaching',
        AlarmActions: ['arn:aws:sns:us-east-1:123456789012:alarms'],
      }),
    );
    await clock.advance(300_000);
    expect(await state()).toBe('OK');
    await put(150);
    await clock.advance(60_000);
    expect(await state()).toBe('OK');
    await put(200);
    expect(await state()).toBe('ALARM');
    await kernel.outbox.idle();
    expect(published.map(({ Subject }) => Subject)).toEqual(['ALARM: "slow" in us-east-1']);
    expect(JSON.parse(published[0]?.Message ?? '')).toMatchObject({
      AlarmName: 'slow',
      NewStateValue: 'ALARM',
      OldStateValue: 'OK',
      NewStateReason: expect.stringMatching(/^Threshold Crossed: 2 datapoints \[150, 200\]/),
      Trigger: { MetricName: 'Latency', Statistic: 'MAXIMUM', Threshold: 100 },
    });
    // Nobody asks: the clock finds out.
    await clock.advance(600_000);
    const { value } = kernel.store.collection<{ state: string }>('cloudwatch', 'alarms').list()[0]!;
    expect(value.state).toBe('OK');
  });

  test('can be set, and deleted', async () => {
    const set = (AlarmName: string) =>
      client.send(new SetAlarmStateCommand({ AlarmName, StateValue: 'ALARM', StateReason: 'by hand' }));
    await set('slow');
    await kernel.outbox.idle();
    expect(published).toHaveLength(2);
    await expect(set('none')).rejects.toMatchObject({ name: 'ResourceNotFound' });
    await client.send(new DeleteAlarmsCommand({ AlarmNames: ['slow'] }));
    expect(await state()).toBeUndefined();
  });
});
