import { answer, failure, type House, idsOf, openHouse, type Seen } from './streams.fixture.ts';
import { MOST_STATE_BYTES } from './windows.ts';

describe('tumbling windows', () => {
  let house: House;
  beforeEach(async () => {
    house = await openHouse();
    house.respond = sum;
  });
  afterEach(() => house.close());

  /** Keeps every id it has seen; the noise of the state when the window is over is not kept. */
  const sum = (event: Seen) => answer({ state: { ids: ((event.state as { ids?: string }).ids ?? '') + idsOf(event) } });
  const put = async (ids: string) => {
    for (const id of ids) await house.put(id);
  };
  const told = () =>
    house.seen.map((event) => {
      const { ids = '' } = event.state as { ids?: string };
      const end = event.isFinalInvokeForWindow ? (event.isWindowTerminatedEarly ? ' early' : ' final') : '';
      return `${event.window!.start.slice(14, 19)} ${ids}+${idsOf(event)}${end}`;
    });
  const windows = { tumblingWindowSeconds: 60 } as const;

  it('hand a state on until their time is over', async () => {
    const poller = house.start({ stream: windows });
    await put('a');
    await house.advance(20_000);
    await put('b');
    await house.advance(39_999);
    expect(told()).toEqual(['00:00 +a', '00:00 a+b']);
    await house.advance(1);
    expect(told()).toEqual(['00:00 +a', '00:00 a+b', '00:00 ab+ final']);
    expect(house.seen[2]).toEqual({
      Records: [],
      window: { start: '2026-11-21T12:00:00Z', end: '2026-11-21T12:01:00Z' },
      state: { ids: 'ab' },
      shardId: expect.stringMatching(/^shardId-/),
      eventSourceARN: house.arn,
      isFinalInvokeForWindow: true,
      isWindowTerminatedEarly: false,
    });
    await put('c');
    await house.advance(0);
    expect(told().at(-1)).toBe('01:00 +c');
    expect(poller.isIdle).toBe(true);
  });

  it('end with the first record of the next, when old ones are read', async () => {
    await put('ab');
    await house.advance(60_000);
    await put('c');
    await house.advance(300_000);
    house.start({ stream: windows });
    await house.advance(0);
    expect(told()).toEqual(['00:00 +ab', '00:00 ab+ final', '01:00 +c', '01:00 c+ final']);
  });

  it('survive a restart with their state', async () => {
    const first = house.start({ stream: windows });
    await put('a');
    await house.advance(0);
    await first.stop(0);
    await put('b');
    house.start({ stream: windows });
    await house.advance(60_000);
    expect(told()).toEqual(['00:00 +a', '00:00 a+b', '00:00 ab+ final']);
  });

  it('repeat with the state of before what failed, a missing state too, and their end as well', async () => {
    house.respond = (event, index) => {
      if (index === 1 || index === 4) return failure;
      return index === 2 ? answer({}) : sum(event);
    };
    house.start({ stream: windows });
    await put('a');
    await house.advance(0);
    await put('b');
    await house.advance(5_000);
    expect(told()).toEqual(['00:00 +a', '00:00 a+b', '00:00 a+b', '00:00 a+b']);
    await house.advance(60_000);
    expect(told().slice(4)).toEqual(['00:00 ab+ final', '00:00 ab+ final']);
  });

  it('take the state of a batch that came half through', async () => {
    const [, , third] = 'abc';
    house.respond = (event, index) => {
      if (index > 0) return sum(event);
      const failed = event.Records.find(({ dynamodb }) => dynamodb.Keys.id.S === third)!;
      return answer({
        state: { ids: 'ab' },
        batchItemFailures: [{ itemIdentifier: failed.dynamodb.SequenceNumber }],
      });
    };
    await put('abc');
    house.start({ reportsBatchItemFailures: true, stream: windows });
    await house.advance(0);
    expect(told()).toEqual(['00:00 +abc', '00:00 ab+c']);
  });

  it('end early when the state outgrows a megabyte, and begin again without one', async () => {
    const large = 'x'.repeat(MOST_STATE_BYTES);
    house.respond = (event, index) => (index === 0 ? answer({ state: { large } }) : sum(event));
    house.start({ batchSize: 1, stream: windows });
    await put('ab');
    await house.advance(60_000);
    expect(told()).toEqual(['00:00 +a', '00:00 + early', '00:00 +b', '00:00 b+ final']);
    expect(house.seen[1]!.state).toEqual({ large });
  });

  it('end with the shard', async () => {
    house.start({ stream: windows });
    await put('a');
    await house.advance(0);
    const TableName = house.arn.split('/')[1];
    await house.tables.call('UpdateTable', { TableName, StreamSpecification: { StreamEnabled: false } });
    await house.advance(0);
    expect(told()).toEqual(['00:00 +a', '00:00 a+ final']);
  });

  it('are given up with their state when their end fails too often', async () => {
    house.respond = (event) => (event.isFinalInvokeForWindow ? failure : sum(event));
    house.start({ stream: { ...windows, maximumRetryAttempts: 1 } });
    await put('a');
    await house.advance(70_000);
    expect(told()).toEqual(['00:00 +a', '00:00 a+ final', '00:00 a+ final']);
    expect(house.reports).toEqual(['the last invocation of a tumbling window failed; its state is lost']);
    await put('b');
    await house.advance(0);
    expect(told().at(-1)).toBe('01:00 +b');
  });
});
