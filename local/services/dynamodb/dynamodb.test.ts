import {
  CreateTableCommand,
  DeleteItemCommand,
  DescribeTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { startTestCloud, type TestCloud } from '../../doors/aws-endpoint/testing.ts';
import { dynamoDbService } from './index.ts';

describe('DynamoDB through the SDK', () => {
  let cloud: TestCloud;
  let client: DynamoDBClient;

  beforeAll(async () => {
    cloud = await startTestCloud([dynamoDbService()]);
    client = new DynamoDBClient(cloud.client);
    await client.send(
      new CreateTableCommand({
        TableName: 'tickets',
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [
          { AttributeName: 'tenant', AttributeType: 'S' },
          { AttributeName: 'number', AttributeType: 'N' },
          { AttributeName: 'state', AttributeType: 'S' },
        ],
        KeySchema: [
          { AttributeName: 'tenant', KeyType: 'HASH' },
          { AttributeName: 'number', KeyType: 'RANGE' },
        ],
        GlobalSecondaryIndexes: [
          {
            IndexName: 'by-state',
            KeySchema: [
              { AttributeName: 'state', KeyType: 'HASH' },
              { AttributeName: 'number', KeyType: 'RANGE' },
            ],
            Projection: { ProjectionType: 'KEYS_ONLY' },
          },
        ],
      }),
    );
  });

  afterAll(async () => {
    client.destroy();
    await cloud[Symbol.asyncDispose]();
  });

  const refusal = (sent: Promise<unknown>) =>
    sent.then(
      () => 'nothing was refused',
      (error) => `${error.name}: ${error.message}`,
    );

  it('refuses a value of two types in its own words', async () => {
    const Item = { tenant: { S: 'acme' }, number: { N: '1' }, both: { S: 'x', N: '1' } as never };
    expect(await refusal(client.send(new PutItemCommand({ TableName: 'tickets', Item })))).toBe(
      'ValidationException: Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes',
    );
  });

  it('keeps an item, changes it, and takes it away', async () => {
    const Key = { tenant: { S: 'acme' }, number: { N: '1' } };
    const TableName = 'tickets';
    await client.send(
      new PutItemCommand({ TableName, Item: { ...Key, title: { S: 'Printer' }, tries: { N: '1e0' } } }),
    );
    const changed = await client.send(
      new UpdateItemCommand({
        TableName,
        Key,
        UpdateExpression:
          'SET title = :t, tries = tries + :one, notes = list_append(if_not_exists(notes, :none), :notes)',
        ExpressionAttributeValues: {
          ':t': { S: 'Scanner' },
          ':one': { N: '1' },
          ':none': { L: [] },
          ':notes': { L: [{ S: 'first' }] },
        },
        ReturnValues: 'ALL_NEW',
      }),
    );
    const expected = { ...Key, title: { S: 'Scanner' }, tries: { N: '2' }, notes: { L: [{ S: 'first' }] } };
    expect(changed.Attributes).toEqual(expected);
    expect((await client.send(new GetItemCommand({ TableName, Key }))).Item).toEqual(expected);
    const put = new PutItemCommand({ TableName, Item: Key, ConditionExpression: 'attribute_not_exists(tenant)' });
    expect(await refusal(client.send(put))).toBe('ConditionalCheckFailedException: The conditional request failed');
    const gone = await client.send(new DeleteItemCommand({ TableName, Key, ReturnValues: 'ALL_OLD' }));
    expect(gone.Attributes).toEqual(expected);
    expect((await client.send(new GetItemCommand({ TableName, Key }))).Item).toBeUndefined();
  });

  it('reads ranges of a table and of an index, in pages', async () => {
    const TableName = 'tickets';
    const numbers = ['-5', '-0.5', '0', '3', '20', '100'];
    for (const N of numbers.toReversed()) {
      const Item = { tenant: { S: 'range' }, number: { N }, state: { S: N.startsWith('-') ? 'old' : 'new' } };
      await client.send(new PutItemCommand({ TableName, Item }));
    }
    const query = {
      TableName,
      KeyConditionExpression: 'tenant = :t AND #n BETWEEN :low AND :high',
      ExpressionAttributeNames: { '#n': 'number' },
      ExpressionAttributeValues: { ':t': { S: 'range' }, ':low': { N: '-1' }, ':high': { N: '20' } },
      Limit: 3,
    };
    const first = await client.send(new QueryCommand(query));
    expect(first.Items?.map(({ number }) => number?.N)).toEqual(['-0.5', '0', '3']);
    const second = await client.send(new QueryCommand({ ...query, ExclusiveStartKey: first.LastEvaluatedKey }));
    expect(second.Items?.map(({ number }) => number?.N)).toEqual(['20']);
    expect(second.LastEvaluatedKey).toBeUndefined();
    const byState = await client.send(
      new QueryCommand({
        TableName,
        IndexName: 'by-state',
        KeyConditionExpression: '#s = :s',
        ExpressionAttributeNames: { '#s': 'state' },
        ExpressionAttributeValues: { ':s': { S: 'new' } },
        ScanIndexForward: false,
      }),
    );
    expect(byState.Items?.map(({ number }) => number?.N)).toEqual(['100', '20', '3', '0']);
    const scanned = await client.send(new ScanCommand({ TableName, Select: 'COUNT' }));
    expect(scanned.Count).toBe(6);
    const { Table } = await client.send(new DescribeTableCommand({ TableName }));
    expect(Table).toMatchObject({ TableStatus: 'ACTIVE', ItemCount: 6 });
  });
});
