import type { ServiceContext, ServiceDefinition } from '../../kernel/service.ts';
import { type ResponseBucket, responseBucket } from './response-bucket.ts';
import { createResponseInbox } from './response-inbox.ts';
import { type ResponseRoute, responseRoutes } from './response-routes.ts';

export type { ResponseRoute } from './response-routes.ts';

export type CloudFormationDefinition = ServiceDefinition & {
  /** By which the AWS endpoint takes in custom resources' answers. */
  readonly routes: readonly ResponseRoute[];
  /** Where they arrive: one of the buckets that S3 is given. */
  readonly responseBucket: (place: Pick<ServiceContext, 'region' | 'partition'>) => ResponseBucket;
};

/**
 * `endpointUrl`: the AWS endpoint as programs reach it that AWS's own host names do not lead here, e.g.
 * `http://127.0.0.1:4566`. It is asked for each request anew.
 */
export function cloudFormationService(options: { endpointUrl: () => string }): CloudFormationDefinition {
  const inbox = createResponseInbox();
  let loaded: ServiceContext | undefined;
  return {
    name: 'cloudformation',
    resourceTypes: [
      'AWS::CloudFormation::CustomResource',
      'Custom::*',
      'AWS::CloudFormation::Stack',
      'AWS::CloudFormation::WaitCondition',
      'AWS::CloudFormation::WaitConditionHandle',
    ],
    load: async (context) => {
      loaded = context;
      return (await import('./service.ts')).createService(context, inbox, options.endpointUrl);
    },
    routes: responseRoutes(inbox, () => loaded),
    responseBucket: (place) => responseBucket(place, inbox),
  };
}
