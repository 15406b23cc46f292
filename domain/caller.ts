/** Who asks, and what they may: agents work on every ticket, customers see to their own. */
import { InvalidInput, NotPermitted, TicketNotFound } from './problems.ts';
import type { TicketChange } from './requests.ts';
import type { Ticket } from './ticket.ts';

export interface Caller {
  readonly role: 'agent' | 'customer';
  /** A customer's is verified: it decides which tickets are theirs. */
  readonly email: string;
}

/** Whose tickets lists and searches are about; undefined: everybody's. */
export function requesterInSight({ role, email }: Caller): string | undefined {
  return role === 'customer' ? email : undefined;
}

/**
 * Another's ticket is, for a customer, one that has never been: a refusal would say that it is there.
 * @throws TicketNotFound
 */
export function mustSee(caller: Caller, ticket: Pick<Ticket, 'requesterEmail'>): void {
  if (caller.role === 'customer' && !isSameAddress(caller.email, ticket.requesterEmail)) throw new TicketNotFound();
}

/**
 * Whose ticket is being opened: a customer's own, or of whom an agent names.
 * @throws NotPermitted, InvalidInput
 */
export function requesterFor({ role, email }: Caller, named: string | undefined): string {
  if (role === 'agent') {
    if (named === undefined) throw new InvalidInput(['requesterEmail is missing: agents open tickets for somebody']);
    return named;
  }
  if (named !== undefined && !isSameAddress(named, email)) {
    throw new NotPermitted('Customers open tickets for themselves: leave requesterEmail out, or give your own');
  }
  return email;
}

/**
 * Who a message is from: the caller; agents may also note what somebody else has said.
 * @throws NotPermitted
 */
export function authorFor({ role, email }: Caller, named: string | undefined): string {
  if (named === undefined) return email;
  if (role === 'agent') return named;
  if (!isSameAddress(named, email)) throw new NotPermitted('Customers write in their own name: leave author out');
  return email;
}

/** @throws NotPermitted */
export function mustBeAllowedTo({ role }: Caller, change: TicketChange): void {
  if (role === 'agent') return;
  const ours = (['priority', 'assignee'] as const).filter((field) => change[field] !== undefined);
  if (ours.length > 0) throw new NotPermitted(`Only agents change ${ours.join(' and ')}`);
}

/** Addresses are compared without regard to case, as mail is delivered nearly everywhere. */
export function isSameAddress(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
