/** The clock of tickets in a real database: what is kept for it, and that nobody is escalated twice. */
import { randomBytes } from 'node:crypto';
import { createDatabase, type Database } from '@app/shared/database';
import { calendarFrom } from '../../../domain/business-time.ts';
import type { HelpDeskEvent } from '../../../domain/events.ts';
import { uuidV7 } from '../../../domain/identifiers.ts';
import { targetsFrom } from '../../../domain/sla.ts';
import { hooksFrom, sortForTenant } from '../../../domain/tenant-hooks.ts';
import { addMessage, changeTicket, type Moment, openTicket, type Ticket } from '../../../domain/ticket.ts';
import { applyMigrations } from '../../../functions/migrate-database/apply.ts';
import { migrations } from '../../../functions/migrate-database/migrations.ts';
import { slaMonitor } from '../../../functions/sla-monitor/monitor.ts';
import { slaRepository } from '../../../functions/sla-monitor/repository.ts';
import { ticketRepository } from '../../../functions/tickets/repository.ts';
import { triageRepository } from '../../../functions/triage/repository.ts';
import { type MariaDb, startMariaDb } from './mariadb.ts';

const SCHEMA = 'clock';
const MINUTE = 60_000;
const START = Date.UTC(2026, 10, 23, 9);
const promised = {
  calendar: calendarFrom('Mon-Sun 00:00-24:00', 'UTC', ''),
  targets: targetsFrom('urgent 30m/4h, high 2h/8h, normal 8h/24h, low 16h/80h'),
};
const newId = (): string => uuidV7(Date.now(), randomBytes);
const moment = (minute: number): Moment => ({ at: new Date(START + minute * MINUTE).toISOString(), newId });

let server: MariaDb;
let database: Database;

beforeAll(async () => {
  server = await startMariaDb();
  const options = {
    host: server.host,
    port: server.port,
    credentials: async () => server.admin,
    certificateAuthority: server.certificateAuthority,
    poolSize: 3,
  };
  const admin = createDatabase(options);
  await admin.session(async (statements) => {
    await statements.write(`CREATE DATABASE ${SCHEMA}`);
    await statements.write(`USE ${SCHEMA}`);
    await applyMigrations(statements, migrations);
  });
  await admin.close();
  database = createDatabase({ ...options, name: SCHEMA });
}, 30_000);

afterAll(async () => {
  await database.close();
  await server.stop();
});

beforeEach(async () => {
  await database.write('DELETE FROM outbox');
  await database.write('DELETE FROM tickets');
});

async function opened(): Promise<Ticket> {
  const made = openTicket({ subject: 'Printer', body: 'Smoke', requesterEmail: 'ada@example.com' }, moment(0));
  await ticketRepository(database).open(made);
  return made.ticket;
}

/** One run at that minute; what it told. */
async function run(minute: number, batch = 10): Promise<HelpDeskEvent[]> {
  const told: HelpDeskEvent[] = [];
  await slaMonitor({
    repository: slaRepository(database),
    promised,
    now: () => START + minute * MINUTE,
    newId,
    publish: async (events) => void told.push(...events),
    batch,
  })(() => 60_000);
  return told;
}

const escalated = (events: readonly HelpDeskEvent[]): string[] =>
  events.flatMap(({ type, ticketId }) => (type === 'TicketEscalated' ? [ticketId] : []));

test('nobody is escalated before it is time, and then once, more urgent, with the event beside it', async () => {
  const { id } = await opened();
  expect(await run(479)).toEqual([]);
  expect(await run(480)).toMatchObject([
    { type: 'TicketEscalated', missed: 'first-response', dueAt: '2026-11-23T17:00:00.000Z', priority: 'high' },
    { type: 'TicketPrioritised', from: 'normal', to: 'high' },
  ]);
  expect(await run(9_999)).toEqual([]);
  expect(await ticketRepository(database).find(id)).toMatchObject({ priority: 'high', version: 2 });
  const rows = await database.read('SELECT type FROM outbox WHERE ticket_id = ? ORDER BY position', [id]);
  expect(rows).toEqual(['TicketOpened', 'TicketEscalated', 'TicketPrioritised'].map((type) => ({ type })));
  // A ticket that was escalated stays so, whatever happens to it then.
  await ticketRepository(database).change(id, (ticket) => changeTicket(ticket, { priority: 'urgent' }, moment(10_000)));
  expect(await run(20_000)).toEqual([]);
});

test('the clock stands while the ticket waits, and an answer leaves the solution to be due', async () => {
  const { id } = await opened();
  const tickets = ticketRepository(database);
  await tickets.reply(id, (ticket, size) => addMessage(ticket, { author: 'grace', body: 'Water?' }, size, moment(400)));
  await tickets.change(id, (ticket) => changeTicket(ticket, { status: 'pending' }, moment(400)));
  expect(await run(5_000)).toEqual([]);
  const back = { author: 'ada@example.com', body: 'No' };
  await tickets.reply(id, (ticket, size) => addMessage(ticket, back, size, moment(6_000)));
  expect(await run(6_000 + 1_039)).toEqual([]);
  expect(escalated(await run(6_000 + 1_040))).toEqual([id]);
});

test('an automatic reply is no answer', async () => {
  const { id } = await opened();
  const triage = { category: 'other', priority: 'normal', sentiment: 'neutral', summary: 's' } as const;
  const { steps } = hooksFrom({
    steps: [
      { step: 'reply', body: 'We are on it' },
      { step: 'assign', to: 'printers' },
    ],
  });
  await triageRepository(database).sort(id, (ticket, size) =>
    sortForTenant(ticket, { triage, by: 'rules' }, steps, size, moment(1)),
  );
  const { messages } = await ticketRepository(database).contents(id);
  expect(messages.map(({ body }) => body)).toEqual(['Smoke', 'We are on it']);
  expect(await ticketRepository(database).find(id)).toMatchObject({
    assignee: 'printers',
    triage: { category: 'other' },
  });
  expect(await run(480)).toMatchObject([{ type: 'TicketEscalated', missed: 'first-response' }, {}]);
});

test('runs at the same time share the work: all are escalated, each by one of them', async () => {
  const ids: string[] = [];
  while (ids.length < 25) ids.push((await opened()).id);
  const told = await Promise.all([run(480, 4), run(480, 7)]);
  const rest = await run(481, 10);
  expect(escalated([...told.flat(), ...rest]).sort()).toEqual([...ids].sort());
});

test('tickets are opened while others are reviewed, and who holds one is not waited for', async () => {
  const [held, free] = [await opened(), await opened()];
  await database.transaction(async (statements) => {
    await statements.read('SELECT id FROM tickets WHERE id = ? FOR UPDATE', [held.id]);
    expect(escalated(await run(480))).toEqual([free.id]);
  });
  expect(escalated(await run(481))).toEqual([held.id]);
  const repository = slaRepository(database);
  const third = await opened();
  let fourth = Promise.resolve<Ticket | undefined>(undefined);
  await repository.review([third.id], START, () => {
    fourth = opened();
    return { verdict: 'wait', until: START + MINUTE };
  });
  await expect(fourth).resolves.toBeDefined();
});

test('in the order of their time, some at a time, none is left out', async () => {
  for (let made = 0; made < 7; made += 1) await opened();
  const repository = slaRepository(database);
  const seen: string[] = [];
  for (let places = await repository.toReview(START, undefined, 3); places.length > 0; ) {
    seen.push(...places.map(({ id }) => id));
    places = await repository.toReview(START, places.at(-1), 3);
  }
  expect(new Set(seen).size).toBe(7);
  expect(seen).toEqual([...seen].sort());
});
