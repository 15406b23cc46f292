/**
 * Function URLs as clients see them.
 * https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
 * https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html
 * https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
 */
import { createHash, createHmac } from 'node:crypto';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { connect as http2Connect } from 'node:http2';
import { request as httpsRequest } from 'node:https';
import { text } from 'node:stream/consumers';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { SignatureV4 } from '@smithy/signature-v4';
import { functions, type House, inHouse, onBothTransports, REGION } from '../house.ts';

const ECHO = `exports.handler = async (event) => ({ statusCode: 200, body: JSON.stringify(event) });`;
const ANSWER = `exports.handler = async (event) => JSON.parse(event.body);`;
const STREAM = `exports.handler = awslambda.streamifyResponse(async (event, stream) => {
  const { words = ['a'], pauseMs = 0, prelude, type, fail } = JSON.parse(event.body ?? '{}');
  if (fail === 'early') throw new Error(fail);
  let out = stream;
  if (prelude) out = awslambda.HttpResponseStream.from(stream, prelude);
  else if (type) stream.setContentType(type);
  for (const word of words) {
    out.write(word);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  if (fail) throw new Error(fail);
  out.end();
});`;

const open = { FunctionUrlConfig: { AuthType: 'NONE' } };
const streamed = { FunctionUrlConfig: { AuthType: 'NONE', InvokeMode: 'RESPONSE_STREAM' } };

const TRUST = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::123456789012:root' }, Action: 'sts:AssumeRole' }],
};

const CONTENTS = functions(
  {
    echo: { code: ECHO, ...open },
    answer: { code: ANSWER, ...open },
    fail: { code: `exports.handler = async () => { throw new Error('no'); };`, ...open },
    never: { code: ECHO, ...open, ReservedConcurrentExecutions: 0 },
    stream: { code: STREAM, ...streamed },
    'stream-buffered': { code: STREAM, ...open },
    'bytes-buffered': {
      code: `exports.handler = awslambda.streamifyResponse(async (event, stream) => {
        const { prelude } = JSON.parse(event.body);
        const out = prelude ? awslambda.HttpResponseStream.from(stream, prelude) : stream;
        out.write(Buffer.from([0x89, 0, 255, 0xfe, 10]));
        out.end();
      });`,
      ...open,
    },
    'plain-streamed': { code: ECHO, ...streamed },
    signed: { code: ECHO, FunctionUrlConfig: { AuthType: 'AWS_IAM' } },
    crossed: {
      code: `exports.handler = async () => ({ statusCode: 200, headers: { 'x-own': '1' }, body: 'called' });`,
      FunctionUrlConfig: {
        AuthType: 'NONE',
        Cors: {
          AllowOrigins: ['https://one.example.com', 'http://localhost:3000'],
          AllowMethods: ['GET', 'POST'],
          AllowHeaders: ['content-type', 'x-own'],
          ExposeHeaders: ['x-own'],
          AllowCredentials: true,
          MaxAge: 300,
        },
      },
    },
    caller: `exports.handler = async ({ url, headers }) => {
    const response = await fetch(url, { headers });
    return { status: response.status, event: await response.json() };
  };`,
  },
  {
    Caller: {
      Type: 'AWS::IAM::Role',
      Properties: {
        RoleName: 'caller',
        AssumeRolePolicyDocument: TRUST,
        Policies: [
          {
            PolicyName: 'ask',
            PolicyDocument: {
              Version: '2012-10-17',
              Statement: [
                {
                  Effect: 'Allow',
                  Action: ['lambda:InvokeFunctionUrl', 'lambda:InvokeFunction'],
                  Resource: 'arn:aws:lambda:us-east-1:123456789012:function:signed',
                },
              ],
            },
          },
        ],
      },
    },
  },
);

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly text: string;
  /** ms after the request was sent. */
  readonly firstByteAt: number;
  readonly endedAt: number;
  /** The connection was cut off. */
  readonly cut: boolean;
}

interface Asked {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Record<string, string | string[]>;
  readonly body?: string | Buffer;
  readonly tls?: boolean;
  /** Default: AWS's own name of the URL. */
  readonly host?: string;
}

/** `FunctionUrl` as AWS has it. */
function urlOf(house: House, name: string): URL {
  const logicalId = `${name.replace(/[^A-Za-z0-9]/g, '')}Url`;
  const resource = house.cloud.reconciler.resources('test').find((each) => each.logicalId === logicalId);
  return new URL(String(resource?.attributes['FunctionUrl']));
}

