/** The alarms' API. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html */
import type { CallContext, Operation, Requirement } from '../../../kernel/service.ts';
import { notEmulated, validationError } from '../errors.ts';
import { type Dimension, dimensionsOf } from '../metrics/dimensions.ts';
import { pageOf } from '../paging.ts';
import { requestTags, tagsOf } from '../tags.ts';
import type { Alarms } from './alarms.ts';
import { alarmsOf, parseRule } from './composite-rule.ts';
import { describeCompositeAlarm, describeMetricAlarm } from './describe.ts';
import { ALARM_STATES, type AlarmState } from './evaluation.ts';
import type { Alarm, MetricAlarm } from './records.ts';
import {
  compositeAlarmSettings,
  metricAlarmSettings,
  type PutCompositeAlarmInput,
  type PutMetricAlarmInput,
  untakenActions,
} from './settings.ts';

interface Named {
  readonly AlarmNames?: readonly string[];
}

interface DescribeAlarmsInput extends Named {
  readonly AlarmNamePrefix?: string;
  readonly AlarmTypes?: readonly ('MetricAlarm' | 'CompositeAlarm')[];
  readonly ChildrenOfAlarmName?: string;
  readonly ParentsOfAlarmName?: string;
  readonly StateValue?: AlarmState;
  readonly ActionPrefix?: string;
  readonly MaxRecords?: number;
  readonly NextToken?: string;
}

const PAGE = 50;

