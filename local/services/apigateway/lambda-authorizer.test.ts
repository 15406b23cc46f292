/** Lambda authorizers: what they are asked, what comes of their answers, and how long those hold. */
import type { JsonObject } from '../../template/stack.ts';
import { type ApiUnderTest, FunctionFailed, functionArn, openApi, proxy, uriOf } from './testing.ts';

const AUTHORIZER = functionArn('authorizer');

const scheme = (extension: object, header = 'Authorization') => ({
  type: 'apiKey',
  name: header,
  in: 'header',
  'x-amazon-apigateway-authtype': 'custom',
  'x-amazon-apigateway-authorizer': { authorizerUri: uriOf(AUTHORIZER), ...extension },
});

const route = (name: string) => ({ security: [{ [name]: [] }], 'x-amazon-apigateway-integration': proxy });

const statement = (Effect: string, Resource: string, more: object = {}) => ({
  Action: 'execute-api:Invoke',
  Effect,
  Resource,
  ...more,
});

const answerOf = (...Statement: object[]) => ({
  principalId: 'somebody',
  policyDocument: { Version: '2012-10-17', Statement },
});

let api: ApiUnderTest;
let answer: (event: Record<string, unknown>) => unknown;
let asked: Record<string, unknown>[];

beforeAll(async () => {
  api = await openApi({
    body: {
      components: {
        securitySchemes: {
          token: scheme({ type: 'token', authorizerResultTtlInSeconds: 300 }, 'X-Token'),
          shaped: scheme({
            type: 'token',
            identityValidationExpression: 'key-[0-9]+',
            authorizerResultTtlInSeconds: 0,
          }),
          request: scheme({
            type: 'request',
            identitySource:
              'method.request.header.X-Tenant, method.request.querystring.user, stageVariables.colour, context.httpMethod',
            authorizerResultTtlInSeconds: 60,
          }),
          everything: scheme({ type: 'request', authorizerResultTtlInSeconds: 0 }),
          inRole: scheme({
            type: 'token',
            authorizerResultTtlInSeconds: 0,
            authorizerCredentials: 'arn:aws:iam::123456789012:role/asker',
          }),
          broken: scheme({ type: 'token', authorizerUri: 'arn:aws:s3:::no-function' }),
        },
      },
      'x-amazon-apigateway-gateway-responses': {
        AUTHORIZER_FAILURE: { statusCode: '503', responseTemplates: { 'application/json': '{"away":true}' } },
      },
      paths: {
        '/token': { get: route('token'), post: route('token') },
        '/token/{id}': { get: route('token') },
        '/shaped': { get: route('shaped') },
        '/request': { get: route('request'), post: route('request') },
        '/everything/{id}': { get: route('everything') },
        '/in-role': { get: route('inRole') },
        '/broken': { get: route('broken') },
      },
    } as JsonObject,
    stage: {
      Variables: { colour: 'green' },
      MethodSettings: [{ ResourcePath: '/*', HttpMethod: '*', LoggingLevel: 'ERROR' }],
      AccessLogSetting: {
        DestinationArn: 'arn:aws:logs:us-east-1:123456789012:log-group:access',
        Format: '$context.status $context.authorizer.principalId $context.authorizer.level',
      },
    },
  });
});
afterAll(() => api.stop());

beforeEach(async () => {
  asked = [];
  answer = () => answerOf(statement('Allow', '*'));
  api.lambda.invoked.length = 0;
  api.lambda.callers.length = 0;
  api.lambda.functions.set(AUTHORIZER, (event) => {
    asked.push(event);
    return answer(event);
  });
  // What was remembered for the test before.
  await api.clock.advance(3_600_000);
});

const seen = () =>
  (
    api.lambda.invoked.findLast((one) => one.functionArn !== AUTHORIZER)?.event as
      | { requestContext: object }
      | undefined
  )?.requestContext;

const UNAUTHORIZED = { status: 401, body: '{"message":"Unauthorized"}' };
const CONFIGURATION = {
  status: 500,
  body: '{"message":null}',
  headers: { 'x-amzn-errortype': 'AuthorizerConfigurationException' },
};

