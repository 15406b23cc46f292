/** The alarms' API. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html */
import { AwsError } from '../../kernel/aws-error.ts';
import type { Operation } from '../../kernel/service.ts';
import type { AlarmRecord, Alarms } from './alarms.ts';
import { type AlarmState, COMPARISONS, type Comparison, MISSING_DATA, type MissingData } from './evaluation.ts';
import { statisticNamed } from './statistics.ts';

interface PutMetricAlarmInput {
  readonly AlarmName: string;
  readonly AlarmDescription?: string;
  readonly ActionsEnabled?: boolean;
  readonly OKActions?: readonly string[];
  readonly AlarmActions?: readonly string[];
  readonly InsufficientDataActions?: readonly string[];
  readonly MetricName?: string;
  readonly Namespace?: string;
  readonly Statistic?: string;
  readonly ExtendedStatistic?: string;
  readonly Dimensions?: readonly { readonly Name: string; readonly Value: string }[];
  readonly Period?: number;
  readonly Unit?: string;
  readonly EvaluationPeriods: number;
  readonly DatapointsToAlarm?: number;
  readonly Threshold?: number;
  readonly ComparisonOperator: string;
  readonly TreatMissingData?: string;
  readonly Metrics?: readonly unknown[];
}

interface Named {
  readonly AlarmNames?: readonly string[];
}

const invalid = (message: string): AwsError => new AwsError('ValidationError', message);

export function alarmOperations(alarms: Alarms): Readonly<Record<string, Operation>> {
  const on = (action: string) => (name: string) => ({ action: `cloudwatch:${action}`, resource: alarms.arn(name) });
  const onAll =
    (action: string) =>
    ({ AlarmNames }: Named) =>
      AlarmNames?.length ? AlarmNames.map(on(action)) : [{ action: `cloudwatch:${action}`, resource: '*' }];
  const switchActions = (action: string, actionsEnabled: boolean): Operation<Named> => ({
    requires: onAll(action),
    handle({ AlarmNames = [] }) {
      for (const alarm of AlarmNames.flatMap((name) => alarms.get(name) ?? []))
        alarms.put({ ...alarm, actionsEnabled });
      return {};
    },
  });

  return {
    PutMetricAlarm: {
      requires: (input: PutMetricAlarmInput) => [on('PutMetricAlarm')(input.AlarmName)],
      handle(input: PutMetricAlarmInput) {
        alarms.put(settingsOf(input));
        return {};
      },
    },

    DescribeAlarms: {
      requires: onAll('DescribeAlarms'),
      handle(
        input: Named & {
          readonly AlarmNamePrefix?: string;
          readonly StateValue?: AlarmState;
          readonly ActionPrefix?: string;
          readonly MaxRecords?: number;
          readonly NextToken?: string;
          readonly AlarmTypes?: readonly string[];
        },
      ) {
        alarms.evaluate(input.AlarmNames);
        const {
          AlarmNames,
          AlarmNamePrefix = '',
          StateValue,
          ActionPrefix = '',
          MaxRecords = 50,
          NextToken = '',
        } = input;
        const wanted = alarms
          .list()
          .filter(({ name, state, actions }) => {
            if (AlarmNames && !AlarmNames.includes(name)) return false;
            if (StateValue !== undefined && state !== StateValue) return false;
            const own = Object.values(actions).flat();
            return (
              name.startsWith(AlarmNamePrefix) &&
              (ActionPrefix === '' || own.some((arn) => arn.startsWith(ActionPrefix)))
            );
          })
          .filter(({ name }) => name > NextToken);
        if (input.AlarmTypes && !input.AlarmTypes.includes('MetricAlarm'))
          return { MetricAlarms: [], CompositeAlarms: [] };
        const shown = wanted.slice(0, MaxRecords);
        return {
          MetricAlarms: shown.map((alarm) => describe(alarm, alarms.arn(alarm.name))),
          CompositeAlarms: [],
          NextToken: wanted.length > shown.length ? shown.at(-1)?.name : undefined,
        };
      },
    },

    DescribeAlarmsForMetric: {
      requires: () => [{ action: 'cloudwatch:DescribeAlarmsForMetric', resource: '*' }],
      handle({ MetricName, Namespace }: { readonly MetricName: string; readonly Namespace: string }) {
        const found = alarms.list().filter((one) => one.metricName === MetricName && one.namespace === Namespace);
        return { MetricAlarms: found.map((alarm) => describe(alarm, alarms.arn(alarm.name))) };
      },
    },

    DeleteAlarms: {
      requires: onAll('DeleteAlarms'),
      handle({ AlarmNames = [] }: Named) {
        const absent = AlarmNames.find((name) => !alarms.get(name));
        if (absent !== undefined)
          throw new AwsError('ResourceNotFound', `Alarm ${absent} does not exist.`, { statusCode: 404 });
        for (const name of AlarmNames) alarms.delete(name);
        return {};
      },
    },

    SetAlarmState: {
      requires: ({ AlarmName }: { readonly AlarmName: string }) => [on('SetAlarmState')(AlarmName)],
      handle(input: {
        readonly AlarmName: string;
        readonly StateValue: AlarmState;
        readonly StateReason: string;
        readonly StateReasonData?: string;
      }) {
        if (!alarms.get(input.AlarmName))
          throw new AwsError('ResourceNotFound', 'Alarm does not exist.', { statusCode: 404 });
        if (!['OK', 'ALARM', 'INSUFFICIENT_DATA'].includes(input.StateValue)) {
          throw invalid(
            `1 validation error detected: Value '${input.StateValue}' at 'stateValue' failed to satisfy constraint: Member must satisfy enum value set: [INSUFFICIENT_DATA, ALARM, OK]`,
          );
        }
        alarms.setState(input.AlarmName, input.StateValue, input.StateReason, input.StateReasonData);
        return {};
      },
    },

    EnableAlarmActions: switchActions('EnableAlarmActions', true),
    DisableAlarmActions: switchActions('DisableAlarmActions', false),
  };
}

