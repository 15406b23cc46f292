import type { ServiceDefinition } from '../../kernel/service.ts';

export interface SecretsManagerOptions {
  /** `described`: schedules are kept and told, and nothing is ever rotated. Default `running`. */
  readonly rotation?: 'running' | 'described';
}

export function secretsManagerService(options: SecretsManagerOptions = {}): ServiceDefinition {
  return {
    name: 'secretsmanager',
    resourceTypes: [
      'AWS::SecretsManager::Secret',
      'AWS::SecretsManager::SecretTargetAttachment',
      'AWS::SecretsManager::ResourcePolicy',
      'AWS::SecretsManager::RotationSchedule',
    ],
    load: async (context) => (await import('./service.ts')).createService(context, options),
  };
}
