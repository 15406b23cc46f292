/** CloudWatch Logs, over what telemetry keeps. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/Welcome.html */
import type { Service, ServiceContext } from '../../kernel/service.ts';
import { eventOperations } from './event-operations.ts';
import { groupOperations } from './group-operations.ts';
import { nameInArn, openRoom } from './groups.ts';
import { logGroupProvider, logStreamProvider } from './providers.ts';

export function createService(context: ServiceContext): Service {
  const room = openRoom(context);
  return {
    operations: { ...groupOperations(room), ...eventOperations(room) },
    providers: {
      'AWS::Logs::LogGroup': logGroupProvider(room),
      'AWS::Logs::LogStream': logStreamProvider(room),
    },
    resourceFacts(arn) {
      const tags = room.settings.get(nameInArn(arn) ?? '')?.tags;
      return tags && { tags };
    },
    wordDenial: () => ({ statusCode: 400 }),
    wire: async () => ({
      protocol: 'json-1.1',
      schemas: await import('@aws-sdk/client-cloudwatch-logs'),
      targetPrefix: 'Logs_20140328',
      validationErrorCode: 'InvalidParameterException',
    }),
  };
}
