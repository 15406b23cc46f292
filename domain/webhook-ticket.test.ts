import { beforeEach, expect, test } from '@jest/globals';
import { LIMITS } from './requests.ts';
import { openTicket, type Ticket } from './ticket.ts';
import { readDelivery } from './webhook.ts';
import { takeIn } from './webhook-ticket.ts';

let made: number;
const moment = () => ({ at: '2026-11-21T12:00:00.000Z', newId: () => `id-${++made}` });
const delivery = readDelivery('email', {
  from: 'ada@example.com',
  subject: 'Re: Printer',
  text: 'Still.',
  messageId: '2@x',
});
let ticket: Ticket;

beforeEach(() => {
  made = 0;
  ticket = openTicket({ subject: 'Printer', body: 'It burns', requesterEmail: 'Ada@example.com' }, moment()).ticket;
});

test('what continues no known thread opens a ticket', () => {
  const taken = takeIn(delivery, undefined, moment());
  expect(taken).toMatchObject({
    as: 'ticket',
    ticket: { subject: 'Re: Printer', requesterEmail: 'ada@example.com', version: 1 },
    message: { body: 'Still.', author: 'ada@example.com' },
  });
  expect(taken.events.map(({ type }) => type)).toEqual(['TicketOpened']);
});

test('what continues one is a message of its ticket, and brings it back', () => {
  const taken = takeIn(delivery, { ticket: { ...ticket, status: 'pending' }, size: 0 }, moment());
  expect(taken).toMatchObject({
    as: 'message',
    ticket: { id: ticket.id, status: 'open' },
    message: { body: 'Still.' },
  });
  expect(taken.events.map(({ type }) => type)).toEqual(['MessageAdded', 'TicketReopened']);
});

test.each([
  ['is closed', { status: 'closed' as const }, 0],
  ['is full', {}, LIMITS.ticketBytes],
])('a new ticket is opened where the one of the thread %s', (_how, change, size) => {
  const taken = takeIn(delivery, { ticket: { ...ticket, ...change }, size }, moment());
  expect(taken.as).toBe('ticket');
  expect(taken.ticket.id).not.toBe(ticket.id);
});
