/** Alarms as DescribeAlarms shows them. */
import { listOf } from '../metrics/dimensions.ts';
import { readStatistic } from '../metrics/statistic.ts';
import type { AlarmBook } from './book.ts';
import type { Alarm, CompositeAlarm, MetricAlarm, Standing, Suppression } from './records.ts';

export function describeMetricAlarm(alarm: MetricAlarm, book: AlarmBook): object {
  return {
    ...common(alarm, book),
    ...watchedOf(alarm),
    EvaluationPeriods: alarm.evaluationPeriods,
    DatapointsToAlarm: alarm.statedDatapointsToAlarm,
    Threshold: alarm.threshold,
    ComparisonOperator: alarm.comparison,
    TreatMissingData: alarm.statedMissingData,
    EvaluateLowSampleCountPercentile: alarm.lowSampleCountPercentile,
  };
}

export function describeCompositeAlarm(alarm: CompositeAlarm, book: AlarmBook): object {
  const { suppressor, suppression } = alarm;
  return {
    ...common(alarm, book),
    AlarmRule: alarm.rule,
    ...(suppressor && {
      ActionsSuppressor: suppressor.alarm,
      ActionsSuppressorWaitPeriod: suppressor.waitPeriod,
      ActionsSuppressorExtensionPeriod: suppressor.extensionPeriod,
    }),
    ...(suppression && {
      ActionsSuppressedBy: suppression.by,
      ActionsSuppressedReason: suppressionReason(suppression),
    }),
  };
}

const suppressionReason = ({ by }: Suppression): string =>
  by === 'Alarm' ? 'Actions suppressed by Alarm' : `Actions suppressed by ${by}`;

function common(alarm: Alarm, book: AlarmBook): object {
  return {
    AlarmName: alarm.name,
    AlarmArn: book.arn(alarm.name),
    AlarmDescription: alarm.description,
    AlarmConfigurationUpdatedTimestamp: new Date(alarm.configuredAt),
    ActionsEnabled: alarm.actionsEnabled,
    OKActions: alarm.actions.OK,
    AlarmActions: alarm.actions.ALARM,
    InsufficientDataActions: alarm.actions.INSUFFICIENT_DATA,
    ...standingOf(alarm.standing),
  };
}

function standingOf({ state, reason, reasonData, updatedAt, transitionedAt }: Standing): object {
  return {
    StateValue: state,
    StateReason: reason,
    StateReasonData: reasonData,
    StateUpdatedTimestamp: new Date(updatedAt),
    StateTransitionedTimestamp: new Date(transitionedAt),
  };
}

function watchedOf({ watched }: MetricAlarm): object {
  if (watched.kind === 'expressions') return { Metrics: watched.queries, Dimensions: [] };
  const { metricName, namespace, statistic, dimensions, period, unit } = watched;
  const isSimple = readStatistic(statistic)?.kind === 'simple';
  return {
    MetricName: metricName,
    Namespace: namespace,
    [isSimple ? 'Statistic' : 'ExtendedStatistic']: statistic,
    Dimensions: listOf(dimensions),
    Period: period,
    Unit: unit,
  };
}
