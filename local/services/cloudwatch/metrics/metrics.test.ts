/** Metrics through the real client. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Operations.html */
import {
  GetMetricDataCommand,
  type GetMetricDataCommandInput,
  GetMetricStatisticsCommand,
  ListMetricsCommand,
  type MetricDatum,
  PutMetricDataCommand,
} from '@aws-sdk/client-cloudwatch';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type CloudWatchHouse, openCloudWatch, START } from '../testing.ts';

let house: CloudWatchHouse;
beforeAll(async () => {
  house = await openCloudWatch();
});
afterAll(() => house.close());

const Dimensions = [{ Name: 'Stage', Value: 'prod' }];
const at = (seconds: number) => new Date(START + seconds * 1000);
const put = (...MetricData: MetricDatum[]) =>
  house.client.send(new PutMetricDataCommand({ Namespace: 'Shop', MetricData }));
const get = (
  MetricDataQueries: GetMetricDataCommandInput['MetricDataQueries'],
  more: Partial<GetMetricDataCommandInput> = {},
) =>
  house.client.send(
    new GetMetricDataCommand({
      MetricDataQueries,
      StartTime: at(0),
      EndTime: at(300),
      ScanBy: 'TimestampAscending',
      ...more,
    }),
  );
const stat = (MetricName: string, Stat: string, Period = 60) => {
  return { Metric: { Namespace: 'Shop', MetricName, Dimensions }, Period, Stat };
};

beforeAll(async () => {
  const common = { MetricName: 'Latency', Dimensions, Unit: 'Milliseconds' } as const;
  await put(
    { ...common, Value: 10, Timestamp: at(1) },
    { ...common, Values: [20, 30], Counts: [2, 1], Timestamp: at(2) },
    { ...common, Value: 50, Timestamp: at(61) },
    {
      MetricName: 'Errors',
      Dimensions,
      StatisticValues: { SampleCount: 4, Sum: 2, Minimum: 0, Maximum: 1 },
      Timestamp: at(0),
    },
    { MetricName: 'Errors', Dimensions, Value: 5, Timestamp: at(60) },
    { MetricName: 'Fine', Dimensions, Value: 1, Timestamp: at(10), StorageResolution: 1 },
    { MetricName: 'Fine', Dimensions, Value: 3, Timestamp: at(20), StorageResolution: 1 },
  );
});

test('come back as statistics of periods, and percentiles', async () => {
  const { Datapoints, Label } = await house.client.send(
    new GetMetricStatisticsCommand({
      Namespace: 'Shop',
      MetricName: 'Latency',
      Dimensions,
      StartTime: at(0),
      EndTime: at(300),
      Period: 60,
      Statistics: ['Average', 'Maximum', 'SampleCount'],
      ExtendedStatistics: ['p50', 'p90'],
    }),
  );
  expect(Label).toBe('Latency');
  expect(Datapoints).toEqual([
    {
      Timestamp: at(0),
      Unit: 'Milliseconds',
      Average: 20,
      Maximum: 30,
      SampleCount: 4,
      ExtendedStatistics: { p50: 20, p90: 30 },
    },
    {
      Timestamp: at(60),
      Unit: 'Milliseconds',
      Average: 50,
      Maximum: 50,
      SampleCount: 1,
      ExtendedStatistics: { p50: 50, p90: 50 },
    },
  ]);
});

