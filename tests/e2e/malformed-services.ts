/** Requests that are wrong in the ways of S3, Cognito and Bedrock, made again the same from the same seed. */
import { createHash } from 'node:crypto';
import { signed } from '../../local/doors/aws-endpoint/signatures.fixture.ts';
import { BODIES, type Random } from './malformed-requests.ts';

export type Kind = 's3' | 'cognito-idp' | 'bedrock-runtime';

export interface Wrong {
  /** What is wrong with it. */
  readonly kind: string;
  readonly service: Kind;
  readonly method: string;
  /** As it goes over the wire. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** The connection ends here, before the whole body has come. */
  readonly cutAt?: number;
}

/** What is there, for requests that are wrong in one thing only. */
export interface Surroundings {
  readonly endpoint: string;
  readonly bucket: string;
  /** An object in it. */
  readonly key: string;
  /** An upload in parts that is under way, of the key `parts`. */
  readonly uploadId: string;
  readonly poolId: string;
  readonly clientId: string;
  /** Of somebody whose secret is known: what he signs is checked in full. */
  readonly credentials: { accessKeyId: string; secretAccessKey: string; sessionToken: string };
  /** A form that would be taken, by field. */
  readonly form: Readonly<Record<string, string>>;
}

const upTo = (next: Random, most: number): number => Math.floor(next() * most);
const oneOf = <T>(next: Random, all: readonly T[]): T => all[upTo(next, all.length)] as T;
const junk = (next: Random): readonly [string, Buffer] => {
  const [kind, make] = oneOf(next, BODIES);
  return [kind, Buffer.from(make(next))];
};

