import type { ServiceDefinition } from '../../kernel/service.ts';
import type { CodeDeployOptions } from './service.ts';

export type { CodeDeployOptions } from './service.ts';

/** Deployments of Lambda functions; other compute platforms are refused. */
export function codeDeployService(options: CodeDeployOptions = {}): ServiceDefinition {
  return {
    name: 'codedeploy',
    aliases: ['CodeDeploy_20141006'],
    resourceTypes: [
      'AWS::CodeDeploy::Application',
      'AWS::CodeDeploy::DeploymentConfig',
      'AWS::CodeDeploy::DeploymentGroup',
    ],
    load: async (context) => (await import('./service.ts')).createService(context, options),
  };
}
