/** Queues through AWS's own client. */
import {
  AddPermissionCommand,
  ChangeMessageVisibilityBatchCommand,
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListDeadLetterSourceQueuesCommand,
  ListQueuesCommand,
  ListQueueTagsCommand,
  type MessageAttributeValue,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  type ReceiveMessageCommandInput,
  RemovePermissionCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  type SendMessageCommandInput,
  SetQueueAttributesCommand,
  SQSClient,
  TagQueueCommand,
  UntagQueueCommand,
} from '@aws-sdk/client-sqs';
import { startTestCloud, type TestCloud } from '../../doors/aws-endpoint/testing.ts';
import { sqsService } from './index.ts';

let cloud: TestCloud;
let client: SQSClient;
let count = 0;

beforeAll(async () => {
  cloud = await startTestCloud([sqsService()]);
  client = new SQSClient(cloud.client);
});

afterAll(async () => {
  client.destroy();
  await cloud[Symbol.asyncDispose]();
});

const seconds = (n: number) => cloud.clock.advance(n * 1000);
async function queue(Attributes: Record<string, string> = {}, name = `queue-${++count}`): Promise<string> {
  const QueueName = Attributes['FifoQueue'] ? `${name}.fifo` : name;
  return (await client.send(new CreateQueueCommand({ QueueName, Attributes }))).QueueUrl!;
}
const send = (QueueUrl: string, MessageBody: string, more: Partial<SendMessageCommandInput> = {}) =>
  client.send(new SendMessageCommand({ QueueUrl, MessageBody, ...more }));
async function receive(QueueUrl: string, more: Partial<ReceiveMessageCommandInput> = {}) {
  const { Messages = [] } = await client.send(
    new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, MessageSystemAttributeNames: ['All'], ...more }),
  );
  return Messages;
}
const bodies = async (QueueUrl: string, more: Partial<ReceiveMessageCommandInput> = {}) =>
  (await receive(QueueUrl, more)).map(({ Body }) => Body);
const remove = (QueueUrl: string, ReceiptHandle: string | undefined) =>
  client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
const change = (QueueUrl: string, ReceiptHandle: string | undefined, VisibilityTimeout: number) =>
  client.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout }));
const attributes = async (QueueUrl: string) =>
  (await client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }))).Attributes!;
const counts = async (QueueUrl: string) => {
  const all: Record<string, string> = await attributes(QueueUrl);
  return ['', 'NotVisible', 'Delayed'].map((kind) => Number(all[`ApproximateNumberOfMessages${kind}`]));
};
const arnOf = (url: string) => `arn:aws:sqs:us-east-1:123456789012:${url.split('/').at(-1)}`;
const refusal = (sent: Promise<unknown>) =>
  sent.then(
    () => 'nothing was refused',
    (error) => `${error.name}: ${error.message}`,
  );

