/** What triage reads and changes. */
import type { Database } from '@app/shared/database';
import { insertMessage, lockTicket, sizeOfMessages, storeChanged } from '../../database/tickets.ts';
import type { SortedForTenant } from '../../domain/tenant-hooks.ts';
import type { Ticket } from '../../domain/ticket.ts';

export interface Unsorted {
  readonly subject: string;
  readonly body: string;
  readonly requesterEmail: string;
}

/** All promises may reject with `DatabaseUnavailableError`. */
export interface TriageRepository {
  /** What the ticket says; undefined where it has been sorted, or there is none. */
  unsorted(ticketId: string): Promise<Unsorted | undefined>;
  /**
   * Reads the ticket, lets `decide` say what becomes of it, and stores that with its messages and events; nobody else
   * changes the ticket meanwhile. `decide` may be called twice.
   * @throws TicketNotFound
   */
  sort(ticketId: string, decide: (ticket: Ticket, size: number) => SortedForTenant): Promise<SortedForTenant>;
}

export function triageRepository(database: Database): TriageRepository {
  return {
    async unsorted(ticketId) {
      const [row] = await database.read<Unsorted>(
        `SELECT tickets.subject, tickets.requester_email AS requesterEmail, messages.body
         FROM tickets JOIN messages ON messages.ticket_id = tickets.id
         WHERE tickets.id = ? AND tickets.category IS NULL
         ORDER BY messages.created_at, messages.id LIMIT 1`,
        [ticketId],
      );
      return row;
    },

    sort: (ticketId, decide) =>
      database.transaction(async (statements) => {
        const current = await lockTicket(statements, ticketId);
        const sorted = decide(current, await sizeOfMessages(statements, ticketId));
        for (const message of sorted.messages) await insertMessage(statements, message);
        await storeChanged(statements, current, sorted);
        return sorted;
      }),
  };
}
