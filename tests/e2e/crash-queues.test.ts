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

/** More than are handled before the kill. */
const MOST = 100;

const sqsOf = ({ awsUrl }: Running): SQSClient =>
  new SQSClient({
    endpoint: awsUrl,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  });

/** Takes what has come to `done`. */
async function drain(sqs: SQSClient, awsUrl: string, into: Set<string>): Promise<void> {
  const QueueUrl = `${awsUrl}/123456789012/done`;
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
  for (const { Body = '' } of Messages) into.add(Body);
  if (Messages.length === 0) return;
  const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
  await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
  await drain(sqs, awsUrl, into);
}

test('no message is lost', async () => {
  const state = temporaryDirectory('state');
  const running = await startSampan({ cwd: project, state });
  const sqs = sqsOf(running);
  const acknowledged = new Set<string>();
  const handled = new Set<string>();
  let isOver = false;
  const sending = (async () => {
    for (let index = 0; !isOver && index < MOST; index += 1) {
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
      await drain(sqs, running.awsUrl, handled);
      return handled.size >= 10;
    },
    60_000,
    () => `${handled.size} of ${acknowledged.size}`,
  );
  isOver = true;
  process.kill(running.pid, 'SIGKILL');
  await sending;
  await running.ended();
  sqs.destroy();
  expect(handled.size).toBeLessThan(acknowledged.size);

  const again = await startSampan({ cwd: project, state });
  const after = sqsOf(again);
  await eventually(
    async () => {
      await drain(after, again.awsUrl, handled);
      return [...acknowledged].every((body) => handled.has(body));
    },
    60_000,
    () => `${handled.size} of ${acknowledged.size}`,
  );
  after.destroy();
  await again.stop();
});
