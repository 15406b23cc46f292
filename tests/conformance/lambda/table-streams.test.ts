/** What functions are given of tables' streams, through AWS's own clients: records, filters, windows, and after a pause. */
import { DeleteItemCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import {
  GetEventSourceMappingCommand,
  ListEventSourceMappingsCommand,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import { beforeAll, expect, test } from '@jest/globals';
import { ManualClock } from '../../../local/kernel/manual-clock.ts';
import { eventually, functions, inHouse, ROLE_OF_TEMPLATE } from '../house.ts';

const CODE = `
exports.handler = async (event) => {
  const got = event.Records.map(({ eventName, dynamodb }) => eventName + ' ' + dynamodb.Keys.id.S);
  console.log('GOT ' + JSON.stringify(got));
  if (got.some((one) => one.includes('show'))) console.log('EVENT ' + JSON.stringify(event));
  if (event.isFinalInvokeForWindow) console.log('FINAL ' + JSON.stringify(event.state));
  return { state: { all: [...(event.state?.all ?? []), ...got] } };
};`;

const table = (TableName: string) => ({
  Type: 'AWS::DynamoDB::Table',
  Properties: {
    TableName,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
  },
});
const reads = (Table: string, more: object) => ({
  code: CODE,
  Role: ROLE_OF_TEMPLATE,
  Events: {
    Stream: { Type: 'DynamoDB', Properties: { Stream: { 'Fn::GetAtt': [Table, 'StreamArn'] }, ...more } },
  },
});
const REMOVALS = { FilterCriteria: { Filters: [{ Pattern: '{"eventName":["REMOVE"]}' }] } };

const clock = new ManualClock();
const house = inHouse({
  clock,
  ...functions(
    {
      picky: reads('Picked', { StartingPosition: 'LATEST', ...REMOVALS }),
      summing: reads('Summed', { StartingPosition: 'TRIM_HORIZON', TumblingWindowInSeconds: 60 }),
    },
    { Picked: table('picked'), Summed: table('summed') },
  ),
});

let dynamodb: DynamoDBClient;
beforeAll(() => {
  dynamodb = house().client(DynamoDBClient);
});

const put = (TableName: string, id: string) =>
  dynamodb.send(new PutItemCommand({ TableName, Item: { id: { S: id }, at: { N: String(clock.now()) } } }));
const remove = (TableName: string, id: string) =>
  dynamodb.send(new DeleteItemCommand({ TableName, Key: { id: { S: id } } }));
/** Batches, in the order in which they were begun. */
const got = (name: string): string[][] =>
  house()
    .messages(name)
    .flatMap((line) => {
      const found = /GOT (\[.*\])/.exec(line)?.[1];
      return found === undefined ? [] : [JSON.parse(found) as string[]];
    });
const handled = (name: string, one: string) => eventually(() => got(name).flat().includes(one), 30_000);
const idle = () => house().cloud.kernel.outbox.idle();

async function mappingOf(FunctionName: string) {
  const { EventSourceMappings = [] } = await house().lambda.send(new ListEventSourceMappingsCommand({ FunctionName }));
  return EventSourceMappings[0]!;
}

test('a record is as AWS writes it, and a state lasts as long as its window', async () => {
  const at = clock.now();
  await put('summed', 'show');
  const log = await house().log('summing', /EVENT /);
  const { EventSourceArn } = await mappingOf('summing');
  expect(JSON.parse(/EVENT (.*)/.exec(log)?.[1] ?? '')).toEqual({
    Records: [
      {
        eventID: expect.stringMatching(/^[0-9a-f]{32}$/),
        eventName: 'INSERT',
        eventVersion: '1.1',
        eventSource: 'aws:dynamodb',
        awsRegion: 'us-east-1',
        dynamodb: {
          ApproximateCreationDateTime: at / 1000,
          Keys: { id: { S: 'show' } },
          NewImage: { id: { S: 'show' }, at: { N: String(at) } },
          SequenceNumber: expect.stringMatching(/^\d+$/),
          SizeBytes: expect.any(Number),
          StreamViewType: 'NEW_AND_OLD_IMAGES',
        },
        eventSourceARN: EventSourceArn,
      },
    ],
    window: { start: '2026-01-01T00:00:00Z', end: '2026-01-01T00:01:00Z' },
    state: {},
    shardId: expect.stringMatching(/^shardId-/),
    eventSourceARN: EventSourceArn,
    isFinalInvokeForWindow: false,
    isWindowTerminatedEarly: false,
  });
  await idle();
  await put('summed', 'two');
  await handled('summing', 'INSERT two');
  await idle();
  await clock.advance(60_000);
  const final = await house().log('summing', /FINAL /);
  expect(JSON.parse(/FINAL (.*)/.exec(final)?.[1] ?? '')).toEqual({ all: ['INSERT show', 'INSERT two'] });
  await idle();
  expect((await mappingOf('summing')).LastProcessingResult).toBe('OK');
}, 60_000);

test('what a filter does not want is passed over, and a mapping that was disabled goes on where it was', async () => {
  await put('picked', 'one');
  await remove('picked', 'one');
  await handled('picky', 'REMOVE one');
  const { UUID } = await mappingOf('picky');
  const change = (input: object) => house().lambda.send(new UpdateEventSourceMappingCommand({ UUID, ...input }));
  const stateOf = async () => (await house().lambda.send(new GetEventSourceMappingCommand({ UUID }))).State;
  await change({ Enabled: false });
  await eventually(async () => (await stateOf()) === 'Disabled', 30_000);
  await put('picked', 'two');
  await remove('picked', 'two');
  await idle();
  expect(got('picky')).toEqual([['REMOVE one']]);
  await change({ Enabled: true, ParallelizationFactor: 2 });
  await handled('picky', 'REMOVE two');
  await idle();
  expect(got('picky')).toEqual([['REMOVE one'], ['REMOVE two']]);
}, 60_000);
