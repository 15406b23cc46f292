import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  CreateApiDestinationCommand,
  CreateConnectionCommand,
  type CreateConnectionCommandInput,
  DeauthorizeConnectionCommand,
  DeleteApiDestinationCommand,
  DeleteConnectionCommand,
  DescribeApiDestinationCommand,
  DescribeConnectionCommand,
  EventBridgeClient,
  ListConnectionsCommand,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
  type Target,
  UpdateConnectionCommand,
} from '@aws-sdk/client-eventbridge';
import { startTestCloud, type TestCloud } from '../../doors/aws-endpoint/testing.ts';
import { kmsService } from '../kms/index.ts';
import { secretsManagerService } from '../secretsmanager/index.ts';
import { type StandIn, standIn } from './eventbridge.fixture.ts';
import { eventBridgeService } from './index.ts';

const RoleArn = 'arn:aws:iam::123456789012:role/caller';
const DEAD = 'arn:aws:sqs:us-east-1:123456789012:dead';

interface Got {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

let server: Server;
let got: Got[];
let answer: (request: Got, response: ServerResponse) => void;
let cloud: TestCloud;
let client: EventBridgeClient;
let sqs: StandIn;

beforeAll((done) => {
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method, url, headers } = request;
    const one = { method, url, headers, body: Buffer.concat(chunks).toString() };
    got.push(one);
    answer(one, response);
  }).listen(0, '127.0.0.1', done);
});
afterAll((done) => {
  server.closeAllConnections();
  server.close(done);
});
beforeEach(async () => {
  got = [];
  answer = (_request, response) => response.end('fine');
  sqs = standIn('sqs', ['SendMessage']);
  cloud = await startTestCloud([eventBridgeService(), secretsManagerService(), kmsService(), sqs.definition]);
  client = new EventBridgeClient(cloud.client);
});
afterEach(async () => {
  client.destroy();
  await cloud[Symbol.asyncDispose]();
});

const base = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

async function connect(
  input: Omit<CreateConnectionCommandInput, 'Name'>,
  target: Partial<Target> = {},
  path = '/hook',
) {
  const { ConnectionArn } = await client.send(new CreateConnectionCommand({ Name: 'c', ...input }));
  const { ApiDestinationArn } = await client.send(
    new CreateApiDestinationCommand({
      Name: 'd',
      ConnectionArn,
      InvocationEndpoint: base() + path,
      HttpMethod: 'POST',
      InvocationRateLimitPerSecond: 10,
    }),
  );
  await client.send(new PutRuleCommand({ Name: 'r', EventPattern: '{"source":["s"]}' }));
  const Targets = [{ Id: '1', Arn: ApiDestinationArn!, RoleArn, DeadLetterConfig: { Arn: DEAD }, ...target }];
  await client.send(new PutTargetsCommand({ Rule: 'r', Targets }));
}
const basic: Omit<CreateConnectionCommandInput, 'Name'> = {
  AuthorizationType: 'BASIC',
  AuthParameters: { BasicAuthParameters: { Username: 'u', Password: 'p' } },
};
const put = (n = 1) =>
  client.send(
    new PutEventsCommand({
      Entries: Array.from({ length: n }, (_, id) => ({ Source: 's', DetailType: 't', Detail: JSON.stringify({ id }) })),
    }),
  );
const idle = () => cloud.kernel.outbox.idle();

