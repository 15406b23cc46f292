import { createVerify, X509Certificate } from 'node:crypto';
import {
  AddPermissionCommand,
  ConfirmSubscriptionCommand,
  CreateTopicCommand,
  DeleteTopicCommand,
  GetSubscriptionAttributesCommand,
  GetTopicAttributesCommand,
  ListSubscriptionsByTopicCommand,
  ListTagsForResourceCommand,
  ListTopicsCommand,
  PublishBatchCommand,
  PublishCommand,
  type PublishCommandInput,
  RemovePermissionCommand,
  SetSubscriptionAttributesCommand,
  SetTopicAttributesCommand,
  SNSClient,
  SubscribeCommand,
  type SubscribeCommandInput,
  TagResourceCommand,
  UnsubscribeCommand,
} from '@aws-sdk/client-sns';
import { startTestCloud, type TestCloud } from '../../doors/aws-endpoint/testing.ts';
import type { Dispatch } from '../../kernel/service.ts';
import { linkRoutes, snsService } from './index.ts';
import { stringToSign } from './signer.ts';
import { functionStandIn, gone, queueStandIn, type StandIn, unavailable } from './testing/stand-ins.ts';

const QUEUE = 'arn:aws:sqs:us-east-1:123456789012:orders';
const FIFO_QUEUE = 'arn:aws:sqs:us-east-1:123456789012:orders.fifo';
const DEAD = 'arn:aws:sqs:us-east-1:123456789012:dead';
const FUNCTION = 'arn:aws:lambda:us-east-1:123456789012:function:worker';
const UUID = /^[0-9a-f-]{36}$/;