test('are computed with, under labels, in pages', async () => {
  const queries = [
    { Id: 'errors', MetricStat: stat('Errors', 'Sum'), ReturnData: false },
    {
      Id: 'latency',
      MetricStat: stat('Latency', 'p90'),
      Label: "${PROP('Dim.Stage')} ${PROP('Stat')}, at most ${MAX}",
    },
    { Id: 'rate', Expression: 'errors / latency * 100', Label: 'rate' },
  ];
  const { MetricDataResults } = await get(queries);
  expect(MetricDataResults).toEqual([
    {
      Id: 'latency',
      Label: 'prod p90, at most 50',
      Timestamps: [at(0), at(60)],
      Values: [30, 50],
      StatusCode: 'Complete',
    },
    { Id: 'rate', Label: 'rate', Timestamps: [at(0), at(60)], Values: [(2 / 30) * 100, 10], StatusCode: 'Complete' },
  ]);
  const values: [string, number[], string][] = [];
  let NextToken: string | undefined;
  do {
    const page = await get(queries, { MaxDatapoints: 3, ScanBy: 'TimestampDescending', NextToken });
    for (const result of page.MetricDataResults ?? []) values.push([result.Id!, result.Values!, result.StatusCode!]);
    NextToken = page.NextToken;
  } while (NextToken);
  expect(values).toEqual([
    ['latency', [50, 30], 'Complete'],
    ['rate', [10], 'PartialData'],
    ['rate', [(2 / 30) * 100], 'Complete'],
  ]);
});

test('are kept by the second where asked, and only there', async () => {
  const lines = async (MetricName: string, Period: number) =>
    (await get([{ Id: 'm', MetricStat: stat(MetricName, 'Sum', Period) }])).MetricDataResults?.[0]?.Values;
  expect(await lines('Fine', 1)).toEqual([1, 3]);
  expect(await lines('Fine', 30)).toEqual([4]);
  expect(await lines('Fine', 60)).toEqual([4]);
  expect(await lines('Latency', 10)).toEqual([]);
  expect(await lines('Latency', 300)).toEqual([130]);
});

test('periods begin where the request does, at the whole minute before', async () => {
  const { MetricDataResults } = await get([{ Id: 'm', MetricStat: stat('Latency', 'Sum', 120) }], {
    StartTime: at(-45),
  });
  expect(MetricDataResults?.[0]?.Timestamps).toEqual([at(-60), at(60)]);
  expect(MetricDataResults?.[0]?.Values).toEqual([80, 50]);
});

test('are listed by namespace, name and dimensions, and when nobody writes them any more, no longer', async () => {
  const list = async (input: object) =>
    (await house.client.send(new ListMetricsCommand(input))).Metrics?.map(({ MetricName }) => MetricName).sort();
  expect(await list({ Namespace: 'Shop' })).toEqual(['Errors', 'Fine', 'Latency']);
  expect(await list({ MetricName: 'Fine', Dimensions: [{ Name: 'Stage' }] })).toEqual(['Fine']);
  expect(await list({ Dimensions: [{ Name: 'Stage', Value: 'dev' }] })).toEqual([]);
  await put({ MetricName: 'Old', Value: 1, Timestamp: at(-5 * 3600) });
  expect(await list({ Namespace: 'Shop', RecentlyActive: 'PT3H' })).not.toContain('Old');
  expect(await list({ Namespace: 'Shop' })).toContain('Old');
});

