import { createSocket } from 'node:dgram';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import type { Context } from 'aws-lambda';
import type * as Observability from './observability.ts';
import type * as Tracing from './tracing.ts';

const context = {
  functionName: 'tickets',
  functionVersion: '$LATEST',
  invokedFunctionArn: 'arn:aws:lambda:us-east-1:123456789012:function:tickets',
  memoryLimitInMB: '512',
  awsRequestId: 'lambda-request',
  getRemainingTimeInMillis: () => 1_000,
} as Context;

const before = { ...process.env };
let lines: Record<string, unknown>[];

/** The module as a fresh execution environment has it; everything it prints is collected in `lines`. */
function load(): typeof Observability {
  jest.resetModules();
  return require('./observability.ts') as typeof Observability;
}

beforeEach(() => {
  lines = [];
  process.env['POWERTOOLS_SERVICE_NAME'] = 'help-desk';
  process.env['POWERTOOLS_METRICS_NAMESPACE'] = 'HelpDesk';
  process.env['POWERTOOLS_LOG_LEVEL'] = 'INFO';
  process.env['AWS_LAMBDA_INITIALIZATION_TYPE'] = 'on-demand';
  // In this mode Powertools writes to the global console, where a test can listen.
  process.env['POWERTOOLS_DEV'] = 'true';
  process.env['POWERTOOLS_METRICS_DISABLED'] = 'false';
  const collect = (text: unknown): void => void lines.push(JSON.parse(String(text)));
  for (const method of ['log', 'info', 'warn', 'error'] as const)
    jest.spyOn(console, method).mockImplementation(collect);
});

afterEach(() => {
  jest.restoreAllMocks();
  process.env = before;
});

test("log lines carry the invocation and API Gateway's request id, and the next invocation's their own", async () => {
  const { logger, observed } = load();
  const handler = observed(async (event: { requestContext?: { requestId: string } }) => {
    logger.appendKeys({ only: event.requestContext?.requestId ?? 'none' });
    logger.info('inside');
  });
  await handler({ requestContext: { requestId: 'api-1' } }, context);
  await handler({}, { ...context, awsRequestId: 'lambda-2' });
  expect(lines.filter(({ message }) => message === 'inside')).toMatchObject([
    {
      correlationId: 'api-1',
      function_request_id: 'lambda-request',
      cold_start: true,
      service: 'help-desk',
      only: 'api-1',
    },
    { correlationId: 'lambda-2', function_request_id: 'lambda-2', cold_start: false, only: 'none' },
  ]);
});

test('an event of EventBridge lends its id', async () => {
  const { logger, observed } = load();
  await observed(async (_event: { id: string }) => logger.info('inside'))({ id: 'event-1' }, context);
  expect(lines.find(({ message }) => message === 'inside')).toMatchObject({ correlationId: 'event-1' });
});

test('metrics leave with the invocation, the cold start once, and none makes no noise', async () => {
  const { metrics, MetricUnit, observed } = load();
  let opened = 1;
  const handler = observed(async () => {
    if (opened-- > 0) metrics.addMetric('TicketOpened', MetricUnit.Count, 1);
  });
  for (let round = 0; round < 3; round++) await handler({}, context);
  expect(lines).toHaveLength(2);
  expect(lines).toMatchObject([
    { ColdStart: 1, function_name: 'tickets', service: 'help-desk' },
    { TicketOpened: 1, _aws: { CloudWatchMetrics: [{ Namespace: 'HelpDesk' }] } },
  ]);
});

test('a failure is logged, its metrics leave too, and it goes on to Lambda', async () => {
  const { metrics, MetricUnit, observed } = load();
  const failure = new Error('broken', { cause: new Error('deeper') });
  const handler = observed(async () => {
    metrics.addMetric('Tried', MetricUnit.Count, 1);
    throw failure;
  });
  await expect(handler({}, context)).rejects.toBe(failure);
  expect(lines.find(({ level }) => level === 'ERROR')).toMatchObject({
    message: 'The handler failed',
    error: { message: 'broken', cause: { message: 'deeper' } },
  });
  expect(lines.find((line) => 'Tried' in line)).toBeDefined();
});

