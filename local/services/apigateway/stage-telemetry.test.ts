/** What a stage's requests leave in CloudWatch and X-Ray. */
import type { JsonObject } from '../../template/stack.ts';
import { type ApiUnderTest, FUNCTION, openApi, proxy, streamingUriOf } from './testing.ts';

const streaming = { ...proxy, uri: streamingUriOf(FUNCTION), responseTransferMode: 'STREAM' };
const route = (integration: object) => ({ get: { 'x-amazon-apigateway-integration': integration } });

let api: ApiUnderTest;
beforeAll(async () => {
  api = await openApi({
    restApi: { Name: 'desk' },
    body: { paths: { '/plain': route(proxy), '/streamed': route(streaming) } } as JsonObject,
    stage: {
      TracingEnabled: true,
      MethodSettings: [{ ResourcePath: '/~1plain', HttpMethod: 'GET', MetricsEnabled: true }],
    },
  });
});
afterAll(() => api.stop());

const total = (name: string, dimensions: Record<string, string>) => {
  const { metrics } = api.kernel.telemetry;
  const now = api.clock.now();
  const found = metrics
    .periods({ namespace: 'AWS/ApiGateway', name, dimensions }, { from: now - 3_600_000, to: now + 60_000, finest: 60 })
    .map(({ aggregate }) => aggregate);
  return { count: found.reduce((sum, { count }) => sum + count, 0), sum: found.reduce((sum, one) => sum + one.sum, 0) };
};

const OK = { PayloadChunk: { Payload: Buffer.from(`{"statusCode":200}${'\0'.repeat(8)}hello`) } };

test('every request counts for its API, its stage, and its method where that is asked for', async () => {
  await api.ask('/v1/plain');
  await api.ask('/v1/nowhere');
  api.lambda.functions.set(FUNCTION, () => 'no answer');
  await api.ask('/v1/plain');
  api.lambda.functions.delete(FUNCTION);
  const ofStage: Record<string, string>[] = [{ ApiName: 'desk' }, { ApiName: 'desk', Stage: 'v1' }];
  for (const dimensions of ofStage) {
    expect(total('Count', dimensions)).toEqual({ count: 3, sum: 3 });
    expect(total('4XXError', dimensions)).toEqual({ count: 3, sum: 1 });
    expect(total('5XXError', dimensions)).toEqual({ count: 3, sum: 1 });
    expect(total('Latency', dimensions).count).toBe(3);
    expect(total('IntegrationLatency', dimensions).count).toBe(2);
  }
  const method = { ApiName: 'desk', Method: 'GET', Resource: '/plain', Stage: 'v1' };
  expect(total('Count', method)).toEqual({ count: 2, sum: 2 });
  expect(total('Count', { ...method, Resource: '/streamed' }).count).toBe(0);
});

test('a streamed answer counts, and its trace ends, when all of it was sent', async () => {
  const before = total('Count', { ApiName: 'desk' }).count;
  const go = Promise.withResolvers<void>();
  api.lambda.stream = async function* () {
    yield OK;
    await go.promise;
    yield { InvokeComplete: {} };
  };
  const asked = api.ask('/v1/streamed');
  await new Promise(setImmediate);
  expect(total('Count', { ApiName: 'desk' }).count).toBe(before);
  go.resolve();
  const { headers } = await asked;
  expect(total('Count', { ApiName: 'desk' }).count).toBe(before + 1);
  const traceId = (headers['x-amzn-trace-id'] ?? '').replace('Root=', '');
  expect(api.kernel.telemetry.traces.segments(traceId)).toMatchObject([
    {
      name: 'desk/v1',
      origin: 'AWS::ApiGateway::Stage',
      http: { request: { method: 'GET' }, response: { status: 200, content_length: 5 } },
      subsegments: [
        {
          name: 'Lambda',
          http: { request: { url: expect.stringContaining('/response-streaming-invocations') } },
          aws: { operation: 'InvokeWithResponseStream', function_name: 'hello' },
        },
      ],
    },
  ]);
});
