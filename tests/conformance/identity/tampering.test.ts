/**
 * A signature is of everything that is asked: who changes any of it on the way is refused.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
import fc from 'fast-check';
import { type Protocol, sample } from './requests.ts';
import { bytesOf, exchange, type Sent, sentOf } from './wire.ts';
import { startWitnessCloud, type WitnessCloud } from './witness.ts';

jest.setTimeout(60_000);

const ENVIRONMENT = 'env-1';
const ROLE = 'arn:aws:iam::123456789012:role/worker';

let cloud: WitnessCloud;
let credentials: { accessKeyId: string; secretAccessKey: string; sessionToken: string };

beforeAll(async () => {
  cloud = await startWitnessCloud();
  const issued = cloud.kernel.identities.issue({ roleArn: ROLE, sessionName: 'me', durationSeconds: 900 });
  const { accessKeyId, secretAccessKey, sessionToken } = issued.credentials;
  credentials = { accessKeyId, secretAccessKey, sessionToken };
  cloud.kernel.identities.bind({ environmentId: ENVIRONMENT, functionArn: 'arn:f', principal: issued.principal });
});
afterAll(() => cloud[Symbol.asyncDispose]());
beforeEach(() => void cloud.reached.splice(0));

interface Base {
  readonly protocol: Protocol;
  readonly presigned: boolean;
}

const BASES: readonly Base[] = [
  { protocol: 'query', presigned: false },
  { protocol: 'json', presigned: false },
  { protocol: 'rest-json', presigned: false },
  { protocol: 'rest-json', presigned: true },
  { protocol: 'cbor', presigned: false },
  { protocol: 's3', presigned: false },
  { protocol: 's3', presigned: true },
];

async function good({ protocol, presigned }: Base): Promise<Sent> {
  const options = { credentials, ...(presigned && { presigned: 60 }) };
  const unsignedBody = { headers: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } };
  return sentOf(
    await sample(cloud.endpoint.url, protocol, options, presigned && protocol === 's3' ? unsignedBody : {}),
  );
}

const header = (sent: Sent, name: string) => sent.headers.find(([own]) => own === name)?.[1];
const setting = (sent: Sent, name: string, change: (value: string) => string): Sent => ({
  ...sent,
  headers: sent.headers.map(([own, value]) => [own, own === name ? change(value) : value]),
});
const dropping = (sent: Sent, name: string): Sent => ({
  ...sent,
  headers: sent.headers.filter(([own]) => own !== name),
});
const adding = (sent: Sent, name: string, value: string): Sent => ({
  ...sent,
  headers: [...sent.headers, [name, value]],
});
const target = (change: (target: string) => string) => (sent: Sent) => ({ ...sent, target: change(sent.target) });
const authorization = (change: (value: string) => string) => (sent: Sent) => setting(sent, 'authorization', change);
const flip = (hex: string) => (hex === '0' ? '1' : '0');

/** Those that do not fit a request leave it as it is, and are not sent. */
const CHANGES: readonly (readonly [string, (sent: Sent) => Sent])[] = [
  ['the method', (sent) => ({ ...sent, method: sent.method === 'DELETE' ? 'PATCH' : 'DELETE' })],
  ['the path, longer', target((text) => text.replace(/^[^?]*/, (path) => `${path}x`))],
  ['the path, with dots that lead elsewhere', target((text) => text.replace(/^\//, '/x/../'))],
  [
    'the path, with a dot for a name',
    target((text) => text.replace(/^\/[^?]*/, (path) => `${path.replace(/\/$/, '')}/.`)),
  ],
  ['the path, with an empty part', target((text) => text.replace(/^\//, '//'))],
  [
    'the path, encoded once more',
    target((text) =>
      text.replace(/^[^?]*[a-z]/, (path) => `${path.slice(0, -1)}%25${path.charCodeAt(path.length - 1).toString(16)}`),
    ),
  ],
  ['the query, with one more', target((text) => `${text}${text.includes('?') ? '&' : '?'}More=1`)],
  ['the query, with one twice', target((text) => text.replace(/\?([^&]*)/, '?$1&$1'))],
  ['the query, with another value', target((text) => text.replace('MaxItems=3', 'MaxItems=4'))],
  ['the query, with one less', target((text) => text.replace(/MaxItems=3&?/, ''))],
  ['the host', (sent) => setting(sent, 'host', () => 'elsewhere.example.com')],
  ['the operation', (sent) => setting(sent, 'x-amz-target', (value) => value.replace('ListSecrets', 'PutSecretValue'))],
  ['the type of the content', (sent) => setting(sent, 'content-type', () => 'application/json')],
  ['a header of AWS that is added', (sent) => adding(sent, 'x-amz-invocation-type', 'Event')],
  [
    'a signed header that comes twice',
    (sent) => {
      const date = header(sent, 'x-amz-date');
      return date === undefined ? sent : adding(sent, 'x-amz-date', date);
    },
  ],
  ['a host that comes twice', (sent) => adding(sent, 'host', header(sent, 'host')!)],
  ['a body with one more byte', (sent) => ({ ...sent, body: Buffer.concat([sent.body, Buffer.from(' ')]) })],
  ['no body', (sent) => ({ ...sent, body: new Uint8Array() })],
  ['the hash of the body', (sent) => setting(sent, 'x-amz-content-sha256', (value) => value.replace(/.$/, flip))],
  ['a hash that is not needed', (sent) => setting(sent, 'x-amz-content-sha256', () => 'UNSIGNED-PAYLOAD')],
  ['the date', (sent) => setting(sent, 'x-amz-date', (value) => value.replace(/.Z$/, (end) => `${flip(end[0]!)}Z`))],
  ['no date', (sent) => dropping(sent, 'x-amz-date')],
  ['the token', (sent) => setting(sent, 'x-amz-security-token', (value) => `${value}x`)],
  ['no token', (sent) => dropping(sent, 'x-amz-security-token')],
  ['the key', authorization((value) => value.replace(/Credential=[^/]*/, 'Credential=test'))],
  ['the day of the scope', authorization((value) => value.replace(/\/\d{8}\//, '/20200101/'))],
  ['the Region of the scope', authorization((value) => value.replace('/us-east-1/', '/eu-west-1/'))],
  [
    'the service of the scope',
    authorization((value) => value.replace(/\/([a-z0-9]+)\/aws4_request/, '/sqs/aws4_request')),
  ],
  ['the end of the scope', authorization((value) => value.replace('aws4_request', 'aws4_requests'))],
  ['fewer signed headers', authorization((value) => value.replace(/SignedHeaders=[^;]*;/, 'SignedHeaders='))],
  ['no host among the signed headers', authorization((value) => value.replace(/;?host;?/, ';'))],
  ['more signed headers', authorization((value) => value.replace('SignedHeaders=', 'SignedHeaders=accept;'))],
  [
    'signed headers in another order',
    authorization((value) => value.replace(/SignedHeaders=([^;]*);([^,]*)/, 'SignedHeaders=$2;$1')),
  ],
  [
    'a signed header named twice',
    authorization((value) => value.replace(/SignedHeaders=([^;,]*)/, 'SignedHeaders=$1;$1')),
  ],
  ['the signature', authorization((value) => value.replace(/.$/, flip))],
  ['a signature cut short', authorization((value) => value.slice(0, -2))],
  [
    'a signature in capitals',
    authorization((value) => value.replace(/Signature=.*/, (text) => `Signature=${text.slice(10).toUpperCase()}`)),
  ],
  ['no signature', authorization((value) => value.replace(/Signature=.*/, 'Signature='))],
  ['the algorithm', authorization((value) => value.replace('SHA256 ', 'SHA512 '))],
  ['no Authorization header', (sent) => dropping(sent, 'authorization')],
  ['the time a presigned request is good for', target((text) => text.replace('X-Amz-Expires=60', 'X-Amz-Expires=61'))],
  [
    'the date of a presigned request',
    target((text) => text.replace(/(X-Amz-Date=\d{8}T\d{5})(\d)/, (_, start, end) => `${start}${flip(end)}`)),
  ],
  ['the token of a presigned request', target((text) => text.replace(/(X-Amz-Security-Token=)./, '$1x'))],
  ['the key of a presigned request', target((text) => text.replace(/(X-Amz-Credential=)[A-Z0-9]*/, '$1test'))],
  [
    'the signed headers of a presigned request',
    target((text) => text.replace(/(X-Amz-SignedHeaders=)host/, '$1accept')),
  ],
  [
    'the signature of a presigned request',
    target((text) => text.replace(/(X-Amz-Signature=)./, (_, name) => `${name}z`)),
  ],
  [
    'the signature of a presigned request, twice',
    target((text) => text.replace(/(&X-Amz-Signature=[0-9a-f]*)/, '&X-Amz-Signature=00$1')),
  ],
  ['a presigned request without its algorithm', target((text) => text.replace(/X-Amz-Algorithm=[^&]*&?/, ''))],
  ['a presigned request with its date twice', target((text) => text.replace(/(X-Amz-Date=[^&]*)/, '$1&$1'))],
];

const same = (a: Sent, b: Sent): boolean => bytesOf(a).equals(bytesOf(b));
/** Also with 501: another service than the one that was meant may not be there. */
const refusedBy = (status: number) => status === 0 || (status >= 400 && status !== 500);

describe.each(BASES)('a request of $protocol (presigned: $presigned)', (base) => {
  test('gets through as it is', async () => {
    for (const from of [undefined, ENVIRONMENT]) {
      expect((await exchange(cloud.endpoint, bytesOf(await good(base)), from)).status).toBe(200);
    }
    expect(cloud.reached).toHaveLength(2);
  });

  test('does not with any part changed', async () => {
    const through: string[] = [];
    let tried = 0;
    for (const [part, change] of CHANGES) {
      const sent = await good(base);
      const changed = change(sent);
      // What S3's clients leave unsigned may be anything.
      const free = base.protocol === 's3' && base.presigned && part.includes('body');
      // Who says nothing of himself is anybody, and a bucket's policy decides.
      const anybody = base.protocol === 's3' && part === 'no Authorization header';
      if (same(sent, changed) || free || anybody) continue;
      tried += 1;
      const { status, text } = await exchange(cloud.endpoint, bytesOf(changed));
      if (!refusedBy(status)) through.push(`${part}: ${text}`);
    }
    expect(through).toEqual([]);
    expect(cloud.reached).toEqual([]);
    expect(tried).toBeGreaterThan(15);
  });
});

/** Out of an environment, where a key that nobody was given is nobody's: outside it would be a developer's own. */
test('no character of a request can be another one', async () => {
  const part = fc.constantFrom('method', 'target', 'header', 'body');
  const base = fc.constantFrom(...BASES);
  await fc.assert(
    fc.asyncProperty(
      base,
      part,
      fc.nat(),
      fc.nat(),
      fc.integer({ min: 0x21, max: 0x7e }),
      async (of, where, which, index, code) => {
        const sent = await good(of);
        cloud.reached.splice(0);
        await exchange(cloud.endpoint, bytesOf(sent), ENVIRONMENT);
        const [meant] = cloud.reached.splice(0);
        const replaced = (text: string) => {
          const at = index % Math.max(text.length, 1);
          return text.slice(0, at) + String.fromCharCode(code) + text.slice(at + 1);
        };
        const changed: Sent =
          where === 'method'
            ? { ...sent, method: replaced(sent.method) }
            : where === 'target'
              ? { ...sent, target: replaced(sent.target) }
              : where === 'body'
                ? { ...sent, body: Buffer.from(replaced(Buffer.from(sent.body).toString('latin1')), 'latin1') }
                : setting(sent, sent.headers[which % sent.headers.length]![0], replaced);
        if (same(sent, changed)) return;
        const { status } = await exchange(cloud.endpoint, bytesOf(changed), ENVIRONMENT);
        const [reached] = cloud.reached;
        if (reached === undefined) return expect(refusedBy(status)).toBe(true);
        // Without the mark of its query a presigned URL has no signature: nobody asks, which only S3 lets anybody do, and
        // any path may be meant for it.
        if (of.presigned && reached.service === 's3' && reached.call.principal.kind === 'anonymous') return;
        // It may be written in another way, as long as it says the same: `%2D` is a dash, and unsigned content is free.
        expect(reached.operation).toBe(meant!.operation);
        const { Body: _, ...asked } = reached.input;
        const { Body: __, ...wanted } = meant!.input;
        expect(asked).toEqual(wanted);
      },
    ),
    // A path without the `?` of its query.
    { numRuns: 300, examples: [[BASES[3]!, 'target', 0, 21, 0x21]] },
  );
});
