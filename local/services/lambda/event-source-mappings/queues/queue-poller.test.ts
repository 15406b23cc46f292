import { continueLineage, lineageId } from '../../invocation/lineage.ts';
import { answer, failure, type House, openHouse, refused, VISIBILITY } from './queues.fixture.ts';

let house: House;
beforeEach(async () => {
  house = await openHouse();
});
afterEach(() => house.close());

const bodies = () => house.seen.map((given) => given.bodies);
const sendAll = async (all: readonly string[]) => {
  for (const body of all) await house.send(body);
};
const numbered = (count: number): string[] => Array.from({ length: count }, (_, index) => String(index));
/** A function that answers when it is told to. */
function held(): (() => void)[] {
  const waiting: (() => void)[] = [];
  house.respond = () => new Promise((resolve) => waiting.push(() => resolve(answer(null))));
  return waiting;
}

describe('batches', () => {
  test('have what there is, at most their size, and what came of them is deleted', async () => {
    await sendAll(numbered(7));
    house.start({ batchSize: 5 });
    await house.clock.advance(0);
    expect(bodies()).toEqual([numbered(5), ['5', '6']]);
    expect(await house.left()).toBe(0);
    expect(Object.fromEntries(house.counted)).toEqual({
      PolledEventCount: 7,
      InvokedEventCount: 7,
      DeletedEventCount: 7,
    });
    expect(house.said).toEqual(['OK', 'OK']);
  });

  test('of more than ten wait for the window to fill them, and no longer than that', async () => {
    const poller = house.start({ batchSize: 25, batchingWindowSeconds: 5 });
    await sendAll(numbered(24));
    await house.clock.advance(4_999);
    expect(bodies()).toEqual([]);
    expect(poller.isIdle).toBe(false);
    await house.clock.advance(1);
    expect(bodies()).toEqual([numbered(24)]);
    await sendAll(numbered(26));
    await house.clock.advance(0);
    expect(bodies()[1]).toEqual(numbered(25));
    await house.clock.advance(5_000);
    expect(bodies()[2]).toEqual(['25']);
    expect(await house.left()).toBe(0);
    expect(poller.isIdle).toBe(true);
  });

  test('are at most 6 MB', async () => {
    const large = 'x'.repeat(900_000);
    for (let index = 0; index < 8; index += 1) await house.send(large);
    house.start();
    await house.clock.advance(0);
    expect(bodies().map(({ length }) => length)).toEqual([6, 2]);
    for (const { payload } of house.seen) expect(payload.length).toBeLessThan(6 * 2 ** 20);
  });

  test('of nothing are never sent, and an idle queue is asked three times a minute', async () => {
    const poller = house.start();
    await house.clock.advance(60_000);
    expect(house.seen).toEqual([]);
    expect(poller.isIdle).toBe(true);
    expect(house.clock.waiting).toBeLessThan(5);
  });
});

describe('what the function says', () => {
  test('with an error: everything comes again after the visibility time-out, and ends among the dead letters', async () => {
    const deadLetterTargetArn = 'arn:aws:sqs:us-east-1:123456789012:dead';
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 2 });
    await house.call('SetQueueAttributes', { Attributes: { RedrivePolicy } });
    house.respond = ({ bodies: [first] }) => (first === 'poison' ? failure : answer(null));
    house.start({ batchSize: 1 });
    await sendAll(['poison', 'fine']);
    await house.clock.advance(VISIBILITY * 1000);
    expect(bodies()).toEqual([['poison'], ['fine'], ['poison']]);
    await house.clock.advance(VISIBILITY * 1000 + 20_000);
    expect(house.seen).toHaveLength(3);
    expect([await house.left(), await house.left('dead')]).toEqual([0, 1]);
    expect(house.said).toContain('PROBLEM: Function call failed');
  });

  test('of single messages: the others are deleted', async () => {
    house.respond = ({ records }) =>
      answer({
        batchItemFailures: records.filter(({ body }) => body === '1').map((r) => ({ itemIdentifier: r.messageId })),
      });
    await sendAll(numbered(3));
    house.start();
    await house.clock.advance(VISIBILITY * 1000);
    expect(bodies()).toEqual([numbered(3), ['1']]);
    expect(house.counted.get('FailedInvokeEventCount')).toBe(2);
    expect(await house.left()).toBe(1);
  });

  test.each([
    ['an id the batch has not', { batchItemFailures: [{ itemIdentifier: 'nobody' }] }, 2],
    ['an empty id', { batchItemFailures: [{ itemIdentifier: '' }] }, 2],
    ['another name for the id', { batchItemFailures: [{ id: 'x' }] }, 2],
    ['no list', { batchItemFailures: 'all' }, 2],
    ['a text', 'done', 2],
    ['nothing', null, 0],
    ['an empty object', {}, 0],
    ['an empty list', { batchItemFailures: [] }, 0],
    ['null for a list', { batchItemFailures: null }, 0],
  ])('with %s', async (_, value, left) => {
    house.respond = () => answer(value);
    await sendAll(numbered(2));
    house.start();
    await house.clock.advance(0);
    expect(await house.left()).toBe(left);
    expect(house.reported).toHaveLength(left === 0 ? 0 : 1);
  });

  test('is nobody’s concern where the mapping does not ask for failures', async () => {
    house.respond = () => answer({ batchItemFailures: [{ itemIdentifier: '' }] });
    await sendAll(numbered(2));
    house.start({ reportsBatchItemFailures: false });
    await house.clock.advance(0);
    expect(await house.left()).toBe(0);
  });
});

