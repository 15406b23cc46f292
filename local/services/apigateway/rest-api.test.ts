/** REST APIs as a client sees them: over HTTP, through the door, with a Lambda service that answers what a test says. */
import { request as httpRequest } from 'node:http';
import { openRestDoor, type RestDoor } from '../../doors/rest/server.ts';
import { AwsError, createKernel, type Kernel, type ResourceRequest } from '../../kernel/index.ts';
import type { JsonObject } from '../../template/stack.ts';
import { restApis } from './index.ts';

const FUNCTION = 'arn:aws:lambda:us-east-1:123456789012:function:hello';
const proxy = {
  type: 'aws_proxy',
  httpMethod: 'POST',
  uri: `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${FUNCTION}/invocations`,
  timeoutInMillis: 200,
};
const BODY: JsonObject = {
  openapi: '3.0.1',
  info: { title: 'test', version: '1' },
  'x-amazon-apigateway-request-validators': { all: { validateRequestBody: true, validateRequestParameters: true } },
  'x-amazon-apigateway-binary-media-types': ['image/*'],
  'x-amazon-apigateway-gateway-responses': {
    BAD_REQUEST_BODY: {
      statusCode: '422',
      responseParameters: { 'gatewayresponse.header.Access-Control-Allow-Origin': "'*'" },
      responseTemplates: {
        'application/json':
          '{"error":{"code":"$context.error.responseType","message":$context.error.messageString,"requestId":"$context.requestId"}}',
      },
    },
  },
  paths: {
    '/items/{id}': {
      get: {
        operationId: 'getItem',
        parameters: [{ name: 'view', in: 'query', required: true, schema: { type: 'string' } }],
        'x-amazon-apigateway-request-validator': 'all',
        'x-amazon-apigateway-integration': proxy,
      },
      post: {
        requestBody: {
          required: true,
          content: { 'application/json': { schema: { $ref: '#/components/schemas/Item' } } },
        },
        'x-amazon-apigateway-request-validator': 'all',
        'x-amazon-apigateway-integration': proxy,
      },
      put: { 'x-amazon-apigateway-integration': proxy },
      options: {
        'x-amazon-apigateway-integration': {
          type: 'mock',
          requestTemplates: { 'application/json': '{"statusCode": 204}' },
          responses: {
            default: {
              statusCode: '204',
              responseParameters: { 'method.response.header.Access-Control-Allow-Methods': "'GET,POST'" },
            },
          },
        },
      },
    },
  },
  components: {
    schemas: {
      Item: {
        type: 'object',
        required: ['size'],
        additionalProperties: false,
        properties: { size: { type: 'integer', minimum: 0, exclusiveMinimum: true } },
      },
    },
  },
};

let kernel: Kernel;
let door: RestDoor;
let lambda: (input: { FunctionName: string; Payload: string }) => Promise<unknown>;
const events: Record<string, unknown>[] = [];

beforeAll(async () => {
  kernel = createKernel({ stateDirectory: 'memory', accountId: '123456789012', region: 'us-east-1' });
  const apis = restApis();
  kernel.registry.add(apis.definition);
  kernel.registry.add({
    name: 'lambda',
    resourceTypes: [],
    load: async () => ({
      providers: {},
      operations: { Invoke: { requires: () => [], handle: (input: never) => lambda(input) } },
    }),
  });
  const { providers } = await kernel.registry.service('apigateway');
  const make = async (type: string, properties: JsonObject) => {
    const request: ResourceRequest = {
      logicalId: 'X',
      type,
      properties,
      stackName: 's',
      stackId: 's',
      generatedName: 'x',
      replacementName: 'y',
      positionOf: () => undefined,
    };
    return (await providers[type]?.create(request))?.physicalId ?? '';
  };
  const api = await make('AWS::ApiGateway::RestApi', { Name: 'test', Body: BODY });
  const deployment = await make('AWS::ApiGateway::Deployment', { RestApiId: api });
  await make('AWS::ApiGateway::Stage', {
    RestApiId: api,
    DeploymentId: deployment,
    StageName: 'v1',
    Variables: { colour: 'green' },
    MethodSettings: [
      { ResourcePath: '/~1items~1{id}', HttpMethod: 'PUT', ThrottlingRateLimit: 0.001, ThrottlingBurstLimit: 1 },
    ],
    AccessLogSetting: {
      DestinationArn: 'arn:aws:logs:us-east-1:123456789012:log-group:access',
      Format: '$context.requestId $context.status',
    },
  });
  door = await openRestDoor({
    host: '127.0.0.1',
    port: 0,
    handle: apis.handle,
    onBug: (error) => {
      throw error;
    },
  });
});

afterAll(async () => {
  await door.close();
  await kernel.stop();
});

beforeEach(() => {
  events.length = 0;
  lambda = async ({ Payload }) => {
    events.push(JSON.parse(Payload) as Record<string, unknown>);
    return { StatusCode: 200, Payload: JSON.stringify({ statusCode: 200, body: 'hello' }) };
  };
});

const url = (path: string) => `http://127.0.0.1:${door.port}${path}`;

