import type { Provider } from '../../../kernel/provider.ts';
import type { Room } from '../room.ts';
import { inlinePolicyProvider } from './inline-policy.ts';
import { queueProvider } from './queue.ts';
import { queuePolicyProvider } from './queue-policy.ts';

export function providers(room: Room): Record<string, Provider> {
  return {
    'AWS::SQS::Queue': queueProvider(room),
    'AWS::SQS::QueuePolicy': queuePolicyProvider(room),
    'AWS::SQS::QueueInlinePolicy': inlinePolicyProvider(room),
  };
}
