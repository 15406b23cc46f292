/**
 * What the read model knows of a ticket, from its events alone. They arrive in any order and more than once: everything
 * that changes is kept with the version that it is of, so that late events change nothing, and what happens first or once
 * is kept as the earliest. Whatever the order and the repetitions, the same events lead to the same view.
 */
import type { HelpDeskEvent } from './events.ts';
import { NotAnEvent } from './received.ts';
import { PRIORITIES, type Priority } from './requests.ts';
import type { Status } from './status.ts';
import { CATEGORIES, type Triage } from './triage.ts';

type Category = Triage['category'];

/** Something that changes, as its latest event left it. No version of a ticket sets the same thing twice. */
export interface Latest<Value> {
  readonly value: Value;
  /** Of the ticket. */
  readonly version: number;
  /** ISO 8601, UTC. */
  readonly at: string;
}

export interface TicketView {
  readonly ticketId: string;
  /** The highest that an event has told of. */
  readonly version: number;
  /** ISO 8601, UTC, as all times here. Absent until the event that opened it has arrived. */
  readonly createdAt?: string;
  readonly status?: Latest<Status>;
  readonly priority?: Latest<Priority>;
  readonly category?: Latest<Category>;
  /** Whether the last word about a solution was that there is one. */
  readonly solved?: Latest<boolean>;
  /** When somebody else than the requester wrote first. */
  readonly firstAnsweredAt?: string;
  readonly escalatedAt?: string;
}

/**
 * The view with one event more; the same object where it says nothing new.
 * @throws NotAnEvent when the event has a priority or a category that there is not
 */
export function withEvent(before: TicketView | undefined, event: HelpDeskEvent): TicketView {
  const view = before ?? { ticketId: event.ticketId, version: 0 };
  const told = whatItTells(view, event);
  const version = Math.max(view.version, event.ticketVersion);
  const isNew =
    version !== view.version || Object.entries(told).some(([name, value]) => view[name as keyof TicketView] !== value);
  return isNew ? { ...view, ...told, version } : view;
}

/** When it was done with, if it is: resolved, or closed without. */
export function resolvedAt({ status, solved }: TicketView): string | undefined {
  if (status?.value === 'resolved') return status.at;
  if (status?.value === 'closed') return solved?.value ? solved.at : status.at;
  return undefined;
}

export const isUnresolved = ({ status }: TicketView): boolean =>
  status?.value === 'open' || status?.value === 'pending';

function whatItTells(view: TicketView, event: HelpDeskEvent): Partial<TicketView> {
  const latest = <Value>(kept: Latest<Value> | undefined, value: Value): Latest<Value> =>
    kept && kept.version >= event.ticketVersion ? kept : { value, version: event.ticketVersion, at: event.occurredAt };
  const earliest = (kept: string | undefined): string =>
    kept !== undefined && kept <= event.occurredAt ? kept : event.occurredAt;
  const status = (value: Status) => ({ status: latest(view.status, value) });
  const solved = (value: boolean) => ({ solved: latest(view.solved, value) });
  const priority = (value: Priority) => ({ priority: latest(view.priority, oneOf(PRIORITIES, value, 'priority')) });

  switch (event.type) {
    case 'TicketOpened':
      return { createdAt: earliest(view.createdAt), ...status('open'), ...priority(event.priority) };
    case 'TicketPending':
      return status('pending');
    case 'TicketReopened':
      return { ...status('open'), ...solved(false) };
    case 'TicketResolved':
      return { ...status('resolved'), ...solved(true) };
    case 'TicketClosed':
      return status('closed');
    case 'TicketPrioritised':
      return priority(event.to);
    case 'TicketTriaged':
      // Its priority is what triage found right: what became of it, an event of its own tells.
      return { category: latest(view.category, oneOf(CATEGORIES, event.category, 'category')) };
    case 'TicketEscalated':
      return { escalatedAt: earliest(view.escalatedAt), ...priority(event.priority) };
    case 'MessageAdded':
      return event.fromRequester ? {} : { firstAnsweredAt: earliest(view.firstAnsweredAt) };
    default:
      // Of types that come later, too, the version is known.
      return {};
  }
}

function oneOf<Value>(all: readonly Value[], value: Value, what: string): Value {
  if (!all.includes(value)) throw new NotAnEvent(`The event has no usable ${what}`);
  return value;
}
