import { expect, test } from '@jest/globals';
import type { SQSEvent, SQSRecord } from 'aws-lambda';
import { queueGroups } from './batches.ts';

const batch = (...bodies: string[]): SQSEvent => ({
  Records: bodies.map((body, index) => ({ messageId: `m${index}`, body }) as SQSRecord),
});

function open() {
  const handled: string[][] = [];
  const handle = queueGroups({
    read: (body) => {
      if (body === '') throw new Error('empty');
      return body;
    },
    groupOf: ([group]) => group ?? '',
    handle: async (messages) => {
      if (messages.includes('b!')) throw new Error('never');
      handled.push([...messages]);
    },
  });
  return { handled, handle };
}

test('messages of a group are handled together, in their order, each group for itself', async () => {
  const { handled, handle } = open();
  expect(await handle(batch('a1', 'b1', 'a2', 'a3'))).toEqual({ batchItemFailures: [] });
  expect(handled).toEqual([['a1', 'a2', 'a3'], ['b1']]);
});

test('a message that cannot be read or handled fails alone', async () => {
  const { handled, handle } = open();
  expect(await handle(batch('b1', '', 'b!', 'b2', 'c1'))).toEqual({
    batchItemFailures: [{ itemIdentifier: 'm1' }, { itemIdentifier: 'm2' }],
  });
  expect(handled).toEqual([['b1'], ['b2'], ['c1']]);
  expect(await handle(batch('b!'))).toEqual({ batchItemFailures: [{ itemIdentifier: 'm0' }] });
});
