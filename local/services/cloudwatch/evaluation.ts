/**
 * What an alarm's data points say.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
 */
export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';

export const COMPARISONS = {
  GreaterThanOrEqualToThreshold: (value: number, threshold: number) => value >= threshold,
  GreaterThanThreshold: (value: number, threshold: number) => value > threshold,
  LessThanThreshold: (value: number, threshold: number) => value < threshold,
  LessThanOrEqualToThreshold: (value: number, threshold: number) => value <= threshold,
} as const;
export type Comparison = keyof typeof COMPARISONS;

export const MISSING_DATA = ['breaching', 'notBreaching', 'ignore', 'missing'] as const;
export type MissingData = (typeof MISSING_DATA)[number];

export interface Evaluation {
  /** Of the evaluation range, oldest first; undefined where there is no data. Longer than `periods` when it can be. */
  readonly points: readonly (number | undefined)[];
  /** EvaluationPeriods */
  readonly periods: number;
  readonly datapointsToAlarm: number;
  readonly comparison: Comparison;
  readonly threshold: number;
  readonly missing: MissingData;
  readonly state: AlarmState;
}

export function evaluateAlarm(evaluation: Evaluation): AlarmState {
  const { points, periods, datapointsToAlarm, comparison, threshold, missing, state } = evaluation;
  // Older data of the range stands in for what is missing, so that late data does not change the state.
  const real = points.filter((point) => point !== undefined).slice(-periods);
  const breaching = real.filter((value) => COMPARISONS[comparison](value, threshold)).length;
  const absent = periods - real.length;
  if (breaching >= datapointsToAlarm) return 'ALARM';
  if (absent === 0) return 'OK';
  switch (missing) {
    case 'breaching':
      return breaching + absent >= datapointsToAlarm ? 'ALARM' : 'OK';
    case 'notBreaching':
      return 'OK';
    case 'ignore':
      return state;
    case 'missing':
      if (real.length === 0) return 'INSUFFICIENT_DATA';
      // What there is decides; it may ring early.
      return breaching === real.length ? 'ALARM' : 'OK';
  }
}
