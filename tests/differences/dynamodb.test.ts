/** DynamoDB: what is refused by name, and what is quicker or more patient than on AWS. */
import {
  BatchWriteItemCommand,
  CreateBackupCommand,
  CreateGlobalTableCommand,
  CreateTableCommand,
  type CreateTableInput,
  DescribeTableCommand,
  DynamoDBClient,
  EnableKinesisStreamingDestinationCommand,
  ExecuteStatementCommand,
  ExportTableToPointInTimeCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TransactWriteItemsCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { DescribeStreamCommand, DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { expect, test } from '@jest/globals';
import { ManualClock } from '../../local/kernel/index.ts';
import { inHouse } from '../conformance/house.ts';

const clock = new ManualClock(Date.now());
const keyed = (name: string) => ({
  AttributeDefinitions: [{ AttributeName: name, AttributeType: 'S' as const }],
  KeySchema: [{ AttributeName: name, KeyType: 'HASH' as const }],
});
const house = inHouse({
  clock,
  template: {
    Resources: {
      Table: {
        Type: 'AWS::DynamoDB::Table',
        Properties: {
          ...keyed('id'),
          BillingMode: 'PAY_PER_REQUEST',
          KinesisStreamSpecification: { StreamArn: 'arn:aws:kinesis:us-east-1:123456789012:stream/changes' },
        },
      },
      Everywhere: {
        Type: 'AWS::DynamoDB::GlobalTable',
        Properties: {
          ...keyed('id'),
          BillingMode: 'PAY_PER_REQUEST',
          Replicas: [{ Region: 'us-east-1' }, { Region: 'eu-west-1' }],
        },
      },
    },
  },
});

const dynamo = () => house().client(DynamoDBClient);
const create = (TableName: string, more: Partial<CreateTableInput> = {}) =>
  dynamo().send(new CreateTableCommand({ TableName, BillingMode: 'PAY_PER_REQUEST', ...keyed('id'), ...more }));
const Item = { id: { S: 'a' } };

test('A1: there is no PartiQL, and there are no backups, global tables, exports and Kinesis destinations', async () => {
  const TableName = 'refused';
  const TableArn = `arn:aws:dynamodb:us-east-1:123456789012:table/${TableName}`;
  const StreamArn = 'arn:aws:kinesis:us-east-1:123456789012:stream/changes';
  const refused = { name: 'OperationNotEmulated' };
  const client = dynamo();
  await expect(client.send(new ExecuteStatementCommand({ Statement: 'SELECT * FROM t' }))).rejects.toMatchObject(
    refused,
  );
  await expect(client.send(new CreateBackupCommand({ TableName, BackupName: 'nightly' }))).rejects.toMatchObject(
    refused,
  );
  await expect(
    client.send(new CreateGlobalTableCommand({ GlobalTableName: TableName, ReplicationGroup: [] })),
  ).rejects.toMatchObject(refused);
  await expect(
    client.send(new ExportTableToPointInTimeCommand({ TableArn, S3Bucket: 'exports' })),
  ).rejects.toMatchObject(refused);
  await expect(
    client.send(new EnableKinesisStreamingDestinationCommand({ TableName, StreamArn })),
  ).rejects.toMatchObject(refused);
});

test('A2: a Kinesis destination, and replicas elsewhere, are named', () => {
  const named = house()
    .diagnostics()
    .map(({ message }) => message);
  expect(named).toEqual(
    expect.arrayContaining([
      expect.stringContaining('changes are not sent to a Kinesis data stream'),
      expect.stringContaining('there is no replica in eu-west-1'),
    ]),
  );
});

test('A3: a table with one unit of throughput takes whatever comes', async () => {
  const ProvisionedThroughput = { ReadCapacityUnits: 1, WriteCapacityUnits: 1 };
  await create('narrow', { BillingMode: 'PROVISIONED', ProvisionedThroughput });
  const large = (id: number) => ({ id: { S: String(id) }, text: { S: 'x'.repeat(390 * 1024) } });
  for (let id = 0; id < 3; id += 1) {
    const narrow = [2 * id, 2 * id + 1].map((number) => ({ PutRequest: { Item: large(number) } }));
    const { UnprocessedItems } = await dynamo().send(new BatchWriteItemCommand({ RequestItems: { narrow } }));
    expect(UnprocessedItems).toEqual({});
  }
});

test('A4: a table is ready as soon as the call that makes it has been answered', async () => {
  expect((await create('ready')).TableDescription?.TableStatus).toBe('CREATING');
  const { Table } = await dynamo().send(new DescribeTableCommand({ TableName: 'ready' }));
  expect(Table?.TableStatus).toBe('ACTIVE');
});

test('A5: what has expired is gone at its second', async () => {
  const TableName = 'expiring';
  await create(TableName);
  const TimeToLiveSpecification = { AttributeName: 'expires', Enabled: true };
  await dynamo().send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }));
  const expires = { N: String(Math.floor(clock.now() / 1000) + 10) };
  await dynamo().send(new PutItemCommand({ TableName, Item: { ...Item, expires } }));
  await clock.advance(11_000);
  expect((await dynamo().send(new ScanCommand({ TableName }))).Count).toBe(0);
});

test('A6: a stream still has its one shard after a day', async () => {
  const StreamSpecification = { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' as const };
  const { TableDescription } = await create('streaming', { StreamSpecification });
  await clock.advance(86_400_000);
  const StreamArn = TableDescription?.LatestStreamArn;
  const { StreamDescription } = await house()
    .client(DynamoDBStreamsClient)
    .send(new DescribeStreamCommand({ StreamArn }));
  expect(StreamDescription?.Shards).toHaveLength(1);
  expect(StreamDescription?.Shards?.[0]?.SequenceNumberRange?.EndingSequenceNumber).toBeUndefined();
});

test('A7: transactions on one item at the same time all succeed, and an index has it at once', async () => {
  const TableName = 'busy';
  await create(TableName, {
    AttributeDefinitions: [
      { AttributeName: 'id', AttributeType: 'S' },
      { AttributeName: 'state', AttributeType: 'S' },
    ],
    GlobalSecondaryIndexes: [
      {
        IndexName: 'by-state',
        KeySchema: [{ AttributeName: 'state', KeyType: 'HASH' }],
        Projection: { ProjectionType: 'ALL' },
      },
    ],
  });
  const Put = { TableName, Item: { ...Item, state: { S: 'open' } } };
  const all = Array.from({ length: 10 }, () =>
    dynamo().send(new TransactWriteItemsCommand({ TransactItems: [{ Put }] })),
  );
  expect((await Promise.allSettled(all)).every(({ status }) => status === 'fulfilled')).toBe(true);
  const { Count } = await dynamo().send(
    new QueryCommand({
      TableName,
      IndexName: 'by-state',
      KeyConditionExpression: '#s = :s',
      ExpressionAttributeNames: { '#s': 'state' },
      ExpressionAttributeValues: { ':s': { S: 'open' } },
    }),
  );
  expect(Count).toBe(1);
});
