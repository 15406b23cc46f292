/**
 * The event bus: events out of functions, onto EventBridge.
 * https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
 */
import type { PutEventsRequestEntry, PutEventsResponse } from '@aws-sdk/client-eventbridge';

/** EventBridge takes no more in one call. */
export const MOST_EVENTS = 10;

export interface BusEvent {
  readonly id: string;
  /** `detail-type`: what rules ask for. */
  readonly type: string;
  /** ISO 8601. */
  readonly occurredAt: string;
}

/** The part of the SDK's client that is used, so that tests can stand in for it. */
export type PutEvents = (entries: PutEventsRequestEntry[]) => Promise<Pick<PutEventsResponse, 'Entries'>>;

export interface EventBusOptions {
  /** Name or ARN. */
  readonly busName: string;
  /** Who tells: EventBridge's `source`. */
  readonly source: string;
  /** Of one try; there is one. Default 2,000. */
  readonly timeoutMs?: number;
  readonly put?: PutEvents;
}

/**
 * Puts events on the bus, each whole as its `detail`, and returns the ids of those it took. Rejects with the SDK's error
 * when none of the call arrived.
 */
export function createEventBus(options: EventBusOptions): (events: readonly BusEvent[]) => Promise<Set<string>> {
  const { busName, source, timeoutMs = 2_000, put = lazyClient(timeoutMs) } = options;
  return async (events) => {
    const taken = new Set<string>();
    for (let at = 0; at < events.length; at += MOST_EVENTS) {
      const part = events.slice(at, at + MOST_EVENTS);
      const { Entries = [] } = await put(
        part.map((event) => ({
          EventBusName: busName,
          Source: source,
          DetailType: event.type,
          Time: new Date(event.occurredAt),
          Detail: JSON.stringify(event),
        })),
      );
      // One by one: EventBridge may take some of them.
      part.forEach((event, index) => {
        if (Entries[index]?.EventId !== undefined) taken.add(event.id);
      });
    }
    return taken;
  };
}

/** Made with the first call: until then the client costs nothing. */
function lazyClient(timeoutMs: number): PutEvents {
  let opened: Promise<PutEvents> | undefined;
  return async (entries) => {
    opened ??= import('./events/client.ts').then(({ putEvents }) => putEvents(timeoutMs));
    return await (await opened)(entries);
  };
}
