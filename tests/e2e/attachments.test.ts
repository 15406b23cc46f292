/** Files, from their sender to S3 and back, as `curl` sends and fetches them; and who may have them. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HeadObjectCommand, ListBucketsCommand, ListObjectVersionsCommand, S3Client } from '@aws-sdk/client-s3';
import { GetQueueAttributesCommand, ListQueuesCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { jpegOf, pdf } from '../../domain/testing.ts';
import {
  eventually,
  type Running,
  removeTemporaryDirectories,
  startSampan,
  TICKET,
  temporaryDirectory,
} from './sampan.ts';
import { type SignedIn, signIn } from './signed-in.ts';
import { untilSorted } from './sorted.ts';

jest.setTimeout(240_000);

const MIB = 1024 * 1024;
const URL_SECONDS = 4;
const folder = temporaryDirectory('files');
const pathOf = (name: string) => join(folder, name);

interface Announced {
  readonly id: string;
  readonly upload: { readonly url: string; readonly headers: Readonly<Record<string, string>> };
}

let running: Running;
let agent: SignedIn;
let ada: SignedIn;
let bob: SignedIn;
let ticketId: string;
/** Of the ticket, without any file. */
let version: number;

beforeAll(async () => {
  // The other tests here are done long before: only the one about it waits until a URL has expired.
  running = await startSampan({ args: ['--parameter-overrides', `AttachmentUrlSeconds=${URL_SECONDS}`] });
  agent = await signIn(running);
  ada = await signIn(running, { email: 'ada@example.com', group: 'customer' });
  bob = await signIn(running, { email: 'bob@example.com', group: 'customer' });
  const { requesterEmail: _, ...own } = TICKET;
  ({ id: ticketId } = (await ada.call('/tickets', 'POST', own)).body as { id: string });
  version = await untilSorted(ada, ticketId);
});

afterAll(async () => {
  await running.stop();
  removeTemporaryDirectories();
});

async function announce(size: number, changes: Record<string, unknown> = {}, who = ada): Promise<Announced> {
  const wish = { fileName: 'smoke.jpg', contentType: 'image/jpeg', size, ...changes };
  const { status, body } = await who.call(`/tickets/${ticketId}/attachments`, 'POST', wish);
  expect({ status, body }).toMatchObject({ status: 201, body: { ...wish, state: 'announced' } });
  return body as unknown as Announced;
}

function fileOf(name: string, bytes: Buffer): string {
  writeFileSync(pathOf(name), bytes);
  return pathOf(name);
}

interface Answer {
  readonly status: number;
  /** S3's `<Code>`, when it refuses. */
  readonly code: string | undefined;
}

/** `curl -T`, as a person would: the length it sends is that of the file. */
function put(url: string, file: string, headers: Readonly<Record<string, string>>): Answer {
  const sent = Object.entries(headers)
    .filter(([name]) => name !== 'content-length')
    .flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
  const said = execFileSync('curl', ['-s', '-w', '\n%{http_code}', '-T', file, ...sent, url], { encoding: 'utf8' });
  const [, body = '', status] = /^([\s\S]*)\n(\d+)$/.exec(said) ?? [];
  return { status: Number(status), code: /<Code>(\w+)<\/Code>/.exec(body)?.[1] };
}

interface Shown {
  readonly version: number;
  readonly attachments: readonly Attached[];
}

interface Attached {
  readonly id: string;
  readonly state: string;
  readonly reason: string | null;
  readonly metadata: object | null;
}

const shown = async (): Promise<Shown> => (await agent.call(`/tickets/${ticketId}`)).body as unknown as Shown;

/** A message whose first try failed on a busy machine comes again after its queue's 360 s. */
const PATIENCE_MS = 60_000;