describe('a TOKEN authorizer', () => {
  it('is given the token and the method, and its answer reaches the function as texts', async () => {
    answer = () => ({
      ...answerOf(statement('Allow', '*')),
      context: { level: 3, admin: true, team: 'blue', none: null },
    });
    expect(await api.ask('/v1/token/a%20b?x=1', { 'x-token': 'secret' })).toMatchObject({ status: 200 });
    expect(asked).toEqual([
      {
        type: 'TOKEN',
        methodArn: `arn:aws:execute-api:us-east-1:123456789012:${api.apiId}/v1/GET/token/a%20b`,
        authorizationToken: 'secret',
      },
    ]);
    expect(seen()).toMatchObject({
      authorizer: {
        principalId: 'somebody',
        level: '3',
        admin: 'true',
        team: 'blue',
        integrationLatency: expect.any(Number),
      },
    });
    expect(api.logged()).toContain('200 somebody 3');
  });

  it('is asked as API Gateway, for an authorizer of this API, or in its role', async () => {
    await api.ask('/v1/token', { 'x-token': 'a' });
    expect(api.lambda.callers[0]).toMatchObject({
      kind: 'service',
      service: 'apigateway.amazonaws.com',
      sourceArn: expect.stringMatching(
        new RegExp(`^arn:aws:execute-api:us-east-1:123456789012:${api.apiId}/authorizers/\\w+$`),
      ),
    });
    await api.ask('/v1/in-role', { authorization: 'a' });
    expect(api.lambda.callers.at(-2)).toMatchObject({
      kind: 'role-session',
      roleArn: 'arn:aws:iam::123456789012:role/asker',
    });
  });

  it('is not asked where the token is missing, empty or not of the shape', async () => {
    expect(await api.ask('/v1/token')).toMatchObject(UNAUTHORIZED);
    expect(await api.ask('/v1/token', { 'x-token': '' })).toMatchObject(UNAUTHORIZED);
    for (const authorization of ['key-', 'key-12x', 'xkey-12', 'key-1\nkey-2']) {
      expect(await api.ask('/v1/shaped', { authorization })).toMatchObject(UNAUTHORIZED);
    }
    expect(asked).toEqual([]);
    expect((await api.ask('/v1/shaped', { authorization: 'key-12' })).status).toBe(200);
  });

  it('that throws "Unauthorized" means 401; any other failure is its own', async () => {
    answer = () => {
      throw new FunctionFailed('Unauthorized');
    };
    expect(await api.ask('/v1/token', { 'x-token': 'a' })).toMatchObject(UNAUTHORIZED);
    answer = () => {
      throw new FunctionFailed('no database');
    };
    expect(await api.ask('/v1/token', { 'x-token': 'a' })).toMatchObject({ status: 503, body: '{"away":true}' });
    expect(api.logged().join('\n')).toContain('the function of authorizer token failed');
  });

  it('whose uri names no function lets nobody in', async () => {
    expect(await api.ask('/v1/broken', { authorization: 'a' })).toMatchObject(CONFIGURATION);
  });
});

describe('its policy', () => {
  it('that denies is told as a denial, one that says nothing as the lack of it', async () => {
    answer = () => answerOf(statement('Allow', '*'), statement('Deny', '*/POST/*'));
    expect((await api.ask('/v1/token', { 'x-token': 'a' })).status).toBe(200);
    expect(await api.ask('/v1/token', { 'x-token': 'a' }, 'POST')).toMatchObject({
      status: 403,
      headers: { 'x-amzn-errortype': 'AccessDeniedException' },
      json: {
        Message: 'User is not authorized to access this resource with an explicit deny in an identity-based policy',
      },
    });
    answer = () => answerOf(statement('Allow', '*/POST/*'));
    expect(await api.ask('/v1/token', { 'x-token': 'b' })).toMatchObject({
      status: 403,
      json: {
        Message:
          'User is not authorized to access this resource because no identity-based policy allows the execute-api:Invoke action',
      },
    });
    expect(api.lambda.invoked.filter(({ functionArn: arn }) => arn !== AUTHORIZER)).toHaveLength(1);
  });

  it('may have conditions on the request', async () => {
    const Condition = { IpAddress: { 'aws:SourceIp': '203.0.113.0/24' } };
    answer = () => answerOf(statement('Allow', '*', { Condition }));
    expect((await api.ask('/v1/token', { 'x-token': 'a' })).status).toBe(200);
    answer = () => answerOf(statement('Allow', '*', { Condition: { StringEquals: { 'aws:UserAgent': 'curl' } } }));
    expect((await api.ask('/v1/token', { 'x-token': 'b' })).status).toBe(403);
    expect((await api.ask('/v1/token', { 'x-token': 'b', 'user-agent': 'curl' })).status).toBe(200);
  });

  it.each([
    ['nothing', undefined],
    ['a text', 'yes'],
    ['null', null],
    ['no principalId', { policyDocument: answerOf(statement('Allow', '*')).policyDocument }],
    ['a principalId that is a number', { ...answerOf(statement('Allow', '*')), principalId: 1 }],
    ['no policy', { principalId: 'a' }],
    ['a policy without statements', { principalId: 'a', policyDocument: { Version: '2012-10-17' } }],
    ['no resource', answerOf({ Action: 'execute-api:Invoke', Effect: 'Allow' })],
    ['a statement of another effect', answerOf(statement('Permit', '*'))],
    ['a principal', answerOf(statement('Allow', '*', { Principal: '*' }))],
    ['a context of objects', { ...answerOf(statement('Allow', '*')), context: { user: { id: 1 } } }],
    ['a context of lists', { ...answerOf(statement('Allow', '*')), context: { groups: ['a'] } }],
    ['a context that is a text', { ...answerOf(statement('Allow', '*')), context: 'x' }],
  ])('%s is no answer', async (_what, given) => {
    answer = () => given;
    expect(await api.ask('/v1/token', { 'x-token': 'a' })).toMatchObject(CONFIGURATION);
    // And is not remembered.
    answer = () => answerOf(statement('Allow', '*'));
    expect((await api.ask('/v1/token', { 'x-token': 'a' })).status).toBe(200);
  });
});