describe('refused is', () => {
  test.each<[string, MetricDatum, RegExp]>([
    ['a value that is no number', { MetricName: 'M', Value: Number.NaN }, /NaN/],
    ['an infinite value', { MetricName: 'M', Values: [Number.POSITIVE_INFINITY] }, /Infinity/],
    ['a value too large', { MetricName: 'M', Value: 1e300 }, /invalid/],
    ['no value', { MetricName: 'M' }, /At least one/],
    ['a value in two forms', { MetricName: 'M', Value: 1, Values: [1] }, /mutually exclusive/],
    ['counts of another number', { MetricName: 'M', Values: [1, 2], Counts: [1] }, /same size/],
    ['more than two weeks ago', { MetricName: 'M', Value: 1, Timestamp: at(-15 * 86_400) }, /two weeks/],
    ['more than two hours ahead', { MetricName: 'M', Value: 1, Timestamp: at(3 * 3600) }, /two hours/],
    [
      '31 dimensions',
      { MetricName: 'M', Value: 1, Dimensions: Array.from({ length: 31 }, (_, i) => ({ Name: `d${i}`, Value: 'x' })) },
      /30/,
    ],
    ['an odd resolution', { MetricName: 'M', Value: 1, StorageResolution: 5 }, /1 or 60/],
  ])('%s', async (_what, datum, message) => {
    await expect(put(datum)).rejects.toThrow(message);
    expect(house.kernel.telemetry.metrics.series({ name: 'M' })).toEqual([]);
  });

  test('more than 1,000 data, and the namespaces of AWS', async () => {
    await expect(put(...Array.from({ length: 1001 }, () => ({ MetricName: 'M', Value: 1 })))).rejects.toThrow(/1000/);
    const own = new PutMetricDataCommand({ Namespace: 'AWS/Lambda', MetricData: [{ MetricName: 'M', Value: 1 }] });
    await expect(house.client.send(own)).rejects.toThrow(/Namespace is invalid/);
  });

  test.each<[string, GetMetricDataCommandInput['MetricDataQueries'], RegExp]>([
    ['a SEARCH', [{ Id: 'a', Expression: "SEARCH('{AWS/Lambda} Errors', 'Sum')" }], /SEARCH is not emulated here/],
    [
      'Metrics Insights',
      [{ Id: 'a', Expression: 'SELECT AVG(Duration) FROM "AWS/Lambda"' }],
      /Insights.*not emulated here/,
    ],
    [
      'a circle',
      [
        { Id: 'a', Expression: 'b' },
        { Id: 'b', Expression: 'a' },
      ],
      /Circular/,
    ],
    ['a number alone', [{ Id: 'a', Expression: '1 + 1' }], /time series/],
    [
      'an id twice',
      [
        { Id: 'a', Expression: '1' },
        { Id: 'a', Expression: '2' },
      ],
      /not unique/,
    ],
    ['an id in capitals', [{ Id: 'A', Expression: '1' }], /pattern/],
    ['an unknown statistic', [{ Id: 'a', MetricStat: stat('Latency', 'median') }], /median/],
    ['an odd period', [{ Id: 'a', MetricStat: stat('Latency', 'Sum', 61) }], /Period/],
  ])('%s', async (_what, queries, message) => {
    await expect(get(queries)).rejects.toThrow(message);
  });
});

test('the query protocol and JSON are spoken as well', async () => {
  const send = async (headers: Record<string, string>, body: string) => {
    // Signatures are of real time.
    const now = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
    const authorization = `AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/${now.slice(0, 8)}/us-east-1/monitoring/aws4_request, SignedHeaders=host;x-amz-date${headers['x-amz-target'] ? ';x-amz-target' : ''}, Signature=${'0'.repeat(64)}`;
    const response = await fetch(house.url, {
      method: 'POST',
      headers: { authorization, 'x-amz-date': now, ...headers },
      body,
    });
    return { status: response.status, text: await response.text() };
  };
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const wrote = await send(
    form,
    'Action=PutMetricData&Version=2010-08-01&Namespace=Query&MetricData.member.1.MetricName=Q&MetricData.member.1.Value=4',
  );
  expect(wrote).toMatchObject({ status: 200, text: expect.stringContaining('PutMetricDataResponse') });
  const listed = await send(form, 'Action=ListMetrics&Version=2010-08-01&Namespace=Query');
  expect(listed.text).toContain('<MetricName>Q</MetricName>');
  const refused = await send(
    form,
    'Action=PutMetricData&Version=2010-08-01&Namespace=Query&MetricData.member.1.MetricName=Q',
  );
  expect(refused).toMatchObject({ status: 400, text: expect.stringContaining('<Code>MissingParameter</Code>') });
  const json = {
    'content-type': 'application/x-amz-json-1.0',
    'x-amz-target': 'GraniteServiceVersion20100801.ListMetrics',
  };
  expect(JSON.parse((await send(json, '{"Namespace":"Query"}')).text)).toMatchObject({
    Metrics: [{ MetricName: 'Q' }],
  });
});
