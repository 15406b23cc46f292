import type { ServiceDefinition } from '../../kernel/service.ts';

export { linkRoutes } from './links.ts';

export interface SnsOptions {
  /** Of the AWS endpoint, where links in messages lead, e.g. `http://127.0.0.1:4566`; asked when one is written. */
  readonly endpointUrl: () => string;
}

export function snsService(options: SnsOptions): ServiceDefinition {
  return {
    name: 'sns',
    resourceTypes: [
      'AWS::SNS::Topic',
      'AWS::SNS::Subscription',
      'AWS::SNS::TopicPolicy',
      'AWS::SNS::TopicInlinePolicy',
    ],
    load: async (context) => (await import('./service.ts')).createService(context, options),
  };
}
