/** Tickets as rows: found, locked and written, with the events of every change in its transaction. */
import type { Database, Statements } from '@app/shared/database';
import { TicketNotFound } from '../domain/problems.ts';
import {
  type Changed,
  MESSAGE_OVERHEAD,
  type Message,
  type Opened,
  type Replied,
  type Ticket,
} from '../domain/ticket.ts';
import { noteCourse } from './course.ts';
import { insertEvents } from './outbox.ts';
import { type TicketRow, ticketOf, toSqlTime } from './rows.ts';

/** All promises may reject with `DatabaseUnavailableError`. */
export interface TicketChanges {
  open(opened: Opened): Promise<void>;
  /**
   * Reads the ticket, lets `decide` say what becomes of it, and stores that with its events; nobody else changes the
   * ticket meanwhile. What `decide` throws leaves everything as it was. It may be called twice.
   * @throws TicketNotFound
   */
  change(id: string, decide: (ticket: Ticket) => Changed): Promise<Changed>;
  /** Likewise for a message; `size` is what the ticket's messages take already, as the domain's `sizeOf` counts. */
  reply(id: string, decide: (ticket: Ticket, size: number) => Replied): Promise<Replied>;
}

export const TICKET_COLUMNS =
  'id, subject, requester_email, status, priority, assignee, category, sentiment, summary, version, created_at, updated_at';

export function ticketChanges(database: Pick<Database, 'transaction'>): TicketChanges {
  return {
    open: (opened) => database.transaction((statements) => insertOpened(statements, opened)),

    change: (id, decide) =>
      database.transaction(async (statements) => {
        const current = await lockTicket(statements, id);
        const changed = decide(current);
        await storeChanged(statements, current, changed);
        return changed;
      }),

    reply: (id, decide) =>
      database.transaction(async (statements) => {
        const ticket = await lockTicket(statements, id);
        const replied = decide(ticket, await sizeOfMessages(statements, id));
        await insertReplied(statements, replied);
        return replied;
      }),
  };
}

/** For those who write more in the same transaction. */
export async function insertOpened(statements: Statements, { ticket, message, events }: Opened): Promise<void> {
  await insertTicket(statements, ticket);
  await insertMessage(statements, message);
  await insertEvents(statements, events);
}

export async function insertReplied(statements: Statements, { ticket, message, events }: Replied): Promise<void> {
  await insertMessage(statements, message);
  await updateTicket(statements, ticket);
  await noteCourse(statements, events);
  await insertEvents(statements, events);
}

/** @param current as it was before; what is the very same ticket is not written */
export async function storeChanged(
  statements: Statements,
  current: Ticket,
  { ticket, events }: Changed,
): Promise<void> {
  if (ticket !== current) await updateTicket(statements, ticket);
  await noteCourse(statements, events);
  await insertEvents(statements, events);
}

export async function findTicket(database: Pick<Database, 'read'>, id: string): Promise<Ticket | undefined> {
  const [row] = await database.read<TicketRow>(`SELECT ${TICKET_COLUMNS} FROM tickets WHERE id = ?`, [id]);
  return row && ticketOf(row);
}

export async function lockTicket(statements: Statements, id: string): Promise<Ticket> {
  const [row] = await statements.read<TicketRow>(`SELECT ${TICKET_COLUMNS} FROM tickets WHERE id = ? FOR UPDATE`, [id]);
  if (!row) throw new TicketNotFound();
  return ticketOf(row);
}

/** Texts are stored in utf8mb4, so their length in bytes is what the domain counts. */
export async function sizeOfMessages(statements: Statements, ticketId: string): Promise<number> {
  const [row] = await statements.read<{ size: string | null }>(
    'SELECT SUM(LENGTH(author) + LENGTH(body) + ?) AS size FROM messages WHERE ticket_id = ?',
    [MESSAGE_OVERHEAD, ticketId],
  );
  return Number(row?.size ?? 0);
}

async function insertTicket(statements: Statements, ticket: Ticket): Promise<void> {
  await statements.write(`INSERT INTO tickets (${TICKET_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, [
    ticket.id,
    ticket.subject,
    ticket.requesterEmail,
    ticket.status,
    ticket.priority,
    ticket.assignee,
    ...sortedColumns(ticket),
    ticket.version,
    toSqlTime(ticket.createdAt),
    toSqlTime(ticket.updatedAt),
  ]);
}

export async function updateTicket(statements: Statements, ticket: Ticket): Promise<void> {
  await statements.write(
    `UPDATE tickets SET status = ?, priority = ?, assignee = ?, category = ?, sentiment = ?, summary = ?, version = ?,
     updated_at = ?, sla_check_at = IF(? = 'open' AND escalated_at IS NULL, '2000-01-01 00:00:00', NULL) WHERE id = ?`,
    [
      ticket.status,
      ticket.priority,
      ticket.assignee,
      ...sortedColumns(ticket),
      ticket.version,
      toSqlTime(ticket.updatedAt),
      // Whatever changed may have moved what is due: the next run looks.
      ticket.status,
      ticket.id,
    ],
  );
}

function sortedColumns({ triage }: Ticket): (string | null)[] {
  return [triage?.category ?? null, triage?.sentiment ?? null, triage?.summary ?? null];
}

export async function insertMessage(
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
