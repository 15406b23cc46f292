/** What leaves Lambda for a destination or a dead-letter queue: by the outbox, and counted when that gives up on it. */
import type { Caller } from '../../../kernel/caller.ts';
import type { Delivery } from '../../../kernel/outbox.ts';

/** An operation of this service that nobody outside can call: it counts what the outbox gave up on. */
export const DELIVERY_FAILED = 'DestinationDeliveryFailed';

export interface DeliveryFailure {
  readonly functionName: string;
  readonly metric: 'DestinationDeliveryFailures' | 'DeadLetterErrors';
}

/** A destination that cannot be reached. */
const DESTINATION_RETRIES_MS = [1000, 10_000, 60_000];
const ITSELF = { kind: 'internal', service: 'lambda.amazonaws.com' } as const;

export function deliveryOf(call: Omit<Delivery['call'], 'caller'>, caller: Caller, failure: DeliveryFailure): Delivery {
  return {
    call: { ...call, caller },
    retryDelaysMs: DESTINATION_RETRIES_MS,
    deadLetter: { caller: ITSELF, service: 'lambda', operation: DELIVERY_FAILED, input: failure },
  };
}
