/** Files in the database: what was announced, what its check came to, and which row of an import became which ticket. */
import type { Database, Statements } from '@app/shared/database';
import { ATTACHMENT_COLUMNS, type AttachmentRow, attachmentOf } from '../../database/rows.ts';
import { insertOpened, lockTicket, updateTicket } from '../../database/tickets.ts';
import type { Announced, Attachment } from '../../domain/attachment.ts';
import { AttachmentNotFound } from '../../domain/problems.ts';
import type { Opened, Ticket } from '../../domain/ticket.ts';

/** All promises may reject with `DatabaseUnavailableError`. */
export interface FileRepository {
  find(at: Pick<Attachment, 'ticketId' | 'id'>): Promise<Attachment | undefined>;
  /**
   * Reads the ticket and the attachment, lets `decide` say what becomes of them, and stores that; nobody else changes them
   * meanwhile. `decide` may be called twice.
   * @throws TicketNotFound, AttachmentNotFound
   */
  decide(
    at: Pick<Attachment, 'ticketId' | 'id'>,
    extractedText: string | null,
    decide: (ticket: Ticket, attachment: Attachment) => Announced,
  ): Promise<Announced>;
  /**
   * Opens a ticket for each row that has none yet, all of them or none. Returns all of their tickets by row, and those
   * that were opened now. `open` may be called twice for a row.
   * @throws AttachmentNotFound
   */
  openRows<Row extends { readonly row: number }>(
    attachmentId: string,
    rows: readonly Row[],
    open: (row: Row) => Opened,
  ): Promise<{ readonly ticketIds: ReadonlyMap<number, string>; readonly opened: readonly Opened[] }>;
}

export function fileRepository(database: Pick<Database, 'read' | 'transaction'>): FileRepository {
  return {
    find: (at) => attachmentAt(database, at, ''),

    decide: (at, extractedText, decide) =>
      database.transaction(async (statements) => {
        const ticket = await lockTicket(statements, at.ticketId);
        const attachment = await attachmentAt(statements, at, 'FOR UPDATE');
        if (!attachment) throw new AttachmentNotFound();
        const decided = decide(ticket, attachment);
        if (decided.attachment !== attachment) {
          const { state, reason, metadata } = decided.attachment;
          await statements.write(
            'UPDATE attachments SET state = ?, reason = ?, metadata = ?, extracted_text = ? WHERE id = ?',
            [state, reason, metadata && JSON.stringify(metadata), extractedText, at.id],
          );
          await updateTicket(statements, decided.ticket);
        }
        return decided;
      }),

    openRows: (attachmentId, rows, open) =>
      database.transaction(async (statements) => {
        const ticketIds = new Map<number, string>();
        const opened: Opened[] = [];
        for (const row of rows) {
          const one = open(row);
          // Whoever imports the same row at the same time waits here, and finds it done.
          const { affectedRows } = await statements.write(
            'INSERT IGNORE INTO import_rows (attachment_id, row_no, ticket_id) VALUES (?, ?, ?)',
            [attachmentId, row.row, one.ticket.id],
          );
          if (affectedRows === 0) {
            ticketIds.set(row.row, await ticketOfRow(statements, attachmentId, row.row));
            continue;
          }
          await insertOpened(statements, one);
          ticketIds.set(row.row, one.ticket.id);
          opened.push(one);
        }
        return { ticketIds, opened };
      }),
  };
}

async function attachmentAt(
  statements: Pick<Statements, 'read'>,
  { ticketId, id }: Pick<Attachment, 'ticketId' | 'id'>,
  lock: '' | 'FOR UPDATE',
): Promise<Attachment | undefined> {
  const [row] = await statements.read<AttachmentRow>(
    `SELECT ${ATTACHMENT_COLUMNS} FROM attachments WHERE id = ? AND ticket_id = ? ${lock}`,
    [id, ticketId],
  );
  return row && attachmentOf(row);
}

/**
 * Reads what another transaction has committed meanwhile, which this one's snapshot does not have. The insert that found
 * it has the same lock already: for a stronger one, two who import the same rows would wait for each other.
 */
async function ticketOfRow(statements: Statements, attachmentId: string, row: number): Promise<string> {
  const [found] = await statements.read<{ ticket_id: string }>(
    'SELECT ticket_id FROM import_rows WHERE attachment_id = ? AND row_no = ? LOCK IN SHARE MODE',
    [attachmentId, row],
  );
  // IGNORE passes over a missing attachment, too.
  if (!found) throw new AttachmentNotFound();
  return found.ticket_id;
}