describe('filters', () => {
  const pattern = (value: object) => ({ filters: [JSON.stringify(value)] });

  test.each([
    ['a pattern for JSON', { body: { kind: ['a'] } }, ['{"kind":"a"}']],
    ['a pattern for plain texts', { body: [{ prefix: 'pl' }] }, ['plain']],
    ['a pattern for other fields', { messageAttributes: { colour: { stringValue: ['red'] } } }, ['{"kind":"b"}']],
    [
      'a pattern for what JSON has not',
      { body: { missing: [{ exists: false }] } },
      ['{"kind":"a"}', '{"kind":"b"}', '[1]'],
    ],
  ])('by %s leave that, and delete the rest', async (_, value, expected) => {
    const red = { MessageAttributes: { colour: { DataType: 'String', StringValue: 'red' } } };
    await sendAll(['plain', '{"kind":"a"}', '[1]']);
    await house.send('{"kind":"b"}', red);
    house.start(pattern(value));
    await house.clock.advance(0);
    expect(bodies().flat().sort()).toEqual([...expected].sort());
    expect(await house.left()).toBe(0);
    expect(house.counted.get('FilteredOutEventCount')).toBe(4 - expected.length);
  });
});

describe('how many at once', () => {
  test('five, then five more each second while there are messages', async () => {
    const waiting = held();
    await sendAll(numbered(40));
    house.start({ batchSize: 1 });
    await house.clock.advance(0);
    expect(house.seen).toHaveLength(5);
    await house.clock.advance(1_000);
    expect(house.seen).toHaveLength(10);
    for (const go of waiting.splice(0)) go();
    await house.clock.advance(0);
    expect(house.seen).toHaveLength(20);
  });

  test('no more than may be', async () => {
    house.most = 2;
    const waiting = held();
    await sendAll(numbered(6));
    house.start({ batchSize: 1 });
    await house.clock.advance(10_000);
    expect(house.seen).toHaveLength(2);
    waiting.pop()?.();
    await house.clock.advance(0);
    expect(house.seen).toHaveLength(3);
  });

  test('no more than find an environment, but five', async () => {
    house.crowded = true;
    held();
    await sendAll(numbered(20));
    house.start({ batchSize: 1 });
    await house.clock.advance(10_000);
    expect(house.seen).toHaveLength(5);
    house.crowded = false;
    await house.clock.advance(200);
    expect(house.seen.length).toBeGreaterThan(5);
  });

  test('a throttled function is tried again with the same messages, until they are visible again', async () => {
    let tries = 0;
    house.respond = () => {
      tries += 1;
      return tries < 4 ? refused(true) : answer(null);
    };
    await house.send('a');
    house.start();
    await house.clock.advance(5_000);
    expect(house.seen.map(({ records }) => records[0]!.attributes['ApproximateReceiveCount'])).toEqual([
      '1',
      '1',
      '1',
      '1',
    ]);
    expect(await house.left()).toBe(0);
    house.respond = () => refused(true);
    await house.send('b');
    await house.clock.advance(VISIBILITY * 1000 + 1);
    expect(house.seen.at(-1)!.records[0]!.attributes['ApproximateReceiveCount']).toBe('2');
    expect(await house.left()).toBe(1);
  });

  test('what keeps environments from starting leaves the messages to their time-out', async () => {
    house.respond = () => refused(false, 'AccessDeniedException');
    await house.send('a');
    house.start();
    await house.clock.advance(VISIBILITY * 1000 - 1);
    expect(house.seen).toHaveLength(1);
    await house.clock.advance(1);
    expect(house.seen).toHaveLength(2);
    expect(house.said).toContain('PROBLEM: Rate Exceeded.');
  });
});

