import type { CallContext } from '../../kernel/index.ts';
import {
  type ApiUnderTest,
  FUNCTION,
  FunctionFailed,
  functionArn,
  openApi,
  proxy,
  streamingUriOf,
  uriOf,
} from './testing.ts';

const AUTHORIZER = functionArn('authorizer');

const integration = (more: object = {}) => ({ get: { 'x-amazon-apigateway-integration': { ...proxy, ...more } } });

const body = {
  info: { title: 'help-desk', version: '1' },
  components: {
    securitySchemes: {
      asked: {
        type: 'apiKey',
        name: 'X-Token',
        in: 'header',
        'x-amazon-apigateway-authtype': 'custom',
        'x-amazon-apigateway-authorizer': {
          type: 'token',
          authorizerUri: uriOf(AUTHORIZER),
          authorizerResultTtlInSeconds: 300,
        },
      },
    },
  },
  paths: {
    '/guarded': { get: { security: [{ asked: [] }], 'x-amazon-apigateway-integration': proxy } },
    '/tickets/{id}': integration(),
    '/stream': integration({ uri: streamingUriOf(FUNCTION), responseTransferMode: 'STREAM' }),
  },
};

describe('a stage with active tracing', () => {
  let api: ApiUnderTest;
  let passedOn: string | undefined;

  beforeAll(async () => {
    api = await openApi({ body, restApi: { Name: 'help-desk' }, stage: { TracingEnabled: true } });
    api.lambda.functions.set(FUNCTION, (event, { traceHeader }: CallContext) => {
      passedOn = traceHeader;
      if ((event.pathParameters as { id: string }).id === 'broken') throw new FunctionFailed('out');
      return { statusCode: 200, body: 'hello' };
    });
  });

  afterAll(() => api.stop());

  async function traced(target: string, headers: Record<string, string> = {}) {
    const { headers: answered } = await api.ask(target, headers);
    const root = answered['x-amzn-trace-id']!;
    const [segment] = api.kernel.telemetry.traces.segments(root.slice('Root='.length));
    return { root, segment };
  }

  it('sends a segment with the request, and its subsegment is the parent of what the function does', async () => {
    const { root, segment } = await traced('/v1/tickets/7', { 'User-Agent': 'curl/8', Host: 'localhost:3000' });
    expect(segment).toMatchObject({
      name: 'help-desk/v1',
      origin: 'AWS::ApiGateway::Stage',
      resource_arn: `arn:aws:apigateway:us-east-1::/restapis/${api.apiId}/stages/v1`,
      http: {
        request: { method: 'GET', url: 'http://localhost:3000/v1/tickets/7', user_agent: 'curl/8' },
        response: { status: 200, content_length: 5 },
      },
      aws: { api_gateway: { rest_api_id: api.apiId, stage: 'v1' }, resource_path: '/tickets/{id}' },
    });
    const [call] = segment!['subsegments'] as { id: string }[];
    expect(call).toMatchObject({
      name: 'Lambda',
      namespace: 'aws',
      aws: { operation: 'Invoke', function_name: 'hello' },
    });
    expect(passedOn).toBe(`${root};Parent=${call!.id};Sampled=1`);
  });

  it('says whose fault it was', async () => {
    expect((await traced('/v1/tickets/broken')).segment).toMatchObject({
      fault: true,
      http: { response: { status: 502 } },
      subsegments: [{ http: { response: { status: 200 } } }],
    });
    const { segment } = await traced('/v1/nothing');
    expect(segment).toMatchObject({ error: true, http: { response: { status: 403 } } });
    expect(segment).not.toHaveProperty('subsegments');
  });

  it('has a subsegment for the function of an authorizer, when that is asked and not remembered', async () => {
    const told: (string | undefined)[] = [];
    api.lambda.functions.set(AUTHORIZER, (event, { traceHeader }: CallContext) => {
      told.push(traceHeader);
      if (event.authorizationToken === 'broken') throw new FunctionFailed('out');
      const Effect = event.authorizationToken === 'ann' ? 'Allow' : 'Deny';
      const Statement = [{ Effect, Action: 'execute-api:Invoke', Resource: '*' }];
      return { principalId: 'ann', policyDocument: { Version: '2012-10-17', Statement } };
    });
    api.lambda.functions.set(FUNCTION, (_, { traceHeader }: CallContext) => {
      passedOn = traceHeader;
      return { statusCode: 200, body: 'hello' };
    });
    const subsegments = async (token: string) => {
      const { root, segment } = await traced('/v1/guarded', { 'X-Token': token });
      return { root, all: (segment!['subsegments'] ?? []) as { id: string; aws: object }[] };
    };
    const first = await subsegments('ann');
    expect(first.all).toMatchObject([
      {
        name: 'Lambda',
        aws: { function_name: 'authorizer', operation: 'Invoke' },
        http: { response: { status: 200 } },
      },
      { name: 'Lambda', aws: { function_name: 'hello' } },
    ]);
    expect(told).toEqual([`${first.root};Parent=${first.all[0]!.id};Sampled=1`]);
    expect(passedOn).toBe(`${first.root};Parent=${first.all[1]!.id};Sampled=1`);
    expect((await subsegments('ann')).all).toMatchObject([{ aws: { function_name: 'hello' } }]);
    // Who is refused does not come to the integration.
    expect((await subsegments('bob')).all).toMatchObject([{ aws: { function_name: 'authorizer' } }]);
    expect((await subsegments('broken')).all).toMatchObject([{ aws: { function_name: 'authorizer' } }]);
  });

  it('goes on with a trace that the client began, and leaves alone what it decided not to trace', async () => {
    const root = 'Root=1-5759e988-bd862e3fe1be46a994272793';
    const { segment } = await traced('/v1/tickets/7', {
      'X-Amzn-Trace-Id': `${root};Parent=53995c3f42cd8ad8;Sampled=1`,
    });
    expect(segment).toMatchObject({ trace_id: root.slice(5), parent_id: '53995c3f42cd8ad8' });
    const other = 'Root=1-5759e988-aaaaaaaaaaaaaaaaaaaaaaaa';
    expect((await traced('/v1/tickets/7', { 'X-Amzn-Trace-Id': `${other};Sampled=0` })).segment).toBeUndefined();
    expect(passedOn).toBe(`${other};Sampled=0`);
  });

  it('ends with the last of a streamed answer', async () => {
    api.lambda.stream = async function* () {
      yield { PayloadChunk: { Payload: Buffer.from(`{"statusCode":200}${'\0'.repeat(8)}one `) } };
      yield { PayloadChunk: { Payload: Buffer.from('two') } };
      yield { InvokeComplete: {} };
    };
    const { segment } = await traced('/v1/stream');
    expect(segment).toMatchObject({ http: { response: { status: 200, content_length: 7 } } });
  });

  it('asks the sampling rules', async () => {
    const { sampling } = api.kernel.telemetry;
    const [all] = sampling.rules();
    sampling.put({ ...all!, name: 'tickets', priority: 1, fixedRate: 0, reservoirSize: 0, path: '/v1/tickets/*' });
    expect((await traced('/v1/tickets/7')).segment).toBeUndefined();
    expect(passedOn).toMatch(/;Sampled=0$/);
    expect((await traced('/v1/nothing')).segment).toBeDefined();
  });
});

test('a stage without tracing sends nothing, and lets the function decide', async () => {
  const api = await openApi({ body });
  const { headers } = await api.ask('/v1/tickets/7');
  expect(api.kernel.telemetry.traces.summaries()).toEqual([]);
  expect(headers['x-amzn-trace-id']).toMatch(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/);
  await api.stop();
});