describe('another spelling of a path', () => {
  const gated = (target: string) => api.ask(target, { 'x-token': target });
  const only = (path: string) => `arn:aws:execute-api:us-east-1:123456789012:*/v1/GET${path}`;
  const resource = () => (seen() as { resourcePath?: string } | undefined)?.resourcePath;

  // The method's ARN has the path as it was requested, percent-encoding and all, so a policy is about no other text.
  it.each([
    ['/v1/token', '/token'],
    ['/v1/token/', '/token'],
    ['/v1/token/%74oken', '/token/{id}'],
    ['/v1/token/a%2Fb', '/token/{id}'],
    ['/v1/token/..', '/token/{id}'],
    ['/v1/token/%2e%2e', '/token/{id}'],
    ['/v1/token/%', '/token/{id}'],
    ['/v1/token/;id=1', '/token/{id}'],
  ])('%s is %s, behind the same authorizer', async (target, expected) => {
    const path = target.slice('/v1'.length);
    answer = () => answerOf(statement('Allow', only(path)));
    expect((await gated(target)).status).toBe(200);
    expect(asked).toMatchObject([{ methodArn: only(path).replace('*', api.apiId) }]);
    expect(resource()).toBe(expected);
  });

  it.each([
    '/v1//token',
    '/v1/./token',
    '/v1/x/../token',
    '/v1/x/%2e%2e/token',
    '/v1/TOKEN',
    '/v1/%74oken',
    '/v1/token%2F',
    '/v1/token//',
    '/v1/token/a/b',
    '/v1/token;x',
    '/v1\\token',
  ])('%s is no resource, and nobody is asked', async (target) => {
    expect(await gated(target)).toMatchObject({ status: 403, json: { message: 'Missing Authentication Token' } });
    expect([asked, api.lambda.invoked]).toEqual([[], []]);
  });

  it('is not what a remembered answer was given for', async () => {
    answer = () => answerOf(statement('Allow', only('/token')), statement('Allow', only('/token/1')));
    const ask = async (target: string, method = 'GET') => (await api.ask(target, { 'x-token': 'a' }, method)).status;
    expect(await ask('/v1/token')).toBe(200);
    expect(await ask('/v1/token/1')).toBe(200);
    for (const target of ['/v1/token/', '/v1/token/2', '/v1/token/%31']) expect(await ask(target)).toBe(403);
    expect(await ask('/v1/token', 'POST')).toBe(403);
    expect(asked).toHaveLength(1);
  });
});

describe('an answer', () => {
  it('holds for its token as long as it may, for every method with its own say', async () => {
    answer = () => answerOf(statement('Allow', '*/GET/*'));
    for (const target of ['/v1/token', '/v1/token/1']) {
      expect((await api.ask(target, { 'x-token': 'a' })).status).toBe(200);
    }
    expect((await api.ask('/v1/token', { 'x-token': 'a' }, 'POST')).status).toBe(403);
    expect(asked).toHaveLength(1);
    expect(seen()).toMatchObject({ authorizer: { principalId: 'somebody', integrationLatency: 0 } });
    await api.ask('/v1/token', { 'x-token': 'b' });
    expect(asked).toHaveLength(2);
    await api.clock.advance(299_999);
    await api.ask('/v1/token', { 'x-token': 'a' });
    expect(asked).toHaveLength(2);
    await api.clock.advance(1);
    await api.ask('/v1/token', { 'x-token': 'a' });
    expect(asked).toHaveLength(3);
  });

  it('is asked for each time where it may not be kept', async () => {
    for (let times = 1; times <= 2; times += 1) {
      await api.ask('/v1/shaped', { authorization: 'key-1' });
      expect(asked).toHaveLength(times);
    }
  });
});

