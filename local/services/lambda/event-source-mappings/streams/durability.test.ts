import { AwsError } from '../../../../kernel/aws-error.ts';
import { answer, type House, idsOf, openHouse } from './streams.fixture.ts';

const never = () => new Promise<never>(() => {});

describe('what a poller of a stream leaves behind, and finds again', () => {
  let house: House;
  beforeEach(async () => {
    house = await openHouse();
  });
  afterEach(() => house.close());
  const seen = () => house.seen.map(idsOf);
  const put = async (ids: string) => {
    for (const id of ids) await house.put(id);
  };

  it('repeats the batch that was under way, and nothing else', async () => {
    let finish: () => void = () => {};
    house.respond = (_, index) =>
      index < 2 ? answer(null) : new Promise((resolve) => (finish = () => resolve(answer(null))));
    await put('abcdef');
    const killed = house.start({ batchSize: 2 });
    await house.advance(0);
    expect(seen()).toEqual(['ab', 'cd', 'ef']);
    await killed.stop(0);
    // What comes of it now is nobody's business.
    finish();
    await house.advance(0);
    house.respond = () => answer(null);
    house.start({ batchSize: 2 });
    await house.advance(0);
    expect(seen()).toEqual(['ab', 'cd', 'ef', 'ef']);
  });

  it('waits for what is under way when it is stopped, and begins nothing new', async () => {
    let finish: () => void = () => {};
    house.respond = () => new Promise((resolve) => (finish = () => resolve(answer(null))));
    await put('ab');
    const poller = house.start({ batchSize: 1 });
    await house.advance(0);
    expect(poller.isIdle).toBe(false);
    const stopped = poller.stop(60_000);
    finish();
    await stopped;
    house.respond = () => answer(null);
    house.start({ batchSize: 1 });
    await house.advance(0);
    expect(seen()).toEqual(['a', 'b']);
  });

  it('does not wait longer than its grace', async () => {
    house.respond = never;
    await put('a');
    const poller = house.start();
    await house.advance(0);
    await poller.stop(1);
    expect(seen()).toEqual(['a']);
  });

  it('begins where LATEST was when the mapping was made, however long nothing came', async () => {
    await put('ab');
    const stream = { startingPosition: 'LATEST' } as const;
    const first = house.start({ stream });
    await house.advance(3_600_000);
    await first.stop(0);
    await put('c');
    house.start({ stream });
    await house.advance(0);
    expect(seen()).toEqual(['c']);
  });

  it('goes on where the slowest was when there are other workers than before', async () => {
    await put('abcdef');
    const first = house.start({ stream: { parallelizationFactor: 3 } });
    await house.advance(0);
    await first.stop(0);
    await put('ghi');
    house.start({ stream: { parallelizationFactor: 2 } });
    await house.advance(0);
    expect([...seen().join('')].sort().join('')).toBe('abcdefghi');
  });

  it('costs nothing while nothing comes: nobody asks and no timer runs', async () => {
    const poller = house.start({ stream: { parallelizationFactor: 2 } });
    await put('a');
    await house.advance(0);
    const before = house.calls.length;
    await house.advance(6 * 3_600_000);
    expect(house.calls.length).toBe(before);
    expect(poller.isIdle).toBe(true);
    await put('b');
    await house.advance(0);
    expect(seen()).toEqual(['a', 'b']);
  });

  it('says that its role may not read, and reads as soon as it may', async () => {
    const refusal = new AwsError('AccessDeniedException', 'handler may not dynamodb:GetRecords');
    house.refuse = (operation) => (operation === 'GetRecords' ? refusal : undefined);
    await put('a');
    const poller = house.start();
    await house.advance(600_000);
    expect(house.said).toEqual(['PROBLEM: handler may not dynamodb:GetRecords']);
    expect(house.reports[0]).toContain('handler may not dynamodb:GetRecords');
    expect(house.calls.length).toBeLessThan(60);
    expect(poller.isIdle).toBe(true);
    house.refuse = () => undefined;
    await house.advance(60_000);
    expect(seen()).toEqual(['a']);
  });

  it('does not spin when it cannot even wait', async () => {
    house.refuse = (operation) =>
      operation === 'WaitForRecords' ? new AwsError('InternalServerError', 'no') : undefined;
    house.start();
    await house.advance(10_000);
    expect(house.calls.filter((operation) => operation === 'WaitForRecords').length).toBeLessThan(15);
    await put('a');
    await house.advance(1_000);
    expect(seen()).toEqual(['a']);
  });

  it('says that records expired unread, and goes on with those that are left', async () => {
    await put('a');
    const first = house.start();
    await house.advance(0);
    await first.stop(0);
    await house.advance(1_000);
    await put('b');
    await house.advance(90_000_000);
    await put('c');
    house.start();
    await house.advance(0);
    expect(seen()).toEqual(['a', 'c']);
    expect(house.reports).toEqual([expect.stringContaining('expired before they were read')]);
  });

  it('reads a stream that is switched off to its end, and no further', async () => {
    await put('ab');
    const TableName = house.arn.split('/')[1];
    await house.tables.call('UpdateTable', { TableName, StreamSpecification: { StreamEnabled: false } });
    const first = house.start();
    await house.advance(0);
    expect(seen()).toEqual(['ab']);
    expect(first.isIdle).toBe(true);
    await first.stop(0);
    const calls = house.calls.length;
    house.start();
    await house.advance(0);
    expect(house.calls.slice(calls)).toEqual(['DescribeStream']);
    expect(house.reports).toEqual([]);
  });

  it('says that a stream is not there', async () => {
    const gone = new AwsError('ResourceNotFoundException', 'Requested resource not found: Stream');
    house.refuse = () => gone;
    const poller = house.start();
    await house.advance(0);
    expect(house.reports[0]).toContain('is not there any more');
    expect(poller.isIdle).toBe(true);
  });
});
