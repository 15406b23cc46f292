/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { evaluate } from './evaluator.ts';
import { parseExpression } from './syntax.ts';
import { MathError, type MathValue, type TimeSeries } from './values.ts';

const START = Date.UTC(2026, 10, 21, 12);
const line = (label: string, ...values: (number | undefined)[]): TimeSeries => ({
  label,
  period: 60,
  points: new Map(values.flatMap((value, index) => (value === undefined ? [] : [[START + index * 60_000, value]]))),
});
const METRICS: Readonly<Record<string, TimeSeries>> = {
  m1: line('m1', 1, undefined, 3, 4),
  m2: line('m2', 10, 20, undefined, 0),
  errors: line('errors', 0, 2, 0, 1),
  none: line('none'),
};

function work(text: string): MathValue {
  return evaluate(parseExpression(text), {
    timeline: { from: START, to: START + 240_000, period: 60 },
    resolve: (id) => METRICS[id] && { kind: 'series', series: METRICS[id] },
    metrics: (containing) => Object.entries(METRICS).flatMap(([id, one]) => (id.includes(containing) ? [one] : [])),
  });
}

/** Of a series its values by minute. */
function told(text: string): unknown {
  const value = work(text);
  const values = ({ points }: TimeSeries) =>
    [0, 1, 2, 3].map((minute) => points.get(START + minute * 60_000) ?? '-').join(' ');
  if (value.kind === 'scalar') return value.value;
  if (value.kind === 'series') return values(value.series);
  return value.kind === 'list' ? value.list.map(values) : value.text;
}

test.each([
  ['1 + 2 * 3 ^ 2 - -4', 23],
  ['(1 + 2) * 3', 9],
  ['2 ^ 3 ^ 2', 512],
  ['1 < 2 AND 3 >= 4 OR 5 == 5', 1],
  ['1 > 2 || (1 != 2 && 0)', 0],
  ['m1 + m2', '11 - - 4'],
  ['m2 / errors', '- 10 - 0'],
  ['m1 / m2 * 100', '10 - - -'],
  ['100 - m1', '99 - 97 96'],
  ['m1 > 2', '0 - 1 1'],
  ['-m1', '-1 - -3 -4'],
  ['m1 ^ 2', '1 - 9 16'],
  ['SUM(m1)', 8],
  ['AVG(m2)', 10],
  ['MIN(errors)', 0],
  ['MAX(m2)', 20],
  ['STDDEV([m1, m2])', '4.5 0 0 2'],
  ['m1 - AVG(m2)', '-9 - -7 -6'],
  ['SUM([m1, m2])', '11 20 3 4'],
  ['MAX(METRICS())', '10 20 3 4'],
  ['SUM(METRICS("m"))', '11 20 3 4'],
  ['METRIC_COUNT(METRICS())', 4],
  ['DATAPOINT_COUNT(m1)', 3],
  ['DATAPOINT_COUNT([m1, m2])', '2 1 1 2'],
  ['REMOVE_EMPTY(METRICS("n"))', []],
  ['ABS(m1 - 3)', '2 - 0 1'],
  ['CEIL(m1 / 2)', '1 - 2 2'],
  ['FLOOR(m1 / 2)', '0 - 1 2'],
  ['LOG10(m2)', '1 1.3010299956639813 - -'],
  ['LOG(1)', 0],
  ['DIFF(m1)', '- - 2 1'],
  ['DIFF_TIME(m1)', '- - 120 60'],
  ['RATE(m1) * 60', '- - 1 1'],
  ['RUNNING_SUM(m1)', '1 - 4 8'],
  ['PERIOD(m1)', 60],
  ['FILL(m1, 0)', '1 0 3 4'],
  ['FILL(m1, REPEAT)', '1 1 3 4'],
  ['FILL(m1, LINEAR)', '1 2 3 4'],
  ['FILL(m1, m2)', '1 20 3 4'],
  ['FILL(none, 7)', '7 7 7 7'],
  ['FIRST([m2, m1])', '10 20 - 0'],
  ['LAST([m2, m1])', '1 - 3 4'],
  ['SLICE([m1, m2, errors], 1, 3)', ['10 20 - 0', '0 2 0 1']],
  ['SLICE([m1, m2], 1)', '10 20 - 0'],
  ['SORT([m1, m2, errors], MAX, DESC, 2)', ['10 20 - 0', '1 - 3 4']],
  ['SORT([m2, none, m1], AVG, ASC)', ['1 - 3 4', '10 20 - 0', '- - - -']],
  ['TIME_SERIES(2)', '2 2 2 2'],
  ['IF(m1 > 2, m1, 0)', '0 - 3 4'],
  ['IF(1, m1, m2)', '1 - 3 4'],
  ['IF(FILL(m2, 0) > 5, 1, m1)', '1 1 3 4'],
  ['MINUTE(m2)', '0 1 - 3'],
  ['HOUR(m2)', '12 12 - 12'],
  ['DAY(m2)', '6 6 - 6'],
  ['DATE(m2)', '21 21 - 21'],
  ['MONTH(m2)', '11 11 - 11'],
  ['YEAR(m2)', '2026 2026 - 2026'],
  [`EPOCH(m2) - ${START / 1000}`, '0 60 - 180'],
  ['[m1, m2] * 2', ['2 - 6 8', '20 40 - 0']],
  ['METRICS("m") + errors', ['1 - 3 5', '10 22 - 1']],
])('%s', (text, expected) => {
  expect(told(text)).toEqual(expected);
});

