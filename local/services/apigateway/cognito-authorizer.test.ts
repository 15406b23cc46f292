/** Cognito authorizers, with tokens that are good, and with everything people and attackers send instead. */
import { createHmac, createPrivateKey, generateKeyPairSync, sign } from 'node:crypto';
import { type ApiUnderTest, openApi, proxy } from './testing.ts';

const POOL = 'us-east-1_Helpdesk1';
const ISSUER = `https://cognito-idp.us-east-1.amazonaws.com/${POOL}`;
const OTHER_POOL = 'us-east-1_Elsewhere';
const SCOPE = 'tickets/read';
/** Seconds since 1970, as the clock of these tests stands. */
const NOW = Date.UTC(2026, 10, 21, 12) / 1000;

const pair = () => generateKeyPairSync('rsa', { modulusLength: 2048 });
const ours = pair();
const others = pair();
const next = pair();

const jwk = (key: ReturnType<typeof pair>, kid: string) => ({
  ...key.publicKey.export({ format: 'jwk' }),
  kid,
  alg: 'RS256',
  use: 'sig',
});

const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

const CLAIMS = {
  sub: '6f1c0000-0000-4000-8000-000000000001',
  'cognito:groups': ['agent', 'admin'],
  email_verified: true,
  iss: ISSUER,
  'cognito:username': 'agent@example.com',
  aud: 'desk-client',
  token_use: 'id',
  auth_time: NOW - 60,
  exp: NOW + 3600,
  iat: NOW - 60,
  email: 'agent@example.com',
};
const ACCESS = { ...CLAIMS, token_use: 'access', scope: `openid ${SCOPE}`, client_id: 'desk-client', aud: undefined };

function token(
  claims: object = {},
  { header = {}, key = ours }: { header?: object; key?: ReturnType<typeof pair> } = {},
): string {
  const signed = `${base64({ alg: 'RS256', kid: 'ours', ...header })}.${base64({ ...CLAIMS, ...claims })}`;
  return `${signed}.${sign('RSA-SHA256', Buffer.from(signed), key.privateKey).toString('base64url')}`;
}

const parts = (text: string) => text.split('.') as [string, string, string];

/** The same claims, `alg` and signature of the writer's choice. */
function forged(alg: string, signature: (signed: string) => string): string {
  const signed = `${base64({ alg, kid: 'ours' })}.${base64(CLAIMS)}`;
  return `${signed}.${signature(signed)}`;
}

const authorizer = (more: object = {}) => ({
  type: 'apiKey',
  name: 'Authorization',
  in: 'header',
  'x-amazon-apigateway-authtype': 'cognito_user_pools',
  'x-amazon-apigateway-authorizer': {
    type: 'cognito_user_pools',
    providerARNs: [`arn:aws:cognito-idp:us-east-1:123456789012:userpool/${POOL}`],
    ...more,
  },
});

const route = (security?: object[]) => ({
  get: { 'x-amazon-apigateway-integration': proxy, ...(security && { security }) },
});

let api: ApiUnderTest;
let keys: object[];
let asked: string[];

async function open(): Promise<ApiUnderTest> {
  keys = [jwk(ours, 'ours'), jwk(others, 'second')];
  asked = [];
  return openApi({
    body: {
      security: [{ users: [] }],
      components: {
        securitySchemes: {
          users: authorizer(),
          ofClient: authorizer({ identityValidationExpression: 'desk-client|desk-app' }),
          nowhere: authorizer({ providerARNs: ['arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_Gone'] }),
          ofHeader: { ...authorizer(), name: 'X-Token' },
        },
      },
      paths: {
        '/tickets': route(),
        '/open': route([]),
        '/scoped': route([{ users: [SCOPE, 'tickets/write'] }]),
        '/of-client': route([{ ofClient: [] }]),
        '/scoped-of-client': route([{ ofClient: [SCOPE] }]),
        '/nowhere': route([{ nowhere: [] }]),
        '/of-header': route([{ ofHeader: [] }]),
        '/unknown': route([{ forgotten: [] }]),
      },
    } as never,
    stage: {
      MethodSettings: [{ ResourcePath: '/*', HttpMethod: '*', LoggingLevel: 'ERROR' }],
      AccessLogSetting: {
        DestinationArn: 'arn:aws:logs:us-east-1:123456789012:log-group:access',
        Format: '$context.status $context.authorizer.claims.email $context.authorizer.claims.sub',
      },
    },
    pools(poolId) {
      asked.push(poolId);
      return poolId === POOL ? { Issuer: ISSUER, Keys: keys } : undefined;
    },
  });
}

