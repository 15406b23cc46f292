import { beforeEach, expect, jest, test } from '@jest/globals';
import type { Context, SQSEvent, SQSRecord } from 'aws-lambda';
import { consumer } from './consumer.ts';
import { logger } from './observability.ts';
import { Memory } from './testing/memory.ts';

const context = { getRemainingTimeInMillis: () => 10_000 } as Context;
const batch = (...bodies: string[]): SQSEvent => ({
  Records: bodies.map((body, at) => ({ messageId: `m${at}`, body, eventSource: 'aws:sqs' }) as SQSRecord),
});

let handled: string[];
let fails: (message: string) => boolean;
let consume: (event: SQSEvent, context: Context) => Promise<unknown>;
let store: Memory;

beforeEach(() => {
  jest.spyOn(logger, 'error').mockImplementation(() => {});
  handled = [];
  fails = () => false;
  store = new Memory();
  consume = consumer({
    read: (body) => {
      if (body === 'poison') throw new Error('no message');
      return body;
    },
    key: (message) => message,
    handle: async (message) => {
      handled.push(message);
      if (fails(message)) throw new Error('not now');
    },
    store,
  });
});

test('handles message after message, and says that all went well', async () => {
  expect(await consume(batch('a', 'b'), context)).toEqual({ batchItemFailures: [] });
  expect(handled).toEqual(['a', 'b']);
});

test('a message that comes again is not handled again', async () => {
  await consume(batch('a', 'a'), context);
  expect(await consume(batch('a'), context)).toEqual({ batchItemFailures: [] });
  expect(handled).toEqual(['a']);
});

test('what fails is named, is tried again when it comes again, and holds up no other', async () => {
  fails = (message) => message === 'b';
  const named = { batchItemFailures: [{ itemIdentifier: 'm1' }, { itemIdentifier: 'm2' }] };
  expect(await consume(batch('a', 'b', 'poison', 'c'), context)).toEqual(named);
  fails = () => false;
  expect(await consume(batch('b'), context)).toEqual({ batchItemFailures: [] });
  expect(handled).toEqual(['a', 'b', 'c', 'b']);
});

test('what there is no time for any more is left for its next attempt: the function ends before its time-out does it', async () => {
  const left = [14_000, 5_000, 3_000];
  const running = { getRemainingTimeInMillis: () => left[handled.length] } as Context;
  const warned = jest.spyOn(logger, 'warn').mockImplementation(() => {});
  expect(await consume(batch('a', 'b', 'c', 'd'), running)).toEqual({
    batchItemFailures: [{ itemIdentifier: 'm2' }, { itemIdentifier: 'm3' }],
  });
  expect(handled).toEqual(['a', 'b']);
  expect(warned).toHaveBeenCalledTimes(1);
  // However little there is, something is tried.
  const late = { getRemainingTimeInMillis: () => 1_000 } as Context;
  expect(await consume(batch('c', 'd'), late)).toEqual({ batchItemFailures: [{ itemIdentifier: 'm1' }] });
});

test('a batch of which nothing went well names all of it, and does not end in an error', async () => {
  fails = () => true;
  expect(await consume(batch('a', 'b'), context)).toEqual({
    batchItemFailures: [{ itemIdentifier: 'm0' }, { itemIdentifier: 'm1' }],
  });
});

test('a message that somebody is handling fails until it is known how that ends', async () => {
  let end = () => {};
  fails = () => false;
  const other = consumer({
    read: (body) => body,
    key: (message) => message,
    handle: () => new Promise<void>((resolve) => (end = resolve)),
    store,
  })(batch('a'), context);
  await new Promise((resolve) => setImmediate(resolve));
  expect(await consume(batch('a'), context)).toEqual({ batchItemFailures: [{ itemIdentifier: 'm0' }] });
  end();
  await other;
  expect(await consume(batch('a'), context)).toEqual({ batchItemFailures: [] });
  expect(handled).toEqual([]);
});

test('in order, what follows a failure in its group waits, and other groups go on', async () => {
  const ordered = consumer({
    read: (body) => body,
    key: (message) => message,
    handle: async (message) => {
      handled.push(message);
      if (message === 'a1') throw new Error('not now');
    },
    store,
    inOrder: true,
  });
  const event = batch('a1', 'b1', 'a2', 'b2');
  for (const record of event.Records) record.attributes = { MessageGroupId: record.body[0] } as SQSRecord['attributes'];
  expect(await ordered(event, context)).toEqual({
    batchItemFailures: [{ itemIdentifier: 'm0' }, { itemIdentifier: 'm2' }],
  });
  expect(handled).toEqual(['a1', 'b1', 'b2']);
});
