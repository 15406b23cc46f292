/** Transactions, batches, the parameters of old, and what it all costs. */
import { openRoom, type Room, tableOf } from '../dynamodb.fixture.ts';

let room: Room;
beforeAll(async () => {
  room = openRoom();
  await room.call('CreateTable', tableOf('one'));
  await room.call('CreateTable', tableOf('two'));
});
afterAll(() => room.close());

const key = (id: string) => ({ id: { S: id } });
const get = async (TableName: string, id: string) => (await room.call('GetItem', { TableName, Key: key(id) })).Item;
const put = (TableName: string, Item: object, more: object = {}) => ({ Put: { TableName, Item, ...more } });

describe('a transaction', () => {
  it('does all of it, at twice the price', async () => {
    await room.call('PutItem', { TableName: 'two', Item: { ...key('counted'), n: { N: '1' } } });
    await room.call('PutItem', { TableName: 'two', Item: key('gone') });
    const done = await room.call('TransactWriteItems', {
      TransactItems: [
        put('one', key('a')),
        {
          Update: {
            TableName: 'two',
            Key: key('counted'),
            UpdateExpression: 'ADD n :one',
            ExpressionAttributeValues: { ':one': { N: '1' } },
          },
        },
        { Delete: { TableName: 'two', Key: key('gone') } },
        { ConditionCheck: { TableName: 'one', Key: key('none'), ConditionExpression: 'attribute_not_exists(id)' } },
      ],
      ReturnConsumedCapacity: 'TOTAL',
    });
    expect(await get('one', 'a')).toEqual(key('a'));
    expect(await get('two', 'counted')).toEqual({ ...key('counted'), n: { N: '2' } });
    expect(await get('two', 'gone')).toBeUndefined();
    expect(done.ConsumedCapacity).toEqual([
      { TableName: 'one', CapacityUnits: 4, WriteCapacityUnits: 4 },
      { TableName: 'two', CapacityUnits: 4, WriteCapacityUnits: 4 },
    ]);
    const read = await room.call('TransactGetItems', {
      TransactItems: [{ Get: { TableName: 'one', Key: key('a') } }, { Get: { TableName: 'two', Key: key('gone') } }],
    });
    expect(read.Responses).toEqual([{ Item: key('a') }, {}]);
  });

  it('does nothing when one of it cannot be, and says which and why', async () => {
    await room.call('PutItem', { TableName: 'one', Item: { ...key('taken'), by: { S: 'Ada' } } });
    const cancelled = await room
      .call('TransactWriteItems', {
        TransactItems: [
          put('two', key('never')),
          put('one', key('taken'), {
            ConditionExpression: 'attribute_not_exists(id)',
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          }),
        ],
      })
      .catch((error) => error);
    expect(cancelled).toMatchObject({
      code: 'TransactionCanceledException',
      message:
        'Transaction cancelled, please refer cancellation reasons for specific reasons [None, ConditionalCheckFailed]',
      members: {
        CancellationReasons: [
          { Code: 'None' },
          {
            Code: 'ConditionalCheckFailed',
            Message: 'The conditional request failed',
            Item: { ...key('taken'), by: { S: 'Ada' } },
          },
        ],
      },
    });
    expect(await get('two', 'never')).toBeUndefined();
  });

  it('is done once for a token within ten minutes, and a token is of one transaction', async () => {
    const add = (id: string, n = '1') => ({
      ClientRequestToken: 'token',
      TransactItems: [
        {
          Update: {
            TableName: 'one',
            Key: key(id),
            UpdateExpression: 'ADD n :n',
            ExpressionAttributeValues: { ':n': { N: n } },
          },
        },
      ],
    });
    const count = async () => (await get('one', 'once')).n.N;
    await room.call('TransactWriteItems', add('once'));
    await room.call('TransactWriteItems', add('once'));
    expect(await count()).toBe('1');
    expect(await room.refused('TransactWriteItems', add('once', '2'))).toMatch(
      /^IdempotentParameterMismatchException: /,
    );
    await room.clock.advance(600_001);
    await room.call('TransactWriteItems', add('once'));
    expect(await count()).toBe('2');
  });

  it('refuses two operations on one item', async () => {
    const TransactItems = [put('one', key('x')), { Delete: { TableName: 'one', Key: key('x') } }];
    expect(await room.refused('TransactWriteItems', { TransactItems })).toBe(
      'ValidationException: Transaction request cannot include multiple operations on one item',
    );
  });
});

