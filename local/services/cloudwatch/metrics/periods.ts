/** A metric's data by the periods somebody asks for. */
import type { MetricAggregate, MetricArchive, MetricSeries } from '../../../kernel/index.ts';

export interface PeriodQuery {
  readonly series: MetricSeries;
  /** ms since 1970: where the first period begins, and where the last one has ended. */
  readonly from: number;
  readonly to: number;
  /** Seconds. */
  readonly period: number;
  /** Only data that came with this unit. */
  readonly unit?: string;
}

export interface Period {
  /** Its beginning, ms since 1970. */
  readonly at: number;
  readonly unit: string;
  readonly aggregate: MetricAggregate;
}

/** In order of time; periods without data are left out. Data of different units stays apart only `byUnit`. */
export function periods(metrics: MetricArchive, query: PeriodQuery, byUnit = false): Period[] {
  const { series, from, to, period, unit } = query;
  const length = period * 1000;
  const found = new Map<string, Period>();
  for (const stored of metrics.periods(series, { from, to, finest: period })) {
    // What has been rolled up cannot be told apart again.
    if (stored.resolution > period || (unit !== undefined && stored.unit !== unit)) continue;
    const at = from + Math.floor((stored.at - from) / length) * length;
    const key = byUnit ? `${at} ${stored.unit}` : String(at);
    const before = found.get(key);
    if (before) before.aggregate.merge(stored.aggregate);
    else found.set(key, { at, unit: stored.unit, aggregate: stored.aggregate.copy() });
  }
  return [...found.values()];
}

const DAY_MS = 86_400_000;

/**
 * Where CloudWatch begins to count periods: at the whole minute before the start, of older data at the whole five
 * minutes or the hour. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
 */
export function roundedStart(start: number, now: number, period: number): number {
  const age = now - start;
  const step = period < 60 ? period : age > 63 * DAY_MS ? 3600 : age > 15 * DAY_MS ? 300 : 60;
  return Math.floor(start / (step * 1000)) * step * 1000;
}
