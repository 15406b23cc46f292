import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { HelpDeskEvent } from './events.ts';
import { NotAnEvent } from './received.ts';
import { PRIORITIES } from './requests.ts';
import { mayBecome, STATUSES } from './status.ts';
import { addMessage, changeTicket, escalateTicket, openTicket, sortTicket, type Ticket } from './ticket.ts';
import { isUnresolved, resolvedAt, type TicketView, withEvent } from './ticket-view.ts';
import { CATEGORIES } from './triage.ts';

const START = Date.parse('2026-11-21T08:00:00.000Z');
const ADA = 'ada@example.com';

type Step =
  | { readonly kind: 'status'; readonly status: (typeof STATUSES)[number] }
  | { readonly kind: 'priority'; readonly priority: (typeof PRIORITIES)[number] }
  | { readonly kind: 'message'; readonly author: string }
  | { readonly kind: 'triage'; readonly category: (typeof CATEGORIES)[number]; readonly priority: 'low' | 'urgent' }
  | { readonly kind: 'escalate' };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('status' as const), status: fc.constantFrom(...STATUSES) }),
  fc.record({ kind: fc.constant('priority' as const), priority: fc.constantFrom(...PRIORITIES) }),
  fc.record({ kind: fc.constant('message' as const), author: fc.constantFrom(ADA, 'bob@example.com') }),
  fc.record({
    kind: fc.constant('triage' as const),
    category: fc.constantFrom(...CATEGORIES),
    priority: fc.constantFrom('low' as const, 'urgent' as const),
  }),
  fc.record({ kind: fc.constant('escalate' as const) }),
);

interface History {
  readonly ticket: Ticket;
  readonly events: readonly HelpDeskEvent[];
  readonly firstAnsweredAt: string | undefined;
}

/** What happens to a ticket, one thing a minute, by the rules of the domain. */
function history(steps: readonly Step[]): History {
  let made = 0;
  const moment = (minute: number) => ({
    at: new Date(START + minute * 60_000).toISOString(),
    newId: () => `id-${++made}`,
  });
  const opened = openTicket({ subject: 'Printer', body: 'It burns', requesterEmail: ADA }, moment(0));
  let { ticket } = opened;
  const events = [...opened.events];
  let firstAnsweredAt: string | undefined;
  steps.forEach((one, index) => {
    const now = moment(index + 1);
    const apply = (): { ticket: Ticket; events: readonly HelpDeskEvent[] } => {
      if (one.kind === 'escalate') return escalateTicket(ticket, { missed: 'resolution', dueAt: now.at }, now);
      if (one.kind === 'triage')
        return sortTicket(ticket, { ...one, sentiment: 'neutral', summary: 'It burns' }, 'rules', now);
      if (one.kind === 'priority') return changeTicket(ticket, { priority: one.priority }, now);
      if (one.kind === 'status')
        return mayBecome(ticket.status, one.status)
          ? changeTicket(ticket, { status: one.status, priority: 'high' }, now)
          : { ticket, events: [] };
      if (ticket.status === 'closed') return { ticket, events: [] };
      if (one.author !== ADA) firstAnsweredAt ??= now.at;
      return addMessage(ticket, { author: one.author, body: 'And?' }, 0, now);
    };
    const changed = apply();
    ticket = changed.ticket;
    events.push(...changed.events);
  });
  return { ticket, events, firstAnsweredAt };
}

const viewOf = (events: readonly HelpDeskEvent[]): TicketView =>
  events.reduce<TicketView | undefined>(withEvent, undefined)!;

const steps = fc.array(step, { maxLength: 12 });

test('in any order, with any repetitions, the same events lead to the same view', () => {
  fc.assert(
    fc.property(steps, fc.infiniteStream(fc.nat()), (all, numbers) => {
      const { events } = history(all);
      const random = numbers[Symbol.iterator]();
      const number = () => random.next().value as number;
      const repeated = [...events, ...events.filter(() => number() % 3 === 0)];
      const shuffled = repeated
        .map((event) => ({ event, rank: number() }))
        .sort((a, b) => a.rank - b.rank)
        .map(({ event }) => event);
      expect(viewOf(shuffled)).toEqual(viewOf(events));
    }),
  );
});

test('the view says what the ticket is', () => {
  fc.assert(
    fc.property(steps, (all) => {
      const { ticket, events, firstAnsweredAt } = history(all);
      const view = viewOf(events);
      expect(view.status?.value).toBe(ticket.status);
      expect(view.priority?.value).toBe(ticket.priority);
      expect(view.category?.value).toBe(ticket.triage?.category);
      expect(view.version).toBe(ticket.version);
      expect(view.createdAt).toBe(ticket.createdAt);
      expect(view.firstAnsweredAt).toBe(firstAnsweredAt);
      expect(isUnresolved(view)).toBe(ticket.status === 'open' || ticket.status === 'pending');
      expect(resolvedAt(view) === undefined).toBe(isUnresolved(view));
    }),
  );
});

test('what says nothing new leaves the very same view', () => {
  fc.assert(
    fc.property(steps, (all) => {
      const { events } = history(all);
      const view = viewOf(events);
      for (const event of events) expect(withEvent(view, event)).toBe(view);
    }),
  );
});

test.each([
  [['resolved'], 1],
  [['resolved', 'closed'], 1],
  [['closed'], 1],
  [['pending', 'closed'], 2],
  [['resolved', 'open', 'closed'], 3],
] as const)('%j: it was done with after %d minutes', (statuses, minutes) => {
  const { events } = history(statuses.map((status) => ({ kind: 'status', status })));
  expect(resolvedAt(viewOf(events))).toBe(new Date(START + minutes * 60_000).toISOString());
});

test('events from later count for the version alone, and nonsense is refused', () => {
  const { events } = history([]);
  const opened = events[0]!;
  const merged = { ...opened, type: 'TicketMerged', ticketVersion: 7 } as unknown as HelpDeskEvent;
  expect(withEvent(viewOf(events), merged)).toEqual({ ...viewOf(events), version: 7 });
  expect(() => withEvent(undefined, { ...opened, priority: 'soon' } as unknown as HelpDeskEvent)).toThrow(NotAnEvent);
});