describe('what it refuses', () => {
  test.each([
    ['m1 +', /Unexpected the end/],
    ['m1 m2', /Unexpected m2/],
    ['(m1', /Expected \) before the end/],
    ['m9 * 2', /Unknown identifier m9/],
    ['NOPE(m1)', /Unsupported function NOPE/],
    ['m1 # 2', /Unexpected character at 3/],
    ['SEARCH("{AWS/Lambda} Errors", "Sum", 60)', /SEARCH is not emulated here/],
    ['ANOMALY_DETECTION_BAND(m1)', /ANOMALY_DETECTION_BAND is not emulated here/],
    ['FILL(m1, SOMETHING)', /Unknown identifier SOMETHING/],
    ['[m1, m2] + [m1]', /same size/],
    ['('.repeat(5_000), /too deeply/],
  ])('%s', (text, message) => {
    expect(() => work(text)).toThrow(message);
  });

  test('anything else ends in an answer or a MathError, never in a crash', () => {
    const piece = fc.constantFrom(
      'm1',
      'm2',
      '1',
      '+',
      '-',
      '*',
      '/',
      '^',
      '(',
      ')',
      '[',
      ']',
      ',',
      'SUM(',
      'FILL(',
      '"x"',
      'AND',
      '>',
      '0.5',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
        try {
          work(pieces.join(' '));
        } catch (error) {
          expect(error).toBeInstanceOf(MathError);
        }
      }),
      { numRuns: 300 },
    );
  });
});

test('numbers are worked out as JavaScript does, with the same precedence', () => {
  type Tree = { readonly text: string; readonly value: number };
  const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      fc.nat(9).map((value) => ({ text: String(value), value })),
      fc.tuple(tie('tree'), fc.constantFrom('+', '-', '*', '<', '>=', '=='), tie('tree')).map(([a, operator, b]) => ({
        text: `(${a.text} ${operator} ${b.text})`,
        value: {
          '+': a.value + b.value,
          '-': a.value - b.value,
          '*': a.value * b.value,
          '<': Number(a.value < b.value),
          '>=': Number(a.value >= b.value),
          '==': Number(a.value === b.value),
        }[operator]!,
      })),
    ),
  }));
  fc.assert(
    fc.property(tree, tree, tree, (a, b, c) => {
      const text = `${a.text} + ${b.text} * ${c.text} - ${b.text}`;
      expect(told(text)).toBe(a.value + b.value * c.value - b.value);
    }),
  );
});
