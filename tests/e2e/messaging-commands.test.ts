/** `sampan queues`, `redrive`, `events` and `mail`, as a developer uses them on a stack that runs. */
import { CognitoIdentityProviderClient, SignUpCommand } from '@aws-sdk/client-cognito-identity-provider';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import {
  eventually,
  launchSampan,
  projectOf,
  type Running,
  removeTemporaryDirectories,
  sampan,
  startSampan,
} from './sampan.ts';

const TEMPLATE = `
Resources:
  Orders:
    Type: AWS::SQS::Queue
    Properties:
      RedrivePolicy: { deadLetterTargetArn: !GetAtt OrdersDeadLetters.Arn, maxReceiveCount: 1 }
  OrdersDeadLetters: { Type: AWS::SQS::Queue }
  Lonely: { Type: AWS::SQS::Queue }
  Shop: { Type: AWS::Events::EventBus, Properties: { Name: shop-events } }
  Sold:
    Type: AWS::Events::Rule
    Properties:
      EventBusName: !Ref Shop
      EventPattern: { detail-type: [Sold] }
      Targets: [{ Id: orders, Arn: !GetAtt Orders.Arn }]
  OrdersPolicy:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [!Ref Orders]
      PolicyDocument:
        Statement:
          - Effect: Allow
            Principal: { Service: events.amazonaws.com }
            Action: sqs:SendMessage
            Resource: !GetAtt Orders.Arn
  News:
    Type: AWS::SNS::Topic
    Properties: { Subscription: [{ Protocol: email, Endpoint: ada@example.com }] }
  Users:
    Type: AWS::Cognito::UserPool
    Properties: { AutoVerifiedAttributes: [email], UsernameAttributes: [email] }
  Client: { Type: AWS::Cognito::UserPoolClient, Properties: { UserPoolId: !Ref Users } }
`;

let running: Running;
let ids: Record<string, string>;
let directory: string;

const clients = () => {
  const options = {
    region: 'us-east-1',
    endpoint: running.awsUrl,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  };
  return {
    sqs: new SQSClient(options),
    events: new EventBridgeClient(options),
    sns: new SNSClient(options),
    cognito: new CognitoIdentityProviderClient(options),
  };
};
let aws: ReturnType<typeof clients>;

const say = (...args: string[]) => sampan([...args, '--state', running.stateDirectory], { cwd: directory });
const lines = (text: string): Record<string, unknown>[] =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

beforeAll(async () => {
  directory = projectOf({ 'template.yaml': TEMPLATE });
  running = await startSampan({ cwd: directory });
  ids = (await (await fetch(`${running.awsUrl}/_sampan/resources`)).json()) as Record<string, string>;
  aws = clients();
}, 120_000);

afterAll(async () => {
  for (const client of Object.values(aws)) client.destroy();
  await running?.stop();
  removeTemporaryDirectories();
});

jest.setTimeout(60_000);

test('queues show what waits in them, and redrive sends dead letters back', async () => {
  await aws.sqs.send(new SendMessageCommand({ QueueUrl: ids['Lonely']!, MessageBody: 'later', DelaySeconds: 900 }));
  for (const MessageBody of ['one', 'two'])
    await aws.sqs.send(new SendMessageCommand({ QueueUrl: ids['Orders']!, MessageBody }));
  const receive = (VisibilityTimeout: number) =>
    aws.sqs.send(new ReceiveMessageCommand({ QueueUrl: ids['Orders']!, MaxNumberOfMessages: 10, VisibilityTimeout }));
  await receive(0);
  const bodies = await receive(0);
  expect(bodies.Messages ?? []).toEqual([]);

  const table = await say('queues', '--exit-code');
  expect(table).toMatchObject({ code: 1, stderr: '' });
  expect(table.stdout.split('\n')).toEqual([
    expect.stringMatching(/^queue +visible +in flight +delayed +oldest$/),
    expect.stringMatching(/^Lonely +0 +0 +1 +\d+ s$/),
    expect.stringMatching(/^Orders +0 +0 +0 +-$/),
    expect.stringMatching(/^ {2}OrdersDeadLetters +2 +0 +0 +\d+ s {2}dead letters$/),
    '',
  ]);
  expect(table.stdout).not.toContain('\u001b');
  expect(lines((await say('queues', 'Orders', '--json')).stdout)).toMatchObject([
    { queue: 'Orders', visible: 0, oldestSeconds: null, deadLetters: { queue: 'OrdersDeadLetters', depth: 2 } },
  ]);
  expect(await say('queues', 'None')).toMatchObject({ code: 2, stderr: expect.stringContaining('no queue None') });

  expect(await say('redrive', 'Orders')).toMatchObject({
    code: 0,
    stdout: '2 messages of OrdersDeadLetters went back to Orders\n',
  });
  expect(lines((await say('queues', 'Orders', '--json', '--exit-code')).stdout)).toMatchObject([
    { visible: 2, deadLetters: { depth: 0 } },
  ]);
  // By the name of the dead letters as well, and with nothing in them.
  const name = ids['OrdersDeadLetters']!.split('/').at(-1)!;
  expect(lines((await say('redrive', name, '--json')).stdout)).toEqual([
    { from: 'OrdersDeadLetters', to: ['Orders'], outcome: 'COMPLETED', moved: 0 },
  ]);
  expect(await say('redrive', 'Lonely')).toMatchObject({ code: 2, stderr: expect.stringMatching(/no dead-letter/) });
});