/** Signed with a key whose secret nobody here knows: everything about it is checked but the signature itself. */
function plainlySigned(service: string, more: Readonly<Record<string, string>> = {}): Record<string, string> {
  const date = new Date().toISOString().replace(/[-:]|\.\d{3}/g, '');
  const scope = `AKIASOMEBODYELSE0000/${date.slice(0, 8)}/us-east-1/${service}/aws4_request`;
  const names = ['host', 'x-amz-date', ...Object.keys(more).filter((name) => name.startsWith('x-amz-'))].toSorted();
  return {
    ...more,
    'x-amz-date': date,
    authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=${names.join(';')}, Signature=${'0'.repeat(64)}`,
  };
}

type Make = (next: Random, there: Surroundings) => Wrong | Promise<Wrong>;

const s3 = (
  kind: string,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  body: Buffer | string = '',
): Wrong => ({
  kind: `S3: ${kind}`,
  service: 's3',
  method,
  path,
  headers: plainlySigned('s3', { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD', ...headers }),
  body: Buffer.from(body),
});

const DOCUMENTS = [
  'versioning',
  'tagging',
  'cors',
  'lifecycle',
  'policy',
  'notification',
  'encryption',
  'publicAccessBlock',
  'acl',
  'ownershipControls',
] as const;

const S3: readonly Make[] = [
  (next, { bucket }) => {
    const [kind, body] = junk(next);
    const document = oneOf(next, DOCUMENTS);
    return s3(`?${document} of ${kind}`, 'PUT', `/${bucket}?${document}`, {}, Buffer.concat([Buffer.from('<'), body]));
  },
  (next, { bucket }) => {
    const [kind, body] = junk(next);
    return s3(`?delete of ${kind}`, 'POST', `/${bucket}?delete`, {}, Buffer.concat([Buffer.from('<'), body]));
  },
  (next, { bucket, uploadId }) => {
    const [kind, body] = junk(next);
    const path = `/${bucket}/parts?uploadId=${encodeURIComponent(uploadId)}`;
    return s3(`parts made of ${kind}`, 'POST', path, {}, Buffer.concat([Buffer.from('<'), body]));
  },
  (next) => {
    const name = oneOf(next, [
      'Upper',
      'a',
      'a_b',
      '..',
      'a..b',
      '-a-',
      '192.168.0.1',
      'xn--abc',
      'x'.repeat(64),
      '%00',
      '%ff',
      'a%0d%0ab',
      '__proto__',
    ]);
    return s3(`a bucket called ${name}`, 'PUT', `/${name}`);
  },
  (next, { bucket }) => {
    const query = oneOf(next, [
      'max-keys=many',
      'max-keys=-1',
      'max-keys=99999999999',
      'list-type=2&max-keys=x',
      'encoding-type=zip',
      'list-type=2&encoding-type=%00',
      'list-type=2&continuation-token=none',
      'list-type=2&continuation-token=%ff',
      'versions&max-keys=NaN',
      'uploads&max-uploads=x',
      'versions&version-id-marker=a',
      'nosuchthing=1&analytics',
    ]);
    return s3(`a list by ?${query}`, 'GET', `/${bucket}?${query}`);
  },
  (next, { bucket, key }) => {
    const query = oneOf(next, [
      'versionId=none',
      'versionId=',
      'versionId=%00',
      'partNumber=0',
      'partNumber=10001',
      'partNumber=x',
      'uploadId=none',
      'torrent',
      'attributes',
      'uploadId=&partNumber=1',
    ]);
    return s3(`an object by ?${query}`, 'GET', `/${bucket}/${key}?${query}`);
  },
  (next, { bucket }) => {
    const key = oneOf(next, [
      '%zz',
      '%',
      '%ff',
      '%c0%ae',
      'a'.repeat(1_025),
      encodeURIComponent('ü'.repeat(513)),
      '%ed%a0%80',
    ]);
    return s3(`a key of ${key.slice(0, 12)}`, 'PUT', `/${bucket}/${key}`, {}, 'x');
  },
  (next, { bucket }) => {
    const source = oneOf(next, [
      '',
      '/',
      'nowhere/at/all',
      '%zz/a',
      `${bucket}`,
      `${bucket}/none`,
      `/${bucket}/a?versionId=x`,
      'arn:aws:s3:::a/b',
      '../../etc/passwd',
      '%00/%00',
    ]);
    return s3(`a copy of ${source}`, 'PUT', `/${bucket}/copied`, { 'x-amz-copy-source': source });
  },
  (next, { bucket, key }) => {
    const method = oneOf(next, ['PATCH', 'PROPFIND', 'MKCOL', 'LOCK', 'REPORT']);
    return s3(`the method ${method}`, method, `/${bucket}/${key}`);
  },
  (next, { bucket, key }) => {
    const [name, value] = oneOf<readonly [string, string]>(next, [
      ['range', 'bytes=999999-'],
      ['if-match', '"0"'],
      ['if-none-match', '*'],
      ['if-unmodified-since', 'Thu, 01 Jan 1970 00:00:01 GMT'],
      ['x-amz-expected-bucket-owner', '000000000000'],
      ['x-amz-server-side-encryption-customer-algorithm', 'AES257'],
    ]);
    // 304 is no error: a write has none.
    const method = name === 'if-none-match' ? 'PUT' : 'GET';
    return s3(`${name}: ${value}`, method, `/${bucket}/${key}`, { [name]: value });
  },
  (next, { bucket, key }) => {
    const wrong = s3('a signature of another', 'GET', `/${bucket}/${key}`);
    const authorization = oneOf(next, [
      'AWS4-HMAC-SHA256',
      'AWS test:c2lnbmF0dXJl',
      `AWS4-HMAC-SHA256 ${'='.repeat(upTo(next, 9_000))}`,
      'Bearer x',
      'AWS4-HMAC-SHA256 Credential=/////, SignedHeaders=, Signature=',
      wrong.headers['authorization']!.replace('us-east-1', 'mars-1'),
      wrong.headers['authorization']!.replace('host;', ''),
      wrong.headers['authorization']!.replace(/\/\d{8}\//, '/19990101/'),
      wrong.headers['authorization']!.replace('aws4_request', 'aws5'),
    ]);
    return { ...wrong, headers: { ...wrong.headers, authorization } };
  },
  (next, { bucket }) =>
    s3('a bucket that is not there', oneOf(next, ['GET', 'DELETE', 'PUT']), `/${bucket}-${upTo(next, 1e9)}/a`, {}, ''),
];

const UNSIGNED_OPERATIONS = [
  'InitiateAuth',
  'RespondToAuthChallenge',
  'SignUp',
  'ConfirmSignUp',
  'ForgotPassword',
  'ConfirmForgotPassword',
  'GetUser',
  'ChangePassword',
  'UpdateUserAttributes',
  'RevokeToken',
  'VerifySoftwareToken',
  'AssociateSoftwareToken',
  'GlobalSignOut',
  'ResendConfirmationCode',
  'DeleteUser',
  'SetUserMFAPreference',
] as const;
const SIGNED_OPERATIONS = [
  'AdminCreateUser',
  'AdminGetUser',
  'AdminSetUserPassword',
  'AdminInitiateAuth',
  'AdminDeleteUser',
  'CreateGroup',
  'ListUsers',
  'CreateUserPoolClient',
  'DescribeUserPool',
  'AdminAddUserToGroup',
  'UpdateUserPool',
  'CreateResourceServer',
  'SetUserPoolMfaConfig',
] as const;
const TYPE = 'application/x-amz-json-1.1';

function cognito(kind: string, operation: string, body: Buffer | string, isSigned = false): Wrong {
  const headers = { 'content-type': TYPE, 'x-amz-target': `AWSCognitoIdentityProviderService.${operation}` };
  return {
    kind: `Cognito: ${operation} ${kind}`,
    service: 'cognito-idp',
    method: 'POST',
    path: '/',
    headers: isSigned ? plainlySigned('cognito-idp', headers) : headers,
    body: Buffer.from(body),
  };
}

/** Nothing of that kind is there, or may be. */
const STRANGE: readonly unknown[] = [
  '',
  ' ',
  '\u0000',
  '__proto__',
  'x'.repeat(5_000),
  '../..',
  "' OR 1=1 --",
  '<script>',
  'eyJhbGciOiJub25lIn0.e30.',
  -1,
  1e300,
  true,
  [],
  [null],
  {},
  { a: {} },
  '\ud800',
];
const strange = (next: Random): unknown => oneOf(next, STRANGE);

const COGNITO: readonly Make[] = [
  (next) => {
    const [kind, body] = junk(next);
    const isSigned = next() < 0.5;
    return cognito(
      `of ${kind}`,
      oneOf<string>(next, isSigned ? SIGNED_OPERATIONS : UNSIGNED_OPERATIONS),
      body,
      isSigned,
    );
  },
  (next) => cognito('without a signature', oneOf<string>(next, SIGNED_OPERATIONS), '{}'),
  (next) =>
    cognito(
      'that there is none of',
      oneOf(next, [
        '',
        'Nothing',
        'constructor',
        '__proto__',
        'GetSigningKeys',
        'a b',
        'InitiateAuth.InitiateAuth',
        'x'.repeat(3_000),
      ]),
      '{}',
      true,
    ),
  (next, { clientId }) => {
    const AuthFlow = oneOf(next, [
      'USER_SRP_AUTH',
      'USER_PASSWORD_AUTH',
      'REFRESH_TOKEN_AUTH',
      'REFRESH_TOKEN',
      'CUSTOM_AUTH',
      'ADMIN_USER_PASSWORD_AUTH',
      'USER_AUTH',
      'NONE',
    ]);
    const AuthParameters = {
      USERNAME: strange(next),
      PASSWORD: strange(next),
      SRP_A: oneOf<unknown>(next, ['0', '00', 'g', '-1', '0x1', 'f'.repeat(9_000), strange(next)]),
      REFRESH_TOKEN: strange(next),
    };
    return cognito(`by ${AuthFlow}`, 'InitiateAuth', JSON.stringify({ ClientId: clientId, AuthFlow, AuthParameters }));
  },
  (next, { clientId }) => {
    const ChallengeName = oneOf(next, [
      'PASSWORD_VERIFIER',
      'NEW_PASSWORD_REQUIRED',
      'SOFTWARE_TOKEN_MFA',
      'SMS_MFA',
      'CUSTOM_CHALLENGE',
      'MFA_SETUP',
      'SELECT_MFA_TYPE',
      'NONE',
    ]);
    const ChallengeResponses = {
      USERNAME: 'ann',
      ANSWER: strange(next),
      NEW_PASSWORD: strange(next),
      PASSWORD_CLAIM_SECRET_BLOCK: strange(next),
      PASSWORD_CLAIM_SIGNATURE: strange(next),
      TIMESTAMP: strange(next),
    };
    return cognito(
      `to ${ChallengeName}`,
      'RespondToAuthChallenge',
      JSON.stringify({ ClientId: clientId, ChallengeName, Session: strange(next), ChallengeResponses }),
    );
  },
  (next) =>
    cognito(
      'by a token that is none',
      oneOf(next, ['GetUser', 'DeleteUser', 'GlobalSignOut', 'UpdateUserAttributes', 'SetUserMFAPreference']),
      JSON.stringify({ AccessToken: strange(next), UserAttributes: [{ Name: 'email', Value: 'a@example.com' }] }),
    ),
  (next, { clientId }) =>
    cognito(
      'with a password that is none',
      'SignUp',
      JSON.stringify({
        ClientId: clientId,
        Username: `new${upTo(next, 1e9)}`,
        Password: oneOf(next, ['', 'a', ' '.repeat(20), 'x'.repeat(300), null, 7, 'alllowercase']),
      }),
    ),
  (next, { clientId }) =>
    cognito(
      'with strange attributes',
      'SignUp',
      JSON.stringify({
        ClientId: clientId,
        Username: `new${upTo(next, 1e9)}`,
        Password: 'Passw0rd!',
        UserAttributes: oneOf<unknown>(next, [
          [{ Name: 'email_verified', Value: 'true' }],
          [{ Name: 'sub', Value: 'x' }],
          [{ Name: 'none', Value: 'x' }],
          [{ Name: 'email', Value: 'no address' }],
          'x',
          [[]],
          [{}],
        ]),
      }),
    ),
  (next, { poolId }) =>
    cognito(
      'of strange things',
      'AdminCreateUser',
      JSON.stringify({
        UserPoolId: poolId,
        Username: oneOf<unknown>(next, ['', null, {}, 'x'.repeat(129), 'a b', '\u0000']),
        UserAttributes: strange(next),
      }),
      true,
    ),
  (next) =>
    cognito(
      'in a pool that is none',
      oneOf<string>(next, SIGNED_OPERATIONS),
      JSON.stringify({
        UserPoolId: oneOf<unknown>(next, ['us-east-1_AAAAAAAAA', '..', '', 'us-east-1_', null, {}]),
        Username: 'ann',
        GroupName: 'g',
        ClientName: 'c',
        Identifier: 'i',
        Name: 'n',
        Password: 'Passw0rd!',
        AuthFlow: 'ADMIN_USER_PASSWORD_AUTH',
        ClientId: 'x',
      }),
      true,
    ),
];

const MODEL = 'global.anthropic.claude-haiku-4-5-20251001-v1:0';
const VERBS = ['converse', 'converse-stream', 'invoke', 'invoke-with-response-stream'] as const;

function bedrock(
  kind: string,
  path: string,
  body: Buffer | string,
  more: Readonly<Record<string, string>> = {},
): Wrong {
  return {
    kind: `Bedrock: ${kind}`,
    service: 'bedrock-runtime',
    method: 'POST',
    path,
    headers: plainlySigned('bedrock', { 'content-type': 'application/json', ...more }),
    body: Buffer.from(body),
  };
}
const at = (verb: string, model: string = MODEL): string => `/model/${encodeURIComponent(model)}/${verb}`;
const hello = { role: 'user', content: [{ text: 'hello' }] };

const BEDROCK: readonly Make[] = [
  (next) => {
    const [kind, body] = junk(next);
    return bedrock(`a body of ${kind}`, at(oneOf(next, VERBS)), body);
  },
  (next) => {
    const model = oneOf(next, [
      'none',
      '..',
      '',
      'anthropic.none-v1:0',
      'x'.repeat(3_000),
      'arn:aws:bedrock:us-east-1:1:x',
      '\u0000',
      '%',
      'amazon.titan/..',
    ]);
    return bedrock(
      `the model ${model.slice(0, 20)}`,
      at(oneOf(next, VERBS), model),
      JSON.stringify({ messages: [hello] }),
    );
  },
  (next) => {
    const messages = oneOf<unknown>(next, [
      [],
      null,
      'hello',
      [{}],
      [{ role: 'user' }],
      [{ role: 'system', content: [{ text: 'a' }] }],
      [{ role: 'user', content: [] }],
      [{ role: 'user', content: [{}] }],
      [{ role: 'assistant', content: [{ text: 'a' }] }],
      [hello, hello.role],
      [{ role: 'user', content: [{ text: '' }] }],
      [{ role: 'user', content: [{ text: 7 }] }],
      [{ role: 'user', content: [{ toolResult: { toolUseId: 'none', content: [] } }] }],
      [{ role: 'user', content: [{ text: 'a', image: {} }] }],
    ]);
    return bedrock(
      `messages ${JSON.stringify(messages).slice(0, 40)}`,
      at(oneOf(next, ['converse', 'converse-stream'])),
      JSON.stringify({ messages }),
    );
  },
  (next) => {
    const inferenceConfig = oneOf<unknown>(next, [
      { maxTokens: 0 },
      { maxTokens: -1 },
      { maxTokens: 1e12 },
      { maxTokens: 'many' },
      { temperature: 2 },
      { temperature: -1 },
      { topP: 7 },
      { stopSequences: 'x' },
      [],
    ]);
    return bedrock(
      `${JSON.stringify(inferenceConfig)}`,
      at(oneOf(next, ['converse', 'converse-stream'])),
      JSON.stringify({ messages: [hello], inferenceConfig }),
    );
  },
  (next) => {
    const toolConfig = oneOf<unknown>(next, [
      { tools: [] },
      { tools: [{}] },
      { tools: [{ toolSpec: { name: 'a b', inputSchema: { json: {} } } }] },
      { tools: [{ toolSpec: { name: 'a' } }] },
      { toolChoice: { any: {} } },
      { tools: 'x' },
    ]);
    return bedrock(
      `the tools ${JSON.stringify(toolConfig)}`,
      at(oneOf(next, ['converse', 'converse-stream'])),
      JSON.stringify({ messages: [hello], toolConfig }),
    );
  },
  (next) => {
    const body = oneOf<unknown>(next, [
      {},
      { messages: [] },
      { anthropic_version: 'none', max_tokens: 1, messages: [hello] },
      { anthropic_version: 'bedrock-2023-05-31', messages: [hello] },
      { anthropic_version: 'bedrock-2023-05-31', max_tokens: -1, messages: [hello] },
      { anthropic_version: 'bedrock-2023-05-31', max_tokens: 9, messages: [{ role: 'user', content: 7 }] },
      { prompt: 'a' },
    ]);
    return bedrock(
      `Anthropic's body ${JSON.stringify(body).slice(0, 60)}`,
      at(oneOf(next, ['invoke', 'invoke-with-response-stream'])),
      JSON.stringify(body),
    );
  },
  (next) =>
    bedrock(
      'an operation that is none',
      oneOf(next, [
        '/model',
        '/model/a',
        '/model//converse',
        at('nothing'),
        '/guardrail/x/version/y/nothing',
        '/%2e%2e/converse',
        '/model/%ff/converse',
        '/model/%zz/converse',
      ]),
      '{}',
    ),
  (next) => {
    const wrong = bedrock('a signature of another', at('converse'), JSON.stringify({ messages: [hello] }));
    const authorization = oneOf(next, [
      'AWS4-HMAC-SHA256',
      'AWS test:x',
      wrong.headers['authorization']!.replace('us-east-1', 'mars-1'),
      wrong.headers['authorization']!.replace('/bedrock/', '/nothing/'),
    ]);
    // What is signed by nobody says by its host which service it is for.
    const host = 'bedrock-runtime.us-east-1.amazonaws.com';
    return { ...wrong, headers: { ...wrong.headers, host, authorization } };
  },
];

