import type { ServiceDefinition } from '../../kernel/service.ts';

export { compileFilterExpression, FilterExpressionError } from './filter-expression/index.ts';
export { type TraceFacts, traceFacts } from './trace-facts.ts';

export function xrayService(): ServiceDefinition {
  return {
    name: 'xray',
    resourceTypes: ['AWS::XRay::SamplingRule', 'AWS::XRay::Group'],
    load: async (context) => (await import('./service.ts')).createService(context),
  };
}
