/** The tables of https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ALARM_STATES, type AlarmState, type Condition, judge, MISSING_DATA } from './evaluation.ts';

/** `0` is within, `X` beyond the threshold, `-` is missing; oldest first. */
function states(pattern: string, datapointsToAlarm: number, current: AlarmState): readonly AlarmState[] {
  const points = pattern.split(' ').map((point) => (point === '-' ? undefined : point === 'X' ? 10 : 0));
  const common = { periods: 3, datapointsToAlarm, threshold: 5, comparison: 'GreaterThanThreshold' } as const;
  return (['missing', 'ignore', 'breaching', 'notBreaching'] as const).map(
    (missing) => judge({ ...common, missing }, points, current).state,
  );
}

const RETAIN = 'retain';

describe.each(ALARM_STATES)('an alarm that is %s', (current) => {
  /** The columns: missing, ignore, breaching, notBreaching. */
  test.each([
    // Three of three.
    [3, '0 - X - X', ['OK', 'OK', 'OK', 'OK']],
    [3, '0 - - - -', ['OK', 'OK', 'OK', 'OK']],
    [3, '- - - - -', ['INSUFFICIENT_DATA', RETAIN, 'ALARM', 'OK']],
    [3, '0 X X - X', ['ALARM', 'ALARM', 'ALARM', 'ALARM']],
    [3, '- - X - -', ['ALARM', RETAIN, 'ALARM', 'OK']],
    // The oldest that is looked at: real data counts, however old it is.
    [3, 'X - - - -', ['ALARM', RETAIN, 'ALARM', 'OK']],
    [3, '- - - - 0', ['OK', 'OK', 'OK', 'OK']],
    // Two of three.
    [2, '0 - X - X', ['ALARM', 'ALARM', 'ALARM', 'ALARM']],
    [2, '0 0 X 0 X', ['ALARM', 'ALARM', 'ALARM', 'ALARM']],
    [2, '0 - X - -', ['OK', 'OK', 'ALARM', 'OK']],
    [2, '- - - - 0', ['OK', 'OK', 'ALARM', 'OK']],
    [2, '- - - X -', ['ALARM', RETAIN, 'ALARM', 'OK']],
    // What must not ring too early: the next point may be a good one.
    [3, '- - - - X', [RETAIN, RETAIN, 'ALARM', 'OK']],
    [3, '- - - X -', [RETAIN, RETAIN, 'ALARM', 'OK']],
    [3, '- - - X 0', ['OK', 'OK', 'OK', 'OK']],
    [3, '- - X - 0', ['OK', 'OK', 'OK', 'OK']],
  ])('with %i datapoints to alarm, %s', (datapointsToAlarm, pattern, expected) => {
    const wanted = expected.map((state) => (state === RETAIN ? current : state));
    expect(states(pattern, datapointsToAlarm, current)).toEqual(wanted);
  });
});

test.each([
  ['GreaterThanThreshold', ['OK', 'OK', 'ALARM']],
  ['GreaterThanOrEqualToThreshold', ['OK', 'ALARM', 'ALARM']],
  ['LessThanThreshold', ['ALARM', 'OK', 'OK']],
  ['LessThanOrEqualToThreshold', ['ALARM', 'ALARM', 'OK']],
] as const)('%s, below, at and above it', (comparison, expected) => {
  const condition = { periods: 1, datapointsToAlarm: 1, threshold: 5, missing: 'missing', comparison } as const;
  expect([4, 5, 6].map((value) => judge(condition, [value], 'OK').state)).toEqual(expected);
});

/** The same by words: fill what is missing, as few times as can be, then count. */
function naive(
  { periods, datapointsToAlarm, missing }: Condition,
  points: readonly (number | undefined)[],
): AlarmState {
  const real = points.filter((point) => point !== undefined).slice(-periods);
  const filled: number[] = [...real];
  while (filled.length < periods) filled.push(missing === 'breaching' ? 10 : 0);
  return filled.filter((value) => value > 5).length >= datapointsToAlarm ? 'ALARM' : 'OK';
}

test('M of N, against counting by hand', () => {
  const point = fc.constantFrom(undefined, 0, 10);
  fc.assert(
    fc.property(
      fc.array(point, { minLength: 6, maxLength: 12 }),
      fc.integer({ min: 1, max: 6 }),
      fc.nat(5),
      fc.constantFrom(...MISSING_DATA),
      fc.constantFrom(...ALARM_STATES),
      (points, periods, less, missing, current) => {
        const datapointsToAlarm = Math.max(1, periods - less);
        const condition = {
          periods,
          datapointsToAlarm,
          threshold: 5,
          comparison: 'GreaterThanThreshold',
          missing,
        } as const;
        const { state, decided, missing: absent } = judge(condition, points, current);
        expect(decided.length + absent).toBe(periods);
        const real = points.filter((one) => one !== undefined);
        if (missing === 'breaching' || missing === 'notBreaching' || real.length >= periods) {
          expect(state).toBe(naive(condition, points));
        } else if (real.length === 0) expect(state).toBe(missing === 'missing' ? 'INSUFFICIENT_DATA' : current);
        // Any good point among too few, without enough bad ones, is good news.
        else if (naive(condition, points) === 'OK' && real.includes(0)) expect(state).toBe('OK');
      },
    ),
  );
});