/** Two thousand of these are asked. */
export const REQUESTS: readonly Make[] = [...S3, ...COGNITO, ...BEDROCK];

const sha256 = (text: string | Uint8Array): string => createHash('sha256').update(text).digest('hex');
const PIECE = 'z'.repeat(40);

/** Signed in full, so that what is changed afterwards is found. */
async function fullySigned(
  { endpoint, credentials }: Surroundings,
  path: string,
  plain: { method: string; headers?: Record<string, string>; body?: string },
  presigned?: number,
  date = new Date(),
): Promise<Pick<Wrong, 'method' | 'path' | 'headers' | 'body'>> {
  const made = await signed(`${endpoint}${path}`, plain, {
    service: 's3',
    credentials,
    presigned,
    date,
    uriEscapePath: false,
  });
  const { pathname, search } = new URL(made.url);
  return {
    method: made.method,
    path: `${pathname}${search}`,
    headers: made.headers,
    body: Buffer.from(plain.body ?? ''),
  };
}

const upload = (kind: string, wrong: Omit<Wrong, 'kind' | 'service'>): Wrong => ({
  ...wrong,
  kind: `upload: ${kind}`,
  service: 's3',
});

/** Signed and presigned, each with one thing changed that the signature covers. */
async function presignedUpload(next: Random, there: Surroundings): Promise<Wrong> {
  const made = await fullySigned(
    there,
    `/${there.bucket}/presigned`,
    { method: 'PUT', headers: { 'content-type': 'text/plain' } },
    60,
  );
  const [kind, path] = oneOf<readonly [string, string]>(next, [
    ['another key', made.path.replace('/presigned', '/another')],
    ['another key by a dot', made.path.replace('/presigned', '/a/../presigned')],
    ['another bucket', made.path.replace(`/${there.bucket}`, `/${there.bucket}2`)],
    ['a longer life', made.path.replace('X-Amz-Expires=60', 'X-Amz-Expires=6000')],
    [
      'another date',
      made.path.replace(/X-Amz-Date=\d{8}T\d{6}/, (text) => `${text.slice(0, -1)}${(Number(text.at(-1)) + 1) % 10}`),
    ],
    ['another day', made.path.replace(/%2F\d{8}%2F/, '%2F20200101%2F')],
    ['another key id', made.path.replace('ASIA', 'ASIB')],
    ['another token', made.path.replace('X-Amz-Security-Token=', 'X-Amz-Security-Token=A')],
    ['no token', made.path.replace(/X-Amz-Security-Token=[^&]*&/, '')],
    [
      'another signature',
      made.path.replace(/(X-Amz-Signature=)(.)/, (_, name, digit) => `${name}${digit === '0' ? '1' : '0'}`),
    ],
    ['half a signature', made.path.replace(/(X-Amz-Signature=.{32}).*/, '$1')],
    [
      'a signature in capitals',
      made.path.replace(
        /(X-Amz-Signature=)(.*)/,
        (_, name: string, digits: string) => `${name}${digits.toUpperCase().replace(/^\d+$/, 'F')}`,
      ),
    ],
    ['fewer headers', made.path.replace('content-type%3Bhost', 'host')],
    ['one parameter more', `${made.path}&tagging`],
    ['one twice', `${made.path}&X-Amz-Expires=60`],
    ['a version', `${made.path}&versionId=null`],
    ['another algorithm', made.path.replace('HMAC-SHA256', 'HMAC-SHA1')],
  ]);
  return upload(`presigned with ${kind}`, { ...made, path, body: Buffer.from('x') });
}

