/** Files that belong to a ticket: what may be attached, under which name, and what becomes of it. */
import type { Caller } from './caller.ts';
import type { FileMetadata } from './file-metadata.ts';
import { isIdentifier } from './identifiers.ts';
import { InvalidInput, NotAllowedInStatus, NotPermitted, TicketFull } from './problems.ts';
import { LIMITS } from './requests.ts';
import { type Moment, next, type Ticket } from './ticket.ts';
import { IMPORT_LIMITS } from './ticket-import.ts';
import { type Check, count, fields, type Outcome, oneOf, text } from './validation.ts';

/**
 * What may be attached, with the endings of its names. A file is handed out again under its name, and by the ending the
 * recipient's computer decides what to do with it: so neither programs nor pages, nor the one dressed up as the other.
 */
const ENDINGS = {
  'application/json': ['json'],
  'application/pdf': ['pdf'],
  'application/vnd.openxmlformats-officedocument.presentationml.presentation': ['pptx'],
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': ['xlsx'],
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': ['docx'],
  'application/zip': ['zip'],
  'image/gif': ['gif'],
  'image/jpeg': ['jpg', 'jpeg'],
  'image/png': ['png'],
  'image/webp': ['webp'],
  'message/rfc822': ['eml'],
  'text/csv': ['csv'],
  'text/markdown': ['md'],
  'text/plain': ['txt', 'log'],
  'video/mp4': ['mp4'],
} as const satisfies Record<string, readonly string[]>;

export type ContentType = keyof typeof ENDINGS;
export const CONTENT_TYPES = Object.keys(ENDINGS) as ContentType[];

/** What a file is sent for: to be kept with the ticket, or to open a ticket with each of its rows. */
export const PURPOSES = ['attachment', 'import'] as const;
export type Purpose = (typeof PURPOSES)[number];

/** `announced`: a URL for the upload was given. `stored`: the file has arrived and was checked; or it was `rejected`. */
export type AttachmentState = 'announced' | 'stored' | 'rejected';

export interface Attachment {
  readonly id: string;
  readonly ticketId: string;
  readonly fileName: string;
  readonly contentType: string;
  /** In bytes. */
  readonly size: number;
  readonly purpose: Purpose;
  readonly state: AttachmentState;
  /** Why it was rejected; null otherwise. */
  readonly reason: string | null;
  /** What was found in it; null until it was checked, and where it was rejected. */
  readonly metadata: FileMetadata | null;
  readonly createdAt: string;
}

/** What the check of a file came to. */
export type Verdict =
  | { readonly state: 'stored'; readonly metadata: FileMetadata }
  | { readonly state: 'rejected'; readonly reason: string };

export interface NewAttachment {
  readonly fileName: string;
  readonly contentType: ContentType;
  /** In bytes; exactly so many are taken. */
  readonly size: number;
  readonly purpose: Purpose;
}

/**
 * @param maximumBytes of one file
 * @throws InvalidInput
 */
export function newAttachment(input: unknown, maximumBytes: number): NewAttachment {
  const given = (input ?? {}) as Partial<Record<keyof NewAttachment, unknown>>;
  const { purpose = 'attachment', ...wanted } = fields(input, {
    required: {
      fileName: fileNameFor(given.contentType),
      contentType: oneOf(CONTENT_TYPES),
      size: count(1, maximumBytes),
    },
    optional: { purpose: oneOf(PURPOSES) },
  });
  if (purpose === 'import') {
    const problems = [
      ...(wanted.contentType === 'text/csv' ? [] : ['contentType must be text/csv: imports are CSV']),
      ...(wanted.size <= IMPORT_LIMITS.bytes ? [] : [`size must be at most ${IMPORT_LIMITS.bytes} for an import`]),
    ];
    if (problems.length > 0) throw new InvalidInput(problems);
  }
  return { ...wanted, purpose };
}

/**
 * An import opens tickets in others' names.
 * @throws NotPermitted
 */
