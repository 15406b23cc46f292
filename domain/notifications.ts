/** Who is told what of an event, and whether they want to know. */
import type { HelpDeskEvent } from './events.ts';
import { CHANNELS, type Channel, NOTICE_KINDS, type NoticeKind, REQUESTER_KINDS } from './notices.ts';
import { email } from './validation.ts';

export interface Notice {
  readonly kind: NoticeKind;
  /** An e-mail address. */
  readonly to: string;
}

/**
 * @param team the address that is told where nobody in person has the ticket; null: nobody is
 */
export function noticesOf(event: HelpDeskEvent, team: string | null): readonly Notice[] {
  switch (event.type) {
    case 'TicketOpened':
      return told('received', event.requesterEmail);
    case 'MessageAdded':
      return event.fromRequester
        ? told('new-message', deskAddress(event.assignee, team))
        : told('answered', event.requesterEmail);
    case 'TicketResolved':
      return told('resolved', event.requesterEmail);
    case 'TicketAssigned':
      return event.to === null ? [] : told('assigned', deskAddress(event.to, team));
    case 'TicketEscalated':
      return told('escalated', deskAddress(event.assignee, team));
    default:
      return [];
  }
}

/** Whoever has the ticket, where that is an address and not just a name. */
function deskAddress(assignee: string | null, team: string | null): string | null {
  return isAddress(assignee) ? assignee : team;
}

/** Events of earlier versions have no addresses: nobody can be told then. */
function told(kind: NoticeKind, to: string | null): readonly Notice[] {
  return isAddress(to) ? [{ kind, to }] : [];
}

const isAddress = (value: unknown): value is string => email(value).ok;

export function isForRequester({ kind }: Notice): boolean {
  return REQUESTER_KINDS.some((one) => one === kind);
}

/** Under which preferences of a recipient are kept: addresses that differ in case are one person's. */
export function preferencesKey(address: string): string {
  return address.toLowerCase();
}

export interface Preferences {
  readonly channels: ReadonlySet<Channel>;
  readonly kinds: ReadonlySet<NoticeKind>;
}

/**
 * Reads `{ channels: [...], kinds: [...] }`. What is absent, or no list, is as if nobody had asked for anything else:
 * everything, by every way. Names that are none are passed over.
 */
export function preferencesFrom(item: Readonly<Record<string, unknown>> | undefined): Preferences {
  return { channels: chosen(item?.['channels'], CHANNELS), kinds: chosen(item?.['kinds'], NOTICE_KINDS) };
}

/** DynamoDB has lists and sets of texts. */
function chosen<T extends string>(given: unknown, all: readonly T[]): ReadonlySet<T> {
  if (!Array.isArray(given) && !(given instanceof Set)) return new Set(all);
  const names = new Set<unknown>(given);
  return new Set(all.filter((one) => names.has(one)));
}

export function wants({ channels, kinds }: Preferences, kind: NoticeKind, channel: Channel): boolean {
  return channels.has(channel) && kinds.has(kind);
}
