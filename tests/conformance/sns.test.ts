/** Topics and parameters among the other rooms: who is told, who may publish, and what functions read. */
import { CloudWatchClient, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  GetTopicAttributesCommand,
  PublishCommand,
  SetTopicAttributesCommand,
  SNSClient,
  SubscribeCommand,
} from '@aws-sdk/client-sns';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { expect, test } from '@jest/globals';
import { eventually, inHouse } from './house.ts';

const TEMPLATE = `
AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Parameters:
  Stage: { Type: String, Default: test }
Resources:
  Topic:
    Type: AWS::SNS::Topic
    Properties:
      DisplayName: House
  TopicPolicy:
    Type: AWS::SNS::TopicPolicy
    Properties:
      Topics: [!Ref Topic]
      PolicyDocument:
        Version: '2012-10-17'
        Statement:
          - { Effect: Allow, Principal: { Service: s3.amazonaws.com }, Action: 'sns:Publish', Resource: !Ref Topic, Condition: { StringEquals: { 'aws:SourceAccount': !Ref AWS::AccountId } } }
  Alarms:
    Type: AWS::SNS::Topic
  Queue:
    Type: AWS::SQS::Queue
    Properties: { QueueName: house-queue }
  Locked:
    Type: AWS::SQS::Queue
    Properties: { QueueName: house-locked }
  Dead:
    Type: AWS::SQS::Queue
    Properties: { QueueName: house-dead }
  QueuePolicy:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [!Ref Queue, !Ref Dead]
      PolicyDocument:
        Version: '2012-10-17'
        Statement:
          - { Effect: Allow, Principal: { Service: sns.amazonaws.com }, Action: 'sqs:SendMessage', Resource: '*', Condition: { ArnEquals: { 'aws:SourceArn': [!Ref Topic, !Ref Alarms] } } }
  ToQueue:
    Type: AWS::SNS::Subscription
    Properties:
      TopicArn: !Ref Topic
      Protocol: sqs
      Endpoint: !GetAtt Queue.Arn
      RawMessageDelivery: true
      FilterPolicyScope: MessageBody
      FilterPolicy: { Records: { eventSource: ['aws:s3'] } }
  AlarmToQueue:
    Type: AWS::SNS::Subscription
    Properties: { TopicArn: !Ref Alarms, Protocol: sqs, Endpoint: !GetAtt Queue.Arn, RawMessageDelivery: true }
  ToLocked:
    Type: AWS::SNS::Subscription
    Properties:
      TopicArn: !Ref Topic
      Protocol: sqs
      Endpoint: !GetAtt Locked.Arn
      FilterPolicy: { kind: [locked] }
      RedrivePolicy: { deadLetterTargetArn: !GetAtt Dead.Arn }
  Bucket:
    Type: AWS::S3::Bucket
    DependsOn: TopicPolicy
    Properties:
      BucketName: house-told
      NotificationConfiguration:
        TopicConfigurations: [{ Topic: !Ref Topic, Event: 's3:ObjectCreated:*' }]
  Alarm:
    Type: AWS::CloudWatch::Alarm
    Properties:
      AlarmName: house-alarm
      Namespace: House
      MetricName: Load
      Statistic: Sum
      Period: 60
      EvaluationPeriods: 1
      Threshold: 1
      ComparisonOperator: GreaterThanThreshold
      AlarmActions: [!Ref Alarms]
  Limit:
    Type: AWS::SSM::Parameter
    Properties: { Name: /house/limit, Type: String, Value: '25' }
  Listener:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: listener
      Runtime: nodejs24.x
      Handler: index.handler
      InlineCode: |
        exports.handler = async (event) => console.log('heard ' + event.Records[0].Sns.Message);
      Events:
        Told: { Type: SNS, Properties: { Topic: !Ref Topic, FilterPolicy: { kind: [spoken] } } }
  Failing:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: failing
      Runtime: nodejs24.x
      Handler: index.handler
      InlineCode: |
        exports.handler = async () => { throw new Error('no'); };
      EventInvokeConfig:
        MaximumRetryAttempts: 0
        DestinationConfig: { OnFailure: { Type: SNS, Destination: !Ref Failures } }
  Failures:
    Type: AWS::SNS::Topic
    Properties:
      Subscription: [{ Protocol: email, Endpoint: ops@example.com }]
  Reader:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: reader
      Runtime: nodejs24.x
      Handler: index.handler
      CodeUri: ./reader
      Environment: { Variables: { LIMIT: '{{resolve:ssm:/house/limit}}' } }
      Policies:
        - SSMParameterReadPolicy: { ParameterName: house/limit }
        - SNSPublishMessagePolicy: { TopicName: !GetAtt Topic.TopicName }
`;