describe('queues', () => {
  it('are made once, found by name, listed by prefix and page, and go', async () => {
    const url = await queue({}, 'orders-a');
    expect(url).toBe(`${cloud.endpoint.url}/123456789012/orders-a`);
    expect(await queue({}, 'orders-a')).toBe(url);
    await queue({}, 'orders-b');
    await queue({}, 'orders-c');
    expect((await client.send(new GetQueueUrlCommand({ QueueName: 'orders-a' }))).QueueUrl).toBe(url);
    const first = await client.send(new ListQueuesCommand({ QueueNamePrefix: 'orders-', MaxResults: 2 }));
    expect(first.QueueUrls?.map((found) => found.split('/').at(-1))).toEqual(['orders-a', 'orders-b']);
    const second = await client.send(
      new ListQueuesCommand({ QueueNamePrefix: 'orders-', MaxResults: 2, NextToken: first.NextToken }),
    );
    expect([second.QueueUrls?.length, second.NextToken]).toEqual([1, undefined]);
    await client.send(new DeleteQueueCommand({ QueueUrl: url }));
    expect(await refusal(send(url, 'x'))).toBe('QueueDoesNotExist: The specified queue does not exist.');
    expect(await refusal(queue({}, 'orders-a'))).toMatch(/^QueueDeletedRecently: You must wait 60 seconds/);
    await seconds(60);
    expect(await queue({}, 'orders-a')).toBe(url);
  });

  it.each<[{ QueueName: string; Attributes?: Record<string, string> }, RegExp]>([
    [{ QueueName: 'no spaces' }, /^InvalidParameterValue: Can only include alphanumeric/],
    [{ QueueName: 'x'.repeat(81) }, /^InvalidParameterValue: Can only include/],
    [{ QueueName: 'a.fifo' }, /^InvalidParameterValue: Can only include/],
    [{ QueueName: 'a', Attributes: { FifoQueue: 'true' } }, /^InvalidParameterValue: .*must end with \.fifo/],
    [{ QueueName: 'a', Attributes: { FifoQueue: 'false' } }, /^InvalidAttributeName: Unknown Attribute FifoQueue\.$/],
    [
      { QueueName: 'a', Attributes: { DeduplicationScope: 'queue' } },
      /^InvalidAttributeName: You can specify the DeduplicationScope only when FifoQueue is set to true\.$/,
    ],
    [{ QueueName: 'a', Attributes: { Nonsense: '1' } }, /^InvalidAttributeName: Unknown Attribute Nonsense\.$/],
    [{ QueueName: 'a', Attributes: { ContentBasedDeduplication: 'true' } }, /^InvalidAttributeName: /],
    [{ QueueName: 'a', Attributes: { VisibilityTimeout: '43201' } }, /^InvalidAttributeValue: .*VisibilityTimeout\.$/],
    [{ QueueName: 'a', Attributes: { MaximumMessageSize: '1048577' } }, /^InvalidAttributeValue: /],
    [{ QueueName: 'a', Attributes: { DelaySeconds: '-1' } }, /^InvalidAttributeValue: /],
    [{ QueueName: 'a', Attributes: { Policy: '{' } }, /^InvalidAttributeValue: .*Policy/],
    [{ QueueName: 'a', Attributes: { RedrivePolicy: '[]' } }, /RedrivePolicy is invalid.*not a valid JSON map/],
    [{ QueueName: 'a', Attributes: { RedrivePolicy: '{"maxReceiveCount":3}' } }, /mandatory attribute: deadLetterT/],
    [
      { QueueName: 'a', Attributes: { RedrivePolicy: '{"maxReceiveCount":0,"deadLetterTargetArn":"a"}' } },
      /Invalid value for maxReceiveCount: 0/,
    ],
    [
      { QueueName: 'a', Attributes: { RedrivePolicy: '{"maxReceiveCount":3,"deadLetterTargetArn":"a"}' } },
      /Dead letter target does not exist/,
    ],
    [{ QueueName: 'a', Attributes: { RedriveAllowPolicy: '{"redrivePermission":"byQueue"}' } }, /sourceQueueArns is/],
    [
      { QueueName: 'a', Attributes: { KmsMasterKeyId: 'k', SqsManagedSseEnabled: 'true' } },
      /^InvalidAttributeName: .*one type of server-side/,
    ],
    [
      { QueueName: 'a.fifo', Attributes: { FifoQueue: 'true', FifoThroughputLimit: 'perMessageGroupId' } },
      /^InvalidAttributeValue: .*DeduplicationScope is messageGroup/,
    ],
  ])('are refused: %j', async (input, message) => {
    expect(await refusal(client.send(new CreateQueueCommand(input)))).toMatch(message);
  });

  it('of the same name with other attributes are another queue', async () => {
    const url = await queue({ VisibilityTimeout: '30' });
    const name = url.split('/').at(-1)!;
    expect(await queue({ DelaySeconds: '0' }, name)).toBe(url);
    expect(await refusal(queue({ VisibilityTimeout: '31' }, name))).toMatch(
      /^QueueNameExists: .*different value for attribute VisibilityTimeout$/,
    );
  });

  it('have attributes, which change; encryption is of one kind', async () => {
    const url = await queue();
    expect(await attributes(url)).toEqual({
      ApproximateNumberOfMessages: '0',
      ApproximateNumberOfMessagesDelayed: '0',
      ApproximateNumberOfMessagesNotVisible: '0',
      CreatedTimestamp: String(Math.floor(cloud.clock.now() / 1000)),
      DelaySeconds: '0',
      LastModifiedTimestamp: String(Math.floor(cloud.clock.now() / 1000)),
      MaximumMessageSize: '1048576',
      MessageRetentionPeriod: '345600',
      QueueArn: arnOf(url),
      ReceiveMessageWaitTimeSeconds: '0',
      SqsManagedSseEnabled: 'true',
      VisibilityTimeout: '30',
    });
    await seconds(5);
    const set = (Attributes: Record<string, string>) =>
      client.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes }));
    await set({ KmsMasterKeyId: 'alias/aws/sqs', DelaySeconds: '1' });
    expect(await attributes(url)).toMatchObject({
      KmsMasterKeyId: 'alias/aws/sqs',
      KmsDataKeyReusePeriodSeconds: '300',
      SqsManagedSseEnabled: 'false',
      DelaySeconds: '1',
      LastModifiedTimestamp: String(Math.floor(cloud.clock.now() / 1000)),
    });
    await set({ SqsManagedSseEnabled: 'true' });
    expect(await attributes(url)).not.toHaveProperty('KmsMasterKeyId');
    const some = await client.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['QueueArn'] }));
    expect(some.Attributes).toEqual({ QueueArn: arnOf(url) });
    expect(
      await refusal(client.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['Nope' as never] }))),
    ).toBe('InvalidAttributeName: Unknown Attribute Nope.');
    expect(await refusal(set({ FifoQueue: 'true' }))).toMatch(/^InvalidAttributeName: /);
  });

  it('have tags', async () => {
    const QueueUrl = await queue();
    await client.send(new TagQueueCommand({ QueueUrl, Tags: { team: 'a', stage: 'dev' } }));
    await client.send(new UntagQueueCommand({ QueueUrl, TagKeys: ['stage', 'other'] }));
    expect((await client.send(new ListQueueTagsCommand({ QueueUrl }))).Tags).toEqual({ team: 'a' });
    const many = Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`k${n}`, '']));
    expect(await refusal(client.send(new TagQueueCommand({ QueueUrl, Tags: many })))).toMatch(/Too many tags/);
  });

  it('have permissions by label', async () => {
    const QueueUrl = await queue();
    const add = (Label: string, Actions = ['SendMessage']) =>
      client.send(new AddPermissionCommand({ QueueUrl, Label, Actions, AWSAccountIds: ['210987654321'] }));
    await add('partner');
    expect(JSON.parse((await attributes(QueueUrl))['Policy']!)).toMatchObject({
      Statement: [
        {
          Sid: 'partner',
          Effect: 'Allow',
          Principal: { AWS: 'arn:aws:iam::210987654321:root' },
          Action: 'SQS:SendMessage',
          Resource: arnOf(QueueUrl),
        },
      ],
    });
    expect(await refusal(add('partner'))).toMatch(/^InvalidParameterValue: Value partner .* Already exists/);
    expect(await refusal(add('other', ['CreateQueue']))).toMatch(/ActionName is invalid/);
    await client.send(new RemovePermissionCommand({ QueueUrl, Label: 'partner' }));
    expect(await attributes(QueueUrl)).not.toHaveProperty('Policy');
    expect(await refusal(client.send(new RemovePermissionCommand({ QueueUrl, Label: 'partner' })))).toMatch(
      /Label is invalid\. Reason: can't find label\.$/,
    );
  });

  it('are asked for by a URL that is one', async () => {
    expect(await refusal(send(`${cloud.endpoint.url}/orders`, 'x'))).toMatch(/^InvalidAddress: The address /);
    expect(await refusal(send('https://sqs.eu-west-1.amazonaws.com/123456789012/q', 'x'))).toMatch(/^QueueDoesNotE/);
    const url = await queue();
    const onAws = url.replace(/^http:\/\/[^/]+/, 'https://sqs.us-east-1.amazonaws.com');
    await send(onAws, 'by AWS’s name');
    expect(await bodies(url)).toEqual(['by AWS’s name']);
    expect(await refusal(client.send(new SendMessageCommand({ QueueUrl: undefined, MessageBody: 'x' })))).toMatch(
      /^MissingParameter: The request must contain the parameter QueueUrl\.$/,
    );
  });
});

