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
  /** Small files of text, newest first. */
  textAttachments(ticketId: string): Promise<Attachment[]>;
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
      const rows = await database.read<AttachmentRow>(
        `SELECT ${ATTACHMENT_COLUMNS} FROM attachments
         WHERE ticket_id = ? AND state <> 'rejected' AND content_type IN (?) AND size <= ?
         ORDER BY created_at DESC, id DESC LIMIT ?`,
        [ticketId, TEXTS, largestBytes, ATTACHMENTS],
      );
      return rows.map(attachmentOf);
    },
  };
}

const TEXTS = ['text/plain', 'text/csv', 'text/markdown', 'application/json', 'message/rfc822'];
