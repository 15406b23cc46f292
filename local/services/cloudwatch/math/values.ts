/** What metric math computes with. */

/** One line over time; where it has no point, there is no data. */
export interface TimeSeries {
  readonly label: string;
  /** Seconds. */
  readonly period: number;
  /** Value by the period's beginning, ms since 1970, in order of time. */
  readonly points: ReadonlyMap<number, number>;
}

export type MathValue =
  | { readonly kind: 'scalar'; readonly value: number }
  | { readonly kind: 'series'; readonly series: TimeSeries }
  | { readonly kind: 'list'; readonly list: readonly TimeSeries[] }
  /** Only as an argument: `SORT(…, DESC)`, `METRICS("errors")`. */
  | { readonly kind: 'text'; readonly text: string };

/** The periods of a request: `TIME_SERIES(1)` has a point in each. */
export interface Timeline {
  readonly from: number;
  readonly to: number;
  /** Seconds. */
  readonly period: number;
}

export class MathError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'MathError';
  }
}

/** Names what AWS can compute and this cannot. */
export class MathNotEmulated extends MathError {
  constructor(what: string) {
    super(`${what} is not emulated here`);
    this.name = 'MathNotEmulated';
  }
}

export const scalar = (value: number): MathValue => ({ kind: 'scalar', value });

export function withPoints(series: TimeSeries, points: Iterable<readonly [number, number]>): TimeSeries {
  return { ...series, points: new Map(points) };
}

export function mapped(series: TimeSeries, change: (value: number, at: number) => number | undefined): TimeSeries {
  const points = new Map<number, number>();
  for (const [at, value] of series.points) {
    const changed = change(value, at);
    // Neither is a value a metric can have.
    if (changed !== undefined && Number.isFinite(changed)) points.set(at, changed);
  }
  return { ...series, points };
}

export function timesOf({ from, to, period }: Timeline): number[] {
  const count = Math.max(0, Math.ceil((to - from) / (period * 1000)));
  return Array.from({ length: count }, (_, index) => from + index * period * 1000);
}
