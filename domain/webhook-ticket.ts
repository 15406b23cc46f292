/** What a delivery becomes: a message of the ticket whose thread it continues, or a ticket. */
import { NotAllowedInStatus, TicketFull } from './problems.ts';
import { addMessage, type Moment, type Opened, openTicket, type Replied, type Ticket } from './ticket.ts';
import type { Delivery } from './webhook.ts';

export type TakenIn = ({ readonly as: 'ticket' } & Opened) | ({ readonly as: 'message' } & Replied);

/**
 * Nobody who writes mails or chats can be told that a ticket is closed or full: what comes then opens a new one.
 * @param continued the ticket of its thread, with what its messages take as `sizeOf` counts
 */
export function takeIn(
  { subject, body, requesterEmail }: Delivery,
  continued: { readonly ticket: Ticket; readonly size: number } | undefined,
  moment: Moment,
): TakenIn {
  if (continued) {
    try {
      const replied = addMessage(continued.ticket, { body, author: requesterEmail }, continued.size, moment);
      return { as: 'message', ...replied };
    } catch (error) {
      if (!(error instanceof NotAllowedInStatus || error instanceof TicketFull)) throw error;
    }
  }
  return { as: 'ticket', ...openTicket({ subject, body, requesterEmail }, moment) };
}
