/** The alarms of the template: each with its runbook, and each rings and rests at the data point that AWS's pages say. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { resourceRequest } from '../../local/doors/aws-endpoint/testing.ts';
import { createKernel, ManualClock, type MetricSeries } from '../../local/kernel/index.ts';
import { checkBody } from '../../local/services/cloudwatch/dashboards/body.ts';
import { cloudWatchService } from '../../local/services/cloudwatch/index.ts';
import type { JsonObject } from '../../local/template/index.ts';
import { load, ROOT } from './template.ts';

const template = load();
const alarms = template.of('AWS::CloudWatch::Alarm');
const composites = template.of('AWS::CloudWatch::CompositeAlarm');
const MINUTE = 60_000;

it.each([...alarms, ...composites].map((alarm) => [alarm.logicalId, alarm] as const))(
  '%s has a runbook',
  (_, { properties }) => {
    const page = /Runbook - (docs\/runbooks\/[a-z-]+\.md)$/.exec(String(properties['AlarmDescription']))?.[1];
    expect(page).toBeDefined();
    expect(existsSync(join(ROOT, page!))).toBe(true);
  },
);

it('every function has an alarm for errors, throttles and a duration near its time-out', () => {
  for (const { logicalId, properties } of template.of('AWS::Lambda::Function')) {
    const own = alarms.filter((alarm) =>
      JSON.stringify(alarm.properties['Dimensions'] ?? '').includes(`"${logicalId}"`),
    );
    expect(own.map((alarm) => alarm.properties['MetricName']).sort()).toEqual(['Duration', 'Errors', 'Throttles']);
    const duration = own.find((alarm) => alarm.properties['MetricName'] === 'Duration');
    expect(Number(duration?.properties['Threshold'])).toBe(Number(properties['Timeout']) * 800);
  }
});

it('the dashboard is one', () => {
  const [dashboard] = template.of('AWS::CloudWatch::Dashboard');
  expect(checkBody(String(dashboard?.properties['DashboardBody']))).toEqual({ errors: [], warnings: [] });
});

it('costs nothing when it is turned off, and tells a topic when there is one', () => {
  const off = load({ Alarms: 'off' });
  expect(off.resources.filter(({ type }) => type.startsWith('AWS::CloudWatch::'))).toEqual([]);
  const topic = 'arn:aws:sns:us-east-1:123456789012:ops';
  for (const { properties } of load({ AlarmTopic: topic }).of('AWS::CloudWatch::Alarm')) {
    expect([properties['AlarmActions'], properties['OKActions']]).toEqual([[topic], [topic]]);
  }
});

describe.each(alarms.map((alarm) => [alarm.logicalId, alarm.properties] as const))('%s', (_logicalId, properties) => {
  const periods = Number(properties['EvaluationPeriods']);
  const enough = Number(properties['DatapointsToAlarm'] ?? periods);
  const isLow = String(properties['ComparisonOperator']).startsWith('Less');
  const metrics = seriesOf(properties);
  const { period } = metrics[0]!;
  const isEnded = properties['TreatMissingData'] === 'notBreaching' ? 'OK' : 'INSUFFICIENT_DATA';

  /** One state per period, looked at a second after each has ended, without gaps between them. */
  async function states(points: readonly ('bad' | 'good' | 'none')[]): Promise<string[]> {
    const clock = new ManualClock(Date.UTC(2026, 10, 21, 12));
    const kernel = createKernel({ stateDirectory: 'memory', accountId: '123456789012', region: 'us-east-1', clock });
    try {
      kernel.registry.add(cloudWatchService());
      const { providers } = await kernel.registry.service('monitoring');
      await providers['AWS::CloudWatch::Alarm']!.create(
        resourceRequest('AWS::CloudWatch::Alarm', { ...properties, AlarmName: 'it' }),
      );
      const kept = kernel.store.collection<{ standing: { state: string } }>('cloudwatch', 'all-alarms');
      await clock.advance(1_000);
      const seen: string[] = [];
      for (const point of points) {
        for (let passed = 0; passed < period; passed += 60) {
          if (point !== 'none') {
            for (const metric of metrics)
              kernel.telemetry.metric({ ...metric.series, value: metric[point], timestamp: clock.now() });
          }
          await clock.advance(MINUTE);
        }
        seen.push(kept.get('it')!.standing.state);
      }
      return seen;
    } finally {
      await kernel.stop();
    }
  }

  const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);

  it('rings at the bad point that makes enough, not before, and rests at the good one that makes too few', async () => {
    const before = times(periods, 'good' as const);
    const seen = await states([...before, ...times(enough, 'bad' as const), ...times(periods, 'good' as const)]);
    expect(seen.slice(0, periods + enough - 1)).toEqual(times(periods + enough - 1, 'OK'));
    expect(seen[periods + enough - 1]).toBe('ALARM');
    // Until so many good ones have come that fewer bad ones than needed are among the last.
    const stays = periods - enough;
    expect(seen.slice(periods + enough)).toEqual([...times(stays, 'ALARM'), ...times(periods - stays, 'OK')]);
  });

  it('treats what is missing as it says: the last points count while they are in the range, then it ends', async () => {
    const seen = await states([...times(periods, 'bad' as const), ...times(periods + 3, 'none' as const)]);
    expect(seen[periods - 1]).toBe('ALARM');
    expect(seen.at(-1)).toBe(isEnded);
    const ended = seen.indexOf(isEnded, periods);
    // As many further points as the range is longer than the periods stand in first.
    expect(ended).toBeGreaterThanOrEqual(periods + 2);
  });

  function seriesOf({ Metrics, ...one }: JsonObject) {
    const threshold = Number(properties['Threshold']);
    const series = (metric: JsonObject): MetricSeries => ({
      namespace: String(metric['Namespace']),
      name: String(metric['MetricName']),
      dimensions: Object.fromEntries(
        (metric['Dimensions'] as { Name: string; Value: string }[]).map(({ Name, Value }) => [Name, Value]),
      ),
    });
    if (!Array.isArray(Metrics)) {
      return [{ series: series(one), period: Number(one['Period']), bad: threshold + 1, good: 0, none: 0 }];
    }
    return (Metrics as JsonObject[]).flatMap((query) => {
      const stat = query['MetricStat'] as JsonObject | undefined;
      if (!stat) return [];
      const metric = series(stat['Metric'] as JsonObject);
      const [bad, good] = metric.name === 'Count' ? [100, 100] : isLow ? [2 ** 30, 19 * 2 ** 30] : [50, 0];
      return [{ series: metric, period: Number(stat['Period']), bad, good, none: 0 }];
    });
  }
});
