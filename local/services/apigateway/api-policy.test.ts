/** The policy of an API, alone, with authorizers and with signatures: AWS's tables, row by row. */
import { type SigningOptions, signed } from '../../doors/aws-endpoint/signatures.fixture.ts';
import { createExecuteApiAuthenticator } from '../../doors/rest/authenticate.ts';
import { createKernel, createReconciler, type Kernel, type Reconciler } from '../../kernel/index.ts';
import type { ManualClock } from '../../kernel/manual-clock.ts';
import type { JsonObject } from '../../template/stack.ts';
import { type Authorization, createAuthorization } from '../iam/authorization/index.ts';
import { iamService } from '../iam/index.ts';
import type { Authenticate } from './index.ts';
import { type ApiUnderTest, functionArn, openApi, PLACE, proxy, uriOf } from './testing.ts';

const AUTHORIZER = functionArn('authorizer');
const CALLER = 'arn:aws:iam::123456789012:role/caller';

const allow = (more: object = {}) => ({
  Effect: 'Allow',
  Principal: '*',
  Action: 'execute-api:Invoke',
  Resource: 'execute-api:/*',
  ...more,
});
const deny = (more: object = {}) => ({ ...allow(more), Effect: 'Deny' });
const policyOf = (...Statement: object[]) => ({ Version: '2012-10-17', Statement }) as unknown as JsonObject;
const elsewhere = { Condition: { NotIpAddress: { 'aws:SourceIp': '203.0.113.0/24' } } };
const here = { Condition: { IpAddress: { 'aws:SourceIp': '203.0.113.0/24' } } };

let api: ApiUnderTest;
let kernel: Kernel;
afterEach(() => api.stop());

interface Setup {
  readonly policy?: JsonObject | undefined;
  /** In the document, rather than beside it. */
  readonly inBody?: boolean;
  /** Of the role `caller`. */
  readonly identity?: object;
  /** What the authorizer answers. */
  readonly authorizer?: object;
}

async function open({ policy, inBody, identity, authorizer }: Setup): Promise<void> {
  let authenticate: Authenticate | undefined;
  const route = (security: object[]) => ({ get: { security, 'x-amazon-apigateway-integration': proxy } });
  api = await openApi({
    kernel: (clock) => {
      kernel = kernelWithIam(clock);
      authenticate = createExecuteApiAuthenticator({ ...kernel, now: () => clock.now() });
      return kernel;
    },
    options: { authenticate: (request) => (authenticate as Authenticate)(request) },
    ...(policy && !inBody && { restApi: { Policy: policy } }),
    body: {
      ...(policy && inBody && { 'x-amazon-apigateway-policy': policy }),
      components: {
        securitySchemes: {
          signed: {
            type: 'apiKey',
            name: 'Authorization',
            in: 'header',
            'x-amazon-apigateway-authtype': 'awsSigv4',
          },
          asked: {
            type: 'apiKey',
            name: 'X-Token',
            in: 'header',
            'x-amazon-apigateway-authorizer': {
              type: 'token',
              authorizerUri: uriOf(AUTHORIZER),
              authorizerResultTtlInSeconds: 0,
            },
          },
        },
      },
      paths: {
        '/open': route([]),
        '/open/{id}': route([]),
        '/signed': route([{ signed: [] }]),
        '/asked': route([{ asked: [] }]),
      },
    } as JsonObject,
  });
  api.lambda.functions.set(AUTHORIZER, () => ({
    principalId: 'p',
    policyDocument: { Version: '2012-10-17', Statement: authorizer ?? [] },
  }));
  await api.make('AWS::IAM::Role', {
    RoleName: 'caller',
    AssumeRolePolicyDocument: {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }],
    },
    Policies: identity
      ? [{ PolicyName: 'P', PolicyDocument: { Version: '2012-10-17', Statement: [identity] } as JsonObject }]
      : [],
  });
}

function kernelWithIam(clock: ManualClock): Kernel {
  let authorization: Authorization | undefined;
  let reconciler: Reconciler | undefined;
  const made = createKernel({
    ...PLACE,
    clock,
    doors: (parts) => {
      authorization = createAuthorization({ ...parts, places: () => (reconciler as Reconciler).places });
      return { may: authorization.may };
    },
  });
  reconciler = createReconciler({ kernel: made });
  made.registry.add(iamService({ authorization: () => authorization as Authorization }));
  return made;
}

const masked = (path: string) => `arn:aws:execute-api:us-east-1:********9012:${api.apiId}/v1/GET${path}`;
const anonymously = (path: string, why: string) =>
  `User: anonymous is not authorized to perform: execute-api:Invoke on resource: ${masked(path)} ${why}`;

const EXPLICIT = 'with an explicit deny in a resource-based policy';
const NOTHING_ALLOWS = 'because no resource-based policy allows the execute-api:Invoke action';

