/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html */
import { createHash, createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SignatureV4 } from '@smithy/signature-v4';
import fc from 'fast-check';
import { type Authorization, parseAuthorization } from './sigv4.ts';
import { canonicalRequest } from './sigv4-canonical.ts';
import type { SignatureError } from './sigv4-error.ts';
import { sha256 } from './sigv4-key.ts';
import { payloadLine, payloadMismatch, signedPayload } from './sigv4-payload.ts';
import {
  checkClaims,
  checkSignature,
  type PathStyle,
  type SignatureRules,
  type SignedRequest,
} from './sigv4-verify.ts';

interface Published {
  readonly name: string;
  readonly context: {
    readonly credentials: { readonly secret_access_key: string };
    readonly normalize: boolean;
    readonly region: string;
    readonly service: string;
    readonly timestamp: string;
    readonly omit_session_token?: boolean;
  };
  readonly headerRequest: string;
  readonly headerCanonical: string;
  readonly queryRequest: string;
  readonly queryCanonical: string;
}

const SUITE = JSON.parse(readFileSync(join(__dirname, 'fixtures/sigv4-test-suite.json'), 'utf8')) as Published[];

interface WholeRules extends SignatureRules {
  readonly path?: PathStyle;
  readonly unsignedPayload?: boolean;
}

/** The steps as the AWS endpoint takes them, for a body that is here already. */
function verifySignature(
  request: SignedRequest,
  authorization: Authorization,
  secretAccessKey: string,
  body: Uint8Array,
  rules: WholeRules,
): void {
  const date = checkClaims(request, authorization, rules);
  const payload = signedPayload(request, authorization, rules.unsignedPayload ?? false);
  const computed = payload.kind === 'computed' || payload.kind === 'stated' ? sha256(body) : undefined;
  if (payload.kind === 'stated' && payload.sha256 !== computed) throw payloadMismatch(payload.sha256, computed!);
  const line = payload.kind === 'computed' ? computed! : payloadLine(payload);
  checkSignature(request, authorization, date, secretAccessKey, line, rules.path);
}

/** A request as the suite writes it: raw, with header lines that go on in the next. */
function parse(text: string): { request: SignedRequest; body: Buffer } {
  const [head = '', body = ''] = text.split('\n\n', 2);
  const [line = '', ...lines] = head.split(/\n(?!\s)/);
  const [, method = '', target = ''] = /^(\S+) (.*) HTTP\/1\.1$/s.exec(line) ?? [];
  const [path = '', query = ''] = target.split(/\?(.*)/s);
  const headers: Record<string, string[]> = {};
  for (const each of lines) {
    const [name = '', value = ''] = each.split(/:(.*)/s);
    headers[name.toLowerCase()] = [...(headers[name.toLowerCase()] ?? []), value];
  }
  return { request: { method, path, query: [...new URLSearchParams(query)], headers }, body: Buffer.from(body) };
}

function authorizationOf({ query, headers }: SignedRequest) {
  const flat = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value].flat().join(', ')]));
  return parseAuthorization({ query, headers: flat })!;
}

describe.each(SUITE.map((test) => [test.name, test] as const))("AWS's own test %s", (_name, test) => {
  const { context } = test;
  const path = context.normalize ? 'normalized' : 'encoded';
  const rules: WholeRules = {
    now: Date.parse(context.timestamp),
    region: context.region,
    service: context.service,
    path,
  };
  // A token that was added to the query after it was signed cannot be told from one that was there before.
  const forms = context.omit_session_token ? (['header'] as const) : (['header', 'query'] as const);

  it.each(forms)('has the same canonical request and signature (%s)', (form) => {
    const { request, body } = parse(form === 'header' ? test.headerRequest : test.queryRequest);
    const authorization = authorizationOf(request);
    const hash = createHash('sha256').update(body).digest('hex');
    const canonical = canonicalRequest(request, authorization.signedHeaders, hash, path);
    expect(canonical).toBe(form === 'header' ? test.headerCanonical : test.queryCanonical);
    const secret = context.credentials.secret_access_key;
    verifySignature(request, authorization, secret, body, rules);
    expect(() => verifySignature(request, authorization, `${secret}?`, body, rules)).toThrow(/does not match/);
  });
});

const NOW = Date.UTC(2026, 10, 21, 12);
const RULES: WholeRules = { now: NOW, region: 'us-east-1', service: 'lambda' };
const SECRET = 'a-secret';

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

const signer = new SignatureV4({
  service: 'lambda',
  region: 'us-east-1',
  credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: SECRET, sessionToken: 'a token' },
  sha256: Sha256 as never,
});

interface Plain {
  readonly method: string;
  readonly path: string;
  readonly query: Record<string, string | string[]>;
  readonly headers: Record<string, string>;
  readonly body: string;
}

const HELLO: Plain = { method: 'POST', path: '/hello', query: {}, headers: {}, body: '{}' };

async function signed(plain: Partial<Plain> = {}, presign = false): Promise<{ request: SignedRequest; body: Buffer }> {
  const { method, path, query, headers, body } = { ...HELLO, ...plain };
  const message = {
    method,
    protocol: 'https:',
    hostname: 'abc.lambda-url.us-east-1.on.aws',
    path,
    query,
    headers: { host: 'abc.lambda-url.us-east-1.on.aws', ...headers },
    body,
  };
  const signingDate = new Date(NOW);
  const made = presign
    ? await signer.presign(message, { signingDate, expiresIn: 60 })
    : await signer.sign(message, { signingDate });
  return {
    request: {
      method,
      path,
      query: Object.entries(made.query ?? {}).flatMap(([name, value]) =>
        [value].flat().map((one) => [name, one ?? ''] as const),
      ),
      headers: Object.fromEntries(Object.entries(made.headers).map(([name, value]) => [name.toLowerCase(), value])),
    },
    body: Buffer.from(body),
  };
}

