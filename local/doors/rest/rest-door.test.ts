/** The door over real sockets, against what Node's own server makes of the same bytes. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { array, assert, asyncProperty, constant, constantFrom, oneof, record, tuple } from 'fast-check';
import type { HttpRequest, RenderedResponse } from '../../services/apigateway/index.ts';
import { createPlainReader } from './plain-request.ts';
import { openRestDoor, type RestDoor } from './server.ts';

const bugs: unknown[] = [];
let door: RestDoor;
let answer: (request: HttpRequest) => RenderedResponse | Promise<RenderedResponse>;

const echo = ({ method, target, rawHeaders, body }: HttpRequest): RenderedResponse => ({
  statusCode: 200,
  headers: [['Content-Type', 'application/json']],
  body: JSON.stringify({ method, target, rawHeaders, body: body?.toString('latin1') }),
});

beforeAll(async () => {
  door = await openRestDoor({
    host: '127.0.0.1',
    port: 0,
    handle: async (request) => answer(request),
    onBug: (error) => bugs.push(error),
  });
});
beforeEach(() => {
  answer = echo;
  bugs.length = 0;
});
afterAll(() => door.close());

/** Sends each piece in a packet of its own, ends its half when there are as many `answers`, and gives all that came back. */
function talk(port: number, pieces: readonly string[], answers = 1): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    let said = '';
    let begun = 0;
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      said += text;
      begun += text.split('HTTP/1.1 ').length - 1;
      if (begun >= answers) socket.end();
    });
    socket.setTimeout(2_000, () => socket.destroy(new Error(`after 2 s there is only: ${said}`)));
    socket.once('error', reject);
    socket.once('close', () => resolve(said));
    const left = [...pieces];
    const send = () => {
      const piece = left.shift();
      if (piece !== undefined) socket.write(piece, 'latin1', () => setImmediate(send));
    };
    send();
  });
}

/** Status lines and bodies, one after the other. */
function answersIn(said: string): { status: string; head: string; body: string }[] {
  const answers = [];
  for (let rest = said; rest !== ''; ) {
    const end = rest.indexOf('\r\n\r\n') + 4;
    const head = rest.slice(0, end);
    const length = Number(/^Content-Length: (\d+)/im.exec(head)?.[1] ?? 0);
    answers.push({ status: head.slice(9, 12), head, body: rest.slice(end, end + length) });
    rest = rest.slice(end + length);
  }
  return answers;
}

const plain = (target: string, more = '') => `GET ${target} HTTP/1.1\r\nHost: h\r\n${more}\r\n`;

describe('one connection', () => {
  test('carries plain requests, others, and plain ones again, each answered in its turn', async () => {
    const pieces = [
      plain('/1'),
      plain('/2', 'Connection: keep-alive\r\n'),
      'POST /3 HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nok',
      'POST /4 HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n',
      '0\r\n\r\n',
      plain('/5'),
    ];
    const said = await talk(door.port, pieces, 5);
    expect(answersIn(said).map(({ body }) => JSON.parse(body))).toMatchObject([
      { target: '/1' },
      { target: '/2' },
      { method: 'POST', target: '/3', body: 'ok' },
      { method: 'POST', target: '/4', body: 'ok' },
      { target: '/5' },
    ]);
  });

  test('that sends on without waiting gets its answers in order, even if the first is the slowest', async () => {
    answer = async (request) => {
      if (request.target === '/slow') await new Promise((resolve) => setTimeout(resolve, 50));
      return echo(request);
    };
    const said = await talk(door.port, [plain('/slow'), plain('/2') + plain('/3'), plain('/4')], 4);
    const targets = answersIn(said).map(({ body }) => JSON.parse(body).target);
    expect(targets).toEqual(['/slow', '/2', '/3', '/4']);
  });

  test('that is closed by the client in the middle of a request harms nobody', async () => {
    const asked = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    answer = async (request) => {
      asked.resolve();
      await go.promise;
      return echo(request);
    };
    const socket = connect(door.port, '127.0.0.1');
    socket.write(plain('/gone'));
    await asked.promise;
    socket.resetAndDestroy();
    await new Promise((resolve) => setTimeout(resolve, 10));
    go.resolve();
    answer = echo;
    expect(answersIn(await talk(door.port, [plain('/next')]))).toMatchObject([{ status: '200' }]);
    expect(bugs).toEqual([]);
  });
});

test.each([
  ['a body in pieces', ['POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nab', 'cd'], '"body":"abcd"'],
  ['a head in pieces', ['GET /x HTT', 'P/1.1\r\nHos', 't: h\r\n\r\n'], '"target":"/x"'],
  ['Expect', ['POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n', 'ok'], '100 Continue'],
  ['HTTP/1.0', ['GET /old HTTP/1.0\r\nHost: h\r\n\r\n'], '"target":"/old"'],
  ['no Host', ['GET / HTTP/1.1\r\n\r\n'], '400 Bad Request'],
  ['nonsense', ['nonsense\r\n\r\n'], '400 Bad Request'],
  ['a line that goes on in the next', ['GET / HTTP/1.1\r\nHost: h\r\nA: b\r\n c\r\n\r\n'], '400 Bad Request'],
  [
    'two lengths',
    ['POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok'],
    '400 Bad Request',
  ],
])('%s is left to Node', async (_what, pieces, expected) => {
  expect(await talk(door.port, pieces, expected === '100 Continue' ? 2 : 1)).toContain(expected);
});

