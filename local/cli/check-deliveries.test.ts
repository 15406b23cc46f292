/** What `sampan check` says of deliveries: who may send to queues, topics and functions, and who may read them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Finding } from '../check/index.ts';
import { checkProject } from './check.ts';
import { findProject } from './project.ts';

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'sampan-check-deliveries-'));
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

const esbuildBinary = (): string => require.resolve(`@esbuild/${process.platform}-${process.arch}/bin/esbuild`);

async function errorsOf(resources: string): Promise<readonly Finding[]> {
  const folder = mkdtempSync(join(directory, 'case-'));
  writeFileSync(join(folder, 'index.js'), 'exports.handler = async () => {};');
  const template = join(folder, 'template.yaml');
  writeFileSync(template, `Transform: AWS::Serverless-2016-10-31\nResources:\n${resources}`);
  const project = findProject({ template, state: 'memory' }, process.cwd());
  const { findings } = await checkProject(project, { esbuildBinary });
  return findings.filter(({ severity, certainty }) => severity === 'error' && certainty === 'proved');
}

const QUEUE = '  Queue: { Type: AWS::SQS::Queue }';
const FUNCTION =
  '  F: { Type: AWS::Serverless::Function, Properties: { Handler: index.handler, Runtime: nodejs24.x } }';
const TOPIC = '  Topic: { Type: AWS::SNS::Topic }';
const RULE = (target: string) =>
  `  Rule: { Type: AWS::Events::Rule, Properties: { EventPattern: { source: [desk] }, Targets: [${target}] } }`;

const policy = (type: 'SQS::Queue' | 'SNS::Topic', service: string, condition = '') => {
  const [id, list, action] =
    type === 'SQS::Queue' ? ['Queue', 'Queues', 'sqs:SendMessage'] : ['Topic', 'Topics', 'sns:Publish'];
  return `  ${id}Policy:
    Type: AWS::${type}Policy
    Properties:
      ${list}: [!Ref ${id}]
      PolicyDocument: { Statement: [{ Effect: Allow, Principal: { Service: ${service} }, Action: '${action}', Resource: '*'${condition} }] }`;
};
const permission = (service: string) =>
  `  P: { Type: AWS::Lambda::Permission, Properties: { FunctionName: !Ref F, Action: lambda:InvokeFunction, Principal: ${service} } }`;

describe.each([
  [
    'a rule to a queue',
    [QUEUE, RULE('{ Id: q, Arn: !GetAtt Queue.Arn }')],
    policy('SQS::Queue', 'events.amazonaws.com'),
  ],
  ['a rule to a topic', [TOPIC, RULE('{ Id: t, Arn: !Ref Topic }')], policy('SNS::Topic', 'events.amazonaws.com')],
  ['a rule to a function', [FUNCTION, RULE('{ Id: f, Arn: !GetAtt F.Arn }')], permission('events.amazonaws.com')],
  [
    'a rule’s dead letters',
    [
      QUEUE,
      FUNCTION,
      permission('events.amazonaws.com'),
      RULE('{ Id: f, Arn: !GetAtt F.Arn, DeadLetterConfig: { Arn: !GetAtt Queue.Arn } }'),
    ],
    policy('SQS::Queue', 'events.amazonaws.com', ', Condition: { ArnEquals: { aws:SourceArn: !GetAtt Rule.Arn } }'),
  ],
  [
    'a subscription of a queue',
    [
      QUEUE,
      TOPIC,
      '  S: { Type: AWS::SNS::Subscription, Properties: { TopicArn: !Ref Topic, Protocol: sqs, Endpoint: !GetAtt Queue.Arn } }',
    ],
    policy('SQS::Queue', 'sns.amazonaws.com', ', Condition: { ArnEquals: { aws:SourceArn: !Ref Topic } }'),
  ],
  [
    'a subscription of a function',
    [
      FUNCTION,
      TOPIC,
      '  S: { Type: AWS::SNS::Subscription, Properties: { TopicArn: !Ref Topic, Protocol: lambda, Endpoint: !GetAtt F.Arn } }',
    ],
    permission('sns.amazonaws.com'),
  ],
])('%s', (_what, resources, allowing) => {
  it('needs leave, and is told which', async () => {
    expect(await errorsOf([...resources, allowing].join('\n'))).toEqual([]);
    const found = await errorsOf(resources.join('\n'));
    expect(found).toMatchObject([{ code: 'delivery-refused' }]);
    const [remedy = ''] = found.map((finding) => finding.remedy);
    expect(remedy).toMatch(
      /^add to Resources:\n {2}\w+:\n {4}Type: AWS::(SQS::QueuePolicy|SNS::TopicPolicy|Lambda::Permission)/,
    );
    // What is printed mends it.
    const [, ...pasted] = remedy.split('\n');
    expect(await errorsOf([...resources, ...pasted].join('\n'))).toEqual([]);
  });
});

describe.each([
  ['queue', QUEUE, 'QueueConfigurations: [{ Event: s3:ObjectCreated:*, Queue: !GetAtt Queue.Arn }]'],
  ['topic', TOPIC, 'TopicConfigurations: [{ Event: s3:ObjectCreated:*, Topic: !Ref Topic }]'],
])('a bucket that tells a %s', (what, target, told) => {
  const bucket = (dependsOn = '') =>
    `  Bucket: { Type: AWS::S3::Bucket${dependsOn}, Properties: { NotificationConfiguration: { ${told} } } }`;
  const id = what === 'queue' ? 'QueuePolicy' : 'TopicPolicy';

  it('needs leave before it is made', async () => {
    const after = bucket(`, DependsOn: ${id}`);
    const type = what === 'queue' ? 'SQS::Queue' : 'SNS::Topic';
    expect(await errorsOf([target, policy(type, 's3.amazonaws.com'), after].join('\n'))).toEqual([]);
    const found = await errorsOf([target, bucket()].join('\n'));
    const refused = found.find(({ code }) => code === 'delivery-refused');
    expect(refused).toMatchObject({ resource: 'Bucket' });
    const [, ...pasted] = (refused?.remedy ?? '').split('\n');
    const first = bucket(`, DependsOn: ${id}ForS3`);
    expect(await errorsOf([target, first, ...pasted].join('\n'))).toEqual([]);
  });
});

describe('an alarm', () => {
  const alarm =
    '  Alarm: { Type: AWS::CloudWatch::Alarm, Properties: { Namespace: N, MetricName: M, Statistic: Sum, Period: 60, EvaluationPeriods: 1, Threshold: 1, ComparisonOperator: GreaterThanThreshold, AlarmActions: [!Ref Topic] } }';

  it('publishes to a topic of the account, as long as no other policy takes the place of the topic’s own', async () => {
    expect(await errorsOf([TOPIC, alarm].join('\n'))).toEqual([]);
    const found = await errorsOf([TOPIC, alarm, policy('SNS::Topic', 'events.amazonaws.com')].join('\n'));
    expect(found).toMatchObject([{ code: 'delivery-refused', resource: 'Alarm' }]);
    expect(found[0]?.remedy).toMatch(/add to TopicPolicy\.PolicyDocument\.Statement/);
  });
});

describe('a queue with a key of its own', () => {
  const key = (service: string) => `  Key:
    Type: AWS::KMS::Key
    Properties:
      KeyPolicy:
        Statement:
          - { Effect: Allow, Principal: { AWS: !Sub 'arn:aws:iam::\${AWS::AccountId}:root' }, Action: kms:*, Resource: '*' }
          - { Effect: Allow, Principal: { Service: ${service} }, Action: [kms:GenerateDataKey, kms:Decrypt], Resource: '*' }`;
  const queue =
    '  Queue: { Type: AWS::SQS::Queue, Properties: { KmsMasterKeyId: !GetAtt Key.Arn, VisibilityTimeout: 60 } }';

  it('takes what a rule sends only where the key lets EventBridge use it', async () => {
    const rest = [queue, RULE('{ Id: q, Arn: !GetAtt Queue.Arn }'), policy('SQS::Queue', 'events.amazonaws.com')];
    expect(await errorsOf([key('events.amazonaws.com'), ...rest].join('\n'))).toEqual([]);
    const found = await errorsOf([key('sns.amazonaws.com'), ...rest].join('\n'));
    expect(found).toMatchObject([{ code: 'delivery-refused', resource: 'Rule' }]);
    expect(found[0]?.message).toContain('kms:GenerateDataKey');
    expect(found[0]?.remedy).toMatch(/add to Key\.KeyPolicy\.Statement/);
  });

  it('is read by a function that may use the key', async () => {
    const reader = (more: string) => `  F:
    Type: AWS::Serverless::Function
    Properties:
      Handler: index.handler
      Runtime: nodejs24.x
      Events: { Q: { Type: SQS, Properties: { Queue: !GetAtt Queue.Arn } } }
${more}`;
    const may = '      Policies: [{ Statement: [{ Effect: Allow, Action: kms:Decrypt, Resource: !GetAtt Key.Arn }] }]';
    const all = (more: string) => [key('events.amazonaws.com'), queue, reader(more)].join('\n');
    expect(await errorsOf(all(may))).toEqual([]);
    const found = await errorsOf(all(''));
    expect(found).toMatchObject([{ code: 'lambda-permission-missing' }]);
    expect(found[0]?.message).toContain('kms:Decrypt');
  });
});

it('a schedule sends in its role, which must trust the scheduler and may send', async () => {
  const schedule = (service: string, action: string) =>
    [
      QUEUE,
      `  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: { Statement: [{ Effect: Allow, Principal: { Service: ${service} }, Action: sts:AssumeRole }] }
      Policies: [{ PolicyName: p, PolicyDocument: { Statement: [{ Effect: Allow, Action: '${action}', Resource: '*' }] } }]`,
      "  Tick: { Type: AWS::Scheduler::Schedule, Properties: { ScheduleExpression: rate(1 hour), FlexibleTimeWindow: { Mode: 'OFF' }, Target: { Arn: !GetAtt Queue.Arn, RoleArn: !GetAtt Role.Arn } } }",
    ].join('\n');
  expect(await errorsOf(schedule('scheduler.amazonaws.com', 'sqs:SendMessage'))).toEqual([]);
  expect(await errorsOf(schedule('scheduler.amazonaws.com', 'sqs:ReceiveMessage'))).toMatchObject([
    { code: 'delivery-refused', resource: 'Tick' },
  ]);
  expect((await errorsOf(schedule('events.amazonaws.com', 'sqs:SendMessage'))).map(({ code }) => code)).toContain(
    'role-not-trusted',
  );
});
