/** What comes by webhook, in a real database: once each, in the ticket of its thread. */
import { randomBytes } from 'node:crypto';
import { createDatabase, type Database } from '@app/shared/database';
import type { HelpDeskEvent } from '../../../domain/events.ts';
import { uuidV7 } from '../../../domain/identifiers.ts';
import { changeTicket, type Moment } from '../../../domain/ticket.ts';
import { type Channel, readDelivery } from '../../../domain/webhook.ts';
import type { TakenIn } from '../../../domain/webhook-ticket.ts';
import { applyMigrations } from '../../../functions/migrate-database/apply.ts';
import { migrations } from '../../../functions/migrate-database/migrations.ts';
import { ticketRepository } from '../../../functions/tickets/repository.ts';
import { processDelivery } from '../../../functions/webhook-processor/process.ts';
import { deliveryRepository } from '../../../functions/webhook-processor/repository.ts';
import { type MariaDb, startMariaDb } from './mariadb.ts';

let server: MariaDb;
let database: Database;
let published: HelpDeskEvent[];
let became: (TakenIn | undefined)[];

const moment = (): Moment => ({ at: new Date().toISOString(), newId: () => uuidV7(Date.now(), randomBytes) });

beforeAll(async () => {
  server = await startMariaDb();
  const connect = (name?: string) =>
    createDatabase({
      host: server.host,
      port: server.port,
      credentials: async () => server.admin,
      certificateAuthority: server.certificateAuthority,
      poolSize: 4,
      ...(name !== undefined && { name }),
    });
  const admin = connect();
  await admin.session(async (statements) => {
    await statements.write('CREATE DATABASE help_desk');
    await statements.write('USE help_desk');
    await applyMigrations(statements, migrations);
  });
  await admin.close();
  database = connect('help_desk');
}, 30_000);

afterAll(async () => {
  await database.close();
  await server.stop();
});

beforeEach(() => {
  [published, became] = [[], []];
});

const take = (channel: Channel, payload: object) =>
  processDelivery({
    repository: deliveryRepository(database),
    moment,
    publish: async (events) => void published.push(...events),
    onTaken: (_delivery, taken) => void became.push(taken),
  })(readDelivery(channel, payload));

const mail = (messageId: string, inReplyTo?: string, from = 'ada@example.com') =>
  take('email', { from, subject: 'Printer', text: `I am ${messageId}`, messageId, inReplyTo });
const chat = (messageId: string, thread: string | null = null, channel = 'C1') =>
  take('chat', { user: 'ada@example.com', channel, messageId, thread, text: `I am ${messageId}` });

const tickets = () => new Set(became.flatMap((taken) => (taken ? [taken.ticket.id] : [])));
const bodies = async (id: string) =>
  (await ticketRepository(database).contents(id)).messages.map(({ body }: { body: string }) => body);
const counted = async (table: string) => {
  const [row] = await database.read<{ n: number | string }>(`SELECT COUNT(*) AS n FROM ${table}`);
  return Number(row?.n);
};

test('a delivery is a ticket with its message and its event, and is that once', async () => {
  await mail('a1');
  await mail('a1');
  expect(became.map((taken) => taken?.as)).toEqual(['ticket', undefined]);
  const [id] = tickets();
  expect(await bodies(id!)).toEqual(['I am a1']);
  expect(published.map(({ ticketId, type }) => [ticketId, type])).toEqual([[id, 'TicketOpened']]);
  const kept = await database.read('SELECT channel, delivery_id, ticket_id FROM webhook_deliveries');
  expect(kept).toEqual([{ channel: 'email', delivery_id: 'a1', ticket_id: id }]);
});

test('ids are told apart to the letter, and by channel', async () => {
  await mail('b1');
  await mail('B1');
  await take('generic', { requesterEmail: 'ada@example.com', subject: 's', body: 'b', externalId: 'b1' });
  expect(tickets().size).toBe(3);
});

test('answers go to the ticket of what they answer, also answers to answers; others open tickets', async () => {
  await mail('c1');
  await mail('c2', 'c1', 'bob@example.com');
  await mail('c3', 'c2');
  expect(became.map((taken) => taken?.as)).toEqual(['ticket', 'message', 'message']);
  const [id] = tickets();
  expect(await bodies(id!)).toEqual(['I am c1', 'I am c2', 'I am c3']);
  expect(published.map(({ type }) => type)).toEqual(['TicketOpened', 'MessageAdded', 'MessageAdded']);
  // Two who answer what never came here, such as a newsletter, do not get to see each other.
  await mail('c4', 'newsletter');
  await mail('c5', 'newsletter', 'bob@example.com');
  expect(tickets().size).toBe(3);
});

test('a thread goes on in a new ticket once its own is closed', async () => {
  await chat('1');
  const [first] = tickets();
  await ticketRepository(database).change(first!, (ticket) => changeTicket(ticket, { status: 'closed' }, moment()));
  await chat('2', '1');
  await chat('3', '1');
  expect(became.map((taken) => taken?.as)).toEqual(['ticket', 'ticket', 'message']);
  const [, second] = tickets();
  expect(await bodies(first!)).toEqual(['I am 1']);
  expect(await bodies(second!)).toEqual(['I am 2', 'I am 3']);
});

test('a mail to a closed ticket opens one, and who answers the old mail comes there, too', async () => {
  await mail('d1');
  const [first] = tickets();
  await ticketRepository(database).change(first!, (ticket) => changeTicket(ticket, { status: 'closed' }, moment()));
  await mail('d2', 'd1');
  await mail('d3', 'd1');
  expect(became.map((taken) => taken?.as)).toEqual(['ticket', 'ticket', 'message']);
});

test('the same delivery eight times at once is taken in once', async () => {
  const before = await counted('tickets');
  await Promise.allSettled(Array.from({ length: 8 }, () => mail('e1')));
  // Whoever lost a deadlock comes again, off the queue.
  await mail('e1');
  expect(became.filter((taken) => taken !== undefined)).toHaveLength(1);
  expect((await counted('tickets')) - before).toBe(1);
});

test('of those who open a thread at once one does, and the others continue it', async () => {
  const others = ['t2', 't3', 't4', 't5'];
  let left = ['t1', ...others];
  for (let tries = 0; left.length > 0 && tries < 8; tries++) {
    const ended = await Promise.allSettled(left.map((id) => chat(id, 't1', 'C2')));
    left = left.filter((_id, at) => ended[at]?.status === 'rejected');
  }
  expect(left).toEqual([]);
  expect(tickets().size).toBe(1);
  expect(became.map((taken) => taken?.as).sort()).toEqual([...others.map(() => 'message'), 'ticket']);
  expect((await bodies([...tickets()][0]!)).sort()).toEqual(['t1', ...others].map((id) => `I am ${id}`));
});

test('what fails half-way has left nothing, and may come again', async () => {
  const before = await counted('webhook_deliveries');
  const failing = {
    transaction: <T>(work: Parameters<Database['transaction']>[0]) =>
      database.transaction(async (statements) => {
        await work(statements);
        throw new Error('half-way');
      }) as Promise<T>,
  };
  const delivery = readDelivery('generic', {
    requesterEmail: 'ada@example.com',
    subject: 's',
    body: 'b',
    externalId: 'f1',
  });
  const process = processDelivery({
    repository: deliveryRepository(failing as Pick<Database, 'transaction'>),
    moment,
    publish: async (events) => void published.push(...events),
    onTaken: () => {},
  });
  await expect(process(delivery)).rejects.toThrow('half-way');
  expect(await counted('webhook_deliveries')).toBe(before);
  expect(published).toEqual([]);
});
