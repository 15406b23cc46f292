/** What callers may ask of the help desk, and the limits of it. `api/openapi.yaml` states the same limits. */

import { InvalidInput } from './problems.ts';
import { STATUSES, type Status } from './status.ts';
import { email, fields, oneOf, orNull, text, wholeNumber } from './validation.ts';

export const PRIORITIES = ['low', 'normal', 'high', 'urgent'] as const;
export type Priority = (typeof PRIORITIES)[number];

export const LIMITS = {
  subject: 200,
  body: 20_000,
  person: 254,
  /**
   * All messages of a ticket, as `sizeOf` counts them. A ticket is answered whole, and Lambda answers 6 MB at most; a
   * character may take four times its bytes there, since the answer is JSON within JSON.
   */
  ticketBytes: 1_400_000,
  attachmentsPerTicket: 100,
  fileName: 200,
  searchQuery: 200,
  page: { minimum: 1, maximum: 100, usual: 20 },
} as const;

const subject = text({ maximum: LIMITS.subject, lines: 'one' });
const body = text({ maximum: LIMITS.body, lines: 'many' });
const person = text({ maximum: LIMITS.person, lines: 'one' });
const limit = wholeNumber(LIMITS.page.minimum, LIMITS.page.maximum);

export interface NewTicket {
  readonly subject: string;
  readonly body: string;
  readonly requesterEmail: string;
}

/** A new ticket as it is asked for: whose it becomes depends on who asks, too. */
export type TicketWish = Omit<NewTicket, 'requesterEmail'> & Partial<Pick<NewTicket, 'requesterEmail'>>;

/** @throws InvalidInput */
export function ticketWish(input: unknown): TicketWish {
  return fields(input, { required: { subject, body }, optional: { requesterEmail: email } });
}

export interface NewMessage {
  readonly body: string;
  readonly author: string;
}

/** A new message as it is asked for. */
export type MessageWish = Pick<NewMessage, 'body'> & Partial<Pick<NewMessage, 'author'>>;

/** @throws InvalidInput */
export function messageWish(input: unknown): MessageWish {
  return fields(input, { required: { body }, optional: { author: person } });
}

export interface TicketChange {
  readonly status?: Status;
  readonly priority?: Priority;
  /** Null: nobody. */
  readonly assignee?: string | null;
}

/** @throws InvalidInput also when nothing is asked for. */
export function ticketChange(input: unknown): TicketChange {
  const change = fields(input, {
    required: {},
    optional: { status: oneOf(STATUSES), priority: oneOf(PRIORITIES), assignee: orNull(person) },
  });
  if (Object.keys(change).length === 0)
    throw new InvalidInput(['At least one of status, priority, assignee is needed']);
  return change;
}

export interface Filters {
  readonly status?: Status;
  readonly priority?: Priority;
  readonly assignee?: string;
}

export interface ListRequest {
  readonly filters: Filters;
  readonly limit: number;
  /** As the caller sent it; `decodeCursor` reads it. */
  readonly cursor?: string;
}

/** Reads the query string of a list. @throws InvalidInput */
export function listRequest(query: unknown): ListRequest {
  const {
    limit: size = LIMITS.page.usual,
    cursor,
    ...filters
  } = fields(query, {
    required: {},
    optional: {
      status: oneOf(STATUSES),
      priority: oneOf(PRIORITIES),
      assignee: person,
      limit,
      cursor: text({ maximum: 1_000, lines: 'one' }),
    },
  });
  return { filters, limit: size, ...(cursor === undefined ? {} : { cursor }) };
}

export interface SearchRequest {
  readonly q: string;
  readonly limit: number;
}

/** Reads the query string of a search. @throws InvalidInput */
export function searchRequest(query: unknown): SearchRequest {
  const { q, limit: size = LIMITS.page.usual } = fields(query, {
    required: { q: text({ maximum: LIMITS.searchQuery, lines: 'one' }) },
    optional: { limit },
  });
  return { q, limit: size };
}
