/**
 * Where asynchronous invocations end, with the real services behind it: each kind of destination and dead-letter queue.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
 */
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { type Message, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { expect, test } from '@jest/globals';
import { eventually, functions, inHouse, ROLE_OF_TEMPLATE } from '../house.ts';

const CODE = `exports.handler = async ({ fail }) => { if (fail) throw new RangeError('too far'); return 'fine'; };`;
const BUCKET = 'failures-of-tests';

const arnOf = (logicalId: string) => ({ 'Fn::GetAtt': [logicalId, 'Arn'] });
const asynchronous = (more: object) => ({
  code: CODE,
  Role: ROLE_OF_TEMPLATE,
  EventInvokeConfig: { MaximumRetryAttempts: 0, ...more },
});
const to = (OnFailure: object, OnSuccess?: object) =>
  asynchronous({ DestinationConfig: { OnFailure, ...(OnSuccess && { OnSuccess }) } });
const queue = (QueueName: string) => ({ Type: 'AWS::SQS::Queue', Properties: { QueueName } });
const lets = (principal: string, name: string) => ({
  Type: 'AWS::SQS::QueuePolicy',
  Properties: {
    Queues: [{ Ref: name }],
    PolicyDocument: {
      Statement: [
        { Effect: 'Allow', Principal: { Service: principal }, Action: 'sqs:SendMessage', Resource: arnOf(name) },
      ],
    },
  },
});

const house = inHouse(
  functions(
    {
      toQueue: to({ Type: 'SQS', Destination: arnOf('Failed') }, { Type: 'SQS', Destination: arnOf('Done') }),
      toTopic: to({ Type: 'SNS', Destination: { Ref: 'Topic' } }),
      toBus: to({ Type: 'EventBridge', Destination: arnOf('Bus') }, { Type: 'EventBridge', Destination: arnOf('Bus') }),
      toBucket: to({ Type: 'S3Bucket', Destination: arnOf('Bucket') }),
      toDeadQueue: { ...asynchronous({}), DeadLetterQueue: { Type: 'SQS', TargetArn: arnOf('Dead') } },
      toDeadTopic: { ...asynchronous({}), DeadLetterQueue: { Type: 'SNS', TargetArn: { Ref: 'Topic' } } },
    },
    {
      Failed: queue('failed'),
      Done: queue('done'),
      Dead: queue('dead'),
      Told: queue('told'),
      ToldPolicy: lets('sns.amazonaws.com', 'Told'),
      Topic: {
        Type: 'AWS::SNS::Topic',
        Properties: { Subscription: [{ Protocol: 'sqs', Endpoint: arnOf('Told') }] },
      },
      Bus: { Type: 'AWS::Events::EventBus', Properties: { Name: 'results' } },
      Caught: queue('caught'),
      CaughtPolicy: lets('events.amazonaws.com', 'Caught'),
      Rule: {
        Type: 'AWS::Events::Rule',
        Properties: {
          EventBusName: { Ref: 'Bus' },
          EventPattern: { source: ['lambda'] },
          Targets: [{ Id: 'queue', Arn: arnOf('Caught') }],
        },
      },
      Bucket: { Type: 'AWS::S3::Bucket', Properties: { BucketName: BUCKET } },
    },
  ),
);

/** Invokes, and gives the id that everything about the event has. */
async function send(FunctionName: string, event: object): Promise<string> {
  const sent = await house().lambda.send(
    new InvokeCommand({ FunctionName, InvocationType: 'Event', Payload: JSON.stringify(event) }),
  );
  return sent.$metadata.requestId ?? '';
}

/** The next message of a queue. */
async function next(name: string): Promise<Message> {
  const QueueUrl = `${house().endpoint}/123456789012/${name}`;
  const asked = new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 10, MessageAttributeNames: ['All'] });
  const { Messages: [message] = [] } = await house().client(SQSClient).send(asked);
  if (!message) throw new Error(`nothing came to ${name}`);
  return message;
}