describe('a REQUEST authorizer', () => {
  it('is given the request as API Gateway describes it', async () => {
    await api.ask('/v1/everything/7?view=x&view=y', { 'X-Custom': '1', 'user-agent': 'jest' });
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatchObject({
      type: 'REQUEST',
      methodArn: `arn:aws:execute-api:us-east-1:123456789012:${api.apiId}/v1/GET/everything/7`,
      resource: '/everything/{id}',
      path: '/everything/7',
      httpMethod: 'GET',
      headers: { 'X-Custom': '1', 'user-agent': 'jest', 'X-Forwarded-For': '203.0.113.7' },
      multiValueHeaders: { 'X-Custom': ['1'] },
      queryStringParameters: { view: 'y' },
      multiValueQueryStringParameters: { view: ['x', 'y'] },
      pathParameters: { id: '7' },
      stageVariables: { colour: 'green' },
      requestContext: {
        resourcePath: '/everything/{id}',
        httpMethod: 'GET',
        path: '/v1/everything/7',
        stage: 'v1',
        apiId: api.apiId,
        accountId: '123456789012',
        requestId: expect.any(String),
        identity: { sourceIp: '203.0.113.7', userAgent: 'jest' },
      },
    });
    expect(Object.keys(asked[0] ?? {})).not.toContain('body');
    expect(asked[0]?.requestContext).not.toHaveProperty('authorizer');
  });

  it('is not asked where one of its sources is missing or empty', async () => {
    expect(await api.ask('/v1/request?user=u')).toMatchObject(UNAUTHORIZED);
    expect(await api.ask('/v1/request', { 'x-tenant': 't' })).toMatchObject(UNAUTHORIZED);
    expect(await api.ask('/v1/request?user=', { 'x-tenant': 't' })).toMatchObject(UNAUTHORIZED);
    expect(await api.ask('/v1/request?__proto__=u', { 'x-tenant': 't' })).toMatchObject(UNAUTHORIZED);
    expect(asked).toEqual([]);
  });

  it('has its answer kept by all its sources together', async () => {
    const from = (user: string, tenant: string, method = 'GET') =>
      api.ask(`/v1/request?user=${user}`, { 'x-tenant': tenant }, method);
    await from('u', 't');
    await from('u', 't');
    expect(asked).toHaveLength(1);
    await from('t', 'u');
    await from('u', 't', 'POST');
    // Not by their texts put together.
    await from('u%22,%22t', 'x');
    await from('u', 't","x');
    expect(asked).toHaveLength(5);
  });
});

it('an API of resources has authorizers of its own', async () => {
  const other = await openApi({
    body: {},
    parts: async (make, RestApiId, root) => {
      const AuthorizerId = await make('AWS::ApiGateway::Authorizer', {
        RestApiId,
        Name: 'mine',
        Type: 'TOKEN',
        AuthorizerUri: uriOf(AUTHORIZER),
        IdentitySource: 'method.request.header.X-Key',
        AuthorizerResultTtlInSeconds: 0,
      });
      const ResourceId = await make('AWS::ApiGateway::Resource', { RestApiId, ParentId: root, PathPart: 'mine' });
      const Integration = { Type: 'AWS_PROXY', IntegrationHttpMethod: 'POST', Uri: proxy.uri };
      const common = { RestApiId, ResourceId, Integration };
      await make('AWS::ApiGateway::Method', {
        ...common,
        HttpMethod: 'GET',
        AuthorizationType: 'CUSTOM',
        AuthorizerId,
      });
      await make('AWS::ApiGateway::Method', { ...common, HttpMethod: 'POST', AuthorizationType: 'NONE' });
      await make('AWS::ApiGateway::Method', { ...common, HttpMethod: 'PUT', AuthorizationType: 'AWS_IAM' });
    },
  });
  other.lambda.functions.set(AUTHORIZER, () => answerOf(statement('Allow', '*')));
  expect(await other.ask('/mine')).toMatchObject(UNAUTHORIZED);
  expect(await other.ask('/mine', { 'x-key': 'k' })).toMatchObject({ status: 200 });
  expect(other.lambda.invoked[0]).toMatchObject({ functionArn: AUTHORIZER, event: { authorizationToken: 'k' } });
  expect((await other.ask('/mine', {}, 'POST')).status).toBe(200);
  expect(await other.ask('/mine', {}, 'PUT')).toMatchObject({
    status: 403,
    body: '{"message":"Missing Authentication Token"}',
    headers: { 'x-amzn-errortype': 'MissingAuthenticationTokenException' },
  });
  await other.stop();
});