async function otherTime(next: Random, there: Surroundings): Promise<Wrong> {
  const early = next() < 0.5;
  const date = new Date(Date.now() + (early ? 20 * 60_000 : -120_000));
  const made = await fullySigned(there, `/${there.bucket}/presigned`, { method: 'PUT' }, early ? 600 : 60, date);
  return upload(early ? 'presigned for later' : 'presigned and expired', { ...made, body: Buffer.from('x') });
}

async function otherMethod(next: Random, there: Surroundings): Promise<Wrong> {
  const made = await fullySigned(there, `/${there.bucket}/${there.key}`, { method: 'GET' }, 60);
  return upload('presigned for reading', { ...made, method: oneOf(next, ['PUT', 'DELETE']), body: Buffer.from('x') });
}

async function otherBody(next: Random, there: Surroundings): Promise<Wrong> {
  const body = 'what was signed';
  const made = await fullySigned(there, `/${there.bucket}/signed`, {
    method: 'PUT',
    body,
    headers: { 'x-amz-content-sha256': sha256(body), 'x-amz-meta-a': '1' },
  });
  const [kind, changed] = oneOf<readonly [string, Partial<Wrong>]>(next, [
    ['another body', { body: Buffer.from('what was sent!!') }],
    ['a longer body', { body: Buffer.from(`${body} and more`) }],
    ['no body', { body: Buffer.alloc(0) }],
    ['another header', { headers: { ...made.headers, 'x-amz-meta-a': '2' } }],
    ['one header more', { headers: { ...made.headers, 'x-amz-meta-b': '2' } }],
    ['a body that breaks off', { cutAt: 5 }],
  ]);
  return upload(`signed with ${kind}`, { ...made, ...changed });
}

