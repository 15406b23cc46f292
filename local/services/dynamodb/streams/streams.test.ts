import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { openRoom, type Room, tableOf } from '../dynamodb.fixture.ts';

const streaming = (StreamViewType: string) => ({ StreamSpecification: { StreamEnabled: true, StreamViewType } });
const key = (id: string) => ({ id: { S: id } });

describe('DynamoDB Streams', () => {
  let room: Room;
  beforeAll(() => {
    room = openRoom();
  });
  afterAll(() => room.close());

  async function create(TableName: string, view: string): Promise<string> {
    const { TableDescription } = await room.call('CreateTable', tableOf(TableName, {}, streaming(view)));
    return TableDescription.LatestStreamArn;
  }
  async function iterator(StreamArn: string, ShardIteratorType = 'TRIM_HORIZON', SequenceNumber?: string) {
    const { StreamDescription } = await room.call('DescribeStream', { StreamArn });
    const { ShardId } = StreamDescription.Shards[0];
    const input = { StreamArn, ShardId, ShardIteratorType, SequenceNumber };
    return (await room.call('GetShardIterator', input)).ShardIterator as string;
  }
  const records = async (ShardIterator: string, Limit?: number) =>
    room.call('GetRecords', { ShardIterator, ...(Limit !== undefined && { Limit }) });

  it.each([
    ['KEYS_ONLY', [false, false]],
    ['NEW_IMAGE', [true, false]],
    ['OLD_IMAGE', [false, true]],
    ['NEW_AND_OLD_IMAGES', [true, true]],
  ])('tells of %s what it is to tell, and nothing of what changed nothing', async (view, [fresh, old]) => {
    const TableName = `views-${view}`;
    const arn = await create(TableName, view);
    const put = (n: string) => room.call('PutItem', { TableName, Item: { ...key('a'), n: { N: n } } });
    await put('1');
    await put('1');
    await put('2');
    await room.call('DeleteItem', { TableName, Key: key('a') });
    await room.call('DeleteItem', { TableName, Key: key('a') });
    const { Records } = await records(await iterator(arn));
    type Image = { n: { N: string } };
    type Seen = { eventName: string; dynamodb: { NewImage?: Image; OldImage?: Image } };
    const images = Records.map(({ eventName, dynamodb: { NewImage, OldImage } }: Seen) => [
      eventName,
      NewImage?.n.N,
      OldImage?.n.N,
    ]);
    expect(images).toEqual([
      ['INSERT', fresh ? '1' : undefined, undefined],
      ['MODIFY', fresh ? '2' : undefined, old ? '1' : undefined],
      ['REMOVE', undefined, old ? '2' : undefined],
    ]);
    expect(Records[0]).toMatchObject({
      eventSource: 'aws:dynamodb',
      eventVersion: '1.1',
      awsRegion: 'us-east-1',
      dynamodb: { Keys: key('a'), StreamViewType: view },
    });
  });

  it('keeps the order of all that was done, whatever was done', async () => {
    const TableName = 'ordered';
    const arn = await create(TableName, 'NEW_IMAGE');
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.boolean()), { maxLength: 15 }),
        async (steps) => {
          const from = await iterator(arn, 'LATEST');
          const there = new Map<string, string>();
          for (const { id } of (await room.call('Scan', { TableName })).Items) {
            await room.call('DeleteItem', { TableName, Key: { id } });
          }
          const expected: string[] = [];
          for (const [number, [id, removes]] of steps.entries()) {
            if (removes) {
              await room.call('DeleteItem', { TableName, Key: key(id) });
              if (there.delete(id)) expected.push(`REMOVE ${id}`);
            } else {
              await room.call('PutItem', { TableName, Item: { ...key(id), n: { N: String(number) } } });
              expected.push(`${there.has(id) ? 'MODIFY' : 'INSERT'} ${id} ${number}`);
              there.set(id, String(number));
            }
          }
          const seen: string[] = [];
          for (let at = from; ; ) {
            const page = await records(at, 4);
            seen.push(
              ...page.Records.map(({ eventName, dynamodb: { Keys, NewImage } }: never) =>
                [eventName, (Keys as { id: { S: string } }).id.S, (NewImage as { n: { N: string } } | undefined)?.n.N]
                  .filter(Boolean)
                  .join(' '),
              ),
            );
            if (page.Records.length === 0) break;
            at = page.NextShardIterator;
          }
          expect(seen.slice(seen.length - expected.length)).toEqual(expected);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('goes on at, and after, a record; forgets after a day; and lets iterators go stale', async () => {
    const TableName = 'iterated';
    const arn = await create(TableName, 'KEYS_ONLY');
    for (const id of ['a', 'b', 'c']) await room.call('PutItem', { TableName, Item: key(id) });
    const all = (await records(await iterator(arn))).Records;
    const second = all[1].dynamodb.SequenceNumber;
    const ids = (page: { Records: { dynamodb: { Keys: { id: { S: string } } } }[] }) =>
      page.Records.map(({ dynamodb }) => dynamodb.Keys.id.S);
    expect(ids(await records(await iterator(arn, 'AT_SEQUENCE_NUMBER', second)))).toEqual(['b', 'c']);
    expect(ids(await records(await iterator(arn, 'AFTER_SEQUENCE_NUMBER', second)))).toEqual(['c']);
    const stale = await iterator(arn);
    await room.clock.advance(900_001);
    expect(await room.refused('GetRecords', { ShardIterator: stale })).toMatch(/^ExpiredIteratorException: /);
    await room.clock.advance(86_400_000);
    expect((await records(await iterator(arn))).Records).toEqual([]);
    expect(
      await room.refused('GetShardIterator', {
        StreamArn: arn,
        ShardId: (await room.call('DescribeStream', { StreamArn: arn })).StreamDescription.Shards[0].ShardId,
        ShardIteratorType: 'AT_SEQUENCE_NUMBER',
        SequenceNumber: second,
      }),
    ).toMatch(/^TrimmedDataAccessException: /);
  });

  it('does not wake who waits from its beginning on for records that nobody gets any more', async () => {
    const TableName = 'outlived';
    const StreamArn = await create(TableName, 'KEYS_ONLY');
    await room.call('PutItem', { TableName, Item: key('a') });
    await room.clock.advance(86_400_001);
    const ShardIterator = await iterator(StreamArn);
    expect((await records(ShardIterator)).Records).toEqual([]);
    const aborted = new AbortController();
    const nothing = room.call('WaitForRecords', { StreamArn, ShardIterator }, aborted.signal);
    await new Promise(setImmediate);
    aborted.abort();
    expect(await nothing).toMatchObject({ HasRecords: false });
  });

  it('wakes who waits inside as soon as there is something, and at the end of the shard', async () => {
    const TableName = 'awaited';
    const StreamArn = await create(TableName, 'KEYS_ONLY');
    const ShardIterator = await iterator(StreamArn, 'LATEST');
    let woken = false;
    const waiting = room.call('WaitForRecords', { StreamArn, ShardIterator }).then((answer) => {
      woken = true;
      return answer;
    });
    await new Promise(setImmediate);
    expect(woken).toBe(false);
    await room.call('PutItem', { TableName, Item: key('a') });
    expect(await waiting).toEqual({ HasRecords: true, ShardIterator: expect.any(String) });
    const { NextShardIterator } = await records(ShardIterator);
    const aborted = new AbortController();
    const nothing = room.call('WaitForRecords', { StreamArn, ShardIterator: NextShardIterator }, aborted.signal);
    await new Promise(setImmediate);
    aborted.abort();
    expect(await nothing).toMatchObject({ HasRecords: false });
    const end = room.call('WaitForRecords', { StreamArn, ShardIterator: NextShardIterator });
    await room.call('UpdateTable', { TableName, StreamSpecification: { StreamEnabled: false } });
    expect(await end).toMatchObject({ HasRecords: true });
    const last = await records(NextShardIterator);
    expect(last).toEqual({ Records: [] });
    const { StreamDescription } = await room.call('DescribeStream', { StreamArn });
    expect(StreamDescription.StreamStatus).toBe('DISABLED');
    const again = await room.call('UpdateTable', { TableName, ...streaming('NEW_IMAGE') });
    expect(again.TableDescription.LatestStreamArn).not.toBe(StreamArn);
    const { Streams } = await room.call('ListStreams', { TableName });
    expect(Streams.map((stream: { StreamArn: string }) => stream.StreamArn)).toEqual([
      StreamArn,
      again.TableDescription.LatestStreamArn,
    ]);
  });

  it('deletes what has expired, says who did it, and spares what is five years old', async () => {
    const TableName = 'expiring';
    const arn = await create(TableName, 'OLD_IMAGE');
    const now = Math.floor(room.clock.now() / 1000);
    const put = (id: string, expires: object) => room.call('PutItem', { TableName, Item: { ...key(id), expires } });
    await put('before', { N: String(now + 60) });
    const ttl = { AttributeName: 'expires', Enabled: true };
    await room.call('UpdateTimeToLive', { TableName, TimeToLiveSpecification: ttl });
    await put('after', { N: String(now + 120) });
    await put('text', { S: String(now + 60) });
    await put('ancient', { N: String(now - 6 * 365 * 86_400) });
    await put('moved', { N: String(now + 60) });
    await put('moved', { N: String(now + 600) });
    const left = async () =>
      (await room.call('Scan', { TableName })).Items.map(({ id }: { id: { S: string } }) => id.S).sort();
    await room.clock.advance(61_000);
    expect(await left()).toEqual(['after', 'ancient', 'moved', 'text']);
    await room.clock.advance(60_000);
    expect(await left()).toEqual(['ancient', 'moved', 'text']);
    const { Records } = await records(await iterator(arn));
    const removed = Records.filter(({ eventName }: { eventName: string }) => eventName === 'REMOVE');
    expect(removed.map(({ dynamodb }: { dynamodb: { Keys: { id: { S: string } } } }) => dynamodb.Keys.id.S)).toEqual([
      'before',
      'after',
    ]);
    expect(removed[0].userIdentity).toEqual({ PrincipalId: 'dynamodb.amazonaws.com', Type: 'Service' });
  });
});

test('a restart finds items, records, and what is to expire', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'dynamodb-'));
  try {
    const TableName = 'kept';
    const first = openRoom(directory);
    const { TableDescription } = await first.call('CreateTable', tableOf(TableName, {}, streaming('KEYS_ONLY')));
    const ttl = { AttributeName: 'expires', Enabled: true };
    await first.call('UpdateTimeToLive', { TableName, TimeToLiveSpecification: ttl });
    const expires = { N: String(first.clock.now() / 1000 + 60) };
    await first.call('PutItem', { TableName, Item: { ...key('a'), expires, bytes: { B: Uint8Array.from([0, 1]) } } });
    await first.close();
    const second = openRoom(directory);
    const { Item } = await second.call('GetItem', { TableName, Key: key('a') });
    expect([...Item.bytes.B]).toEqual([0, 1]);
    await second.clock.advance(61_000);
    const { Items } = await second.call('Scan', { TableName });
    expect(Items).toEqual([]);
    const StreamArn = TableDescription.LatestStreamArn;
    const { StreamDescription } = await second.call('DescribeStream', { StreamArn });
    const { ShardId } = StreamDescription.Shards[0];
    const from = { StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' };
    const { ShardIterator } = await second.call('GetShardIterator', from);
    const { Records } = await second.call('GetRecords', { ShardIterator });
    expect(Records.map(({ eventName }: { eventName: string }) => eventName)).toEqual(['INSERT', 'REMOVE']);
    await second.close();
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
