import type { ServiceDefinition } from '../../kernel/service.ts';

export interface SqsOptions {
  /** Where queue URLs point that nobody asked for over HTTP, such as `Ref`'s; default: AWS's own host. */
  readonly endpointUrl?: () => string;
  /** Messages of a queue that may be in flight at once; default AWS's quota, 120,000. */
  readonly mostInFlight?: number;
}

/** Simple Queue Service. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/Welcome.html */
export function sqsService(options: SqsOptions = {}): ServiceDefinition {
  return {
    name: 'sqs',
    aliases: ['AmazonSQS', 'queue'],
    resourceTypes: ['AWS::SQS::Queue', 'AWS::SQS::QueuePolicy', 'AWS::SQS::QueueInlinePolicy'],
    load: async (context) => (await import('./service.ts')).createService(context, options),
  };
}
