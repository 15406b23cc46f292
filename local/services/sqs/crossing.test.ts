/** What crosses one queue: moves back, templates, policies, the older protocol, what a restart finds. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CancelMessageMoveTaskCommand,
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ListMessageMoveTasksCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import { signedFetch } from '../../doors/aws-endpoint/signatures.fixture.ts';
import { existingResource, resourceRequest, startTestCloud, type TestCloud } from '../../doors/aws-endpoint/testing.ts';
import { createKernel, ManualClock } from '../../kernel/index.ts';
import type { Provider } from '../../kernel/provider.ts';
import type { JsonObject } from '../../kernel/service.ts';
import { kmsService } from '../kms/index.ts';
import { sqsService } from './index.ts';

let cloud: TestCloud;
let client: SQSClient;
let count = 0;

beforeAll(async () => {
  cloud = await startTestCloud([sqsService(), kmsService()]);
  client = new SQSClient(cloud.client);
});

afterAll(async () => {
  client.destroy();
  await cloud[Symbol.asyncDispose]();
});

async function queue(Attributes: Record<string, string> = {}): Promise<string> {
  count += 1;
  return (await client.send(new CreateQueueCommand({ QueueName: `crossing-${count}`, Attributes }))).QueueUrl!;
}
const arnOf = (url: string) => `arn:aws:sqs:us-east-1:123456789012:${url.split('/').at(-1)}`;
const send = (QueueUrl: string, MessageBody: string) => client.send(new SendMessageCommand({ QueueUrl, MessageBody }));
async function receive(QueueUrl: string, most = 10) {
  const { Messages = [] } = await client.send(
    new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: most, MessageSystemAttributeNames: ['All'] }),
  );
  return Messages;
}
async function visible(QueueUrl: string): Promise<number> {
  const asked = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['ApproximateNumberOfMessages'] });
  return Number((await client.send(asked)).Attributes!['ApproximateNumberOfMessages']);
}
const refusal = (sent: Promise<unknown>) =>
  sent.then(
    () => 'nothing was refused',
    (error) => `${error.name}: ${error.message}`,
  );

describe('dead letters that are to go back', () => {
  const tasks = async (url: string) =>
    (await client.send(new ListMessageMoveTasksCommand({ SourceArn: arnOf(url), MaxResults: 10 }))).Results!;
  const start = (url: string, more: object = {}) =>
    client.send(new StartMessageMoveTaskCommand({ SourceArn: arnOf(url), ...more }));

  async function withDeadLetters(number: number) {
    const dead = await queue();
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: arnOf(dead), maxReceiveCount: 1 });
    const url = await queue({ RedrivePolicy, VisibilityTimeout: '0' });
    for (let at = 0; at < number; at += 10) {
      const Entries = Array.from({ length: Math.min(10, number - at) }, (_, n) => ({
        Id: `i${n}`,
        MessageBody: `m${at + n}`,
      }));
      await client.send(new SendMessageBatchCommand({ QueueUrl: url, Entries }));
    }
    while ((await receive(url)).length > 0);
    expect(await visible(dead)).toBe(number);
    return { dead, url };
  }

  it('go to where each came from, as new messages, so many a second', async () => {
    const { dead, url } = await withDeadLetters(5);
    const { TaskHandle } = await start(dead, { MaxNumberOfMessagesPerSecond: 2 });
    expect(await refusal(start(dead))).toMatch(/^InvalidParameterValue: There is already a task running/);
    await cloud.clock.advance(1);
    expect([await visible(dead), await visible(url)]).toEqual([3, 2]);
    expect(await tasks(dead)).toEqual([
      expect.objectContaining({
        TaskHandle,
        Status: 'RUNNING',
        SourceArn: arnOf(dead),
        MaxNumberOfMessagesPerSecond: 2,
        ApproximateNumberOfMessagesMoved: 2,
        ApproximateNumberOfMessagesToMove: 5,
        StartedTimestamp: cloud.clock.now() - 1,
      }),
    ]);
    await cloud.clock.advance(2000);
    expect([await visible(dead), await visible(url)]).toEqual([0, 5]);
    expect(await tasks(dead)).toMatchObject([{ Status: 'COMPLETED', ApproximateNumberOfMessagesMoved: 5 }]);
    const [back] = await receive(url);
    expect(back?.Attributes).toMatchObject({ ApproximateReceiveCount: '1' });
    expect(back?.Attributes).not.toHaveProperty('DeadLetterQueueSourceArn');
  });

  it('go elsewhere, until they are stopped', async () => {
    const { dead } = await withDeadLetters(3);
    const other = await queue();
    const { TaskHandle } = await start(dead, { DestinationArn: arnOf(other), MaxNumberOfMessagesPerSecond: 1 });
    await cloud.clock.advance(1000);
    const { ApproximateNumberOfMessagesMoved } = await client.send(new CancelMessageMoveTaskCommand({ TaskHandle }));
    expect(ApproximateNumberOfMessagesMoved).toBe(2);
    await cloud.clock.advance(5000);
    expect([await visible(dead), await visible(other)]).toEqual([1, 2]);
    expect(await tasks(dead)).toMatchObject([{ Status: 'CANCELLED' }]);
    expect(await refusal(client.send(new CancelMessageMoveTaskCommand({ TaskHandle })))).toMatch(/Only active tasks/);
  });

  it('of no source fail, and of no dead-letter queue are refused', async () => {
    const { dead } = await withDeadLetters(0);
    await send(dead, 'from nowhere');
    await start(dead);
    await cloud.clock.advance(1);
    expect(await tasks(dead)).toMatchObject([{ Status: 'FAILED', FailureReason: 'CouldNotDetermineMessageSource' }]);
    const url = await queue();
    expect(await refusal(start(url))).toMatch(/must be configured as a Dead Letter Queue/);
    expect(await refusal(start(`${url}-not-there`))).toMatch(/^ResourceNotFoundException: .*SourceArn/);
    expect(await refusal(start(dead, { MaxNumberOfMessagesPerSecond: 501 }))).toMatch(/between 1 and 500/);
    const cancel = (TaskHandle: string) => refusal(client.send(new CancelMessageMoveTaskCommand({ TaskHandle })));
    expect(await cancel('x')).toMatch(/^InvalidParameterValue: .*TaskHandle is invalid/);
    const handle = (sourceArn: string) => Buffer.from(JSON.stringify({ taskId: 'x', sourceArn })).toString('base64');
    expect(await cancel(handle(`${arnOf(dead)}-not-there`))).toMatch(/^ResourceNotFoundException: .*SourceArn/);
    expect(await cancel(handle(arnOf(dead)))).toBe('ResourceNotFoundException: Task does not exist.');
  });
});

describe('the query protocol', () => {
  async function ask(path: string, parameters: Record<string, string>) {
    const body = new URLSearchParams({ Version: '2012-11-05', ...parameters }).toString();
    const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
    const response = await signedFetch(cloud.endpoint.url + path, { headers, body }, { service: 'sqs' });
    return { status: response.status, text: await response.text() };
  }
  const inside = (name: string, text: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1];

  it('sends and receives, at the queue’s own path', async () => {
    const made = await ask('/', {
      Action: 'CreateQueue',
      QueueName: 'old-style',
      'Attribute.1.Name': 'VisibilityTimeout',
      'Attribute.1.Value': '5',
    });
    expect(made.text).toMatch(/^<CreateQueueResponse xmlns="http:\/\/queue.amazonaws.com\/doc\/2012-11-05\/">/);
    const url = inside('QueueUrl', made.text)!;
    expect(url).toBe(`${cloud.endpoint.url}/123456789012/old-style`);
    const sent = await ask('/123456789012/old-style', {
      Action: 'SendMessage',
      MessageBody: 'a <b> & c',
      'MessageAttribute.1.Name': 'kind',
      'MessageAttribute.1.Value.DataType': 'String',
      'MessageAttribute.1.Value.StringValue': 'x',
    });
    expect(inside('MD5OfMessageBody', sent.text)).toMatch(/^[0-9a-f]{32}$/);
    const got = await ask('/', {
      Action: 'ReceiveMessage',
      QueueUrl: url,
      'AttributeName.1': 'All',
      'MessageAttributeName.1': 'All',
    });
    expect(got.text).toContain('<Body>a &lt;b&gt; &amp; c</Body>');
    expect(got.text).toContain('<Attribute><Name>ApproximateReceiveCount</Name><Value>1</Value></Attribute>');
    expect(got.text).toContain(
      '<MessageAttribute><Name>kind</Name><Value><DataType>String</DataType><StringValue>x</StringValue>',
    );
    const batch = await ask('/123456789012/old-style', {
      Action: 'DeleteMessageBatch',
      'DeleteMessageBatchRequestEntry.1.Id': 'a',
      'DeleteMessageBatchRequestEntry.1.ReceiptHandle': inside('ReceiptHandle', got.text)!,
      'DeleteMessageBatchRequestEntry.2.Id': 'b',
      'DeleteMessageBatchRequestEntry.2.ReceiptHandle': 'x',
    });
    expect(batch.text).toMatch(/<DeleteMessageBatchResultEntry><Id>a<\/Id><\/DeleteMessageBatchResultEntry>/);
    expect(batch.text).toMatch(/<BatchResultErrorEntry><Id>b<\/Id>.*<Code>ReceiptHandleIsInvalid<\/Code>/);
  });

  it('has its own codes for errors', async () => {
    expect(await ask('/', { Action: 'GetQueueUrl', QueueName: 'nowhere' })).toMatchObject({
      status: 400,
      text: expect.stringContaining('<Code>AWS.SimpleQueueService.NonExistentQueue</Code>'),
    });
    const missing = await ask('/', { Action: 'SendMessage', MessageBody: 'x' });
    expect(inside('Code', missing.text)).toBe('MissingParameter');
    const headers = {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': 'AmazonSQS.GetQueueUrl',
      'x-amzn-query-mode': 'true',
    };
    const plain = { headers, body: '{"QueueName":"nowhere"}' };
    const response = await signedFetch(cloud.endpoint.url, plain, { service: 'sqs' });
    expect(response.headers.get('x-amzn-query-error')).toBe('AWS.SimpleQueueService.NonExistentQueue;Sender');
  });

  it('is asked by a browser too, where the policy lets anybody', async () => {
    const url = await queue();
    await send(url, 'hello');
    const answer = await fetch(`${url}?Action=ReceiveMessage&Version=2012-11-05`);
    expect(await answer.text()).toContain('<Body>hello</Body>');
  });
});

describe('in a template', () => {
  const provider = async (type: string): Promise<Provider> =>
    (await cloud.kernel.registry.service('sqs')).providers[type]!;

  async function made(type: string, properties: JsonObject, logicalId = `Thing${++count}`) {
    const request = resourceRequest(type, properties, { logicalId });
    return existingResource(request, await (await provider(type)).create(request));
  }
  const attributesOf = async (QueueUrl: string) =>
    (await client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }))).Attributes!;
  const inPlace = (url: string) => url.replace('https://sqs.us-east-1.amazonaws.com', cloud.endpoint.url);

  it('a queue is made, changed in place, replaced under another name, and goes', async () => {
    const type = 'AWS::SQS::Queue';
    const queues = await provider(type);
    const properties = {
      QueueName: 'templated',
      DelaySeconds: 5,
      VisibilityTimeout: '60',
      Tags: [{ Key: 'a', Value: 'b' }],
    };
    const first = await made(type, properties);
    expect(first).toMatchObject({
      physicalId: 'https://sqs.us-east-1.amazonaws.com/123456789012/templated',
      attributes: { Arn: 'arn:aws:sqs:us-east-1:123456789012:templated', QueueName: 'templated' },
    });
    await expect(made(type, properties)).rejects.toMatchObject({ code: 'AlreadyExists' });
    const url = inPlace(first.physicalId);
    const changed = resourceRequest(type, { QueueName: 'templated', VisibilityTimeout: 7 });
    expect((await queues.update(changed, first)).physicalId).toBe(first.physicalId);
    expect(await attributesOf(url)).toMatchObject({ VisibilityTimeout: '7', DelaySeconds: '0' });
    const replaced = await queues.update(resourceRequest(type, { QueueName: 'other' }), first);
    expect(replaced.physicalId).toMatch(/\/other$/);
    await queues.delete(first);
    await expect(attributesOf(url)).rejects.toMatchObject({ name: 'QueueDoesNotExist' });
    // CloudFormation waits the minute out that SQS wants between.
    expect((await made(type, properties)).physicalId).toBe(first.physicalId);
  });

  it('a FIFO queue has a name that says so', async () => {
    const { physicalId } = await made('AWS::SQS::Queue', { FifoQueue: true, ContentBasedDeduplication: true });
    expect(physicalId).toMatch(/\/shop-Thing\d+-AAAAAAAAAAAA\.fifo$/);
    await expect(made('AWS::SQS::Queue', { FifoQueue: true, QueueName: 'plain' })).rejects.toThrow(/end with .fifo/);
    await expect(made('AWS::SQS::Queue', { FifoThroughputLimit: 'perQueue' })).rejects.toThrow(/Unknown Attribute/);
    await expect(made('AWS::SQS::Queue', { DelaySeconds: 901 })).rejects.toThrow(/between 0 and 900/);
  });

  it.each(['AWS::SQS::QueuePolicy', 'AWS::SQS::QueueInlinePolicy'])('%s comes and goes', async (type) => {
    const { physicalId: Queue } = await made('AWS::SQS::Queue', {});
    const { physicalId: Other } = await made('AWS::SQS::Queue', {});
    const PolicyDocument = { Statement: [{ Effect: 'Allow', Principal: '*', Action: 'sqs:*', Resource: '*' }] };
    const on = (url: string): JsonObject =>
      type === 'AWS::SQS::QueuePolicy' ? { Queues: [url], PolicyDocument } : { Queue: url, PolicyDocument };
    const policy = await made(type, on(Queue));
    expect(JSON.parse((await attributesOf(inPlace(Queue)))['Policy']!)).toEqual(PolicyDocument);
    // The same queue, at another port.
    const policies = await provider(type);
    const same = resourceRequest(type, on(inPlace(Queue)));
    expect((await policies.update(same, policy)).physicalId).toBe(policy.physicalId);
    expect(await attributesOf(inPlace(Queue))).toHaveProperty('Policy');
    const moved = resourceRequest(type, on(Other));
    const result = await policies.update(moved, policy);
    if (result.physicalId !== policy.physicalId) await policies.delete(policy);
    expect(await attributesOf(inPlace(Queue))).not.toHaveProperty('Policy');
    await policies.delete(existingResource(moved, result));
    expect(await attributesOf(inPlace(Other))).not.toHaveProperty('Policy');
    await expect(made(type, {})).rejects.toThrow(/is required/);
  });
});

test('no more than the quota is in flight: a short poll is told, a long one and a FIFO queue wait', async () => {
  const clock = new ManualClock();
  const kernel = createKernel({ stateDirectory: 'memory', accountId: '123456789012', region: 'us-east-1', clock });
  kernel.registry.add(sqsService({ mostInFlight: 2 }));
  const caller = { kind: 'internal', service: 'test' } as const;
  const call = (operation: string, input: object) => kernel.dispatch({ caller, service: 'sqs', operation, input });
  for (const [QueueName, Attributes] of [
    ['few', {}],
    ['few.fifo', { FifoQueue: 'true', ContentBasedDeduplication: 'true' }],
  ] as const) {
    const { QueueUrl } = (await call('CreateQueue', { QueueName, Attributes })) as { QueueUrl: string };
    for (const MessageBody of ['a', 'b', 'c'])
      await call('SendMessage', { QueueUrl, MessageBody, MessageGroupId: MessageBody });
    const asked = { QueueUrl, MaxNumberOfMessages: 10 };
    expect((await call('ReceiveMessage', asked)) as { Messages: [] }).toMatchObject({
      Messages: [{ Body: 'a' }, { Body: 'b' }],
    });
    const short = call('ReceiveMessage', asked);
    if (QueueName === 'few') await expect(short).rejects.toMatchObject({ code: 'OverLimit', statusCode: 403 });
    else await expect(short).resolves.toEqual({});
    const long = call('ReceiveMessage', { ...asked, WaitTimeSeconds: 20, MaxNumberOfMessages: 1 });
    await clock.advance(20_000);
    expect(await long).toEqual({});
  }
  await kernel.stop();
});

describe('a queue with a key of its own', () => {
  const internal = { kind: 'internal', service: 'test' } as const;
  const kms = (operation: string, input: object) =>
    cloud.kernel.dispatch({ caller: internal, service: 'kms', operation, input }) as Promise<never>;

  it('asks for it of those who send and receive, and says what is wrong with it', async () => {
    const { KeyMetadata } = (await kms('CreateKey', {})) as { KeyMetadata: { KeyId: string; Arn: string } };
    const url = await queue({ KmsMasterKeyId: KeyMetadata.KeyId });
    const { operations } = await cloud.kernel.registry.service('sqs');
    const needed = (operation: string) =>
      operations[operation]!.requires({ QueueUrl: url } as never, {} as never).map(({ action, resource }) => [
        action,
        resource,
      ]);
    expect(needed('SendMessageBatch')).toEqual([
      ['sqs:SendMessage', arnOf(url)],
      ['kms:GenerateDataKey', KeyMetadata.Arn],
      ['kms:Decrypt', KeyMetadata.Arn],
    ]);
    expect(needed('ReceiveMessage')).toEqual([
      ['sqs:ReceiveMessage', arnOf(url)],
      ['kms:Decrypt', KeyMetadata.Arn],
    ]);
    await send(url, 'x');
    await kms('DisableKey', { KeyId: KeyMetadata.KeyId });
    expect(await refusal(send(url, 'x'))).toBe(`KmsDisabled: ${KeyMetadata.Arn} is disabled.`);
    await kms('ScheduleKeyDeletion', { KeyId: KeyMetadata.KeyId });
    expect(await refusal(receive(url))).toMatch(/^KmsInvalidState: /);
    expect(await refusal(send(await queue({ KmsMasterKeyId: 'alias/nobody' }), 'x'))).toMatch(/^KmsNotFound: /);
  });
});

test('what was answered is there after a restart: messages, their visibility, what was sent twice', async () => {
  const stateDirectory = mkdtempSync(join(tmpdir(), 'sampan-test-'));
  const clock = new ManualClock();
  const caller = { kind: 'internal', service: 'test' } as const;
  const open = () => {
    const kernel = createKernel({ stateDirectory, accountId: '123456789012', region: 'us-east-1', clock });
    kernel.registry.add(sqsService());
    const call = (operation: string, input: object) => kernel.dispatch({ caller, service: 'sqs', operation, input });
    return { kernel, call };
  };
  const QueueUrl = 'https://sqs.us-east-1.amazonaws.com/123456789012/kept.fifo';
  const say = (MessageBody: string) => ({
    QueueUrl,
    MessageBody,
    MessageGroupId: MessageBody[0],
    MessageDeduplicationId: MessageBody,
  });
  try {
    const first = open();
    await first.call('CreateQueue', { QueueName: 'kept.fifo', Attributes: { FifoQueue: 'true' } });
    for (const body of ['a1', 'a2', 'b1']) await first.call('SendMessage', say(body));
    const one = (await first.call('ReceiveMessage', { QueueUrl })) as { Messages: { ReceiptHandle: string }[] };
    await first.kernel.stop();
    const second = open();
    const rest = { QueueUrl, MaxNumberOfMessages: 10, MessageSystemAttributeNames: ['All'] };
    expect(await second.call('SendMessage', say('a1'))).toMatchObject({ MessageId: expect.any(String) });
    expect(await second.call('ReceiveMessage', rest)).toMatchObject({ Messages: [{ Body: 'b1' }] });
    await second.call('ChangeMessageVisibility', {
      QueueUrl,
      ReceiptHandle: one.Messages[0]!.ReceiptHandle,
      VisibilityTimeout: 0,
    });
    expect(await second.call('ReceiveMessage', rest)).toMatchObject({
      Messages: [{ Body: 'a1', Attributes: { ApproximateReceiveCount: '2' } }, { Body: 'a2' }],
    });
    await second.kernel.stop();
  } finally {
    rmSync(stateDirectory, { recursive: true, force: true });
  }
});
