import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createObjects, ObjectError } from './objects.ts';

interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

let server: Server;
let endpoint: string;
let seen: Seen[];
let answers: { status: number; body?: string; headers?: Record<string, string> }[];
let paused: number[];

beforeAll(async () => {
  server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    const { method, url, headers } = request;
    seen.push({ method, url, headers, body: Buffer.concat(parts).toString() });
    const { status, body = '', headers: sent = {} } = answers.shift() ?? { status: 200 };
    response.writeHead(status, sent).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

beforeEach(() => {
  [seen, answers, paused] = [[], [], []];
});

function objects(AWS_ENDPOINT_URL = endpoint) {
  return createObjects({
    bucket: 'files',
    environment: {
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'ASIAEXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_SESSION_TOKEN: 'token',
      AWS_ENDPOINT_URL,
    },
    now: () => new Date('2026-11-21T03:00:00.000Z'),
    pause: async (ms) => void paused.push(ms),
  });
}

const RANGE = { status: 206, body: 'abc', headers: { 'content-range': 'bytes 0-2/30', 'content-type': 'text/plain' } };
const BUSY = { status: 503, body: '<Error><Code>SlowDown</Code></Error>' };

test('a range is read, with the size and type of the whole', async () => {
  answers = [RANGE];
  const { bytes, size, contentType } = await objects().read('tickets/1/ü', 0, 3);
  expect([Buffer.from(bytes).toString(), size, contentType]).toEqual(['abc', 30, 'text/plain']);
  expect(seen).toMatchObject([
    {
      method: 'GET',
      url: '/files/tickets/1/%C3%BC',
      headers: { range: 'bytes=0-2', 'x-amz-security-token': 'token', 'x-amz-date': '20261121T030000Z' },
    },
  ]);
  expect(seen[0]!.headers.authorization).toMatch(
    /^AWS4-HMAC-SHA256 Credential=ASIAEXAMPLE\/20261121\/eu-central-1\/s3\/aws4_request, SignedHeaders=host;range;x-amz-content-sha256;x-amz-date;x-amz-security-token, Signature=[0-9a-f]{64}$/,
  );
});

test('objects are written and deleted', async () => {
  await objects().write('report.json', '{}', 'application/json');
  answers = [{ status: 204 }];
  await objects().delete('report.json');
  expect(seen).toMatchObject([
    { method: 'PUT', url: '/files/report.json', body: '{}', headers: { 'content-type': 'application/json' } },
    { method: 'DELETE', url: '/files/report.json', body: '' },
  ]);
  // Of what is sent, so that nobody on the way can change it.
  expect(seen[0]!.headers['x-amz-content-sha256']).toBe(
    '44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a',
  );
});

describe('what goes wrong', () => {
  test('there is tried again, three times in all', async () => {
    answers = [BUSY, BUSY, RANGE];
    expect(await objects().read('a', 0, 3)).toMatchObject({ size: 30 });
    expect(paused).toEqual([100, 200]);
    answers = [BUSY, BUSY, BUSY, RANGE];
    await expect(objects().read('a', 0, 3)).rejects.toThrow('GetObject: 503 SlowDown');
    expect(seen).toHaveLength(6);
  });

  test('here is not: S3 has said what is wrong with the request', async () => {
    answers = [{ status: 403, body: '<Error><Code>AccessDenied</Code><Message>tickets/1</Message></Error>' }];
    const error = await objects()
      .delete('tickets/1')
      .catch((thrown) => thrown);
    expect(error).toBeInstanceOf(ObjectError);
    expect(error).toMatchObject({ message: 'DeleteObject: 403 AccessDenied', status: 403 });
    expect(seen).toHaveLength(1);
  });

  test('on the way is told as such', async () => {
    const error = await objects('http://127.0.0.1:1')
      .read('a', 0, 1)
      .catch((thrown) => thrown);
    expect(error).toBeInstanceOf(ObjectError);
    expect(error).toMatchObject({ message: 'GetObject: S3 did not answer', status: undefined });
    expect(paused).toEqual([100, 200]);
  });

  test('an answer that is no range is none', async () => {
    answers = [{ status: 200, body: 'all of it' }];
    await expect(objects().read('a', 0, 1)).rejects.toThrow('something else than a range');
  });
});
