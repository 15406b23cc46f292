import type { ServiceDefinition } from '../../kernel/service.ts';

export function ssmService(): ServiceDefinition {
  return {
    name: 'ssm',
    aliases: ['AmazonSSM'],
    resourceTypes: ['AWS::SSM::Parameter'],
    load: async (context) => (await import('./service.ts')).createService(context),
  };
}
