import type { PublishInput } from '@aws-sdk/client-sns';
import { expect, test } from '@jest/globals';
import { createTopic } from './topics.ts';

async function published(message: Parameters<ReturnType<typeof createTopic>>[0]): Promise<PublishInput> {
  let input: PublishInput = { Message: '' };
  const publish = createTopic({
    arn: 'arn:aws:sns:us-east-1:123456789012:mail',
    publish: async (given) => {
      input = given;
      return {};
    },
  });
  await publish(message);
  return input;
}

test('a message goes to the topic with its subject and what can be filtered by', async () => {
  expect(await published({ text: 'Hello', subject: 'Hi', attributes: { kind: 'answered' } })).toEqual({
    TopicArn: 'arn:aws:sns:us-east-1:123456789012:mail',
    Message: 'Hello',
    Subject: 'Hi',
    MessageAttributes: { kind: { DataType: 'String', StringValue: 'answered' } },
  });
});

test('with an order, it has its group and what tells it from others', async () => {
  expect(await published({ text: 'Hello', order: { group: 'ticket', id: 'event' } })).toMatchObject({
    MessageGroupId: 'ticket',
    MessageDeduplicationId: 'event',
  });
});

test('what the topic refuses, is refused', async () => {
  const refused = new Error('not now');
  const publish = createTopic({ arn: 'arn', publish: async () => Promise.reject(refused) });
  await expect(publish({ text: 'x' })).rejects.toBe(refused);
});
