/** What metric math makes of one series. */
import { mapped, type TimeSeries, withPoints } from './values.ts';

/** A function of one series that gives one, by its name. */
export const SERIES_FUNCTIONS: Readonly<Record<string, (series: TimeSeries) => TimeSeries>> = {
  ABS: (series) => mapped(series, Math.abs),
  CEIL: (series) => mapped(series, Math.ceil),
  FLOOR: (series) => mapped(series, Math.floor),
  LOG: (series) => mapped(series, Math.log),
  LOG10: (series) => mapped(series, Math.log10),
  DIFF: (series) => pairwise(series, (value, before) => value - before),
  DIFF_TIME: (series) => pairwise(series, (_value, _before, seconds) => seconds),
  RATE: (series) => pairwise(series, (value, before, seconds) => (value - before) / seconds),
  RUNNING_SUM(series) {
    let sum = 0;
    return mapped(series, (value) => {
      sum += value;
      return sum;
    });
  },
  MINUTE: (series) => mapped(series, (_, at) => new Date(at).getUTCMinutes()),
  HOUR: (series) => mapped(series, (_, at) => new Date(at).getUTCHours()),
  // Monday is 1, Sunday 7.
  DAY: (series) => mapped(series, (_, at) => new Date(at).getUTCDay() || 7),
  DATE: (series) => mapped(series, (_, at) => new Date(at).getUTCDate()),
  MONTH: (series) => mapped(series, (_, at) => new Date(at).getUTCMonth() + 1),
  YEAR: (series) => mapped(series, (_, at) => new Date(at).getUTCFullYear()),
  EPOCH: (series) => mapped(series, (_, at) => at / 1000),
};

/** The same of one number. */
export const SCALAR_FUNCTIONS: Readonly<Record<string, (value: number) => number>> = {
  ABS: Math.abs,
  CEIL: Math.ceil,
  FLOOR: Math.floor,
  LOG: Math.log,
  LOG10: Math.log10,
};

function pairwise(series: TimeSeries, compute: (value: number, before: number, seconds: number) => number): TimeSeries {
  let last: readonly [at: number, value: number] | undefined;
  return mapped(series, (value, at) => {
    const before = last;
    last = [at, value];
    return before && compute(value, before[1], (at - before[0]) / 1000);
  });
}

/** What stands for missing points: a number, what another series has there, the last value, or the way to the next. */
export type Filling = number | TimeSeries | 'REPEAT' | 'LINEAR';

/** @param times of the periods that are to have a point */
export function fill(series: TimeSeries, filling: Filling, times: readonly number[]): TimeSeries {
  const known = [...series.points.keys()];
  const points: [number, number][] = [];
  let next = 0;
  for (const at of times) {
    while (next < known.length && known[next]! <= at) next += 1;
    const value = series.points.get(at) ?? filled(series, filling, at, known[next - 1], known[next]);
    if (value !== undefined) points.push([at, value]);
  }
  return withPoints(series, points);
}

function filled(
  { points }: TimeSeries,
  filling: Filling,
  at: number,
  before: number | undefined,
  after: number | undefined,
): number | undefined {
  if (typeof filling === 'number') return filling;
  if (typeof filling === 'object') return filling.points.get(at);
  if (before === undefined) return undefined;
  const [from, to] = [points.get(before)!, after === undefined ? undefined : points.get(after)!];
  if (filling === 'REPEAT') return from;
  return to === undefined ? undefined : from + ((to - from) * (at - before)) / (after! - before);
}
