/** One event more in the view of its ticket. */
import type { HelpDeskEvent } from '../../domain/events.ts';
import { withEvent } from '../../domain/ticket-view.ts';
import type { TicketViews } from './repository.ts';

/** Others note events of the same ticket at the same time: whoever was overtaken looks again. */
const TRIES = 10;

/** Somebody else always was faster. The message comes again. */
export class Overtaken extends Error {
  override readonly name = 'Overtaken';
}

/** Rejects with Overtaken, NotAnEvent, and what the table throws. */
export function noteEvent(views: TicketViews) {
  return async (event: HelpDeskEvent): Promise<void> => {
    for (let tries = 0; tries < TRIES; tries += 1) {
      const { view, revision } = await views.find(event.ticketId);
      const after = withEvent(view, event);
      if (after === view || (await views.store(after, revision))) return;
    }
    throw new Overtaken(`The view of ticket ${event.ticketId} changed ${TRIES} times meanwhile`);
  };
}
