/** The parts of the door that open-ended input goes through. https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html */
import fc from 'fast-check';
import { corsHeaders, isPreflight, preflightHeaders } from './cors.ts';
import { functionUrlEvent, type UrlRequest } from './event.ts';
import { functionUrlHost, localFunctionUrl } from './host.ts';
import { HTTP_INTEGRATION, readStream } from './prelude.ts';
import { readAnswer } from './response.ts';

async function* inPieces(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (const size of [...sizes, bytes.length]) {
    if (at < bytes.length) yield bytes.subarray(at, at + size);
    at += size;
  }
}

async function collected(body: AsyncGenerator<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe('the prelude of a streamed response', () => {
  it('is found wherever the chunks were cut, and the body is what follows', async () => {
    const prelude = fc.record({ statusCode: fc.integer({ min: 200, max: 599 }), headers: fc.constant({ 'x-a': 'ä' }) });
    await fc.assert(
      fc.asyncProperty(
        prelude,
        fc.uint8Array(),
        fc.array(fc.integer({ min: 1, max: 20 })),
        async (head, body, sizes) => {
          const bytes = Buffer.concat([Buffer.from(JSON.stringify(head)), Buffer.alloc(8), body]);
          const response = await readStream(HTTP_INTEGRATION, inPieces(bytes, sizes));
          expect(response?.statusCode).toBe(head.statusCode);
          expect(response?.headers).toContainEqual(['x-a', 'ä']);
          expect((await collected(response!.body)).equals(Buffer.from(body))).toBe(true);
        },
      ),
    );
  });

  it.each([
    ['nothing', ''],
    ['no end', '{"statusCode":200}'],
    ['no JSON', '{statusCode}\0\0\0\0\0\0\0\0'],
    ['a name of a header that is none', '{"headers":{"a b":"c"}}\0\0\0\0\0\0\0\0'],
    ['no status', '{"statusCode":"many"}\0\0\0\0\0\0\0\0'],
  ])('is no response with %s', async (_what, text) => {
    expect(await readStream(HTTP_INTEGRATION, inPieces(Buffer.from(text), [3]))).toBeUndefined();
  });

  it('is not looked for for ever', async () => {
    let given = 0;
    async function* endless() {
      for (;;) {
        given += 65_536;
        yield Buffer.alloc(65_536, 'x');
      }
    }
    expect(await readStream(HTTP_INTEGRATION, endless())).toBeUndefined();
    expect(given).toBeLessThan(2_000_000);
  });
});

describe('the answer of a function', () => {
  it('becomes a response or none, whatever it is', () => {
    const structured = fc.record(
      {
        statusCode: fc.anything(),
        headers: fc.anything(),
        cookies: fc.anything(),
        body: fc.anything(),
        isBase64Encoded: fc.anything(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.json(),
          fc.string(),
          structured.map((value) => JSON.stringify(value) ?? 'null'),
        ),
        (payload) => {
          const response = readAnswer(payload);
          if (response === undefined) return;
          expect(response.statusCode).toBeGreaterThanOrEqual(200);
          expect(typeof response.body === 'string' || Buffer.isBuffer(response.body)).toBe(true);
          for (const pair of response.headers) expect(pair.map((part) => typeof part)).toEqual(['string', 'string']);
        },
      ),
    );
  });
});

const REQUEST: UrlRequest = {
  method: 'POST',
  target: '/',
  rawHeaders: [],
  body: undefined,
  sourceIp: '127.0.0.1',
  protocol: 'HTTP/1.1',
  port: 4566,
};

const EXCHANGE = {
  requestId: 'r',
  urlId: 'u',
  domainName: 'u.lambda-url.us-east-1.on.aws',
  traceRoot: 'Root=1',
  now: 0,
};

describe('the event', () => {
  it('has every byte of every body', () => {
    const types = fc.constantFrom('text/plain', 'application/json', 'application/octet-stream', undefined);
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1 }), types, (bytes, type) => {
        const rawHeaders = type === undefined ? [] : ['Content-Type', type];
        const event = functionUrlEvent({ ...REQUEST, rawHeaders, body: Buffer.from(bytes) }, EXCHANGE);
        const read = Buffer.from(event['body'] as string, event['isBase64Encoded'] ? 'base64' : 'utf8');
        expect(read.equals(Buffer.from(bytes))).toBe(true);
      }),
    );
  });

  it('has names that every object has as names like any other', () => {
    const rawHeaders = ['__proto__', 'a', 'constructor', 'b'];
    const event = functionUrlEvent({ ...REQUEST, target: '/?__proto__=x&toString=y', rawHeaders }, EXCHANGE);
    const text = JSON.stringify(event);
    expect(text).toContain('"__proto__":"x"');
    expect(text).toContain('"toString":"y"');
    expect(text).toContain('"__proto__":"a"');
  });
});

describe('CORS', () => {
  const cors = { allowOrigins: ['*'], allowMethods: ['*'] };

  it('gives any origin back as it came when all are allowed', () => {
    expect(corsHeaders(cors, { origin: 'https://a.example', requestMethod: undefined })).toContainEqual([
      'Access-Control-Allow-Origin',
      'https://a.example',
    ]);
    expect(preflightHeaders(cors, { origin: 'https://a.example', requestMethod: 'PUT' })).toContainEqual([
      'Access-Control-Allow-Methods',
      '*',
    ]);
  });

  it('says nothing to requests of the same origin', () => {
    expect(corsHeaders(cors, { origin: undefined, requestMethod: undefined })).toEqual([]);
    expect(isPreflight('OPTIONS', { origin: 'https://a.example', requestMethod: undefined })).toBe(false);
  });
});

describe('the host name', () => {
  it.each([
    ['abc123.lambda-url.us-east-1.on.aws', 'abc123', 'us-east-1'],
    ['ABC123.Lambda-URL.us-east-1.on.aws:443', 'abc123', 'us-east-1'],
    ['abc.lambda-url.eu-central-1.localhost:4566', 'abc', 'eu-central-1'],
  ])('%s is one of a function URL', (host, urlId, region) => {
    expect(functionUrlHost(host)).toMatchObject({ urlId, region });
  });

  it.each([
    'localhost:4566',
    'lambda.us-east-1.amazonaws.com',
    'a.lambda-url.us-east-1.on.aws.evil.com',
    '',
    'x.lambda-url.on.aws',
  ])('%s is not', (host) => {
    expect(functionUrlHost(host)).toBeUndefined();
  });

  it('leads here by the name that is printed', () => {
    const { host } = new URL(localFunctionUrl('abc', 'us-east-1', 4566));
    expect(functionUrlHost(host)).toMatchObject({ urlId: 'abc' });
  });
});
