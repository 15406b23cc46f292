/** https://docs.aws.amazon.com/lambda/latest/dg/telemetry-api.html#telemetry-api-buffering */
import { expect, it } from '@jest/globals';
import { type Dropped, Subscriber } from './subscriber.ts';
import { parseSubscription } from './subscription.ts';

/** A delivery that is done when the test says so. */
function subscriber(buffering: object = {}) {
  const sent: (readonly string[])[] = [];
  const waiting: { resolve: () => void; reject: (error: Error) => void }[] = [];
  const dropped: Dropped[] = [];
  let closed = false;
  const subscription = parseSubscription('telemetry', {
    schemaVersion: '2022-12-13',
    types: ['function'],
    destination: { protocol: 'TCP', port: 1 },
    buffering,
  });
  const delivery = {
    send: (events: readonly string[]) =>
      new Promise<void>((resolve, reject) => {
        sent.push(events);
        waiting.push({ resolve, reject });
      }),
    close() {
      closed = true;
    },
  };
  const made = new Subscriber('it', subscription, delivery, (some) => dropped.push(some));
  return { made, sent, waiting, dropped, closed: () => closed };
}

const moment = (ms = 5) => new Promise((resolve) => setTimeout(resolve, ms));

it('sends a batch when its time is up, and at once when it is full', async () => {
  const { made, sent, waiting } = subscriber({ timeoutMs: 25, maxItems: 1000 });
  made.push('"a"');
  made.push('"b"');
  expect(sent).toEqual([]);
  await moment(60);
  expect(sent).toEqual([['"a"', '"b"']]);
  waiting[0]?.resolve();
  for (let n = 0; n < 1000; n += 1) made.push(`${n}`);
  await moment();
  expect(sent[1]).toHaveLength(1000);
  waiting[1]?.resolve();
  made.push(JSON.stringify('x'.repeat(262_144)));
  await moment();
  expect(sent[2]).toHaveLength(1);
  made.close();
});

it('sends one batch at a time, in order', async () => {
  const { made, sent, waiting } = subscriber({ maxItems: 1000 });
  for (let n = 0; n < 2500; n += 1) made.push(`${n}`);
  await moment();
  expect(sent).toHaveLength(1);
  for (let n = 0; n < 3; n += 1) {
    waiting[n]?.resolve();
    await moment();
  }
  expect(sent.flat()).toEqual(Array.from({ length: 2500 }, (_, n) => `${n}`));
  made.close();
});

it('holds everything back while the environment is frozen', async () => {
  const { made, sent } = subscriber({ timeoutMs: 25 });
  made.push('1');
  made.pause();
  made.push('2');
  await moment(60);
  expect(sent).toEqual([]);
  made.resume();
  await moment();
  expect(sent).toEqual([['1', '2']]);
  made.close();
});

it('drops the oldest of what nobody takes, and what could not be delivered, and counts both', async () => {
  const { made, sent, waiting, dropped, closed } = subscriber();
  const event = JSON.stringify('x'.repeat(262_144 - 2));
  for (let n = 0; n < 7; n += 1) made.push(event);
  await moment();
  // One is on its way, four batches wait.
  expect(dropped.map(({ droppedRecords, droppedBytes }) => [droppedRecords, droppedBytes])).toEqual([
    [1, 262_144],
    [1, 262_144],
  ]);
  waiting[0]?.reject(new Error('connect ECONNREFUSED'));
  await moment();
  expect(dropped.at(-1)).toEqual({
    droppedRecords: sent[0]?.length,
    droppedBytes: 262_144,
    reason: 'the subscriber could not be reached: connect ECONNREFUSED',
  });
  made.close();
  expect(closed()).toBe(true);
});
