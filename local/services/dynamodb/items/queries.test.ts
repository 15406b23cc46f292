/** Queries and scans, held against a sorted array. */
import fc from 'fast-check';
import { openRoom, type Room, tableOf } from '../dynamodb.fixture.ts';

let room: Room;
beforeAll(() => {
  room = openRoom();
});
afterAll(() => room.close());

type Kind = 'N' | 'S' | 'B';
type Value = { N?: string; S?: string; B?: Uint8Array };

const kinds: Record<Kind, fc.Arbitrary<Value>> = {
  N: fc.integer({ min: -60, max: 60 }).map((units) => ({ N: String(units / 4) })),
  S: fc
    .string({ unit: fc.constantFrom('a', 'b', '\0', '\u00ff', '😀', '￿'), minLength: 1, maxLength: 4 })
    .map((S) => ({ S })),
  B: fc.uint8Array({ minLength: 1, maxLength: 4 }).map((B) => ({ B })),
};

function compare(a: Value, b: Value): number {
  if (a.N !== undefined) return Number(a.N) - Number(b.N);
  return Buffer.compare(Buffer.from((a.S ?? a.B) as string), Buffer.from((b.S ?? b.B) as string));
}
const bytesOf = ({ S, B }: Value) => Buffer.from((S ?? B) as string);
const same = (a: Value, b: Value) => compare(a, b) === 0;

const TESTS: Record<string, (value: Value, low: Value, high: Value) => boolean> = {
  '#at = :low': (value, low) => same(value, low),
  '#at < :low': (value, low) => compare(value, low) < 0,
  '#at <= :low': (value, low) => compare(value, low) <= 0,
  '#at > :low': (value, low) => compare(value, low) > 0,
  ':low <= #at': (value, low) => compare(value, low) >= 0,
  '#at BETWEEN :low AND :high': (value, low, high) => compare(value, low) >= 0 && compare(value, high) <= 0,
  'begins_with(#at, :low)': (value, low) => bytesOf(value).subarray(0, bytesOf(low).length).equals(bytesOf(low)),
};

let tables = 0;

test.each(['N', 'S', 'B'] as const)(
  'a query by %s finds what a sorted array would, page by page',
  async (kind: Kind) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(kinds[kind], { maxLength: 12 }),
        kinds[kind],
        kinds[kind],
        fc.constantFrom(...Object.keys(TESTS)),
        fc.boolean(),
        fc.integer({ min: 1, max: 5 }),
        async (values: Value[], one: Value, two: Value, test, forwards, limit) => {
          const [low, high] = compare(one, two) <= 0 ? [one, two] : [two, one];
          if (kind === 'N' && test.startsWith('begins_with')) return;
          tables += 1;
          const TableName = `queries-${tables}`;
          await room.call('CreateTable', tableOf(TableName, { at: kind }));
          for (const at of values) {
            await room.call('PutItem', { TableName, Item: { id: { S: 'a' }, at } });
            await room.call('PutItem', { TableName, Item: { id: { S: 'another' }, at } });
          }
          const distinct = values.filter((value, index) => values.findIndex((other) => same(value, other)) === index);
          const expected = distinct.filter((value) => TESTS[test]!(value, low, high)).sort(compare);
          if (!forwards) expected.reverse();
          const found: Value[] = [];
          let ExclusiveStartKey: unknown;
          do {
            const page = await room.call('Query', {
              TableName,
              KeyConditionExpression: `id = :id AND ${test}`,
              ExpressionAttributeNames: { '#at': 'at' },
              ExpressionAttributeValues: {
                ':id': { S: 'a' },
                ':low': low,
                ...(test.includes(':high') && { ':high': high }),
              },
              ScanIndexForward: forwards,
              Limit: limit,
              ExclusiveStartKey,
            });
            found.push(...page.Items.map((item: { at: Value }) => item.at));
            ExclusiveStartKey = page.LastEvaluatedKey;
          } while (ExclusiveStartKey);
          expect(found.map((value) => [value.N, value.S, value.B && [...value.B]])).toEqual(
            expected.map((value) => [value.N, value.S, value.B && [...value.B]]),
          );
          await room.call('DeleteTable', { TableName });
        },
      ),
      { numRuns: 40 },
    );
  },
);

test('the segments of a parallel scan are the table, each item once', async () => {
  const TableName = 'scanned';
  await room.call('CreateTable', tableOf(TableName));
  const ids = Array.from({ length: 200 }, (_, number) => `item-${number}`);
  for (const id of ids) await room.call('PutItem', { TableName, Item: { id: { S: id } } });
  const found: string[] = [];
  const shares: number[] = [];
  for (let Segment = 0; Segment < 4; Segment += 1) {
    let ExclusiveStartKey: unknown;
    const before = found.length;
    do {
      const page = await room.call('Scan', { TableName, Segment, TotalSegments: 4, Limit: 17, ExclusiveStartKey });
      found.push(...page.Items.map((item: { id: { S: string } }) => item.id.S));
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey);
    shares.push(found.length - before);
  }
  expect(found.toSorted()).toEqual(ids.toSorted());
  for (const share of shares) expect(share).toBeGreaterThan(20);
});