test('without tracing, traced work just runs', async () => {
  const { traced } = load();
  await expect(traced('x', async () => 7)).resolves.toBe(7);
  await expect(traced('x', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
});

test('with tracing, each piece of work is a subsegment of the one around it, with its error', async () => {
  const segments = await segmentsOf(3, async ({ observed, traced }) => {
    const handler = observed(async () => {
      await traced('database read', async () => 1);
      await traced('database write', () => Promise.reject(new Error('lost')));
    });
    await expect(handler({}, context)).rejects.toThrow('lost');
  });

  const [read, write, whole] = segments;
  expect(whole).toMatchObject({
    name: '## handler.handler',
    trace_id: '1-5759e988-bd862e3fe1be46a994272793',
    parent_id: '557abcec3ee5a047',
    fault: true,
    annotations: { ColdStart: true, Service: 'help-desk' },
  });
  expect(read).toMatchObject({ name: 'database read', parent_id: whole!['id'] });
  expect(read).not.toHaveProperty('fault');
  expect(write).toMatchObject({ name: 'database write', parent_id: whole!['id'], fault: true });
  expect(write).toMatchObject({ cause: { exceptions: [{ message: 'lost' }] } });
});

test('what runs at the same time stands side by side in the trace, with what each calls below it', async () => {
  const sent = await segmentsOf(5, async ({ observed, traced }) => {
    const handler = observed(async (_event: object) => {
      await Promise.all([
        traced('one', async () => {
          await new Promise((resolve) => setImmediate(resolve));
          await traced('below one', async () => 1);
        }),
        traced('two', async () => {
          await traced('below two', async () => 2, { namespace: 'remote', sql: { sanitized_query: 'SELECT ?' } });
        }),
      ]);
    });
    await handler({ httpMethod: 'GET', resource: '/tickets/{id}' }, context);
  });
  const named = (name: string) => sent.find((segment) => segment['name'] === name)!;
  const whole = named('## handler.handler');
  expect(whole).toMatchObject({ annotations: { Route: 'GET /tickets/{id}' } });
  expect([named('one')['parent_id'], named('two')['parent_id']]).toEqual([whole['id'], whole['id']]);
  expect(named('below one')['parent_id']).toBe(named('one')['id']);
  expect(named('below two')).toMatchObject({
    parent_id: named('two')['id'],
    namespace: 'remote',
    sql: { sanitized_query: 'SELECT ?' },
  });
});

test('calls of a traced client are subsegments of AWS, with operation, request id and error', async () => {
  const server = createServer((_request, response) => {
    response
      .writeHead(400, { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': 'request-1' })
      .end(JSON.stringify({ __type: 'ResourceNotFoundException', message: 'no such secret' }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const sent = await segmentsOf(2, async ({ observed }) => {
    const { tracedClient } = require('./tracing.ts') as typeof Tracing;
    const client = tracedClient(
      new SecretsManagerClient({
        endpoint: `http://127.0.0.1:${port}`,
        region: 'us-east-1',
        credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      }),
    );
    const handler = observed(async (_event: object) => {
      await client.send(new GetSecretValueCommand({ SecretId: 'x' })).catch(() => undefined);
    });
    await handler({}, context);
    client.destroy();
  });
  server.close();
  const [call, whole] = sent;
  expect(call).toMatchObject({
    name: 'SecretsManager',
    namespace: 'aws',
    parent_id: whole!['id'],
    error: true,
    aws: { operation: 'GetSecretValue', region: 'us-east-1', request_id: 'request-1' },
    cause: { exceptions: [{ type: 'ResourceNotFoundException', message: 'no such secret' }] },
  });
});

test('a request by fetch on a connection that is used again holds nothing back; it is traced where it is made', async () => {
  const server = createServer((_request, response) => response.writeHead(404).end('none'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const sent = await segmentsOf(4, async ({ observed, traced }) => {
    const ask = (key: string) =>
      traced(
        'S3',
        async (note) => {
          const { status, text } = await fetch(`http://127.0.0.1:${port}/${key}`).then(async (answer) => ({
            status: answer.status,
            text: await answer.text(),
          }));
          note({ http: { response: { status } }, error: true });
          return text;
        },
        { namespace: 'aws', aws: { operation: 'GetObject' } },
      );
    for (const key of ['one', 'two']) await observed(async (_event: object) => ask(key))({}, context);
  });
  server.close();
  expect(sent.map(({ name }) => name)).toEqual(['S3', '## handler.handler', 'S3', '## handler.handler']);
  expect(sent[2]).toMatchObject({
    parent_id: sent[3]!['id'],
    aws: { operation: 'GetObject' },
    http: { response: { status: 404 } },
    error: true,
  });
});

test('an invocation that is not traced sends nothing and says nothing of it; a later one that is, was not cold', async () => {
  const traced = (sampled: 0 | 1) => {
    process.env['_X_AMZN_TRACE_ID'] =
      `Root=1-5759e988-bd862e3fe1be46a994272793;Parent=557abcec3ee5a047;Sampled=${sampled}`;
  };
  const [sent] = await segmentsOf(1, async ({ observed }) => {
    const handler = observed(async (_event: object) => {});
    traced(0);
    await handler({ httpMethod: 'GET', resource: '/tickets' }, context);
    expect(lines.filter(({ _aws }) => _aws === undefined)).toEqual([]);
    traced(1);
    await handler({ httpMethod: 'GET', resource: '/tickets' }, context);
  });
  expect(sent).toMatchObject({ annotations: { ColdStart: false, Service: 'help-desk', Route: 'GET /tickets' } });
});

/** What a traced function sends to the daemon, as soon as there are so many documents. */
async function segmentsOf(
  count: number,
  work: (module: typeof Observability) => Promise<void>,
): Promise<Record<string, unknown>[]> {
  const daemon = createSocket('udp4');
  await new Promise<void>((resolve) => daemon.bind(0, '127.0.0.1', resolve));
  const segments: Record<string, unknown>[] = [];
  const complete = new Promise<void>((resolve) => {
    daemon.on('message', (message) => {
      segments.push(JSON.parse(message.toString().split('\n')[1]!) as Record<string, unknown>);
      if (segments.length === count) resolve();
    });
  });
  process.env['AWS_XRAY_DAEMON_ADDRESS'] = `127.0.0.1:${daemon.address().port}`;
  process.env['_X_AMZN_TRACE_ID'] = 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=557abcec3ee5a047;Sampled=1';
  process.env['LAMBDA_TASK_ROOT'] = '/var/task';
  process.env['AWS_EXECUTION_ENV'] = 'AWS_Lambda_nodejs24.x';
  process.env['_HANDLER'] = 'handler.handler';
  await work(load());
  await complete;
  daemon.close();
  return segments;
}
