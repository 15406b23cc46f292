/** Requests that are wrong in every way that is known, made again the same from the same seed. */
import { gzipSync } from 'node:zlib';
import { type Plain, signed } from '../../local/doors/aws-endpoint/signatures.fixture.ts';

export interface Malformed {
  /** What is wrong with it. */
  readonly kind: string;
  readonly bytes: Buffer;
}

/** Numbers from 0 up to 1, by a seed. */
export type Random = () => number;

export function random(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const upTo = (next: Random, most: number): number => Math.floor(next() * most);
const oneOf = <T>(next: Random, all: readonly T[]): T => all[upTo(next, all.length)]!;
const bytes = (next: Random, most: number): Buffer => {
  const made = Buffer.alloc(1 + upTo(next, most));
  for (let at = 0; at < made.length; at += 1) made[at] = upTo(next, 256);
  return made;
};
const text = (next: Random, most: number): string =>
  bytes(next, most)
    .toString('latin1')
    .replace(/[\r\n]/g, '?');
const word = (next: Random): string =>
  oneOf(next, ['a', 'things', '..', '%2e%2e', '%00', '%ff', '%', '%zz', '', ' ', '*', '.']);

/** Bodies no parser should have to believe. Small on the wire, most of them; large for whoever unfolds them. */
export const BODIES: readonly (readonly [string, (next: Random) => Buffer | string])[] = [
  ['bytes', (next) => bytes(next, 400)],
  [
    'text that is no UTF-8',
    (next) => Buffer.concat([Buffer.from('{"SecretId":"'), bytes(next, 40), Buffer.from([0xff, 0x22, 0x7d])]),
  ],
  ['JSON that breaks off', (next) => '{"SecretId":"abc","x":[1,2,{"y":null}'.slice(0, 1 + upTo(next, 36))],
  ['JSON lists within lists', (next) => '['.repeat(1 + upTo(next, 60_000))],
  [
    'JSON lists within lists that close',
    (next) =>
      `{"SecretId":${'['.repeat(10 + upTo(next, 30_000))}`.replace(
        /\[+$/,
        (open) => `${open}${']'.repeat(open.length)}}`,
      ),
  ],
  ['JSON objects within objects', (next) => '{"a":'.repeat(1 + upTo(next, 20_000))],
  ['JSON numbers without end', (next) => `{"SecretId":${'9'.repeat(20 + upTo(next, 30_000))}}`],
  ['JSON numbers with exponents', () => '{"SecretId":1e999999999,"VersionId":-1e-999999999}'],
  ['JSON names that come twice', (next) => `{${'"SecretId":"a",'.repeat(upTo(next, 2_000))}"SecretId":{}}`],
  [
    'JSON names that JavaScript knows',
    () => '{"__proto__":{"SecretId":"a"},"constructor":{"prototype":{"SecretId":"a"}},"toString":1}',
  ],
  [
    'JSON of another type',
    (next) => oneOf(next, ['[]', 'null', '7', '"text"', 'true', '{"SecretId":[]}', '{"SecretId":null}', '{}']),
  ],
  ['JSON with lone surrogates', () => '{"SecretId":["\\ud800"]}'],
  [
    'a billion laughs',
    () =>
      `<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "ha">${'bcdefghij'.replace(/./g, (name) => `<!ENTITY ${name} "${`&${String.fromCharCode(name.charCodeAt(0) - 1)};`.repeat(10)}">`)}]><Thing>&j;</Thing>`,
  ],
  [
    'XML that reads files',
    () => '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><Thing><Name>&x;</Name></Thing>',
  ],
  ['XML elements within elements', (next) => '<a>'.repeat(1 + upTo(next, 30_000))],
  [
    'XML without end',
    (next) =>
      `<${oneOf(next, ['a', ' ', '!--', '![CDATA[', '?', 'a b="', '/'])}`.concat('x '.repeat(upTo(next, 20_000))),
  ],
  [
    'CBOR that claims more than it has',
    (next) =>
      Buffer.from(
        oneOf(next, [
          '9a01f2a121',
          'c49a01f2a121',
          'bb7fffffffffffffff',
          '5bffffffffffffffff',
          '7a7fffffff',
          'bf',
          '1c',
          'ff',
          'c2c2c2c2',
        ]),
        'hex',
      ),
  ],
  [
    'CBOR within CBOR',
    (next) => Buffer.alloc(1 + upTo(next, 60_000), oneOf(next, [0x81, 0x9f, 0xa1, 0xbf, 0xc6, 0xd8])),
  ],
  ['a form with names within names', (next) => `Action=Nothing&${'a.'.repeat(1 + upTo(next, 20_000))}b=1`],
  ['a form with numbers', (next) => `Action=Nothing&Tags.member.${'9'.repeat(1 + upTo(next, 300))}.Key=a`],
  ['a form with very many fields', (next) => 'a=1&'.repeat(upTo(next, 10_000))],
  ['a form of percent signs', (next) => `Action=${'%'.repeat(upTo(next, 5_000))}&%ff%fe=%`],
  ['blanks', (next) => ' '.repeat(1 + upTo(next, 30_000))],
  ['zeros', (next) => Buffer.alloc(1 + upTo(next, 30_000))],
];

const head = (line: string, headers: readonly string[], body: Buffer | string = ''): Buffer =>
  Buffer.concat([
    Buffer.from(`${line}\r\n${headers.map((one) => `${one}\r\n`).join('')}\r\n`, 'latin1'),
    Buffer.from(body),
  ]);

/** Wrong before any body: for every listener there is. */
const HTTP: readonly (readonly [string, (next: Random, path: string) => Buffer])[] = [
  ['bytes', (next) => bytes(next, 2_000)],
  ['a line of bytes', (next) => head(text(next, 200), ['Host: a'])],
  ['a method that is none', (next, path) => head(`${text(next, 12)} ${path} HTTP/1.1`, ['Host: a'])],
  [
    'a version that is none',
    (next, path) => head(`GET ${path} HTTP/${oneOf(next, ['9.9', '1.1.1', '0', 'x', '2.0'])}`, ['Host: a']),
  ],
  [
    'another protocol',
    (next) =>
      Buffer.from(
        oneOf(next, [
          'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
          '\x16\x03\x01\x02\x00\x01\x00',
          'SSH-2.0-x\r\n',
          '\x00\x00\x00\x00',
          'QUIT\r\n',
        ]),
        'latin1',
      ),
  ],
  ['no host', (_next, path) => head(`POST ${path} HTTP/1.1`, ['Content-Length: 2'], '{}')],
  [
    'a path of bytes',
    (next) => head(`POST /${text(next, 300).replace(/ /g, '+')} HTTP/1.1`, ['Host: a', 'Content-Length: 0']),
  ],
  [
    'a path of strange parts',
    (next) =>
      head(`POST /${Array.from({ length: 6 }, () => word(next)).join('/')} HTTP/1.1`, ['Host: a', 'Content-Length: 0']),
  ],
  [
    'a path without end',
    (next) => head(`POST /${'a/'.repeat(upTo(next, 40_000))} HTTP/1.1`, ['Host: a', 'Content-Length: 0']),
  ],
  [
    'a query without end',
    (next) => head(`POST /nothing?${'a=1&'.repeat(upTo(next, 15_000))} HTTP/1.1`, ['Host: a', 'Content-Length: 0']),
  ],
  [
    'zeros in the path',
    (next) => head(`POST /${'\0'.repeat(1 + upTo(next, 9))} HTTP/1.1`, ['Host: a', 'Content-Length: 0']),
  ],
  [
    'a whole URL for a path',
    (next) =>
      head(`GET http://${oneOf(next, ['169.254.169.254', 'a:b@c', '[::1]', '', 'localhost:99999'])}/nothing HTTP/1.1`, [
        'Host: a',
      ]),
  ],
  [
    'an authority for a path',
    (next) => head(`${oneOf(next, ['CONNECT', 'GET'])} example.com:443 HTTP/1.1`, ['Host: a']),
  ],
  [
    'a star for a path',
    (next) => head(`${oneOf(next, ['OPTIONS', 'POST'])} * HTTP/1.1`, ['Host: a', 'Content-Length: 0']),
  ],
  [
    'very many headers',
    (next) =>
      head('POST /nothing HTTP/1.1', [
        'Host: a',
        ...Array.from({ length: upTo(next, 4_000) }, (_, at) => `x-${at}: 1`),
        'Content-Length: 0',
      ]),
  ],
  [
    'a header without end',
    (next) =>
      head('POST /nothing HTTP/1.1', ['Host: a', `x-long: ${'a'.repeat(upTo(next, 90_000))}`, 'Content-Length: 0']),
  ],
  [
    'a header of bytes',
    (next) => head('POST /nothing HTTP/1.1', ['Host: a', `x-own: ${text(next, 100)}`, 'Content-Length: 0']),
  ],
  [
    'a header name of bytes',
    (next) => head('POST /nothing HTTP/1.1', ['Host: a', `${text(next, 20)}: 1`, 'Content-Length: 0']),
  ],
  [
    'a header that goes on in the next line',
    () => head('POST /nothing HTTP/1.1', ['Host: a', 'x-own: 1', ' 2', 'Content-Length: 0']),
  ],
  [
    'lines that end by halves',
    (next) => Buffer.from(`POST /nothing HTTP/1.1${oneOf(next, ['\n', '\r', '\n\r'])}Host: a\nContent-Length: 0\n\n`),
  ],
  [
    'a request within a request',
    () =>
      head(
        'POST /nothing HTTP/1.1',
        ['Host: a', 'Content-Length: 6', 'Transfer-Encoding: chunked'],
        '0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n',
      ),
  ],
  [
    'two lengths',
    (next) =>
      head('POST /nothing HTTP/1.1', ['Host: a', 'Content-Length: 2', `Content-Length: ${upTo(next, 9)}`], '{}xxxxxxx'),
  ],
  [
    'a length that is none',
    (next) =>
      head(
        'POST /nothing HTTP/1.1',
        ['Host: a', `Content-Length: ${oneOf(next, ['-1', '1e9', '0x2', '+2', '99999999999999999999', ' ', 'two'])}`],
        '{}',
      ),
  ],
  [
    'a length that is not kept',
    (next) => head('POST /nothing HTTP/1.1', ['Host: a', `Content-Length: ${10 + upTo(next, 1_000)}`], '{}'),
  ],
  [
    'a coding that is none',
    (next) =>
      head(
        'POST /nothing HTTP/1.1',
        [
          'Host: a',
          `Transfer-Encoding: ${oneOf(next, ['xchunked', 'chunked, chunked', 'identity', 'gzip', '\x0bchunked'])}`,
        ],
        '2\r\n{}\r\n0\r\n\r\n',
      ),
  ],
  [
    'chunks that are none',
    (next) =>
      head(
        'POST /nothing HTTP/1.1',
        ['Host: a', 'Transfer-Encoding: chunked'],
        `${oneOf(next, ['zz', '-1', 'fffffffffffffffff', '2;x', '', '5'])}\r\n{}\r\n0\r\n\r\n`,
      ),
  ],
  [
    'an upgrade to nothing',
    (next) =>
      head('GET /nothing HTTP/1.1', [
        'Host: a',
        'Connection: Upgrade',
        `Upgrade: ${oneOf(next, ['websocket', 'h2c', 'x'])}`,
      ]),
  ],
  [
    'a request that breaks off',
    (next) => head('POST /nothing HTTP/1.1', ['Host: a', 'Content-Length: 0']).subarray(0, 1 + upTo(next, 50)),
  ],
];

/** For any listener: wrong as HTTP. `path` leads to something that is there. */
export function malformedHttp(next: Random, path: string): Malformed {
  const [kind, make] = oneOf(next, HTTP);
  return { kind: `HTTP: ${kind}`, bytes: make(next, path) };
}

/** A body that is nothing, with honest headers around it. */
export function malformedBody(next: Random, path: string, type: string): Malformed {
  const [kind, make] = oneOf(next, BODIES);
  const body = Buffer.from(make(next));
  const headers = ['Host: a', `Content-Type: ${type}`, `Content-Length: ${body.length}`];
  return { kind: `body: ${kind}`, bytes: head(`POST ${path} HTTP/1.1`, headers, body) };
}

/** A thousand bytes that would be a million. */
const BOMB = gzipSync(Buffer.alloc(1_000_000, ' '));

interface Target extends Plain {
  readonly service: string;
  readonly path: string;
}

/** Operations that want something which none of the bodies has. */
export const TARGETS: readonly Target[] = [
  { service: 'sts', path: '/', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
  { service: 'ec2', path: '/', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
  {
    service: 'secretsmanager',
    path: '/',
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'secretsmanager.GetSecretValue' },
  },
  {
    service: 'logs',
    path: '/',
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'Logs_20140328.CreateLogGroup' },
  },
  { service: 'lambda', path: '/2015-03-31/functions', headers: { 'content-type': 'application/json' } },
  {
    service: 'monitoring',
    path: '/service/GraniteServiceVersion20100801/operation/PutMetricData',
    headers: { 'smithy-protocol': 'rpc-v2-cbor', 'content-type': 'application/cbor' },
  },
  { service: 'shelf', path: '/things', headers: { 'content-type': 'application/xml' } },
];

/** Signed as it should be, and nothing inside; sometimes in a coding that it is not in. */
export async function malformedCall(next: Random, endpoint: string): Promise<Malformed> {
  const target = oneOf(next, TARGETS);
  const [kind, make] = oneOf(next, BODIES);
  const plain = Buffer.from(make(next));
  const coding = oneOf(next, [undefined, undefined, 'gzip', 'a bomb', 'gzip that is none', 'aws-chunked']);
  const body = coding === 'gzip' ? gzipSync(plain) : coding === 'a bomb' ? BOMB : plain;
  const encoding = coding === undefined || coding === 'aws-chunked' ? coding : 'gzip';
  const headers = { ...target.headers, ...(encoding !== undefined && { 'content-encoding': encoding }) };
  const made = await signed(
    `${endpoint}${target.path}`,
    { method: 'POST', headers, body },
    { service: target.service },
  );
  const lines = [
    `Host: ${new URL(endpoint).host}`,
    ...Object.entries(made.headers).map(([name, value]) => `${name}: ${value}`),
  ];
  return {
    kind: `${target.service}: ${kind}${coding === undefined ? '' : ` as ${coding}`}`,
    bytes: head(`POST ${target.path} HTTP/1.1`, [...lines, `content-length: ${body.length}`], body),
  };
}

const SCOPE = 'test/20261121/us-east-1/secretsmanager/aws4_request';

/** Signatures that are not even wrong. */
export function malformedSignature(next: Random): Malformed {
  const value = oneOf(next, [
    () => 'AWS4-HMAC-SHA256',
    () => `AWS4-HMAC-SHA256 ${','.repeat(upTo(next, 20_000))}`,
    () => `AWS4-HMAC-SHA256 ${'='.repeat(upTo(next, 20_000))}`,
    () => `AWS4-HMAC-SHA256 Credential=${'/'.repeat(upTo(next, 20_000))}, SignedHeaders=host, Signature=00`,
    () => `AWS4-HMAC-SHA256 Credential=${SCOPE}, SignedHeaders=${';'.repeat(upTo(next, 20_000))}, Signature=00`,
    () => `AWS4-HMAC-SHA256 Credential=${SCOPE}, SignedHeaders=host;__proto__;constructor, Signature=${'f'.repeat(64)}`,
    () => `AWS4-ECDSA-P256-SHA256 Credential=${SCOPE}, SignedHeaders=host, Signature=00`,
    () => `AWS4-${text(next, 300)}`,
    () => `AWS test:${text(next, 30)}`,
    () => `Bearer ${text(next, 300)}`,
    () => text(next, 300),
  ])();
  const date = oneOf(next, ['20261121T120000Z', '99999999T999999Z', text(next, 20), '', '2026-11-21']);
  const query = oneOf(next, [
    '',
    '?X-Amz-Algorithm=AWS4-HMAC-SHA256',
    `?X-Amz-Signature=${'%'.repeat(upTo(next, 90))}`,
    '?X-Amz-Expires=1e9',
  ]);
  const headers = [
    'Host: a',
    'Content-Type: application/x-amz-json-1.1',
    'X-Amz-Target: secretsmanager.GetSecretValue',
    `Authorization: ${value}`,
    `X-Amz-Date: ${date}`,
    'Content-Length: 2',
  ];
  return { kind: 'a signature that is none', bytes: head(`POST /${query} HTTP/1.1`, headers, '{}') };
}
