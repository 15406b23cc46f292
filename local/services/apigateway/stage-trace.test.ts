import type { CallContext } from '../../kernel/index.ts';
import { type ApiUnderTest, FUNCTION, FunctionFailed, openApi, proxy, streamingUriOf } from './testing.ts';

const integration = (more: object = {}) => ({ get: { 'x-amazon-apigateway-integration': { ...proxy, ...more } } });

const body = {
  info: { title: 'help-desk', version: '1' },
  paths: {
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
