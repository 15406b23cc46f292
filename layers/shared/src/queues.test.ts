import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import { createQueue } from './queues.ts';

const URL = 'https://sqs.us-east-1.amazonaws.com/123456789012/queue';

test('a message goes to its queue as it is', async () => {
  const sent: unknown[] = [];
  const send = createQueue({ url: URL, send: async (request) => ({ MessageId: `m${sent.push(request)}` }) });
  await send('{"a":"é"}');
  expect(sent).toEqual([{ QueueUrl: URL, MessageBody: '{"a":"é"}' }]);
});

test('a queue that does not answer is an error before anybody gives up waiting', async () => {
  const silent = createServer(() => {});
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const before = { ...process.env };
  process.env['AWS_ENDPOINT_URL'] = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  process.env['AWS_REGION'] = 'us-east-1';
  process.env['AWS_ACCESS_KEY_ID'] = process.env['AWS_SECRET_ACCESS_KEY'] = 'test';
  try {
    await expect(createQueue({ url: URL, timeoutMs: 50 })('x')).rejects.toMatchObject({ name: 'TimeoutError' });
  } finally {
    process.env = before;
    silent.closeAllConnections();
    await new Promise((resolve) => silent.close(resolve));
  }
});
