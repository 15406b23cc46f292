import type { ServiceDefinition } from '../../kernel/service.ts';

export function kmsService(): ServiceDefinition {
  return {
    name: 'kms',
    aliases: ['TrentService'],
    resourceTypes: ['AWS::KMS::Key', 'AWS::KMS::Alias'],
    load: async (context) => (await import('./service.ts')).createService(context),
  };
}