/** Chunks without signatures, framed wrongly or ending in another checksum than they have. */
function chunked(next: Random, { bucket }: Surroundings): Wrong {
  const honest = `28\r\n${PIECE}\r\n0\r\n`;
  const [kind, text, decoded] = oneOf<readonly [string, string, number]>(next, [
    ['a size that is none', `zz\r\n${PIECE}\r\n0\r\n\r\n`, 40],
    ['a size that is too large', `ffffffffffff\r\n${PIECE}`, 40],
    ['a size below nothing', `-28\r\n${PIECE}\r\n0\r\n\r\n`, 40],
    ['a size larger than its piece', `29\r\n${PIECE}\r\n0\r\n\r\n`, 41],
    ['a size smaller than its piece', `27\r\n${PIECE}\r\n0\r\n\r\n`, 39],
    ['no last chunk', `28\r\n${PIECE}\r\n`, 40],
    ['nothing at all', '', 40],
    ['more than was announced', `${honest}\r\n`, 39],
    ['less than was announced', `${honest}\r\n`, 41],
    ['another checksum', `${honest}x-amz-checksum-crc32:AAAAAA==\r\n\r\n`, 40],
    ['a checksum that is none', `${honest}x-amz-checksum-crc32:zzz\r\n\r\n`, 40],
    ['no checksum', `${honest}\r\n`, 40],
    ['another trailer', `${honest}x-amz-meta-a:1\r\n\r\n`, 40],
    ['a size without end', '0'.repeat(20_000), 40],
    ['extensions without end', `28;${'a=b;'.repeat(9_000)}`, 40],
    ['trailers without end', `${honest}${'a:b\r\n'.repeat(9_000)}`, 40],
  ]);
  const wrong = s3(
    kind,
    'PUT',
    `/${bucket}/chunked`,
    {
      'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
      'content-encoding': 'aws-chunked',
      'x-amz-decoded-content-length': String(decoded),
      'x-amz-trailer': 'x-amz-checksum-crc32',
    },
    text,
  );
  return { ...wrong, kind: `upload: chunks with ${kind}` };
}

