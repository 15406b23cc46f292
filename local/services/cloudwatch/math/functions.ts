/** The functions of metric math by name. */
import type { MathScope } from './evaluator.ts';
import { acrossSeries, REDUCTIONS } from './reductions.ts';
import { type Filling, fill, SCALAR_FUNCTIONS, SERIES_FUNCTIONS } from './series-functions.ts';
import { MathError, type MathValue, mapped, scalar, type TimeSeries, timesOf } from './values.ts';

export type MathFunction = (given: readonly MathValue[], scope: MathScope) => MathValue;

/** What AWS has besides. */
export const NOT_EMULATED: ReadonlySet<string> = new Set([
  'ANOMALY_DETECTION_BAND',
  'DB_PERF_INSIGHTS',
  'INSIGHT_RULE_METRIC',
  'LAMBDA',
  'SEARCH',
  'SERVICE_QUOTA',
]);

export const FUNCTIONS: Readonly<Record<string, MathFunction>> = {
  ...Object.fromEntries(Object.keys(SERIES_FUNCTIONS).map((name) => [name, ofSeries(name)])),
  ...Object.fromEntries(Object.keys(REDUCTIONS).map((name) => [name, reduction(name)])),
  METRICS: (given, scope) => ({
    kind: 'list',
    list: scope.metrics(given.length === 0 ? '' : text('METRICS', given[0])),
  }),
  METRIC_COUNT: ([given]) => scalar(seriesList('METRIC_COUNT', given).length),
  DATAPOINT_COUNT([given]) {
    if (given?.kind === 'series') return scalar(given.series.points.size);
    return { kind: 'series', series: acrossSeries(seriesList('DATAPOINT_COUNT', given), (values) => values.length) };
  },
  FIRST: ([given]) => ({ kind: 'series', series: one('FIRST', seriesList('FIRST', given)[0]) }),
  LAST: ([given]) => ({ kind: 'series', series: one('LAST', seriesList('LAST', given).at(-1)) }),
  PERIOD: ([given]) => scalar(one('PERIOD', seriesList('PERIOD', given)[0]).period),
  REMOVE_EMPTY: ([given]) => {
    return { kind: 'list', list: seriesList('REMOVE_EMPTY', given).filter(({ points }) => points.size > 0) };
  },
  TIME_SERIES([given], { timeline }) {
    const value = number('TIME_SERIES', given);
    const points = new Map(timesOf(timeline).map((at) => [at, value]));
    return { kind: 'series', series: { label: String(value), period: timeline.period, points } };
  },
  FILL([given, filling], { timeline }) {
    const how = fillingOf(filling);
    const times = timesOf(timeline);
    return onEach('FILL', given, (series) => fill(series, how, times));
  },
  IF([condition, whenTrue, whenFalse], { timeline }) {
    if (!condition || !whenTrue || !whenFalse) throw new MathError('IF takes a condition and two values');
    if (condition.kind === 'scalar') return condition.value !== 0 ? whenTrue : whenFalse;
    const [yes, no] = [valuesOf('IF', whenTrue), valuesOf('IF', whenFalse)];
    const { period } = timeline;
    return onEach('IF', condition, (series) => ({
      ...mapped(series, (value, at) => (value !== 0 ? yes(at) : no(at))),
      period: series.period || period,
    }));
  },
  SLICE([given, start, end]) {
    const list = seriesList('SLICE', given);
    const from = number('SLICE', start);
    if (end === undefined) return { kind: 'series', series: one('SLICE', list[from]) };
    return { kind: 'list', list: list.slice(from, number('SLICE', end)) };
  },
  SORT([given, by, order, limit]) {
    const reduce = REDUCTIONS[text('SORT', by).toUpperCase()];
    const direction = order === undefined ? 'ASC' : text('SORT', order).toUpperCase();
    if (!reduce || (direction !== 'ASC' && direction !== 'DESC')) {
      throw new MathError('SORT takes an array, one of AVG, MIN, MAX, SUM, and ASC or DESC');
    }
    const sign = direction === 'ASC' ? 1 : -1;
    const keyed = seriesList('SORT', given).map((series) => ({ series, key: keyOf(series, reduce) }));
    // What has no data comes last, whichever way is up.
    keyed.sort((a, b) => (a.key === undefined ? 1 : b.key === undefined ? -1 : (a.key - b.key) * sign));
    const sorted = keyed.map(({ series }) => series);
    return { kind: 'list', list: limit === undefined ? sorted : sorted.slice(0, number('SORT', limit)) };
  },
};

function ofSeries(name: string): MathFunction {
  return ([given]) => {
    const onScalar = SCALAR_FUNCTIONS[name];
    if (given?.kind === 'scalar' && onScalar) return scalar(onScalar(given.value));
    return onEach(name, given, SERIES_FUNCTIONS[name]!);
  };
}

function reduction(name: string): MathFunction {
  const reduce = REDUCTIONS[name]!;
  return ([given]) => {
    if (given?.kind === 'list') return { kind: 'series', series: acrossSeries(given.list, reduce) };
    if (given?.kind === 'scalar') return given;
    const values = [...one(name, seriesList(name, given)[0]).points.values()];
    // Of nothing there is no number, and no point of what is computed with it.
    return scalar(values.length === 0 ? Number.NaN : reduce(values));
  };
}

function onEach(name: string, given: MathValue | undefined, change: (series: TimeSeries) => TimeSeries): MathValue {
  if (given?.kind === 'series') return { kind: 'series', series: change(given.series) };
  if (given?.kind === 'list') return { kind: 'list', list: given.list.map(change) };
  throw new MathError(`${name} takes a time series`);
}

function keyOf({ points }: TimeSeries, reduce: (values: readonly number[]) => number): number | undefined {
  return points.size === 0 ? undefined : reduce([...points.values()]);
}

function seriesList(name: string, given: MathValue | undefined): readonly TimeSeries[] {
  if (given?.kind === 'series') return [given.series];
  if (given?.kind === 'list') return given.list;
  throw new MathError(`${name} takes time series`);
}

function one(name: string, series: TimeSeries | undefined): TimeSeries {
  if (series) return series;
  throw new MathError(`${name}: there is no such time series`);
}

function number(name: string, given: MathValue | undefined): number {
  if (given?.kind === 'scalar') return given.value;
  throw new MathError(`${name} takes a number there`);
}

function text(name: string, given: MathValue | undefined): string {
  if (given?.kind === 'text') return given.text;
  throw new MathError(`${name} takes a word there`);
}

function valuesOf(name: string, given: MathValue): (at: number) => number | undefined {
  if (given.kind === 'scalar') return () => given.value;
  if (given.kind === 'series') return (at) => given.series.points.get(at);
  throw new MathError(`${name} takes numbers and time series`);
}

function fillingOf(given: MathValue | undefined): Filling {
  if (given?.kind === 'scalar') return given.value;
  if (given?.kind === 'series') return given.series;
  if (given?.kind === 'text' && (given.text === 'REPEAT' || given.text === 'LINEAR')) return given.text;
  throw new MathError('FILL takes a number, a time series, REPEAT or LINEAR');
}
