import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { NotAllowedInStatus, TicketFull } from './problems.ts';
import { LIMITS, PRIORITIES, type TicketChange } from './requests.ts';
import { mayBecome, nextStatuses, STATUSES, type Status } from './status.ts';
import {
  addMessage,
  changeTicket,
  escalateTicket,
  type Moment,
  openTicket,
  sizeOf,
  sortTicket,
  type Ticket,
} from './ticket.ts';
import type { Triage } from './triage.ts';

let made = 0;
const moment: Moment = { at: '2026-11-21T03:21:00.000Z', newId: () => `id-${++made}` };
const later: Moment = { ...moment, at: '2026-11-21T04:00:00.000Z' };

const opened = (status: Status = 'open'): Ticket => ({
  ...openTicket({ subject: 'Printer', body: 'It burns', requesterEmail: 'Ada@example.com' }, moment).ticket,
  status,
});

test('a ticket opens with its first message, from the requester, and says so', () => {
  const { ticket, message, events } = openTicket(
    { subject: 'Printer', body: 'It burns', requesterEmail: 'ada@example.com' },
    moment,
  );
  expect(ticket).toMatchObject({
    status: 'open',
    priority: 'normal',
    assignee: null,
    version: 1,
    createdAt: moment.at,
  });
  expect(message).toMatchObject({ ticketId: ticket.id, author: 'ada@example.com', body: 'It burns' });
  expect(events).toEqual([
    {
      id: expect.any(String),
      type: 'TicketOpened',
      occurredAt: moment.at,
      ticketId: ticket.id,
      ticketVersion: 1,
      subject: 'Printer',
      requesterEmail: 'ada@example.com',
      priority: 'normal',
    },
  ]);
});

describe('changing', () => {
  test.each([
    ['open', 'pending', 'TicketPending'],
    ['open', 'resolved', 'TicketResolved'],
    ['open', 'closed', 'TicketClosed'],
    ['pending', 'open', 'TicketReopened'],
    ['pending', 'resolved', 'TicketResolved'],
    ['pending', 'closed', 'TicketClosed'],
    ['resolved', 'open', 'TicketReopened'],
    ['resolved', 'closed', 'TicketClosed'],
  ] as const)('from %s to %s is allowed: %s', (from, to, type) => {
    const { ticket, events } = changeTicket(opened(from), { status: to }, later);
    expect(ticket).toMatchObject({ status: to, version: 2, updatedAt: later.at, createdAt: moment.at });
    expect(events).toEqual([expect.objectContaining({ type, ticketVersion: 2, occurredAt: later.at })]);
  });

  test('nothing else is, and closed is for good', () => {
    expect(() => changeTicket(opened('resolved'), { status: 'pending' }, later)).toThrow(
      'A ticket that is resolved cannot become pending, only open or closed',
    );
    for (const status of ['open', 'pending', 'resolved'] as const) {
      expect(() => changeTicket(opened('closed'), { status }, later)).toThrow('nothing more');
    }
  });

  test('what is already so changes nothing, in any status', () => {
    for (const status of STATUSES) {
      const ticket = opened(status);
      const same = { status, priority: ticket.priority, assignee: ticket.assignee };
      expect(changeTicket(ticket, same, later)).toEqual({ ticket, events: [] });
    }
  });

  test('an assignee comes and goes', () => {
    const assigned = changeTicket(opened(), { assignee: 'grace' }, later);
    expect(assigned.events).toEqual([expect.objectContaining({ type: 'TicketAssigned', from: null, to: 'grace' })]);
    const { ticket, events } = changeTicket(assigned.ticket, { assignee: null }, later);
    expect(ticket.assignee).toBeNull();
    expect(events).toEqual([expect.objectContaining({ type: 'TicketAssigned', from: 'grace', to: null })]);
  });

  test('whatever the change: one version more with events, or the very same ticket without', () => {
    const changes: fc.Arbitrary<TicketChange> = fc.record(
      {
        status: fc.constantFrom(...STATUSES),
        priority: fc.constantFrom(...PRIORITIES),
        assignee: fc.option(fc.string()),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.constantFrom(...STATUSES), changes, (from, change) => {
        const before = opened(from);
        const allowed = change.status === undefined || change.status === from || mayBecome(from, change.status);
        try {
          const { ticket, events } = changeTicket(before, change, later);
          expect(allowed).toBe(true);
          expect(ticket).toMatchObject(change);
          if (events.length === 0) expect(ticket).toBe(before);
          else expect(ticket.version).toBe(before.version + 1);
          expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
        } catch (error) {
          expect(error).toBeInstanceOf(NotAllowedInStatus);
          expect(allowed).toBe(false);
        }
      }),
    );
  });
});

