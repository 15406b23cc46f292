import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { LIMITS } from './requests.ts';
import {
  hooksFrom,
  isAutomatic,
  type Step,
  skippedKinds,
  sortForTenant,
  tenantHooks,
  tenantKeys,
} from './tenant-hooks.ts';
import { addMessage, changeTicket, type Moment, openTicket, type Ticket } from './ticket.ts';
import type { Triage } from './triage.ts';

let made = 0;
const moment: Moment = { at: '2026-11-21T12:00:00.000Z', newId: () => `id-${++made}` };
const triage: Triage = { category: 'technical', priority: 'normal', sentiment: 'neutral', summary: 'A printer' };
const opened = (): Ticket =>
  openTicket({ subject: 'Printer', body: 'Smoke', requesterEmail: 'ada@Example.com' }, moment).ticket;
const sorted = (ticket: Ticket, steps: readonly Step[], size = 0) =>
  sortForTenant(ticket, { triage, by: 'rules' }, steps, size, moment);

test('the tenant is told by the domain of the address, whoever else there is comes after', () => {
  expect(tenantKeys('ada@Example.com')).toEqual(['example.com', '*']);
});

test("the domain's own steps hold, or else everybody's, or none", async () => {
  const to = (name: string) => ({ steps: [{ step: 'assign', to: name }] });
  const assigned = async (configured: Record<string, unknown>) =>
    (await tenantHooks(async (key) => configured[key])('ada@Example.com')).steps;
  expect(await assigned({ 'example.com': to('own'), '*': to('all') })).toEqual(to('own').steps);
  expect(await assigned({ '*': to('all') })).toEqual(to('all').steps);
  expect(await assigned({ 'example.com': { steps: [] }, '*': to('all') })).toEqual([]);
  expect(await assigned({})).toEqual([]);
});

describe('a configuration', () => {
  test('is read step by step', () => {
    const steps = [
      { step: 'assign', to: 'printers' },
      { step: 'raise-priority', to: 'high' },
      { step: 'set-category', to: 'billing' },
      { step: 'reply', body: 'We are on it.\nNo. 42' },
      { step: 'skip-notifications', kinds: ['received'] },
    ];
    expect(hooksFrom({ domain: 'example.com', steps })).toEqual({ steps, problems: [] });
  });

  test('what is wrong in it is named and left out, the rest holds', () => {
    const steps = [
      { step: 'launch-rocket', to: 'moon' },
      { step: 'assign', to: '' },
      'assign',
      { to: 'somebody' },
      { step: 'raise-priority', to: 'very' },
      { step: 'skip-notifications', kinds: ['received', 'gossip'] },
      { step: 'assign', to: 'printers' },
    ];
    const hooks = hooksFrom({ steps });
    expect(hooks.steps).toEqual([{ step: 'assign', to: 'printers' }]);
    expect(hooks.problems).toEqual([
      'step 1 "launch-rocket" is none that there is',
      'step 2 (assign): to must not be empty',
      'step 3 is no object',
      'step 4 has no name',
      'step 5 (raise-priority): to must be one of low, normal, high, urgent',
      expect.stringMatching(/^step 6 \(skip-notifications\): kinds has one that must be one of /),
    ]);
  });

  test('of whatever shape never throws', () => {
    fc.assert(
      fc.property(fc.anything(), fc.array(fc.anything()), (anything, steps) => {
        expect(hooksFrom(anything).steps).toEqual([]);
        expect(() => hooksFrom({ steps })).not.toThrow();
      }),
    );
  });

  test('has no more than twenty steps', () => {
    const { steps, problems } = hooksFrom({ steps: Array.from({ length: 30 }, () => ({ step: 'assign', to: 'x' })) });
    expect(steps).toHaveLength(20);
    expect(problems).toEqual(['there are more than 20 steps']);
  });
});

describe('sorting for a tenant', () => {
  test('without steps is sorting', () => {
    const { ticket, events, messages } = sorted(opened(), []);
    expect(ticket).toMatchObject({ priority: 'normal', triage: { category: 'technical' }, version: 2 });
    expect(events.map(({ type }) => type)).toEqual(['TicketTriaged']);
    expect(messages).toEqual([]);
  });

  test('does every step, each with its event', () => {
    const { ticket, events, messages } = sorted(opened(), [
      { step: 'set-category', to: 'billing' },
      { step: 'raise-priority', to: 'high' },
      { step: 'assign', to: 'printers' },
      { step: 'reply', body: 'We are on it.' },
    ]);
    expect(ticket).toMatchObject({ priority: 'high', assignee: 'printers', triage: { category: 'billing' } });
    expect(events.map(({ type }) => type)).toEqual([
      'TicketTriaged',
      'TicketPrioritised',
      'TicketAssigned',
      'MessageAdded',
    ]);
    expect(messages).toEqual([expect.objectContaining({ ticketId: ticket.id, body: 'We are on it.' })]);
    expect(isAutomatic(messages[0]!.author)).toBe(true);
    expect(events.at(-1)).toMatchObject({ fromRequester: false, ticketVersion: ticket.version });
  });

  test('what people have said stands', () => {
    const { ticket } = changeTicket(opened(), { assignee: 'grace', priority: 'low' }, moment);
    const steps: Step[] = [
      { step: 'assign', to: 'printers' },
      { step: 'raise-priority', to: 'urgent' },
    ];
    expect(sorted(ticket, steps).ticket).toMatchObject({ assignee: 'grace', priority: 'low' });
  });

  test('happens once, with its steps, and never to what is closed', () => {
    const steps: Step[] = [{ step: 'reply', body: 'We are on it.' }];
    const once = sorted(opened(), steps).ticket;
    expect(sorted(once, steps)).toEqual({ ticket: once, events: [], messages: [] });
    const closed: Ticket = { ...opened(), status: 'closed' };
    expect(sorted(closed, steps)).toEqual({ ticket: closed, events: [], messages: [] });
  });

  test('a ticket that takes no more gets no automatic reply', () => {
    const { ticket, messages } = sorted(opened(), [{ step: 'reply', body: 'Hello' }], LIMITS.ticketBytes - 10);
    expect(messages).toEqual([]);
    expect(ticket.triage).not.toBeNull();
    expect(() => addMessage(ticket, { author: 'a', body: 'b' }, LIMITS.ticketBytes, moment)).toThrow();
  });
});

test('what a requester does not hear of is the sum of what all steps say', () => {
  const { steps } = hooksFrom({
    steps: [
      { step: 'skip-notifications', kinds: ['received'] },
      { step: 'skip-notifications', kinds: ['resolved'] },
    ],
  });
  expect([...skippedKinds(steps)]).toEqual(['received', 'resolved']);
  expect(skippedKinds(hooksFrom({ steps: [{ step: 'skip-notifications' }] }).steps).has('answered')).toBe(true);
});
