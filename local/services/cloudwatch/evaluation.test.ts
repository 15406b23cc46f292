/** The tables of https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html */
import { describe, expect, test } from '@jest/globals';
import { type AlarmState, type Evaluation, evaluateAlarm, MISSING_DATA } from './evaluation.ts';

/** `0` is within, `X` beyond the threshold, `-` is missing; oldest first. */
function states(pattern: string, more: Partial<Evaluation> = {}): Record<string, AlarmState> {
  const points = pattern.split(' ').map((point) => (point === '-' ? undefined : point === 'X' ? 10 : 0));
  const common = { points, periods: 3, datapointsToAlarm: 3, threshold: 5, state: 'OK', ...more } as const;
  return Object.fromEntries(
    MISSING_DATA.map((missing) => [missing, evaluateAlarm({ comparison: 'GreaterThanThreshold', ...common, missing })]),
  );
}

const all = (state: AlarmState) => ({ breaching: state, notBreaching: state, ignore: state, missing: state });

describe('three of three periods', () => {
  test('enough data needs no rule for what is missing', () => {
    expect(states('0 - X - X')).toEqual(all('OK'));
    expect(states('X X X - -')).toEqual(all('ALARM'));
    expect(states('X - X X X')).toEqual(all('ALARM'));
  });

  test('where there is too little, the rule decides', () => {
    expect(states('- - - - -')).toEqual({
      breaching: 'ALARM',
      notBreaching: 'OK',
      ignore: 'OK',
      missing: 'INSUFFICIENT_DATA',
    });
    expect(states('- - - - X')).toEqual({ breaching: 'ALARM', notBreaching: 'OK', ignore: 'OK', missing: 'ALARM' });
    expect(states('0 - - - -')).toMatchObject({ breaching: 'OK', notBreaching: 'OK', missing: 'OK' });
    expect(states('- - - - X', { state: 'ALARM' })).toMatchObject({ ignore: 'ALARM' });
  });
});

test('two of three periods are enough where the alarm says so', () => {
  expect(states('0 0 X 0 X', { datapointsToAlarm: 2 })).toEqual(all('ALARM'));
  expect(states('0 X 0 0 X', { datapointsToAlarm: 2 })).toEqual(all('OK'));
});

test.each([
  ['GreaterThanThreshold', ['OK', 'OK', 'ALARM']],
  ['GreaterThanOrEqualToThreshold', ['OK', 'ALARM', 'ALARM']],
  ['LessThanThreshold', ['ALARM', 'OK', 'OK']],
  ['LessThanOrEqualToThreshold', ['ALARM', 'ALARM', 'OK']],
] as const)('%s, below, at and above it', (comparison, expected) => {
  const common = { periods: 1, datapointsToAlarm: 1, threshold: 5, missing: 'missing', state: 'OK' } as const;
  expect([4, 5, 6].map((value) => evaluateAlarm({ ...common, points: [value], comparison }))).toEqual(expected);
});
