/** What the help desk tells the rest of the world. Consumers depend on these shapes: add to them, never change them. */
import type { Priority } from './requests.ts';
import type { Triage } from './triage.ts';

/** Who tells, for those who listen on a bus where others tell things too. */
export const EVENT_SOURCE = 'help-desk';

interface EventBase<Type extends string> {
  /** Unique; consumers that see it twice do their work once. */
  readonly id: string;
  /** EventBridge's `detail-type`. */
  readonly type: Type;
  /** ISO 8601, UTC. */
  readonly occurredAt: string;
  readonly ticketId: string;
  /** The ticket's version that the event led to. */
  readonly ticketVersion: number;
}

export interface TicketOpened extends EventBase<'TicketOpened'> {
  readonly subject: string;
  readonly requesterEmail: string;
  readonly priority: Priority;
}

export interface MessageAdded extends EventBase<'MessageAdded'> {
  readonly messageId: string;
  readonly author: string;
  readonly fromRequester: boolean;
  readonly subject: string;
  readonly requesterEmail: string;
  readonly assignee: string | null;
}

export interface TicketPending extends EventBase<'TicketPending'> {}
export interface TicketReopened extends EventBase<'TicketReopened'> {}
export interface TicketResolved extends EventBase<'TicketResolved'> {
  readonly subject: string;
  readonly requesterEmail: string;
}
export interface TicketClosed extends EventBase<'TicketClosed'> {}

export interface TicketPrioritised extends EventBase<'TicketPrioritised'> {
  readonly from: Priority;
  readonly to: Priority;
}

export interface TicketAssigned extends EventBase<'TicketAssigned'> {
  readonly from: string | null;
  readonly to: string | null;
  readonly subject: string;
}

/** What the ticket is about; `priority` is what triage found right, which an agent's own word outdoes. */
export interface TicketTriaged extends EventBase<'TicketTriaged'>, Triage {
  readonly by: 'model' | 'rules';
}

export interface TicketEscalated extends EventBase<'TicketEscalated'> {
  readonly subject: string;
  readonly priority: Priority;
  readonly assignee: string | null;
  /** What did not happen in time. */
  readonly missed: 'first-response' | 'resolution';
  /** When it should have. ISO 8601, UTC. */
  readonly dueAt: string;
}

export type HelpDeskEvent =
  | TicketOpened
  | MessageAdded
  | TicketPending
  | TicketReopened
  | TicketResolved
  | TicketClosed
  | TicketPrioritised
  | TicketAssigned
  | TicketTriaged
  | TicketEscalated;