describe('a batch', () => {
  it('writes and reads items of several tables', async () => {
    const requests = (ids: string[]) => ids.map((id) => ({ PutRequest: { Item: key(id) } }));
    const written = await room.call('BatchWriteItem', {
      RequestItems: { one: requests(['b1', 'b2']), two: requests(['b3']) },
      ReturnConsumedCapacity: 'TOTAL',
    });
    expect(written).toEqual({
      UnprocessedItems: {},
      ConsumedCapacity: [
        { TableName: 'one', CapacityUnits: 2 },
        { TableName: 'two', CapacityUnits: 1 },
      ],
    });
    const read = await room.call('BatchGetItem', {
      RequestItems: { one: { Keys: [key('b1'), key('none')] }, two: { Keys: [key('b3')], ConsistentRead: true } },
    });
    expect(read).toEqual({ Responses: { one: [key('b1')], two: [key('b3')] }, UnprocessedKeys: {} });
    const twice = { RequestItems: { one: [...requests(['b1']), { DeleteRequest: { Key: key('b1') } }] } };
    expect(await room.refused('BatchWriteItem', twice)).toBe(
      'ValidationException: Provided list of item keys contains duplicates',
    );
    const put = (Item: object) => room.refused('BatchWriteItem', { RequestItems: { one: [{ PutRequest: { Item } }] } });
    expect(await put({ other: { S: 'x' } })).toBe(
      'ValidationException: The provided key element does not match the schema',
    );
    expect(await room.refused('BatchWriteItem', { RequestItems: { one: [{}] } })).toMatch(
      /exactly one of the supported/,
    );
    const many = { one: { Keys: Array.from({ length: 101 }, (_, number) => key(`${number}`)) } };
    expect(await room.refused('BatchGetItem', { RequestItems: many })).toBe(
      'ValidationException: Too many items requested for the BatchGetItem call',
    );
  });

  it('gives 16 MB at once, and says what is left', async () => {
    const ids = Array.from({ length: 50 }, (_, number) => `large-${number}`);
    for (const id of ids) {
      await room.call('PutItem', { TableName: 'two', Item: { ...key(id), text: { S: 'x'.repeat(390 * 1024) } } });
    }
    const read = await room.call('BatchGetItem', { RequestItems: { two: { Keys: ids.map(key) } } });
    expect(read.Responses.two).toHaveLength(42);
    expect(read.UnprocessedKeys.two.Keys).toEqual(ids.slice(42).map(key));
  });
});

describe('the parameters of old', () => {
  it('expect, update, filter and choose', async () => {
    const TableName = 'one';
    await room.call('PutItem', { TableName, Item: { ...key('old'), n: { N: '1' }, tags: { SS: ['x'] } } });
    const updated = await room.call('UpdateItem', {
      TableName,
      Key: key('old'),
      AttributeUpdates: {
        n: { Action: 'ADD', Value: { N: '2' } },
        tags: { Action: 'DELETE' },
        title: { Value: { S: 'text' } },
      },
      Expected: { n: { ComparisonOperator: 'LT', AttributeValueList: [{ N: '5' }] }, none: { Exists: false } },
      ReturnValues: 'ALL_NEW',
    });
    expect(updated.Attributes).toEqual({ ...key('old'), n: { N: '3' }, title: { S: 'text' } });
    const refused = { TableName, Key: key('old'), Expected: { n: { Value: { N: '1' } } } };
    expect(await room.refused('DeleteItem', refused)).toMatch(/^ConditionalCheckFailedException: /);
    const found = await room.call('Query', {
      TableName,
      KeyConditions: { id: { ComparisonOperator: 'EQ', AttributeValueList: [{ S: 'old' }] } },
      QueryFilter: { title: { ComparisonOperator: 'NOT_CONTAINS', AttributeValueList: [{ S: 'z' }] } },
      AttributesToGet: ['title'],
    });
    expect(found.Items).toEqual([{ title: { S: 'text' } }]);
    const mixed = { TableName, Key: key('old'), AttributesToGet: ['n'], ProjectionExpression: 'n' };
    expect(await room.refused('GetItem', mixed)).toBe(
      'ValidationException: Can not use both expression and non-expression parameters in the same request: Non-expression parameters: {AttributesToGet} Expression parameters: {ProjectionExpression}',
    );
  });
});

