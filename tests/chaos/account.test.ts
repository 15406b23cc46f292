import { expect, test } from '@jest/globals';
import { type Attempt, accountOf, type Evidence } from './account.ts';

const attempts: readonly Attempt[] = [
  { subject: 'one', outcome: 'accepted', id: 't1', answer: '201' },
  { subject: 'two', outcome: 'unknown', answer: '502' },
  { subject: 'three', outcome: 'unknown', answer: 'ECONNRESET' },
  { subject: 'four', outcome: 'refused', answer: '400' },
];

const ticket = (id: string, subject: string) => ({ id, subject, isSorted: true, messages: 1 });
const told = (ticketId: string) =>
  ['TicketOpened', 'TicketTriaged', 'TicketPrioritised'].map((type) => ({
    id: `${ticketId}-${type}`,
    type,
    ticketId,
    isPublished: true,
  }));
const mail = (ticketId: string, id = `mail of ${ticketId}`) => ({ id, eventId: `${ticketId}-TicketOpened` });

/** Nobody answered for `two`, and it was stored. */
const quiet: Evidence = {
  tickets: [ticket('t1', 'one'), ticket('t2', 'two')],
  events: [...told('t1'), ...told('t2')],
  queues: [{ name: 'triage', messages: 0 }],
  mails: [mail('t1'), mail('t2')],
  poison: { dead: 1, tries: 8, mostTries: 8, passedBy: 2 },
};

const differences = (evidence: Partial<Evidence>, wanted = 1) =>
  accountOf(wanted, attempts, { ...quiet, ...evidence }).differences;

test('nothing lost, nothing doubled', () => {
  const { lines, differences } = accountOf(1, attempts, quiet);
  expect(differences).toEqual([]);
  expect(Object.fromEntries(lines)).toMatchObject({
    'accepted with 201': 1,
    'tickets stored in all': 2,
    '  with TicketTriaged once': 2,
    '  notified once': 2,
  });
});

test.each<[string, Partial<Evidence>, string[]]>([
  [
    'an accepted ticket that is gone, with what was told of it',
    { tickets: [ticket('t2', 'two')], events: told('t2'), mails: [mail('t2')] },
    ['accepted as t1, and stored as nothing: one'],
  ],
  [
    'a ticket that was stored twice',
    {
      tickets: [...quiet.tickets, ticket('t3', 'two')],
      events: [...quiet.events, ...told('t3')],
      mails: [...quiet.mails, mail('t3')],
    },
    ['stored 2 times: two (502): t2, t3'],
  ],
  [
    'a refused ticket that is there',
    {
      tickets: [...quiet.tickets, ticket('t4', 'four')],
      events: [...quiet.events, ...told('t4')],
      mails: [...quiet.mails, mail('t4')],
    },
    ['refused with 400, and stored as t4: four'],
  ],
  [
    'a ticket nobody asked for',
    {
      tickets: [...quiet.tickets, ticket('t5', 'five')],
      events: [...quiet.events, ...told('t5')],
      mails: [...quiet.mails, mail('t5')],
    },
    ['ticket t5 is there, and nobody asked for it: five'],
  ],
  [
    'a ticket without its event',
    { events: told('t1').concat(told('t2').slice(1)), mails: [mail('t1')] },
    ['ticket t2 has TicketOpened 0 times', 'ticket t2 was notified 0 times'],
  ],
  [
    'a ticket triaged twice',
    { events: [...quiet.events, { ...told('t1')[1]!, id: 'again' }] },
    ['ticket t1 has TicketTriaged 2 times'],
  ],
  [
    'an event of no ticket, that was not published',
    { events: [...quiet.events, { id: 'e', type: 'TicketOpened', ticketId: 't9', isPublished: false }] },
    ['TicketOpened e tells of ticket t9, which is not there', 'TicketOpened e of ticket t9 was not published'],
  ],
  [
    'a ticket that is half there',
    { tickets: [ticket('t1', 'one'), { ...ticket('t2', 'two'), isSorted: false, messages: 2 }] },
    ['ticket t2 has 2 messages in place of one', 'ticket t2 is not sorted'],
  ],
  [
    'notifications that are lost, doubled, or of nothing',
    { mails: [mail('t1'), mail('t1', 'another'), mail('t9')] },
    [
      'ticket t1 was notified 2 times',
      'ticket t2 was notified 0 times',
      'notified of event t9-TicketOpened, which is no opening of a ticket',
    ],
  ],
  [
    'poison that was given up too early, and held all others up',
    { poison: { dead: 0, tries: 3, mostTries: 8, passedBy: 0 } },
    [
      'the poison is 0 times among the dead letters',
      'the poison was tried 3 times in place of 8',
      'nothing passed the poison by',
    ],
  ],
  ['a dead letter', { queues: [{ name: 'dead', messages: 1 }] }, ['queue dead has 1 messages']],
])('%s is named', (_what, evidence, expected) => {
  expect(differences(evidence)).toEqual(expected);
});

test('a mail that came twice under one id is one, and counted', () => {
  const { lines, differences } = accountOf(1, attempts, { ...quiet, mails: [...quiet.mails, mail('t1')] });
  expect(differences).toEqual([]);
  expect(Object.fromEntries(lines)).toMatchObject({
    'mails handed over': 3,
    '  again, under the id of one before': 1,
    '  notified once': 2,
  });
});

test('clients that gave up are named', () => {
  expect(differences({}, 2)).toEqual(['1 tickets were accepted, wanted: 2']);
});
