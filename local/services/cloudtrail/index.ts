import type { ServiceDefinition } from '../../kernel/service.ts';

export function cloudTrailService(): ServiceDefinition {
  return {
    name: 'cloudtrail',
    resourceTypes: ['AWS::CloudTrail::Trail'],
    goesOn: (store) => store.collection('cloudtrail', 'trails').list({ limit: 1 }).length > 0,
    load: async (context) => (await import('./service.ts')).createService(context),
  };
}
