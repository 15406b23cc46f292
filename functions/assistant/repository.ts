/** What a draft is made of, out of the database. */
import type { Database } from '@app/shared/database';
import {
  ATTACHMENT_COLUMNS,
  type AttachmentRow,
  attachmentOf,
  type MessageRow,
  messageOf,
} from '../../database/rows.ts';
import { findTicket } from '../../database/tickets.ts';
import type { Attachment } from '../../domain/attachment.ts';
import type { Message, Ticket } from '../../domain/ticket.ts';

/** All promises may reject with `DatabaseUnavailableError`. */
export interface AssistantRepository {
  find(id: string): Promise<Ticket | undefined>;
  /** The newest ones, oldest first. */
  messages(ticketId: string): Promise<Message[]>;
  /** Small files of text, and mails, newest first. */
  textAttachments(ticketId: string): Promise<ReadableAttachment[]>;
}

export interface ReadableAttachment extends Attachment {
  /** What it says, where that is not what its bytes are: mails that have been checked. Null otherwise. */
  readonly extractedText: string | null;
}

/** More does not fit into any prompt. */
const MESSAGES = 50;
const ATTACHMENTS = 3;

export function assistantRepository(database: Pick<Database, 'read'>, largestBytes: number): AssistantRepository {
  return {
    find: (id) => findTicket(database, id),

    async messages(ticketId) {
      const rows = await database.read<MessageRow>(
        `SELECT id, ticket_id, author, body, created_at FROM messages
         WHERE ticket_id = ? ORDER BY created_at DESC, id DESC LIMIT ?`,
        [ticketId, MESSAGES],
      );
      return rows.map(messageOf).reverse();
    },

    async textAttachments(ticketId) {
      const rows = await database.read<AttachmentRow & { readonly extracted_text: string | null }>(
        `SELECT ${ATTACHMENT_COLUMNS}, extracted_text FROM attachments
         WHERE ticket_id = ? AND state <> 'rejected' AND content_type IN (?)
           AND (size <= ? OR extracted_text IS NOT NULL) AND purpose = 'attachment'
         ORDER BY created_at DESC, id DESC LIMIT ?`,
        [ticketId, TEXTS, largestBytes, ATTACHMENTS],
      );
      return rows.map((row) => ({ ...attachmentOf(row), extractedText: row.extracted_text }));
    },
  };
}

const TEXTS = ['text/plain', 'text/csv', 'text/markdown', 'application/json', 'message/rfc822'];