describe('messages', () => {
  it('come with digests, attributes, and what SQS knows of them', async () => {
    const url = await queue();
    const MessageAttributes: Record<string, MessageAttributeValue> = {
      name: { DataType: 'String', StringValue: 'Jürgen' },
      age: { DataType: 'Number.int', StringValue: '42' },
      'app.raw': { DataType: 'Binary', BinaryValue: new Uint8Array([1, 2, 3]) },
    };
    const sent = await send(url, 'hello', {
      MessageAttributes,
      MessageSystemAttributes: { AWSTraceHeader: { DataType: 'String', StringValue: 'Root=1-5f-0' } },
    });
    expect(sent).toMatchObject({
      MD5OfMessageBody: '5d41402abc4b2a76b9719d911017c592',
      MD5OfMessageAttributes: expect.stringMatching(/^[0-9a-f]{32}$/),
      MD5OfMessageSystemAttributes: expect.stringMatching(/^[0-9a-f]{32}$/),
      MessageId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    expect(sent.SequenceNumber).toBeUndefined();
    await seconds(1);
    const [got] = await receive(url, { MessageAttributeNames: ['All'] });
    expect(got).toEqual({
      MessageId: sent.MessageId,
      ReceiptHandle: expect.any(String),
      Body: 'hello',
      MD5OfBody: sent.MD5OfMessageBody,
      MessageAttributes,
      MD5OfMessageAttributes: sent.MD5OfMessageAttributes,
      Attributes: {
        AWSTraceHeader: 'Root=1-5f-0',
        ApproximateFirstReceiveTimestamp: String(cloud.clock.now()),
        ApproximateReceiveCount: '1',
        SenderId: expect.any(String),
        SentTimestamp: String(cloud.clock.now() - 1000),
      },
    });
    await seconds(30);
    const [again] = await receive(url, {
      MessageAttributeNames: ['app.*'],
      MessageSystemAttributeNames: ['SentTimestamp'],
    });
    expect(again?.MessageAttributes).toEqual({ 'app.raw': MessageAttributes['app.raw'] });
    expect(Object.keys(again?.Attributes ?? {})).toEqual(['SentTimestamp']);
    await seconds(30);
    const [bare] = await receive(url, { MessageSystemAttributeNames: undefined });
    expect(Object.keys(bare ?? {}).sort()).toEqual(['Body', 'MD5OfBody', 'MessageId', 'ReceiptHandle']);
  });

  // The digests that AWS's documentation and botocore's tests have.
  it('have the digest of attributes that AWS computes', async () => {
    const url = await queue();
    const { MD5OfMessageAttributes } = await send(url, 'x', {
      MessageAttributes: { timestamp: { DataType: 'Number', StringValue: '1493147359900' } },
    });
    expect(MD5OfMessageAttributes).toBe('235c5c510d26fb653d073faed50ae77c');
  });

  it.each<[string, Partial<SendMessageCommandInput>, RegExp]>([
    ['an empty body', { MessageBody: '' }, /^MissingParameter: .*MessageBody/],
    ['a forbidden character', { MessageBody: 'a\u000bb' }, /^InvalidMessageContents: Invalid binary character '#xB'/],
    ['a character that is none', { MessageBody: 'a\uffff' }, /^InvalidMessageContents: /],
    ['a body too long', { MessageBody: 'x'.repeat(1_048_577) }, /^InvalidParameterValue: .*shorter than 1048576 bytes/],
    ['a delay too long', { DelaySeconds: 901 }, /DelaySeconds must be >= 0 and <= 900/],
    ['an id for duplicates', { MessageDeduplicationId: 'a' }, /not valid for this queue type/],
    [
      'a group with a space',
      { MessageGroupId: 'a b' },
      /^InvalidParameterValue: Value a b for parameter MessageGroupId/,
    ],
    [
      'an attribute without type',
      { MessageAttributes: { a: { DataType: '', StringValue: 'x' } } },
      /non-empty message attribute type/,
    ],
    [
      'an unknown type',
      { MessageAttributes: { a: { DataType: 'Text', StringValue: 'x' } } },
      /Binary, Number, and String/,
    ],
    [
      'an empty value',
      { MessageAttributes: { a: { DataType: 'String', StringValue: '' } } },
      /^InvalidParameterValue: Message \(user\) attribute 'a' must contain a non-empty value of type 'String'\.$/,
    ],
    ['no number', { MessageAttributes: { a: { DataType: 'Number', StringValue: 'x' } } }, /Can't cast the value/],
    ['a reserved name', { MessageAttributes: { 'AWS.x': { DataType: 'String', StringValue: 'x' } } }, /attribute name/],
    [
      'eleven attributes',
      {
        MessageAttributes: Object.fromEntries(
          Array.from({ length: 11 }, (_, n) => [`a${n}`, { DataType: 'String', StringValue: 'x' }]),
        ),
      },
      /attributes \[11\] exceeds the allowed maximum \[10\]/,
    ],
    [
      'an unknown system attribute',
      { MessageSystemAttributes: { Other: { DataType: 'String', StringValue: 'x' } } as never },
      /system attribute name 'Other' is invalid/,
    ],
  ])('are refused with %s', async (_, input, message) => {
    expect(await refusal(send(await queue(), 'x', input))).toMatch(message);
  });

  it('may be as long as a queue takes, attributes included', async () => {
    const url = await queue({ MaximumMessageSize: '1024' });
    const MessageAttributes = { ab: { DataType: 'String', StringValue: 'cd' } };
    await send(url, 'x'.repeat(1014), { MessageAttributes });
    expect(await refusal(send(url, 'x'.repeat(1015), { MessageAttributes }))).toMatch(/shorter than 1024 bytes/);
    expect(await refusal(send(url, 'é'.repeat(513)))).toMatch(/shorter than 1024 bytes/);
  });

  it('carry a group on standard queues too, where it keeps nobody waiting', async () => {
    const url = await queue();
    await send(url, 'a', { MessageGroupId: 'tenant' });
    await send(url, 'b', { MessageGroupId: 'tenant' });
    expect((await receive(url, { MaxNumberOfMessages: 1 }))[0]?.Attributes?.MessageGroupId).toBe('tenant');
    expect(await bodies(url)).toEqual(['b']);
  });

  it('wait for their delay, the queue’s or their own', async () => {
    const url = await queue({ DelaySeconds: '10' });
    await send(url, 'queue');
    await send(url, 'own', { DelaySeconds: 5 });
    await send(url, 'none', { DelaySeconds: 0 });
    expect(await counts(url)).toEqual([1, 0, 2]);
    expect(await bodies(url)).toEqual(['none']);
    await seconds(5);
    expect(await bodies(url)).toEqual(['own']);
    await seconds(5);
    expect(await bodies(url)).toEqual(['queue']);
  });

  it('go when they have been kept as long as they are to be', async () => {
    const url = await queue({ MessageRetentionPeriod: '60' });
    await send(url, 'a');
    await seconds(30);
    await send(url, 'b');
    await seconds(31);
    expect(await bodies(url)).toEqual(['b']);
    await seconds(60);
    expect(await counts(url)).toEqual([0, 0, 0]);
    expect(cloud.kernel.store.collection('sqs', 'contents').list().length).toBe(
      cloud.kernel.store.collection('sqs', 'standings').list().length,
    );
  });
});

describe('receivers', () => {
  it('have a message to themselves until its time is over', async () => {
    const url = await queue({ VisibilityTimeout: '10' });
    await send(url, 'a');
    const [first] = await receive(url);
    expect(await receive(url)).toEqual([]);
    expect(await counts(url)).toEqual([0, 1, 0]);
    await seconds(10);
    const [second] = await receive(url, { VisibilityTimeout: 100 });
    expect(second?.Attributes?.ApproximateReceiveCount).toBe('2');
    expect(second?.Attributes?.ApproximateFirstReceiveTimestamp).toBe(
      first?.Attributes?.ApproximateFirstReceiveTimestamp,
    );
    // An older handle is taken, and deletes nothing.
    await remove(url, first?.ReceiptHandle);
    expect(await counts(url)).toEqual([0, 1, 0]);
    await seconds(99);
    await remove(url, second?.ReceiptHandle);
    await remove(url, second?.ReceiptHandle);
    expect(await counts(url)).toEqual([0, 0, 0]);
    expect(await refusal(change(url, second?.ReceiptHandle, 1))).toMatch(/Message does not exist or is not available/);
  });

  it('give it back, or keep it, twelve hours at most', async () => {
    const url = await queue();
    await send(url, 'a');
    const [first] = await receive(url);
    await change(url, first?.ReceiptHandle, 0);
    expect(await refusal(change(url, first?.ReceiptHandle, 5))).toBe(
      "MessageNotInflight: The specified message isn't in flight.",
    );
    const [second] = await receive(url);
    await change(url, second?.ReceiptHandle, 3600);
    await seconds(3599);
    expect(await receive(url)).toEqual([]);
    expect(await refusal(change(url, second?.ReceiptHandle, 43_200))).toMatch(/beyond the limit \[43200 seconds\]/);
    expect(await refusal(change(url, second?.ReceiptHandle, 43_201))).toMatch(/^InvalidParameterValue: .*43200/);
    expect(await refusal(change(url, 'nonsense', 5))).toMatch(/^ReceiptHandleIsInvalid: The input receipt handle/);
    expect(await refusal(remove(await queue(), second?.ReceiptHandle))).toMatch(/^ReceiptHandleIsInvalid: /);
    await seconds(1);
    expect(await bodies(url)).toEqual(['a']);
  });

  it.each<[Partial<ReceiveMessageCommandInput>, RegExp]>([
    [
      { MaxNumberOfMessages: 11 },
      /Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10/,
    ],
    [{ MaxNumberOfMessages: 0 }, /MaxNumberOfMessages/],
    [{ WaitTimeSeconds: 21 }, /WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20/],
    [{ VisibilityTimeout: 43_201 }, /VisibilityTimeout is invalid/],
    [{ MessageSystemAttributeNames: ['Nope' as never] }, /^InvalidAttributeName: Unknown Attribute Nope/],
    [{ ReceiveRequestAttemptId: 'a' }, /not valid for this queue type/],
  ])('are refused: %j', async (input, message) => {
    expect(await refusal(receive(await queue(), input))).toMatch(message);
  });

  const turns = async (n = 20) => {
    for (let turn = 0; turn < n; turn += 1) await new Promise((resolve) => setTimeout(resolve, 1));
  };

  it('who wait are woken by a message, in turn, and by one that becomes visible', async () => {
    const url = await queue({ ReceiveMessageWaitTimeSeconds: '20', VisibilityTimeout: '5' });
    const woken: string[] = [];
    const waits = ['first', 'second', 'third'].map(async (name) => {
      const [message] = await receive(url);
      woken.push(`${name}: ${message?.Body}`);
      return message;
    });
    await turns();
    await send(url, 'a');
    await waits[0];
    await send(url, 'b');
    await waits[1];
    expect(woken).toEqual(['first: a', 'second: b']);
    await cloud.clock.advance(5000);
    expect((await waits[2])?.Attributes?.ApproximateReceiveCount).toBe('2');
    const late = receive(url);
    await cloud.clock.advance(100_000);
    expect((await late).length).toBeGreaterThan(0);
  });

  it('who wait in vain get nothing after their time, and who goes away takes nothing along', async () => {
    const url = await queue();
    const waiting = receive(url, { WaitTimeSeconds: 2 });
    await turns();
    await seconds(2);
    expect(await waiting).toEqual([]);
    const gone = new AbortController();
    const aborted = client
      .send(new ReceiveMessageCommand({ QueueUrl: url, WaitTimeSeconds: 20 }), { abortSignal: gone.signal })
      .catch((error) => error.name);
    await turns();
    gone.abort();
    expect(await aborted).toBe('AbortError');
    await turns();
    await send(url, 'a');
    expect(await counts(url)).toEqual([1, 0, 0]);
  });
});

describe('batches', () => {
  it('answer each entry for itself', async () => {
    const QueueUrl = await queue();
    const sent = await client.send(
      new SendMessageBatchCommand({
        QueueUrl,
        Entries: [
          { Id: 'a', MessageBody: 'one' },
          { Id: 'b', MessageBody: 'tw\u0000o' },
          { Id: 'c', MessageBody: 'three', DelaySeconds: 1000 },
          { Id: 'd', MessageBody: 'four' },
        ],
      }),
    );
    expect(sent.Successful?.map(({ Id }) => Id)).toEqual(['a', 'd']);
    expect(sent.Failed).toMatchObject([
      { Id: 'b', Code: 'InvalidMessageContents', SenderFault: true },
      { Id: 'c', Code: 'InvalidParameterValue', SenderFault: true },
    ]);
    const [one, four] = await receive(QueueUrl);
    const changed = await client.send(
      new ChangeMessageVisibilityBatchCommand({
        QueueUrl,
        Entries: [
          { Id: 'a', ReceiptHandle: one?.ReceiptHandle, VisibilityTimeout: 0 },
          { Id: 'b', ReceiptHandle: 'x', VisibilityTimeout: 0 },
        ],
      }),
    );
    expect([changed.Successful, changed.Failed?.map(({ Code }) => Code)]).toEqual([
      [{ Id: 'a' }],
      ['ReceiptHandleIsInvalid'],
    ]);
    const deleted = await client.send(
      new DeleteMessageBatchCommand({
        QueueUrl,
        Entries: [
          { Id: 'a', ReceiptHandle: four?.ReceiptHandle },
          { Id: 'b', ReceiptHandle: '' },
        ],
      }),
    );
    expect([deleted.Successful, deleted.Failed?.length]).toEqual([[{ Id: 'a' }], 1]);
    expect(await counts(QueueUrl)).toEqual([1, 0, 0]);
  });

  it.each([
    ['none', [], /^EmptyBatchRequest: There should be at least one SendMessageBatchRequestEntry/],
    ['eleven', Array.from({ length: 11 }, (_, n) => `i${n}`), /^TooManyEntriesInBatchRequest: .*You have sent 11/],
    ['the same twice', ['a', 'a'], /^BatchEntryIdsNotDistinct: Id a repeated/],
    ['with strange ids', ['a b'], /^InvalidBatchEntryId: /],
  ])('of %s are refused', async (_, ids, message) => {
    const Entries = ids.map((Id) => ({ Id, MessageBody: 'x' }));
    expect(await refusal(client.send(new SendMessageBatchCommand({ QueueUrl: await queue(), Entries })))).toMatch(
      message,
    );
  });

  it('to a FIFO queue are refused whole where one message lacks its group or its id', async () => {
    const QueueUrl = await queue({ FifoQueue: 'true' });
    const sent = (second: object) =>
      refusal(
        client.send(
          new SendMessageBatchCommand({
            QueueUrl,
            Entries: [
              { Id: 'a', MessageBody: 'x', MessageGroupId: 'g', MessageDeduplicationId: '1' },
              { Id: 'b', MessageBody: 'y', ...second },
            ],
          }),
        ),
      );
    expect(await sent({ MessageDeduplicationId: '2' })).toBe(
      'InvalidParameterValue: The request must contain the parameter MessageGroupId.',
    );
    expect(await sent({ MessageGroupId: 'g' })).toMatch(/^InvalidParameterValue: The queue should either/);
    expect(await counts(QueueUrl)).toEqual([0, 0, 0]);
  });

  it('say in other words that a message is too long', async () => {
    const QueueUrl = await queue({ MaximumMessageSize: '1024' });
    const Entries = [{ Id: 'a', MessageBody: 'x'.repeat(1025) }];
    expect((await client.send(new SendMessageBatchCommand({ QueueUrl, Entries }))).Failed).toEqual([
      {
        Id: 'a',
        Code: 'InvalidParameterValue',
        Message: 'One or more parameters cannot be validated. Reason: Message must be shorter than 1024 bytes.',
        SenderFault: true,
      },
    ]);
  });

  it('are no longer than a message', async () => {
    const Entries = ['a', 'b'].map((Id) => ({ Id, MessageBody: 'x'.repeat(524_289) }));
    expect(await refusal(client.send(new SendMessageBatchCommand({ QueueUrl: await queue(), Entries })))).toBe(
      'BatchRequestTooLong: Batch requests cannot be longer than 1048576 bytes. You have sent 1048578 bytes.',
    );
  });
});

describe('FIFO queues', () => {
  const fifo = (more: Record<string, string> = {}) => queue({ FifoQueue: 'true', ...more });
  const put = (url: string, group: string, body: string, id = body) =>
    send(url, body, { MessageGroupId: group, MessageDeduplicationId: id });

  it('keep the order of a group, which waits for what is in flight of it', async () => {
    const url = await fifo();
    const numbers: string[] = [];
    for (const [group, body] of [
      ['a', 'a1'],
      ['a', 'a2'],
      ['b', 'b1'],
      ['a', 'a3'],
    ] as const) {
      numbers.push((await put(url, group, body)).SequenceNumber!);
    }
    expect(numbers).toEqual([...numbers].sort());
    expect(numbers.every((number) => /^\d{20}$/.test(number))).toBe(true);
    const first = await receive(url, { MaxNumberOfMessages: 2 });
    expect(first.map(({ Body }) => Body)).toEqual(['a1', 'a2']);
    expect(first[0]?.Attributes).toMatchObject({
      MessageGroupId: 'a',
      MessageDeduplicationId: 'a1',
      SequenceNumber: numbers[0],
    });
    expect(await bodies(url)).toEqual(['b1']);
    await remove(url, first[0]?.ReceiptHandle);
    expect(await bodies(url)).toEqual([]);
    await change(url, first[1]?.ReceiptHandle, 0);
    expect(await bodies(url)).toEqual(['a2', 'a3']);
    await seconds(31);
    expect(await refusal(remove(url, first[1]?.ReceiptHandle))).toMatch(/The receipt handle has expired/);
  });

  it('give nothing of a group while anything of it is in flight, not even what was given back', async () => {
    const url = await fifo();
    for (const body of ['1', '2', '3']) await put(url, 'a', body);
    const [one, two] = await receive(url, { MaxNumberOfMessages: 2 });
    await change(url, one?.ReceiptHandle, 0);
    expect(await bodies(url)).toEqual([]);
    await remove(url, two?.ReceiptHandle);
    expect(await bodies(url)).toEqual(['1', '3']);
  });

  it('take a message once in five minutes, by its id or its content', async () => {
    const url = await fifo({ ContentBasedDeduplication: 'true' });
    const first = await send(url, 'same', { MessageGroupId: 'a' });
    expect(await send(url, 'same', { MessageGroupId: 'b' })).toMatchObject({
      MessageId: first.MessageId,
      SequenceNumber: first.SequenceNumber,
    });
    await put(url, 'a', 'same', 'another-id');
    await put(url, 'a', 'other', 'another-id');
    expect(await bodies(url)).toEqual(['same', 'same']);
    await seconds(300);
    await send(url, 'same', { MessageGroupId: 'z' });
    expect(await counts(url)).toEqual([3, 0, 0]);
    expect(await refusal(send(await fifo(), 'x', { MessageGroupId: 'a' }))).toMatch(
      /ContentBasedDeduplication enabled/,
    );
    expect(await refusal(send(url, 'x'))).toMatch(/^MissingParameter: .*MessageGroupId/);
    expect(await refusal(put(url, 'a', 'x', ' '))).toMatch(/MessageDeduplicationId/);
    expect(await refusal(send(url, 'x', { MessageGroupId: 'a', DelaySeconds: 1 }))).toMatch(
      /not valid for this queue type/,
    );
  });

  it('of high throughput tell ids apart by group', async () => {
    const url = await fifo({ DeduplicationScope: 'messageGroup', FifoThroughputLimit: 'perMessageGroupId' });
    await put(url, 'a', 'in a', 'id');
    await put(url, 'b', 'in b', 'id');
    await put(url, 'b', 'in b again', 'id');
    expect(await counts(url)).toEqual([2, 0, 0]);
  });

  it('answer a receive that is tried again with the same messages, as long as nothing has happened to them', async () => {
    const url = await fifo();
    await put(url, 'a', '1');
    await put(url, 'b', '2');
    const attempt = () => receive(url, { ReceiveRequestAttemptId: 'try', MaxNumberOfMessages: 1 });
    const [first] = await attempt();
    await seconds(20);
    expect(await attempt()).toEqual([first]);
    await seconds(20);
    expect((await attempt())[0]?.ReceiptHandle).toBe(first?.ReceiptHandle);
    await remove(url, first?.ReceiptHandle);
    expect((await attempt()).map(({ Body }) => Body)).toEqual(['2']);
  });

  it('stay what they are', async () => {
    const QueueUrl = await fifo();
    const set = (FifoQueue: string) =>
      refusal(client.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { FifoQueue } })));
    expect(await set('true')).toBe('nothing was refused');
    expect(await set('false')).toBe(
      'InvalidAttributeValue: Invalid value for the parameter FifoQueue. Reason: Modifying queue type is not supported.',
    );
  });

  it('delay what waits by the queue’s delay, when that changes too', async () => {
    const url = await fifo({ DelaySeconds: '600' });
    await put(url, 'a', '1');
    expect(await counts(url)).toEqual([0, 0, 1]);
    await client.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes: { DelaySeconds: '0' } }));
    expect(await bodies(url)).toEqual(['1']);
  });
});