describe('an item', () => {
  const TableName = 'one';
  const refused = (Item: object) => room.refused('PutItem', { TableName, Item });

  it.each<[string, object, string]>([
    ['lacks its key', {}, 'One or more parameter values were invalid: Missing the key id in the item'],
    [
      'has a key of another type',
      { id: { N: '1' } },
      'One or more parameter values were invalid: Type mismatch for key id expected: S actual: N',
    ],
    [
      'has an empty key',
      { id: { S: '' } },
      'One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: id',
    ],
    [
      'has a key that is too long',
      { id: { S: 'x'.repeat(2049) } },
      'One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 bytes',
    ],
    [
      'has a set that is empty',
      { ...key('x'), set: { SS: [] } },
      'One or more parameter values were invalid: An string set  may not be empty',
    ],
    [
      'has a set with one number twice',
      { ...key('x'), set: { NS: ['1', '1.0'] } },
      'Input collection contains duplicates',
    ],
    [
      'is too large',
      { ...key('x'), text: { S: 'x'.repeat(409_600) } },
      'Item size has exceeded the maximum allowed size',
    ],
    [
      'has a value without a type',
      { ...key('x'), value: {} },
      'Supplied AttributeValue is empty, must contain exactly one of the supported datatypes',
    ],
  ])('that %s is refused', async (_what, item, message) => {
    expect(await refused(item)).toBe(`ValidationException: ${message}`);
  });

  it('may be 32 levels deep, and no deeper', async () => {
    const nested = (depth: number): object => (depth === 0 ? { S: 'x' } : { L: [nested(depth - 1)] });
    expect(await refused({ ...key('deep'), value: nested(32) })).toBe('nothing was refused');
    expect(await refused({ ...key('deep'), value: nested(33) })).toBe(
      'ValidationException: Nesting Levels have exceeded supported limits',
    );
  });

  it('gives back what it was asked for, and tells what it cost', async () => {
    await room.call('PutItem', { TableName, Item: { ...key('cost'), a: { S: 'x'.repeat(3_000) }, b: { N: '1' } } });
    const updated = await room.call('UpdateItem', {
      TableName,
      Key: key('cost'),
      UpdateExpression: 'SET b = b + :n',
      ExpressionAttributeValues: { ':n': { N: '1' } },
      ReturnValues: 'UPDATED_OLD',
      ReturnConsumedCapacity: 'INDEXES',
    });
    expect(updated).toEqual({
      Attributes: { b: { N: '1' } },
      ConsumedCapacity: { TableName, CapacityUnits: 3, Table: { CapacityUnits: 3 } },
    });
    const read = { TableName, Key: key('cost'), ReturnConsumedCapacity: 'TOTAL', ProjectionExpression: 'b' };
    expect(await room.call('GetItem', read)).toEqual({
      Item: { b: { N: '2' } },
      ConsumedCapacity: { TableName, CapacityUnits: 0.5 },
    });
    expect(await room.refused('PutItem', { TableName, Item: key('x'), ReturnValues: 'ALL_NEW' })).toBe(
      'ValidationException: ReturnValues can only be ALL_OLD or NONE',
    );
    const keyed = { TableName, Key: key('cost'), UpdateExpression: 'REMOVE id' };
    expect(await room.refused('UpdateItem', keyed)).toBe(
      'ValidationException: One or more parameter values were invalid: Cannot update attribute id. This attribute is part of the key',
    );
  });
});