/** To the endpoint's port, with the URL's host name: what name lookup would do. */
function ask(house: House, name: string, asked: Asked = {}): Promise<Answer> {
  const { method = 'GET', path = '/', headers = {}, body, tls = false } = asked;
  const host = asked.host ?? urlOf(house, name).hostname;
  const { port } = house.cloud.endpoint;
  const from = performance.now();
  const options = { host: '127.0.0.1', port, method, path, headers: { host, ...headers }, agent: false };
  return new Promise((resolve, reject) => {
    const request = tls ? httpsRequest({ ...options, ca: house.cloud.caPem, servername: host }) : httpRequest(options);
    request.on('error', reject);
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      let firstByteAt = 0;
      response.on('data', (chunk: Buffer) => {
        firstByteAt ||= performance.now() - from;
        chunks.push(chunk);
      });
      response.on('error', () => {});
      response.on('close', () => {
        const whole = Buffer.concat(chunks);
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: whole,
          text: whole.toString(),
          firstByteAt,
          endedAt: performance.now() - from,
          cut: !response.complete,
        });
      });
    });
    request.end(body);
  });
}

async function eventOf(house: House, asked: Asked = {}, name = 'echo') {
  return JSON.parse((await ask(house, name, asked)).text);
}

describe('a function URL', () => {
  const house = inHouse(CONTENTS);

  it('has the name AWS gives it', () => {
    expect(urlOf(house(), 'echo').href).toMatch(/^https:\/\/[a-z0-9]{32}\.lambda-url\.us-east-1\.on\.aws\/$/);
  });

  it('gives the function payload format 2.0', async () => {
    const event = await eventOf(house(), {
      method: 'POST',
      path: '/my/path?parameter1=value1&parameter1=value2&parameter2=a%20b&empty=',
      headers: {
        Header1: 'value1',
        'X-Many': ['value1', 'value2'],
        Cookie: 'cookie1=a; cookie2=b',
        'Content-Type': 'text/plain',
        'User-Agent': 'agent',
      },
      body: 'Hello from client!',
    });
    const { hostname } = urlOf(house(), 'echo');
    const [urlId] = hostname.split('.');
    expect(event).toEqual({
      version: '2.0',
      routeKey: '$default',
      rawPath: '/my/path',
      rawQueryString: 'parameter1=value1&parameter1=value2&parameter2=a%20b&empty=',
      cookies: ['cookie1=a', 'cookie2=b'],
      headers: {
        header1: 'value1',
        'x-many': expect.stringMatching(/^value1,\s?value2$/),
        'content-type': 'text/plain',
        'content-length': '18',
        'user-agent': 'agent',
        host: hostname,
        'x-forwarded-for': '127.0.0.1',
        'x-forwarded-port': String(house().cloud.endpoint.port),
        'x-forwarded-proto': 'http',
        'x-amzn-trace-id': expect.stringMatching(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/),
      },
      queryStringParameters: { parameter1: 'value1,value2', parameter2: 'a b', empty: '' },
      requestContext: {
        accountId: 'anonymous',
        apiId: urlId,
        domainName: hostname,
        domainPrefix: urlId,
        http: { method: 'POST', path: '/my/path', protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'agent' },
        requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        routeKey: '$default',
        stage: '$default',
        time: expect.stringMatching(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
        timeEpoch: expect.any(Number),
      },
      body: 'Hello from client!',
      isBase64Encoded: false,
    });
  });

  it('leaves out what is not there, and keeps the path as it came', async () => {
    const event = await eventOf(house(), { path: '/pa2%Fth/1' });
    expect(event.rawPath).toBe('/pa2%Fth/1');
    for (const absent of ['body', 'cookies', 'queryStringParameters', 'pathParameters', 'stageVariables']) {
      expect(event).not.toHaveProperty(absent);
    }
    expect(event).toMatchObject({ rawQueryString: '', isBase64Encoded: false });
  });

  it.each([
    ['application/json', '{"a":"ä"}', false],
    ['application/vnd.api+json; charset=utf-8', '{}', false],
    ['text/html', '<p>', false],
    ['application/x-www-form-urlencoded', 'a=b', true],
    ['application/octet-stream', 'abc', true],
    ['multipart/form-data; boundary=x', '--x', true],
    ['application/json', Buffer.from([0xff, 0xfe]), true],
  ])('takes a body of %s as text or base64', async (type, body, isBase64Encoded) => {
    const event = await eventOf(house(), { method: 'POST', headers: { 'content-type': type }, body });
    const expected = isBase64Encoded ? Buffer.from(body).toString('base64') : body;
    expect([event.isBase64Encoded, event.body]).toEqual([isBase64Encoded, expected]);
  });

  it.each([
    ['{ "hello": "world" }', '{"hello":"world"}'],
    ['["hello", 3, true]', '["hello",3,true]'],
    ['"hello"', 'hello'],
    ['3.1', '3.1'],
    ['true', 'true'],
    ['null', 'null'],
  ])('takes %s without a status code for the body', async (body, expected) => {
    const answer = await ask(house(), 'answer', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    expect([answer.status, answer.headers['content-type'], answer.text]).toEqual([200, 'application/json', expected]);
    expect(answer.headers['content-length']).toBe(String(expected.length));
  });

  it('answers what the function says: status, headers, cookies, base64', async () => {
    const said = {
      statusCode: '418',
      headers: { 'My-Custom-Header': 'Custom Value', 'X-Number': 1, Connection: 'close' },
      cookies: ['one=1; HttpOnly', 'two=2'],
      body: Buffer.from([0, 255, 1]).toString('base64'),
      isBase64Encoded: true,
    };
    const headers = { 'content-type': 'application/json' };
    const answer = await ask(house(), 'answer', { method: 'POST', headers, body: JSON.stringify(said) });
    expect(answer.status).toBe(418);
    expect(answer.headers).toMatchObject({
      'my-custom-header': 'Custom Value',
      'x-number': '1',
      'x-amzn-remapped-connection': 'close',
      'content-type': 'application/json',
      'set-cookie': ['one=1; HttpOnly', 'two=2'],
      'x-amzn-requestid': expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    expect([...answer.body]).toEqual([0, 255, 1]);
  });

  it('says 502 for a function that fails and for an answer that is none', async () => {
    const failed = await ask(house(), 'fail');
    expect([failed.status, failed.text]).toEqual([502, 'Internal Server Error']);
    const headers = { 'content-type': 'application/json' };
    const strange = await ask(house(), 'answer', { method: 'POST', headers, body: '{"statusCode":"no"}' });
    expect([strange.status, strange.text]).toEqual([502, 'Internal Server Error']);
  });

  it('says 429 when the function may not run', async () => {
    const answer = await ask(house(), 'never');
    expect([answer.status, answer.headers['x-amzn-errortype']]).toEqual([429, 'TooManyRequestsException']);
  });

  it('says 413 for more than 6 MB', async () => {
    const body = Buffer.alloc(6_291_457, 'x');
    const answer = await ask(house(), 'echo', { method: 'POST', headers: { 'content-type': 'text/plain' }, body });
    expect(answer.status).toBe(413);
  });

  it('says 403 for a URL that nobody has', async () => {
    const answer = await ask(house(), 'echo', { host: '0123456789abcdefghijklmnopqrstuv.lambda-url.us-east-1.on.aws' });
    expect([answer.status, answer.text]).toEqual([403, '{"Message":null}']);
    expect(answer.headers['x-amzn-errortype']).toBe('AccessDeniedException');
  });

  it('answers HEAD without a body', async () => {
    const answer = await ask(house(), 'crossed', { method: 'HEAD' });
    expect([answer.status, answer.headers['content-length'], answer.text]).toEqual([200, '6', '']);
  });

  it('is at *.localhost too, where browsers and curl find this machine', async () => {
    const [urlId] = urlOf(house(), 'echo').hostname.split('.');
    const { port } = house().cloud.endpoint;
    const event = await eventOf(house(), { host: `${urlId}.lambda-url.us-east-1.localhost:${port}` });
    expect(event.requestContext).toMatchObject({ apiId: urlId, domainName: `${urlId}.lambda-url.us-east-1.localhost` });
  });

  it('speaks HTTP/2 with who asks for it', async () => {
    const { hostname } = urlOf(house(), 'echo');
    const { port } = house().cloud.endpoint;
    const session = http2Connect(`https://127.0.0.1:${port}`, { servername: hostname, ca: house().cloud.caPem });
    const asked = session.request({ ':authority': hostname, ':path': '/a?b=c', ':method': 'POST' });
    asked.end('over HTTP/2');
    const event = JSON.parse(await text(asked));
    session.close();
    expect(session.alpnProtocol).toBe('h2');
    expect(event).toMatchObject({ rawPath: '/a', rawQueryString: 'b=c', requestContext: { domainName: hostname } });
    expect(Buffer.from(event.body, event.isBase64Encoded ? 'base64' : 'utf8').toString()).toBe('over HTTP/2');
  });

  it('speaks TLS with a certificate of the local authority', async () => {
    const event = await eventOf(house(), { tls: true });
    expect(event.headers).toMatchObject({
      'x-forwarded-proto': 'https',
      'x-amzn-tls-version': 'TLSv1.3',
      'x-amzn-tls-cipher-suite': expect.stringMatching(/^TLS_/),
    });
  });

  it('can be called from a function by its own name', async () => {
    const { value } = await house().invoke('caller', { url: `${urlOf(house(), 'echo').href}inside?a=b` });
    expect(value).toMatchObject({
      status: 200,
      event: { rawPath: '/inside', queryStringParameters: { a: 'b' }, headers: { 'x-forwarded-proto': 'https' } },
    });
  });

  it('gives the whole of what a streaming function wrote when it is buffered', async () => {
    const prelude = { statusCode: 201, headers: { 'x-a': 'b' }, cookies: ['c=d'] };
    const body = JSON.stringify({ prelude, words: ['one ', 'two'] });
    const answer = await ask(house(), 'stream-buffered', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    expect([answer.status, answer.headers['x-a'], answer.text]).toEqual([201, 'b', 'one two']);
  });

  it.each([undefined, { statusCode: 203, headers: { 'Content-Type': 'image/png' } }])(
    'gives its bytes as they are, after the prelude %j',
    async (prelude) => {
      const headers = { 'content-type': 'application/json' };
      const answer = await ask(house(), 'bytes-buffered', {
        method: 'POST',
        headers,
        body: JSON.stringify({ prelude }),
      });
      const type = prelude ? 'image/png' : 'application/json';
      expect([answer.status, answer.headers['content-type']]).toEqual([prelude?.statusCode ?? 200, type]);
      expect([...answer.body]).toEqual([0x89, 0, 255, 0xfe, 10]);
    },
  );
});

onBothTransports('a streaming function URL', CONTENTS, (house) => {
  const stream = (body: object) =>
    ask(house(), 'stream', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });

  it('gives the first byte while the handler still runs', async () => {
    await stream({});
    const answer = await stream({ words: ['one ', 'two ', 'three'], pauseMs: 500, type: 'text/plain' });
    expect([answer.status, answer.headers['content-type'], answer.text]).toEqual([200, 'text/plain', 'one two three']);
    expect(answer.headers['transfer-encoding']).toBe('chunked');
    expect(answer.endedAt - answer.firstByteAt).toBeGreaterThan(250);
  });

  it('takes status, headers and cookies from the prelude', async () => {
    const prelude = {
      statusCode: 207,
      headers: { 'Content-Type': 'text/event-stream', 'x-a': 'b' },
      cookies: ['c=d', 'e=f'],
    };
    const answer = await stream({ prelude, words: ['data: 1\n\n', 'data: 2\n\n'], pauseMs: 10 });
    expect(answer.status).toBe(207);
    expect(answer.headers).toMatchObject({
      'content-type': 'text/event-stream',
      'x-a': 'b',
      'set-cookie': ['c=d', 'e=f'],
    });
    expect(answer.text).toBe('data: 1\n\ndata: 2\n\n');
  });

  it('says 502 when it fails before the first byte, and cuts the answer off when it fails later', async () => {
    const early = await stream({ fail: 'early' });
    expect([early.status, early.text]).toEqual([502, 'Internal Server Error']);
    const late = await stream({ words: ['half'], pauseMs: 30, fail: 'late' });
    expect([late.status, late.text, late.cut]).toEqual([200, 'half', true]);
    expect(house().messages('/sampan').join('')).not.toContain('mistake of sampan');
  });

  it('passes on what a function that does not stream returned, as it is', async () => {
    const answer = await ask(house(), 'plain-streamed');
    expect(answer.status).toBe(200);
    expect(JSON.parse(JSON.parse(answer.text).body)).toMatchObject({ version: '2.0' });
  });
});

/** https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html#urls-cors */
describe('CORS of a function URL', () => {
  const house = inHouse(CONTENTS);
  const origin = 'https://one.example.com';

  it('answers a preflight itself', async () => {
    const headers = { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'x-own' };
    const answer = await ask(house(), 'crossed', { method: 'OPTIONS', headers });
    expect([answer.status, answer.text]).toEqual([200, '']);
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': origin,
      'access-control-allow-methods': 'GET,POST',
      'access-control-allow-headers': 'content-type,x-own',
      'access-control-expose-headers': 'x-own',
      'access-control-allow-credentials': 'true',
      'access-control-max-age': '300',
    });
    expect(house().messages('crossed')).toEqual([]);
  });

  it.each([
    ['an origin', { origin: 'https://two.example.com', 'access-control-request-method': 'POST' }],
    ['a method', { origin, 'access-control-request-method': 'DELETE' }],
  ])('allows %s that is not configured nothing', async (_what, headers) => {
    const answer = await ask(house(), 'crossed', { method: 'OPTIONS', headers });
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  });

  it('adds its headers to what the function answers', async () => {
    const answer = await ask(house(), 'crossed', { headers: { origin } });
    expect(answer.text).toBe('called');
    expect(answer.headers).toMatchObject({
      'x-own': '1',
      'access-control-allow-origin': origin,
      'access-control-expose-headers': 'x-own',
      'access-control-allow-credentials': 'true',
    });
    const foreign = await ask(house(), 'crossed', { headers: { origin: 'https://two.example.com' } });
    expect(foreign.headers).not.toHaveProperty('access-control-allow-origin');
  });

  it('leaves OPTIONS to the function where nothing is configured', async () => {
    const event = await eventOf(house(), {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'GET' },
    });
    expect(event.requestContext.http.method).toBe('OPTIONS');
  });
});

class Sha256 {
  readonly #hash: ReturnType<typeof createHash>;
  constructor(key?: string | Uint8Array) {
    this.#hash = key ? (createHmac('sha256', key) as never) : createHash('sha256');
  }
  update(data: string | Uint8Array) {
    this.#hash.update(data);
  }
  async digest() {
    return new Uint8Array(this.#hash.digest());
  }
  reset() {}
}

/** https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html */
describe('a function URL with AWS_IAM', () => {
  const house = inHouse(CONTENTS);

  async function sign(
    credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string },
    body = '{}',
  ) {
    const { hostname } = urlOf(house(), 'signed');
    const signer = new SignatureV4({ service: 'lambda', region: REGION, credentials, sha256: Sha256 as never });
    const headers = { host: hostname, 'content-type': 'application/json' };
    const message = {
      method: 'POST',
      protocol: 'https:',
      hostname,
      path: '/a b/c',
      query: { q: 'ä ö' },
      headers,
      body,
    };
    return (await signer.sign({ ...message, path: '/a%20b/c' })).headers as Record<string, string>;
  }
  const send = (headers: Record<string, string>, body = '{}') =>
    ask(house(), 'signed', { method: 'POST', path: '/a%20b/c?q=%C3%A4%20%C3%B6', headers, body });
  const TEST = { accessKeyId: 'test', secretAccessKey: 'test' };

  it('tells the function who signed', async () => {
    const client = house().client(STSClient);
    const RoleArn = 'arn:aws:iam::123456789012:role/caller';
    const { Credentials } = await client.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'me' }));
    const credentials = {
      accessKeyId: Credentials!.AccessKeyId!,
      secretAccessKey: Credentials!.SecretAccessKey!,
      sessionToken: Credentials!.SessionToken!,
    };
    const answer = await send(await sign(credentials));
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.text).requestContext).toMatchObject({
      accountId: '123456789012',
      authentication: null,
      authorizer: {
        iam: {
          accessKey: credentials.accessKeyId,
          accountId: '123456789012',
          callerId: expect.stringMatching(/^AROA\w+:me$/),
          cognitoIdentity: null,
          principalOrgId: null,
          userArn: 'arn:aws:sts::123456789012:assumed-role/caller/me',
          userId: expect.stringMatching(/^AROA\w+:me$/),
        },
      },
    });
    const stolen = await send(await sign({ ...credentials, secretAccessKey: 'guessed' }));
    expect(stolen.status).toBe(403);
  });

  it('takes keys that nobody issued here for the administrator, when they sign for here and now', async () => {
    const headers = await sign({ accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'whatever it is' });
    const answer = await send(headers);
    expect(JSON.parse(answer.text).requestContext.authorizer.iam.userArn).toBe('arn:aws:iam::123456789012:root');
    expect((await send({ ...headers, 'x-amz-date': '20200101T000000Z' })).status).toBe(403);
  });

  it('forbids what nobody signed', async () => {
    const answer = await send({ 'content-type': 'application/json' });
    expect([answer.status, answer.headers['x-amzn-errortype']]).toEqual([403, 'AccessDeniedException']);
    expect(JSON.parse(answer.text).Message).toMatch(/^Forbidden/);
  });

  it('forbids what was signed with another secret, or changed on the way', async () => {
    const headers = await sign(TEST);
    expect((await send(headers)).status).toBe(200);
    for (const answer of [
      await send(await sign({ ...TEST, secretAccessKey: 'wrong' })),
      await send(headers, '{"changed":true}'),
      await send({ ...headers, 'x-amz-date': '20200101T000000Z' }),
    ]) {
      expect([answer.status, answer.headers['x-amzn-errortype']]).toEqual([403, 'InvalidSignatureException']);
    }
  });
});