beforeAll(async () => {
  api = await open();
});
beforeEach(() => {
  api.lambda.invoked.length = 0;
});
afterAll(() => api.stop());

/** For what an API remembers. */
const anew = async () => {
  await api.stop();
  api = await open();
};

const ask = (path: string, authorization?: string) =>
  api.ask(path, authorization === undefined ? {} : { Authorization: authorization });

const claimsSeen = () => {
  const { event } = api.lambda.invoked.at(-1)!;
  const { requestContext } = event as { requestContext: { authorizer?: { claims: Record<string, string> } } };
  return requestContext.authorizer?.claims;
};

describe('a good token', () => {
  it.each([
    ['as it is', (good: string) => good],
    ['after Bearer', (good: string) => `Bearer ${good}`],
    ['after bearer in small letters', (good: string) => `bearer ${good}`],
    ['with spaces around', (good: string) => `  Bearer   ${good} `],
  ])('%s lets its user in, and the function learns who it is', async (_how, write) => {
    expect(await ask('/v1/tickets', write(token()))).toMatchObject({ status: 200, body: 'hello' });
    expect(claimsSeen()).toEqual({
      sub: CLAIMS.sub,
      'cognito:groups': 'agent,admin',
      email_verified: 'true',
      iss: ISSUER,
      'cognito:username': 'agent@example.com',
      aud: 'desk-client',
      token_use: 'id',
      auth_time: String(NOW - 60),
      exp: 'Sat Nov 21 13:00:00 UTC 2026',
      iat: 'Sat Nov 21 11:59:00 UTC 2026',
      email: 'agent@example.com',
    });
    expect(api.logged()).toContain(`200 agent@example.com ${CLAIMS.sub}`);
  });

  it('comes by the header that the scheme names', async () => {
    expect((await api.ask('/v1/of-header', { 'x-token': token() })).status).toBe(200);
    expect((await api.ask('/v1/of-header', { authorization: token() })).status).toBe(401);
  });

  it('is one of the audience that the identity validation expression names as a whole', async () => {
    expect((await ask('/v1/of-client', token())).status).toBe(200);
    expect((await ask('/v1/of-client', token({ aud: 'desk-app' }))).status).toBe(200);
    expect((await ask('/v1/of-client', token({ aud: 'desk-client-2' }))).status).toBe(401);
    // As on AWS, nobody asks for the audience where there is no expression.
    expect((await ask('/v1/tickets', token({ aud: 'desk-client-2' }))).status).toBe(200);
  });

  it('has an audience where there is an expression: access tokens have none, and are refused', async () => {
    expect((await ask('/v1/scoped', token(ACCESS))).status).toBe(200);
    expect((await ask('/v1/scoped-of-client', token(ACCESS))).status).toBe(401);
    expect((await ask('/v1/scoped-of-client', token({ ...ACCESS, client_id: 'desk-client' }))).status).toBe(401);
  });

  it('has one of the scopes, where the method has some', async () => {
    expect((await ask('/v1/scoped', token(ACCESS))).status).toBe(200);
    expect(claimsSeen()).toMatchObject({ token_use: 'access', scope: `openid ${SCOPE}` });
  });

  it('of a key that is new is good as soon as the pool has it', async () => {
    await anew();
    expect((await ask('/v1/tickets', token())).status).toBe(200);
    const rotated = token({}, { header: { kid: 'next' }, key: next });
    expect((await ask('/v1/tickets', rotated)).status).toBe(401);
    keys = [...keys, jwk(next, 'next')];
    expect((await ask('/v1/tickets', rotated)).status).toBe(200);
  });

  it('is verified once: its pool is asked for keys at the first, and the user found again', async () => {
    await anew();
    const good = token();
    for (let times = 0; times < 3; times += 1) expect((await ask('/v1/tickets', good)).status).toBe(200);
    expect((await ask('/v1/tickets', token({ sub: 'somebody else' }))).status).toBe(200);
    expect(claimsSeen()).toMatchObject({ sub: 'somebody else' });
    expect(asked).toEqual([POOL]);
  });

  it('that was good has expired when its time is over, known or not', async () => {
    await anew();
    const good = token();
    expect((await ask('/v1/tickets', good)).status).toBe(200);
    await api.clock.advance(3600_000);
    for (let times = 0; times < 2; times += 1) expect(await ask('/v1/tickets', good)).toMatchObject(EXPIRED);
    await anew();
  });
});