/** Resolves when somebody has looked at the file. */
async function checked(id: string): Promise<Attached> {
  let found: Attached | undefined;
  const isChecked = async () => {
    found = (await shown()).attachments.find((one) => one.id === id);
    return found !== undefined && found.state !== 'announced';
  };
  await eventually(isChecked, PATIENCE_MS, () => `file ${id} was never checked\n${running.stderr().slice(-2_000)}`);
  return found!;
}

const digestOf = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex');

test('a file of 20 MB goes there by curl, and comes back byte for byte under its name', async () => {
  const file = fileOf('twenty.jpg', jpegOf(20 * MIB));
  const { id, upload } = await announce(20 * MIB, { fileName: 'Größe "1".jpg' });
  expect(put(upload.url, file, upload.headers)).toEqual({ status: 200, code: undefined });

  const [back, head] = [pathOf('back.jpg'), pathOf('head')];
  const url = `${running.apiUrl}/tickets/${ticketId}/attachments/${id}`;
  execFileSync('curl', ['-sSL', '-D', head, '-o', back, '-H', `Authorization: ${ada.token}`, url]);
  expect(digestOf(back)).toBe(digestOf(file));
  const headers = readFileSync(head, 'utf8').toLowerCase();
  expect(headers).toMatch(/^http\/1.1 302[\s\S]*http\/1.1 200/);
  expect(headers).toContain('content-type: image/jpeg');
  expect(headers).toContain("filename*=utf-8''gr%c3%b6%c3%9fe%20%221%22.jpg");
  expect(headers).toContain('x-amz-server-side-encryption: aws:kms');
});

test('the ticket shows it as it was checked, each time as another version of itself', async () => {
  const [{ id } = { id: '' }] = (await shown()).attachments;
  await checked(id);
  expect(await shown()).toMatchObject({
    version: version + 2,
    attachments: [
      {
        fileName: 'Größe "1".jpg',
        contentType: 'image/jpeg',
        size: 20 * MIB,
        state: 'stored',
        reason: null,
        metadata: { kind: 'image', width: 640, height: 480 },
      },
    ],
  });
});

describe('S3 refuses, in its own words,', () => {
  const size = 1_000;
  let file: string;
  let announced: Announced;

  beforeEach(async () => {
    file = fileOf('small.jpg', jpegOf(size));
    announced = await announce(size);
  });

  test.each([-1, 1])('a file that differs by %i bytes', (difference) => {
    truncateSync(file, size + difference);
    expect(put(announced.upload.url, file, announced.upload.headers)).toEqual({
      status: 403,
      code: 'SignatureDoesNotMatch',
    });
  });

  test.each([
    ['another type', { 'content-type': 'text/html' }],
    ['no type', { 'content-type': '' }],
    ['no condition', { 'if-none-match': '' }],
    ['another condition', { 'if-none-match': '"x"' }],
  ])('%s', (_what, changes) => {
    expect(put(announced.upload.url, file, { ...announced.upload.headers, ...changes })).toEqual({
      status: 403,
      code: 'SignatureDoesNotMatch',
    });
  });

  test.each<[string, (url: string) => string]>([
    ['another key', (url) => url.replace(/\/tickets\/[\w-]+\/[\w-]+/, `/tickets/${ticketId}/other`)],
    ['another bucket', (url) => url.replace(/\/help-desk-\w+/, (bucket) => `${bucket}x`)],
    ['a longer life', (url) => url.replace(/X-Amz-Expires=\d+/, 'X-Amz-Expires=604800')],
    ['a signature with another end', (url) => url.replace(/.$/, (last) => (last === '0' ? '1' : '0'))],
  ])('%s', (_what, changed) => {
    expect(put(changed(announced.upload.url), file, announced.upload.headers)).toEqual({
      status: 403,
      code: 'SignatureDoesNotMatch',
    });
  });

  test('the URL for anything but an upload', async () => {
    for (const method of ['GET', 'DELETE', 'POST']) {
      const response = await fetch(announced.upload.url, { method });
      expect(response.status).toBe(403);
      expect(await response.text()).toContain('<Code>SignatureDoesNotMatch</Code>');
    }
  });

  test('a second file in the place of the first', async () => {
    const { url, headers } = announced.upload;
    expect(put(url, file, headers)).toMatchObject({ status: 200 });
    const other = fileOf('other.jpg', jpegOf(size));
    expect(put(url, other, headers)).toEqual({ status: 412, code: 'PreconditionFailed' });
    const { body } = await ada.call(`/tickets/${ticketId}/attachments/${announced.id}`, 'GET', undefined, {
      Accept: 'application/json',
    });
    const response = await fetch((body as { url: string }).url);
    expect(Buffer.from(await response.arrayBuffer())).toEqual(readFileSync(file));
  });

  test('a URL whose time is over, for sending and for fetching', async () => {
    const { url, headers } = announced.upload;
    const { body } = await ada.call(`/tickets/${ticketId}/attachments/${announced.id}`, 'GET', undefined, {
      Accept: 'application/json',
    });
    const found = body as { url: string; expiresAt: string };
    await new Promise((resolve) => setTimeout(resolve, Date.parse(found.expiresAt) + 1_000 - Date.now()));
    expect(put(url, file, headers)).toEqual({ status: 403, code: 'AccessDenied' });
    const response = await fetch(found.url);
    const text = await response.text();
    expect(response.status).toBe(403);
    expect(text).toContain('<Message>Request has expired</Message>');
  });

  test('whoever has no URL at all', async () => {
    const { origin, pathname } = new URL(announced.upload.url);
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const response = await fetch(`${origin}${pathname}`, { method, ...(method === 'PUT' && { body: 'x' }) });
      expect(response.status).toBe(403);
      expect(await response.text()).toContain('<Code>AccessDenied</Code>');
    }
  });
});