describe('a policy alone', () => {
  it.each([
    ['that allows everybody', policyOf(allow()), undefined],
    ['that allows from where the request comes', policyOf(allow(here)), undefined],
    ['that denies all who come from elsewhere', policyOf(allow(), deny(elsewhere)), undefined],
    [
      'that names the whole ARN',
      policyOf(allow({ Resource: 'arn:aws:execute-api:us-east-1:123456789012:*/v1/GET/open' })),
      undefined,
    ],
    ['that names the stage', policyOf(allow({ Resource: 'execute-api:/v1/GET/*' })), undefined],
    ['that allows another stage', policyOf(allow({ Resource: 'execute-api:/v2/*' })), NOTHING_ALLOWS],
    ['that allows another method', policyOf(allow({ Resource: 'execute-api:/v1/POST/*' })), NOTHING_ALLOWS],
    ['that allows from elsewhere', policyOf(allow(elsewhere)), NOTHING_ALLOWS],
    ['that denies from here', policyOf(allow(), deny(here)), EXPLICIT],
    [
      'that wants a VPC',
      policyOf(allow(), deny({ Condition: { StringNotEquals: { 'aws:SourceVpc': 'vpc-1' } } })),
      EXPLICIT,
    ],
    ['that allows a role', policyOf(allow({ Principal: { AWS: CALLER } })), NOTHING_ALLOWS],
    ['that allows a service', policyOf(allow({ Principal: { Service: 'lambda.amazonaws.com' } })), NOTHING_ALLOWS],
  ])('%s', async (_what, policy, why) => {
    await open({ policy });
    const answered = await api.ask('/v1/open');
    if (why === undefined) expect(answered).toMatchObject({ status: 200, body: 'hello' });
    else {
      expect(answered).toMatchObject({
        status: 403,
        json: { Message: anonymously('/open', why) },
        headers: { 'x-amzn-errortype': 'AccessDeniedException' },
      });
      expect(api.lambda.invoked).toEqual([]);
    }
  });

  it('may stand in the document, and is then about each path of it', async () => {
    await open({ policy: policyOf(allow(), deny({ Resource: 'execute-api:/*/GET/open/secret*' })), inBody: true });
    expect((await api.ask('/v1/open/1')).status).toBe(200);
    expect((await api.ask('/v1/open/secret-2')).status).toBe(403);
    // Where there is no route, nobody says that it is forbidden.
    expect((await api.ask('/v1/nowhere')).json).toEqual({ message: 'Missing Authentication Token' });
  });

  it('that is none is refused when the API is made', async () => {
    const policy = policyOf({ Effect: 'Allow', Action: 'execute-api:Invoke', Resource: '*' });
    await open({});
    const Body = { openapi: '3.0.1', info: { title: 'x', version: '1' }, paths: {} };
    await expect(api.make('AWS::ApiGateway::RestApi', { Body, Policy: policy })).rejects.toMatchObject({
      code: 'BadRequestException',
      message: expect.stringContaining('Invalid policy document'),
    });
  });
});

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html#apigateway-resource-policies-iam-policies-interaction */
const TABLE: [ofCaller: 'allow' | 'nothing' | 'deny', ofApi: 'allow' | 'nothing' | 'deny', status: number][] = [
  ['allow', 'allow', 200],
  ['allow', 'nothing', 200],
  ['allow', 'deny', 403],
  ['nothing', 'allow', 200],
  ['nothing', 'nothing', 403],
  ['nothing', 'deny', 403],
  ['deny', 'allow', 403],
  ['deny', 'nothing', 403],
  ['deny', 'deny', 403],
];
const apiPolicy = { allow: policyOf(allow()), deny: policyOf(deny()), nothing: policyOf(allow(elsewhere)) };
const ofIdentity = (effect: 'allow' | 'nothing' | 'deny') => ({
  Effect: effect === 'deny' ? 'Deny' : 'Allow',
  Action: 'execute-api:Invoke',
  Resource: effect === 'nothing' ? 'arn:aws:execute-api:us-east-1:123456789012:other/*' : '*',
});

it.each(TABLE)('an authorizer that says %s and an API’s policy that says %s: %i', async (ofCaller, ofApi, status) => {
  await open({ policy: apiPolicy[ofApi], authorizer: [ofIdentity(ofCaller)] });
  expect((await api.ask('/v1/asked', { 'x-token': 't' })).status).toBe(status);
  // Whom the API's policy denies, the authorizer never hears of.
  const heard = api.lambda.invoked.some(({ functionArn: arn }) => arn === AUTHORIZER);
  expect(heard).toBe(ofApi !== 'deny');
});