test('a page holds 1 MB, and says where it ended', async () => {
  const TableName = 'large';
  await room.call('CreateTable', tableOf(TableName, { at: 'N' }));
  for (let number = 0; number < 4; number += 1) {
    const Item = { id: { S: 'a' }, at: { N: String(number) }, text: { S: 'x'.repeat(390 * 1024) } };
    await room.call('PutItem', { TableName, Item });
  }
  const query = {
    TableName,
    KeyConditionExpression: 'id = :id',
    ExpressionAttributeValues: { ':id': { S: 'a' } },
    Select: 'COUNT',
    ReturnConsumedCapacity: 'TOTAL',
  };
  const page = await room.call('Query', query);
  expect(page).toMatchObject({ Count: 2, LastEvaluatedKey: { id: { S: 'a' }, at: { N: '1' } } });
  expect(page.ConsumedCapacity.CapacityUnits).toBe(97.5 + 0.5);
  const rest = await room.call('Query', { ...query, ExclusiveStartKey: page.LastEvaluatedKey });
  expect(rest.Count).toBe(2);
  expect(rest.LastEvaluatedKey).toBeUndefined();
});

const index = (name: string, attribute: string, projection: object) => ({
  IndexName: name,
  KeySchema: [{ AttributeName: attribute, KeyType: 'HASH' }],
  Projection: projection,
});

test('an index has what has its key, as much of it as it projects, and follows every change', async () => {
  const TableName = 'indexed';
  await room.call('CreateTable', tableOf(TableName));
  const put = (id: string, more: object) => room.call('PutItem', { TableName, Item: { id: { S: id }, ...more } });
  await put('a', { state: { S: 'open' }, title: { S: 'A' }, body: { S: 'long' } });
  await put('b', { title: { S: 'B' } });
  await put('c', { state: { N: '1' } });
  const update = await room.call('UpdateTable', {
    TableName,
    AttributeDefinitions: [{ AttributeName: 'state', AttributeType: 'S' }],
    GlobalSecondaryIndexUpdates: [
      { Create: index('by-state', 'state', { ProjectionType: 'INCLUDE', NonKeyAttributes: ['title'] }) },
    ],
  });
  expect(update.TableDescription.GlobalSecondaryIndexes[0].IndexStatus).toBe('CREATING');
  const inState = async (state: string) =>
    (
      await room.call('Query', {
        TableName,
        IndexName: 'by-state',
        KeyConditionExpression: '#s = :s',
        ExpressionAttributeNames: { '#s': 'state' },
        ExpressionAttributeValues: { ':s': { S: state } },
      })
    ).Items;
  expect(await inState('open')).toEqual([{ id: { S: 'a' }, state: { S: 'open' }, title: { S: 'A' } }]);
  await put('a', { state: { S: 'closed' } });
  await put('b', { state: { S: 'open' } });
  expect(await inState('open')).toEqual([{ id: { S: 'b' }, state: { S: 'open' } }]);
  await room.call('DeleteItem', { TableName, Key: { id: { S: 'b' } } });
  expect(await inState('open')).toEqual([]);
  expect(await room.refused('PutItem', { TableName, Item: { id: { S: 'd' }, state: { N: '1' } } })).toBe(
    'ValidationException: One or more parameter values were invalid: Type mismatch for Index Key state Expected: S Actual: N IndexName: by-state',
  );
  const { Table } = await room.call('DescribeTable', { TableName });
  expect(Table.ItemCount).toBe(2);
  expect(Table.GlobalSecondaryIndexes[0]).toMatchObject({ IndexStatus: 'ACTIVE', ItemCount: 1 });
  // What has another type since before there was the index is in none, and no worse off for it.
  const ofC = { TableName, Key: { id: { S: 'c' } } };
  const ExpressionAttributeNames = { '#s': 'state' };
  await room.call('UpdateItem', {
    ...ofC,
    UpdateExpression: 'SET title = :t, rank_ = :n',
    ExpressionAttributeValues: { ':t': { S: 'C' }, ':n': { N: '1' } },
  });
  const set = (UpdateExpression: string, more: object = {}) =>
    room.refused('UpdateItem', { ...ofC, UpdateExpression, ExpressionAttributeNames, ...more });
  expect(await set('SET #s = :n', { ExpressionAttributeValues: { ':n': { N: '1' } } })).toBe(
    'ValidationException: One or more parameter values were invalid: Type mismatch for Index Key state Expected: S Actual: N IndexName: by-state',
  );
  expect(await set('SET #s = rank_')).toBe(
    'ValidationException: The update expression attempted to update the secondary index key to unsupported type',
  );
  expect(await set('SET title = #s.deep')).toBe(
    "ValidationException: Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: IndexKey: state",
  );
  await room.call('DeleteItem', ofC);
  await room.call('UpdateTable', { TableName, GlobalSecondaryIndexUpdates: [{ Delete: { IndexName: 'by-state' } }] });
  await put('d', { state: { N: '1' } });
});

