/** Operations that no client can call: from bus to bus, and for those who look on. */
import { AwsError } from '../../kernel/aws-error.ts';
import type { Operation } from '../../kernel/service.ts';
import { busNotFound } from './errors.ts';
import type { Passage } from './passage.ts';
import { type Room, say } from './room.ts';
import type { Passed, Watch } from './watch.ts';

export interface ForwardInput {
  /** ARN of the bus that gets it. */
  readonly bus: string;
  /** The event as it was told; what a transformer made of it is one too. */
  readonly text: string;
  /** That it has passed. */
  readonly buses: readonly string[];
  readonly traceHeader?: string;
}

/** What passed the buses: `ListPassedEvents`. */
export interface PassedEventsInput {
  /** Sequence number of the last event that is known; 0 for all that are still there. */
  readonly After?: number;
  /** Waits so long for the next one, s; 0 when absent. */
  readonly WaitSeconds?: number;
}

export interface PassedEventsOutput {
  readonly Events: readonly Passed[];
}

export function internalOperations(room: Room, passage: Passage, watch: Watch): Record<string, Operation> {
  const forward: Operation<ForwardInput> = {
    requires: ({ bus, text }) => {
      const { source, 'detail-type': type } = JSON.parse(text) as Record<string, unknown>;
      const context = {
        'events:source': String(source),
        'events:detail-type': String(type),
        'events:eventBusInvocation': 'true',
      };
      return [{ action: 'events:PutEvents', resource: bus, context }];
    },
    handle({ bus: arn, text, buses, traceHeader }) {
      const bus = room.buses.find(arn);
      if (!bus || room.buses.arnOf(bus.name) !== arn) throw busNotFound(arn);
      if (buses.includes(bus.name)) {
        say(room, `an event that passed ${buses.join(', ')} comes back to ${bus.name}: it goes no further`);
        return {};
      }
      const parsed = JSON.parse(text) as Record<string, unknown>;
      const event = {
        id: String(parsed['id']),
        text,
        parsed,
        buses: [...buses, bus.name],
        ingestedAt: room.clock.now(),
      };
      room.store.transaction(() => passage.pass({ ...event, ...(traceHeader !== undefined && { traceHeader }) }));
      return {};
    },
  };

  const passed: Operation<PassedEventsInput> = {
    requires: () => [],
    async handle({ After = 0, WaitSeconds = 0 }, { principal, signal }): Promise<PassedEventsOutput> {
      if (principal.kind !== 'internal') {
        throw new AwsError('AccessDeniedException', 'Events of a bus are shown to nobody by AWS.', { statusCode: 400 });
      }
      return { Events: await watch.since(After, WaitSeconds * 1_000, signal) };
    },
  };

  return { ForwardEvent: forward, ListPassedEvents: passed };
}
