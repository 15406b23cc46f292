/** What PutMetricAlarm and PutCompositeAlarm are given, checked. */
import { invalidCombination, missingParameter, notEmulated, validationError } from '../errors.ts';
import { type Dimension, dimensionsOf } from '../metrics/dimensions.ts';
import { checkPeriod, type MetricDataQuery, type ReadQuery, readQueries } from '../metrics/queries.ts';
import { readStatistic } from '../metrics/statistic.ts';
import { parseRule } from './composite-rule.ts';
import { COMPARISONS, type Comparison, MISSING_DATA, type MissingData } from './evaluation.ts';
import { kindOfAction } from './notices.ts';
import type { CompositeAlarmSettings, MetricAlarmSettings, Watched } from './records.ts';

interface ActionsInput {
  readonly AlarmName: string;
  readonly AlarmDescription?: string;
  readonly ActionsEnabled?: boolean;
  readonly OKActions?: readonly string[];
  readonly AlarmActions?: readonly string[];
  readonly InsufficientDataActions?: readonly string[];
  readonly Tags?: readonly { readonly Key: string; readonly Value: string }[];
}

export interface PutMetricAlarmInput extends ActionsInput {
  readonly MetricName?: string;
  readonly Namespace?: string;
  readonly Statistic?: string;
  readonly ExtendedStatistic?: string;
  readonly Dimensions?: readonly Dimension[];
  readonly Period?: number;
  readonly Unit?: string;
  readonly EvaluationPeriods?: number;
  readonly DatapointsToAlarm?: number;
  readonly Threshold?: number;
  readonly ComparisonOperator?: string;
  readonly TreatMissingData?: string;
  readonly EvaluateLowSampleCountPercentile?: string;
  readonly Metrics?: readonly MetricDataQuery[];
  readonly ThresholdMetricId?: string;
  readonly EvaluationCriteria?: unknown;
  readonly EvaluationInterval?: number;
  readonly EvaluationWindow?: { readonly WallClockWindow?: unknown };
}

export interface PutCompositeAlarmInput extends ActionsInput {
  readonly AlarmRule: string;
  readonly ActionsSuppressor?: string;
  readonly ActionsSuppressorWaitPeriod?: number;
  readonly ActionsSuppressorExtensionPeriod?: number;
}

const MOST_ACTIONS = 5;
const WEEK_S = 7 * 86_400;
const DAY_S = 86_400;

/** Throws ValidationError, InvalidParameterCombination, MissingParameter, InvalidParameterValue. */
export function metricAlarmSettings(input: PutMetricAlarmInput): MetricAlarmSettings {
  refuseOthers(input);
  const { EvaluationPeriods: evaluationPeriods, Threshold: threshold, ComparisonOperator: comparison } = input;
  if (evaluationPeriods === undefined) throw missingParameter('The parameter EvaluationPeriods is required.');
  if (!(evaluationPeriods >= 1)) throw validationError('EvaluationPeriods must be at least 1.');
  if (threshold === undefined) throw missingParameter('The parameter Threshold is required.');
  if (!Number.isFinite(threshold)) throw validationError('Threshold must be a number.');
  const { DatapointsToAlarm: stated } = input;
  if (stated !== undefined && (stated < 1 || stated > evaluationPeriods)) {
    throw validationError('DatapointsToAlarm must be at least 1 and less than or equal to EvaluationPeriods.');
  }
  const watched = input.Metrics ? expressionsIn(input, input.Metrics) : metricIn(input);
  checkSpan(watched.period, evaluationPeriods);
  const missing = oneOf<MissingData>('TreatMissingData', MISSING_DATA, input.TreatMissingData);
  return {
    kind: 'metric',
    ...actionsIn(input),
    watched,
    evaluationPeriods,
    datapointsToAlarm: stated ?? evaluationPeriods,
    statedDatapointsToAlarm: stated,
    comparison: oneOf('ComparisonOperator', Object.keys(COMPARISONS) as Comparison[], comparison)!,
    threshold,
    // Its metrics come only when something happens: CloudWatch decides so itself.
    missingData: watched.kind === 'metric' && watched.namespace === 'AWS/DynamoDB' ? 'ignore' : (missing ?? 'missing'),
    statedMissingData: missing,
    lowSampleCountPercentile: oneOf(
      'EvaluateLowSampleCountPercentile',
      ['evaluate', 'ignore'] as const,
      input.EvaluateLowSampleCountPercentile,
    ),
  };
}

/** What AWS has and nobody here evaluates. */
function refuseOthers(input: PutMetricAlarmInput): void {
  const { ComparisonOperator = '', ThresholdMetricId, EvaluationCriteria, EvaluationWindow } = input;
  if (ThresholdMetricId !== undefined) throw notEmulated('ThresholdMetricId (an alarm on an anomaly detection band)');
  if (EvaluationCriteria !== undefined) throw notEmulated('EvaluationCriteria (an alarm on a PromQL query)');
  if (EvaluationWindow?.WallClockWindow !== undefined) throw notEmulated('EvaluationWindow.WallClockWindow');
  if (
    ['LessThanLowerOrGreaterThanUpperThreshold', 'LessThanLowerThreshold', 'GreaterThanUpperThreshold'].includes(
      ComparisonOperator,
    )
  ) {
    throw notEmulated(`ComparisonOperator ${ComparisonOperator} (an alarm on an anomaly detection band)`);
  }
  if (ComparisonOperator === '') throw missingParameter('The parameter ComparisonOperator is required.');
}

