/** From what makes events, over buses, rules and schedules, to queues and functions: nothing in between is replaced. */
import {
  CreateEventBusCommand,
  EventBridgeClient,
  PutEventsCommand,
  TestEventPatternCommand,
} from '@aws-sdk/client-eventbridge';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { GetQueueUrlCommand, ReceiveMessageCommand, SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { expect, jest, test } from '@jest/globals';
import { ManualClock } from '../../local/kernel/index.ts';
import { inHouse } from './house.ts';

jest.setTimeout(60_000);

const clock = new ManualClock(Date.UTC(2026, 10, 21, 12));

const allow = (queue: string) => ({
  Type: 'AWS::SQS::QueuePolicy',
  Properties: {
    Queues: [{ Ref: queue }],
    PolicyDocument: {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Service: 'events.amazonaws.com' },
          Action: 'sqs:SendMessage',
          Resource: { 'Fn::GetAtt': [queue, 'Arn'] },
          Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
        },
      ],
    },
  },
});
const toQueue = (pattern: object, queue: string, bus?: object) => ({
  Type: 'AWS::Events::Rule',
  Properties: {
    ...(bus && { EventBusName: bus }),
    EventPattern: pattern,
    Targets: [
      {
        Id: 'queue',
        Arn: { 'Fn::GetAtt': [queue, 'Arn'] },
        DeadLetterConfig: { Arn: { 'Fn::GetAtt': ['Dead', 'Arn'] } },
        RetryPolicy: { MaximumRetryAttempts: '4', MaximumEventAgeInSeconds: 3600 },
      },
    ],
  },
});
const named = (QueueName: string) => ({ Type: 'AWS::SQS::Queue', Properties: { QueueName } });

const house = inHouse({
  clock,
  template: {
    Transform: 'AWS::Serverless-2016-10-31',
    Resources: {
      Bus: { Type: 'AWS::Events::EventBus', Properties: { Name: 'shop' } },
      Jobs: named('jobs'),
      Closed: named('closed'),
      Dead: named('dead'),
      JobsPolicy: allow('Jobs'),
      DeadPolicy: allow('Dead'),
      Files: {
        Type: 'AWS::S3::Bucket',
        Properties: {
          BucketName: 'event-files',
          NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: true } },
        },
      },
      OnFile: toQueue({ source: ['aws.s3'], detail: { object: { key: [{ suffix: '.csv' }] } } }, 'Jobs'),
      OnClosed: toQueue({ source: ['closed'] }, 'Closed', { Ref: 'Bus' }),
      Worker: {
        Type: 'AWS::Serverless::Function',
        Properties: {
          FunctionName: 'worker',
          Runtime: 'nodejs24.x',
          Handler: 'index.handler',
          InlineCode: 'exports.handler = async (event) => console.log("GOT " + JSON.stringify(event))',
          Events: {
            Ordered: {
              Type: 'EventBridgeRule',
              Properties: { EventBusName: { Ref: 'Bus' }, Pattern: { source: ['orders'] }, InputPath: '$.detail' },
            },
            Hourly: { Type: 'Schedule', Properties: { Schedule: 'rate(1 hour)', Input: '{"from":"rule"}' } },
            Noon: {
              Type: 'ScheduleV2',
              Properties: {
                ScheduleExpression: 'cron(45 7 * * ? *)',
                ScheduleExpressionTimezone: 'America/New_York',
                Input: '{"from":"scheduler"}',
              },
            },
          },
        },
      },
    },
  },
});

const bus = () => house().client(EventBridgeClient);

async function receive(QueueName: string) {
  const sqs = house().client(SQSClient);
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName }));
  const answer = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, MessageAttributeNames: ['All'] }),
  );
  return answer.Messages ?? [];
}

test('nothing of it is told to be missing', () => {
  expect(house().diagnostics()).toEqual([]);
});

test('an object that comes to a bucket is an event of the default bus, which its rule brings to a queue', async () => {
  const s3 = house().client(S3Client);
  for (const Key of ['a.csv', 'b.txt']) {
    await s3.send(new PutObjectCommand({ Bucket: 'event-files', Key, Body: 'x' }));
  }
  await house().cloud.kernel.outbox.idle();
  expect((await receive('jobs')).map(({ Body }) => JSON.parse(Body ?? ''))).toMatchObject([
    {
      source: 'aws.s3',
      'detail-type': 'Object Created',
      detail: { bucket: { name: 'event-files' }, object: { key: 'a.csv' } },
    },
  ]);
});

test('an event of a bus of one’s own invokes the function that SAM gave the rule', async () => {
  const entry = { EventBusName: 'shop', Source: 'orders', DetailType: 'Ordered', Detail: '{"order":7}' };
  await bus().send(new PutEventsCommand({ Entries: [entry] }));
  expect(await house().log('worker', /GOT \{"order":7\}/)).toContain('GOT');
});

test('a queue that loses its policy takes nothing more: the event is in the dead-letter queue, with the reason', async () => {
  const sqs = house().client(SQSClient);
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: 'closed' }));
  const policy = (Policy: string) => sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }));
  async function put(n: number) {
    const entry = { EventBusName: 'shop', Source: 'closed', DetailType: 'T', Detail: JSON.stringify({ n }) };
    await bus().send(new PutEventsCommand({ Entries: [entry] }));
    await house().cloud.kernel.outbox.idle();
  }
  const Principal = { Service: 'events.amazonaws.com' };
  const Statement = [{ Effect: 'Allow', Principal, Action: 'sqs:SendMessage', Resource: '*' }];
  await policy(JSON.stringify({ Version: '2012-10-17', Statement }));
  await put(1);
  expect(await receive('closed')).toMatchObject([{ Body: expect.stringContaining('"detail":{"n":1}') }]);
  await policy('');
  await put(2);
  expect(await receive('closed')).toEqual([]);
  expect(await receive('dead')).toMatchObject([
    {
      Body: expect.stringContaining('"detail":{"n":2}'),
      MessageAttributes: {
        ERROR_CODE: { StringValue: 'NO_PERMISSIONS' },
        RULE_ARN: { StringValue: expect.stringMatching(/:rule\/shop\//) },
      },
    },
  ]);
});

test('schedules invoke it when they are due, the rule’s and the scheduler’s', async () => {
  await clock.advance(61 * 60_000);
  await house().log('worker', /GOT \{"from":"rule"\}/);
  await house().log('worker', /GOT \{"from":"scheduler"\}/);
  const from = (text: string) =>
    house()
      .messages('worker')
      .filter((message) => message.includes(text)).length;
  expect([from('{"from":"rule"}'), from('{"from":"scheduler"}')]).toEqual([1, 1]);
});

test('what is asked in a wrong way is refused by the models of AWS', async () => {
  const create = bus().send(new CreateEventBusCommand({ Name: 'no spaces' }));
  await expect(create).rejects.toMatchObject({ name: 'ValidationException' });
  const pattern = bus().send(new TestEventPatternCommand({ Event: '{}', EventPattern: '{"a":[{"x":1}]}' }));
  await expect(pattern).rejects.toMatchObject({
    name: 'InvalidEventPatternException',
    message: 'Event pattern is not valid. Reason: Unrecognized match type x',
  });
});
