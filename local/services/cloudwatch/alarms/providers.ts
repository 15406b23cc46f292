/**
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudwatch-alarm.html
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudwatch-compositealarm.html
 */
import { AwsError } from '../../../kernel/aws-error.ts';
import { type PropertyReader, readProperties } from '../../../kernel/property-reader.ts';
import type { Provider, ResourceRequest, Unsupported } from '../../../kernel/provider.ts';
import type { MetricDataQuery } from '../metrics/queries.ts';
import { tagsOf } from '../tags.ts';
import type { Alarms } from './alarms.ts';
import { isNeverPublished } from './published-metrics.ts';
import {
  compositeAlarmSettings,
  metricAlarmSettings,
  type PutCompositeAlarmInput,
  type PutMetricAlarmInput,
  untakenActions,
} from './settings.ts';

export function alarmProviders(alarms: Alarms): Readonly<Record<string, Provider>> {
  return {
    'AWS::CloudWatch::Alarm': provider(alarms, (request, name) => {
      // What cannot be evaluated exists in name only, and `unsupported` has said so.
      if (whyNot(request)) return;
      const input = readAlarm(request, name);
      alarms.put(metricAlarmSettings(input), tagsOf(input.Tags));
    }),
    'AWS::CloudWatch::CompositeAlarm': provider(alarms, (request, name) => {
      const input = readComposite(request, name);
      alarms.put(compositeAlarmSettings(input), tagsOf(input.Tags));
    }),
  };
}

function provider(alarms: Alarms, put: (request: ResourceRequest, name: string) => void): Provider {
  const made = (request: ResourceRequest, name: string) => {
    put(request, name);
    return { physicalId: name, attributes: { Arn: alarms.book.arn(name) } };
  };
  return {
    create: (request) => made(request, nameIn(request) ?? request.generatedName),
    update(request, existing) {
      const before = existing.properties['AlarmName'];
      const name = nameIn(request);
      return made(request, name === before ? existing.physicalId : (name ?? request.replacementName));
    },
    delete({ physicalId }) {
      if (alarms.book.get(physicalId)) alarms.delete([physicalId]);
    },
    unsupported: (request) => [...(whyNot(request) ?? []), ...untaken(request), ...unpublished(request)],
  };
}

const nameIn = ({ properties }: ResourceRequest): string | undefined =>
  properties['AlarmName'] === undefined ? undefined : String(properties['AlarmName']);

/** Alarms that AWS would evaluate and nobody here does. Everything else that is wrong fails the resource. */
function whyNot(request: ResourceRequest): readonly Unsupported[] | undefined {
  if (request.type !== 'AWS::CloudWatch::Alarm') return undefined;
  try {
    metricAlarmSettings(readAlarm(request, 'any'));
    return undefined;
  } catch (error) {
    if (!(error instanceof AwsError) || !error.message.endsWith('is not emulated here.')) return undefined;
    const path = ['ThresholdMetricId', 'EvaluationCriteria', 'EvaluationWindow', 'Metrics', 'ComparisonOperator'].find(
      (name) => request.properties[name] !== undefined,
    );
    return [
      { path: path === undefined ? [] : [path], message: `${error.message.slice(0, -1)}: the alarm never rings` },
    ];
  }
}

const ACTION_LISTS = ['OKActions', 'AlarmActions', 'InsufficientDataActions'] as const;

function untaken({ properties }: ResourceRequest): readonly Unsupported[] {
  return ACTION_LISTS.flatMap((name) => {
    const list = properties[name];
    return (Array.isArray(list) ? list : []).flatMap((arn, index): readonly Unsupported[] =>
      typeof arn === 'string' && untakenActions([arn]).length > 0
        ? [{ path: [name, index], message: `${arn} is not taken here: the action has no effect` }]
        : [],
    );
  });
}

