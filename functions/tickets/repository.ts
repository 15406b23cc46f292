/** Tickets in the database. Text and numbers reach SQL as parameters only. */
import type { Database, Statements, Value } from '@app/shared/database';
import type { Attachment } from '../../domain/attachment.ts';
import type { Position } from '../../domain/cursor.ts';
import type { HelpDeskEvent } from '../../domain/events.ts';
import { TicketNotFound } from '../../domain/problems.ts';
import type { Filters } from '../../domain/requests.ts';
import {
  type Changed,
  MESSAGE_OVERHEAD,
  type Message,
  type Opened,
  type Replied,
  type Ticket,
} from '../../domain/ticket.ts';
import {
  ATTACHMENT_COLUMNS,
  type AttachmentRow,
  attachmentOf,
  type MessageRow,
  messageOf,
  type TicketRow,
  ticketOf,
  toSqlTime,
} from './rows.ts';
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
export interface TicketRepository {
  open(opened: Opened): Promise<void>;
  list(query: ListQuery): Promise<Ticket[]>;
  find(id: string): Promise<Ticket | undefined>;
  contents(ticketId: string): Promise<Contents>;
  /**
   * Reads the ticket, lets `decide` say what becomes of it, and stores that with its events; nobody else changes the
   * ticket meanwhile. What `decide` throws leaves everything as it was. It may be called twice.
   * @throws TicketNotFound
   */
  change(id: string, decide: (ticket: Ticket) => Changed): Promise<Changed>;
  /** Likewise for a message; `size` is what the ticket's messages take already, as the domain's `sizeOf` counts. */
  reply(id: string, decide: (ticket: Ticket, size: number) => Replied): Promise<Replied>;
  /** Tickets with all of the terms, in the subject or the messages, as words or as their beginnings; best ones first. */
  search(terms: readonly string[], limit: number, requester: string | undefined): Promise<Ticket[]>;
}

const COLUMNS = 'id, subject, requester_email, status, priority, assignee, version, created_at, updated_at';

export function ticketRepository(database: Database): TicketRepository {
  return {
    open: ({ ticket, message, events }) =>
      database.transaction(async (statements) => {
        await insertTicket(statements, ticket);
        await insertMessage(statements, message);
        await insertEvents(statements, events);
      }),

    async list({ filters, limit, after, requester }) {
      const { where, values } = conditions(filters, after, requester);
      const rows = await database.read<TicketRow>(
        `SELECT ${COLUMNS} FROM tickets ${where} ORDER BY created_at DESC, id DESC LIMIT ?`,
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

    change: (id, decide) =>
      database.transaction(async (statements) => {
        const current = await lockTicket(statements, id);
        const changed = decide(current);
        if (changed.ticket !== current) await updateTicket(statements, changed.ticket);
        await insertEvents(statements, changed.events);
        return changed;
      }),

    reply: (id, decide) =>
      database.transaction(async (statements) => {
        const ticket = await lockTicket(statements, id);
        const replied = decide(ticket, await sizeOfMessages(statements, id));
        await insertMessage(statements, replied.message);
        await updateTicket(statements, replied.ticket);
        await insertEvents(statements, replied.events);
        return replied;
      }),

    async search(terms, limit, requester) {
      const { sql, values } = searchStatement(
        COLUMNS,
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

export async function findTicket(database: Pick<Database, 'read'>, id: string): Promise<Ticket | undefined> {
  const [row] = await database.read<TicketRow>(`SELECT ${COLUMNS} FROM tickets WHERE id = ?`, [id]);
  return row && ticketOf(row);
}

export async function lockTicket(statements: Statements, id: string): Promise<Ticket> {
  const [row] = await statements.read<TicketRow>(`SELECT ${COLUMNS} FROM tickets WHERE id = ? FOR UPDATE`, [id]);
  if (!row) throw new TicketNotFound();
  return ticketOf(row);
}

/** Texts are stored in utf8mb4, so their length in bytes is what the domain counts. */
async function sizeOfMessages(statements: Statements, ticketId: string): Promise<number> {
  const [row] = await statements.read<{ size: string | null }>(
    'SELECT SUM(LENGTH(author) + LENGTH(body) + ?) AS size FROM messages WHERE ticket_id = ?',
    [MESSAGE_OVERHEAD, ticketId],
  );
  return Number(row?.size ?? 0);
}

async function insertTicket(statements: Statements, ticket: Ticket): Promise<void> {
  await statements.write(`INSERT INTO tickets (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`, [
    ticket.id,
    ticket.subject,
    ticket.requesterEmail,
    ticket.status,
    ticket.priority,
    ticket.assignee,
    ticket.version,
    toSqlTime(ticket.createdAt),
    toSqlTime(ticket.updatedAt),
  ]);
}

export async function updateTicket(statements: Statements, ticket: Ticket): Promise<void> {
  await statements.write(
    'UPDATE tickets SET status = ?, priority = ?, assignee = ?, version = ?, updated_at = ? WHERE id = ?',
    [ticket.status, ticket.priority, ticket.assignee, ticket.version, toSqlTime(ticket.updatedAt), ticket.id],
  );
}

async function insertMessage(
  statements: Statements,
  { id, ticketId, author, body, createdAt }: Message,
): Promise<void> {
  await statements.write('INSERT INTO messages (id, ticket_id, author, body, created_at) VALUES (?, ?, ?, ?, ?)', [
    id,
    ticketId,
    author,
    body,
    toSqlTime(createdAt),
  ]);
}

async function insertEvents(statements: Statements, events: readonly HelpDeskEvent[]): Promise<void> {
  for (const event of events) {
    await statements.write('INSERT INTO outbox (id, type, ticket_id, detail, occurred_at) VALUES (?, ?, ?, ?, ?)', [
      event.id,
      event.type,
      event.ticketId,
      JSON.stringify(event),
      toSqlTime(event.occurredAt),
    ]);
  }
}
