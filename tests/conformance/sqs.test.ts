/** What other services send to queues arrives, where the queue's policy or the role lets it in. */
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { PutBucketNotificationConfigurationCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { GetQueueAttributesCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { describe, expect, test } from '@jest/globals';
import { ManualClock } from '../../local/kernel/manual-clock.ts';
import { eventually, inHouse } from './house.ts';

const FAILS = `exports.handler = async () => { throw new RangeError('too far'); };`;
const SENDS = `
const { SQSClient, SendMessageCommand, GetQueueUrlCommand } = require('@aws-sdk/client-sqs');
const sqs = new SQSClient();
exports.handler = async ({ name }) => {
  try {
    const QueueUrl = name ? (await sqs.send(new GetQueueUrlCommand({ QueueName: name }))).QueueUrl : process.env.QUEUE_URL;
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'from a function' }));
    return { url: QueueUrl };
  } catch (error) {
    return { error: error.name, message: error.message };
  }
};`;

const arnOf = (logicalId: string) => ({ 'Fn::GetAtt': [logicalId, 'Arn'] });
const queue = (Properties: object = {}) => ({ Type: 'AWS::SQS::Queue', Properties });
const BUCKET = 'uploads-of-tests';
const clock = new ManualClock();

const house = inHouse({
  clock,
  files: { 'fails/index.js': FAILS, 'sends/index.js': SENDS },
  template: {
    Transform: 'AWS::Serverless-2016-10-31',
    Resources: {
      Uploaded: queue({ QueueName: 'uploaded' }),
      UploadedPolicy: {
        Type: 'AWS::SQS::QueuePolicy',
        Properties: {
          Queues: [{ Ref: 'Uploaded' }],
          PolicyDocument: {
            Statement: {
              Effect: 'Allow',
              Principal: { Service: 's3.amazonaws.com' },
              Action: 'sqs:SendMessage',
              Resource: arnOf('Uploaded'),
              Condition: {
                ArnEquals: { 'aws:SourceArn': `arn:aws:s3:::${BUCKET}` },
                StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
              },
            },
          },
        },
      },
      Bucket: {
        Type: 'AWS::S3::Bucket',
        DependsOn: 'UploadedPolicy',
        Properties: {
          BucketName: BUCKET,
          NotificationConfiguration: {
            QueueConfigurations: [{ Event: 's3:ObjectCreated:*', Queue: arnOf('Uploaded') }],
          },
        },
      },
      Closed: queue({ QueueName: 'closed' }),
      Dead: queue({ QueueName: 'dead' }),
      Failed: queue({ QueueName: 'failed' }),
      Jobs: queue({ RedrivePolicy: { deadLetterTargetArn: arnOf('Dead'), maxReceiveCount: 3 }, VisibilityTimeout: 60 }),
      Ordered: queue({ FifoQueue: true, ContentBasedDeduplication: true }),
      Fails: {
        Type: 'AWS::Serverless::Function',
        Properties: {
          FunctionName: 'fails',
          CodeUri: 'fails',
          Handler: 'index.handler',
          Runtime: 'nodejs24.x',
          DeadLetterQueue: { Type: 'SQS', TargetArn: arnOf('Dead') },
          EventInvokeConfig: {
            MaximumRetryAttempts: 0,
            DestinationConfig: { OnFailure: { Type: 'SQS', Destination: arnOf('Failed') } },
          },
        },
      },
      Sends: {
        Type: 'AWS::Serverless::Function',
        Properties: {
          FunctionName: 'sends',
          CodeUri: 'sends',
          Handler: 'index.handler',
          Runtime: 'nodejs24.x',
          Timeout: 20,
          Environment: { Variables: { QUEUE_URL: { Ref: 'Jobs' } } },
          Policies: [
            { SQSSendMessagePolicy: { QueueName: { 'Fn::GetAtt': ['Jobs', 'QueueName'] } } },
            {
              Statement: [{ Effect: 'Allow', Action: 'sqs:GetQueueUrl', Resource: '*' }],
            },
          ],
        },
      },
    },
  },
});

const sqs = () => house().client(SQSClient);
const urlOf = (name: string) => `${house().endpoint}/123456789012/${name}`;
async function received(QueueUrl: string) {
  await house().cloud.kernel.outbox.idle();
  const { Messages = [] } = await sqs().send(
    new ReceiveMessageCommand({
      QueueUrl,
      MaxNumberOfMessages: 10,
      MessageAttributeNames: ['All'],
      MessageSystemAttributeNames: ['All'],
    }),
  );
  return Messages;
}
const whole = (body: string | undefined) => JSON.parse(body ?? '');

describe('queues of a template', () => {
  test('have the names, URLs and attributes CloudFormation gives them', async () => {
    const url = house().physicalId('Jobs');
    expect(url).toMatch(new RegExp(`^${house().endpoint}/123456789012/[\\w-]+-Jobs-[A-Z0-9a-z]+$`));
    expect(house().physicalId('Ordered')).toMatch(/-Ordered-\w+\.fifo$/);
    const { Attributes } = await sqs().send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }));
    expect(Attributes).toMatchObject({
      VisibilityTimeout: '60',
      RedrivePolicy: '{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:123456789012:dead","maxReceiveCount":3}',
    });
  });

  test('are sent to by functions whose role may, at the URL they are given or ask for', async () => {
    const sent = await house().invoke('sends');
    expect(sent.value).toEqual({ url: house().physicalId('Jobs') });
    const name = house().physicalId('Jobs').split('/').at(-1);
    expect(Object.keys((await house().invoke('sends', { name })).value)).toEqual(['url']);
    const messages = await received(house().physicalId('Jobs'));
    expect(messages.map(({ Body }) => Body)).toEqual(['from a function', 'from a function']);
    expect(messages[0]?.Attributes?.SenderId).toMatch(/^AROA\w+:sends$/);
    const { value } = await house().invoke('sends', { name: 'closed' });
    expect(value).toMatchObject({
      error: expect.stringMatching(/^AccessDenied/),
      message: expect.stringMatching(
        /is not authorized to perform: sqs:sendmessage on resource: arn:aws:sqs:us-east-1:123456789012:closed because no identity-based policy allows the sqs:sendmessage action/,
      ),
    });
  });
});