test('the event is the one AWS sends, with and without the stage in the path', async () => {
  for (const path of ['/v1/items/a%20b?view=x&view=y+z', '/items/a%20b?view=x&view=y+z']) {
    const response = await fetch(url(path), { headers: { 'X-Custom': '1', 'user-agent': 'jest' } });
    expect([response.status, await response.text()]).toEqual([200, 'hello']);
    expect(response.headers.get('x-amzn-requestid')).toMatch(/^[0-9a-f-]{36}$/);
  }
  const [event, twin] = events;
  expect(event).toMatchObject({
    resource: '/items/{id}',
    path: '/items/a b',
    httpMethod: 'GET',
    pathParameters: { id: 'a b' },
    queryStringParameters: { view: 'y z' },
    multiValueQueryStringParameters: { view: ['x', 'y z'] },
    stageVariables: { colour: 'green' },
    body: null,
    isBase64Encoded: false,
    requestContext: {
      accountId: '123456789012',
      operationName: 'getItem',
      stage: 'v1',
      path: '/v1/items/a%20b',
      protocol: 'HTTP/1.1',
      resourcePath: '/items/{id}',
      identity: { sourceIp: '127.0.0.1', userAgent: 'jest', userArn: null },
    },
  });
  expect(event?.headers).toMatchObject({ 'X-Forwarded-For': '127.0.0.1', 'X-Forwarded-Proto': 'http' });
  expect(twin?.path).toBe('/items/a b');
});

test('a missing parameter and an invalid body are refused with the gateway response of the API', async () => {
  const missing = await fetch(url('/items/1'));
  expect([missing.status, await missing.json()]).toEqual([
    400,
    { message: 'Missing required request parameters: [view]' },
  ]);
  expect(missing.headers.get('x-amzn-errortype')).toBe('BadRequestException');
  for (const body of ['{"size":0}', '{"size":1,"more":2}', '{', Buffer.from('7b2273697a65ff', 'hex')]) {
    const response = await fetch(url('/items/1'), {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json' },
    });
    expect(response.status).toBe(422);
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(await response.json()).toEqual({
      error: {
        code: 'BAD_REQUEST_BODY',
        message: 'Invalid request body',
        requestId: response.headers.get('x-amzn-requestid'),
      },
    });
  }
  expect(events).toHaveLength(0);
});

test("unknown routes and methods are AWS's 403", async () => {
  for (const [path, method] of [
    ['/nothing', 'GET'],
    ['/items/1', 'DELETE'],
  ] as const) {
    const response = await fetch(url(path), { method });
    expect([response.status, await response.json()]).toEqual([403, { message: 'Missing Authentication Token' }]);
  }
});

test('preflight comes from the mock integration', async () => {
  const response = await fetch(url('/items/1'), { method: 'OPTIONS' });
  expect([response.status, response.headers.get('access-control-allow-methods')]).toEqual([204, 'GET,POST']);
});

test('binary media types travel as base64 in both directions', async () => {
  const bytes = Buffer.from([0, 255, 7]);
  lambda = async ({ Payload }) => {
    const event = JSON.parse(Payload) as { body: string; isBase64Encoded: boolean };
    expect(event).toMatchObject({ body: bytes.toString('base64'), isBase64Encoded: true });
    const answer = {
      statusCode: 200,
      isBase64Encoded: true,
      body: event.body,
      multiValueHeaders: { 'Set-Cookie': ['a=1', 'b=2'] },
    };
    return { Payload: Buffer.from(JSON.stringify(answer)) };
  };
  const response = await fetch(url('/items/1?'), {
    method: 'PUT',
    body: bytes,
    headers: { 'content-type': 'image/png' },
  });
  expect(Buffer.from(await response.arrayBuffer())).toEqual(bytes);
  expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
  // The one token of this method is spent now.
  const throttled = await fetch(url('/items/1'), { method: 'PUT' });
  expect([throttled.status, await throttled.json()]).toEqual([429, { message: 'Too Many Requests' }]);
});

test.each([
  [
    'a function error',
    async () => ({ FunctionError: 'Unhandled', Payload: '{"errorMessage":"x"}' }),
    502,
    'Internal server error',
  ],
  ['no proxy response', async () => ({ Payload: '"hello"' }), 502, 'Internal server error'],
  ['a body that is no text', async () => ({ Payload: '{"statusCode":200,"body":{}}' }), 502, 'Internal server error'],
  [
    'a refused invocation',
    async () => {
      throw new AwsError('TooManyRequestsException', 'Rate exceeded', { statusCode: 429 });
    },
    500,
    'Internal server error',
  ],
  ['a function that takes too long', () => new Promise(() => {}), 504, 'Endpoint request timed out'],
])('%s', async (_name, answer, status, message) => {
  lambda = answer;
  const response = await fetch(url('/items/1?view=1'));
  expect([response.status, await response.json()]).toEqual([status, { message }]);
});

test('more than 10 MB is refused before any function sees it', async () => {
  const response = await fetch(url('/items/1'), { method: 'POST', body: Buffer.alloc(10_485_761, 32) });
  expect(response.status).toBe(413);
  expect(events).toHaveLength(0);
});

test('bytes that are no HTTP get an answer', async () => {
  const text = await new Promise<string>((resolve, reject) => {
    const request = httpRequest({ port: door.port, method: 'GET', path: '/', insecureHTTPParser: true });
    request.on('error', reject);
    request.on('socket', (socket) => {
      socket.on('connect', () => socket.write('\x00\x01nonsense\r\n\r\n'));
      socket.on('data', (data) => {
        resolve(data.toString());
        socket.destroy();
      });
    });
  });
  expect(text).toMatch(/^HTTP\/1.1 400 /);
});