const READER = `
const { SSMClient, GetParameterCommand } = require('@aws-sdk/client-ssm');
const { SNSClient, PublishCommand } = require('@aws-sdk/client-sns');
const ssm = new SSMClient({});
const sns = new SNSClient({});
exports.handler = async ({ name, topic }) => {
  try {
    if (topic) return (await sns.send(new PublishCommand({ TopicArn: topic, Message: 'from a function' }))).MessageId;
    return { limit: process.env.LIMIT, value: (await ssm.send(new GetParameterCommand({ Name: name }))).Parameter.Value };
  } catch (error) {
    return error.name + ': ' + error.message;
  }
};
`;

const house = inHouse({ template: TEMPLATE, files: { 'reader/index.js': READER } });

/** Whatever is in the queue by then, as JSON where it is such. */
async function received(logicalId: string): Promise<string> {
  const sqs = house().client(SQSClient);
  let text = '';
  await eventually(async () => {
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: house().physicalId(logicalId) }));
    text = Messages[0]?.Body ?? '';
    return text !== '';
  });
  return text;
}

const publish = (logicalId: string, kind: string) =>
  house()
    .client(SNSClient)
    .send(
      new PublishCommand({
        TopicArn: house().physicalId(logicalId),
        Message: 'hello',
        MessageAttributes: { kind: { DataType: 'String', StringValue: kind } },
      }),
    );

test('a function hears what its SAM event subscribes it to', async () => {
  await publish('Topic', 'other');
  await publish('Topic', 'spoken');
  expect((await house().log('listener', /heard hello/)).match(/heard/g)).toHaveLength(1);
});

test('an object that is created is told to a topic, and by it to a queue', async () => {
  await house()
    .client(S3Client)
    .send(new PutObjectCommand({ Bucket: 'house-told', Key: 'a.txt', Body: 'x' }));
  expect(JSON.parse(await received('Queue'))).toMatchObject({
    Records: [{ eventName: 'ObjectCreated:Put', s3: { object: { key: 'a.txt' } } }],
  });
});

test('an alarm reaches its topic, which nobody gave a policy', async () => {
  const cloudWatch = house().client(CloudWatchClient);
  await cloudWatch.send(
    new SetAlarmStateCommand({ AlarmName: 'house-alarm', StateValue: 'ALARM', StateReason: 'a test' }),
  );
  expect(JSON.parse(await received('Queue'))).toMatchObject({
    AlarmName: 'house-alarm',
    NewStateValue: 'ALARM',
    NewStateReason: 'a test',
    OldStateValue: 'INSUFFICIENT_DATA',
    Region: 'US East (N. Virginia)',
    Trigger: { MetricName: 'Load', Namespace: 'House', StatisticType: 'Statistic', Statistic: 'SUM' },
  });
});

test('a queue whose policy does not let the topic in gets nothing, and the dead-letter queue does', async () => {
  await publish('Topic', 'locked');
  const letter = JSON.parse(await received('Dead'));
  expect(letter).toMatchObject({ Type: 'Notification', Message: 'hello' });
});

