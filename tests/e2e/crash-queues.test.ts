/** SIGKILL while a function reads a queue: what SQS has acknowledged is handled, at least once, after the next start at the latest. */
import { DeleteMessageBatchCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { sdkBundle } from '../conformance/sdk-bundle.ts';
import {
  eventually,
  projectOf,
  type Running,
  removeTemporaryDirectories,
  startSampan,
  temporaryDirectory,
} from './sampan.ts';

jest.setTimeout(120_000);
afterAll(removeTemporaryDirectories);

const project = projectOf({
  'template.yaml': `
Transform: AWS::Serverless-2016-10-31
Resources:
  Jobs: { Type: 'AWS::SQS::Queue', Properties: { QueueName: jobs, VisibilityTimeout: 3 } }
  Done: { Type: 'AWS::SQS::Queue', Properties: { QueueName: done } }
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: worker
      Handler: index.handler
      Runtime: nodejs24.x
      MemorySize: 256
      Environment: { Variables: { DONE: !Ref Done } }
      Policies:
        - SQSSendMessagePolicy: { QueueName: done }
      Events:
        Jobs: { Type: SQS, Properties: { Queue: !GetAtt Jobs.Arn, BatchSize: 2 } }
`,
  'worker/index.js': `
const { SQSClient, SendMessageCommand } = require('./sdk.js');
const sqs = new SQSClient();
exports.handler = async ({ Records }) => {
  for (const { body } of Records) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    await sqs.send(new SendMessageCommand({ QueueUrl: process.env.DONE, MessageBody: body }));
  }
};`,
  'worker/sdk.js': sdkBundle('@aws-sdk/client-sqs'),
});

/** There is always some work when the kill comes, and never more than is handled soon after. */
const PACE_MS = 5;
const WAITING = 100;
/** Of those that are seen to be handled before the kill, of what was sent by then. */
const HANDLED = 10;
const SENT = 50;

const sqsOf = ({ awsUrl }: Running): SQSClient =>
  new SQSClient({
    endpoint: awsUrl,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  });

/** Takes what has come to `done`, until there is enough. */
async function drain(sqs: SQSClient, awsUrl: string, into: Set<string>, enough: () => boolean): Promise<void> {
  const QueueUrl = `${awsUrl}/123456789012/done`;
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
  for (const { Body = '' } of Messages) into.add(Body);
  if (Messages.length === 0 || enough()) return;
  const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
  await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
  await drain(sqs, awsUrl, into, enough);
}

test('no message is lost', async () => {
  const state = temporaryDirectory('state');
  const running = await startSampan({ cwd: project, state });
  const sqs = sqsOf(running);
  const acknowledged = new Set<string>();
  const handled = new Set<string>();
  let isOver = false;
  const sending = (async () => {
    for (let index = 0; !isOver; index += 1) {
      await new Promise((resolve) => setTimeout(resolve, PACE_MS));
      if (acknowledged.size - handled.size >= WAITING) continue;
      try {
        const QueueUrl = `${running.awsUrl}/123456789012/jobs`;
        await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: `job ${index}` }));
        acknowledged.add(`job ${index}`);
      } catch (error) {
        if (!isOver) throw error;
      }
    }
  })();
  await eventually(
    async () => {
      await drain(sqs, running.awsUrl, handled, () => handled.size >= HANDLED);
      return handled.size >= HANDLED && acknowledged.size >= SENT;
    },
    60_000,
    () => `${handled.size} of ${acknowledged.size}`,
  ).finally(() => {
    isOver = true;
  });
  process.kill(running.pid, 'SIGKILL');
  await sending;
  await running.ended();
  sqs.destroy();
  expect(handled.size).toBeLessThan(acknowledged.size);

  const again = await startSampan({ cwd: project, state });
  const after = sqsOf(again);
  const areAll = (): boolean => [...acknowledged].every((body) => handled.has(body));
  await eventually(
    async () => {
      await drain(after, again.awsUrl, handled, areAll);
      return areAll();
    },
    60_000,
    () => `${handled.size} of ${acknowledged.size}`,
  );
  after.destroy();
  await again.stop();
});
