/** The real AWS SDK against the real endpoint, down to real environments. */
import {
  GetFunctionCommand,
  GetFunctionConfigurationCommand,
  InvokeCommand,
  LambdaClient,
  ListAliasesCommand,
  paginateListFunctions,
  ResourceNotFoundException,
  TooManyRequestsException,
} from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type AwsEndpoint, startAwsEndpoint } from '../../doors/aws-endpoint/index.ts';
import { type House, startHouse } from './testing/house.ts';

let house: House;
let endpoint: AwsEndpoint;
let client: LambdaClient;

beforeAll(async () => {
  house = await startHouse();
  endpoint = await startAwsEndpoint({ ...house.kernel, port: 0, health: () => ({ status: 'ready' }) });
  client = new LambdaClient({
    endpoint: endpoint.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  });
  await house.createFunction(
    'greet',
    `exports.handler = async ({ name }, { clientContext }) => { console.log('greeting', name); if (!name) throw new RangeError('nobody'); return { hello: name, from: clientContext?.from }; };`,
  );
});
afterAll(async () => {
  client.destroy();
  await endpoint.stop();
  await house.stop();
});

const json = (value: unknown) => Buffer.from(JSON.stringify(value));

test('Invoke answers payload, version, log and client context', async () => {
  const output = await client.send(
    new InvokeCommand({
      FunctionName: 'greet',
      Payload: json({ name: 'Übung 🌍' }),
      LogType: 'Tail',
      ClientContext: Buffer.from('{"from":"a test"}').toString('base64'),
    }),
  );
  expect(output).toMatchObject({ StatusCode: 200, ExecutedVersion: '$LATEST' });
  expect(output.FunctionError).toBeUndefined();
  expect(JSON.parse(output.Payload?.transformToString() ?? '')).toEqual({ hello: 'Übung 🌍', from: 'a test' });
  const log = Buffer.from(output.LogResult ?? '', 'base64').toString('utf8');
  expect(log).toMatch(/^START RequestId: [\s\S]*\tINFO\tgreeting Übung 🌍\nEND [\s\S]*REPORT /);
});

test('a function error is a 200 with FunctionError', async () => {
  const output = await client.send(new InvokeCommand({ FunctionName: 'greet', Payload: json({}) }));
  expect(output).toMatchObject({ StatusCode: 200, FunctionError: 'Unhandled' });
  expect(JSON.parse(output.Payload?.transformToString() ?? '')).toMatchObject({
    errorType: 'RangeError',
    errorMessage: 'nobody',
  });
});

test('an event is accepted with 202 and runs', async () => {
  const before = house.messages('/aws/lambda/greet').length;
  const output = await client.send(
    new InvokeCommand({ FunctionName: 'greet', InvocationType: 'Event', Payload: json({ name: 'later' }) }),
  );
  expect(output.StatusCode).toBe(202);
  await house.kernel.outbox.idle();
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(house.messages('/aws/lambda/greet').slice(before).join('')).toContain('greeting later');
});

test('DryRun is a 204', async () => {
  const output = await client.send(new InvokeCommand({ FunctionName: 'greet', InvocationType: 'DryRun' }));
  expect(output.StatusCode).toBe(204);
});

test('AWS’s errors arrive as the SDK’s classes', async () => {
  const missing = client.send(new InvokeCommand({ FunctionName: 'nobody' }));
  await expect(missing).rejects.toBeInstanceOf(ResourceNotFoundException);
  await expect(missing).rejects.toMatchObject({
    message: 'Function not found: arn:aws:lambda:us-east-1:123456789012:function:nobody',
    Type: 'User',
    $metadata: { httpStatusCode: 404 },
  });
  await house.createFunction('closed', 'exports.handler = async () => 1;', { ReservedConcurrentExecutions: 0 });
  const throttled = client.send(new InvokeCommand({ FunctionName: 'closed' }));
  await expect(throttled).rejects.toBeInstanceOf(TooManyRequestsException);
  await expect(throttled).rejects.toMatchObject({
    Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded',
    $metadata: { httpStatusCode: 429 },
  });
  const invalid = client.send(new InvokeCommand({ FunctionName: 'greet', Payload: Buffer.from('{oops') }));
  await expect(invalid).rejects.toMatchObject({ name: 'InvalidRequestContentException' });
});

test('a payload of 6 MB goes both ways; one byte more is refused', async () => {
  await house.createFunction('echo', 'exports.handler = async (event) => event;', { Timeout: 30 });
  const text = JSON.stringify('x'.repeat(6_291_454));
  const output = await client.send(new InvokeCommand({ FunctionName: 'echo', Payload: Buffer.from(text) }));
  expect(output.Payload?.length).toBe(6_291_456);
  const tooLarge = client.send(
    new InvokeCommand({ FunctionName: 'echo', Payload: Buffer.from(JSON.stringify('x'.repeat(6_291_455))) }),
  );
  await expect(tooLarge).rejects.toMatchObject({ name: 'RequestTooLargeException' });
});

test('functions are described and listed', async () => {
  expect(await client.send(new GetFunctionConfigurationCommand({ FunctionName: 'greet' }))).toMatchObject({
    FunctionName: 'greet',
    Runtime: 'nodejs24.x',
    State: 'Active',
    Architectures: ['x86_64'],
  });
  expect(await client.send(new GetFunctionCommand({ FunctionName: 'greet' }))).toMatchObject({
    Configuration: { Handler: 'index.handler' },
    Code: { RepositoryType: 'S3' },
  });
  expect((await client.send(new ListAliasesCommand({ FunctionName: 'greet' }))).Aliases).toEqual([]);
  const names: (string | undefined)[] = [];
  for await (const page of paginateListFunctions({ client, pageSize: 1 }, {})) {
    names.push(...(page.Functions ?? []).map(({ FunctionName }) => FunctionName));
  }
  expect(names).toEqual(expect.arrayContaining(['greet', 'closed', 'echo']));
});
