import { once } from 'node:events';
import { createServer as createHttpServer, type Server } from 'node:http';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { HttpResponse } from '../../protocols/index.ts';
import { createPlainEntrance, type PlainEntrance, type PlainMessage } from './plain-entrance.ts';

const KEEP_ALIVE_MS = 75_000;

let entrance: PlainEntrance;
let node: Server;
let port: number;
const listeners: (() => void)[] = [];
let seen: PlainMessage[];
let signals: AbortSignal[];
let answer: (message: PlainMessage) => Promise<HttpResponse> | undefined;

const said = (body: HttpResponse['body'], headers: Record<string, string> = {}): HttpResponse => ({
  statusCode: 200,
  headers: { 'content-type': 'text/plain', ...headers },
  body,
});

beforeAll(async () => {
  entrance = createPlainEntrance({
    keepAliveMs: KEEP_ALIVE_MS,
    answer(message, _socket, gone) {
      seen.push(message);
      signals.push(gone);
      return answer(message);
    },
    send(_request, response, { statusCode, headers, body }) {
      response.writeHead(statusCode, headers);
      if (body instanceof Readable) body.pipe(response);
      else response.end(body);
    },
  });
  node = createHttpServer(async (request, response) => {
    response.end(`by Node: ${request.headers['x-thing'] ?? ''} ${await text(request)}`);
  });
  const server = createServer({ allowHalfOpen: true }, (socket) =>
    entrance.enter(socket, (taken) => node.emit('connection', taken)),
  ).listen(0, '127.0.0.1');
  await once(server, 'listening');
  ({ port } = server.address() as AddressInfo);
  listeners.push(() => server.close());
});
beforeEach(() => {
  seen = [];
  signals = [];
  answer = async ({ body }) => said(`heard ${body}`);
});
afterAll(() => {
  entrance.stop();
  node.closeAllConnections();
  for (const close of listeners) close();
});

interface Client {
  readonly socket: Socket;
  /** What has come back, once it ends so. */
  until(end: string): Promise<string>;
}

function open(): Client {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  let came = '';
  socket.setEncoding('latin1').on('data', (bytes: string) => {
    came += bytes;
  });
  return {
    socket,
    async until(end) {
      while (!came.endsWith(end)) await once(socket, 'data');
      const all = came;
      came = '';
      return all;
    },
  };
}

const request = (body: string, more = ''): string =>
  `POST /a?b=c HTTP/1.1\r\nHost: h\r\n${more}Content-Length: ${body.length}\r\n\r\n${body}`;

test('reads what is complete, waits for the rest of a body, and keeps the connection', async () => {
  const { socket, until } = open();
  socket.write(request('one', 'X-Thing: 1\r\n'));
  const first = await until('heard one');
  expect(first).toMatch(/^HTTP\/1\.1 200 OK\r\ncontent-type: text\/plain\r\n/);
  expect(first).toContain('Content-Length: 9\r\n');
  expect(first).toContain(`Keep-Alive: timeout=${KEEP_ALIVE_MS / 1000}\r\n`);
  expect({ ...seen[0], headers: { ...seen[0]!.headers } }).toEqual({
    method: 'POST',
    url: '/a?b=c',
    headers: { host: 'h', 'x-thing': '1', 'content-length': '3' },
    body: Buffer.from('one'),
  });
  const second = request('in pieces');
  socket.write(second.slice(0, -6));
  await new Promise((resolve) => setImmediate(resolve));
  socket.write(second.slice(-6, -2));
  await new Promise((resolve) => setImmediate(resolve));
  socket.write(second.slice(-2));
  await until('heard in pieces');
  expect(seen).toHaveLength(2);
  socket.destroy();
});

test('a header may have any name, and leads to nothing else by it', async () => {
  const { socket, until } = open();
  socket.write(request('one', '__proto__: a\r\nConstructor: b\r\n'));
  await until('heard one');
  expect(Object.entries(seen[0]!.headers)).toEqual([
    ['host', 'h'],
    ['__proto__', 'a'],
    ['constructor', 'b'],
    ['content-length', '3'],
  ]);
  expect(seen[0]!.headers['toString']).toBeUndefined();
  socket.destroy();
});

test.each([
  [
    'of a body in chunks',
    'POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
    'by Node:  abc',
  ],
  ['with a header twice', request('x', 'X-Thing: 1\r\nX-Thing: 2\r\n'), 'by Node: 1, 2 x'],
  ['behind which there is another one', request('x') + request('y'), 'by Node:  y'],
])('leaves a request %s to Node, and all that follow', async (_what, bytes, end) => {
  const { socket, until } = open();
  socket.write(bytes);
  await until(end);
  socket.write(request('more'));
  await until('by Node:  more');
  expect(seen).toEqual([]);
  socket.destroy();
});

test('leaves to Node what nobody here answers', async () => {
  answer = () => undefined;
  const { socket, until } = open();
  socket.write(request('x'));
  await until('by Node:  x');
  socket.destroy();
});

test('takes up what came while another request was answered', async () => {
  const { socket, until } = open();
  const release = Promise.withResolvers<HttpResponse>();
  answer = () => release.promise;
  socket.write(request('x'));
  while (seen.length === 0) await new Promise((resolve) => setImmediate(resolve));
  answer = async ({ body }) => said(`then ${body}`);
  socket.write(request('y'), () => release.resolve(said('at last ')));
  expect(await until('then y')).toContain('at last ');
  socket.destroy();
});

test('writes streams of known and of unknown length, and heads alone', async () => {
  const { socket, until } = open();
  answer = async () => said(Readable.from(['ab', 'cd']), { 'content-length': '4' });
  socket.write(request('x'));
  expect(await until('abcd')).toContain('content-length: 4\r\n');
  answer = async () => said(Readable.from(['ef', 'gh']));
  socket.write(request('x'));
  expect(await until('0\r\n\r\n')).toMatch(/Transfer-Encoding: chunked\r\n\r\n2\r\nef\r\n2\r\ngh\r\n/);
  answer = async () => said(undefined, { 'content-length': '1234' });
  socket.write('HEAD / HTTP/1.1\r\nHost: h\r\n\r\n');
  expect(await until('\r\n\r\n')).toContain('content-length: 1234\r\n');
  answer = async () => said('still here');
  socket.write(request('x'));
  await until('still here');
  expect(signals.map(({ aborted }) => aborted)).toEqual([false, false, false, false]);
  socket.destroy();
});

test.each([
  ['breaks off', (socket: Socket) => socket.destroy()],
  ['ends its half', (socket: Socket) => socket.end()],
])('tells of a client that %s before it is answered, and throws the answer away', async (_how, leave) => {
  const { socket } = open();
  const release = Promise.withResolvers<HttpResponse>();
  answer = () => release.promise;
  socket.write(request('x'));
  while (seen.length === 0) await new Promise((resolve) => setImmediate(resolve));
  const aborted = once(signals[0]!, 'abort');
  leave(socket);
  await aborted;
  const body = Readable.from(['never']);
  release.resolve(said(body));
  if (!body.destroyed) await once(body, 'close');
});

test('ends the connection when the answer is a failure', async () => {
  answer = () => Promise.reject(new Error('no answer'));
  const { socket } = open();
  socket.write(request('x'));
  await once(socket, 'close');
});
