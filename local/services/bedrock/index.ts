import type { ServiceDefinition } from '../../kernel/service.ts';
import type { BedrockOptions } from './contract.ts';

export type { BedrockOptions, ModelSource } from './contract.ts';
export { type FaultSpec, FaultSpecError, parseFaults } from './faults/spec.ts';

/** Named as its endpoint and host are; requests are signed for `bedrock`. */
export function bedrockService(options: BedrockOptions = {}): ServiceDefinition {
  return {
    name: 'bedrock-runtime',
    aliases: ['bedrock'],
    resourceTypes: [],
    load: async (context) => (await import('./service.ts')).createService(context, options),
  };
}
