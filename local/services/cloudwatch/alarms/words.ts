/** Reasons as CloudWatch words them, in sentences and in JSON. */
import type { Judgement } from './evaluation.ts';
import type { MetricAlarmSettings } from './records.ts';

/** A data point of the evaluation range. */
export interface Datapoint {
  /** The beginning of its period, ms since 1970. */
  readonly at: number;
  readonly value: number;
  readonly sampleCount?: number;
}

const RELATIONS = {
  GreaterThanOrEqualToThreshold: 'greater than or equal to',
  GreaterThanThreshold: 'greater than',
  LessThanThreshold: 'less than',
  LessThanOrEqualToThreshold: 'less than or equal to',
} as const;

const TREATED = { breaching: 'Breaching', notBreaching: 'NonBreaching', ignore: 'Ignore', missing: 'Missing' } as const;

/** @param decided the points that decided, newest first */
export function reasonOf(
  alarm: MetricAlarmSettings,
  { state, missing }: Judgement,
  decided: readonly Datapoint[],
  isBreaching: (value: number) => boolean,
): string {
  const { evaluationPeriods: periods, datapointsToAlarm, comparison, threshold, missingData } = alarm;
  if (state === 'INSUFFICIENT_DATA')
    return `Insufficient Data: ${counted(periods, 'datapoint')} ${were(periods)} unknown.`;
  const filled = `${counted(missing, 'missing datapoint')} ${were(missing)} treated as [${TREATED[missingData]}]`;
  if (decided.length === 0) {
    return `Threshold Crossed: no datapoints were received for ${counted(periods, 'period')} and ${filled}.`;
  }
  const isAlarm = state === 'ALARM';
  const shown = decided.filter(({ value }) => isBreaching(value) === isAlarm);
  const list = shown.map(({ at, value }) => `${javaDouble(value)} (${shortDate(at)})`).join(', ');
  const relation = `${isAlarm ? '' : 'not '}${RELATIONS[comparison]} the threshold (${javaDouble(threshold)})`;
  if (missing > 0) {
    const tail = missingData === 'breaching' || missingData === 'notBreaching' ? ` and ${filled}` : '';
    return `Threshold Crossed: ${counted(shown.length, 'datapoint')} [${list}] ${were(shown.length)} ${relation}${tail}.`;
  }
  const minimum = isAlarm ? datapointsToAlarm : periods - datapointsToAlarm + 1;
  const transition = isAlarm ? 'OK -> ALARM' : 'ALARM -> OK';
  return `Threshold Crossed: ${shown.length} out of the last ${counted(periods, 'datapoint')} [${list}] ${were(shown.length)} ${relation} (minimum ${counted(minimum, 'datapoint')} for ${transition} transition).`;
}

/** StateReasonData. https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html */
export function reasonDataOf(alarm: MetricAlarmSettings, decided: readonly Datapoint[], now: number): string {
  const { watched, threshold } = alarm;
  const oldestFirst = decided.toReversed();
  const startDate = oldestFirst[0]?.at;
  return JSON.stringify({
    version: '1.0',
    queryDate: awsDate(now),
    ...(startDate !== undefined && { startDate: awsDate(startDate) }),
    ...(watched.kind === 'metric' && {
      ...(watched.unit !== undefined && { unit: watched.unit }),
      statistic: watched.statistic,
    }),
    period: watched.period,
    recentDatapoints: oldestFirst.map(({ value }) => value),
    threshold,
    evaluatedDatapoints: decided.map(({ at, value, sampleCount }) => ({ timestamp: awsDate(at), sampleCount, value })),
  });
}

/** `2026-11-21T12:00:00.000+0000` */
export const awsDate = (at: number): string => new Date(at).toISOString().replace('Z', '+0000');

/** `Friday 04 August, 2023 12:54:46 UTC` */
export function longDate(at: number): string {
  const date = new Date(at);
  const part = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat('en-GB', { ...options, timeZone: 'UTC' }).format(date);
  const time = date.toISOString().slice(11, 19);
  return `${part({ weekday: 'long' })} ${part({ day: '2-digit' })} ${part({ month: 'long' })}, ${date.getUTCFullYear()} ${time} UTC`;
}

/** `21/11/26 12:00:00` */
function shortDate(at: number): string {
  const [date = '', time = ''] = new Date(at).toISOString().split('T');
  const [year = '', month, day] = date.split('-');
  return `${day}/${month}/${year.slice(2)} ${time.slice(0, 8)}`;
}

const javaDouble = (value: number): string => (Number.isInteger(value) ? value.toFixed(1) : String(value));
const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
const were = (count: number): string => (count === 1 ? 'was' : 'were');
