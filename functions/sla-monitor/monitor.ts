/** One round over the tickets: whoever waits too long is escalated, once; whoever does not is looked at when it may be so. */
import type { HelpDeskEvent } from '../../domain/events.ts';
import { type Course, nextDue, type Promised } from '../../domain/sla.ts';
import { escalateTicket, type Moment, type Ticket } from '../../domain/ticket.ts';
import type { Place, SlaRepository, Verdict } from './repository.ts';

export interface Dependencies {
  readonly repository: SlaRepository;
  readonly promised: Promised;
  readonly now: () => number;
  readonly newId: Moment['newId'];
  /** For events that have been stored; never rejects. */
  readonly publish: (events: readonly HelpDeskEvent[]) => Promise<void>;
  /** Tickets per transaction, which holds them meanwhile. */
  readonly batch?: number;
}

export interface Reviewed {
  readonly reviewed: number;
  readonly escalated: number;
}

/** For one more batch. */
const BATCH_MS = 5_000;
/** What was promised may be configured anew: nothing is left unlooked at for longer. */
const LONGEST_WAIT_MS = 3_600_000;

/** Rejects with `DatabaseUnavailableError`. */
export function slaMonitor({ repository, promised, now, newId, publish, batch = 50 }: Dependencies) {
  return async (remainingMs: () => number): Promise<Reviewed> => {
    const at = now();
    const judge = (ticket: Ticket, course: Course): Verdict => {
      const due = nextDue(course, promised);
      if (due === undefined || due.at > at) {
        return { verdict: 'wait', until: Math.min(due?.at ?? Number.POSITIVE_INFINITY, at + LONGEST_WAIT_MS) };
      }
      const overdue = { missed: due.missed, dueAt: new Date(due.at).toISOString() };
      return {
        verdict: 'escalate',
        changed: escalateTicket(ticket, overdue, { at: new Date(at).toISOString(), newId }),
      };
    };

    let reviewed = 0;
    let escalated = 0;
    let place: Place | undefined;
    while (remainingMs() > BATCH_MS) {
      const places = await repository.toReview(at, place, batch);
      if (places.length === 0) break;
      const events = await repository.review(
        places.map(({ id }) => id),
        at,
        judge,
      );
      await publish(events);
      reviewed += places.length;
      escalated += events.filter(({ type }) => type === 'TicketEscalated').length;
      // What somebody else held is theirs, or the next run's.
      place = places.at(-1);
      if (places.length < batch) break;
    }
    return { reviewed, escalated };
  };
}
