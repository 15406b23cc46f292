/** Between rows of the database and the domain. */
import type { Attachment, AttachmentState, Purpose } from '../domain/attachment.ts';
import type { FileMetadata } from '../domain/file-metadata.ts';
import type { Priority } from '../domain/requests.ts';
import type { Status } from '../domain/status.ts';
import type { Message, Sorted, Ticket } from '../domain/ticket.ts';

export interface TicketRow {
  readonly id: string;
  readonly subject: string;
  readonly requester_email: string;
  readonly status: Status;
  readonly priority: Priority;
  readonly assignee: string | null;
  readonly category: Sorted['category'] | null;
  readonly sentiment: Sorted['sentiment'] | null;
  readonly summary: string | null;
  readonly version: number;
  readonly created_at: string;
  readonly updated_at: string;
}

export interface MessageRow {
  readonly id: string;
  readonly ticket_id: string;
  readonly author: string;
  readonly body: string;
  readonly created_at: string;
}

export const ATTACHMENT_COLUMNS =
  'id, ticket_id, file_name, content_type, size, purpose, state, reason, metadata, created_at';

export interface AttachmentRow {
  readonly id: string;
  readonly ticket_id: string;
  readonly file_name: string;
  readonly content_type: string;
  readonly size: number;
  readonly purpose: Purpose;
  readonly state: AttachmentState;
  readonly reason: string | null;
  /** MariaDB keeps JSON as text, MySQL hands out what it says. */
  readonly metadata: string | FileMetadata | null;
  readonly created_at: string;
}

export function ticketOf(row: TicketRow): Ticket {
  return {
    id: row.id,
    subject: row.subject,
    requesterEmail: row.requester_email,
    status: row.status,
    priority: row.priority,
    assignee: row.assignee,
    triage: sortedOf(row),
    version: row.version,
    createdAt: fromSqlTime(row.created_at),
    updatedAt: fromSqlTime(row.updated_at),
  };
}

function sortedOf({ category, sentiment, summary }: TicketRow): Sorted | null {
  return category && sentiment && summary !== null ? { category, sentiment, summary } : null;
}

export function messageOf(row: MessageRow): Message {
  return {
    id: row.id,
    ticketId: row.ticket_id,
    author: row.author,
    body: row.body,
    createdAt: fromSqlTime(row.created_at),
  };
}

export function attachmentOf(row: AttachmentRow): Attachment {
  return {
    id: row.id,
    ticketId: row.ticket_id,
    fileName: row.file_name,
    contentType: row.content_type,
    size: row.size,
    purpose: row.purpose,
    state: row.state,
    reason: row.reason,
    metadata: typeof row.metadata === 'string' ? (JSON.parse(row.metadata) as FileMetadata) : row.metadata,
    createdAt: fromSqlTime(row.created_at),
  };
}

/** `2026-11-21T03:21:00.123Z` → `2026-11-21 03:21:00.123` */
export function toSqlTime(iso: string): string {
  return iso.replace('T', ' ').replace('Z', '');
}

/** `2026-11-21 03:21:00.123000` → `2026-11-21T03:21:00.123Z`; microseconds stay where there are any. */
export function fromSqlTime(time: string): string {
  return `${time.replace(' ', 'T').replace(/000$/, '')}Z`;
}
