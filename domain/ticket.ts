/** Tickets and what happens to them: every function takes a ticket as it was and returns it as it became, with the events. */
import type { HelpDeskEvent, TicketEscalated } from './events.ts';
import type { NewId } from './identifiers.ts';
import { NotAllowedInStatus, TicketFull } from './problems.ts';
import { LIMITS, type NewMessage, type NewTicket, PRIORITIES, type Priority, type TicketChange } from './requests.ts';
import { mayBecome, nextStatuses, type Status } from './status.ts';
import type { Triage } from './triage.ts';

export interface Ticket {
  readonly id: string;
  readonly subject: string;
  readonly requesterEmail: string;
  readonly status: Status;
  readonly priority: Priority;
  readonly assignee: string | null;
  /** What it is about; null until somebody has looked. */
  readonly triage: Sorted | null;
  /** Grows by one with every change, messages included; the entity tag is made of it. */
  readonly version: number;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** What triage left on a ticket. */
export type Sorted = Pick<Triage, 'category' | 'sentiment' | 'summary'>;

export interface Message {
  readonly id: string;
  readonly ticketId: string;
  readonly author: string;
  readonly body: string;
  readonly createdAt: string;
}

/** When something happens, and where new identifiers come from. */
export interface Moment {
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly newId: NewId;
}

export interface Opened {
  readonly ticket: Ticket;
  readonly message: Message;
  readonly events: readonly HelpDeskEvent[];
}

/** What a ticket has until somebody says how urgent it is. */
const UNSORTED: Priority = 'normal';

export function openTicket({ subject, body, requesterEmail }: NewTicket, { at, newId }: Moment): Opened {
  const ticket: Ticket = {
    id: newId(),
    subject,
    requesterEmail,
    status: 'open',
    priority: UNSORTED,
    assignee: null,
    triage: null,
    version: 1,
    createdAt: at,
    updatedAt: at,
  };
  const message: Message = { id: newId(), ticketId: ticket.id, author: requesterEmail, body, createdAt: at };
  const opened: HelpDeskEvent = {
    ...occurrence('TicketOpened', ticket, { at, newId }),
    subject,
    requesterEmail,
    priority: ticket.priority,
  };
  return { ticket, message, events: [opened] };
}

export interface Changed {
  readonly ticket: Ticket;
  readonly events: readonly HelpDeskEvent[];
}

/**
 * Applies what differs; a change to what is already so changes nothing, the version included.
 * @throws NotAllowedInStatus
 */
export function changeTicket(ticket: Ticket, change: TicketChange, moment: Moment): Changed {
  const status = change.status ?? ticket.status;
  const priority = change.priority ?? ticket.priority;
  const assignee = change.assignee === undefined ? ticket.assignee : change.assignee;
  const differs = status !== ticket.status || priority !== ticket.priority || assignee !== ticket.assignee;
  if (!differs) return { ticket, events: [] };
  if (status !== ticket.status && !mayBecome(ticket.status, status)) throw refusedTransition(ticket.status, status);

  const changed = next({ ...ticket, status, priority, assignee }, moment);
  const events: HelpDeskEvent[] = [];
  if (status !== ticket.status) events.push(statusEvent(changed, moment));
  if (priority !== ticket.priority) {
    events.push({ ...occurrence('TicketPrioritised', changed, moment), from: ticket.priority, to: priority });
  }
  if (assignee !== ticket.assignee) {
    const from = ticket.assignee;
    events.push({ ...occurrence('TicketAssigned', changed, moment), from, to: assignee, subject: ticket.subject });
  }
  return { ticket: changed, events };
}

/**
 * Notes what the ticket is about. Its priority follows as long as nobody has set one. Once: a ticket that has been sorted
 * or is closed stays as it is.
 */
export function sortTicket(ticket: Ticket, triage: Triage, by: 'model' | 'rules', moment: Moment): Changed {
  if (ticket.triage !== null || ticket.status === 'closed') return { ticket, events: [] };
  const { category, sentiment, summary } = triage;
  const priority = ticket.priority === UNSORTED ? triage.priority : ticket.priority;
  const sorted = next({ ...ticket, priority, triage: { category, sentiment, summary } }, moment);
  const events: HelpDeskEvent[] = [{ ...occurrence('TicketTriaged', sorted, moment), ...triage, by }];
  if (priority !== ticket.priority) {
    events.push({ ...occurrence('TicketPrioritised', sorted, moment), from: ticket.priority, to: priority });
  }
  return { ticket: sorted, events };
}

/**
 * Somebody waits too long: the ticket becomes one step more urgent, and everybody is told. Whether that has happened to it
 * before is for the caller to know.
 */
export function escalateTicket(
  ticket: Ticket,
  overdue: Pick<TicketEscalated, 'missed' | 'dueAt'>,
  moment: Moment,
): Changed {
  const priority = PRIORITIES[PRIORITIES.indexOf(ticket.priority) + 1] ?? ticket.priority;
  const escalated = next({ ...ticket, priority }, moment);
  const { subject, assignee } = ticket;
  const events: HelpDeskEvent[] = [
    { ...occurrence('TicketEscalated', escalated, moment), subject, priority, assignee, ...overdue },
  ];
  if (priority !== ticket.priority) {
    events.push({ ...occurrence('TicketPrioritised', escalated, moment), from: ticket.priority, to: priority });
  }
  return { ticket: escalated, events };
}

export interface Replied {
  readonly ticket: Ticket;
  readonly message: Message;
  readonly events: readonly HelpDeskEvent[];
}

/** What surrounds a message's texts where it is shown, in bytes. */
export const MESSAGE_OVERHEAD = 200;

/** What a message takes of `LIMITS.ticketBytes`. */
export function sizeOf({ author, body }: NewMessage): number {
  return Buffer.byteLength(author) + Buffer.byteLength(body) + MESSAGE_OVERHEAD;
}

/**
 * Adds a message. One from the requester brings a pending or resolved ticket back to us.
 * @param sizeBefore what the ticket's messages take already, as `sizeOf` counts
 * @throws NotAllowedInStatus when the ticket is closed; TicketFull
 */
export function addMessage(ticket: Ticket, { author, body }: NewMessage, sizeBefore: number, moment: Moment): Replied {
  if (ticket.status === 'closed') {
    throw new NotAllowedInStatus('The ticket is closed and takes no more messages: open a new one');
  }
  if (sizeBefore + sizeOf({ author, body }) > LIMITS.ticketBytes) throw new TicketFull();
  const fromRequester = author.toLowerCase() === ticket.requesterEmail.toLowerCase();
  const reopens = fromRequester && ticket.status !== 'open';
  const changed = next(reopens ? { ...ticket, status: 'open' } : ticket, moment);
  const message: Message = { id: moment.newId(), ticketId: ticket.id, author, body, createdAt: moment.at };
  const added: HelpDeskEvent = {
    ...occurrence('MessageAdded', changed, moment),
    messageId: message.id,
    author,
    fromRequester,
    subject: ticket.subject,
    requesterEmail: ticket.requesterEmail,
    assignee: ticket.assignee,
  };
  return { ticket: changed, message, events: reopens ? [added, statusEvent(changed, moment)] : [added] };
}

/** The ticket one change later. */
export function next(ticket: Ticket, { at }: Moment): Ticket {
  return { ...ticket, version: ticket.version + 1, updatedAt: at };
}

const STATUS_EVENTS = {
  open: 'TicketReopened',
  pending: 'TicketPending',
  resolved: 'TicketResolved',
  closed: 'TicketClosed',
} as const satisfies Record<Status, HelpDeskEvent['type']>;

function statusEvent(ticket: Ticket, moment: Moment): HelpDeskEvent {
  const type = STATUS_EVENTS[ticket.status];
  if (type !== 'TicketResolved') return occurrence(type, ticket, moment);
  const { subject, requesterEmail } = ticket;
  return { ...occurrence(type, ticket, moment), subject, requesterEmail };
}

function occurrence<Type extends HelpDeskEvent['type']>(type: Type, ticket: Ticket, { at, newId }: Moment) {
  return { id: newId(), type, occurredAt: at, ticketId: ticket.id, ticketVersion: ticket.version };
}

function refusedTransition(from: Status, to: Status): NotAllowedInStatus {
  const allowed = nextStatuses(from);
  const rest = allowed.length === 0 ? 'nothing more' : `only ${allowed.join(' or ')}`;
  return new NotAllowedInStatus(`A ticket that is ${from} cannot become ${to}, ${rest}`);
}