describe('escalating', () => {
  const overdue = { missed: 'resolution', dueAt: '2026-11-21T03:00:00.000Z' } as const;

  test('makes a ticket one step more urgent and says to everybody what was missed', () => {
    const { ticket, events } = escalateTicket({ ...opened(), assignee: 'grace' }, overdue, later);
    expect(ticket).toMatchObject({ priority: 'high', version: 2, updatedAt: later.at });
    expect(events).toEqual([
      expect.objectContaining({
        type: 'TicketEscalated',
        subject: 'Printer',
        priority: 'high',
        assignee: 'grace',
        ...overdue,
      }),
      expect.objectContaining({ type: 'TicketPrioritised', from: 'normal', to: 'high' }),
    ]);
  });

  test('what is urgent stays so', () => {
    const { ticket, events } = escalateTicket({ ...opened(), priority: 'urgent' }, overdue, later);
    expect(ticket).toMatchObject({ priority: 'urgent', version: 2 });
    expect(events.map(({ type }) => type)).toEqual(['TicketEscalated']);
  });
});

test('who has to write to somebody finds whom and about what in the event', () => {
  const whom = { subject: 'Printer', requesterEmail: 'Ada@example.com' };
  expect(changeTicket(opened(), { status: 'resolved' }, later).events).toEqual([expect.objectContaining(whom)]);
  const { events } = addMessage({ ...opened(), assignee: 'grace' }, { body: 'x', author: 'grace' }, 0, later);
  expect(events).toEqual([expect.objectContaining({ ...whom, assignee: 'grace' })]);
});

describe('a message', () => {
  const reply = { body: 'Thank you', author: 'grace' };

  test('from us leaves the status alone', () => {
    const { ticket, message, events } = addMessage(opened('pending'), reply, 0, later);
    expect(ticket).toMatchObject({ status: 'pending', version: 2, updatedAt: later.at });
    expect(message).toMatchObject({ ticketId: ticket.id, body: 'Thank you', author: 'grace', createdAt: later.at });
    expect(events).toEqual([
      expect.objectContaining({ type: 'MessageAdded', messageId: message.id, fromRequester: false, ticketVersion: 2 }),
    ]);
  });

  test.each(['pending', 'resolved'] as const)('from the requester reopens a ticket that is %s', (status) => {
    const { ticket, events } = addMessage(opened(status), { ...reply, author: 'ada@EXAMPLE.com' }, 0, later);
    expect(ticket).toMatchObject({ status: 'open', version: 2 });
    expect(events.map(({ type }) => type)).toEqual(['MessageAdded', 'TicketReopened']);
  });

  test('from the requester on an open ticket is just a message', () => {
    const { events } = addMessage(opened('open'), { ...reply, author: 'ada@example.com' }, 0, later);
    expect(events).toEqual([expect.objectContaining({ type: 'MessageAdded', fromRequester: true })]);
  });

  test('fits as long as the ticket can be shown whole', () => {
    const room = LIMITS.ticketBytes - sizeOf(reply);
    expect(addMessage(opened(), reply, room, later).ticket.version).toBe(2);
    expect(() => addMessage(opened(), reply, room + 1, later)).toThrow(TicketFull);
  });

  test('comes too late for a closed ticket', () => {
    expect(() => addMessage(opened('closed'), reply, 0, later)).toThrow(NotAllowedInStatus);
  });
});

test('from every status but closed there is a way to closed, and no status follows itself', () => {
  for (const status of STATUSES) {
    expect(nextStatuses(status)).not.toContain(status);
    if (status !== 'closed') expect(nextStatuses(status)).toContain('closed');
  }
});

describe('sorting a ticket', () => {
  const triage: Triage = {
    category: 'technical',
    priority: 'urgent',
    sentiment: 'negative',
    summary: 'A printer burns',
  };

  test('notes what it is about, and makes it as urgent as that is', () => {
    const { ticket, events } = sortTicket(opened(), triage, 'model', later);
    expect(ticket).toMatchObject({
      triage: { category: 'technical', sentiment: 'negative', summary: 'A printer burns' },
      priority: 'urgent',
      version: 2,
      updatedAt: later.at,
    });
    expect(events).toEqual([
      expect.objectContaining({ type: 'TicketTriaged', ticketVersion: 2, by: 'model', ...triage }),
      expect.objectContaining({ type: 'TicketPrioritised', from: 'normal', to: 'urgent' }),
    ]);
  });

  test('leaves the priority that somebody has set', () => {
    const { ticket, events } = sortTicket({ ...opened(), priority: 'low' }, triage, 'rules', later);
    expect(ticket.priority).toBe('low');
    expect(events.map(({ type }) => type)).toEqual(['TicketTriaged']);
  });

  test('happens once, and not to a ticket that is over', () => {
    const { ticket } = sortTicket(opened(), triage, 'model', later);
    expect(sortTicket(ticket, { ...triage, category: 'other' }, 'model', later)).toEqual({ ticket, events: [] });
    const closed = opened('closed');
    expect(sortTicket(closed, triage, 'model', later)).toEqual({ ticket: closed, events: [] });
  });
});