/** Of whoever develops one: pages of elsewhere are not let near a local cloud. */
const PAGE = 'http://localhost:5173';

test('a page of the allowed origin may send files', async () => {
  const { upload } = await announce(1);
  const preflight = await fetch(upload.url, {
    method: 'OPTIONS',
    headers: {
      Origin: PAGE,
      'Access-Control-Request-Method': 'PUT',
      'Access-Control-Request-Headers': 'content-type,if-none-match',
    },
  });
  expect(preflight.status).toBe(200);
  expect(preflight.headers.get('access-control-allow-origin')).toBe('*');
  expect(preflight.headers.get('access-control-allow-methods')).toContain('PUT');
  const sent = await fetch(upload.url, {
    method: 'PUT',
    headers: { Origin: PAGE, 'Content-Type': 'image/jpeg', 'If-None-Match': '*' },
    body: 'x',
  });
  expect(sent.status).toBe(200);
  expect(sent.headers.get('access-control-allow-origin')).toBe('*');
});

describe('the help desk refuses', () => {
  test.each([
    ['a file that is too large', { size: 25 * MIB + 1 }],
    ['an empty file', { size: 0 }],
    ['a type that is not allowed', { contentType: 'text/html', fileName: 'a.html' }],
    ['a name with another ending', { fileName: 'smoke.exe' }],
    ['a path for a name', { fileName: '../smoke.jpg' }],
  ])('%s', async (_what, changes) => {
    const wish = { fileName: 'smoke.jpg', contentType: 'image/jpeg', size: 1, ...changes };
    const { status, body } = await ada.call(`/tickets/${ticketId}/attachments`, 'POST', wish);
    expect({ status, body }).toMatchObject({ status: 400, body: { error: { code: 'VALIDATION_FAILED' } } });
  });
});

