import { existingResource, resourceRequest } from '../../../doors/aws-endpoint/testing.ts';
import type { Provider } from '../../../kernel/provider.ts';
import type { JsonObject } from '../../../template/stack.ts';
import { openRoom, type Room } from '../dynamodb.fixture.ts';

let room: Room;
let provider: Provider;
const TYPE = 'AWS::DynamoDB::Table';

beforeAll(async () => {
  room = openRoom();
  provider = (await room.kernel.registry.service('dynamodb')).providers[TYPE]!;
});
afterAll(() => room.close());

const table = (more: JsonObject = {}): JsonObject => ({
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
  KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  ...more,
});
const index = (name: string): JsonObject => ({
  IndexName: name,
  KeySchema: [{ AttributeName: name, KeyType: 'HASH' }],
  Projection: { ProjectionType: 'ALL' },
});
const defined = (...names: string[]) => names.map((name) => ({ AttributeName: name, AttributeType: 'S' }));

test('a table of a template is as it says, and changes in place as far as it can', async () => {
  const request = resourceRequest(
    TYPE,
    table({
      StreamSpecification: { StreamViewType: 'NEW_IMAGE' },
      TimeToLiveSpecification: { AttributeName: 'expires', Enabled: 'true' },
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      Tags: [{ Key: 'team', Value: 'desk' }],
      AttributeDefinitions: defined('id', 'first'),
      GlobalSecondaryIndexes: [index('first')],
    }),
    { logicalId: 'Kept' },
  );
  const made = await provider.create(request);
  const TableName = made.physicalId;
  expect(TableName).toBe(request.generatedName);
  const described = async () => (await room.call('DescribeTable', { TableName })).Table;
  expect(made.attributes).toMatchObject({
    Arn: `arn:aws:dynamodb:us-east-1:123456789012:table/${TableName}`,
    StreamArn: (await described()).LatestStreamArn,
  });
  expect(await room.call('DescribeTimeToLive', { TableName })).toEqual({
    TimeToLiveDescription: { TimeToLiveStatus: 'ENABLED', AttributeName: 'expires' },
  });
  const Item = { id: { S: 'a' }, second: { S: 'b' } };
  await room.call('PutItem', { TableName, Item });
  const changed = resourceRequest(
    TYPE,
    table({
      StreamSpecification: { StreamViewType: 'KEYS_ONLY' },
      AttributeDefinitions: defined('id', 'second', 'third'),
      GlobalSecondaryIndexes: [index('second'), index('third')],
      BillingMode: 'PAY_PER_REQUEST',
      TableClass: 'STANDARD_INFREQUENT_ACCESS',
    }),
    { logicalId: 'Kept' },
  );
  const updated = await provider.update(changed, existingResource(request, made));
  expect(updated.physicalId).toBe(TableName);
  expect(updated.attributes!['StreamArn']).not.toBe(made.attributes!['StreamArn']);
  expect(await described()).toMatchObject({
    ItemCount: 1,
    TableClassSummary: { TableClass: 'STANDARD_INFREQUENT_ACCESS' },
    GlobalSecondaryIndexes: [
      { IndexName: 'second', ItemCount: 1 },
      { IndexName: 'third', ItemCount: 0 },
    ],
  });
  expect((await room.call('DescribeTimeToLive', { TableName })).TimeToLiveDescription.TimeToLiveStatus).toBe(
    'DISABLED',
  );
  const { Tags } = await room.call('ListTagsOfResource', { ResourceArn: (await described()).TableArn });
  expect(Tags).toEqual([]);
  await provider.delete(existingResource(changed, updated));
  expect(await room.refused('DescribeTable', { TableName })).toBe(
    `ResourceNotFoundException: Requested resource not found: Table: ${TableName} not found`,
  );
});

test('another key is another table, unless its name is taken by itself', async () => {
  const request = resourceRequest(TYPE, table(), { logicalId: 'Replaced' });
  const made = await provider.create(request);
  const other = { AttributeDefinitions: defined('other'), KeySchema: [{ AttributeName: 'other', KeyType: 'HASH' }] };
  const replaced = await provider.update(
    resourceRequest(TYPE, table(other), { logicalId: 'Replaced' }),
    existingResource(request, made),
  );
  expect(replaced.physicalId).toBe(request.replacementName);
  const named = resourceRequest(TYPE, table({ TableName: 'named' }));
  const existing = existingResource(named, await provider.create(named));
  await expect(
    provider.update(resourceRequest(TYPE, table({ TableName: 'named', ...other })), existing),
  ).rejects.toThrow(/custom-named resource requires replacing\. Rename named/);
});

test('what is not done is named, and so is what a global table has elsewhere', async () => {
  const global = (await room.kernel.registry.service('dynamodb')).providers['AWS::DynamoDB::GlobalTable']!;
  const request = resourceRequest(
    'AWS::DynamoDB::GlobalTable',
    table({ TableName: 'global', Replicas: [{ Region: 'us-east-1' }, { Region: 'eu-west-1' }] }),
  );
  await global.create(request);
  expect((await room.call('DescribeTable', { TableName: 'global' })).Table.TableStatus).toBe('ACTIVE');
  expect(await global.unsupported!(request)).toEqual([
    { path: ['Replicas', 1], message: 'there is no replica in eu-west-1: there is one Region here' },
  ]);
  const kinesis = resourceRequest(TYPE, table({ KinesisStreamSpecification: { StreamArn: 'arn' } }));
  expect(await provider.unsupported!(kinesis)).toEqual([
    {
      path: ['KinesisStreamSpecification'],
      message: 'changes are not sent to a Kinesis data stream: there are none here',
    },
  ]);
});

test('a protected table stays', async () => {
  const request = resourceRequest(TYPE, table({ TableName: 'protected', DeletionProtectionEnabled: true }));
  const made = await provider.create(request);
  expect(() => provider.delete(existingResource(request, made))).toThrow(/currently protected against deletion/);
});