describe('an answer', () => {
  const answered = async (response: Partial<RenderedResponse>, method = 'GET') => {
    answer = () => ({ statusCode: 200, headers: [], body: '', ...response });
    const request = `${method} / HTTP/1.1\r\nHost: h\r\n\r\n`;
    const [byUs] = answersIn(await talk(door.port, [request]));
    // Not plain, but the same otherwise: answered by Node.
    const [byNode] = answersIn(await talk(door.port, [request.replace('Host', 'TE: trailers\r\nHost')]));
    const lines = (head = '') =>
      head
        .split('\r\n')
        .filter((line) => !line.startsWith('Date: '))
        .sort();
    expect(lines(byUs?.head)).toEqual(lines(byNode?.head));
    expect(byUs?.body).toBe(byNode?.body);
    return byUs;
  };

  test.each([200, 204, 304, 404, 599])('of status %i has the head and the body Node would send', async (statusCode) => {
    await answered({ statusCode, body: '{"ü":1}', headers: [['Content-Type', 'application/json']] });
  });

  test('to HEAD has its length and no body', async () => {
    answer = () => ({ statusCode: 200, headers: [], body: 'four' });
    expect(await talk(door.port, ['HEAD / HTTP/1.1\r\nHost: h\r\n\r\n'])).toMatch(/Content-Length: 4\r\n\r\n$/);
  });

  test('may be bytes, have a header twice, and no header of it begins a new line', async () => {
    const body = Buffer.from([0, 255, 13, 10]);
    const byUs = await answered({
      body,
      headers: [
        ['Set-Cookie', 'a=1'],
        ['Set-Cookie', 'b=é\r\nX: y'],
      ],
    });
    expect(byUs?.body).toBe(body.toString('latin1'));
    expect(byUs?.head).toContain('Set-Cookie: a=1\r\nSet-Cookie: b=\xe9  X: y\r\n');
  });

  test('larger than what a socket takes at once arrives whole', async () => {
    const body = 'x'.repeat(9_000_000);
    expect((await answered({ body }))?.body).toHaveLength(body.length);
  });

  test('that cannot be sent becomes a 500, and so does a failure of ours', async () => {
    answer = () => ({ statusCode: 200, headers: [['no name', 'x']], body: '' });
    expect(await talk(door.port, [plain('/')])).toMatch(/^HTTP\/1.1 500 /);
    answer = () => Promise.reject(new Error('ours'));
    expect(await talk(door.port, [plain('/')])).toMatch(/^HTTP\/1.1 500 /);
    expect(bugs).toHaveLength(2);
  });
});

test('closing the door ends connections that wait for nothing', async () => {
  const other = await openRestDoor({
    host: '127.0.0.1',
    port: 0,
    handle: async (request) => echo(request),
    onBug: () => {},
  });
  const socket = connect(other.port, '127.0.0.1');
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.write(plain('/'));
  await new Promise((resolve) => socket.once('data', resolve));
  await other.close();
  await closed;
});

describe('bytes that are read as plain', () => {
  let node: Server;
  const seen: Pick<HttpRequest, 'method' | 'target' | 'rawHeaders'>[] = [];
  beforeAll(async () => {
    node = createServer((message: IncomingMessage, response) => {
      seen.push({ method: message.method ?? '', target: message.url ?? '', rawHeaders: message.rawHeaders });
      message.resume().on('end', () => response.end());
    });
    await new Promise<void>((resolve) => node.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => node.close());

  test('mean to Node exactly what they mean to us', async () => {
    const mostly = <T>(usual: T, ...others: T[]) =>
      oneof({ weight: 9, arbitrary: constant(usual) }, { weight: 1, arbitrary: constantFrom(...others) });
    const awkward = mostly('', ' ', '\t', '\r', '\n', '\0', ':', 'é', '\x7f', '%00', '//x', ' HTTP/1.1', '\r\n', ' b');
    const header = tuple(
      constantFrom('X-A', 'x-b', 'Content-Length', 'Connection', 'Host', 'Transfer-Encoding', 'TE', 'X A', ''),
      awkward,
      constantFrom(
        'x',
        '0',
        '2',
        '+2',
        '2, 2',
        '0x2',
        'keep-alive',
        'Keep-Alive',
        'close',
        'chunked',
        ' padded \t',
        '',
      ),
      awkward,
    );
    const request = record({
      method: mostly('GET', 'POST', 'get', 'BREW', 'OPTIONS', 'HEAD', 'GET '),
      target: tuple(mostly('/a?b=c', '/', '*', 'http://h/', ''), awkward).map((parts) => parts.join('')),
      version: mostly('HTTP/1.1', 'HTTP/1.0', 'HTTP/1.1 ', 'http/1.1', 'HTTP/1.2'),
      headers: array(header, { maxLength: 3 }),
      host: mostly('Host: h\r\n', 'host:h\r\n', ''),
      body: mostly('', 'ok', 'GET / HTTP/1.1\r\nHost: h\r\n\r\n', '\n'),
    });
    let read = 0;
    await assert(
      asyncProperty(request, async ({ method, target, version, headers, host, body }) => {
        const lines = headers.map(([key, before, text, after]) => `${key}:${before}${text}${after}\r\n`);
        const text = `${method} ${target} ${version}\r\n${host}${lines.join('')}\r\n${body}`;
        const ours = createPlainReader()(Buffer.from(text, 'latin1'));
        if (ours === undefined || ours === 'unfinished') return;
        read += 1;
        seen.length = 0;
        await talk((node.address() as AddressInfo).port, [text]);
        expect(seen).toEqual([{ method: ours.method, target: ours.target, rawHeaders: ours.rawHeaders }]);
      }),
      { numRuns: 1_000 },
    );
    expect(read).toBeGreaterThan(50);
  });
});