test("customers neither see nor touch each other's tickets and files; agents do", async () => {
  const { id } = await announce(1);
  const wish = { fileName: 'smoke.jpg', contentType: 'image/jpeg', size: 1 };
  const nowhere = '01a1fe4e-7d1d-7753-b504-8fa2647066b5';
  const requests = (ticket: string): [string, string, unknown?, Record<string, string>?][] => [
    [`/tickets/${ticket}`, 'GET'],
    [`/tickets/${ticket}`, 'PATCH', { status: 'closed' }, { 'if-match': '*' }],
    [`/tickets/${ticket}/messages`, 'POST', { body: 'x' }],
    [`/tickets/${ticket}/attachments`, 'POST', wish],
    [`/tickets/${ticket}/attachments/${id}`, 'GET'],
  ];
  const { requesterEmail: _, ...own } = TICKET;
  const { id: bobs } = (await bob.call('/tickets', 'POST', own)).body as { id: string };
  const cases = [
    [bob, ticketId],
    [ada, bobs],
  ] as const;
  for (const [who, ticket] of cases) {
    for (const [index, request] of requests(ticket).entries()) {
      const others = await who.call(...request);
      const nobodys = await who.call(...(requests(nowhere)[index] as typeof request));
      expect(others).toMatchObject({ status: 404, body: { error: { code: 'NOT_FOUND' } } });
      expect((others.body as { error: { message: string } }).error.message).toBe(
        (nobodys.body as { error: { message: string } }).error.message,
      );
    }
  }
  const idsOf = async (who: SignedIn, path: string) =>
    ((await who.call(path)).body as { tickets: { id: string }[] }).tickets.map((ticket) => ticket.id).sort();
  for (const path of ['/tickets', '/tickets/search?q=printer']) {
    expect(await idsOf(ada, path)).toEqual([ticketId]);
    expect(await idsOf(bob, path)).toEqual([bobs]);
    expect(await idsOf(agent, path)).toEqual([ticketId, bobs].sort());
  }
  const seen = await agent.call(`/tickets/${ticketId}/attachments/${id}`, 'GET', undefined, {
    Accept: 'application/json',
  });
  expect(seen.status).toBe(200);
});

