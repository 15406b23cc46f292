/** AWS::CloudWatch::Alarm. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudwatch-alarm.html */

import { readProperties } from '../../kernel/property-reader.ts';
import type { Provider, ResourceRequest, ResourceResult } from '../../kernel/provider.ts';
import type { JsonObject } from '../../template/stack.ts';
import { settingsOf } from './alarm-operations.ts';
import type { Alarms } from './alarms.ts';
import { STATISTICS } from './statistics.ts';

export function alarmProvider(alarms: Alarms): Provider {
  function put(request: ResourceRequest, name: string): ResourceResult {
    // What cannot be evaluated exists in name only, and `unsupported` has said so.
    if (whyNot(request.properties) === undefined) alarms.put(settingsOf({ ...read(request), AlarmName: name }));
    return { physicalId: name, attributes: { Arn: alarms.arn(name) } };
  }

  return {
    create: (request) => put(request, nameIn(request) ?? request.generatedName),
    update(request, existing) {
      const before = existing.properties['AlarmName'];
      const name = nameIn(request);
      return put(request, name === before ? existing.physicalId : (name ?? request.replacementName));
    },
    delete: ({ physicalId }) => alarms.delete(physicalId),
    unsupported({ properties }) {
      const why = whyNot(properties);
      return why === undefined ? [] : [why];
    },
  };
}

const nameIn = ({ properties }: ResourceRequest): string | undefined =>
  properties['AlarmName'] === undefined ? undefined : String(properties['AlarmName']);

function whyNot(properties: JsonObject): { path: string[]; message: string } | undefined {
  if (properties['Metrics'] !== undefined) {
    return { path: ['Metrics'], message: 'metric math is not evaluated here: the alarm never rings' };
  }
  const { ExtendedStatistic, ThresholdMetricId } = properties;
  if (ExtendedStatistic !== undefined && !STATISTICS.some((name) => name === ExtendedStatistic)) {
    return { path: ['ExtendedStatistic'], message: 'percentiles are not computed here: the alarm never rings' };
  }
  if (ThresholdMetricId !== undefined) {
    return { path: ['ThresholdMetricId'], message: 'anomaly detection is not emulated: the alarm never rings' };
  }
  return undefined;
}

function read(request: ResourceRequest) {
  return readProperties(request, (at) => ({
    AlarmDescription: at.text('AlarmDescription'),
    ActionsEnabled: at.boolean('ActionsEnabled'),
    OKActions: at.texts('OKActions'),
    AlarmActions: at.texts('AlarmActions'),
    InsufficientDataActions: at.texts('InsufficientDataActions'),
    MetricName: at.text('MetricName'),
    Namespace: at.text('Namespace'),
    Statistic: at.oneOf('Statistic', STATISTICS),
    Dimensions: at.objects('Dimensions', (one) => ({
      Name: one.requiredText('Name'),
      Value: one.requiredText('Value'),
    })),
    Period: at.integer('Period'),
    Unit: at.text('Unit'),
    EvaluationPeriods: at.requiredInteger('EvaluationPeriods', [1, 525_600]),
    DatapointsToAlarm: at.integer('DatapointsToAlarm'),
    Threshold: at.text('Threshold') === undefined ? undefined : Number(at.text('Threshold')),
    ComparisonOperator: at.requiredText('ComparisonOperator'),
    TreatMissingData: at.text('TreatMissingData'),
  }));
}
