import type { Database } from '@app/shared/database';
import { createEventBus } from '@app/shared/events';
import { logger } from '@app/shared/observability';
import { EVENT_SOURCE, type HelpDeskEvent } from '../domain/events.ts';
import { publishCommitted } from './outbox.ts';

export interface PublisherOptions {
  /** Name or ARN. */
  readonly busName: string;
  /** How long the bus may take, ms; that of `createEventBus` when left out. */
  readonly timeoutMs?: number;
  /** Told how many events are left to the relay; the log has it anyway. */
  readonly onLeft?: (events: number) => void;
}

/** For functions that write events: puts those of a transaction that has committed on the help desk's bus. Never rejects. */
export function eventPublisher(
  database: Pick<Database, 'write'>,
  { onLeft, ...bus }: PublisherOptions,
): (events: readonly HelpDeskEvent[]) => Promise<void> {
  return publishCommitted(database, createEventBus({ ...bus, source: EVENT_SOURCE }), Date.now, (events, error) => {
    onLeft?.(events);
    logger.warn('Events are left to the relay', { events, ...(error !== undefined && { error: error as Error }) });
  });
}
