/**
 * What an alarm's data points say.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
 */
export const ALARM_STATES = ['OK', 'ALARM', 'INSUFFICIENT_DATA'] as const;
export type AlarmState = (typeof ALARM_STATES)[number];

export const COMPARISONS = {
  GreaterThanOrEqualToThreshold: (value: number, threshold: number) => value >= threshold,
  GreaterThanThreshold: (value: number, threshold: number) => value > threshold,
  LessThanThreshold: (value: number, threshold: number) => value < threshold,
  LessThanOrEqualToThreshold: (value: number, threshold: number) => value <= threshold,
} as const;
export type Comparison = keyof typeof COMPARISONS;

export const MISSING_DATA = ['breaching', 'notBreaching', 'ignore', 'missing'] as const;
export type MissingData = (typeof MISSING_DATA)[number];

export interface Condition {
  /** EvaluationPeriods */
  readonly periods: number;
  readonly datapointsToAlarm: number;
  readonly comparison: Comparison;
  readonly threshold: number;
  readonly missing: MissingData;
}

export interface Judgement {
  readonly state: AlarmState;
  /** Places of the points that decided, newest first: at most as many as there are evaluation periods. */
  readonly decided: readonly number[];
  /** How many evaluation periods had no point, so that the rule for what is missing stood in. */
  readonly missing: number;
}

/**
 * @param points of the evaluation range, oldest first, undefined where there is no data; more than there are evaluation
 * periods, since older data stands in for what is missing
 * @param current what the alarm is, where the data says nothing
 */
export function judge(condition: Condition, points: readonly (number | undefined)[], current: AlarmState): Judgement {
  const { periods, datapointsToAlarm: enough, comparison, threshold } = condition;
  const decided: number[] = [];
  for (let place = points.length - 1; place >= 0 && decided.length < periods; place -= 1) {
    if (points[place] !== undefined) decided.push(place);
  }
  const missing = periods - decided.length;
  const breaching = decided.filter((place) => COMPARISONS[comparison](points[place]!, threshold));
  const told = (state: AlarmState): Judgement => ({ state, decided, missing });
  if (breaching.length >= enough) return told('ALARM');
  if (missing === 0) return told('OK');
  const isWithin = breaching.length < decided.length;
  switch (condition.missing) {
    case 'breaching':
      return told(breaching.length + missing >= enough ? 'ALARM' : 'OK');
    case 'notBreaching':
      return told('OK');
    case 'ignore':
      return told(isWithin ? 'OK' : current);
    case 'missing': {
      if (decided.length === 0) return told('INSUFFICIENT_DATA');
      if (isWithin) return told('OK');
      // One bad point that came late might be the first of many good ones: only when it has grown as old as the points
      // that an alarm takes does it ring.
      const age = points.length - decided.at(-1)!;
      return told(age >= enough ? 'ALARM' : current);
    }
  }
}
