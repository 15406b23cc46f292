/** Signed webhooks from the outside: as the README shows them, and as somebody sends them who must not. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  GetSecretValueCommand,
  ListSecretsCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { GetQueueAttributesCommand, ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { signatureOf } from '../../functions/webhooks/signature.ts';
import {
  call,
  eventually,
  REPOSITORY,
  type Running,
  removeTemporaryDirectories,
  startSampan,
  type Ticket,
} from './sampan.ts';
import { type SignedIn, signIn } from './signed-in.ts';

jest.setTimeout(180_000);

const CREDENTIALS = { region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
/** Cold functions on a machine that is busy. */
const PATIENCE_MS = 30_000;

let running: Running;
let agent: SignedIn;
let secrets: SecretsManagerClient;
let queues: SQSClient;
let secretId: string;
let secret: string;

beforeAll(async () => {
  running = await startSampan();
  agent = await signIn(running);
  secrets = new SecretsManagerClient({ endpoint: running.awsUrl, ...CREDENTIALS });
  queues = new SQSClient({ endpoint: running.awsUrl, ...CREDENTIALS });
  secretId = await secretOf('Generic');
  secret = await textOf(secretId);
});

afterAll(async () => {
  secrets?.destroy();
  queues?.destroy();
  await running?.stop();
  removeTemporaryDirectories();
});

async function secretOf(channel: string): Promise<string> {
  const { SecretList = [] } = await secrets.send(new ListSecretsCommand({}));
  return SecretList.find(({ Name }) => Name?.includes(`Webhook${channel}Secret`))?.ARN as string;
}

const textOf = async (SecretId: string) => (await secrets.send(new GetSecretValueCommand({ SecretId }))).SecretString!;

interface Sending {
  readonly channel?: string;
  readonly secret?: string;
  readonly seconds?: number;
}

const now = () => Math.floor(Date.now() / 1_000);
const generic = (externalId: string, more: object = {}) => ({
  requesterEmail: 'ada@example.com',
  subject: `Subject of ${externalId}`,
  body: 'Again.',
  externalId,
  ...more,
});

async function send(payload: object, { channel = 'generic', secret: by = secret, seconds = now() }: Sending = {}) {
  const body = JSON.stringify(payload);
  const { status, body: answer } = await call(`${running.apiUrl}/webhooks/${channel}`, 'POST', body, {
    'X-Webhook-Timestamp': String(seconds),
    'X-Webhook-Signature': signatureOf(by, String(seconds), Buffer.from(body)),
  });
  return { status, ...(answer as { deliveryId?: string; error?: { code: string } }) };
}

async function ticketsWith(subject: string): Promise<Ticket[]> {
  let answer = await agent.call('/tickets?limit=100');
  // A machine that starts everything at once may keep a first request waiting for longer than its function has.
  const isAnswered = async () => {
    if (answer.status !== 200) answer = await agent.call('/tickets?limit=100');
    return answer.status === 200;
  };
  await eventually(isAnswered, PATIENCE_MS, () => `${answer.status} ${JSON.stringify(answer.body)}`);
  return (answer.body as { tickets: Ticket[] }).tickets.filter((ticket) => ticket.subject === subject);
}

async function ticketWith(subject: string): Promise<Ticket> {
  let found: Ticket[] = [];
  const isThere = async () => {
    found = await ticketsWith(subject);
    return found.length > 0;
  };
  await eventually(isThere, PATIENCE_MS, () => `no ticket ${subject}\n${running.stderr().slice(-2_000)}`);
  return (await agent.call(`/tickets/${found[0]!.id}`)).body as unknown as Ticket;
}

/** How many messages are in the queue of the webhooks, and among its dead letters. */
async function waiting(): Promise<number> {
  const { QueueUrls = [] } = await queues.send(new ListQueuesCommand({}));
  const own = QueueUrls.filter((url) => /Webhooks(?:Queue|DeadLetters)/.test(url));
  expect(own).toHaveLength(2);
  const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
  const counts = await Promise.all(
    own.map((QueueUrl) => queues.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...names] }))),
  );
  return counts.flatMap(({ Attributes }) => names.map((name) => Number(Attributes?.[name]))).reduce((a, b) => a + b);
}

