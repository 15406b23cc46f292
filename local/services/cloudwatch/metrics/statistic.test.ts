/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html */
import { expect, test } from '@jest/globals';
import { MetricAggregate } from '../../../kernel/index.ts';
import { readStatistic, statisticOf } from './statistic.ts';

/** 1, 2 … 100. */
const HUNDRED = (() => {
  const values = Array.from({ length: 100 }, (_, index) => [index + 1, 1] as const);
  return new MetricAggregate({ count: 100, sum: 5050, minimum: 1, maximum: 100 }, values);
})();

test.each([
  ['SampleCount', 100],
  ['Average', 50.5],
  ['Sum', 5050],
  ['Minimum', 1],
  ['Maximum', 100],
  ['p50', 50],
  ['p99', 99],
  ['p99.9', 100],
  ['p0', 1],
  ['p100', 100],
  ['tm90', 45.5],
  ['TM(10%:90%)', 50.5],
  ['TM(:10)', 5.5],
  ['TM(90:)', 95.5],
  ['iqm', 50.5],
  ['IQM', 50.5],
  ['tc99', 99],
  ['TC(10:20)', 10],
  ['ts10', 55],
  ['TS(80%:)', 1810],
  ['wm98', 50.47],
  ['WM(10%:90%)', 50.5],
  ['PR(:30)', 30],
  ['PR(10:30)', 20],
])('%s', (name, expected) => {
  expect(statisticOf(readStatistic(name)!, HUNDRED)).toBeCloseTo(expected, 8);
});

test.each(['average', 'p101', 'p', 'TM(90%:10%)', 'TM(10%:90)', 'PR(10%:20%)', 'TM(:)', 'p9.12345678901', 'median'])(
  '%s is none',
  (name) => {
    expect(readStatistic(name)).toBeUndefined();
  },
);

test('of a set without its values there are no percentiles', () => {
  const set = new MetricAggregate({ count: 2, sum: 3, minimum: 1, maximum: 2 });
  expect(statisticOf(readStatistic('p50')!, set)).toBeUndefined();
  expect(statisticOf(readStatistic('Maximum')!, set)).toBe(2);
  const same = new MetricAggregate({ count: 2, sum: 4, minimum: 2, maximum: 2 });
  expect(statisticOf(readStatistic('p50')!, same)).toBe(2);
});
