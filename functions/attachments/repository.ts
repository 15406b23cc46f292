/** Attachments in the database: what was announced for which ticket, and where it lies. */
import type { Database, Statements } from '@app/shared/database';
import { ATTACHMENT_COLUMNS, type AttachmentRow, attachmentOf, toSqlTime } from '../../database/rows.ts';
import { findTicket, lockTicket, updateTicket } from '../../database/tickets.ts';
import { type Announced, type Attachment, objectKey } from '../../domain/attachment.ts';
import type { Ticket } from '../../domain/ticket.ts';

/** All promises may reject with `DatabaseUnavailableError`. */
export interface AttachmentRepository {
  /**
   * Reads the ticket and how many attachments it has, lets `decide` say what becomes of it, and stores that; nobody else
   * changes the ticket meanwhile. What `decide` throws leaves everything as it was. It may be called twice.
   * @throws TicketNotFound
   */
  announce(ticketId: string, decide: (ticket: Ticket, attachmentsBefore: number) => Announced): Promise<Announced>;
  /** Undefined: there is no such ticket; the attachment undefined: the ticket has no such one. */
  find(ticketId: string, id: string): Promise<{ ticket: Ticket; attachment: Attachment | undefined } | undefined>;
}

export function attachmentRepository(database: Database): AttachmentRepository {
  return {
    announce: (ticketId, decide) =>
      database.transaction(async (statements) => {
        const ticket = await lockTicket(statements, ticketId);
        const announced = decide(ticket, await countOf(statements, ticketId));
        await insert(statements, announced.attachment);
        await updateTicket(statements, announced.ticket);
        return announced;
      }),

    async find(ticketId, id) {
      const ticket = await findTicket(database, ticketId);
      if (!ticket) return undefined;
      const [row] = await database.read<AttachmentRow>(
        `SELECT ${ATTACHMENT_COLUMNS} FROM attachments WHERE id = ? AND ticket_id = ?`,
        [id, ticketId],
      );
      return { ticket, attachment: row && attachmentOf(row) };
    },
  };
}

async function countOf(statements: Statements, ticketId: string): Promise<number> {
  const [row] = await statements.read<{ count: number | string }>(
    'SELECT COUNT(*) AS count FROM attachments WHERE ticket_id = ?',
    [ticketId],
  );
  return Number(row?.count ?? 0);
}

async function insert(statements: Statements, attachment: Attachment): Promise<void> {
  await statements.write(
    `INSERT INTO attachments (${ATTACHMENT_COLUMNS}, object_key) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    [
      attachment.id,
      attachment.ticketId,
      attachment.fileName,
      attachment.contentType,
      attachment.size,
      attachment.purpose,
      attachment.state,
      attachment.reason,
      attachment.metadata && JSON.stringify(attachment.metadata),
      toSqlTime(attachment.createdAt),
      objectKey(attachment),
    ],
  );
}
