/** `SUM`, `AVG` …: of a series one number, of several series one. */
import { type TimeSeries, withPoints } from './values.ts';

export const REDUCTIONS: Readonly<Record<string, (values: readonly number[]) => number>> = {
  SUM: sum,
  AVG: average,
  MIN: (values) => values.reduce((a, b) => Math.min(a, b)),
  MAX: (values) => values.reduce((a, b) => Math.max(a, b)),
  STDDEV(values) {
    const mean = average(values);
    return Math.sqrt(average(values.map((value) => (value - mean) ** 2)));
  },
};

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}

function average(values: readonly number[]): number {
  return sum(values) / values.length;
}

/** Point by point, of those that have one there. */
export function acrossSeries(list: readonly TimeSeries[], reduce: (values: readonly number[]) => number): TimeSeries {
  const byTime = new Map<number, number[]>();
  for (const { points } of list) {
    for (const [at, value] of points) {
      const values = byTime.get(at);
      if (values) values.push(value);
      else byTime.set(at, [value]);
    }
  }
  const points = [...byTime].sort(([a], [b]) => a - b).map(([at, values]) => [at, reduce(values)] as const);
  return withPoints(list[0] ?? { label: '', period: 60, points: new Map() }, points);
}