test('a key has nothing below it, and nobody may ask for it', async () => {
  const TableName = 'flat';
  await room.call('CreateTable', tableOf(TableName, { at: 'N' }));
  const refused =
    "ValidationException: Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: Key: id";
  const Key = { id: { S: 'a' }, at: { N: '1' } };
  expect(await room.refused('GetItem', { TableName, Key, ProjectionExpression: 'id.deep' })).toBe(refused);
  expect(await room.refused('Scan', { TableName, FilterExpression: 'attribute_exists(id[0])' })).toBe(refused);
  const Item = { ...Key, more: { M: {} } };
  expect(await room.refused('PutItem', { TableName, Item, ConditionExpression: 'attribute_exists(id.a)' })).toBe(
    refused,
  );
  await room.call('PutItem', { TableName, Item, ConditionExpression: 'attribute_not_exists(more.a)' });
});

test('a query goes on where it can have ended, and says why elsewhere it does not', async () => {
  const TableName = 'onwards';
  await room.call('CreateTable', tableOf(TableName, { at: 'N' }));
  const from = (id: string, at: string, isRanged: boolean) =>
    room.refused('Query', {
      TableName,
      KeyConditionExpression: isRanged ? 'id = :id AND #at > :at' : 'id = :id',
      ExpressionAttributeValues: { ':id': { S: 'a' }, ...(isRanged && { ':at': { N: '5' } }) },
      ...(isRanged && { ExpressionAttributeNames: { '#at': 'at' } }),
      ExclusiveStartKey: { id: { S: id }, at: { N: at } },
    });
  expect(await from('a', '9', true)).toBe('nothing was refused');
  expect(await from('b', '9', false)).toMatch(/starting key is outside query boundaries based on provided conditions$/);
  expect(await from('a', '3', true)).toMatch(/starting key does not match the range key predicate$/);
  expect(await from('b', '9', true)).toMatch(/can return at most one row and cannot be restarted$/);
});

test('what a local index does not have is read from the table', async () => {
  const TableName = 'local';
  const local = {
    IndexName: 'by-rank',
    KeySchema: [
      { AttributeName: 'id', KeyType: 'HASH' },
      { AttributeName: 'rank', KeyType: 'RANGE' },
    ],
    Projection: { ProjectionType: 'KEYS_ONLY' },
  };
  const { AttributeDefinitions, ...table } = tableOf(TableName, { at: 'N' }) as { AttributeDefinitions: object[] };
  await room.call('CreateTable', {
    ...table,
    AttributeDefinitions: [...AttributeDefinitions, { AttributeName: 'rank', AttributeType: 'N' }],
    LocalSecondaryIndexes: [local],
  });
  for (const [at, rank] of [
    ['1', '30'],
    ['2', '20'],
    ['3', '10'],
  ]) {
    await room.call('PutItem', {
      TableName,
      Item: { id: { S: 'a' }, at: { N: at }, rank: { N: rank }, text: { S: `text ${at}` } },
    });
  }
  const query = {
    TableName,
    IndexName: 'by-rank',
    ConsistentRead: true,
    KeyConditionExpression: 'id = :id AND #r < :r',
    ExpressionAttributeNames: { '#r': 'rank' },
    ExpressionAttributeValues: { ':id': { S: 'a' }, ':r': { N: '30' } },
  };
  const keys = await room.call('Query', query);
  expect(keys.Items.map(({ at, text }: { at: object; text?: object }) => [at, text])).toEqual([
    [{ N: '3' }, undefined],
    [{ N: '2' }, undefined],
  ]);
  const whole = await room.call('Query', { ...query, Select: 'ALL_ATTRIBUTES', ReturnConsumedCapacity: 'INDEXES' });
  expect(whole.Items.map(({ text }: { text: object }) => text)).toEqual([{ S: 'text 3' }, { S: 'text 2' }]);
  expect(whole.ConsumedCapacity).toMatchObject({
    CapacityUnits: 3,
    Table: { CapacityUnits: 2 },
    LocalSecondaryIndexes: { 'by-rank': { CapacityUnits: 1 } },
  });
});
