/** The list of what is published says what the code of the services says, and alarms on anything else are named. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ResourceRequest } from '../../../kernel/provider.ts';
import type { Alarms } from './alarms.ts';
import { alarmProviders } from './providers.ts';
import { publishedMetrics } from './published-metrics.ts';

const LOCAL = join(process.cwd(), 'local');
/** Where the names of metrics stand, besides the files that name the namespace. */
const FURTHER: Readonly<Record<string, string>> = {
  'AWS/Lambda': 'services/lambda',
  'AWS/Events': 'services/eventbridge',
};
const UNITS = new Set(['Count', 'Bytes', 'Milliseconds', 'Seconds', 'Percent', 'None']);

const sources = new Map(
  ['services', 'kernel']
    .flatMap((room) =>
      (readdirSync(join(LOCAL, room), { recursive: true }) as string[]).map((file) => join(room, file)),
    )
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.includes('cloudwatch'))
    .map((file) => [file, readFileSync(join(LOCAL, file), 'utf8')] as const),
);

function textOf(namespace: string): string {
  const further = FURTHER[namespace];
  return [...sources]
    .filter(([file, text]) => text.includes(`'${namespace}'`) || (further !== undefined && file.startsWith(further)))
    .map(([, text]) => text)
    .join('\n');
}

/** Names at the calls that publish. */
function publishedIn(text: string): string[] {
  const calls = [
    /\b(?:count|record|recorder|metric|put|add|gauge|others|recordMetric)\((?:[\w.]+, |\[[^\]]*\], )*'([A-Z0-9]\w{3,})'/g,
    /\bname: '([A-Z]\w{3,})', unit/g,
  ];
  return calls.flatMap((call) => [...text.matchAll(call)].map(([, name]) => name!)).filter((name) => !UNITS.has(name));
}

const TABLE = Object.entries(publishedMetrics());

test.each(TABLE)('%s: every metric of the list is in the code', (namespace, names) => {
  const text = textOf(namespace);
  // Some are put together of two parts.
  expect(names.filter((name) => !text.includes(name.split('-')[0]!))).toEqual([]);
});

test.each(TABLE.filter(([, names]) => names.length > 0))(
  '%s: every metric of the code is in the list',
  (namespace, names) => {
    const found = publishedIn(textOf(namespace));
    expect(found.length).toBeGreaterThan(0);
    expect(found.filter((name) => !names.includes(name))).toEqual([]);
  },
);

test('every namespace of the code is in the list', () => {
  const found = [...sources.values()].flatMap((text) =>
    [...text.matchAll(/namespace: '(AWS\/\w+)'/g)].map(([, name]) => name!),
  );
  expect(found).not.toEqual([]);
  expect(found.filter((name) => !(name in publishedMetrics()))).toEqual([]);
});

describe('an alarm of a template', () => {
  const provider = alarmProviders({} as Alarms)['AWS::CloudWatch::Alarm']!;
  const common = { EvaluationPeriods: 1, Threshold: 1, ComparisonOperator: 'GreaterThanThreshold' };
  const named = async (properties: Record<string, unknown>) =>
    await provider.unsupported!({
      type: 'AWS::CloudWatch::Alarm',
      logicalId: 'A',
      properties: { ...common, ...properties },
    } as unknown as ResourceRequest);
  const one = (Namespace: string, MetricName: string) => ({ Namespace, MetricName, Statistic: 'Sum', Period: 60 });

  it('is named where nobody publishes its metric', async () => {
    expect(await named(one('AWS/SQS', 'ApproximateNumberOfGroupsWithInflightMessages'))).toEqual([
      {
        path: ['MetricName'],
        message:
          'nobody publishes ApproximateNumberOfGroupsWithInflightMessages of AWS/SQS here: the alarm gets no data',
      },
    ]);
  });

  it('is named at the query where it has several', async () => {
    const stat = (Namespace: string, MetricName: string, Id: string) => ({
      Id,
      ReturnData: false,
      MetricStat: { Metric: { Namespace, MetricName }, Period: 60, Stat: 'Sum' },
    });
    const Metrics = [
      { Id: 'e', Expression: 'a + b', ReturnData: true },
      stat('AWS/Lambda', 'Errors', 'a'),
      stat('AWS/Lambda', 'Eroors', 'b'),
    ];
    expect((await named({ Metrics })).map(({ path }) => path)).toEqual([
      ['Metrics', 2, 'MetricStat', 'Metric', 'MetricName'],
    ]);
  });

  it.each([one('AWS/Lambda', 'Errors'), one('AWS/EC2', 'CPUUtilization'), one('HelpDesk', 'TicketsOpened')])(
    'is not named otherwise: %j',
    async (properties) => {
      expect(await named(properties)).toEqual([]);
    },
  );
});