const emptied = () =>
  eventually(
    async () => (await waiting()) === 0,
    PATIENCE_MS,
    () => 'the queue is not empty',
  );

test('the lines of the README, as they stand, make a ticket', async () => {
  const readme = readFileSync(join(REPOSITORY, 'README.md'), 'utf8');
  const block = /### Send a signed webhook[\s\S]*?```sh\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
  // What asks for the secret wants the AWS CLI, which not every machine has.
  const [asking, signing] = block.split('\n\n', 2) as [string, string];
  expect(asking).toContain('SECRET=$(');
  const lines = signing.replace('localhost:3000', running.apiUrl.replace('http://', ''));
  const answer = execFileSync('sh', ['-c', lines], { encoding: 'utf8', env: { ...process.env, SECRET: secret } });
  expect(JSON.parse(answer)).toEqual({ channel: 'generic', deliveryId: 'facility-4711' });
  expect(await ticketWith('The coffee machine leaks')).toMatchObject({ messages: [{ body: 'Again.' }] });
});

test('a replay has no effect, signed anew or not', async () => {
  const [payload, seconds] = [generic('replayed'), now()];
  expect(await send(payload, { seconds })).toMatchObject({ status: 202, deliveryId: 'replayed' });
  expect(await send(payload, { seconds })).toMatchObject({ status: 409, error: { code: 'DELIVERY_REPLAYED' } });
  expect((await send(payload, { seconds: seconds + 1 })).status).toBe(202);
  await ticketWith(payload.subject);
  await emptied();
  expect(await ticketsWith(payload.subject)).toHaveLength(1);
});

test('what is not signed as it must be is refused, and nothing is queued', async () => {
  const payload = generic('refused');
  expect(await send(payload, { secret: 'wrong' })).toMatchObject({ status: 401, error: { code: 'INVALID_SIGNATURE' } });
  expect(await send(payload, { channel: 'chat' })).toMatchObject({ status: 401 });
  const late = await send(payload, { seconds: now() - 310 });
  expect(late).toMatchObject({ status: 401, error: { code: 'TIMESTAMP_OUT_OF_WINDOW' } });
  expect((await call(`${running.apiUrl}/webhooks/generic`, 'POST', payload)).status).toBe(400);
  expect((await send(payload, { channel: 'sms' })).status).toBe(404);
  expect((await send({ ...payload, subject: '' })).status).toBe(400);
  expect(await waiting()).toBe(0);
  // What is sent now comes after what was queued, if anything was.
  await send(generic('after'));
  await ticketWith('Subject of after');
  await emptied();
  expect(await ticketsWith(payload.subject)).toEqual([]);
});

test('both secrets are good while one follows the other', async () => {
  const next = 'the next secret, of those who send';
  await secrets.send(new PutSecretValueCommand({ SecretId: secretId, SecretString: next }));
  // The function reads it afresh, but not more often than every 5 s.
  const isGood = async () => (await send(generic('new-secret'), { secret: next })).status === 202;
  await eventually(isGood, PATIENCE_MS, () => 'the new secret is not good');
  expect((await send(generic('old-secret'))).status).toBe(202);
  await ticketWith('Subject of new-secret');
  await ticketWith('Subject of old-secret');
});

test('what is said in a thread is one ticket, and a mail is another', async () => {
  const [chat, email] = [await textOf(await secretOf('Chat')), await textOf(await secretOf('Email'))];
  const said = (messageId: string, thread: string | null, text: string) =>
    send({ user: 'ada@example.com', channel: 'C1', messageId, thread, text }, { channel: 'chat', secret: chat });
  expect((await said('17.1', null, 'It burns.\nReally.')).status).toBe(202);
  const { id } = await ticketWith('It burns.');
  expect((await said('17.2', '17.1', 'It is out.')).status).toBe(202);
  const mail = {
    from: 'Ada <ada@example.com>',
    messageId: '<1@x>',
    inReplyTo: '<C1 17.1>',
    subject: 'By mail',
    text: 'Hi',
  };
  expect((await send(mail, { channel: 'email', secret: email })).status).toBe(202);
  await ticketWith('By mail');
  await emptied();
  const { messages } = (await agent.call(`/tickets/${id}`)).body as unknown as Ticket;
  expect(messages.map(({ body }) => body)).toEqual(['It burns.\nReally.', 'It is out.']);
});