/** Chunks that are signed one after the other, with signatures of nobody. */
async function signedChunks(next: Random, there: Surroundings): Promise<Wrong> {
  const headers = {
    'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
    'content-encoding': 'aws-chunked',
    'x-amz-decoded-content-length': '40',
  };
  const made = await fullySigned(there, `/${there.bucket}/chunked`, { method: 'PUT', headers });
  const signature = oneOf(next, ['0'.repeat(64), '', 'x', 'f'.repeat(9_000)]);
  const body = Buffer.from(`28;chunk-signature=${signature}\r\n${PIECE}\r\n0;chunk-signature=${signature}\r\n\r\n`);
  return upload('chunks signed by nobody', { ...made, body });
}

function part(next: Random, { bucket, uploadId }: Surroundings): Wrong {
  const id = encodeURIComponent(uploadId);
  const [kind, path, headers] = oneOf<readonly [string, string, Record<string, string>]>(next, [
    ['number 0', `/${bucket}/parts?partNumber=0&uploadId=${id}`, {}],
    ['number 10,001', `/${bucket}/parts?partNumber=10001&uploadId=${id}`, {}],
    ['no number', `/${bucket}/parts?partNumber=one&uploadId=${id}`, {}],
    ['another upload', `/${bucket}/parts?partNumber=1&uploadId=none`, {}],
    ['another key', `/${bucket}/others?partNumber=1&uploadId=${id}`, {}],
    ['another bucket', `/${bucket}2/parts?partNumber=1&uploadId=${id}`, {}],
    ['another digest', `/${bucket}/parts?partNumber=1&uploadId=${id}`, { 'content-md5': 'AAAAAAAAAAAAAAAAAAAAAA==' }],
    [
      'another checksum',
      `/${bucket}/parts?partNumber=1&uploadId=${id}`,
      { 'x-amz-checksum-sha256': Buffer.alloc(32).toString('base64') },
    ],
    ['a copy of nothing', `/${bucket}/parts?partNumber=1&uploadId=${id}`, { 'x-amz-copy-source': `${bucket}/none` }],
  ]);
  return { ...s3(kind, 'PUT', path, headers, 'a part'), kind: `upload: a part of ${kind}` };
}

