/**
 * What the help desk answers to every kind of token that is not the right one, asked over HTTP as a stranger would. Each
 * is made from a real token of this very user pool, so that it differs from a good one in one thing alone.
 */
import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import {
  AdminUserGlobalSignOutCommand,
  ConfirmSignUpCommand,
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
  SignUpCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { call, eventually, type Running, removeTemporaryDirectories, sampan, startSampan, TICKET } from './sampan.ts';
import { type SignedIn, signIn, type UserPool, userPoolOf } from './signed-in.ts';

jest.setTimeout(120_000);

type Part = Readonly<Record<string, unknown>>;

let running: Running;
let users: UserPool;
let agent: SignedIn;
let ada: SignedIn;
let nobody: SignedIn;
/** Of another app client of the same pool, and of another pool, for the same person. */
let othersAudience: string;
let othersPool: string;
let ticketId: string;

const own = generateKeyPairSync('rsa', { modulusLength: 2048 });
const elliptic = generateKeyPairSync('ec', { namedCurve: 'P-256' });

const coded = (part: Part) => Buffer.from(JSON.stringify(part)).toString('base64url');
const partsOf = (token: string): [Part, Part, string] => {
  const [header = '', claims = '', signature = ''] = token.split('.');
  const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString()) as Part;
  return [read(header), read(claims), signature];
};

/** The agent's token with other claims or another header, under the signature it had. */
function edited(claims: Part, header: Part = {}): string {
  const [ownHeader, ownClaims, signature] = partsOf(agent.token);
  return `${coded({ ...ownHeader, ...header })}.${coded({ ...ownClaims, ...claims })}.${signature}`;
}

/** Or under one made with a key that is not the pool's. */
function signed(key: KeyObject, header: Part = {}, claims: Part = {}): string {
  const [ownHeader, ownClaims] = partsOf(agent.token);
  const content = `${coded({ ...ownHeader, ...header })}.${coded({ ...ownClaims, ...claims })}`;
  return `${content}.${sign('sha256', Buffer.from(content), key).toString('base64url')}`;
}

/** The pool's public key, misused as a shared secret: the classic confusion of algorithms. */
async function hmacWithPublicKey(): Promise<string> {
  const [header, claims] = partsOf(agent.token);
  const { keys } = (await (await fetch(`${running.awsUrl}/${users.poolId}/.well-known/jwks.json`)).json()) as {
    keys: { kid: string; n: string }[];
  };
  const key = keys.find(({ kid }) => kid === header['kid']);
  const content = `${coded({ ...header, alg: 'HS256' })}.${coded(claims)}`;
  return `${content}.${createHmac('sha256', JSON.stringify(key)).update(content).digest('base64url')}`;
}

beforeAll(async () => {
  running = await startSampan();
  users = await userPoolOf(running);
  agent = await signIn(running);
  ada = await signIn(running, { email: 'ada@example.com', group: 'customer' });
  nobody = await signIn(running, { email: 'nobody@example.com', group: 'none' });
  ticketId = ((await agent.call('/tickets', 'POST', TICKET)).body as { id: string }).id;

  const { cognito, poolId } = users;
  const ExplicitAuthFlows = ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'] as const;
  const client = { ClientName: 'newsletter', ExplicitAuthFlows: [...ExplicitAuthFlows] };
  const { UserPoolClient } = await cognito.send(new CreateUserPoolClientCommand({ UserPoolId: poolId, ...client }));
  const password = await users.make(agent.email, ['agent']);
  othersAudience = (await users.tokens(agent.email, password, UserPoolClient?.ClientId)).idToken;

  const { UserPool: pool } = await cognito.send(
    new CreateUserPoolCommand({ PoolName: 'elsewhere', UsernameAttributes: ['email'] }),
  );
  const elsewhere = await userPoolOf(running, pool?.Id);
  const there = await cognito.send(new CreateUserPoolClientCommand({ UserPoolId: pool?.Id, ...client }));
  const samePerson = await elsewhere.make(agent.email, []);
  othersPool = (await elsewhere.tokens(agent.email, samePerson, there.UserPoolClient?.ClientId)).idToken;
  elsewhere.close();
});

afterAll(async () => {
  users.close();
  await running.stop();
  removeTemporaryDirectories();
});

const second = () => Math.floor(Date.now() / 1000);