describe('SNS through the SDK', () => {
  let cloud: TestCloud;
  let sns: SNSClient;
  let queue: StandIn;
  let worker: StandIn;
  let count = 0;

  beforeAll(async () => {
    queue = queueStandIn();
    worker = functionStandIn();
    const dispatch: Dispatch = (call) => cloud.kernel.dispatch(call);
    cloud = await startTestCloud(
      [snsService({ endpointUrl: () => cloud.endpoint.url }), queue.definition, worker.definition],
      { routes: linkRoutes(dispatch) },
    );
    sns = new SNSClient(cloud.client);
  });

  beforeEach(() => {
    for (const each of [queue, worker]) {
      each.received.length = 0;
      each.refusals.length = 0;
    }
  });

  afterAll(async () => {
    sns.destroy();
    await cloud[Symbol.asyncDispose]();
  });

  async function topic(Attributes: Record<string, string> = {}): Promise<string> {
    count += 1;
    const Name = Attributes['FifoTopic'] ? `topic-${count}.fifo` : `topic-${count}`;
    return (await sns.send(new CreateTopicCommand({ Name, Attributes }))).TopicArn!;
  }

  const subscribe = async (TopicArn: string, input: Partial<SubscribeCommandInput> = {}): Promise<string> =>
    (
      await sns.send(
        new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: QUEUE, ReturnSubscriptionArn: true, ...input }),
      )
    ).SubscriptionArn!;

  async function publish(TopicArn: string, input: Partial<PublishCommandInput> = {}) {
    const published = await sns.send(new PublishCommand({ TopicArn, Message: 'hello', ...input }));
    await cloud.kernel.outbox.idle();
    return published;
  }

  const refusal = (sent: Promise<unknown>): Promise<string> =>
    sent.then(
      () => 'nothing was refused',
      (error) => `${error.name}: ${error.message}`,
    );

  const mails = async () =>
    (
      (await cloud.kernel.dispatch({
        caller: { kind: 'internal', service: 'sampan' },
        service: 'sns',
        operation: 'ListMessages',
        input: {},
      })) as { Messages: readonly { destination: string; subject?: string; body: string; medium: string }[] }
    ).Messages;

  const metric = (TopicArn: string, name: string): number =>
    cloud.kernel.telemetry.metrics
      .minutes({ namespace: 'AWS/SNS', name, dimensions: { TopicName: TopicArn.split(':')[5]! } })
      .reduce((sum, minute) => sum + minute.sum, 0);

  const reasonOf = (it: StandIn) => it.received.map(({ input }) => input.MessageAttributes?.ErrorCode?.StringValue);

  test('a topic is made once, and described with what it was given', async () => {
    const arn = await topic({ DisplayName: 'Orders' });
    const Name = arn.split(':')[5]!;
    expect((await sns.send(new CreateTopicCommand({ Name, Attributes: { DisplayName: 'Orders' } }))).TopicArn).toBe(
      arn,
    );
    expect(await refusal(sns.send(new CreateTopicCommand({ Name, Attributes: { DisplayName: 'Other' } })))).toBe(
      'InvalidParameterException: Invalid parameter: Attributes Reason: Topic already exists with different attributes',
    );
    const { Attributes } = await sns.send(new GetTopicAttributesCommand({ TopicArn: arn }));
    expect(Attributes).toMatchObject({
      TopicArn: arn,
      Owner: '123456789012',
      DisplayName: 'Orders',
      SubscriptionsConfirmed: '0',
      SubscriptionsPending: '0',
      SubscriptionsDeleted: '0',
      Policy: expect.stringContaining('__default_statement_ID'),
      EffectiveDeliveryPolicy: expect.stringContaining('"numRetries":3'),
    });
    expect((await sns.send(new ListTopicsCommand({}))).Topics).toContainEqual({ TopicArn: arn });
    await sns.send(new DeleteTopicCommand({ TopicArn: arn }));
    await sns.send(new DeleteTopicCommand({ TopicArn: arn }));
    expect(await refusal(sns.send(new GetTopicAttributesCommand({ TopicArn: arn })))).toBe(
      'NotFoundException: Topic does not exist',
    );
  });

  test.each([
    [{ Name: 'a b' }, 'Invalid parameter: Topic Name'],
    [{ Name: 'a', Attributes: { FifoTopic: 'true' } }, /Fifo Topic names must end with \.fifo/],
    [{ Name: 'a', Attributes: { Colour: 'red' } }, 'Invalid parameter: AttributeName'],
    [{ Name: 'a', Attributes: { MaximumMessageSize: '3' } }, /MaximumMessageSize Reason/],
    [{ Name: 'a', Attributes: { Policy: '{' } }, 'Invalid parameter: Policy Error: null'],
  ])('the topic %j is refused', async (input, message) => {
    await expect(sns.send(new CreateTopicCommand(input))).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: message instanceof RegExp ? expect.stringMatching(message) : message,
    });
  });

  test('what nobody here does is refused by its name', async () => {
    const arn = await topic();
    const set = (AttributeName: string) =>
      sns.send(new SetTopicAttributesCommand({ TopicArn: arn, AttributeName, AttributeValue: '{"a":1}' }));
    expect(await refusal(set('ArchivePolicy'))).toMatch(/OperationNotEmulated: .*ArchivePolicy/);
    expect(await refusal(set('DataProtectionPolicy'))).toMatch(/OperationNotEmulated: .*DataProtectionPolicy/);
    expect(await refusal(subscribe(arn, { Protocol: 'firehose', Endpoint: 'arn:aws:firehose:x' }))).toMatch(
      /OperationNotEmulated: .*firehose/,
    );
  });

  test('tags and permissions are added and taken away', async () => {
    const arn = await topic();
    await sns.send(new TagResourceCommand({ ResourceArn: arn, Tags: [{ Key: 'team', Value: 'a' }] }));
    expect((await sns.send(new ListTagsForResourceCommand({ ResourceArn: arn }))).Tags).toEqual([
      { Key: 'team', Value: 'a' },
    ]);
    const permission = { TopicArn: arn, Label: 'other', AWSAccountId: ['210987654321'], ActionName: ['Publish'] };
    await sns.send(new AddPermissionCommand(permission));
    const policy = async () =>
      JSON.parse((await sns.send(new GetTopicAttributesCommand({ TopicArn: arn }))).Attributes!['Policy']!);
    expect((await policy()).Statement[1]).toEqual({
      Sid: 'other',
      Effect: 'Allow',
      Principal: { AWS: 'arn:aws:iam::210987654321:root' },
      Action: 'SNS:Publish',
      Resource: arn,
    });
    await sns.send(new RemovePermissionCommand({ TopicArn: arn, Label: 'other' }));
    expect((await policy()).Statement).toHaveLength(1);
  });

  test('a queue gets the message in its envelope, signed so that the certificate verifies it', async () => {
    const arn = await topic();
    const subscription = await subscribe(arn);
    const { MessageId } = await publish(arn, {
      Subject: 'New',
      MessageAttributes: { kind: { DataType: 'String', StringValue: 'order' } },
    });
    const [{ input, call }] = queue.received as [StandIn['received'][number]];
    expect(call.principal).toMatchObject({ kind: 'service', service: 'sns.amazonaws.com', sourceArn: arn });
    expect(input.QueueUrl).toBe('https://sqs.us-east-1.amazonaws.com/123456789012/orders');
    const body = JSON.parse(input.MessageBody);
    expect(Object.keys(body)).toEqual([
      'Type',
      'MessageId',
      'TopicArn',
      'Subject',
      'Message',
      'Timestamp',
      'SignatureVersion',
      'Signature',
      'SigningCertURL',
      'UnsubscribeURL',
      'MessageAttributes',
    ]);
    expect(body).toMatchObject({
      Type: 'Notification',
      MessageId,
      TopicArn: arn,
      Subject: 'New',
      Message: 'hello',
      Timestamp: '2026-11-21T12:00:00.000Z',
      SignatureVersion: '1',
      UnsubscribeURL: expect.stringContaining(`SubscriptionArn=${subscription}`),
      MessageAttributes: { kind: { Type: 'String', Value: 'order' } },
    });
    const pem = await (await fetch(body.SigningCertURL)).text();
    const key = new X509Certificate(pem).publicKey;
    expect(createVerify('RSA-SHA1').update(stringToSign(body)).verify(key, body.Signature, 'base64')).toBe(true);
    const other = stringToSign({ ...body, Message: 'hullo' });
    expect(createVerify('RSA-SHA1').update(other).verify(key, body.Signature, 'base64')).toBe(false);
    expect(metric(arn, 'NumberOfNotificationsDelivered')).toBe(1);
    expect(metric(arn, 'NumberOfMessagesPublished')).toBe(1);
  });

  test('raw delivery hands the text and its attributes on as they are', async () => {
    const arn = await topic();
    await subscribe(arn, { Attributes: { RawMessageDelivery: 'true' } });
    await publish(arn, {
      MessageAttributes: {
        n: { DataType: 'Number', StringValue: '1' },
        b: { DataType: 'Binary', BinaryValue: Uint8Array.of(1, 2) },
      },
    });
    expect(queue.received[0]!.input).toMatchObject({
      MessageBody: 'hello',
      MessageAttributes: {
        n: { DataType: 'Number', StringValue: '1' },
        b: { DataType: 'Binary', BinaryValue: Uint8Array.of(1, 2) },
      },
    });
  });

  test('a function is invoked with the event of AWS', async () => {
    const arn = await topic({ SignatureVersion: '2' });
    const subscription = await subscribe(arn, { Protocol: 'lambda', Endpoint: FUNCTION });
    await publish(arn, { MessageStructure: 'json', Message: JSON.stringify({ default: 'd', lambda: 'for you' }) });
    const { input } = worker.received[0]!;
    expect(input).toMatchObject({ FunctionName: FUNCTION, InvocationType: 'Event' });
    expect(JSON.parse(input.Payload)).toEqual({
      Records: [
        {
          EventSource: 'aws:sns',
          EventVersion: '1.0',
          EventSubscriptionArn: subscription,
          Sns: {
            Type: 'Notification',
            MessageId: expect.stringMatching(UUID),
            TopicArn: arn,
            Subject: null,
            Message: 'for you',
            Timestamp: '2026-11-21T12:00:00.000Z',
            SignatureVersion: '2',
            Signature: expect.any(String),
            SigningCertUrl: expect.stringContaining('SimpleNotificationService-'),
            UnsubscribeUrl: expect.stringContaining('Unsubscribe'),
            MessageAttributes: {},
          },
        },
      ],
    });
  });

  test('a mail asks first, and its link confirms', async () => {
    const arn = await topic();
    const pending = { Protocol: 'email', Endpoint: 'ada@example.com' };
    expect(await subscribe(arn, { ...pending, ReturnSubscriptionArn: false })).toBe('pending confirmation');
    await publish(arn);
    const asked = (await mails()).filter(({ destination }) => destination === 'ada@example.com');
    expect(asked).toHaveLength(1);
    const link = /http\S+/.exec(asked[0]!.body)![0];
    expect(await (await fetch(link)).text()).toContain('<ConfirmSubscriptionResult><SubscriptionArn>arn:aws:sns');
    await publish(arn, { Subject: 'Invoice' });
    const [, letter] = (await mails()).filter(({ destination }) => destination === 'ada@example.com');
    expect(letter).toMatchObject({ medium: 'EMAIL', subject: 'Invoice', body: expect.stringMatching(/^hello\n/) });
    const unsubscribeLink = /http\S+/.exec(letter!.body)![0];
    await fetch(unsubscribeLink);
    expect((await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn: arn }))).Subscriptions).toEqual([]);
  });

  test('text messages go to the mailbox, by topic and by number', async () => {
    const arn = await topic({ DisplayName: 'Shop' });
    await subscribe(arn, { Protocol: 'sms', Endpoint: '+15555550100' });
    await publish(arn);
    await sns.send(new PublishCommand({ PhoneNumber: '+15555550101', Message: 'code 1' }));
    const texts = (await mails()).filter(({ medium }) => medium === 'SMS');
    expect(texts.map(({ destination, body }) => [destination, body])).toEqual([
      ['+15555550100', 'Shop> hello'],
      ['+15555550101', 'code 1'],
    ]);
  });

  test('what a queue cannot take for now is tried again, on the schedule of AWS', async () => {
    const arn = await topic();
    await subscribe(arn);
    queue.refusals.push(...Array.from({ length: 5 }, unavailable));
    await publish(arn);
    expect(queue.received).toHaveLength(0);
    await cloud.clock.advance(999);
    expect(queue.received).toHaveLength(0);
    await cloud.clock.advance(1_001);
    await cloud.kernel.outbox.idle();
    expect(queue.received).toHaveLength(1);
    expect(metric(arn, 'NumberOfNotificationsFailed')).toBe(0);
  });

  test('what a queue will never take goes to the dead-letter queue at once, or is lost', async () => {
    const arn = await topic();
    const subscription = await subscribe(arn);
    queue.refusals.push(gone());
    await publish(arn);
    expect(queue.received).toHaveLength(0);
    await sns.send(
      new SetSubscriptionAttributesCommand({
        SubscriptionArn: subscription,
        AttributeName: 'RedrivePolicy',
        AttributeValue: JSON.stringify({ deadLetterTargetArn: DEAD }),
      }),
    );
    queue.refusals.push(gone());
    await publish(arn);
    await cloud.kernel.outbox.idle();
    expect(queue.received[0]!.input.QueueUrl).toBe('https://sqs.us-east-1.amazonaws.com/123456789012/dead');
    expect(JSON.parse(queue.received[0]!.input.MessageBody).Message).toBe('hello');
    expect(reasonOf(queue)).toEqual(['QueueDoesNotExist']);
    expect(metric(arn, 'NumberOfNotificationsFailed')).toBe(2);
    expect(metric(arn, 'NumberOfNotificationsRedrivenToDlq')).toBe(1);
  });

  test('filter policies let through what they match, by attributes or by body', async () => {
    const arn = await topic();
    const FilterPolicy = JSON.stringify({ kind: ['order'], total: [{ numeric: ['>', 10] }] });
    const subscription = await subscribe(arn, { Attributes: { FilterPolicy } });
    const order = { kind: { DataType: 'String', StringValue: 'order' } };
    await publish(arn, { MessageAttributes: order });
    await publish(arn, { MessageAttributes: { ...order, total: { DataType: 'Number', StringValue: '11' } } });
    expect(queue.received).toHaveLength(1);
    for (const [AttributeName, AttributeValue] of [
      ['FilterPolicyScope', 'MessageBody'],
      ['FilterPolicy', '{"a":{"b":["x"]}}'],
    ]) {
      await sns.send(
        new SetSubscriptionAttributesCommand({ SubscriptionArn: subscription, AttributeName, AttributeValue }),
      );
    }
    await publish(arn, { Message: '{"a":[{"b":"y"},{"b":"x"}]}' });
    await publish(arn, { Message: '{"a":{"b":"y"}}' });
    await publish(arn, { Message: 'no JSON' });
    expect(queue.received).toHaveLength(2);
    expect(metric(arn, 'NumberOfNotificationsFilteredOut')).toBe(3);
    expect(metric(arn, 'NumberOfNotificationsFilteredOut-InvalidMessageBody')).toBe(1);
  });

  test('a FIFO topic numbers, keeps the order of a group, and takes a message once', async () => {
    const arn = await topic({ FifoTopic: 'true', ContentBasedDeduplication: 'true' });
    await subscribe(arn, { Endpoint: FIFO_QUEUE });
    queue.refusals.push(unavailable(), unavailable(), unavailable(), unavailable());
    const first = await publish(arn, { Message: '1', MessageGroupId: 'a' });
    await publish(arn, { Message: '2', MessageGroupId: 'a' });
    await publish(arn, { Message: 'other', MessageGroupId: 'b' });
    const again = await publish(arn, { Message: '1', MessageGroupId: 'a' });
    expect(again).toMatchObject({ MessageId: first.MessageId, SequenceNumber: first.SequenceNumber });
    expect(first.SequenceNumber).toMatch(/^1\d{19}$/);
    await cloud.clock.advance(2_000);
    await cloud.kernel.outbox.idle();
    const sent = queue.received.map(({ input }) => JSON.parse(input.MessageBody).Message);
    expect(sent.filter((text) => text !== 'other')).toEqual(['1', '2']);
    expect(sent).toHaveLength(3);
    expect(queue.received[0]!.input).toMatchObject({ MessageDeduplicationId: expect.any(String) });
    expect(JSON.parse(queue.received[0]!.input.MessageBody)).not.toHaveProperty('Signature');
    await cloud.clock.advance(300_001);
    await publish(arn, { Message: '1', MessageGroupId: 'a' });
    expect(queue.received).toHaveLength(4);
    expect(await refusal(publish(arn, { Message: 'x' }))).toContain('The MessageGroupId parameter is required');
  });

  test('a batch is judged entry by entry', async () => {
    const arn = await topic();
    await subscribe(arn);
    const send = (PublishBatchRequestEntries: { Id: string; Message: string; Subject?: string }[]) =>
      sns.send(new PublishBatchCommand({ TopicArn: arn, PublishBatchRequestEntries }));
    const answer = await send([
      { Id: 'a', Message: '1' },
      { Id: 'b', Message: '2', Subject: '\n' },
    ]);
    await cloud.kernel.outbox.idle();
    expect(answer.Successful).toEqual([{ Id: 'a', MessageId: expect.stringMatching(UUID) }]);
    expect(answer.Failed).toEqual([
      { Id: 'b', Code: 'InvalidParameter', Message: 'Invalid parameter: Subject', SenderFault: true },
    ]);
    expect(queue.received).toHaveLength(1);
    expect(await refusal(send([]))).toMatch(/^EmptyBatchRequestException/);
    expect(
      await refusal(
        send([
          { Id: 'a', Message: '1' },
          { Id: 'a', Message: '2' },
        ]),
      ),
    ).toMatch(/^BatchEntryIdsNotDistinctException/);
    const eleven = Array.from({ length: 11 }, (_, index) => ({ Id: `m${index}`, Message: 'x' }));
    expect(await refusal(send(eleven))).toMatch(/^TooManyEntriesInBatchRequestException/);
  });

  test.each<[string, Partial<PublishCommandInput>, string]>([
    ['no text', { Message: '' }, 'Invalid parameter: Empty message'],
    ['a long subject', { Subject: 'x'.repeat(101) }, 'Invalid parameter: Subject'],
    ['a long text', { Message: 'x'.repeat(262_145) }, 'Invalid parameter: Message too long'],
    [
      'a structure that is none',
      { MessageStructure: 'json' },
      'Invalid parameter: Message Structure - JSON message body failed to parse',
    ],
    [
      'a structure without a default',
      { MessageStructure: 'json', Message: '{"sqs":"x"}' },
      'Invalid parameter: Message Structure - No default entry in JSON message body',
    ],
    [
      'a number that is none',
      { MessageAttributes: { a: { DataType: 'Number', StringValue: 'x' } } },
      "Could not cast message attribute 'a' value to number.",
    ],
  ])('a message with %s is refused', async (_what, input, message) => {
    const arn = await topic();
    await expect(publish(arn, input)).rejects.toThrow(message);
  });

  test('a topic may take messages of a mebibyte', async () => {
    const arn = await topic({ MaximumMessageSize: '1048576' });
    await publish(arn, { Message: 'x'.repeat(1_048_576) });
    expect(await refusal(subscribe(arn, { Protocol: 'email', Endpoint: 'a@example.com' }))).toMatch(/256 KiB/);
  });

  test('subscriptions are described, changed and ended', async () => {
    const arn = await topic();
    const subscription = await subscribe(arn);
    expect(await subscribe(arn)).toBe(subscription);
    const attributes = async () =>
      (await sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn: subscription }))).Attributes;
    expect(await attributes()).toMatchObject({
      Protocol: 'sqs',
      Endpoint: QUEUE,
      PendingConfirmation: 'false',
      RawMessageDelivery: 'false',
    });
    const set = (AttributeName: string, AttributeValue: string) =>
      sns.send(new SetSubscriptionAttributesCommand({ SubscriptionArn: subscription, AttributeName, AttributeValue }));
    await set('FilterPolicy', '{"a":["b"]}');
    expect(await attributes()).toMatchObject({ FilterPolicy: '{"a":["b"]}', FilterPolicyScope: 'MessageAttributes' });
    await set('FilterPolicy', '{}');
    expect(await attributes()).not.toHaveProperty('FilterPolicy');
    expect(await refusal(set('FilterPolicy', '{"a":{"b":["c"]}}'))).toContain('does not support nested filter policy');
    expect(await refusal(set('RedrivePolicy', '{"deadLetterTargetArn":"x"}'))).toContain('invalid arn');
    expect(await refusal(set('Colour', 'red'))).toContain('AttributeName');
    await sns.send(new UnsubscribeCommand({ SubscriptionArn: subscription }));
    await sns.send(new UnsubscribeCommand({ SubscriptionArn: subscription }));
    expect(await refusal(attributes())).toBe('NotFoundException: Subscription does not exist');
    expect(await refusal(sns.send(new ConfirmSubscriptionCommand({ TopicArn: arn, Token: 'x' })))).toBe(
      'InvalidParameterException: Invalid parameter: Token',
    );
  });
});
