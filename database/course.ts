/** What the clock of a ticket goes by, kept in the transaction of every change that it goes by. */
import type { Statements } from '@app/shared/database';
import type { HelpDeskEvent } from '../domain/events.ts';
import type { Status } from '../domain/status.ts';
import { isAutomatic } from '../domain/tenant-hooks.ts';
import { toSqlTime } from './rows.ts';

const STATUS_OF = {
  TicketReopened: 'open',
  TicketPending: 'pending',
  TicketResolved: 'resolved',
  TicketClosed: 'closed',
} as const satisfies Partial<Record<HelpDeskEvent['type'], Status>>;

/** Notes changes of status, and the first answer that is not the requester's own and none of a machine. */
export async function noteCourse(statements: Statements, events: readonly HelpDeskEvent[]): Promise<void> {
  for (const event of events) {
    if (event.type in STATUS_OF) {
      await statements.write(
        'INSERT INTO status_changes (ticket_id, ticket_version, status, changed_at) VALUES (?, ?, ?, ?)',
        [
          event.ticketId,
          event.ticketVersion,
          STATUS_OF[event.type as keyof typeof STATUS_OF],
          toSqlTime(event.occurredAt),
        ],
      );
    }
    if (event.type === 'MessageAdded' && !event.fromRequester && !isAutomatic(event.author)) {
      await statements.write('UPDATE tickets SET first_response_at = ? WHERE id = ? AND first_response_at IS NULL', [
        toSqlTime(event.occurredAt),
        event.ticketId,
      ]);
    }
  }
}