describe('traces', () => {
  const traced = (header: string) => ({
    MessageSystemAttributes: { AWSTraceHeader: { DataType: 'String', StringValue: header } },
  });
  const ROOT = 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1';

  test('go on with messages of one trace, and the function sees the header', async () => {
    await house.send('a', traced(ROOT));
    await house.send('b', traced(ROOT));
    house.start();
    await house.clock.advance(0);
    expect(house.seen[0]!.traceHeader).toBe(ROOT);
    expect(house.seen[0]!.records[0]!.attributes['AWSTraceHeader']).toBe(ROOT);
  });

  test('of several begin anew, with how often each function had a part in any', async () => {
    await house.send('a', traced(`${ROOT};Lineage=aaaaaaaa:3|bbbbbbbb:0`));
    await house.send('b', traced('Root=1-5759e988-bd862e3fe1be46a994272794;Lineage=aaaaaaaa:1|cccccccc:2'));
    await house.send('c');
    house.start();
    await house.clock.advance(0);
    expect(house.seen[0]!.traceHeader).toBe('Lineage=aaaaaaaa:3|bbbbbbbb:0|cccccccc:2');
  });

  test('a message that goes in circles is left alone by the others of its batch', async () => {
    const id = lineageId('f');
    const tired = traced(`${ROOT};Lineage=${id}:15`);
    house.respond = ({ traceHeader }) =>
      continueLineage(traceHeader, id).invocations > 16 ? refused(false, 'RecursiveInvocationException') : answer(null);
    await house.send('round', tired);
    await house.send('straight');
    house.start();
    await house.clock.advance(0);
    expect(bodies()).toEqual([['round', 'straight'], ['round'], ['straight']]);
    expect(await house.left()).toBe(1);
  });
});

describe('what goes wrong around it', () => {
  test('a queue that is gone is told of, asked ever less often, and read when it is there again', async () => {
    const poller = house.start();
    await house.clock.advance(0);
    await house.call('DeleteQueue', {});
    await house.clock.advance(61_000);
    expect(new Set(house.reported)).toEqual(
      new Set([
        'arn:aws:sqs:us-east-1:123456789012:work cannot be read: QueueDoesNotExist: The specified queue does not exist.',
      ]),
    );
    expect(house.said).toContain('PROBLEM: The specified queue does not exist.');
    expect(house.reported.length).toBeLessThan(15);
    await house.call('CreateQueue', { QueueName: 'work' });
    await house.send('back');
    await house.clock.advance(20_000);
    expect(bodies()).toEqual([['back']]);
    await poller.stop(0);
  });

  test('stopping waits for what is under way, gives back the rest, and reads nothing more', async () => {
    house.most = 1;
    const waiting = held();
    await sendAll(numbered(3));
    const poller = house.start({ batchSize: 1 });
    await house.clock.advance(0);
    const stopped = poller.stop(10_000);
    await house.clock.advance(0);
    waiting.pop()?.();
    await stopped;
    await house.clock.advance(60_000);
    expect(bodies()).toEqual([['0']]);
    expect(await house.left()).toBe(2);
  });

  test('what a stop cannot wait for is given back at once, and its late end changes nothing', async () => {
    const waiting = held();
    await house.send('slow');
    const poller = house.start();
    await house.clock.advance(0);
    await poller.stop(1);
    waiting.pop()?.();
    await house.clock.advance(0);
    house.start();
    await house.clock.advance(0);
    expect(bodies()).toEqual([['slow'], ['slow']]);
  });

  test('a window that is open when the poller stops gives its messages back', async () => {
    const poller = house.start({ batchSize: 20, batchingWindowSeconds: 300 });
    await sendAll(numbered(3));
    await house.clock.advance(0);
    await poller.stop(0);
    house.start();
    await house.clock.advance(0);
    expect(bodies()).toEqual([numbered(3)]);
  });
});