function metricIn(input: PutMetricAlarmInput): Watched {
  const { MetricName: metricName, Namespace: namespace, Period: period, Statistic, ExtendedStatistic } = input;
  if (metricName === undefined || namespace === undefined || period === undefined) {
    throw missingParameter('The parameters MetricName, Namespace and Period are required unless Metrics is given.');
  }
  if (Statistic !== undefined && ExtendedStatistic !== undefined) {
    throw invalidCombination('The parameters Statistic and ExtendedStatistic are mutually exclusive.');
  }
  const statistic = Statistic ?? ExtendedStatistic;
  if (statistic === undefined) {
    throw missingParameter('Either Statistic or ExtendedStatistic must be specified.');
  }
  const read = readStatistic(statistic);
  if (!read || (read.kind === 'simple') !== (Statistic !== undefined)) {
    throw validationError(
      `The value ${statistic} is not a valid ${Statistic === undefined ? 'ExtendedStatistic' : 'Statistic'}.`,
    );
  }
  checkPeriod(period);
  return {
    kind: 'metric',
    namespace,
    metricName,
    dimensions: dimensionsOf(input.Dimensions),
    statistic,
    period,
    unit: input.Unit,
  };
}

function expressionsIn(input: PutMetricAlarmInput, queries: readonly MetricDataQuery[]): Watched {
  const taken = ['MetricName', 'Namespace', 'Period', 'Statistic', 'ExtendedStatistic', 'Dimensions'] as const;
  // An empty list of dimensions is what some clients send for none.
  const both = taken.filter((name) => input[name] !== undefined && (name !== 'Dimensions' || input.Dimensions?.length));
  if (both.length > 0) {
    throw invalidCombination(`The parameters Metrics and ${both.join(', ')} are mutually exclusive.`);
  }
  const read = readQueries(queries);
  const returned = read.filter(({ returnData }) => returnData);
  if (returned.length !== 1) {
    throw validationError('Exactly one element of the metrics list should return data.');
  }
  const period = periodOf(read, returned[0]!);
  return { kind: 'expressions', queries, period };
}

function periodOf(queries: readonly ReadQuery[], returned: ReadQuery): number {
  const stated = returned.kind === 'metric' ? returned.metric.period : returned.period;
  const periods = new Set(queries.flatMap((query) => (query.kind === 'metric' ? query.metric.period : [])));
  if (periods.size > 1) throw validationError('All metrics of an alarm must have the same Period.');
  return stated ?? [...periods][0] ?? 60;
}

function checkSpan(period: number, evaluationPeriods: number): void {
  if (period === 1 || period === 5) throw validationError('Period must be 10, 20, 30 or a multiple of 60.');
  const span = period * evaluationPeriods;
  if (span > (period >= 3600 ? WEEK_S : DAY_S)) {
    throw validationError(
      'Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400), or a week where Period is an hour or more.',
    );
  }
}

/** Throws ValidationError. */
export function compositeAlarmSettings(input: PutCompositeAlarmInput): CompositeAlarmSettings {
  const { AlarmRule: rule, ActionsSuppressor, ActionsSuppressorWaitPeriod, ActionsSuppressorExtensionPeriod } = input;
  parseRule(rule);
  const periods = [ActionsSuppressorWaitPeriod, ActionsSuppressorExtensionPeriod];
  if (ActionsSuppressor === undefined ? periods.some((one) => one !== undefined) : periods.includes(undefined)) {
    throw validationError(
      'ActionsSuppressor, ActionsSuppressorWaitPeriod and ActionsSuppressorExtensionPeriod must be given together.',
    );
  }
  return {
    kind: 'composite',
    ...actionsIn(input),
    rule,
    suppressor:
      ActionsSuppressor === undefined
        ? undefined
        : {
            alarm: ActionsSuppressor,
            waitPeriod: ActionsSuppressorWaitPeriod!,
            extensionPeriod: ActionsSuppressorExtensionPeriod!,
          },
  };
}

function actionsIn(input: ActionsInput) {
  const actions = {
    OK: input.OKActions ?? [],
    ALARM: input.AlarmActions ?? [],
    INSUFFICIENT_DATA: input.InsufficientDataActions ?? [],
  };
  for (const list of Object.values(actions)) {
    if (list.length > MOST_ACTIONS) throw validationError(`An alarm may have ${MOST_ACTIONS} actions per state.`);
    for (const arn of list) {
      if (!/^arn:[^:]+:[a-z0-9-]+:/.test(arn)) throw validationError(`Invalid arn syntax: ${arn}`);
    }
  }
  return {
    name: input.AlarmName,
    description: input.AlarmDescription,
    actionsEnabled: input.ActionsEnabled ?? true,
    actions,
  };
}

/** Actions that AWS would take and nobody here can. */
export const untakenActions = (actions: readonly string[]): readonly string[] =>
  actions.filter((arn) => arn.startsWith('arn:') && kindOfAction(arn) === undefined);

function oneOf<T extends string>(name: string, values: readonly T[], given: string | undefined): T | undefined {
  if (given === undefined) return undefined;
  const found = values.find((value) => value === given);
  if (found !== undefined) return found;
  throw validationError(`The value ${given} for ${name} is not one of ${values.join(', ')}.`);
}