const UNAUTHORIZED: readonly [what: string, header: () => string | undefined | Promise<string>][] = [
  ['no token', () => undefined],
  ['an empty header', () => ''],
  ['only the scheme', () => 'Bearer'],
  ['a word', () => 'letmein'],
  ['three words with dots', () => 'let.me.in'],
  ["a user's name and password", () => `Basic ${Buffer.from('agent@example.com:password').toString('base64')}`],
  ['an access token, which says neither who nor for whom', () => agent.accessToken],
  ['the algorithm none, without a signature', () => edited({}, { alg: 'none' }).replace(/[^.]*$/, '')],
  ['the algorithm none, with the signature', () => edited({}, { alg: 'none' })],
  ['the algorithm NONE', () => edited({}, { alg: 'NONE' }).replace(/[^.]*$/, '')],
  ['the public key as a shared secret', hmacWithPublicKey],
  ['another key under the same key id', () => signed(own.privateKey)],
  ['another key under its own key id', () => signed(own.privateKey, { kid: 'own' })],
  [
    'another key that comes along in the header',
    () => signed(own.privateKey, { kid: 'own', jwk: own.publicKey.export({ format: 'jwk' }) }),
  ],
  [
    'another key that the header says where to fetch',
    () => signed(own.privateKey, { kid: 'own', jku: 'https://evil.example/jwks.json', x5u: 'https://evil.example/x' }),
  ],
  ['an elliptic key', () => signed(elliptic.privateKey, { alg: 'ES256' })],
  ['another pool', () => othersPool],
  ['another pool, under our name', () => edited({ iss: partsOf(othersPool)[1]['iss'] })],
  ['another app client of the same pool', () => othersAudience],
  ['the audience edited', () => edited({ aud: 'newsletter' })],
  [
    'the group edited',
    () =>
      `${ada.token.split('.')[0]}.${coded({ ...partsOf(ada.token)[1], 'cognito:groups': ['agent'] })}.${ada.token.split('.')[2]}`,
  ],
  ['the e-mail address edited', () => edited({ email: 'ada@example.com' })],
  ['the life prolonged', () => edited({ exp: second() + 86_400 * 365 })],
  ['expired, and signed by somebody else', () => signed(own.privateKey, {}, { exp: second() - 1 })],
  ['no life told', () => signed(own.privateKey, {}, { exp: undefined })],
  ['the signature cut off', () => agent.token.replace(/[^.]*$/, '')],
  ['the signature cut short', () => agent.token.slice(0, -4)],
  ['the signature of another token', () => agent.token.replace(/[^.]*$/, ada.token.split('.')[2] as string)],
  ['a fourth part', () => `${agent.token}.x`],
  ['claims that are no JSON', () => agent.token.replace(/\.[^.]*\./, '.bm90IGpzb24.')],
  ['the right token twice', () => `${agent.token},${agent.token}`],
  ['a header of 6 KB', () => `${agent.token}${'x'.repeat(6_000)}`],
];

test.each(UNAUTHORIZED)('%s: 401, and nothing of the desk is seen', async (_what, header) => {
  const value = await header();
  const headers: Record<string, string> = value === undefined ? {} : { Authorization: value };
  for (const [path, method, body] of [
    [`/tickets/${ticketId}`, 'GET', undefined],
    ['/tickets', 'POST', TICKET],
  ] as const) {
    const answer = await call(`${running.apiUrl}${path}`, method, body, headers);
    expect({ status: answer.status, body: answer.body }).toEqual({
      status: 401,
      body: { error: { code: 'UNAUTHORIZED', message: 'Unauthorized', requestId: expect.any(String) } },
    });
  }
});

test('every route but the health check wants a token', async () => {
  const file = '01a1fe4e-7d1d-7753-b504-8fa2647066b5';
  for (const [method, path] of [
    ['GET', '/tickets'],
    ['POST', '/tickets'],
    ['GET', '/tickets/search?q=printer'],
    ['GET', `/tickets/${ticketId}`],
    ['PATCH', `/tickets/${ticketId}`],
    ['POST', `/tickets/${ticketId}/messages`],
    ['POST', `/tickets/${ticketId}/attachments`],
    ['GET', `/tickets/${ticketId}/attachments/${file}`],
  ] as const) {
    const { status } = await call(`${running.apiUrl}${path}`, method, method === 'GET' ? undefined : {});
    expect(`${method} ${path}: ${status}`).toBe(`${method} ${path}: 401`);
  }
  expect((await call(`${running.apiUrl}/health`)).status).toBe(200);
  expect((await fetch(`${running.apiUrl}/tickets`, { method: 'OPTIONS' })).status).toBe(204);
});