export function alarmOperations(alarms: Alarms): Readonly<Record<string, Operation>> {
  const { book, history } = alarms;
  const on = (action: string, name: string, context?: Requirement['context']): Requirement => {
    return { action: `cloudwatch:${action}`, resource: book.arn(name), ...(context && { context }) };
  };
  const onEach =
    (action: string) =>
    ({ AlarmNames = [] }: Named): Requirement[] =>
      AlarmNames.map((name) => on(action, name));
  const onAll = (action: string) => (): Requirement[] => [{ action: `cloudwatch:${action}`, resource: book.arn('*') }];

  function putRequirements(action: string, input: PutMetricAlarmInput | PutCompositeAlarmInput): Requirement[] {
    const { OKActions = [], AlarmActions = [], InsufficientDataActions = [] } = input;
    const actions = [...OKActions, ...AlarmActions, ...InsufficientDataActions];
    const context = {
      ...(actions.length > 0 && { 'cloudwatch:AlarmActions': actions }),
      ...requestTags(input.Tags),
    };
    return [on(action, input.AlarmName, context)];
  }

  function refuseUntaken({
    OKActions = [],
    AlarmActions = [],
    InsufficientDataActions = [],
  }: PutMetricAlarmInput | PutCompositeAlarmInput): void {
    const [first] = untakenActions([...OKActions, ...AlarmActions, ...InsufficientDataActions]);
    if (first !== undefined) throw notEmulated(`The alarm action ${first}`);
  }

  return {
    PutMetricAlarm: {
      requires: (input: PutMetricAlarmInput) => putRequirements('PutMetricAlarm', input),
      handle(input: PutMetricAlarmInput) {
        refuseUntaken(input);
        alarms.put(metricAlarmSettings(input), tagsOf(input.Tags));
        return {};
      },
    },

    PutCompositeAlarm: {
      requires: (input: PutCompositeAlarmInput) => putRequirements('PutCompositeAlarm', input),
      handle(input: PutCompositeAlarmInput) {
        refuseUntaken(input);
        alarms.put(compositeAlarmSettings(input), tagsOf(input.Tags));
        return {};
      },
    },

    DescribeAlarms: {
      requires: onAll('DescribeAlarms'),
      handle(input: DescribeAlarmsInput, call: CallContext) {
        // A deployment's time may run faster than the clock: it would be over before the alarm looks.
        if (isDeployment(call)) alarms.lookNow(input.AlarmNames ?? []);
        const types = input.AlarmTypes ?? ['MetricAlarm'];
        const relatives = relativesOf(input);
        const found = book.list().filter((alarm) => {
          const isOfType = types.includes(alarm.kind === 'metric' ? 'MetricAlarm' : 'CompositeAlarm');
          return (relatives ? relatives.has(alarm.name) : isOfType) && matches(alarm, input);
        });
        const page = pageOf(found, input.MaxRecords ?? PAGE, input.NextToken);
        if (relatives) return { MetricAlarms: [], CompositeAlarms: page.items.map(brief), NextToken: page.NextToken };
        return {
          MetricAlarms: page.items.flatMap((alarm) =>
            alarm.kind === 'metric' ? [describeMetricAlarm(alarm, book)] : [],
          ),
          CompositeAlarms: page.items.flatMap((alarm) =>
            alarm.kind === 'composite' ? [describeCompositeAlarm(alarm, book)] : [],
          ),
          NextToken: page.NextToken,
        };
      },
    },

    DescribeAlarmsForMetric: {
      requires: () => [{ action: 'cloudwatch:DescribeAlarmsForMetric', resource: '*' }],
      handle(input: {
        readonly MetricName: string;
        readonly Namespace: string;
        readonly Dimensions?: readonly Dimension[];
        readonly Statistic?: string;
        readonly ExtendedStatistic?: string;
        readonly Period?: number;
        readonly Unit?: string;
      }) {
        const dimensions = JSON.stringify(Object.entries(dimensionsOf(input.Dimensions)).sort());
        const statistic = input.Statistic ?? input.ExtendedStatistic;
        const found = book.metricAlarms().filter(({ watched }: MetricAlarm) => {
          if (watched.kind !== 'metric' || watched.metricName !== input.MetricName) return false;
          return (
            watched.namespace === input.Namespace &&
            JSON.stringify(Object.entries(watched.dimensions).sort()) === dimensions &&
            (statistic ?? watched.statistic) === watched.statistic &&
            (input.Period ?? watched.period) === watched.period &&
            (input.Unit ?? watched.unit) === watched.unit
          );
        });
        return { MetricAlarms: found.map((alarm) => describeMetricAlarm(alarm, book)) };
      },
    },

    DescribeAlarmHistory: {
      requires: ({ AlarmName }: { readonly AlarmName?: string }) => [on('DescribeAlarmHistory', AlarmName ?? '*')],
      handle(input: {
        readonly AlarmName?: string;
        readonly AlarmTypes?: readonly string[];
        readonly HistoryItemType?: string;
        readonly StartDate?: Date;
        readonly EndDate?: Date;
        readonly MaxRecords?: number;
        readonly NextToken?: string;
        readonly ScanBy?: 'TimestampDescending' | 'TimestampAscending';
      }) {
        const types = input.AlarmTypes ?? ['MetricAlarm'];
        const found = history
          .list({
            alarmName: input.AlarmName,
            type: input.HistoryItemType,
            from: input.StartDate?.getTime(),
            to: input.EndDate?.getTime(),
          })
          .filter(({ alarmType }) => types.includes(alarmType));
        if (input.ScanBy === 'TimestampAscending') found.reverse();
        const page = pageOf(found, input.MaxRecords ?? 100, input.NextToken);
        return {
          AlarmHistoryItems: page.items.map((item) => ({
            AlarmName: item.alarmName,
            AlarmType: item.alarmType,
            Timestamp: new Date(item.at),
            HistoryItemType: item.type,
            HistorySummary: item.summary,
            HistoryData: item.data,
          })),
          NextToken: page.NextToken,
        };
      },
    },

    DeleteAlarms: {
      requires: onEach('DeleteAlarms'),
      handle({ AlarmNames = [] }: Named) {
        alarms.delete(AlarmNames);
        return {};
      },
    },

    SetAlarmState: {
      requires: ({ AlarmName }: { readonly AlarmName: string }) => [on('SetAlarmState', AlarmName)],
      handle(input: {
        readonly AlarmName: string;
        readonly StateValue: AlarmState;
        readonly StateReason: string;
        readonly StateReasonData?: string;
      }) {
        if (!ALARM_STATES.includes(input.StateValue)) {
          throw validationError(
            `1 validation error detected: Value '${input.StateValue}' at 'stateValue' failed to satisfy constraint: Member must satisfy enum value set: [INSUFFICIENT_DATA, ALARM, OK]`,
          );
        }
        const { StateValue: state, StateReason: reason, StateReasonData: reasonData } = input;
        alarms.setState(input.AlarmName, { state, reason, reasonData });
        return {};
      },
    },

    EnableAlarmActions: {
      requires: onEach('EnableAlarmActions'),
      handle({ AlarmNames = [] }: Named) {
        alarms.switchActions(AlarmNames, true);
        return {};
      },
    },

    DisableAlarmActions: {
      requires: onEach('DisableAlarmActions'),
      handle({ AlarmNames = [] }: Named) {
        alarms.switchActions(AlarmNames, false);
        return {};
      },
    },
  };

  /** The names below or above a composite alarm; undefined when nobody asked for them. */
  function relativesOf({
    ChildrenOfAlarmName,
    ParentsOfAlarmName,
  }: DescribeAlarmsInput): ReadonlySet<string> | undefined {
    if (ChildrenOfAlarmName !== undefined) {
      const parent = book.get(ChildrenOfAlarmName);
      return new Set(parent?.kind === 'composite' ? childrenOf(parent.rule) : []);
    }
    if (ParentsOfAlarmName === undefined) return undefined;
    const parents = book.compositeAlarms().filter(({ rule }) => childrenOf(rule).includes(ParentsOfAlarmName));
    return new Set(parents.map(({ name }) => name));
  }

  function childrenOf(rule: string): readonly string[] {
    return alarmsOf(parseRule(rule)).flatMap((alarm) => book.get(alarm)?.name ?? []);
  }

  /** Of relatives AWS tells no more than this. */
  function brief({ name, standing }: Alarm): object {
    return { AlarmName: name, AlarmArn: book.arn(name), StateValue: standing.state };
  }
}

function matches(alarm: Alarm, input: DescribeAlarmsInput): boolean {
  const { AlarmNames, AlarmNamePrefix = '', StateValue = alarm.standing.state, ActionPrefix = '' } = input;
  if (AlarmNames && !AlarmNames.includes(alarm.name)) return false;
  if (StateValue !== alarm.standing.state || !alarm.name.startsWith(AlarmNamePrefix)) return false;
  const own = Object.values(alarm.actions).flat();
  return ActionPrefix === '' || own.some((arn) => arn.startsWith(ActionPrefix));
}

function isDeployment({ principal }: CallContext): boolean {
  return principal.kind === 'role-session' && principal.invokedBy === 'codedeploy.amazonaws.com';
}