describe('S3', () => {
  test('tells a queue of a test first, then of what was created', async () => {
    const s3 = house().client(S3Client);
    await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'a b.txt', Body: 'x' }));
    const messages = await received(urlOf('uploaded'));
    expect(messages.map(({ Body }) => whole(Body))).toMatchObject([
      { Service: 'Amazon S3', Event: 's3:TestEvent', Bucket: BUCKET },
      { Records: [{ eventName: 'ObjectCreated:Put', s3: { object: { key: 'a+b.txt' } } }] },
    ]);
  });

  test('refuses a queue whose policy does not let it in', async () => {
    const NotificationConfiguration = {
      QueueConfigurations: [
        { Events: ['s3:ObjectCreated:*' as const], QueueArn: 'arn:aws:sqs:us-east-1:123456789012:closed' },
      ],
    };
    const put = new PutBucketNotificationConfigurationCommand({ Bucket: BUCKET, NotificationConfiguration });
    await expect(house().client(S3Client).send(put)).rejects.toMatchObject({
      name: 'InvalidArgument',
      message: expect.stringContaining('Unable to validate the following destination configurations'),
    });
    expect(await received(urlOf('closed'))).toEqual([]);
  });
});

test('an asynchronous invocation that failed is told to its destination, and its event is in the dead-letter queue', async () => {
  const Payload = JSON.stringify({ order: 1 });
  const { $metadata } = await house().lambda.send(
    new InvokeCommand({ FunctionName: 'fails', InvocationType: 'Event', Payload }),
  );
  await eventually(
    () =>
      house()
        .messages('fails')
        .some((line) => line.includes('REPORT')),
    10_000,
  );
  await eventually(
    async () => (await received(urlOf('failed'))).length === 1 || clock.advance(31_000).then(() => false),
  );
  await clock.advance(31_000);
  const [failed] = await received(urlOf('failed'));
  expect(whole(failed?.Body)).toMatchObject({
    requestContext: { requestId: $metadata.requestId, condition: 'RetriesExhausted', approximateInvokeCount: 1 },
    requestPayload: { order: 1 },
    responsePayload: { errorType: 'RangeError', errorMessage: 'too far' },
  });
  const [dead] = await received(urlOf('dead'));
  expect(dead).toMatchObject({
    Body: Payload,
    MessageAttributes: {
      RequestID: { DataType: 'String', StringValue: $metadata.requestId },
      ErrorCode: { DataType: 'Number', StringValue: '200' },
      ErrorMessage: { DataType: 'String', StringValue: 'too far' },
    },
  });
});