test('an event is posted with what signs in, and with what target and connection add', async () => {
  const InvocationHttpParameters = {
    HeaderParameters: [{ Key: 'x-fixed', Value: 'secret', IsValueSecret: true }],
    QueryStringParameters: [{ Key: 'q', Value: '1' }],
    BodyParameters: [{ Key: 'extra', Value: 'body' }],
  };
  const ApiKeyAuthParameters = { ApiKeyName: 'x-api-key', ApiKeyValue: 'key' };
  await connect(
    { AuthorizationType: 'API_KEY', AuthParameters: { ApiKeyAuthParameters, InvocationHttpParameters } },
    {
      InputPath: '$.detail',
      HttpParameters: {
        PathParameterValues: ['$.detail.id'],
        HeaderParameters: { 'x-source': '$.source' },
        QueryStringParameters: { p: 'constant' },
      },
    },
    '/hook/*',
  );
  await put();
  await idle();
  expect(got).toMatchObject([
    {
      method: 'POST',
      url: '/hook/0?p=constant&q=1',
      headers: {
        'x-api-key': 'key',
        'x-fixed': 'secret',
        'x-source': 's',
        'user-agent': 'Amazon/EventBridge/ApiDestinations',
      },
      body: '{"id":0,"extra":"body"}',
    },
  ]);
  const shown = await client.send(new DescribeConnectionCommand({ Name: 'c' }));
  expect(shown.SecretArn).toMatch(/:secret:events!connection\/c\//);
  expect(JSON.stringify(shown.AuthParameters)).not.toMatch(/secret"|"key"/);
});

test('a token is fetched once by client credentials, and again when it has been refused', async () => {
  answer = ({ url, headers }, response) => {
    if (url === '/token') response.end(JSON.stringify({ access_token: `t${got.length}`, expires_in: 600 }));
    else response.writeHead(headers.authorization === 'Bearer t1' && got.length > 3 ? 401 : 200).end();
  };
  await connect({
    AuthorizationType: 'OAUTH_CLIENT_CREDENTIALS',
    AuthParameters: {
      OAuthParameters: {
        ClientParameters: { ClientID: 'id', ClientSecret: 'hidden' },
        AuthorizationEndpoint: `${base()}/token`,
        HttpMethod: 'POST',
      },
    },
  });
  for (let n = 0; n < 3; n += 1) {
    await put();
    await idle();
    await cloud.clock.advance(1_000);
  }
  for (let turns = 0; turns < 200 && got.length < 6; turns += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    if (turns % 20 === 19) await cloud.clock.advance(1_000);
    await idle();
  }
  expect(got.map(({ url, headers }) => [url, headers.authorization])).toEqual([
    ['/token', undefined],
    ['/hook', 'Bearer t1'],
    ['/hook', 'Bearer t1'],
    ['/hook', 'Bearer t1'],
    ['/token', undefined],
    ['/hook', 'Bearer t5'],
  ]);
  expect(Object.fromEntries(new URLSearchParams(got[0]?.body))).toEqual({
    grant_type: 'client_credentials',
    client_id: 'id',
    client_secret: 'hidden',
  });
});

test('what the endpoint refuses goes to the dead-letter queue, what it cannot take now is sent later', async () => {
  await connect(basic);
  answer = (_request, response) => response.writeHead(400).end();
  await put();
  await idle();
  expect(got.map(({ headers }) => headers.authorization)).toEqual([`Basic ${Buffer.from('u:p').toString('base64')}`]);
  expect(sqs.received[0]?.input.MessageAttributes.ERROR_CODE.StringValue).toBe('ERROR_FROM_TARGET');
  answer = (_request, response) =>
    got.length === 2 ? response.writeHead(429, { 'retry-after': '120' }).end() : response.end();
  await cloud.clock.advance(1_000);
  await put();
  await idle();
  await cloud.clock.advance(119_000);
  await idle();
  expect(got).toHaveLength(2);
  await cloud.clock.advance(1_000);
  await idle();
  expect(got).toHaveLength(3);
  expect(sqs.received).toHaveLength(1);
});

test('requests leave as far apart as the rate has it', async () => {
  await connect(basic);
  const times: number[] = [];
  answer = (_request, response) => {
    times.push(cloud.clock.now());
    response.end();
  };
  const start = cloud.clock.now();
  await put(5);
  for (let n = 0; n < 60 && times.length < 5; n += 1) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    await cloud.clock.advance(20);
  }
  expect(times).toHaveLength(5);
  expect(times[4]! - start).toBeGreaterThanOrEqual(400);
});

test('connections and destinations are changed and removed, their secrets with them', async () => {
  await connect(basic);
  const changed = { Name: 'c', AuthParameters: { BasicAuthParameters: { Password: 'new' } } };
  await client.send(new UpdateConnectionCommand(changed as never));
  await put();
  await idle();
  expect(got[0]?.headers.authorization).toBe(`Basic ${Buffer.from('u:new').toString('base64')}`);
  expect((await client.send(new DescribeApiDestinationCommand({ Name: 'd' }))).HttpMethod).toBe('POST');
  expect(await client.send(new DeauthorizeConnectionCommand({ Name: 'c' }))).toMatchObject({
    ConnectionState: 'DEAUTHORIZED',
  });
  await put();
  await idle();
  expect(got).toHaveLength(1);
  await client.send(new DeleteApiDestinationCommand({ Name: 'd' }));
  await client.send(new DeleteConnectionCommand({ Name: 'c' }));
  expect((await client.send(new ListConnectionsCommand({}))).Connections).toEqual([]);
  const gone = client.send(new DescribeApiDestinationCommand({ Name: 'd' }));
  await expect(gone).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
});
