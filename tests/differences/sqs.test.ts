/** The differences of queues. No function runs: the service alone is asked. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createKernel, type Kernel } from '../../local/kernel/kernel.ts';
import { ManualClock } from '../../local/kernel/manual-clock.ts';
import { sqsService } from '../../local/services/sqs/index.ts';

const caller = { kind: 'internal', service: 'test' } as const;
const clock = new ManualClock();
let kernel: Kernel;

const opened = () => {
  const made = createKernel({ stateDirectory: 'memory', accountId: '123456789012', region: 'us-east-1', clock });
  made.registry.add(sqsService({ endpointUrl: () => 'http://127.0.0.1:4566' }));
  return made;
};
beforeAll(() => {
  kernel = opened();
});
afterAll(() => kernel.stop());

const call = (operation: string, input: object) => kernel.dispatch({ caller, service: 'sqs', operation, input });
async function queue(QueueName: string, Attributes: object = {}): Promise<string> {
  return ((await call('CreateQueue', { QueueName, Attributes })) as { QueueUrl: string }).QueueUrl;
}
async function receive(QueueUrl: string, more: object = {}) {
  const { Messages = [] } = (await call('ReceiveMessage', { QueueUrl, MaxNumberOfMessages: 10, ...more })) as {
    Messages?: { Body: string; ReceiptHandle: string }[];
  };
  return Messages;
}

test('Q1: a FIFO queue takes more than 300 messages in a second', async () => {
  const QueueUrl = await queue('fast.fifo', { FifoQueue: 'true', ContentBasedDeduplication: 'true' });
  const startedAt = clock.now();
  for (let n = 0; n < 400; n += 1) await call('SendMessage', { QueueUrl, MessageBody: `${n}`, MessageGroupId: 'a' });
  expect(clock.now()).toBe(startedAt);
});

test('Q2: standard queues keep order, count exactly, and forget at once', async () => {
  const QueueUrl = await queue('exact');
  const bodies = Array.from({ length: 30 }, (_, n) => `${n}`);
  for (const MessageBody of bodies) await call('SendMessage', { QueueUrl, MessageBody });
  const got = [...(await receive(QueueUrl)), ...(await receive(QueueUrl)), ...(await receive(QueueUrl))];
  expect(got.map(({ Body }) => Body)).toEqual(bodies);
  await call('SendMessage', { QueueUrl, MessageBody: 'last' });
  await call('PurgeQueue', { QueueUrl });
  const { Attributes } = (await call('GetQueueAttributes', { QueueUrl, AttributeNames: ['All'] })) as {
    Attributes: Record<string, string>;
  };
  expect([Attributes['ApproximateNumberOfMessages'], Attributes['ApproximateNumberOfMessagesNotVisible']]).toEqual([
    '0',
    '0',
  ]);
});

test('Q3: a tenant with many messages keeps the others waiting', async () => {
  const QueueUrl = await queue('unfair');
  for (let n = 0; n < 50; n += 1)
    await call('SendMessage', { QueueUrl, MessageBody: 'noisy', MessageGroupId: 'noisy' });
  await call('SendMessage', { QueueUrl, MessageBody: 'quiet', MessageGroupId: 'quiet' });
  for (let n = 0; n < 5; n += 1) expect((await receive(QueueUrl)).every(({ Body }) => Body === 'noisy')).toBe(true);
});

test('Q4: a queue’s URL is at the local endpoint', async () => {
  expect(await queue('here')).toBe('http://127.0.0.1:4566/123456789012/here');
  const QueueUrl = 'https://sqs.us-east-1.amazonaws.com/123456789012/here';
  await expect(call('SendMessage', { QueueUrl, MessageBody: 'x' })).resolves.toHaveProperty('MessageId');
});

test('Q5: attempts to receive are not remembered by the next run', async () => {
  const stateDirectory = mkdtempSync(join(tmpdir(), 'sampan-test-'));
  const start = () => {
    const made = createKernel({ stateDirectory, accountId: '123456789012', region: 'us-east-1', clock });
    made.registry.add(sqsService());
    return made;
  };
  const QueueUrl = 'https://sqs.us-east-1.amazonaws.com/123456789012/again.fifo';
  const ask = (to: Kernel, operation: string, input: object) =>
    to.dispatch({ caller, service: 'sqs', operation, input });
  const attempt = { QueueUrl, ReceiveRequestAttemptId: 'one' };
  try {
    const first = start();
    const Attributes = { FifoQueue: 'true', ContentBasedDeduplication: 'true' };
    await ask(first, 'CreateQueue', { QueueName: 'again.fifo', Attributes });
    await ask(first, 'SendMessage', { QueueUrl, MessageBody: 'x', MessageGroupId: 'a' });
    expect(await ask(first, 'ReceiveMessage', attempt)).toHaveProperty('Messages');
    await first.stop();
    const second = start();
    expect(await ask(second, 'ReceiveMessage', attempt)).toEqual({});
    await second.stop();
  } finally {
    rmSync(stateDirectory, { recursive: true, force: true });
  }
});
