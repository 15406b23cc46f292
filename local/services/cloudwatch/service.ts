/** CloudWatch metrics and alarms, over what telemetry keeps. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/Welcome.html */
import type { Service, ServiceContext } from '../../kernel/service.ts';
import { createAlarms } from './alarms/alarms.ts';
import { alarmOperations } from './alarms/operations.ts';
import { alarmProviders } from './alarms/providers.ts';
import { createDashboards, dashboardOperations, dashboardProvider } from './dashboards/dashboards.ts';
import { metricOperations } from './metrics/operations.ts';
import { tagOperations } from './tags.ts';

export function createService(context: ServiceContext): Service {
  const alarms = createAlarms(context);
  const dashboards = createDashboards(context);
  return {
    operations: {
      ...metricOperations(context),
      ...alarmOperations(alarms),
      ...dashboardOperations(dashboards),
      ...tagOperations(alarms),
    },
    providers: {
      ...alarmProviders(alarms),
      'AWS::CloudWatch::Dashboard': dashboardProvider(dashboards),
    },
    resourceFacts(arn) {
      const alarm = alarms.book.get(arn);
      return alarm && { tags: alarm.tags };
    },
    wordDenial: () => ({ code: 'AccessDenied' }),
    wire: async () => ({
      // Older clients; others say that they speak JSON or CBOR.
      protocol: 'query',
      schemas: await import('@aws-sdk/client-cloudwatch'),
      targetPrefix: 'GraniteServiceVersion20100801',
      apiVersion: '2010-08-01',
      xmlNamespace: 'http://monitoring.amazonaws.com/doc/2010-08-01/',
    }),
    stop: async () => alarms.stop(),
  };
}