export function mustBeAllowedToSend({ role }: Pick<Caller, 'role'>, { purpose }: Pick<NewAttachment, 'purpose'>): void {
  if (purpose === 'import' && role !== 'agent') throw new NotPermitted('Only agents import tickets');
}

const oneLine = text({ maximum: LIMITS.fileName, lines: 'one' });

/** Characters that turn the direction of writing round: with one of them `exe.pdf` is read as `fdp.exe`, and vice versa. */
const TURNING = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

function fileNameFor(contentType: unknown): Check<string> {
  const endings: readonly string[] | undefined = Object.hasOwn(ENDINGS, String(contentType))
    ? ENDINGS[String(contentType) as ContentType]
    : undefined;
  return (value): Outcome<string> => {
    const outcome = oneLine(value);
    if (!outcome.ok) return outcome;
    const name = outcome.value;
    if (/[/\\]/.test(name)) return { ok: false, problem: 'must be a name, not a path' };
    if (TURNING.test(name)) return { ok: false, problem: 'must not turn the direction of writing round' };
    if (name.startsWith('.') || name !== name.trim()) {
      return { ok: false, problem: 'must not begin with a dot, nor begin or end with a space' };
    }
    const ending = name.slice(name.lastIndexOf('.') + 1).toLowerCase();
    if (endings && (!name.includes('.') || !endings.includes(ending))) {
      return { ok: false, problem: `must end with .${endings.join(' or .')}, as ${contentType} does` };
    }
    return outcome;
  };
}

export interface Announced {
  readonly ticket: Ticket;
  readonly attachment: Attachment;
}

/**
 * Announces a file; its bytes are sent to the place that `objectKey` names.
 * @param attachmentsBefore how many the ticket has already
 * @throws NotAllowedInStatus when the ticket is closed; TicketFull
 */
export function announceAttachment(
  ticket: Ticket,
  wanted: NewAttachment,
  attachmentsBefore: number,
  moment: Moment,
): Announced {
  if (ticket.status === 'closed') {
    throw new NotAllowedInStatus('The ticket is closed and takes no more attachments: open a new one');
  }
  if (attachmentsBefore >= LIMITS.attachmentsPerTicket) throw new TicketFull('attachments');
  const { fileName, contentType, size, purpose } = wanted;
  const attachment: Attachment = {
    id: moment.newId(),
    ticketId: ticket.id,
    fileName,
    contentType,
    size,
    purpose,
    state: 'announced',
    reason: null,
    metadata: null,
    createdAt: moment.at,
  };
  return { ticket: next(ticket, moment), attachment };
}

/**
 * Notes what the check of a file came to: another version of the ticket, which is shown with it. Once: what was decided
 * about a file stays.
 */
export function decideAttachment(ticket: Ticket, attachment: Attachment, verdict: Verdict, moment: Moment): Announced {
  if (attachment.state !== 'announced') return { ticket, attachment };
  return { ticket: next(ticket, moment), attachment: { ...attachment, ...verdict } };
}

/** Where the file lies: made of identifiers alone, the second of which nobody can guess. */
export function objectKey({ ticketId, id }: Pick<Attachment, 'ticketId' | 'id'>): string {
  return `tickets/${ticketId}/${id}`;
}

/** What the name of every report ends with: they are told from files by it, which have no ending. */
export const REPORT_ENDING = '.report.json';

/** Where the report of an import lies: beside its file. */
export function reportKey(attachment: Pick<Attachment, 'ticketId' | 'id'>): string {
  return `${objectKey(attachment)}${REPORT_ENDING}`;
}

/** What `objectKey` has made; undefined of any other key. */
export function attachmentAt(key: string): Pick<Attachment, 'ticketId' | 'id'> | undefined {
  const [folder, ticketId = '', id = '', ...more] = key.split('/');
  const isOne = folder === 'tickets' && isIdentifier(ticketId) && isIdentifier(id) && more.length === 0;
  return isOne ? { ticketId, id } : undefined;
}
