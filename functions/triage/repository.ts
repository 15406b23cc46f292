/** What triage reads and changes. */
import type { Database } from '@app/shared/database';
import { type TicketChanges, ticketChanges } from '../../database/tickets.ts';

/** All promises may reject with `DatabaseUnavailableError`. */
export interface TriageRepository extends Pick<TicketChanges, 'change'> {
  /** What the ticket says; undefined where it has been sorted, or there is none. */
  unsorted(ticketId: string): Promise<{ subject: string; body: string } | undefined>;
}

export function triageRepository(database: Database): TriageRepository {
  return {
    change: ticketChanges(database).change,

    async unsorted(ticketId) {
      const [row] = await database.read<{ subject: string; body: string }>(
        `SELECT tickets.subject, messages.body FROM tickets JOIN messages ON messages.ticket_id = tickets.id
         WHERE tickets.id = ? AND tickets.category IS NULL
         ORDER BY messages.created_at, messages.id LIMIT 1`,
        [ticketId],
      );
      return row;
    },
  };
}
