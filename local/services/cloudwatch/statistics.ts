/** Data points of a period, from the one-minute statistics that telemetry keeps. */
import { AwsError } from '../../kernel/aws-error.ts';
import type { MetricArchive, MetricMinute, MetricSeries } from '../../kernel/telemetry.ts';

export type Statistic = 'Average' | 'Sum' | 'Minimum' | 'Maximum' | 'SampleCount';
export const STATISTICS: readonly Statistic[] = ['Average', 'Sum', 'Minimum', 'Maximum', 'SampleCount'];

export interface Datapoint {
  /** ms since 1970; the beginning of the period. */
  readonly at: number;
  readonly values: Readonly<Record<Statistic, number>>;
  readonly unit: string;
}

export interface DatapointQuery {
  readonly series: MetricSeries;
  /** ms since 1970; `to` is exclusive. */
  readonly from: number;
  readonly to: number;
  /** Seconds. Less than a minute is a minute: nothing finer is kept. */
  readonly period: number;
  readonly unit?: string;
}

/** In order of time; periods without data are left out. */
export function datapoints(metrics: MetricArchive, { series, from, to, period, unit }: DatapointQuery): Datapoint[] {
  const periodMs = Math.max(60, period) * 1000;
  const start = Math.floor(from / periodMs) * periodMs;
  const periods = new Map<number, MetricMinute>();
  for (const minute of metrics.minutes(series, start, to)) {
    if (unit !== undefined && minute.unit !== unit) continue;
    const at = start + Math.floor((minute.timestamp - start) / periodMs) * periodMs;
    const before = periods.get(at);
    periods.set(at, before ? merged(before, minute) : { ...minute, timestamp: at });
  }
  return [...periods.values()].map(({ timestamp, count, sum, minimum, maximum, unit: of }) => ({
    at: timestamp,
    values: {
      Average: count === 0 ? 0 : sum / count,
      Sum: sum,
      Minimum: minimum,
      Maximum: maximum,
      SampleCount: count,
    },
    unit: of,
  }));
}

/** Refuses percentiles and trimmed means: of single values nothing is kept. */
export function statisticNamed(name: string): Statistic {
  const found = STATISTICS.find((statistic) => statistic === name);
  if (found) return found;
  throw new AwsError(
    'InvalidParameterValue',
    `The statistic ${name} is not computed here: sums, counts, minima and maxima are kept of each minute, and no single values.`,
  );
}

function merged(a: MetricMinute, b: MetricMinute): MetricMinute {
  return {
    ...a,
    count: a.count + b.count,
    sum: a.sum + b.sum,
    minimum: Math.min(a.minimum, b.minimum),
    maximum: Math.max(a.maximum, b.maximum),
  };
}
