/** What `stats` computes. https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Stats.html */
import { numberOf, textOf } from './functions.ts';
import type { Value } from './row.ts';

export interface Tally {
  /** `value` is undefined where the event does not have it. */
  add(value: Value, timestamp: number): void;
  result(): Value;
}

export type Aggregate = (parameter: number | undefined) => Tally;

/** Over the numbers among the values, all of them at the end. */
const ofNumbers =
  (work: (numbers: number[], parameter: number) => number | undefined): Aggregate =>
  (parameter = 0) => {
    const numbers: number[] = [];
    return {
      add(value) {
        const number = numberOf(value);
        if (number !== undefined) numbers.push(number);
      },
      result: () => (numbers.length === 0 ? undefined : work(numbers, parameter)),
    };
  };

const folded =
  (fold: (total: number, value: number) => number, first: number): Aggregate =>
  () => {
    let total = first;
    let any = false;
    return {
      add(value) {
        const number = numberOf(value);
        if (number === undefined) return;
        total = fold(total, number);
        any = true;
      },
      result: () => (any ? total : undefined),
    };
  };

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

const spread = (numbers: readonly number[]): number => {
  const mean = sum(numbers) / numbers.length;
  return Math.sqrt(sum(numbers.map((one) => (one - mean) ** 2)) / Math.max(numbers.length - 1, 1));
};

/** Nearest rank. */
function percentile(numbers: number[], wanted: number): number | undefined {
  numbers.sort((a, b) => a - b);
  return numbers[Math.min(Math.max(Math.ceil((wanted / 100) * numbers.length) - 1, 0), numbers.length - 1)];
}

const byTime =
  (isBetter: (time: number, best: number) => boolean): Aggregate =>
  () => {
    let best: { readonly time: number; readonly value: Value } | undefined;
    return {
      add(value, time) {
        if (value !== undefined && (best === undefined || isBetter(time, best.time))) best = { time, value };
      },
      result: () => best?.value,
    };
  };

const byText =
  (isBetter: (value: string, best: string) => boolean): Aggregate =>
  () => {
    let best: Value;
    return {
      add(value) {
        if (value !== undefined && (best === undefined || isBetter(textOf(value), textOf(best)))) best = value;
      },
      result: () => best,
    };
  };

export const AGGREGATES: Readonly<Record<string, Aggregate>> = {
  count: () => {
    let count = 0;
    return { add: (value) => void (value !== undefined && count++), result: () => count };
  },
  count_distinct: () => {
    const seen = new Set<string>();
    return { add: (value) => void (value !== undefined && seen.add(textOf(value))), result: () => seen.size };
  },
  sum: folded((total, value) => total + value, 0),
  min: folded(Math.min, Number.POSITIVE_INFINITY),
  max: folded(Math.max, Number.NEGATIVE_INFINITY),
  avg: ofNumbers((numbers) => sum(numbers) / numbers.length),
  stddev: ofNumbers(spread),
  pct: ofNumbers(percentile),
  percentile: ofNumbers(percentile),
  median: ofNumbers((numbers) => percentile(numbers, 50)),
  earliest: byTime((time, best) => time < best),
  latest: byTime((time, best) => time >= best),
  sortsfirst: byText((value, best) => value < best),
  sortslast: byText((value, best) => value > best),
};
