import { expect, test } from '@jest/globals';
import { calendarFrom } from '../../domain/business-time.ts';
import type { HelpDeskEvent } from '../../domain/events.ts';
import { targetsFrom } from '../../domain/sla.ts';
import { openTicket, type Ticket } from '../../domain/ticket.ts';
import { slaMonitor } from './monitor.ts';
import type { SlaRepository } from './repository.ts';

const MINUTE = 60_000;
const OPENED = Date.parse('2026-11-23T09:00:00.000Z');
let made = 0;
const newId = () => `id-${++made}`;
const promised = {
  calendar: calendarFrom('Mon-Sun 00:00-24:00', 'UTC', ''),
  targets: targetsFrom('urgent 30m/4h, high 2h/8h, normal 8h/24h, low 16h/80h'),
};

/** So many tickets, opened at the same time, and who holds some of them. */
function desk(count: number, isHeld: (id: string) => boolean = () => false) {
  const tickets = new Map<string, { ticket: Ticket; checkAt: number; escalated: boolean }>();
  for (let index = 0; index < count; index += 1) {
    const moment = { at: new Date(OPENED).toISOString(), newId };
    const { ticket } = openTicket({ subject: 's', body: 'b', requesterEmail: 'ada@example.com' }, moment);
    tickets.set(ticket.id, { ticket, checkAt: 0, escalated: false });
  }
  const repository: SlaRepository = {
    toReview: async (now, place, limit) =>
      [...tickets.values()]
        .filter(({ checkAt, escalated }) => !escalated && checkAt <= now)
        .map(({ ticket, checkAt }) => ({ id: ticket.id, checkAt: String(checkAt).padStart(15, '0') }))
        .sort((a, b) => (a.checkAt + a.id < b.checkAt + b.id ? -1 : 1))
        .filter(({ id, checkAt }) => !place || checkAt + id > place.checkAt + place.id)
        .slice(0, limit),
    review: async (ids, _now, judge) => {
      const events: HelpDeskEvent[] = [];
      for (const id of ids.filter((one) => !isHeld(one))) {
        const row = tickets.get(id)!;
        const { ticket } = row;
        const verdict = judge(ticket, {
          priority: ticket.priority,
          createdAt: OPENED,
          firstResponseAt: null,
          changes: [],
        });
        if (verdict.verdict === 'wait') row.checkAt = verdict.until;
        else {
          Object.assign(row, { ticket: verdict.changed.ticket, escalated: true });
          events.push(...verdict.changed.events);
        }
      }
      return events;
    },
  };
  const published: HelpDeskEvent[] = [];
  const run = (now: number, remainingMs = () => 60_000) =>
    slaMonitor({
      repository,
      promised,
      now: () => now,
      newId,
      publish: async (events) => void published.push(...events),
      batch: 10,
    })(remainingMs);
  return { tickets, published, run };
}

test('what is not due is left until it may be, and never longer than an hour', async () => {
  const { tickets, published, run } = desk(1);
  expect(await run(OPENED + MINUTE)).toEqual({ reviewed: 1, escalated: 0 });
  expect([...tickets.values()][0]!.checkAt).toBe(OPENED + 61 * MINUTE);
  expect(await run(OPENED + 60 * MINUTE)).toEqual({ reviewed: 0, escalated: 0 });
  await run(OPENED + 450 * MINUTE);
  expect([...tickets.values()][0]!.checkAt).toBe(OPENED + 480 * MINUTE);
  expect(published).toEqual([]);
});

test('what is due is escalated once, however often somebody looks', async () => {
  const { published, run } = desk(23);
  expect(await run(OPENED + 480 * MINUTE)).toEqual({ reviewed: 23, escalated: 23 });
  expect(await run(OPENED + 9_999 * MINUTE)).toEqual({ reviewed: 0, escalated: 0 });
  const escalations = published.filter(({ type }) => type === 'TicketEscalated');
  expect(new Set(escalations.map(({ ticketId }) => ticketId)).size).toBe(23);
  expect(escalations[0]).toMatchObject({
    missed: 'first-response',
    dueAt: '2026-11-23T17:00:00.000Z',
    priority: 'high',
  });
});

test('what somebody else holds is passed by, and there next time', async () => {
  let held = true;
  const { run } = desk(23, (id) => held && Number(id.slice(3)) % 2 === 0);
  const first = await run(OPENED + 480 * MINUTE);
  expect(first.reviewed).toBe(23);
  held = false;
  const second = await run(OPENED + 481 * MINUTE);
  expect(first.escalated + second.escalated).toBe(23);
});

test('stops while there is time to end well', async () => {
  let remaining = 12_000;
  const { run } = desk(100);
  const { reviewed } = await run(OPENED, () => {
    remaining -= 3_000;
    return remaining;
  });
  expect(reviewed).toBe(20);
});
