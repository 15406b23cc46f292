/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html */
import type { Room } from './room.ts';

export type MetricName =
  | 'MatchedEvents'
  | 'TriggeredRules'
  | 'Invocations'
  | 'FailedInvocations'
  | 'RetryInvocationAttempts'
  | 'InvocationsSentToDlq'
  | 'InvocationsFailedToBeSentToDlq';

interface Counted {
  readonly rule: string;
  readonly bus: string;
}

export function count({ telemetry, clock }: Pick<Room, 'telemetry' | 'clock'>, name: MetricName, of: Counted): void {
  telemetry.metric({
    namespace: 'AWS/Events',
    name,
    dimensions: { ...(of.bus !== 'default' && { EventBusName: of.bus }), RuleName: of.rule },
    unit: 'Count',
    value: 1,
    timestamp: clock.now(),
  });
}
