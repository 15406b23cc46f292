/** X-Ray, over what telemetry keeps. https://docs.aws.amazon.com/xray/latest/api/Welcome.html */
import type { Service, ServiceContext } from '../../kernel/service.ts';
import { accountOperations } from './account-operations.ts';
import { groupOperations } from './group-operations.ts';
import { groupProvider, samplingRuleProvider } from './providers.ts';
import { openRoom } from './room.ts';
import { samplingOperations } from './sampling-operations.ts';
import { segmentOperations } from './segment-operations.ts';
import { traceOperations } from './trace-operations.ts';

export function createService(context: ServiceContext): Service {
  const room = openRoom(context);
  return {
    operations: {
      ...segmentOperations(room),
      ...traceOperations(room),
      ...samplingOperations(room),
      ...groupOperations(room),
      ...accountOperations(room),
    },
    providers: {
      'AWS::XRay::SamplingRule': samplingRuleProvider(room),
      'AWS::XRay::Group': groupProvider(room),
    },
    resourceFacts(arn) {
      const tags = room.tags.get(arn);
      return tags && { tags };
    },
    wire: async () => ({
      protocol: 'rest-json',
      schemas: await import('@aws-sdk/client-xray'),
      validationErrorCode: 'InvalidRequestException',
    }),
  };
}
