/** What a new user does on the first evening, in order, against one state directory. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { jpegOf } from '../../domain/testing.ts';
import type { Stats } from '../../domain/ticket-stats.ts';
import {
  call,
  eventually,
  type Process,
  processTree,
  REPOSITORY,
  type Running,
  removeTemporaryDirectories,
  sampan,
  startSampan,
  TICKET,
  temporaryDirectory,
} from './sampan.ts';
import { type SignedIn, signIn, userPoolOf } from './signed-in.ts';
import { untilSorted } from './sorted.ts';
import { ancestors, spansOf } from './spans.ts';

jest.setTimeout(360_000);

/** A message whose first try failed on a busy machine comes again after its queue's 90 s. */
const PATIENCE_MS = 150_000;

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

test('the line to copy works as it stands', () => {
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
  await untilSorted(agent, id);
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

test('the printed users sign in with their printed passwords; token prints a token alone', async () => {
  const printed = [...running.stderr().matchAll(/(\S+@example\.com) +password (\S+) +in (\w+)/g)];
  expect(printed.map(([, email, , group]) => [email, group])).toEqual([
    ['agent@example.com', 'agent'],
    ['customer@example.com', 'customer'],
  ]);
  const users = await userPoolOf(running);
  for (const [, email = '', password = ''] of printed) {
    const { idToken } = await users.tokens(email, password);
    expect((await call(`${running.apiUrl}/tickets`, 'GET', undefined, { Authorization: idToken })).status).toBe(200);
  }
  users.close();
  const { stdout, stderr } = await sampan(['token', '--state', state]);
  expect(stderr).toBe('');
  expect(stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
  const headers = { Authorization: stdout.trim() };
  expect((await call(`${running.apiUrl}/tickets/${id}`, 'GET', undefined, headers)).status).toBe(200);
});

const curl = (...args: string[]) => execFileSync('curl', ['-s', ...args], { encoding: 'utf8' });

/** Announces the file and answers how curl has to send it, as the help desk says. */
async function announced(fileName: string, contentType: string, size: number) {
  const wish = { fileName, contentType, size };
  const { status, body } = await agent.call(`/tickets/${id}/attachments`, 'POST', wish);
  expect(status).toBe(201);
  return body as unknown as { id: string; upload: { url: string } };
}

test('a file of 20 MB goes to S3 by plain curl and comes back byte for byte; other files are refused by S3', async () => {
  const [file, small, back] = ['smoke.jpg', 'small.jpg', 'back.jpg'].map((name) => join(state, name)) as [
    string,
    string,
    string,
  ];
  const bytes = jpegOf(20 * 1024 * 1024);
  writeFileSync(file, bytes);
  writeFileSync(small, bytes.subarray(1));
  const { id: fileId, upload } = await announced('smoke.jpg', 'image/jpeg', bytes.length);
  const send = (what: string, type: string, url: string) =>
    curl('-T', what, '-H', `content-type: ${type}`, '-H', 'if-none-match: *', '-w', '%{http_code}', url);
  const refused = /<Code>SignatureDoesNotMatch<\/Code>[\s\S]*403$/;
  expect(send(small, 'image/jpeg', upload.url)).toMatch(refused);
  expect(send(file, 'image/png', upload.url)).toMatch(refused);
  expect(send(file, 'image/jpeg', upload.url.replace(fileId, id))).toMatch(refused);
  expect(send(file, 'image/jpeg', upload.url)).toBe('200');
  expect(send(file, 'image/jpeg', upload.url)).toMatch(/<Code>PreconditionFailed<\/Code>[\s\S]*412$/);
  curl(
    '-L',
    '-o',
    back,
    '-H',
    `Authorization: ${agent.token}`,
    `${running.apiUrl}/tickets/${id}/attachments/${fileId}`,
  );
  expect(readFileSync(back).equals(bytes)).toBe(true);
});

test('a draft streams, and its trace is one waterfall: API, function, secret, database, S3, Bedrock', async () => {
  const notes = join(state, 'notes.txt');
  writeFileSync(notes, 'the serial number is on the back');
  const { upload } = await announced('notes.txt', 'text/plain', 32);
  curl('-f', '-T', notes, '-H', 'content-type: text/plain', '-H', 'if-none-match: *', upload.url);

  const asked = ['-N', '-i', '-X', 'POST', '-H', 'Accept: text/event-stream', '-H', `Authorization: ${agent.token}`];
  const answer = curl(...asked, `${running.apiUrl}/tickets/${id}/draft`);
  expect(answer).toContain('text/event-stream');
  expect(answer.match(/^event: token$/gm)?.length).toBeGreaterThan(10);
  expect(answer).toMatch(/^event: done$/m);

  const [, trace = ''] = /x-amzn-trace-id: root=([\w-]+)/i.exec(answer) ?? [];
  const spans = await settledSpans(trace);
  const steps = ['apigateway', 'lambda', 'secret', 'database', 's3', 'bedrock'];
  const first = steps.map((step) => spans.find(({ kind }) => kind === step));
  expect(first.map((span) => span?.kind)).toEqual(steps);
  const starts = first.map((span) => span!.start);
  expect(starts).toEqual([...starts].sort((a, b) => a - b));
  // One tree: every call stands below the function, and the function below the API.
  for (const span of first.slice(2)) expect(ancestors(span!, spans)).toContain(first[1]);
  expect(ancestors(first[1]!, spans)).toContain(first[0]);

  const { stdout } = await sampan(['traces', trace, '--state', state]);
  expect(stdout).toMatch(
    /POST \/tickets\/\{id\}\/draft +200[\s\S]*SecretsManager[\s\S]*helpdesk[\s\S]*S3[\s\S]*Bedrock/,
  );
  expect(stdout).not.toContain('\u001b[');
});

/** Documents of a trace come one by one, the last of them after the answer. */
async function settledSpans(trace: string) {
  for (let tries = 0; ; tries += 1) {
    const { stdout, stderr } = await sampan(['traces', trace, '--json', '--state', state]);
    const spans = stdout === '' ? [] : spansOf(JSON.parse(stdout));
    if (spans.some(({ kind }) => kind === 'bedrock')) return spans;
    if (tries > 10) throw new Error(`no call of Bedrock among ${JSON.stringify(spans)}\n${stderr}`);
  }
}

test('what happened is in the statistics a moment later, for agents', async () => {
  const stats = async () => (await agent.call('/stats')).body as Stats;
  const before = (await stats()).tickets;
  await agent.call('/tickets', 'POST', TICKET);
  const count = Number(await mysql('select count(*) from tickets'));
  await eventually(
    async () => (await stats()).tickets === count,
    PATIENCE_MS,
    () => `${before} of ${count} are counted`,
  );
  // Every ticket opened so far is sorted, and none is told of twice.
  await eventually(
    async () => (await stats()).byCategory.unsorted === 0,
    PATIENCE_MS,
    () => 'some are not sorted',
  );
  const { tickets, byStatus, byPriority, days, unresolved } = await stats();
  for (const counts of [byStatus, byPriority])
    expect(Object.values(counts).reduce((sum, one) => sum + one)).toBe(tickets);
  expect(days.at(-1)).toMatchObject({ opened: tickets });
  expect(unresolved.oldest?.ticketId).toBe(
    await mysql("select id from tickets where status in ('open', 'pending') order by created_at limit 1"),
  );
  const customer = await signIn(running, { email: 'eve@example.com', group: 'customer' });
  expect(await customer.call('/stats')).toMatchObject({ status: 403 });
});

test('metrics and alarms show what it did', async () => {
  const [metrics, alarms] = await Promise.all([
    sampan(['metrics', 'HelpDesk', '--state', state]),
    sampan(['alarms', '--exit-code', '--state', state]),
  ]);
  expect(metrics.stdout).toMatch(/ModelInputTokens .*Model=/);
  expect(alarms.stdout).toMatch(/AssistantErrors/);
  // Where one is on, this shows which.
  expect(alarms).toEqual({ ...alarms, stdout: expect.not.stringMatching(/\bALARM\b/), code: 0, stderr: '' });
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
  running = await startSampan({ state, proactiveInit: true });
  agent = await signIn(running);
  expect((await agent.call(`/tickets/${id}`)).status).toBe(200);
});

test('functions that a ticket goes through have been loaded before there is one', async () => {
  const isEnvironment = ({ command }: Process) => /^\S*node .*aws-lambda-ric\.mjs/.test(command);
  const environments = () => processTree(running.pid).filter(isEnvironment).length;
  await eventually(
    () => environments() >= 8,
    60_000,
    () => `there are ${environments()} environments`,
  );
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
