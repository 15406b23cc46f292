/** What is wrong gets the right status, the documented body, and leaves nothing half-written. */
import type { Connection } from 'mysql2/promise';
import { connectAsAdministrator, openAdministratorSession } from '../../local/services/rds/index.ts';
import { type Running, removeTemporaryDirectories, startSampan, TICKET } from './sampan.ts';
import { type SignedIn, signIn } from './signed-in.ts';
import { untilSorted } from './sorted.ts';

jest.setTimeout(240_000);

let running: Running;
let agent: SignedIn;
let ticket: string;
let database: Connection;

beforeAll(async () => {
  running = await startSampan();
  agent = await signIn(running);
  database = await connectAsAdministrator(openAdministratorSession({ stateDirectory: running.stateDirectory }));
  const { body } = await agent.call(`/tickets`, 'POST', TICKET);
  ticket = (body as { id: string }).id;
  await untilSorted(agent, ticket);
});

afterAll(async () => {
  await database.end();
  await running.stop();
  removeTemporaryDirectories();
});

async function rows(): Promise<string> {
  const [counts] = await database.query(
    'select (select count(*) from tickets) t, (select count(*) from messages) m, (select count(*) from outbox) o',
  );
  return JSON.stringify(counts);
}

type Case = [name: string, method: string, path: string, body: unknown, status: number];

const CASES: Case[] = [
  ['malformed JSON', 'POST', '/tickets', '{"subject":', 400],
  ['a wrong type', 'POST', '/tickets', { ...TICKET, subject: 7 }, 400],
  ['an unknown field', 'POST', '/tickets', { ...TICKET, admin: true }, 400],
  ['a missing field', 'POST', '/tickets', { subject: 'x' }, 400],
  ['a subject of 300 characters', 'POST', '/tickets', { ...TICKET, subject: 'x'.repeat(300) }, 400],
  ['an empty subject', 'POST', '/tickets', { ...TICKET, subject: '' }, 400],
  ['an address that is none', 'POST', '/tickets', { ...TICKET, requesterEmail: 'nobody' }, 400],
  ['a body over the field limit', 'POST', '/tickets', { ...TICKET, body: 'x'.repeat(100_000) }, 400],
  ['a body over 10 MB', 'POST', '/tickets', () => Buffer.alloc(10_485_761, 32), 413],
  ['invalid UTF-8', 'POST', '/tickets', Buffer.from('7b227375626a656374223a22ff227d', 'hex'), 400],
  ['no body', 'POST', '/tickets', undefined, 400],
  ['an array for an object', 'POST', '/tickets', [TICKET], 400],
  ['an unknown id', 'GET', '/tickets/00000000-0000-7000-8000-000000000000', undefined, 404],
  ['an id that is none', 'GET', "/tickets/1'%20or%20'1'='1", undefined, 404],
  [
    'a message for an unknown ticket',
    'POST',
    '/tickets/00000000-0000-7000-8000-000000000000/messages',
    { body: 'x', author: 'a@example.com' },
    404,
  ],
  ['an unknown route', 'GET', '/nothing/here', undefined, 404],
  ['a cursor that was tampered with', 'GET', '/tickets?cursor=eyJmYWtlIjp0cnVlfQ', undefined, 400],
  ['a limit that is no number', 'GET', '/tickets?limit=many', undefined, 400],
  ['an unknown status to filter by', 'GET', '/tickets?status=lost', undefined, 400],
  ['a search without words', 'GET', '/tickets/search', undefined, 400],
];

test.each(CASES)('%s', async (_name, method, path, body, status) => {
  const before = await rows();
  const answer = await agent.call(`${path}`, method, typeof body === 'function' ? body() : body);
  expect({ status: answer.status, body: answer.body }).toEqual({
    status,
    body: {
      error: {
        code: expect.any(String),
        message: expect.any(String),
        requestId: answer.headers.get('x-amzn-requestid'),
      },
    },
  });
  expect(await rows()).toBe(before);
});

test('a wrong method is refused as API Gateway refuses it, in the documented form', async () => {
  const answer = await agent.call(`/tickets`, 'DELETE');
  expect(answer.status).toBe(404);
  expect(answer.body).toMatchObject({ error: { requestId: expect.any(String) } });
});

test('a patch with a body that is none changes nothing', async () => {
  const path = `/tickets/${ticket}`;
  const etag = (await agent.call(path)).headers.get('etag') ?? '';
  for (const body of [{}, { status: 'unheard of' }, { version: 9 }]) {
    expect((await agent.call(path, 'PATCH', body, { 'if-match': etag })).status).toBe(400);
  }
  expect((await agent.call(path)).headers.get('etag')).toBe(etag);
});

test('SQL and HTML in text are text, and come back to the letter', async () => {
  const subject = `Robert'); DROP TABLE tickets;-- <script>alert(1)</script> ${'${7*7}'} 🖨️`;
  const { body } = await agent.call(`/tickets`, 'POST', { ...TICKET, subject });
  const read = await agent.call(`/tickets/${(body as { id: string }).id}`);
  expect(read.body).toMatchObject({ subject });
  expect((await agent.call(`/tickets/search?q=${encodeURIComponent(`printer +"' OR 1=1 -- *(`)}`)).status).toBe(200);
});
