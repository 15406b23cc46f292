/** Streamed responses, through the door to a client: what comes when, and what happens when something does not. */
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { openRestDoor, type RestDoor } from '../../doors/rest/server.ts';
import { AwsError } from '../../kernel/index.ts';
import type { JsonObject } from '../../template/stack.ts';
import type { Patience } from './patience.ts';
import { type ApiUnderTest, FUNCTION, openApi, proxy, streamingUriOf } from './testing.ts';

const streaming = {
  type: 'aws_proxy',
  httpMethod: 'POST',
  uri: streamingUriOf(FUNCTION),
  responseTransferMode: 'STREAM',
};
const route = (integration: object) => ({ get: { 'x-amazon-apigateway-integration': integration } });

/** Who waits, for how long; the time of a test is over when the test says so. */
const waiting = new Set<{ readonly ms: number; readonly lost: () => void }>();
const patience: Patience = {
  wait(ms, lost) {
    const one = { ms, lost };
    waiting.add(one);
    return { end: () => void waiting.delete(one) };
  },
};

/** Resolves when somebody waited so long, and was told that it is over. */
async function timePasses(ms: number): Promise<void> {
  for (;;) {
    const one = [...waiting].find((candidate) => candidate.ms === ms);
    if (one) {
      waiting.delete(one);
      one.lost();
      return;
    }
    await new Promise(setImmediate);
  }
}

let api: ApiUnderTest;
let door: RestDoor;
const bugs: unknown[] = [];

beforeAll(async () => {
  api = await openApi({
    body: {
      paths: {
        '/stream': route(streaming),
        '/any': { 'x-amazon-apigateway-any-method': { 'x-amazon-apigateway-integration': streaming } },
        '/long': route({ ...streaming, timeoutInMillis: 900_000 }),
        '/buffered-uri': route({ ...streaming, uri: proxy.uri }),
        '/buffered-mode': route({ ...streaming, responseTransferMode: 'BUFFERED' }),
      },
    } as JsonObject,
    options: { patience },
    stage: {
      MethodSettings: [{ ResourcePath: '/*', HttpMethod: '*', LoggingLevel: 'ERROR' }],
      AccessLogSetting: {
        DestinationArn: 'arn:aws:logs:us-east-1:123456789012:log-group:access',
        Format:
          '$context.path $context.status $context.responseLength $context.integration.responseTransferMode $context.integration.timeToFirstContent',
      },
    },
  });
  door = await openRestDoor({
    host: '127.0.0.1',
    port: 0,
    handle: api.apis.handle,
    onBug: (error) => bugs.push(error),
  });
});
beforeEach(() => {
  bugs.length = 0;
  api.lambda.invoked.length = 0;
});
afterAll(async () => {
  expect(bugs).toEqual([]);
  await door.close();
  await api.stop();
});

const piece = (text: string | Uint8Array) => ({ PayloadChunk: { Payload: Buffer.from(text) } });
const DONE = { InvokeComplete: {} };
const FAILED = { InvokeComplete: { ErrorCode: 'Unhandled', ErrorDetails: '{"errorMessage":"boom"}' } };
const END = '\0'.repeat(8);
const head = (prelude: object) => piece(JSON.stringify(prelude) + END);
const OK = head({ statusCode: 200, headers: { 'content-type': 'text/event-stream' } });

const answers = (...events: object[]) => {
  api.lambda.stream = async function* () {
    yield* events;
  };
};

const url = (path: string) => `http://127.0.0.1:${door.port}${path}`;
const malformed = { status: 502, text: '{"message":"Internal server error"}' };

