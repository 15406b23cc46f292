import type { ServiceDefinition } from '../../kernel/service.ts';

export interface EventBridgeOptions {
  /** `described`: rules with a schedule never come. */
  readonly schedules?: 'run' | 'described';
}

export function eventBridgeService(options: EventBridgeOptions = {}): ServiceDefinition {
  return {
    name: 'events',
    aliases: ['AWSEvents'],
    resourceTypes: [
      'AWS::Events::ApiDestination',
      'AWS::Events::Archive',
      'AWS::Events::Connection',
      'AWS::Events::EventBus',
      'AWS::Events::EventBusPolicy',
      'AWS::Events::Rule',
    ],
    goesOn: (store) =>
      ['rules', 'deliveries', 'slow-deliveries', 'replay-queue'].some(
        (name) => store.collection('events', name).list({ limit: 1 }).length > 0,
      ),
    load: async (context) => (await import('./service.ts')).createService(context, options),
  };
}
