/** Web servers as subscribers, with a real one. */
import { createVerify, X509Certificate } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  CreateTopicCommand,
  GetSubscriptionAttributesCommand,
  PublishCommand,
  SetSubscriptionAttributesCommand,
  SNSClient,
  SubscribeCommand,
  UnsubscribeCommand,
} from '@aws-sdk/client-sns';
import { startTestCloud, type TestCloud } from '../../doors/aws-endpoint/testing.ts';
import { linkRoutes, snsService } from './index.ts';
import { stringToSign } from './signer.ts';

interface Posted {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let cloud: TestCloud;
let sns: SNSClient;
let server: Server;
let url: string;
const posts: Posted[] = [];
const statuses: number[] = [];
let count = 0;

beforeAll(async () => {
  cloud = await startTestCloud([snsService({ endpointUrl: () => cloud.endpoint.url })], {
    routes: linkRoutes((call) => cloud.kernel.dispatch(call)),
  });
  sns = new SNSClient(cloud.client);
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      posts.push({ headers: request.headers, body });
      response.writeHead(statuses.shift() ?? 200).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

beforeEach(() => {
  posts.length = 0;
  statuses.length = 0;
});

afterAll(async () => {
  sns.destroy();
  server.closeAllConnections();
  server.close();
  await cloud[Symbol.asyncDispose]();
});

async function subscribed(Attributes: Record<string, string> = {}, path = '') {
  count += 1;
  const topic = { Name: `web-${count}`, Attributes: { SignatureVersion: '2' } };
  const { TopicArn } = await sns.send(new CreateTopicCommand(topic));
  const asked = { TopicArn, Protocol: 'http', Endpoint: `${url}${path}`, Attributes, ReturnSubscriptionArn: true };
  const { SubscriptionArn } = await sns.send(new SubscribeCommand(asked));
  await cloud.kernel.outbox.idle();
  return { TopicArn: TopicArn!, SubscriptionArn: SubscriptionArn! };
}

async function confirmed(Attributes: Record<string, string> = {}) {
  const made = await subscribed(Attributes);
  await fetch(JSON.parse(posts[0]!.body).SubscribeURL);
  posts.length = 0;
  return made;
}

async function publish(TopicArn: string): Promise<void> {
  await sns.send(new PublishCommand({ TopicArn, Message: 'hello' }));
  await cloud.kernel.outbox.idle();
}

test('a web server is asked first, by a signed message whose link confirms', async () => {
  const { TopicArn, SubscriptionArn } = await subscribed();
  const [{ headers, body }] = posts as [Posted];
  expect(headers).toMatchObject({
    'x-amz-sns-message-type': 'SubscriptionConfirmation',
    'x-amz-sns-topic-arn': TopicArn,
    'content-type': 'text/plain; charset=UTF-8',
    'user-agent': 'Amazon Simple Notification Service Agent',
  });
  const asked = JSON.parse(body);
  expect(asked).toMatchObject({ Type: 'SubscriptionConfirmation', TopicArn, SignatureVersion: '2' });
  const pem = await (await fetch(asked.SigningCertURL)).text();
  const key = new X509Certificate(pem).publicKey;
  expect(createVerify('RSA-SHA256').update(stringToSign(asked)).verify(key, asked.Signature, 'base64')).toBe(true);
  const pending = async () =>
    (await sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn }))).Attributes!['PendingConfirmation'];
  expect(await pending()).toBe('true');
  await publish(TopicArn);
  expect(posts).toHaveLength(1);
  expect(await (await fetch(asked.SubscribeURL)).text()).toContain(`<SubscriptionArn>${SubscriptionArn}<`);
  expect(await pending()).toBe('false');
  await publish(TopicArn);
  expect(posts[1]!.headers).toMatchObject({
    'x-amz-sns-message-type': 'Notification',
    'x-amz-sns-subscription-arn': SubscriptionArn,
  });
  expect(JSON.parse(posts[1]!.body)).toMatchObject({ Type: 'Notification', Message: 'hello' });
});

test('raw delivery posts the text alone, and a policy gives it a content type', async () => {
  const { TopicArn, SubscriptionArn } = await confirmed({
    RawMessageDelivery: 'true',
    DeliveryPolicy: JSON.stringify({ requestPolicy: { headerContentType: 'application/json' } }),
  });
  await publish(TopicArn);
  expect(posts[0]).toMatchObject({
    body: 'hello',
    headers: { 'x-amz-sns-rawdelivery': 'true', 'content-type': 'application/json' },
  });
  await sns.send(new UnsubscribeCommand({ SubscriptionArn }));
  await cloud.kernel.outbox.idle();
  expect(posts[1]!.headers['x-amz-sns-message-type']).toBe('UnsubscribeConfirmation');
});

test('the user and password of a URL are sent as such', async () => {
  const host = new URL(url).host;
  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: 'web-auth' }));
  await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'http', Endpoint: `http://ada:p%40ss@${host}/in` }));
  await cloud.kernel.outbox.idle();
  expect(posts[0]!.headers.authorization).toBe(`Basic ${Buffer.from('ada:p@ss').toString('base64')}`);
});

test('a web server that fails is tried again by its policy, in its phases', async () => {
  const healthyRetryPolicy = {
    minDelayTarget: 5,
    maxDelayTarget: 30,
    numRetries: 4,
    numNoDelayRetries: 1,
    numMinDelayRetries: 1,
    numMaxDelayRetries: 1,
    backoffFunction: 'linear',
  };
  const { TopicArn } = await confirmed({ DeliveryPolicy: JSON.stringify({ healthyRetryPolicy }) });
  statuses.push(500, 503, 429, 500, 500);
  await publish(TopicArn);
  expect(posts).toHaveLength(2);
  const tries: number[] = [];
  for (let second = 5; second <= 45; second += 5) {
    await cloud.clock.advance(5_000);
    await cloud.kernel.outbox.idle();
    tries.push(posts.length);
  }
  expect(tries).toEqual([3, 4, 4, 4, 4, 4, 4, 5, 5]);
});

test('what a web server refuses for good is not tried again', async () => {
  const { TopicArn } = await confirmed();
  statuses.push(403);
  await publish(TopicArn);
  await cloud.clock.advance(100_000);
  await cloud.kernel.outbox.idle();
  expect(posts).toHaveLength(1);
});

test.each([
  ['{', 'failed to parse JSON'],
  ['{"healthyRetryPolicy":{"minDelayTarget":0}}', 'minDelayTarget'],
  ['{"healthyRetryPolicy":{"minDelayTarget":30,"maxDelayTarget":20}}', 'maxDelayTarget'],
  ['{"healthyRetryPolicy":{"numRetries":1,"numNoDelayRetries":2}}', 'numRetries'],
  ['{"healthyRetryPolicy":{"backoffFunction":"random"}}', 'backoffFunction'],
])('the delivery policy %s is refused', async (AttributeValue, message) => {
  const { SubscriptionArn } = await subscribed();
  const set = { SubscriptionArn, AttributeName: 'DeliveryPolicy', AttributeValue };
  await expect(sns.send(new SetSubscriptionAttributesCommand(set))).rejects.toThrow(message);
});