test('events show what passed, by pattern and bus, with the rules that matched; and go on as they come', async () => {
  const put = (...types: string[]) =>
    aws.events.send(
      new PutEventsCommand({
        Entries: types.map((DetailType, index) => ({
          EventBusName: 'shop-events',
          Source: 'shop',
          DetailType,
          Detail: JSON.stringify({ index }),
        })),
      }),
    );
  await put('Sold', 'Looked');
  const all = await say('events', '--bus', 'Shop');
  expect(all).toMatchObject({ code: 0, stderr: '' });
  expect(all.stdout).toMatch(/ Shop {2}shop Sold {2}→ Sold\n {2}\{"index":0\}\n.* shop Looked {2}no rule matched\n/);
  const sold = await say('events', '--json', '--pattern', '{"detail-type":["Sold"]}');
  expect(lines(sold.stdout)).toMatchObject([{ bus: 'shop-events', event: { source: 'shop', detail: { index: 0 } } }]);
  expect(await say('events', '--bus', 'default')).toMatchObject({
    stdout: 'no such event has passed since the start\n',
  });
  for (const pattern of ['{', '{"detail-type":"Sold"}']) {
    expect(await say('events', '--pattern', pattern)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--pattern is no event pattern'),
    });
  }

  const following = launchSampan(['events', '--follow', '--state', running.stateDirectory], { cwd: directory });
  await following.said(/Looked/);
  await put('Returned');
  await following.said(/Returned/, 5_000);
  expect(await following.stop()).toMatchObject({ code: 130 });
  expect(following.stderr()).toBe('');
});

test('mail shows what Cognito and SNS would have sent, whole by its id', async () => {
  expect((await say('mail')).stdout).toMatch(/sns-\d+-1 {2}ada@example\.com {2}AWS Notification - Subscription/);
  await aws.cognito.send(
    new SignUpCommand({ ClientId: ids['Client']!, Username: 'bob@example.com', Password: 'Secret-1234' }),
  );
  const mails = lines((await say('mail', '--json')).stdout);
  expect(mails.map(({ sender, destination }) => [sender, destination])).toEqual([
    ['sns', 'ada@example.com'],
    ['cognito', 'bob@example.com'],
  ]);
  const { id, body } = mails[1] as { id: string; body: string };
  const one = await say('mail', id);
  expect(one.stdout).toMatch(/^From: cognito \(CustomMessage_SignUp\)\nTo: bob@example\.com\n/);
  expect(one.stdout.endsWith(`\n\n${body}\n`)).toBe(true);
  expect(await say('mail', 'sns-1-1')).toMatchObject({ code: 2, stderr: expect.stringContaining('no mail sns-1-1') });
  await aws.sns.send(new PublishCommand({ PhoneNumber: '+436601234567', Message: 'it is late' }));
  await eventually(
    async () => /\+436601234567 \(text message\) {2}it is late/.test((await say('mail')).stdout),
    5_000,
    () => '',
  );
});

test('mail --confirm says yes to SNS in place of those who are asked, as often as one likes', async () => {
  for (let times = 0; times < 2; times += 1) {
    expect(await say('mail', '--confirm')).toMatchObject({
      code: 0,
      stdout: 'ada@example.com gets the mails of News\n',
    });
  }
  await aws.sns.send(new PublishCommand({ TopicArn: ids['News']!, Subject: 'Extra', Message: 'Read all about it' }));
  await eventually(
    async () => /ada@example\.com {2}Extra$/m.test((await say('mail')).stdout),
    5_000,
    () => '',
  );
  const [text] = lines((await say('mail', '--json')).stdout).filter(({ medium }) => medium === 'SMS');
  expect((await say('mail', String(text?.['id']), '--confirm')).stdout).toBe('nobody is asked\n');
});

test.each(['queues', 'redrive', 'events', 'mail'])('%s says so when nothing runs, and has a help', async (command) => {
  const cwd = projectOf({ 'template.yaml': 'Resources: {}\n' });
  const args = command === 'redrive' ? [command, 'Orders'] : [command];
  expect(await sampan(args, { cwd })).toMatchObject({ code: 1, stderr: expect.stringContaining('nothing runs') });
  expect(await sampan([command, '--help'], { cwd })).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(new RegExp(`^Usage: sampan ${command} `)),
  });
});
