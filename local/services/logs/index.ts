import type { ServiceDefinition } from '../../kernel/service.ts';

export function logsService(): ServiceDefinition {
  return {
    name: 'logs',
    aliases: ['Logs_20140328'],
    resourceTypes: [
      'LogGroup',
      'LogStream',
      'MetricFilter',
      'SubscriptionFilter',
      'ResourcePolicy',
      'QueryDefinition',
    ].map((type) => `AWS::Logs::${type}`),
    load: async (context) => (await import('./service.ts')).createService(context),
  };
}
