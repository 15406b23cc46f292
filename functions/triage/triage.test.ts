import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Answer, ModelRefusedError, ModelUnavailableError } from '@app/shared/bedrock';
import { beforeEach, expect, test } from '@jest/globals';
import type { HelpDeskEvent } from '../../domain/events.ts';
import { helpDeskEvent } from '../../domain/received.ts';
import { type Hooks, hooksFrom, NO_HOOKS } from '../../domain/tenant-hooks.ts';
import { openTicket, type Ticket } from '../../domain/ticket.ts';
import { triage } from './triage.ts';

const sample = JSON.parse(readFileSync(join(process.cwd(), 'events/triage.json'), 'utf8'));
const opened = helpDeskEvent(sample.Records[0].body);

let made = 0;
const moment = () => ({ at: '2026-11-21T12:00:00.000Z', newId: () => `id-${++made}` });
const NEW = { subject: 'Printer', body: 'The server crashed, this is urgent', requesterEmail: 'ada@example.com' };
const SORTED = { category: 'technical', priority: 'high', sentiment: 'negative', summary: 'A server crashed' };

let ticket: Ticket;
let published: HelpDeskEvent[];
let why: string[];
let asked: number;
let hooks: Hooks;
let skipped: string[];

beforeEach(() => {
  ticket = { ...openTicket(NEW, moment()).ticket, id: opened.ticketId };
  published = [];
  why = [];
  asked = 0;
  hooks = NO_HOOKS;
  skipped = [];
});

const sorting = (answer: () => Promise<Partial<Answer>>) =>
  triage({
    repository: {
      unsorted: async () => (ticket.triage === null ? NEW : undefined),
      sort: async (_id, decide) => {
        const changed = decide(ticket, 0);
        ticket = changed.ticket;
        return changed;
      },
    },
    model: {
      ask: async () => {
        asked += 1;
        return (await answer()) as Answer;
      },
      stream: () => {
        throw new Error('not streamed');
      },
    },
    inputTokens: 1_000,
    hooksOf: async () => hooks,
    onHookProblems: (problems) => void skipped.push(...problems),
    newBoundary: () => 'k3j4h5k6j7h8k9j0',
    moment,
    publish: async (events) => void published.push(...events),
    onAnswer: () => {},
    onRules: (error) => void why.push(error.name),
  })(opened.ticketId, () => 10_000);

test('what the model says is noted and told', async () => {
  await sorting(async () => ({ input: SORTED }));
  expect(ticket).toMatchObject({ priority: 'high', triage: { category: 'technical', summary: 'A server crashed' } });
  expect(published.map(({ type }) => type)).toEqual(['TicketTriaged', 'TicketPrioritised']);
  expect(published[0]).toMatchObject({ by: 'model', ticketId: opened.ticketId });
  expect(why).toEqual([]);
});

test.each([
  ['is away', async () => Promise.reject(new ModelUnavailableError('away', 3, undefined)), 'ModelUnavailableError'],
  ['answers what nobody asked', async () => ({ input: { ...SORTED, category: 'weather' } }), 'InvalidAnswer'],
  ['answers more than was asked', async () => ({ input: { ...SORTED, refund: 100 } }), 'InvalidAnswer'],
])('rules decide when the model %s', async (_name, answer, reason) => {
  await sorting(answer);
  expect(ticket).toMatchObject({ priority: 'high', triage: { category: 'technical' } });
  expect(published[0]).toMatchObject({ by: 'rules' });
  expect(why).toEqual([reason]);
});

test('a call that is wrong is no reason for rules: somebody has to mend it', async () => {
  const refused = new ModelRefusedError('AccessDeniedException: the model was not asked');
  await expect(sorting(async () => Promise.reject(refused))).rejects.toBe(refused);
  expect(ticket.triage).toBeNull();
});

test('a ticket that has been sorted costs no call', async () => {
  await sorting(async () => ({ input: SORTED }));
  await sorting(async () => ({ input: SORTED }));
  expect(asked).toBe(1);
  expect(published).toHaveLength(2);
});

test("a tenant's steps are done with it; those that are wrong are named and keep nothing from being sorted", async () => {
  hooks = hooksFrom({ steps: [{ step: 'assign', to: 'printers' }, { step: 'launch' }] });
  await sorting(async () => ({ input: SORTED }));
  expect(ticket).toMatchObject({ assignee: 'printers', triage: { category: 'technical' } });
  expect(published.map(({ type }) => type)).toEqual(['TicketTriaged', 'TicketPrioritised', 'TicketAssigned']);
  expect(skipped).toEqual(['step 2 "launch" is none that there is']);
});