const UNAUTHORIZED = {
  status: 401,
  body: '{"message":"Unauthorized"}',
  headers: { 'x-amzn-errortype': 'UnauthorizedException', 'content-type': 'application/json' },
};
const EXPIRED = {
  status: 401,
  body: '{"message":"The incoming token has expired"}',
  headers: { 'x-amzn-errortype': 'UnauthorizedException' },
};

const publicPem = () => ours.publicKey.export({ format: 'pem', type: 'spki' });
const swapAt = (text: string, index: number) =>
  text.slice(0, index) + (text[index] === 'A' ? 'B' : 'A') + text.slice(index + 1);

const REFUSED: [string, () => string | undefined, path?: string][] = [
  ['no token', () => undefined],
  ['an empty one', () => ''],
  ['Bearer alone', () => 'Bearer '],
  ['garbage', () => 'garbage'],
  ['another scheme', () => `Basic ${Buffer.from('agent:secret').toString('base64')}`],
  ['alg none without a signature', () => forged('none', () => '')],
  ['alg none with the right signature', () => forged('none', () => parts(token())[2])],
  ['alg None in other letters', () => forged('nOnE', () => 'AA')],
  [
    'HS256 with the public key as its secret',
    () => forged('HS256', (signed) => createHmac('sha256', publicPem()).update(signed).digest('base64url')),
  ],
  [
    'RS512, rightly signed',
    () => forged('RS512', (signed) => sign('RSA-SHA512', Buffer.from(signed), ours.privateKey).toString('base64url')),
  ],
  [
    'PS256, rightly signed',
    () =>
      forged('PS256', (signed) =>
        sign('RSA-SHA256', Buffer.from(signed), {
          key: createPrivateKey(ours.privateKey.export({ format: 'pem', type: 'pkcs8' })),
          padding: 6,
        }).toString('base64url'),
      ),
  ],
  ['another key of its own name', () => token({}, { header: { kid: 'attacker' }, key: others })],
  ['another key under our name', () => token({}, { header: { kid: 'ours' }, key: next })],
  ['our other key, under the wrong name', () => token({}, { header: { kid: 'ours' }, key: others })],
  ['no key id', () => token({}, { header: { kid: undefined } })],
  ['a key id that is no text', () => token({}, { header: { kid: { toString: 'ours' } } })],
  ['a key that it brings itself', () => token({}, { header: { kid: 'own', jwk: jwk(next, 'own') }, key: next })],
  ['critical extensions', () => token({}, { header: { crit: ['exp'] } })],
  ['another pool', () => token({ iss: ISSUER.replace(POOL, OTHER_POOL) })],
  ['another Region', () => token({ iss: ISSUER.replace('us-east-1.', 'eu-west-1.') })],
  ['an issuer with more behind it', () => token({ iss: `${ISSUER}/` })],
  ['no issuer', () => token({ iss: undefined })],
  ['an issuer that every object has', () => token({ iss: 'constructor' })],
  [
    'an edited claim',
    () => {
      const [head, , signature] = parts(token());
      return `${head}.${base64({ ...CLAIMS, 'cognito:groups': ['root'] })}.${signature}`;
    },
  ],
  [
    'an edited header',
    () => {
      const [, body, signature] = parts(token());
      return `${base64({ alg: 'RS256', kid: 'ours', typ: 'JWT' })}.${body}.${signature}`;
    },
  ],
  ['one other character in the signature', () => swapAt(token(), token().length - 100)],
  [
    'its last bits turned',
    () => {
      const good = token();
      return good.slice(0, -1) + (good.endsWith('Q') ? 'R' : good.endsWith('A') ? 'B' : good.endsWith('g') ? 'h' : 'x');
    },
  ],
  ['not valid yet', () => token({ nbf: NOW + 60 })],
  ['issued in the future', () => token({ iat: NOW + 3000 })],
  ['no end', () => token({ exp: undefined })],
  ['an end that is text', () => token({ exp: String(NOW + 3600) })],
  ['an end beyond numbers', () => token({ exp: null })],
  ['an access token', () => token(ACCESS)],
  ['a token of no use', () => token({ token_use: undefined })],
  ['an id token where a scope is needed', () => token(), '/v1/scoped'],
  ['an id token that says it has the scope', () => token({ scope: SCOPE }), '/v1/scoped'],
  ['an access token without the scope', () => token({ ...ACCESS, scope: 'openid tickets/readonly' }), '/v1/scoped'],
  ['another client’s audience', () => token({ aud: 'other-client' }), '/v1/of-client'],
  ['an audience that only holds the right one', () => token({ aud: 'x-desk-client' }), '/v1/of-client'],
  ['a pool that is not there', () => token(), '/v1/nowhere'],
  ['something behind it', () => `${token()}x`],
  ['a word behind it', () => `${token()} x`],
  ['dots doubled', () => token().replaceAll('.', '..')],
  ['a fourth part', () => `${token()}.AAAA`],
  ['padding', () => `${token()}=`],
  ['a blank inside', () => token().replace('.', '. ')],
  ['Bearer twice', () => `Bearer Bearer ${token()}`],
  ['one larger than all headers may be', () => token({ filler: 'x'.repeat(20_000) })],
  [
    'a payload that is no JSON',
    () => {
      const signed = `${base64({ alg: 'RS256', kid: 'ours' })}.${Buffer.from('not json').toString('base64url')}`;
      return `${signed}.${sign('RSA-SHA256', Buffer.from(signed), ours.privateKey).toString('base64url')}`;
    },
  ],
  [
    'a payload that is a list',
    () => {
      const signed = `${base64({ alg: 'RS256', kid: 'ours' })}.${base64([CLAIMS])}`;
      return `${signed}.${sign('RSA-SHA256', Buffer.from(signed), ours.privateKey).toString('base64url')}`;
    },
  ],
];