function completed(next: Random, { bucket, uploadId }: Surroundings): Wrong {
  const path = `/${bucket}/parts?uploadId=${encodeURIComponent(uploadId)}`;
  const one = (number: number | string, etag = 'd41d8cd98f00b204e9800998ecf8427e') =>
    `<Part><PartNumber>${number}</PartNumber><ETag>"${etag}"</ETag></Part>`;
  const parts = oneOf(next, [
    '',
    one(1),
    one(2) + one(1),
    one(0),
    one('x'),
    one(1) + one(1),
    one(10_001),
    '<Part/>',
    one(1, 'x'.repeat(9_000)),
  ]);
  const body = `<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${parts}</CompleteMultipartUpload>`;
  return { ...s3('', 'POST', path, {}, body), kind: `upload: parts that are not there: ${parts.slice(0, 40)}` };
}

/** A browser's form with one thing changed. */
function form(next: Random, { bucket, form: fields }: Surroundings): Wrong {
  const boundary = 'sampan';
  const [kind, changed, extra = ''] = oneOf<readonly [string, Record<string, string | undefined>, string?]>(next, [
    ['another key', { key: 'other/file' }],
    ['a key above', { key: '../form/file' }],
    ['no key', { key: undefined }],
    ['no policy', { policy: undefined }],
    [
      'another policy',
      {
        Policy: Buffer.from('{"expiration":"2099-01-01T00:00:00Z","conditions":[["starts-with","$key",""]]}').toString(
          'base64',
        ),
      },
    ],
    ['a policy that is none', { Policy: 'e30=' }],
    ['a policy of bytes', { Policy: '\u0000\u0001' }],
    ['another signature', { 'X-Amz-Signature': '0'.repeat(64) }],
    ['no signature', { 'X-Amz-Signature': undefined }],
    ['another key id', { 'X-Amz-Credential': fields['X-Amz-Credential']?.replace('ASIA', 'ASIB') }],
    ['another day', { 'X-Amz-Credential': fields['X-Amz-Credential']?.replace(/\/\d{8}\//, '/20200101/') }],
    ['another date', { 'X-Amz-Date': '20200101T000000Z' }],
    ['another algorithm', { 'X-Amz-Algorithm': 'none' }],
    ['no token', { 'X-Amz-Security-Token': undefined }],
    ['one field more', { acl: 'public-read' }],
    ['metadata nobody spoke of', { 'x-amz-meta-a': 'b' }],
    ['another type', { 'Content-Type': 'text/html' }],
    ['too large a file', {}, 'x'.repeat(2_000)],
    ['fields without end', { 'x-ignore-a': 'x'.repeat(30_000) }],
  ]);
  const merged: Record<string, string | undefined> = { ...fields };
  for (const [name, value] of Object.entries(changed)) {
    for (const known of Object.keys(merged)) if (known.toLowerCase() === name.toLowerCase()) delete merged[known];
    merged[name] = value;
  }
  const all = Object.entries(merged).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`],
  );
  const file = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nx${extra}\r\n`;
  const headers = { 'content-type': `multipart/form-data; boundary=${boundary}` };
  return upload(`a form with ${kind}`, {
    method: 'POST',
    path: `/${bucket}`,
    headers,
    body: Buffer.from(`${all.join('')}${file}--${boundary}--\r\n`),
  });
}

function brokenForm(next: Random, { bucket, form: fields }: Surroundings): Wrong {
  const all = Object.entries(fields)
    .map(([name, value]) => `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`)
    .join('');
  const [kind, type, body] = oneOf<readonly [string, string, string]>(next, [
    ['without a boundary', 'multipart/form-data', `${all}--b--\r\n`],
    ['of another boundary', 'multipart/form-data; boundary=c', `${all}--b--\r\n`],
    ['without a file', 'multipart/form-data; boundary=b', `${all}--b--\r\n`],
    ['that breaks off', 'multipart/form-data; boundary=b', all.slice(0, -20)],
    ['of nothing', 'multipart/form-data; boundary=b', ''],
    [
      'of fields without names',
      'multipart/form-data; boundary=b',
      '--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n',
    ],
    ['with a boundary without end', `multipart/form-data; boundary=${'b'.repeat(5_000)}`, all],
    [
      'whose file comes first',
      'multipart/form-data; boundary=b',
      `--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nx\r\n${all}--b--\r\n`,
    ],
    [
      'whose file breaks off',
      'multipart/form-data; boundary=b',
      `${all}--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nx`,
    ],
  ]);
  return upload(`a form ${kind}`, {
    method: 'POST',
    path: `/${bucket}`,
    headers: { 'content-type': type },
    body: Buffer.from(body),
  });
}

function headed(next: Random, { bucket }: Surroundings): Wrong {
  const [name, value] = oneOf<readonly [string, string]>(next, [
    ['content-md5', 'AAAAAAAAAAAAAAAAAAAAAA=='],
    ['content-md5', 'nonsense'],
    ['x-amz-checksum-crc32', 'AAAAAA=='],
    ['x-amz-checksum-crc64nvme', 'x'],
    ['x-amz-sdk-checksum-algorithm', 'ROT13'],
    ['x-amz-storage-class', 'ATTIC'],
    ['x-amz-server-side-encryption', 'rot13'],
    ['x-amz-server-side-encryption', 'aws:none'],
    ['x-amz-tagging', 'a=1&a=2'],
    ['x-amz-tagging', `${'k'.repeat(129)}=1`],
    ['x-amz-acl', 'everybody'],
    ['x-amz-object-lock-mode', 'GOVERNANCE'],
    ['x-amz-meta-large', 'x'.repeat(3_000)],
    ['x-amz-write-offset-bytes', '7'],
    ['x-amz-content-sha256', '0'.repeat(64)],
    ['x-amz-content-sha256', 'nothing'],
    ['x-amz-expected-bucket-owner', '1'],
  ]);
  return {
    ...s3('', 'PUT', `/${bucket}/headed`, { [name]: value }, 'x'),
    kind: `upload: ${name}: ${value.slice(0, 30)}`,
  };
}

/** Five hundred of these are tried. */
export const UPLOADS: readonly Make[] = [
  presignedUpload,
  presignedUpload,
  otherTime,
  otherMethod,
  otherBody,
  chunked,
  chunked,
  signedChunks,
  part,
  completed,
  form,
  form,
  brokenForm,
  headed,
];
