/**
 * A statistic's name, and what it makes of a period's values.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html
 */
import type { MetricAggregate } from '../../../kernel/index.ts';

export const SIMPLE_STATISTICS = ['SampleCount', 'Average', 'Sum', 'Minimum', 'Maximum'] as const;
export type SimpleStatistic = (typeof SIMPLE_STATISTICS)[number];

type WeightedValue = readonly [value: number, count: number];

/** Trimmed mean, winsorized mean, trimmed count, trimmed sum; percentile rank. */
type Kind = 'TM' | 'WM' | 'TC' | 'TS' | 'PR';

export type Statistic =
  | { readonly kind: 'simple'; readonly name: SimpleStatistic }
  | { readonly kind: 'percentile'; readonly percent: number }
  /** Between two percentiles, or above one value up to another. */
  | { readonly kind: Kind; readonly by: 'percent' | 'value'; readonly low: number; readonly high: number };

const NUMBER = '\\d+(?:\\.\\d{1,10})?';
const SHORT = new RegExp(`^(p|tm|wm|tc|ts)(${NUMBER})$`, 'i');
const RANGE = new RegExp(`^(TM|WM|TC|TS|PR)\\((${NUMBER}%?)?:(${NUMBER}%?)?\\)$`, 'i');

/** `p99.9`, `tm90`, `TM(10%:90%)`, `PR(:300)`, `IQM`, `Sum` …; undefined when there is no such statistic. */
export function readStatistic(text: string): Statistic | undefined {
  const simple = SIMPLE_STATISTICS.find((name) => name === text);
  if (simple) return { kind: 'simple', name: simple };
  if (/^iqm$/i.test(text)) return { kind: 'TM', by: 'percent', low: 25, high: 75 };
  const short = SHORT.exec(text);
  if (short) return readShort(short[1]!.toUpperCase(), Number(short[2]));
  const range = RANGE.exec(text);
  return range ? readRange(range[1]!.toUpperCase() as Kind, range[2], range[3]) : undefined;
}

function readShort(kind: string, percent: number): Statistic | undefined {
  if (percent > 100) return undefined;
  if (kind === 'P') return { kind: 'percentile', percent };
  return { kind: kind as Kind, by: 'percent', low: 0, high: percent };
}

function readRange(kind: Kind, from: string | undefined, to: string | undefined): Statistic | undefined {
  if (from === undefined && to === undefined) return undefined;
  const isPercent = [from, to].some((end) => end?.endsWith('%'));
  if (isPercent && ([from, to].some((end) => end !== undefined && !end.endsWith('%')) || kind === 'PR'))
    return undefined;
  const low = from === undefined ? (isPercent ? 0 : Number.NEGATIVE_INFINITY) : Number.parseFloat(from);
  const high = to === undefined ? (isPercent ? 100 : Number.POSITIVE_INFINITY) : Number.parseFloat(to);
  if (low >= high || (isPercent && high > 100)) return undefined;
  return { kind, by: isPercent ? 'percent' : 'value', low, high };
}

/** Undefined where the values it needs are not known: of statistic sets that came without them. */
export function statisticOf(statistic: Statistic, aggregate: MetricAggregate): number | undefined {
  if (statistic.kind === 'simple') return SIMPLE[statistic.name](aggregate);
  const values = aggregate.values();
  if (values === undefined) return undefined;
  if (statistic.kind === 'percentile') return percentile(values, statistic.percent);
  const { kind } = statistic;
  const kept = statistic.by === 'percent' ? betweenPercentiles(values, statistic) : betweenValues(values, statistic);
  const count = kept.inside.reduce((sum, [, weight]) => sum + weight, 0);
  const sum = kept.inside.reduce((total, [value, weight]) => total + value * weight, 0);
  switch (kind) {
    case 'TC':
      return count;
    case 'TS':
      return sum;
    case 'TM':
      return count === 0 ? undefined : sum / count;
    case 'PR':
      return (count / aggregate.count) * 100;
    case 'WM':
      if (count === 0) return undefined;
      return (sum + kept.below * kept.lowest + kept.above * kept.highest) / aggregate.count;
  }
}

const SIMPLE: Readonly<Record<SimpleStatistic, (aggregate: MetricAggregate) => number>> = {
  SampleCount: ({ count }) => count,
  Average: ({ sum, count }) => sum / count,
  Sum: ({ sum }) => sum,
  Minimum: ({ minimum }) => minimum,
  Maximum: ({ maximum }) => maximum,
};

/** The smallest value that so many per cent of all are not above. */
function percentile(values: readonly WeightedValue[], percent: number): number | undefined {
  const total = values.reduce((sum, [, count]) => sum + count, 0);
  const wanted = (total * percent) / 100;
  let passed = 0;
  for (const [value, count] of values) {
    passed += count;
    // Sums of halves and thirds may fall short by the last digit.
    if (passed >= wanted * (1 - 1e-12)) return value;
  }
  return values.at(-1)?.[0];
}

interface Kept {
  readonly inside: readonly WeightedValue[];
  /** How many fell out at either end, and what a winsorized mean takes instead of them. */
  readonly below: number;
  readonly above: number;
  readonly lowest: number;
  readonly highest: number;
}

/** A value on the border counts with the part of its weight that is inside. */
function betweenPercentiles(values: readonly WeightedValue[], { low, high }: { low: number; high: number }): Kept {
  const total = values.reduce((sum, [, count]) => sum + count, 0);
  const [from, to] = [(total * low) / 100, (total * high) / 100];
  const inside: WeightedValue[] = [];
  let passed = 0;
  for (const [value, count] of values) {
    const weight = Math.min(passed + count, to) - Math.max(passed, from);
    if (weight > 0) inside.push([value, weight]);
    passed += count;
  }
  const ends = { lowest: inside[0]?.[0] ?? 0, highest: inside.at(-1)?.[0] ?? 0 };
  return { inside, below: from, above: total - to, ...ends };
}

/** Above the lower value, up to and with the higher one. */
function betweenValues(values: readonly WeightedValue[], { low, high }: { low: number; high: number }): Kept {
  const weigh = (side: readonly WeightedValue[]): number => side.reduce((sum, [, count]) => sum + count, 0);
  return {
    inside: values.filter(([value]) => value > low && value <= high),
    below: weigh(values.filter(([value]) => value <= low)),
    above: weigh(values.filter(([value]) => value > high)),
    lowest: Number.isFinite(low) ? low : 0,
    highest: Number.isFinite(high) ? high : 0,
  };
}