test('what a function fails at goes to a topic, and from there by mail', async () => {
  const sns = house().client(SNSClient);
  const TopicArn = house().physicalId('Failures');
  await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sms', Endpoint: '+15555550100' }));
  await house().invoke('failing', {}, { InvocationType: 'Event' });
  const mails = async () =>
    (
      (await house().cloud.kernel.dispatch({
        caller: { kind: 'internal', service: 'sampan' },
        service: 'sns',
        operation: 'ListMessages',
        input: { TopicArn },
      })) as { Messages: { medium: string; body: string }[] }
    ).Messages;
  await eventually(async () => (await mails()).some(({ medium }) => medium === 'SMS'));
  const [asked, told] = await mails();
  expect(asked!.body).toContain('To confirm this subscription');
  expect(JSON.parse(told!.body)).toMatchObject({ requestContext: { condition: 'RetriesExhausted' } });
});

test('a function reads its parameter, and no other', async () => {
  expect((await house().invoke('reader', { name: '/house/limit' })).value).toEqual({ limit: '25', value: '25' });
  await house()
    .client(SSMClient)
    .send(new PutParameterCommand({ Name: '/house/other', Value: 'x', Type: 'String' }));
  expect((await house().invoke('reader', { name: '/house/other' })).value).toMatch(
    /^AccessDeniedException: User: .* is not authorized to perform: ssm:GetParameter on resource: arn:aws:ssm:us-east-1:123456789012:parameter\/house\/other/,
  );
});

test('a function publishes to the topic that its role names, and to no other', async () => {
  expect((await house().invoke('reader', { topic: house().physicalId('Topic') })).value).toMatch(/^[0-9a-f-]{36}$/);
  expect((await house().invoke('reader', { topic: house().physicalId('Failures') })).value).toMatch(
    /^AuthorizationErrorException: User: .* is not authorized to perform: SNS:Publish on resource: arn:aws:sns:/,
  );
});

test('who publishes to an encrypted topic needs its key', async () => {
  const sns = house().client(SNSClient);
  const { KeyMetadata } = (await house().call('kms', 'CreateKey', {})) as { KeyMetadata: { Arn: string } };
  const TopicArn = house().physicalId('Topic');
  const encrypt = (AttributeValue: string) =>
    sns.send(new SetTopicAttributesCommand({ TopicArn, AttributeName: 'KmsMasterKeyId', AttributeValue }));
  await encrypt(KeyMetadata.Arn);
  expect((await house().invoke('reader', { topic: TopicArn })).value).toMatch(
    /^KMSAccessDeniedException: .*kms:GenerateDataKey/,
  );
  await encrypt('');
  expect((await house().invoke('reader', { topic: TopicArn })).value).toMatch(/^[0-9a-f-]{36}$/);
});

test('a template takes its parameter from the store, and says which one is missing', async () => {
  const template = (name: string) => ({
    Transform: 'AWS::Serverless-2016-10-31',
    Parameters: { Greeting: { Type: 'AWS::SSM::Parameter::Value<String>', Default: name } },
    Resources: {
      Told: { Type: 'AWS::SNS::Topic', Properties: { TopicName: 'house-told', DisplayName: { Ref: 'Greeting' } } },
      Worker: {
        Type: 'AWS::Serverless::Function',
        Properties: {
          FunctionName: 'worker',
          Runtime: 'nodejs24.x',
          Handler: 'index.handler',
          InlineCode: `exports.handler = async ({ Records: [{ body }] }) => console.log('worked ' + JSON.parse(body).Message);`,
          Events: { Queued: { Type: 'SNS', Properties: { Topic: { Ref: 'Told' }, SqsSubscription: true } } },
        },
      },
    },
  });
  await expect(house().apply({ template: template('/house/none') })).rejects.toThrow(
    /\/house\/none cannot be resolved: there is no such parameter here; sampan aws ssm put-parameter --name \/house\/none/,
  );
  await house()
    .client(SSMClient)
    .send(new PutParameterCommand({ Name: '/house/greeting', Value: 'Welcome', Type: 'String' }));
  await house().apply({ template: template('/house/greeting') });
  const sns = house().client(SNSClient);
  const TopicArn = house().physicalId('Told');
  const { Attributes } = await sns.send(new GetTopicAttributesCommand({ TopicArn }));
  expect(Attributes).toMatchObject({ DisplayName: 'Welcome', SubscriptionsConfirmed: '1' });
});