function check({ request, body }: { request: SignedRequest; body: Buffer }, rules: Partial<WholeRules> = {}) {
  verifySignature(request, authorizationOf(request), SECRET, body, { ...RULES, ...rules });
}

function fault(work: () => void): Partial<SignatureError> {
  try {
    work();
  } catch (error) {
    return error as SignatureError;
  }
  throw new Error('nothing was refused');
}

const segment = fc.stringMatching(/^[A-Za-z0-9._~%+ :@!$&'()*,;=äß-]{0,8}$/u).map(encodeURIComponent);
const word = fc.string({ unit: 'grapheme', maxLength: 8 });
const plain = fc.record({
  method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE'),
  path: fc.array(segment, { maxLength: 4 }).map((segments) => `/${segments.join('/')}`),
  query: fc.dictionary(
    word.filter((name) => name !== '' && !/^x-amz-/i.test(name)),
    fc.oneof(word, fc.array(word, { minLength: 1, maxLength: 3 })),
    { maxKeys: 4 },
  ),
  headers: fc.dictionary(fc.stringMatching(/^my-[a-z]{1,6}$/), fc.stringMatching(/^[!-~ ]{0,12}$/), { maxKeys: 3 }),
  body: fc.string(),
});

describe('what the SDK signs', () => {
  it('is good, in headers and presigned, whatever stands in it', async () => {
    await fc.assert(
      fc.asyncProperty(plain, async (request) => {
        check(await signed(request));
        const presigned = await signed({ ...request, body: '' }, true);
        check(presigned);
      }),
    );
  });

  it('is no longer good when any part of it was changed', async () => {
    await fc.assert(
      fc.asyncProperty(plain, fc.integer({ min: 0, max: 5 }), async (given, part) => {
        const { request, body } = await signed({ ...given, headers: { 'my-own': 'a' } });
        const changed = [
          { request: { ...request, method: `${request.method}X` }, body },
          { request: { ...request, path: `${request.path}x` }, body },
          { request: { ...request, query: [...request.query, ['extra', ''] as const] }, body },
          { request: { ...request, headers: { ...request.headers, 'my-own': 'b' } }, body },
          { request: { ...request, headers: { ...request.headers, host: 'other' } }, body },
          { request, body: Buffer.concat([body, Buffer.from('x')]) },
        ][part]!;
        expect(fault(() => check(changed)).code).toBe('SignatureDoesNotMatch');
      }),
    );
  });

  it('is good for fifteen minutes, before and after', async () => {
    const minutes = (count: number) => ({ now: NOW + count * 60_000 });
    const request = await signed();
    check(request, minutes(15));
    check(request, minutes(-15));
    expect(fault(() => check(request, minutes(15.1)))).toMatchObject({
      code: 'SignatureDoesNotMatch',
      identityFault: 'skewed',
      message: 'Signature expired: 20261121T120000Z is now earlier than 20261121T120006Z (20261121T121506Z - 15 min.)',
    });
    expect(fault(() => check(request, minutes(-15.1)))).toMatchObject({
      identityFault: 'not-yet-current',
      message: expect.stringMatching(/^Signature not yet current: 20261121T120000Z is still later than/),
    });
  });

  it('is good as long as it says, when presigned', async () => {
    const request = await signed({ method: 'GET', body: '' }, true);
    check(request, { now: NOW + 60_000 });
    expect(fault(() => check(request, { now: NOW + 61_000 })).identityFault).toBe('presigned-expired');
    const longer = request.request.query.map(([name, value]) =>
      name === 'X-Amz-Expires' ? ([name, '604801'] as const) : ([name, value] as const),
    );
    const endless = { ...request, request: { ...request.request, query: longer } };
    expect(fault(() => check(endless)).message).toMatch(/X-Amz-Expires must be a number of seconds from 0 to 604800/);
  });

  it('is good for its own region, service and day only', async () => {
    const request = await signed();
    expect(fault(() => check(request, { region: 'eu-west-1' }))).toMatchObject({
      identityFault: 'scope',
      statusCode: 403,
    });
    expect(fault(() => check(request, { service: 'sqs' })).message).toBe(
      "Credential should be scoped to correct service: 'sqs'.",
    );
    const headers = { ...request.request.headers, 'x-amz-date': '20261122T000000Z' };
    const moved = { ...request, request: { ...request.request, headers } };
    expect(fault(() => check(moved, { now: Date.UTC(2026, 10, 22) })).message).toMatch(
      /^Date in Credential scope does not match YYYYMMDD/,
    );
  });

  it('may leave its payload unsigned only where the service says so', async () => {
    const request = await signed({ headers: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } });
    check(request, { unsignedPayload: true });
    expect(fault(() => check(request)).identityFault).toBe('payload');
    const wrong = await signed({ headers: { 'x-amz-content-sha256': createHash('sha256').update('x').digest('hex') } });
    expect(fault(() => check(wrong)).identityFault).toBe('payload');
  });
});