const FAILURE = { functionError: 'Unhandled', statusCode: 200 };
const record = (name: string, requestId: string, condition: string) => ({
  version: '1.0',
  requestContext: {
    requestId,
    condition,
    approximateInvokeCount: 1,
    functionArn: `arn:aws:lambda:us-east-1:123456789012:function:${name}:$LATEST`,
  },
});

test('queues get the record of success and of failure', async () => {
  const failed = await send('toQueue', { fail: true });
  expect(JSON.parse((await next('failed')).Body ?? '')).toMatchObject({
    ...record('toQueue', failed, 'RetriesExhausted'),
    requestPayload: { fail: true },
    responseContext: FAILURE,
    responsePayload: { errorType: 'RangeError' },
  });
  const done = await send('toQueue', {});
  expect(JSON.parse((await next('done')).Body ?? '')).toMatchObject({
    ...record('toQueue', done, 'Success'),
    responsePayload: 'fine',
  });
});

test('a topic gets the record as its message', async () => {
  const failed = await send('toTopic', { fail: true });
  const { Message: text, Type } = JSON.parse((await next('told')).Body ?? '');
  expect(Type).toBe('Notification');
  expect(JSON.parse(text)).toMatchObject(record('toTopic', failed, 'RetriesExhausted'));
});

test('a bus gets the record as an event of Lambda’s', async () => {
  const functionArn = 'arn:aws:lambda:us-east-1:123456789012:function:toBus:$LATEST';
  for (const [fail, word] of [
    [true, 'Failure'],
    [false, 'Success'],
  ] as const) {
    const requestId = await send('toBus', { fail });
    expect(JSON.parse((await next('caught')).Body ?? '')).toMatchObject({
      source: 'lambda',
      'detail-type': `Lambda Function Invocation Result - ${word}`,
      resources: ['arn:aws:events:us-east-1:123456789012:event-bus/results', functionArn],
      detail: record('toBus', requestId, fail ? 'RetriesExhausted' : 'Success'),
    });
  }
});

test('a bucket gets the record as an object, by day and request', async () => {
  const failed = await send('toBucket', { fail: true });
  const s3 = house().client(S3Client);
  const listed = async () => (await s3.send(new ListObjectsV2Command({ Bucket: BUCKET }))).Contents ?? [];
  await eventually(async () => (await listed()).length === 1);
  const [{ Key = '' } = {}] = await listed();
  expect(Key).toMatch(
    new RegExp(
      `^aws/lambda/async/toBucket/\\d{4}/\\d\\d/\\d\\d/\\d{4}-\\d\\d-\\d\\dT\\d\\d\\.\\d\\d\\.\\d\\d-${failed}$`,
    ),
  );
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key }));
  expect(JSON.parse((await Body?.transformToString()) ?? '')).toMatchObject(
    record('toBucket', failed, 'RetriesExhausted'),
  );
});

test('dead-letter queues get the event itself, and what happened in attributes', async () => {
  const attributes = (requestId: string) => ({
    RequestID: expect.objectContaining({ StringValue: requestId }),
    ErrorCode: expect.objectContaining({ StringValue: '200', DataType: 'Number' }),
    ErrorMessage: expect.objectContaining({ StringValue: 'too far' }),
  });
  const queued = await send('toDeadQueue', { fail: true });
  expect(await next('dead')).toMatchObject({ Body: '{"fail":true}', MessageAttributes: attributes(queued) });
  const published = await send('toDeadTopic', { fail: true });
  const { Message: text, MessageAttributes } = JSON.parse((await next('told')).Body ?? '');
  expect(text).toBe('{"fail":true}');
  expect(MessageAttributes).toMatchObject({
    RequestID: { Type: 'String', Value: published },
    ErrorCode: { Type: 'Number', Value: '200' },
    ErrorMessage: { Type: 'String', Value: 'too far' },
  });
});
