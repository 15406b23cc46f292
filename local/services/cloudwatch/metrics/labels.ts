/** Labels with `${…}` in them. https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/graph-dynamic-labels.html */
import type { TimeSeries } from '../math/values.ts';
import type { ReadQuery } from './queries.ts';

export interface LabelPlace {
  readonly accountId: string;
  readonly region: string;
}

/** What a line is called in the answer. */
export function labelOf(query: ReadQuery, line: TimeSeries, isOneOfMany: boolean, place: LabelPlace): string {
  if (query.label === undefined)
    return query.kind === 'metric' ? query.metric.series.name : isOneOfMany ? line.label : query.id;
  const text = query.label.replace(
    /\$\{\s*([A-Z_]+)(?:\(\s*'([^']*)'\s*\))?\s*\}/g,
    (whole, name: string, property?: string) => {
      if (name === 'PROP' && property !== undefined) return propertyOf(query, property, place) ?? whole;
      if (name === 'LABEL') return line.label;
      return computed(name, line) ?? whole;
    },
  );
  // Of several lines under one label each keeps its own name behind it.
  return isOneOfMany && text === query.label ? `${text} ${line.label}` : text;
}

function propertyOf(query: ReadQuery, property: string, { accountId, region }: LabelPlace): string | undefined {
  if (property === 'AccountId') return accountId;
  if (property === 'Region') return region;
  if (query.kind === 'expression') return undefined;
  const { series, stat, period } = query.metric;
  switch (property) {
    case 'MetricName':
      return series.name;
    case 'Namespace':
      return series.namespace;
    case 'Stat':
      return stat;
    case 'Period':
      return String(period);
    default:
      return property.startsWith('Dim.') ? series.dimensions[property.slice(4)] : undefined;
  }
}

const VALUES: Readonly<Record<string, (points: readonly (readonly [number, number])[]) => readonly [number, number]>> =
  {
    FIRST: (points) => points[0]!,
    LAST: (points) => points.at(-1)!,
    MIN: (points) => points.reduce((a, b) => (b[1] < a[1] ? b : a)),
    MAX: (points) => points.reduce((a, b) => (b[1] > a[1] ? b : a)),
  };

/** `LAST`, `MAX_TIME`, `AVG`, `SUM` … of the points; undefined where there is no such word. */
function computed(name: string, { points }: TimeSeries): string | undefined {
  const all = [...points];
  const [, word = name, suffix] = /^(FIRST|LAST|MIN|MAX)(_TIME)?(?:_RELATIVE)?$/.exec(name) ?? [];
  const choose = VALUES[word];
  if (choose) {
    if (all.length === 0) return '--';
    const [at, value] = choose(all);
    return suffix ? new Date(at).toISOString() : rounded(value);
  }
  const sum = all.reduce((total, [, value]) => total + value, 0);
  if (name === 'SUM') return rounded(sum);
  if (name === 'AVG') return all.length === 0 ? '--' : rounded(sum / all.length);
  return undefined;
}

const rounded = (value: number): string => String(Number(value.toPrecision(6)));