describe('dead letters', () => {
  const policy = (target: string, maxReceiveCount: number | string = 2) =>
    JSON.stringify({ deadLetterTargetArn: arnOf(target), maxReceiveCount });

  it('move at the receive that would be one too many, and say where they come from', async () => {
    const dead = await queue();
    const url = await queue({ RedrivePolicy: policy(dead, '2'), VisibilityTimeout: '0' });
    expect((await attributes(url))['RedrivePolicy']).toBe(policy(dead));
    const { MessageId } = await send(url, 'poison');
    const sentAt = cloud.clock.now();
    expect(await bodies(url)).toEqual(['poison']);
    expect(await bodies(url)).toEqual(['poison']);
    expect(await counts(dead)).toEqual([0, 0, 0]);
    await seconds(7);
    await send(url, 'well');
    expect(await bodies(url)).toEqual(['well']);
    const [letter] = await receive(dead);
    expect(letter).toMatchObject({
      MessageId,
      Body: 'poison',
      Attributes: { DeadLetterQueueSourceArn: arnOf(url), SentTimestamp: String(sentAt) },
    });
    const sources = await client.send(new ListDeadLetterSourceQueuesCommand({ QueueUrl: dead }));
    expect(sources.queueUrls).toEqual([url]);
  });

  it('of a FIFO queue make way for the next of their group', async () => {
    const dead = await queue({ FifoQueue: 'true' });
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: arnOf(dead), maxReceiveCount: 1 });
    const url = await queue({ FifoQueue: 'true', RedrivePolicy, VisibilityTimeout: '1' });
    for (const body of ['1', '2']) await send(url, body, { MessageGroupId: 'a', MessageDeduplicationId: body });
    expect(await bodies(url, { MaxNumberOfMessages: 1 })).toEqual(['1']);
    await seconds(1);
    expect(await bodies(url, { MaxNumberOfMessages: 1 })).toEqual(['2']);
    expect(await bodies(dead)).toEqual(['1']);
  });

  it('need a queue of the same kind that lets them in', async () => {
    const closed = await queue({ RedriveAllowPolicy: '{"redrivePermission":"denyAll"}' });
    expect(await refusal(queue({ RedrivePolicy: policy(closed) }))).toMatch(/has denied access/);
    const fifo = await queue({ FifoQueue: 'true' });
    expect(await refusal(queue({ RedrivePolicy: policy(fifo) }))).toMatch(/same type of queue/);
    const source = await queue();
    const some = await queue({
      RedriveAllowPolicy: JSON.stringify({ redrivePermission: 'byQueue', sourceQueueArns: [arnOf(source)] }),
    });
    await client.send(new SetQueueAttributesCommand({ QueueUrl: source, Attributes: { RedrivePolicy: policy(some) } }));
    expect(await refusal(queue({ RedrivePolicy: policy(some) }))).toMatch(/has denied access/);
    await client.send(new SetQueueAttributesCommand({ QueueUrl: source, Attributes: { RedrivePolicy: '' } }));
    expect(await attributes(source)).not.toHaveProperty('RedrivePolicy');
  });
});