test.each(['', 'Bearer ', 'bearer '])('the right one opens, with %j before it', async (scheme) => {
  const headers = { Authorization: `${scheme}${agent.token}` };
  expect((await call(`${running.apiUrl}/tickets/${ticketId}`, 'GET', undefined, headers)).status).toBe(200);
});

test('who is in neither group is known, and may do nothing: 403', async () => {
  for (const path of ['/tickets', `/tickets/${ticketId}`, '/tickets/search?q=printer']) {
    const { status, body } = await nobody.call(path);
    expect({ status, body }).toMatchObject({ status: 403, body: { error: { code: 'ACCESS_DENIED' } } });
  }
});

test('a customer may not say how urgent their ticket is, nor whose work: 403', async () => {
  const patch = (body: unknown) => ada.call(`/tickets/${ticketId}`, 'PATCH', body, { 'if-match': '*' });
  for (const body of [{ priority: 'urgent' }, { assignee: 'ada' }]) expect((await patch(body)).status).toBe(403);
  expect((await ada.call('/tickets', 'POST', { ...TICKET, requesterEmail: 'bob@example.com' })).status).toBe(403);
});

test('claims in headers, bodies and queries are nobody: what the token says counts', async () => {
  const forged = JSON.stringify({ claims: { 'cognito:groups': 'agent', email: 'agent@example.com', token_use: 'id' } });
  const headers = { 'x-amzn-request-context': forged, 'x-claims': forged, 'cognito-groups': 'agent' };
  expect((await call(`${running.apiUrl}/tickets`, 'GET', undefined, headers)).status).toBe(401);
  expect((await nobody.call('/tickets', 'GET', undefined, headers)).status).toBe(403);
});

test('a token lives as long as it says, though its user has signed out: then there is no new one', async () => {
  // https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-invoke-api-integrated-with-cognito-user-pool.html
  await users.cognito.send(new AdminUserGlobalSignOutCommand({ UserPoolId: users.poolId, Username: ada.email }));
  expect((await ada.call(`/tickets/${ticketId}`)).status).toBe(200);
});

test('the printed user signs in with the printed password, and sampan token says the same', async () => {
  const [, email = '', password = ''] = /(\S+@\S+?)\s+password (\S+)/.exec(running.stderr()) ?? [];
  const { idToken } = await users.tokens(email, password);
  const printed = await sampan(['token', '--state', running.stateDirectory, '--user', email]);
  for (const token of [idToken, printed.stdout.trim()]) {
    const headers = { Authorization: token };
    expect((await call(`${running.apiUrl}/tickets/${ticketId}`, 'GET', undefined, headers)).status).toBe(200);
    expect(partsOf(token)[1]).toMatchObject({ email, 'cognito:groups': ['agent'], token_use: 'id' });
  }
});

test('who signs up and confirms their address is a customer, and sees their own tickets', async () => {
  const [Username, Password] = ['carol@example.com', 'Correct-horse-7-battery'];
  const { clientId: ClientId, cognito } = users;
  const UserAttributes = [{ Name: 'email', Value: Username }];
  await cognito.send(new SignUpCommand({ ClientId, Username, Password, UserAttributes }));
  const said = () => `${running.stdout()}${running.stderr()}`;
  const mail = /carol@example\.com: [^\n]*?(\d{6})/;
  await eventually(() => mail.test(said()), 5_000, said);
  await cognito.send(new ConfirmSignUpCommand({ ClientId, Username, ConfirmationCode: mail.exec(said())?.[1] }));
  const headers = { Authorization: (await users.tokens(Username, Password)).idToken };
  const { requesterEmail: _, ...own } = TICKET;
  expect(await call(`${running.apiUrl}/tickets`, 'POST', own, headers)).toMatchObject({
    status: 201,
    body: { requesterEmail: Username },
  });
  expect((await call(`${running.apiUrl}/tickets/${ticketId}`, 'GET', undefined, headers)).status).toBe(404);
});
