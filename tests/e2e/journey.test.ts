/** What a new user does on the first evening, in order, against one state directory. */
import {
  call,
  REPOSITORY,
  type Running,
  removeTemporaryDirectories,
  sampan,
  startSampan,
  TICKET,
  temporaryDirectory,
} from './sampan.ts';
import { type SignedIn, signIn } from './signed-in.ts';

jest.setTimeout(180_000);

const state = temporaryDirectory('state');
let running: Running;
let agent: SignedIn;
let id: string;

beforeAll(async () => {
  running = await startSampan({ state });
  agent = await signIn(running);
});

afterAll(async () => {
  await running.stop();
  removeTemporaryDirectories();
});

const mysql = async (sql: string) => (await sampan(['mysql', '--state', state, '-N', '-e', sql])).stdout.trim();

test('it says that it is ready, where everything is, and a line to copy', () => {
  expect(running.stderr()).toMatch(/Ready in \d+\.\d s/);
  expect(running.stderr()).toContain(`${running.apiUrl}/v1`);
  expect(running.stderr()).toMatch(/curl -s .*\/tickets .*-H 'content-type: application\/json' .*-d '\{/);
  expect(running.stderr()).toMatch(/Database +127\.0\.0\.1:\d+/);
});

test('the line to copy works as it stands', async () => {
  const { execFileSync } = await import('node:child_process');
  const line = /curl -s .*/.exec(running.stderr())?.[0] ?? '';
  const answer = JSON.parse(execFileSync('sh', ['-c', line], { encoding: 'utf8' })) as { id: string };
  expect(answer.id).toEqual(expect.any(String));
});

test('a ticket is opened and read', async () => {
  const opened = await agent.call(`/tickets`, 'POST', TICKET);
  expect(opened.status).toBe(201);
  ({ id } = opened.body as { id: string });
  const read = await agent.call(`/v1/tickets/${id}`);
  expect(read.status).toBe(200);
  expect(read.body).toMatchObject({ id, subject: TICKET.subject, messages: [{ body: TICKET.body }], attachments: [] });
  expect(read.headers.get('etag')).toBeTruthy();
});

test('pages of tickets follow the cursor, newest first, each ticket once', async () => {
  for (let index = 0; index < 5; index += 1) {
    await agent.call(`/tickets`, 'POST', { ...TICKET, subject: `Ticket ${index}` });
  }
  const seen: string[] = [];
  let cursor: string | null | undefined;
  do {
    const query = cursor ? `&cursor=${encodeURIComponent(cursor)}` : '';
    const page = await agent.call(`/tickets?limit=2${query}`);
    expect(page.status).toBe(200);
    const body = page.body as { tickets: { id: string }[]; nextCursor: string | null };
    seen.push(...body.tickets.map((ticket) => ticket.id));
    cursor = body.nextCursor;
  } while (cursor);
  expect(new Set(seen).size).toBe(seen.length);
  expect(seen).toHaveLength(7);
  expect(seen[seen.length - 2]).toBe(id);
});

test('a message is added; a patch wants the right version', async () => {
  const path = `/tickets/${id}`;
  const added = await agent.call(`${path}/messages`, 'POST', {
    body: 'The fire brigade is here.',
    author: 'grace@example.com',
  });
  expect(added.status).toBe(201);
  const etag = (await agent.call(path)).headers.get('etag') ?? '';
  expect((await agent.call(path, 'PATCH', { priority: 'high' })).status).toBe(428);
  expect((await agent.call(path, 'PATCH', { priority: 'high' }, { 'if-match': etag })).status).toBe(200);
  expect((await agent.call(path, 'PATCH', { priority: 'low' }, { 'if-match': etag })).status).toBe(412);
  expect((await agent.call(path)).body).toMatchObject({ priority: 'high' });
});

test('full-text search finds it', async () => {
  const found = await agent.call(`/tickets/search?q=printer`);
  expect(found.status).toBe(200);
  expect((found.body as { tickets: { id: string }[] }).tickets.map((ticket) => ticket.id)).toContain(id);
});

test('health says that the database answers', async () => {
  expect(await call(`${running.apiUrl}/health`)).toMatchObject({ status: 200 });
});

test('the rows are in the database', async () => {
  expect(await mysql(`select subject from tickets where subject = '${TICKET.subject}'`)).toContain(TICKET.subject);
  expect(Number(await mysql('select count(*) from outbox'))).toBeGreaterThan(6);
});

test('the logs can be read back, by command and by the AWS SDK', async () => {
  const { stdout, code } = await sampan(['logs', 'TicketsFunction', '--state', state]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/platform\.report|REPORT RequestId/);
  const { CloudWatchLogsClient, FilterLogEventsCommand } = await import('@aws-sdk/client-cloudwatch-logs');
  const client = new CloudWatchLogsClient({
    endpoint: running.awsUrl,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  const { events = [] } = await client.send(
    new FilterLogEventsCommand({ logGroupName: '/aws/lambda/help-desk-tickets' }),
  );
  expect(events.length).toBeGreaterThan(0);
  client.destroy();
});

test('invoke uses the running instance: response on stdout, logs on stderr', async () => {
  const event = `${REPOSITORY}/events/tickets-create.json`;
  const { code, stdout, stderr } = await sampan(['invoke', 'TicketsFunction', '-e', event, '--state', state]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('platform.report') });
  expect(JSON.parse(stdout)).toMatchObject({ statusCode: 201 });
});

test('after a restart everything is still there, and ready in three seconds', async () => {
  expect((await running.stop()).ms).toBeLessThan(2_500);
  running = await startSampan({ state });
  agent = await signIn(running);
  expect((await agent.call(`/tickets/${id}`)).status).toBe(200);
});

test('reset refuses while it runs, and afterwards nothing is left', async () => {
  const refused = await sampan(['reset', '--state', state]);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toMatch(/in use by another sampan/);
  await running.stop();
  expect((await sampan(['reset', '--state', state])).code).toBe(0);
  running = await startSampan({ state });
  agent = await signIn(running);
  expect((await agent.call(`/tickets/${id}`)).status).toBe(404);
});