it('purges everything, once a minute', async () => {
  const QueueUrl = await queue();
  await send(QueueUrl, 'a');
  await send(QueueUrl, 'b', { DelaySeconds: 10 });
  await receive(QueueUrl);
  await client.send(new PurgeQueueCommand({ QueueUrl }));
  expect(await counts(QueueUrl)).toEqual([0, 0, 0]);
  expect(await refusal(client.send(new PurgeQueueCommand({ QueueUrl })))).toMatch(/^PurgeQueueInProgress: Only one/);
  await seconds(60);
  await client.send(new PurgeQueueCommand({ QueueUrl }));
});

it('counts for CloudWatch', async () => {
  const url = await queue();
  await send(url, '12345');
  await send(url, '123');
  await send(url, '1', { DelaySeconds: 900 });
  await receive(url, { MaxNumberOfMessages: 1 });
  const [message] = await receive(url, { MaxNumberOfMessages: 1 });
  await receive(url);
  await remove(url, message?.ReceiptHandle);
  const { metrics } = cloud.kernel.telemetry;
  const sum = (name: string) =>
    metrics
      .minutes({ namespace: 'AWS/SQS', name, dimensions: { QueueName: url.split('/').at(-1)! } })
      .map((minute) => minute.sum);
  await seconds(61);
  expect(
    Object.fromEntries(
      [
        'NumberOfMessagesSent',
        'NumberOfMessagesReceived',
        'NumberOfMessagesDeleted',
        'NumberOfEmptyReceives',
        'SentMessageSize',
      ].map((name) => [name, sum(name).reduce((a, b) => a + b, 0)]),
    ),
  ).toEqual({
    NumberOfMessagesSent: 3,
    NumberOfMessagesReceived: 2,
    NumberOfMessagesDeleted: 1,
    NumberOfEmptyReceives: 1,
    SentMessageSize: 9,
  });
  expect(sum('ApproximateNumberOfMessagesDelayed').at(-1)).toBe(1);
  expect(sum('ApproximateAgeOfOldestMessage').at(-1)).toBeGreaterThan(0);
  expect(
    sum('ApproximateNumberOfMessagesVisible').length + sum('ApproximateNumberOfMessagesNotVisible').length,
  ).toBeGreaterThan(1);
});
