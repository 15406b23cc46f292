/** Topics and parameters: what is not there, or is there in another way. */
import {
  CreateTopicCommand,
  GetSMSAttributesCommand,
  PublishCommand,
  SetSubscriptionAttributesCommand,
  SetTopicAttributesCommand,
  SNSClient,
  SubscribeCommand,
  UnsubscribeCommand,
} from '@aws-sdk/client-sns';
import { GetParameterCommand, ListDocumentsCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { resourceRequest, startTestCloud, type TestCloud } from '../../local/doors/aws-endpoint/testing.ts';
import { linkRoutes, snsService } from '../../local/services/sns/index.ts';
import { queueStandIn, type StandIn } from '../../local/services/sns/testing/stand-ins.ts';
import { ssmService } from '../../local/services/ssm/index.ts';

const ABSENT = { name: 'OperationNotEmulated', $metadata: { httpStatusCode: 501 } };
const QUEUE = 'arn:aws:sqs:us-east-1:123456789012:q';

let cloud: TestCloud;
let sns: SNSClient;
let ssm: SSMClient;
let queue: StandIn;

beforeAll(async () => {
  queue = queueStandIn();
  cloud = await startTestCloud(
    [snsService({ endpointUrl: () => cloud.endpoint.url }), ssmService(), queue.definition],
    { routes: linkRoutes((call) => cloud.kernel.dispatch(call)) },
  );
  sns = new SNSClient(cloud.client);
  ssm = new SSMClient(cloud.client);
});

afterAll(async () => {
  sns.destroy();
  ssm.destroy();
  await cloud[Symbol.asyncDispose]();
});

const topic = async (Name: string, Attributes = {}) =>
  (await sns.send(new CreateTopicCommand({ Name, Attributes }))).TopicArn!;
const subscribe = async (TopicArn: string, Protocol: string, Endpoint: string) =>
  (await sns.send(new SubscribeCommand({ TopicArn, Protocol, Endpoint, ReturnSubscriptionArn: true })))
    .SubscriptionArn!;
const mails = async () =>
  (
    (await cloud.kernel.dispatch({
      caller: { kind: 'internal', service: 'sampan' },
      service: 'sns',
      operation: 'ListMessages',
      input: {},
    })) as { Messages: { destination: string; body: string }[] }
  ).Messages;

test('M1: nothing is delivered to devices and Firehose', async () => {
  const TopicArn = await topic('u1');
  for (const protocol of ['application', 'firehose']) {
    await expect(subscribe(TopicArn, protocol, 'arn:aws:x')).rejects.toMatchObject(ABSENT);
    const { providers } = await cloud.kernel.registry.service('sns');
    const request = resourceRequest('AWS::SNS::Subscription', { TopicArn, Protocol: protocol, Endpoint: 'arn:aws:x' });
    expect(await providers[request.type]!.unsupported!(request)).toHaveLength(1);
  }
});

test('M2: messages are not archived, replayed or searched for personal data', async () => {
  const TopicArn = await topic('u2.fifo', { FifoTopic: 'true' });
  const AttributeValue = '{"MessageRetentionPeriod":"30"}';
  for (const AttributeName of ['ArchivePolicy', 'DataProtectionPolicy']) {
    const set = sns.send(new SetTopicAttributesCommand({ TopicArn, AttributeName, AttributeValue }));
    await expect(set).rejects.toMatchObject(ABSENT);
  }
  const SubscriptionArn = await subscribe(TopicArn, 'sqs', QUEUE);
  const replay = { SubscriptionArn, AttributeName: 'ReplayPolicy', AttributeValue };
  await expect(sns.send(new SetSubscriptionAttributesCommand(replay))).rejects.toMatchObject(ABSENT);
});

test('M3: links and the certificate are at the local endpoint', async () => {
  const TopicArn = await topic('u3');
  await subscribe(TopicArn, 'sqs', QUEUE);
  await sns.send(new PublishCommand({ TopicArn, Message: 'x' }));
  await cloud.kernel.outbox.idle();
  const body = JSON.parse(queue.received.at(-1)!.input.MessageBody);
  expect(body.SigningCertURL.startsWith(cloud.endpoint.url)).toBe(true);
  expect(body.UnsubscribeURL.startsWith(cloud.endpoint.url)).toBe(true);
});

test('M4: mails and texts stay here', async () => {
  await sns.send(new PublishCommand({ PhoneNumber: '+15555550100', Message: 'stays' }));
  expect(await mails()).toContainEqual(expect.objectContaining({ destination: '+15555550100', body: 'stays' }));
  await expect(sns.send(new GetSMSAttributesCommand({}))).rejects.toMatchObject(ABSENT);
});

test('M5: a filter policy holds from the next message on', async () => {
  const TopicArn = await topic('u5');
  const SubscriptionArn = await subscribe(TopicArn, 'sqs', QUEUE);
  const before = queue.received.length;
  const filter = { SubscriptionArn, AttributeName: 'FilterPolicy', AttributeValue: '{"a":["b"]}' };
  await sns.send(new SetSubscriptionAttributesCommand(filter));
  await sns.send(new PublishCommand({ TopicArn, Message: 'x' }));
  await cloud.kernel.outbox.idle();
  expect(queue.received).toHaveLength(before);
});

test('M6: what was ended is not restored by a link', async () => {
  const TopicArn = await topic('u6');
  const SubscriptionArn = await subscribe(TopicArn, 'email', 'a@example.com');
  const link = /http\S+/.exec((await mails()).at(-1)!.body)![0];
  expect((await fetch(link)).status).toBe(200);
  await sns.send(new UnsubscribeCommand({ SubscriptionArn }));
  expect((await fetch(link)).status).toBe(400);
});

test('M7: of Systems Manager there is Parameter Store, without policies and public parameters', async () => {
  await expect(ssm.send(new ListDocumentsCommand({}))).rejects.toMatchObject(ABSENT);
  const Policies = '[{"Type":"Expiration","Version":"1.0","Attributes":{"Timestamp":"2030-01-01T00:00:00.000Z"}}]';
  const put = { Name: '/u7', Value: 'x', Type: 'String', Tier: 'Advanced', Policies } as const;
  await expect(ssm.send(new PutParameterCommand(put))).rejects.toMatchObject(ABSENT);
  await expect(ssm.send(new GetParameterCommand({ Name: '/aws/service/x' }))).rejects.toMatchObject(ABSENT);
});