it.each(REFUSED)('%s is 401, and the function never hears of it', async (_what, write, path = '/v1/tickets') => {
  const given = write();
  for (let times = 0; times < 2; times += 1) expect(await ask(path, given)).toMatchObject(UNAUTHORIZED);
  // Nor after a good one.
  await ask('/v1/tickets', token());
  expect(await ask(path, given)).toMatchObject(UNAUTHORIZED);
  expect(api.lambda.invoked).toHaveLength(1);
});

it('a token in the query is none', async () => {
  expect(await ask(`/v1/tickets?Authorization=${token()}`)).toMatchObject(UNAUTHORIZED);
});

it('a token past its end has expired, unless it is not even ours', async () => {
  expect(await ask('/v1/tickets', token({ exp: NOW }))).toMatchObject(EXPIRED);
  expect(await ask('/v1/tickets', token({ exp: NOW - 1 }, { key: next }))).toMatchObject(UNAUTHORIZED);
});

it('the log of a method that logs errors says what the caller is not told', async () => {
  await ask('/v1/tickets', token({}, { key: next }));
  expect(api.logged().join('\n')).toContain('authorizer users does not take the token: its signature is not right');
});

it('an operation with an empty list is open, and a preflight too', async () => {
  expect(await ask('/v1/open')).toMatchObject({ status: 200 });
  expect(claimsSeen()).toBeUndefined();
});

it('what names a scheme that is not there lets nobody in', async () => {
  expect(await ask('/v1/unknown', token())).toMatchObject({
    status: 500,
    body: '{"message":null}',
    headers: { 'x-amzn-errortype': 'AuthorizerConfigurationException' },
  });
});

it('a pool that is not there is said once', async () => {
  await anew();
  for (let times = 0; times < 2; times += 1) await ask('/v1/nowhere', token());
  expect(api.logged().filter((line) => line.includes('there is no user pool'))).toEqual([
    expect.stringContaining('the authorizer nowhere lets none of its users in'),
  ]);
});
