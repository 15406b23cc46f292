/** What a change of state tells others: topics, functions, the event bus. */
import type { Call, ServiceContext } from '../../../kernel/index.ts';
import type { AlarmBook } from './book.ts';
import type { Alarm, MetricAlarm, Standing } from './records.ts';
import { awsDate } from './words.ts';

type Notice = Omit<Call, 'signal'>;

/** An alarm that has changed, and what it was before. */
export interface Change {
  readonly alarm: Alarm;
  readonly before: Standing;
}

/** Kinds of ARN that an alarm can set off here. */
export type ActionKind = 'sns' | 'lambda';

/** Undefined for what AWS can do and nobody here: EC2, Auto Scaling, Systems Manager … */
export function kindOfAction(arn: string): ActionKind | undefined {
  const service = arn.split(':')[2];
  return service === 'sns' || service === 'lambda' ? service : undefined;
}

/** @returns the call of an action; undefined when nobody here can take it */
export function actionNotice(
  action: string,
  change: Change,
  book: AlarmBook,
  context: ServiceContext,
): Notice | undefined {
  const kind = kindOfAction(action);
  if (kind === undefined) return undefined;
  // A function and a topic know CloudWatch by two names.
  // https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions-Lambda.html
  const service = kind === 'lambda' ? 'lambda.alarms.cloudwatch.amazonaws.com' : 'cloudwatch.amazonaws.com';
  const caller = {
    kind: 'service',
    service,
    sourceArn: book.arn(change.alarm.name),
    sourceAccount: context.accountId,
  } as const;
  if (kind === 'lambda') {
    const Payload = JSON.stringify(functionEvent(change, book, context));
    return {
      caller,
      service: 'lambda',
      operation: 'Invoke',
      input: { FunctionName: action, InvocationType: 'Event', Payload },
    };
  }
  const { name, standing } = change.alarm;
  const Subject = `${standing.state}: "${name}" in ${regionName(context.region)}`.slice(0, 100);
  const Message = JSON.stringify(topicMessage(change, book, context));
  return { caller, service: 'sns', operation: 'Publish', input: { TopicArn: action, Subject, Message } };
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html */
export function eventNotice(change: Change, book: AlarmBook): Notice {
  const { alarm, before } = change;
  const entry = {
    Source: 'aws.cloudwatch',
    DetailType: 'CloudWatch Alarm State Change',
    Resources: [book.arn(alarm.name)],
    Time: new Date(alarm.standing.updatedAt),
    Detail: JSON.stringify({
      alarmName: alarm.name,
      configuration: configurationOf(alarm),
      previousState: stateOf(before),
      state: stateOf(alarm.standing),
    }),
  };
  const caller = { kind: 'internal', service: 'cloudwatch.amazonaws.com' } as const;
  return { caller, service: 'events', operation: 'PutEvents', input: { Entries: [entry] } };
}

function functionEvent({ alarm, before }: Change, book: AlarmBook, { accountId, region }: ServiceContext): object {
  return {
    source: 'aws.cloudwatch',
    alarmArn: book.arn(alarm.name),
    accountId,
    time: awsDate(alarm.standing.updatedAt),
    region,
    alarmData: {
      alarmName: alarm.name,
      state: stateOf(alarm.standing),
      previousState: stateOf(before),
      configuration: configurationOf(alarm),
    },
  };
}

function stateOf({ state: value, reason, reasonData, updatedAt }: Standing): object {
  return { value, reason, ...(reasonData !== undefined && { reasonData }), timestamp: awsDate(updatedAt) };
}

function configurationOf(alarm: Alarm): object {
  const { description } = alarm;
  if (alarm.kind === 'metric') return { description, metrics: metricsOf(alarm) };
  const { rule: alarmRule, suppressor } = alarm;
  return {
    description,
    alarmRule,
    ...(suppressor && {
      actionsSuppressor: suppressor.alarm,
      actionsSuppressorWaitPeriod: suppressor.waitPeriod,
      actionsSuppressorExtensionPeriod: suppressor.extensionPeriod,
    }),
  };
}

function metricsOf({ name, watched }: MetricAlarm): readonly object[] {
  if (watched.kind === 'metric') {
    const { namespace, metricName, dimensions, period, statistic: stat, unit } = watched;
    const metric = { namespace, name: metricName, dimensions };
    // AWS makes the id up; it is the same for the same alarm here.
    const id = Buffer.from(name).toString('hex').padEnd(32, '0').slice(0, 32).replace(/^(\d)/, 'a$1');
    return [{ id, metricStat: { metric, period, stat, ...(unit !== undefined && { unit }) }, returnData: true }];
  }
  return watched.queries.map(
    ({ Id: id, Label: label, Expression: expression, ReturnData: returnData = true, MetricStat }) => ({
      id,
      ...(label !== undefined && { label }),
      ...(expression !== undefined && { expression }),
      ...(MetricStat && {
        metricStat: {
          metric: {
            namespace: MetricStat.Metric.Namespace,
            name: MetricStat.Metric.MetricName,
            dimensions: Object.fromEntries(
              (MetricStat.Metric.Dimensions ?? []).map(({ Name, Value }) => [Name, Value]),
            ),
          },
          period: MetricStat.Period,
          stat: MetricStat.Stat,
        },
      }),
      returnData,
    }),
  );
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html */
function topicMessage({ alarm, before }: Change, book: AlarmBook, { accountId, region }: ServiceContext): object {
  const common = {
    AlarmName: alarm.name,
    AlarmDescription: alarm.description ?? null,
    AWSAccountId: accountId,
    AlarmConfigurationUpdatedTimestamp: awsDate(alarm.configuredAt),
    NewStateValue: alarm.standing.state,
    NewStateReason: alarm.standing.reason,
    StateChangeTime: awsDate(alarm.standing.updatedAt),
    Region: regionName(region),
    AlarmArn: book.arn(alarm.name),
    OldStateValue: before.state,
    OKActions: alarm.actions.OK,
    AlarmActions: alarm.actions.ALARM,
    InsufficientDataActions: alarm.actions.INSUFFICIENT_DATA,
  };
  if (alarm.kind === 'composite') return { ...common, AlarmRule: alarm.rule };
  return { ...common, Trigger: triggerOf(alarm) };
}

function triggerOf(alarm: MetricAlarm): object {
  const { watched, evaluationPeriods, datapointsToAlarm, comparison, threshold, missingData } = alarm;
  const common = {
    Period: watched.period,
    EvaluationPeriods: evaluationPeriods,
    DatapointsToAlarm: datapointsToAlarm,
    ComparisonOperator: comparison,
    Threshold: threshold,
    TreatMissingData: missingData,
    EvaluateLowSampleCountPercentile: alarm.lowSampleCountPercentile ?? '',
  };
  if (watched.kind === 'expressions') return { Metrics: watched.queries, ...common };
  const { metricName, namespace, statistic, unit, dimensions } = watched;
  const isSimple = /^[A-Z][A-Za-z]+$/.test(statistic) && statistic !== 'IQM';
  return {
    MetricName: metricName,
    Namespace: namespace,
    ...(isSimple
      ? {
          StatisticType: 'Statistic',
          Statistic: statistic === 'SampleCount' ? 'SAMPLE_COUNT' : statistic.toUpperCase(),
        }
      : { StatisticType: 'ExtendedStatistic', ExtendedStatistic: statistic }),
    Unit: unit ?? null,
    Dimensions: Object.entries(dimensions).map(([name, value]) => ({ value, name })),
    ...common,
  };
}

const REGIONS: Readonly<Record<string, string>> = {
  'us-east-1': 'US East (N. Virginia)',
  'us-east-2': 'US East (Ohio)',
  'us-west-2': 'US West (Oregon)',
  'eu-west-1': 'EU (Ireland)',
  'eu-central-1': 'EU (Frankfurt)',
  'ap-southeast-1': 'Asia Pacific (Singapore)',
};

/** Messages to people have the Region's name. */
const regionName = (region: string): string => REGIONS[region] ?? region;