it.each(TABLE)('a role that may: %s, and an API’s policy that says %s: %i', async (ofCaller, ofApi, status) => {
  await open({ policy: apiPolicy[ofApi], identity: ofIdentity(ofCaller) });
  expect((await api.ask('/v1/signed', await bySession('/v1/signed'))).status).toBe(status);
});

/** Headers of a request signed by a session of the role `caller`. */
async function bySession(target: string): Promise<Record<string, string>> {
  const { credentials } = kernel.identities.issue({ roleArn: CALLER, sessionName: 'me', durationSeconds: 900 });
  return headersFor(target, { credentials });
}

async function headersFor(target: string, more: Partial<SigningOptions>): Promise<Record<string, string>> {
  const date = new Date(api.clock.now());
  const { headers } = await signed(`http://localhost:3000${target}`, {}, { service: 'execute-api', date, ...more });
  return { host: 'localhost:3000', ...headers };
}

describe('a signature', () => {
  it('tells the function who it is', async () => {
    await open({ identity: ofIdentity('allow') });
    expect((await api.ask('/v1/signed', await bySession('/v1/signed'))).status).toBe(200);
    const { requestContext } = api.lambda.invoked[0]!.event as { requestContext: { identity: object } };
    expect(requestContext.identity).toMatchObject({
      accountId: '123456789012',
      accessKey: expect.stringMatching(/^ASIA/),
      caller: expect.stringMatching(/^AROA\w+:me$/),
      user: expect.stringMatching(/^AROA\w+:me$/),
      userArn: 'arn:aws:sts::123456789012:assumed-role/caller/me',
      sourceIp: '203.0.113.7',
    });
    expect(requestContext).not.toHaveProperty('authorizer');
  });

  it('of one who may not is refused in IAM’s words, with the account masked', async () => {
    await open({});
    expect(await api.ask('/v1/signed', await bySession('/v1/signed'))).toMatchObject({
      status: 403,
      headers: { 'x-amzn-errortype': 'AccessDeniedException' },
      json: {
        Message: `User: arn:aws:sts::123456789012:assumed-role/caller/me is not authorized to perform: execute-api:Invoke on resource: ${masked('/signed')} because no identity-based policy allows the execute-api:Invoke action`,
      },
    });
  });

  it.each<[string, (headers: Record<string, string>) => Record<string, string>, string]>([
    ['none', () => ({}), 'MissingAuthenticationTokenException'],
    ['a bearer token', () => ({ authorization: 'Bearer abc' }), 'IncompleteSignatureException'],
    [
      'another signature',
      (headers) => ({ ...headers, authorization: headers.authorization?.replace(/.{8}$/, '00000000') ?? '' }),
      'InvalidSignatureException',
    ],
    [
      'another session token',
      (headers) => ({ ...headers, 'x-amz-security-token': 'x' }),
      'UnrecognizedClientException',
    ],
    [
      'half of it',
      (headers) => ({ ...headers, authorization: headers.authorization?.replace(/, Signature=.*/, '') ?? '' }),
      'IncompleteSignatureException',
    ],
  ])('%s is not enough', async (_what, edited, errorType) => {
    await open({ identity: ofIdentity('allow') });
    const answered = await api.ask('/v1/signed', edited(await bySession('/v1/signed')));
    expect(answered).toMatchObject({ status: 403, headers: { 'x-amzn-errortype': errorType } });
    expect(api.lambda.invoked).toEqual([]);
  });

  it('for another path, another service or another time is not one for this', async () => {
    await open({ identity: ofIdentity('allow') });
    const { credentials } = kernel.identities.issue({ roleArn: CALLER, sessionName: 'me', durationSeconds: 90_000 });
    for (const [target, other] of [
      ['/v1/open', {}],
      ['/v1/signed', { service: 'lambda' }],
      ['/v1/signed', { region: 'eu-west-1' }],
      ['/v1/signed', { date: new Date(api.clock.now() - 3_600_000) }],
    ] as const) {
      const answered = await api.ask('/v1/signed', await headersFor(target, { credentials, ...other }));
      expect(answered).toMatchObject({ status: 403, headers: { 'x-amzn-errortype': 'InvalidSignatureException' } });
    }
    expect((await api.ask('/v1/signed', await headersFor('/v1/signed', { credentials }))).status).toBe(200);
  });

  it('of credentials that ran out is told as that', async () => {
    await open({ identity: ofIdentity('allow') });
    const { credentials } = kernel.identities.issue({ roleArn: CALLER, sessionName: 'me', durationSeconds: 900 });
    await api.clock.advance(900_000);
    expect(await api.ask('/v1/signed', await headersFor('/v1/signed', { credentials }))).toMatchObject({
      status: 403,
      headers: { 'x-amzn-errortype': 'ExpiredTokenException' },
    });
  });
});
