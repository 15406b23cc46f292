/** A draft, from the model to the caller: through API Gateway, function, database, S3 and Bedrock, and its errors. */
import { Agent, type IncomingMessage, request } from 'node:http';
import { type Running, removeTemporaryDirectories, startSampan, TICKET } from './sampan.ts';
import { type SignedIn, signIn } from './signed-in.ts';
import { untilSorted } from './sorted.ts';

jest.setTimeout(240_000);

/** Between two pieces of the model's answer, ms. */
const SLOW_MS = 40;
/** With it the seventh call is the first whose stream is cut, after a dozen pieces; the first is triage's. */
const SEED = 82;

let running: Running;
let agent: SignedIn;
let ticketId: string;

beforeAll(async () => {
  running = await startSampan({ args: ['--bedrock-faults', `slow=${SLOW_MS}ms,cut=0.2,seed=${SEED}`] });
  agent = await signIn(running);
  ({ id: ticketId } = (await agent.call('/tickets', 'POST', TICKET)).body as { id: string });
  await untilSorted(agent, ticketId);
});

afterAll(async () => {
  await running.stop();
  removeTemporaryDirectories();
});

interface Event {
  readonly name: string;
  readonly data: Record<string, unknown>;
  /** Of `performance.now()`. */
  readonly at: number;
}

async function stream(who = agent): Promise<{ response: IncomingMessage; events: Event[] }> {
  const client = new Agent();
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const headers = { authorization: who.token, accept: 'text/event-stream' };
  request(`${running.apiUrl}/tickets/${ticketId}/draft`, { method: 'POST', headers, agent: client }, resolve)
    .once('error', reject)
    .end();
  const response = await promise;
  const events: Event[] = [];
  let rest = '';
  for await (const chunk of response.setEncoding('utf8')) {
    rest += chunk;
    const whole = rest.split('\n\n');
    rest = whole.pop() ?? '';
    for (const event of whole) {
      const [, name = '', data = ''] = /^event: (\w+)\ndata: (.*)$/.exec(event) ?? [];
      events.push({ name, data: JSON.parse(data), at: performance.now() });
    }
  }
  client.destroy();
  return { response, events };
}

test('comes whole as JSON', async () => {
  const { status, body } = await agent.call(`/tickets/${ticketId}/draft`, 'POST');
  expect({ status, body }).toMatchObject({
    status: 200,
    body: {
      draft: { reply: expect.stringContaining('No model was asked'), confidence: 'low', needsHuman: false },
      model: 'global.anthropic.claude-haiku-4-5-20251001-v1:0',
      usage: { inputTokens: expect.any(Number), outputTokens: expect.any(Number) },
    },
  });
});

test('streams: the first words are there long before the last ones are made', async () => {
  const { response, events } = await stream();
  expect(response.statusCode).toBe(200);
  expect(response.headers['content-type']).toBe('text/event-stream; charset=utf-8');
  const tokens = events.filter(({ name }) => name === 'token');
  expect(tokens.length).toBeGreaterThan(10);
  const done = events.at(-1)!;
  expect(done).toMatchObject({
    name: 'done',
    data: { draft: { reply: tokens.map(({ data }) => data['text']).join('') } },
  });
  // Each token of the model took its time; all of them together would have come at once.
  expect(done.at - tokens[0]!.at).toBeGreaterThan((tokens.length / 2) * SLOW_MS);
});

test('reads what is attached out of S3, by its own endpoint, and counts what the model took', async () => {
  const file = 'the serial number is on the back';
  const wish = { fileName: 'notes.txt', contentType: 'text/plain', size: Buffer.byteLength(file) };
  const before = await agent.call(`/tickets/${ticketId}/draft`, 'POST');
  const { body } = await agent.call(`/tickets/${ticketId}/attachments`, 'POST', wish);
  const { upload } = body as unknown as { upload: { url: string; headers: Record<string, string> } };
  const { 'content-length': _, ...headers } = upload.headers;
  expect((await fetch(upload.url, { method: 'PUT', headers, body: file })).status).toBe(200);
  const after = await agent.call(`/tickets/${ticketId}/draft`, 'POST');
  const inputTokens = ({ body: { usage } }: typeof after) => (usage as { inputTokens: number }).inputTokens;
  expect(inputTokens(after)).toBeGreaterThan(inputTokens(before) + 5);
  await running.said(/"ModelInputTokens":\d+/);
  expect(running.stdout()).toMatch(/"Model":"global\.anthropic\.claude-haiku[^"]*"/);
  expect(running.stdout()).toMatch(/"ModelCost":0\.\d+/);
});

test('is for who may see the ticket', async () => {
  const bob = await signIn(running, { email: 'bob@example.com', group: 'customer' });
  expect(await bob.call(`/tickets/${ticketId}/draft`, 'POST')).toMatchObject({ status: 404 });
  const ada = await signIn(running, { email: TICKET.requesterEmail, group: 'customer' });
  expect(await ada.call(`/tickets/${ticketId}/draft`, 'POST')).toMatchObject({ status: 200 });
  const { response, events } = await stream(bob);
  expect([response.statusCode, events]).toEqual([404, []]);
  const open = await fetch(`${running.apiUrl}/tickets/${ticketId}/draft`, { method: 'POST' });
  expect(open.status).toBe(401);
  await open.body?.cancel();
});

test('a model that stops in the middle is told by the last event, after what it had said', async () => {
  const { response, events } = await stream();
  expect(response.statusCode).toBe(200);
  expect(events[0]).toMatchObject({ name: 'token' });
  expect(events.at(-1)).toMatchObject({
    name: 'error',
    data: { error: { code: 'DRAFT_BROKE_OFF', requestId: expect.any(String) } },
  });
});