describe('what arrives is looked at', () => {
  const CLIENT = { region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
  const IMPORT = { fileName: 'tickets.csv', contentType: 'text/csv', purpose: 'import' };
  const TABLE = [
    '\ufeffrequesterEmail,subject,body',
    'eve@example.com,Imported 1,"It says ""PC LOAD LETTER"",\r\nagain"',
    'nobody,Imported 2,x',
    '',
    'eve@example.com,Imported 3,x',
    'eve@example.com,,x,y',
    '',
  ].join('\r\n');

  let s3: S3Client;
  let sqs: SQSClient;
  let Bucket: string;
  /** Ids of what has been looked at, in this order: a file that lied, an import. */
  const looked: string[] = [];

  beforeAll(async () => {
    s3 = new S3Client({ endpoint: running.awsUrl, forcePathStyle: true, ...CLIENT });
    sqs = new SQSClient({ endpoint: running.awsUrl, ...CLIENT });
    const { Buckets = [] } = await s3.send(new ListBucketsCommand({}));
    Bucket = Buckets.find(({ Name }) => Name?.includes('attachments'))?.Name as string;
  });

  afterAll(() => {
    s3.destroy();
    sqs.destroy();
  });

  const keyOf = (id: string) => `tickets/${ticketId}/${id}`;

  async function sent(content: Buffer, changes: Record<string, unknown> = {}, who = ada): Promise<Attached> {
    const { id, upload } = await announce(content.length, changes, who);
    expect(put(upload.url, fileOf('sent', content), upload.headers)).toMatchObject({ status: 200 });
    looked.push(id);
    return await checked(id);
  }

  async function ticketsOf(requester: string) {
    const { body } = await agent.call('/tickets?limit=100');
    type Listed = { readonly id: string; readonly subject: string; readonly requesterEmail: string };
    return (body as { tickets: Listed[] }).tickets.filter((ticket) => ticket.requesterEmail === requester);
  }

  test('and a file that lies is rejected with a reason, and is gone; a version of it is left to whoever may see it', async () => {
    const { id, ...rest } = await sent(pdf());
    const reason = 'The file is application/pdf, not image/jpeg';
    expect(rest).toMatchObject({ state: 'rejected', reason, metadata: null });
    const answer = await ada.call(`/tickets/${ticketId}/attachments/${id}`);
    expect(answer).toMatchObject({ status: 409, body: { error: { code: 'ATTACHMENT_REJECTED', message: reason } } });
    const isGone = async () =>
      await s3.send(new HeadObjectCommand({ Bucket, Key: keyOf(id) })).then(
        () => false,
        ({ name }) => name === 'NotFound',
      );
    await eventually(isGone, PATIENCE_MS, () => 'the file is still there');
    const { Versions = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket, Prefix: keyOf(id) }));
    expect(Versions).toHaveLength(1);
  });

  test('and each good row of an import becomes a ticket; beside the file lies what became of all', async () => {
    const wish = { ...IMPORT, size: 10 };
    expect(await ada.call(`/tickets/${ticketId}/attachments`, 'POST', wish)).toMatchObject({ status: 403 });
    const { id, ...rest } = await sent(Buffer.from(TABLE), IMPORT, agent);
    expect(rest).toMatchObject({ state: 'stored', metadata: { kind: 'import', rows: 4, opened: 2, refused: 2 } });

    const { body } = await agent.call(`/tickets/${ticketId}/attachments/${id}`, 'GET', undefined, {
      Accept: 'application/json',
    });
    const { reportUrl } = body as { reportUrl: string };
    expect(new URL(reportUrl).pathname).toContain(`${keyOf(id)}.report.json`);
    const report = (await (await fetch(reportUrl)).json()) as { results: { row: number; ticketId?: string }[] };
    const opened = await ticketsOf('eve@example.com');
    const idOf = (subject: string) => opened.find((ticket) => ticket.subject === subject)?.id;
    expect(report).toEqual({
      importId: id,
      ticketId,
      fileName: 'tickets.csv',
      rows: 4,
      opened: 2,
      refused: 2,
      results: [
        { row: 2, ticketId: idOf('Imported 1') },
        { row: 3, errors: ['requesterEmail must be an e-mail address'] },
        { row: 5, ticketId: idOf('Imported 3') },
        { row: 6, errors: ['the row has 4 columns, not 3'] },
      ],
    });
    const one = await agent.call(`/tickets/${idOf('Imported 1')}`);
    expect(one.body).toMatchObject({
      requesterEmail: 'eve@example.com',
      messages: [{ author: 'eve@example.com', body: 'It says "PC LOAD LETTER",\r\nagain' }],
    });
    // Their events are on the bus like anybody's.
    await untilSorted(agent, idOf('Imported 1')!);
  });

  test('and is not again, however often S3 tells of it', async () => {
    const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({}));
    const own = QueueUrls.filter((url) => /AttachmentProcessor(?:Queue|DeadLetters)/.test(url));
    expect(own).toHaveLength(2);
    const before = [await shown(), (await ticketsOf('eve@example.com')).length];
    for (const id of [...looked, ...looked]) {
      const detail = { bucket: { name: Bucket }, object: { key: keyOf(id) } };
      const event = { 'detail-type': 'Object Created', source: 'aws.s3', detail };
      const QueueUrl = own.find((url) => url.includes('Queue-')) as string;
      await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(event) }));
    }
    const AttributeNames = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
    const isEmpty = async () => {
      const all = own.map((QueueUrl) =>
        sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...AttributeNames] })),
      );
      return (await Promise.all(all)).every(({ Attributes }) =>
        AttributeNames.every((name) => Attributes?.[name] === '0'),
      );
    };
    await eventually(isEmpty, PATIENCE_MS, () => `messages are left\n${running.stderr().slice(-2_000)}`);
    expect([await shown(), (await ticketsOf('eve@example.com')).length]).toEqual(before);
  });
});
