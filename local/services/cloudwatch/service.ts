/** CloudWatch metrics and alarms, over what telemetry keeps. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/Welcome.html */
import type { Service, ServiceContext } from '../../kernel/service.ts';
import { alarmOperations } from './alarm-operations.ts';
import { alarmProvider } from './alarm-provider.ts';
import { createAlarms } from './alarms.ts';
import { metricOperations } from './metric-operations.ts';

export function createService(context: ServiceContext): Service {
  const alarms = createAlarms(context);
  return {
    operations: { ...metricOperations(context), ...alarmOperations(alarms) },
    providers: { 'AWS::CloudWatch::Alarm': alarmProvider(alarms) },
    wordDenial: () => ({ code: 'AccessDenied' }),
    wire: async () => ({
      protocol: 'json-1.0',
      schemas: await import('@aws-sdk/client-cloudwatch'),
      targetPrefix: 'GraniteServiceVersion20100801',
      apiVersion: '2010-08-01',
      xmlNamespace: 'http://monitoring.amazonaws.com/doc/2010-08-01/',
    }),
    stop: async () => alarms.stop(),
  };
}