/** Metrics that come on AWS and never here, at the line that names each. */
function unpublished({ properties: { Namespace, MetricName, Metrics } }: ResourceRequest): readonly Unsupported[] {
  const queries: readonly unknown[] = Array.isArray(Metrics) ? Metrics : [];
  const watched = [
    { path: ['MetricName'] as const, metric: { Namespace, MetricName } },
    ...queries.map((query, index) => ({
      path: ['Metrics', index, 'MetricStat', 'Metric', 'MetricName'] as const,
      metric: (query as MetricDataQuery | undefined)?.MetricStat?.Metric ?? {},
    })),
  ];
  return watched.flatMap(({ path, metric: { Namespace: namespace, MetricName: name } }): readonly Unsupported[] =>
    typeof namespace === 'string' && typeof name === 'string' && isNeverPublished(namespace, name)
      ? [{ path, message: `nobody publishes ${name} of ${namespace} here: the alarm gets no data` }]
      : [],
  );
}

function readAlarm(request: ResourceRequest, AlarmName: string): PutMetricAlarmInput {
  const { EvaluationWindow, EvaluationCriteria } = request.properties;
  return readProperties(request, (at) => ({
    AlarmName,
    ...actionsIn(at),
    MetricName: at.text('MetricName'),
    Namespace: at.text('Namespace'),
    Statistic: at.text('Statistic'),
    ExtendedStatistic: at.text('ExtendedStatistic'),
    Dimensions: dimensionsIn(at),
    Period: at.integer('Period'),
    Unit: at.text('Unit'),
    EvaluationPeriods: at.integer('EvaluationPeriods', [1, 525_600]),
    DatapointsToAlarm: at.integer('DatapointsToAlarm'),
    Threshold: numberIn(at, 'Threshold'),
    ComparisonOperator: at.requiredText('ComparisonOperator'),
    TreatMissingData: at.text('TreatMissingData'),
    EvaluateLowSampleCountPercentile: at.text('EvaluateLowSampleCountPercentile'),
    ThresholdMetricId: at.text('ThresholdMetricId'),
    EvaluationCriteria,
    EvaluationWindow: EvaluationWindow as PutMetricAlarmInput['EvaluationWindow'],
    Metrics: request.properties['Metrics'] === undefined ? undefined : at.objects('Metrics', queryIn),
  }));
}

function queryIn(at: PropertyReader): MetricDataQuery {
  return {
    Id: at.requiredText('Id'),
    Label: at.text('Label'),
    ReturnData: at.boolean('ReturnData'),
    Expression: at.text('Expression'),
    Period: at.integer('Period'),
    AccountId: at.text('AccountId'),
    MetricStat: at.object('MetricStat', (stat) => ({
      Metric:
        stat.object('Metric', (metric) => ({
          Namespace: metric.text('Namespace'),
          MetricName: metric.text('MetricName'),
          Dimensions: dimensionsIn(metric),
        })) ?? {},
      Period: stat.requiredInteger('Period'),
      Stat: stat.requiredText('Stat'),
      Unit: stat.text('Unit'),
    })),
  };
}

function readComposite(request: ResourceRequest, AlarmName: string): PutCompositeAlarmInput {
  return readProperties(request, (at) => ({
    AlarmName,
    ...actionsIn(at),
    AlarmRule: at.requiredText('AlarmRule'),
    ActionsSuppressor: at.text('ActionsSuppressor'),
    ActionsSuppressorWaitPeriod: at.integer('ActionsSuppressorWaitPeriod'),
    ActionsSuppressorExtensionPeriod: at.integer('ActionsSuppressorExtensionPeriod'),
  }));
}

function actionsIn(at: PropertyReader) {
  return {
    AlarmDescription: at.text('AlarmDescription'),
    ActionsEnabled: at.boolean('ActionsEnabled'),
    OKActions: at.texts('OKActions'),
    AlarmActions: at.texts('AlarmActions'),
    InsufficientDataActions: at.texts('InsufficientDataActions'),
    Tags: at.objects('Tags', (tag) => ({ Key: tag.requiredText('Key'), Value: tag.requiredText('Value') })),
  };
}

function dimensionsIn(at: PropertyReader) {
  return at.objects('Dimensions', (one) => ({ Name: one.requiredText('Name'), Value: one.requiredText('Value') }));
}

function numberIn(at: PropertyReader, name: string): number | undefined {
  const text = at.text(name);
  return text === undefined ? undefined : Number(text);
}