async function get(path: string) {
  const response = await fetch(url(path));
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** Both of the door's ways: its own, and Node's, which whatever is not plain takes. */
const WAYS = [
  ['a plain request', {}],
  ['any other', { te: 'trailers' }],
] as const;

async function open(path: string, headers: Record<string, string> = {}): Promise<IncomingMessage> {
  const request = httpRequest(url(path), { headers, agent: false }).end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.setEncoding('utf8');
  return response;
}

/** What a test lets out of a function when it wants. */
function tap() {
  const steps: object[] = [];
  let wake = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<void>();
  api.lambda.stream = async function* () {
    try {
      for (;;) {
        const step = steps.shift();
        if (step) {
          yield step;
          if ('InvokeComplete' in step) return;
        } else await wake.promise;
      }
    } finally {
      closed.resolve();
    }
  };
  return {
    closed: closed.promise,
    let(...out: object[]) {
      steps.push(...out);
      wake.resolve();
      wake = Promise.withResolvers<void>();
    },
  };
}

it('the function is asked for a stream, with the event of a proxy integration', async () => {
  answers(OK, DONE);
  await get('/v1/stream?x=1');
  expect(api.lambda.invoked).toMatchObject([
    { functionArn: FUNCTION, event: { resource: '/stream', queryStringParameters: { x: '1' } } },
  ]);
});

describe.each(WAYS)('to %s', (_way, headers) => {
  it('status, headers and each piece come as soon as the function has made them', async () => {
    const function_ = tap();
    const asked = open('/v1/stream', headers);
    function_.let(
      head({
        statusCode: 201,
        headers: { 'X-Own': 'a' },
        multiValueHeaders: { Link: ['b', 'c'] },
        cookies: ['d=1', 'e=2'],
      }),
    );
    const response = await asked;
    expect(response.statusCode).toBe(201);
    expect(response.headers).toMatchObject({
      'x-own': 'a',
      link: 'b, c',
      'set-cookie': ['d=1', 'e=2'],
      'content-type': 'application/json',
      'transfer-encoding': 'chunked',
      'x-amzn-requestid': expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    for (const text of ['one', 'zwei: ü']) {
      function_.let(piece(text));
      expect(await once(response, 'data')).toEqual([text]);
    }
    function_.let(piece(''), DONE);
    response.resume();
    await once(response, 'end');
    expect(response.complete).toBe(true);
  });

  it('a failure midstream cuts the connection, without a word', async () => {
    const function_ = tap();
    const asked = open('/v1/stream', headers);
    function_.let(OK, piece('begun'));
    const response = await asked;
    await once(response, 'data');
    function_.let(FAILED);
    await expect(once(response.resume(), 'end')).rejects.toThrow('aborted');
    expect(bugs).toEqual([]);
  });

  it('a client that goes away lets the function go on', async () => {
    const function_ = tap();
    const asked = open('/v1/stream', headers);
    function_.let(OK, piece('begun'));
    const response = await asked;
    await once(response, 'data');
    response.destroy();
    await once(response, 'close');
    // Whatever it says next, nobody listens any more.
    await new Promise((resolve) => setTimeout(resolve, 10));
    function_.let(piece('unheard'));
    await function_.closed;
  });

  it('a client that reads slowly makes the function wait', async () => {
    let made = 0;
    api.lambda.stream = async function* () {
      yield OK;
      for (made = 0; made < 64; made += 1) yield piece(Buffer.alloc(262_144, 'x'));
      yield DONE;
    };
    const response = await open('/v1/long', headers);
    response.pause();
    await new Promise((resolve) => setTimeout(resolve, 60));
    const early = made;
    expect(early).toBeLessThan(64);
    let bytes = 0;
    for await (const text of response) bytes += text.length;
    expect(bytes).toBe(64 * 262_144);
  });

  it('HEAD has the head alone', async () => {
    const function_ = tap();
    const request = httpRequest(url('/v1/any'), { method: 'HEAD', headers, agent: false }).end();
    function_.let(OK, piece('not for you'), piece('nor this'));
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    expect(response.statusCode).toBe(200);
    response.resume();
    await once(response, 'end');
    await function_.closed;
  });
});

it('prelude and delimiter may come in any pieces', async () => {
  const text = `${JSON.stringify({ statusCode: 202 })}${END}body\0\0`;
  answers(...[...text].map((one) => piece(one)), DONE);
  expect(await get('/v1/stream')).toMatchObject({ status: 202, text: 'body\0\0' });
});

it('is larger than any buffered answer may be, whatever its bytes', async () => {
  const bytes = Buffer.alloc(1_048_576, 0xff);
  answers(OK, ...Array.from({ length: 12 }, () => piece(bytes)), DONE);
  const response = await fetch(url('/v1/stream'));
  const body = Buffer.from(await response.arrayBuffer());
  expect([body.length, body.every((byte) => byte === 0xff)]).toEqual([12 * 1_048_576, true]);
});

it.each<[string, object[]]>([
  ['a function that fails before it has said anything', [FAILED]],
  ['a function that fails in its metadata', [piece('{"statusCode":'), FAILED]],
  ['a function that does not stream: JSON without a delimiter', [piece('{"statusCode":200,"body":"x"}'), DONE]],
  ['metadata that are no JSON', [piece(`hello${END}x`), DONE]],
  ['metadata that are no object', [piece(`[]${END}x`), DONE]],
  ['a status that is none', [head({ statusCode: 99 }), DONE]],
  ['headers that are none', [head({ headers: 'x' }), DONE]],
  ['cookies that are none', [head({ cookies: 'x' }), DONE]],
  ['a delimiter after 16 KB', [piece(' '.repeat(16_385)), OK, DONE]],
  ['nothing', [DONE]],
])('%s is 502', async (_what, events) => {
  answers(...events);
  expect(await get('/v1/stream')).toMatchObject(malformed);
});

it.each(['/v1/buffered-uri', '/v1/buffered-mode'])(
  '%s: one way of invoking cannot be read by the other',
  async (path) => {
    answers(OK, DONE);
    expect(await get(path)).toMatchObject(malformed);
    expect(api.lambda.invoked).toEqual([]);
  },
);

it('what does not go together is named at start', async () => {
  const { providers } = await api.kernel.registry.service('apigateway');
  const Body = {
    openapi: '3.0.1',
    info: { title: 'x', version: '1' },
    paths: {
      '/a': route({ ...streaming, uri: proxy.uri }),
      '/b': route({ ...proxy, uri: streaming.uri }),
      '/c': route({ ...streaming, timeoutInMillis: 900_001 }),
      '/d': route(streaming),
    },
  } as JsonObject;
  const found = (await providers['AWS::ApiGateway::RestApi']?.unsupported?.({ properties: { Body } } as never)) ?? [];
  expect(found.map(({ path, message }) => [path[2], message])).toEqual([
    ['/a', expect.stringContaining('callers get 502')],
    ['/b', expect.stringContaining('callers get 502')],
    ['/c', 'Timeout should be between 50 ms and 900000 ms'],
  ]);
});

it('a function that may not be invoked is a mistake of the configuration', async () => {
  api.lambda.stream = () => {
    throw new AwsError('TooManyRequestsException', 'Rate Exceeded.', { statusCode: 429 });
  };
  expect(await get('/v1/stream')).toMatchObject({ status: 500, text: '{"message":"Internal server error"}' });
});

describe('time', () => {
  const cut = async (response: IncomingMessage, ms: number) => {
    const ended = once(response.resume(), 'end');
    await timePasses(ms);
    await expect(ended).rejects.toThrow('aborted');
    expect(waiting.size).toBe(0);
  };

  it('before the metadata makes a 504, and what comes then is let go', async () => {
    const function_ = tap();
    const asked = get('/v1/stream');
    await timePasses(29_000);
    expect(await asked).toMatchObject({ status: 504, text: '{"message":"Endpoint request timed out"}' });
    function_.let(OK, piece('too late'), piece('unheard'));
    await function_.closed;
  });

  it('is that of the whole stream: after the metadata the connection is cut', async () => {
    const function_ = tap();
    const asked = open('/v1/long');
    function_.let(OK, piece('begun'));
    await cut(await asked, 900_000);
    function_.let(DONE);
  });

  it('without a word for too long cuts it too, sooner at the edge than in a Region', async () => {
    const function_ = tap();
    const asked = open('/v1/long');
    function_.let(OK, piece('begun'));
    await cut(await asked, 30_000);
    function_.let(DONE);
    const regional = await openApi({
      restApi: { EndpointConfiguration: { Types: ['REGIONAL'] } },
      body: { paths: { '/stream': route(streaming) } } as JsonObject,
      options: { patience },
    });
    regional.lambda.stream = async function* () {
      yield OK;
      await new Promise(() => {});
    };
    const answered = expect(regional.ask('/v1/stream')).rejects.toThrow('nothing came for 300000 ms');
    await timePasses(300_000);
    await answered;
    await regional.stop();
  });
});

it('the access log has the line when the stream has ended, with what was sent', async () => {
  const function_ = tap();
  const asked = open('/v1/stream');
  function_.let(OK, piece('12345'));
  const response = await asked;
  await once(response, 'data');
  const lines = () => api.logged().filter((line) => /^\/v1\/stream 200 8 STREAMED \d+$/.test(line));
  expect(lines()).toHaveLength(0);
  function_.let(piece('678'), DONE);
  await once(response.resume(), 'end');
  expect(lines()).toHaveLength(1);
});

it('the connection carries the next request after a stream', async () => {
  answers(OK, piece('streamed'), DONE);
  const socket = connect(door.port, '127.0.0.1');
  let said = '';
  socket.on('data', (bytes) => {
    said += bytes.toString();
  });
  for (const count of [1, 2]) {
    socket.write('GET /v1/stream HTTP/1.1\r\nHost: h\r\n\r\n');
    while (said.split('\r\n0\r\n\r\n').length <= count) await once(socket, 'data');
  }
  socket.destroy();
  expect(said.match(/streamed/g)).toHaveLength(2);
});
