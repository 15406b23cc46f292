/** Events more in the view of their ticket. */
import type { HelpDeskEvent } from '../../domain/events.ts';
import { type TicketView, withEvent } from '../../domain/ticket-view.ts';
import type { TicketViews } from './repository.ts';

/** Others note events of the same ticket at the same time: whoever was overtaken looks again. */
const TRIES = 10;

const NOTHING: { view: TicketView | undefined; revision: number } = { view: undefined, revision: 0 };

/** Somebody else always was faster. The messages come again. */
export class Overtaken extends Error {
  override readonly name = 'Overtaken';
}

/**
 * For events of one ticket, at least one: they are all noted or none is. Rejects with Overtaken, NotAnEvent, and what the
 * table throws.
 */
export function noteEvents(views: TicketViews) {
  return async (events: readonly HelpDeskEvent[]): Promise<void> => {
    const ticketId = events[0]?.ticketId ?? '';
    // What opens a ticket is mostly the first that is heard of it: there is nothing to look for then.
    const isNew = events.some(({ type }) => type === 'TicketOpened');
    for (let tries = 0; tries < TRIES; tries += 1) {
      const { view, revision } = isNew && tries === 0 ? NOTHING : await views.find(ticketId);
      const after = events.reduce<TicketView | undefined>(withEvent, view);
      if (after === undefined || after === view || (await views.store(after, revision))) return;
    }
    throw new Overtaken(`The view of ticket ${ticketId} changed ${TRIES} times meanwhile`);
  };
}
