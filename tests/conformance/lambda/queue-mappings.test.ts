/** Functions that read queues, through AWS's own clients: batches, failures, filters, and mappings that come and go. */
import {
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { eventually, functions, inHouse, ROLE_OF_TEMPLATE } from '../house.ts';

const ARN = 'arn:aws:sqs:us-east-1:123456789012:';

/** Says what it was given, and fails as the messages' bodies ask for. */
const WORKER = `
exports.handler = async (event, context) => {
  const bodies = event.Records.map(({ body }) => body);
  console.log('GOT ' + JSON.stringify(bodies));
  if (bodies.some((body) => body.includes('throw'))) throw new Error('as asked');
  if (bodies.some((body) => body.includes('show'))) console.log('EVENT ' + JSON.stringify(event));
  const failed = event.Records.filter(({ body }) => body.includes('fail'));
  if (bodies.some((body) => body.includes('nonsense'))) return { batchItemFailures: [{ itemIdentifier: '' }] };
  return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
};`;

const queue = (QueueName: string, more: object = {}) => ({
  Type: 'AWS::SQS::Queue',
  Properties: { QueueName, VisibilityTimeout: 3, ...more },
});

const house = inHouse(
  functions(
    {
      worker: {
        code: WORKER,
        Timeout: 3,
        Role: ROLE_OF_TEMPLATE,
        Events: {
          Orders: {
            Type: 'SQS',
            Properties: {
              Queue: { 'Fn::GetAtt': ['Orders', 'Arn'] },
              FunctionResponseTypes: ['ReportBatchItemFailures'],
            },
          },
        },
      },
    },
    {
      Orders: queue('orders', {
        RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': ['Dead', 'Arn'] }, maxReceiveCount: 2 },
        VisibilityTimeout: 3,
      }),
      Dead: queue('dead'),
    },
  ),
);

let sqs: SQSClient;
beforeAll(() => {
  sqs = house().client(SQSClient);
});

const url = (name: string): string => `${house().endpoint}/123456789012/${name}`;
const send = (name: string, MessageBody: string, more: object = {}) =>
  sqs.send(new SendMessageCommand({ QueueUrl: url(name), MessageBody, ...more }));
const got = (): string[] =>
  house()
    .messages('worker')
    .flatMap((line) => {
      const found = /GOT (\[.*\])/.exec(line)?.[1];
      return found === undefined ? [] : (JSON.parse(found) as string[]);
    });

async function counts(name: string): Promise<{ visible: number; hidden: number }> {
  const { Attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: url(name), AttributeNames: ['All'] }),
  );
  return {
    visible: Number(Attributes['ApproximateNumberOfMessages']),
    hidden: Number(Attributes['ApproximateNumberOfMessagesNotVisible']),
  };
}

describe('a mapping of a template', () => {
  test('hands messages to the function as AWS writes them, and deletes them', async () => {
    const MessageAttributes = {
      kind: { DataType: 'String', StringValue: 'order' },
      blob: { DataType: 'Binary', BinaryValue: Buffer.from('x') },
    };
    const { MessageId, MD5OfMessageBody } = await send('orders', 'show me', { MessageAttributes });
    const event = JSON.parse(/EVENT (.*)/.exec(await house().log('worker', /EVENT /))![1]!);
    expect(event).toEqual({
      Records: [
        {
          messageId: MessageId,
          receiptHandle: expect.any(String),
          body: 'show me',
          attributes: {
            ApproximateReceiveCount: '1',
            ApproximateFirstReceiveTimestamp: expect.stringMatching(/^\d{13}$/),
            SentTimestamp: expect.stringMatching(/^\d{13}$/),
            SenderId: expect.any(String),
          },
          messageAttributes: {
            kind: { stringValue: 'order', stringListValues: [], binaryListValues: [], dataType: 'String' },
            blob: { binaryValue: 'eA==', stringListValues: [], binaryListValues: [], dataType: 'Binary' },
          },
          md5OfMessageAttributes: expect.stringMatching(/^[0-9a-f]{32}$/),
          md5OfBody: MD5OfMessageBody,
          eventSource: 'aws:sqs',
          eventSourceARN: `${ARN}orders`,
          awsRegion: 'us-east-1',
        },
      ],
    });
    await house().cloud.kernel.outbox.idle();
    expect(await counts('orders')).toEqual({ visible: 0, hidden: 0 });
  });

  test('lets a poisoned message end in the dead-letter queue while others pass it by', async () => {
    const Entries = ['fail poison', 'fine 1', 'fine 2'].map((MessageBody, index) => ({
      Id: String(index),
      MessageBody,
    }));
    await sqs.send(new SendMessageBatchCommand({ QueueUrl: url('orders'), Entries }));
    await eventually(async () => (await counts('dead')).visible === 1, 12_000);
    const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: url('dead') }));
    expect(Messages).toMatchObject([{ Body: 'fail poison' }]);
    expect(got().filter((body) => body === 'fine 1')).toHaveLength(1);
    expect(got().filter((body) => body === 'fail poison')).toHaveLength(2);
    expect(await counts('orders')).toEqual({ visible: 0, hidden: 0 });
  }, 20_000);
});
