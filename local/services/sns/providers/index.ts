import type { Provider } from '../../../kernel/provider.ts';
import type { Room } from '../room.ts';
import { subscriptionProvider } from './subscription.ts';
import { topicProvider } from './topic.ts';
import { topicInlinePolicyProvider, topicPolicyProvider } from './topic-policy.ts';

export function providers(room: Room): Record<string, Provider> {
  return {
    'AWS::SNS::Topic': topicProvider(room),
    'AWS::SNS::Subscription': subscriptionProvider(room),
    'AWS::SNS::TopicPolicy': topicPolicyProvider(room),
    'AWS::SNS::TopicInlinePolicy': topicInlinePolicyProvider(room),
  };
}
