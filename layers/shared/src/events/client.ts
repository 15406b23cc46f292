/** The client of EventBridge, in a module of its own: it is loaded with the first event, and only what is named of it. */
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { PutEvents } from '../events.ts';
import { tracedClient } from '../tracing.ts';

/** @param requestTimeout ms, of the one try there is */
export function putEvents(requestTimeout: number): PutEvents {
  const requestHandler = { connectionTimeout: 1_000, requestTimeout, throwOnRequestTimeout: true };
  const client = tracedClient(new EventBridgeClient({ maxAttempts: 1, requestHandler }));
  return (Entries) => client.send(new PutEventsCommand({ Entries }));
}