/** Throws ValidationError. */
export function settingsOf(
  input: PutMetricAlarmInput,
): Omit<AlarmRecord, 'configuredAt' | 'state' | 'stateReason' | 'stateUpdatedAt'> {
  const {
    AlarmName: name,
    MetricName: metricName,
    Namespace: namespace,
    Period: period = 60,
    Threshold: threshold,
  } = input;
  if (input.Metrics) throw invalid('Alarms on metric math expressions are not evaluated here: name one metric.');
  if (metricName === undefined || namespace === undefined) throw invalid('MetricName and Namespace are required');
  if (threshold === undefined) throw invalid('Threshold is required');
  if (!Object.hasOwn(COMPARISONS, input.ComparisonOperator)) {
    throw invalid(
      `ComparisonOperator ${input.ComparisonOperator} is not one of ${Object.keys(COMPARISONS).join(', ')}`,
    );
  }
  const missingData = (input.TreatMissingData ?? 'missing') as MissingData;
  if (!MISSING_DATA.includes(missingData)) throw invalid(`TreatMissingData must be one of ${MISSING_DATA.join(', ')}`);
  const { EvaluationPeriods: evaluationPeriods, DatapointsToAlarm: datapointsToAlarm = evaluationPeriods } = input;
  if (!(evaluationPeriods >= 1)) throw invalid('EvaluationPeriods must be at least 1');
  if (datapointsToAlarm > evaluationPeriods)
    throw invalid('DatapointsToAlarm must be less than or equal to EvaluationPeriods');
  if (period !== 10 && period !== 20 && period !== 30 && period % 60 !== 0) {
    throw invalid('Period must be 10, 20, 30 or a multiple of 60');
  }
  return {
    name,
    description: input.AlarmDescription,
    namespace,
    metricName,
    dimensions: Object.fromEntries((input.Dimensions ?? []).map(({ Name, Value }) => [Name, Value])),
    statistic: statisticNamed(input.ExtendedStatistic ?? input.Statistic ?? 'Average'),
    period,
    evaluationPeriods,
    datapointsToAlarm,
    comparison: input.ComparisonOperator as Comparison,
    threshold,
    missingData,
    unit: input.Unit,
    actionsEnabled: input.ActionsEnabled ?? true,
    actions: {
      OK: input.OKActions ?? [],
      ALARM: input.AlarmActions ?? [],
      INSUFFICIENT_DATA: input.InsufficientDataActions ?? [],
    },
  };
}

function describe(alarm: AlarmRecord, AlarmArn: string): object {
  return {
    AlarmName: alarm.name,
    AlarmArn,
    AlarmDescription: alarm.description,
    AlarmConfigurationUpdatedTimestamp: new Date(alarm.configuredAt),
    ActionsEnabled: alarm.actionsEnabled,
    OKActions: alarm.actions.OK,
    AlarmActions: alarm.actions.ALARM,
    InsufficientDataActions: alarm.actions.INSUFFICIENT_DATA,
    StateValue: alarm.state,
    StateReason: alarm.stateReason,
    StateReasonData: alarm.stateReasonData,
    StateUpdatedTimestamp: new Date(alarm.stateUpdatedAt),
    StateTransitionedTimestamp: new Date(alarm.stateUpdatedAt),
    MetricName: alarm.metricName,
    Namespace: alarm.namespace,
    Statistic: alarm.statistic,
    Dimensions: Object.entries(alarm.dimensions).map(([Name, Value]) => ({ Name, Value })),
    Period: alarm.period,
    Unit: alarm.unit,
    EvaluationPeriods: alarm.evaluationPeriods,
    DatapointsToAlarm: alarm.datapointsToAlarm,
    Threshold: alarm.threshold,
    ComparisonOperator: alarm.comparison,
    TreatMissingData: alarm.missingData,
  };
}
