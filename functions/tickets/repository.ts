/** Tickets in the database. Text and numbers reach SQL as parameters only. */
import type { Database, Value } from '@app/shared/database';
import {
  ATTACHMENT_COLUMNS,
  type AttachmentRow,
  attachmentOf,
  type MessageRow,
  messageOf,
  type TicketRow,
  ticketOf,
  toSqlTime,
} from '../../database/rows.ts';
import { findTicket, TICKET_COLUMNS, type TicketChanges, ticketChanges } from '../../database/tickets.ts';
import type { Attachment } from '../../domain/attachment.ts';
import type { Position } from '../../domain/cursor.ts';
import type { Filters } from '../../domain/requests.ts';
import type { Message, Ticket } from '../../domain/ticket.ts';
import { type Condition, searchStatement } from './search-statement.ts';

export interface ListQuery {
  readonly filters: Filters;
  readonly limit: number;
  /** Only tickets that come later in the list, that is: older ones. */
  readonly after: Position | undefined;
  /** Only this requester's. */
  readonly requester: string | undefined;
}

export interface Contents {
  readonly messages: readonly Message[];
  readonly attachments: readonly Attachment[];
}

/** All promises may reject with `DatabaseUnavailableError`. */
export interface TicketRepository extends TicketChanges {
  list(query: ListQuery): Promise<Ticket[]>;
  find(id: string): Promise<Ticket | undefined>;
  contents(ticketId: string): Promise<Contents>;
  /** Tickets with all of the terms, in the subject or the messages, as words or as their beginnings; best ones first. */
  search(terms: readonly string[], limit: number, requester: string | undefined): Promise<Ticket[]>;
}

export function ticketRepository(database: Database): TicketRepository {
  return {
    ...ticketChanges(database),

    async list({ filters, limit, after, requester }) {
      const { where, values } = conditions(filters, after, requester);
      const rows = await database.read<TicketRow>(
        `SELECT ${TICKET_COLUMNS} FROM tickets ${where} ORDER BY created_at DESC, id DESC LIMIT ?`,
        [...values, limit],
      );
      return rows.map(ticketOf);
    },

    find: (id) => findTicket(database, id),

    async contents(ticketId) {
      const messages = await database.read<MessageRow>(
        'SELECT id, ticket_id, author, body, created_at FROM messages WHERE ticket_id = ? ORDER BY created_at, id',
        [ticketId],
      );
      const attachments = await database.read<AttachmentRow>(
        `SELECT ${ATTACHMENT_COLUMNS} FROM attachments WHERE ticket_id = ? ORDER BY created_at, id`,
        [ticketId],
      );
      return { messages: messages.map(messageOf), attachments: attachments.map(attachmentOf) };
    },

    async search(terms, limit, requester) {
      const { sql, values } = searchStatement(
        TICKET_COLUMNS,
        terms,
        limit,
        requester === undefined ? undefined : ofRequester(requester),
      );
      return (await database.read<TicketRow>(sql, values)).map(ticketOf);
    },
  };
}

/**
 * The column's own comparison finds an index entry, and too much: it takes é for e. The second one takes case alone for
 * the same, as the domain does.
 */
function ofRequester(address: string): Condition {
  return {
    sql: 'tickets.requester_email = ? AND LOWER(tickets.requester_email) = LOWER(?) COLLATE utf8mb4_bin',
    values: [address, address],
  };
}

function conditions(
  filters: Filters,
  after: Position | undefined,
  requester: string | undefined,
): { where: string; values: Value[] } {
  const own = requester === undefined ? undefined : ofRequester(requester);
  const parts: string[] = own ? [own.sql] : [];
  const values: Value[] = own ? [...own.values] : [];
  for (const [column, value] of [
    ['status', filters.status],
    ['priority', filters.priority],
    ['assignee', filters.assignee],
  ] as const) {
    if (value === undefined) continue;
    parts.push(`${column} = ?`);
    values.push(value);
  }
  if (after) {
    const time = toSqlTime(after.createdAt);
    // The first half is implied by the second; it is what the index can begin at. A row comparison could not use it.
    parts.push('created_at <= ? AND (created_at < ? OR id < ?)');
    values.push(time, time, after.id);
  }
  return { where: parts.length > 0 ? `WHERE ${parts.join(' AND ')}` : '', values };
}
