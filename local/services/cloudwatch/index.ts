import type { ServiceDefinition } from '../../kernel/service.ts';

export function cloudWatchService(): ServiceDefinition {
  return {
    name: 'monitoring',
    aliases: ['cloudwatch', 'GraniteServiceVersion20100801'],
    resourceTypes: ['AWS::CloudWatch::Alarm', 'AWS::CloudWatch::CompositeAlarm', 'AWS::CloudWatch::Dashboard'],
    load: async (context) => (await import('./service.ts')).createService(context),
  };
}
