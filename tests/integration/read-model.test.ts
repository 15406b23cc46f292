/** From events to statistics: the functions' own modules on the tables of a local DynamoDB, their stream included. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { streamBatches } from '@app/shared/batches';
import { attributes, getting, itemOf, putting, querying, type Table, transacting } from '@app/shared/tables';
import { CreateTableCommand, type CreateTableCommandInput, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
} from '@aws-sdk/client-dynamodb-streams';
import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import type { APIGatewayProxyEvent, DynamoDBRecord, DynamoDBStreamEvent, SQSEvent } from 'aws-lambda';
import { serve } from '../../api/serve.ts';
import type { HelpDeskEvent } from '../../domain/events.ts';
import { helpDeskEvent } from '../../domain/received.ts';
import { addMessage, changeTicket, openTicket, sortTicket, type Ticket } from '../../domain/ticket.ts';
import type { Stats } from '../../domain/ticket-stats.ts';
import { project } from '../../functions/project-stats/project.ts';
import { statsRepository } from '../../functions/stats/repository.ts';
import { statsRoutes } from '../../functions/stats/routes.ts';
import { noteEvents } from '../../functions/ticket-view/note-events.ts';
import { ticketViews } from '../../functions/ticket-view/repository.ts';
import { startTestCloud, type TestCloud } from '../../local/doors/aws-endpoint/testing.ts';
import { dynamoDbService } from '../../local/services/dynamodb/index.ts';
import type { JsonObject } from '../../local/template/index.ts';
import { load } from '../template/template.ts';

const template = load();
const NOW = Date.parse('2026-11-21T12:00:00.000Z');
const ADA = 'ada@example.com';

let cloud: TestCloud;
let client: DynamoDBClient;
let streams: DynamoDBStreamsClient;
let streamArn: string;
let views: Table;
let stats: Table;
let made = 0;
let round = 0;

beforeAll(async () => {
  cloud = await startTestCloud([dynamoDbService()]);
  client = new DynamoDBClient(cloud.client);
  streams = new DynamoDBStreamsClient(cloud.client);
});

afterAll(async () => {
  client.destroy();
  streams.destroy();
  await cloud[Symbol.asyncDispose]();
});

/** The table as the template has it, without what is of no account here. */
async function createAs(logicalId: string, TableName: string) {
  const {
    SSESpecification: _,
    PointInTimeRecoverySpecification: __,
    TimeToLiveSpecification: ___,
    Tags: ____,
    StreamSpecification: stream,
    ...rest
  } = template.get(logicalId).properties as JsonObject;
  const { TableDescription } = await client.send(
    new CreateTableCommand({
      ...rest,
      TableName,
      ...(stream !== undefined && { StreamSpecification: { ...(stream as object), StreamEnabled: true } }),
    } as unknown as CreateTableCommandInput),
  );
  return TableDescription!;
}

function tableOf(tableName: string): Table {
  const table = { tableName, client };
  return { ...getting(table), ...putting(table), ...transacting(table), ...querying(table) };
}

beforeEach(async () => {
  round += 1;
  streamArn = (await createAs('TicketViews', `views-${round}`)).LatestStreamArn!;
  await createAs('Stats', `stats-${round}`);
  views = tableOf(`views-${round}`);
  stats = tableOf(`stats-${round}`);
});

/** Everything the stream has, in the shape that Lambda hands it over in. */
async function records(): Promise<DynamoDBRecord[]> {
  const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn: streamArn }));
  const found: DynamoDBRecord[] = [];
  for (const { ShardId } of StreamDescription?.Shards ?? []) {
    const { ShardIterator } = await streams.send(
      new GetShardIteratorCommand({ StreamArn: streamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' }),
    );
    const { Records = [] } = await streams.send(new GetRecordsCommand({ ShardIterator }));
    found.push(...(Records as unknown as DynamoDBRecord[]));
  }
  return found;
}

const moment = (minute: number) => ({
  at: new Date(NOW - 3_600_000 + minute * 60_000).toISOString(),
  newId: () => `0192f4c1-3b5e-7c44-9a51-${String(++made).padStart(12, '0')}`,
});

function lives(): { tickets: Ticket[]; events: HelpDeskEvent[] } {
  const events: HelpDeskEvent[] = [];
  const tickets = [0, 1, 2].map((number) => {
    const opened = openTicket({ subject: 'Printer', body: 'It burns', requesterEmail: ADA }, moment(number));
    events.push(...opened.events);
    return opened.ticket;
  });
  const triage = { category: 'technical', priority: 'urgent', sentiment: 'negative', summary: 'It burns' } as const;
  const then = (index: number, changed: { ticket: Ticket; events: readonly HelpDeskEvent[] }) => {
    tickets[index] = changed.ticket;
    events.push(...changed.events);
  };
  then(0, sortTicket(tickets[0]!, triage, 'rules', moment(3)));
  then(0, addMessage(tickets[0]!, { author: 'bob@example.com', body: 'On my way' }, 0, moment(10)));
  then(0, changeTicket(tickets[0]!, { status: 'resolved' }, moment(20)));
  then(1, changeTicket(tickets[1]!, { status: 'pending', assignee: 'bob@example.com' }, moment(21)));
  then(0, addMessage(tickets[0]!, { author: ADA, body: 'It still burns' }, 0, moment(22)));
  then(0, changeTicket(tickets[0]!, { status: 'closed' }, moment(23)));
  return { tickets, events };
}

const route = (groups: string) =>
  serve({
    routes: statsRoutes({
      repository: statsRepository({ stats, views, viewsIndex: 'unresolved-by-age' }),
      now: () => NOW,
    }),
    callerOf: () => ({ role: groups === 'agent' ? 'agent' : 'customer', email: ADA }),
    logger: { error: () => {} },
    corsAllowOrigin: '*',
  });
const SAMPLE = JSON.parse(readFileSync(join(process.cwd(), 'events/stats.json'), 'utf8')) as APIGatewayProxyEvent;
const said = async (): Promise<Stats> => JSON.parse((await route('agent')(SAMPLE)).body) as Stats;

const EXPECTED = {
  tickets: 3,
  byStatus: { open: 1, pending: 1, resolved: 0, closed: 1 },
  byPriority: { low: 0, normal: 2, high: 0, urgent: 1 },
  byCategory: { technical: 1, unsorted: 2, billing: 0 },
  escalated: 0,
  firstAnswer: { tickets: 1, meanSeconds: 600, medianSeconds: { atLeast: 300, below: 900 } },
};

test('events come to the statistics, in any order and however often', async () => {
  const { tickets, events } = lives();
  const note = (event: HelpDeskEvent) => noteEvents(ticketViews(views))([event]);
  // Side by side, backwards, and all of it twice.
  await Promise.all(events.toReversed().map(note));
  for (const event of events) await note(event);
  const count = project(stats);
  const all = await records();
  for (const record of all) await count(record);
  for (const record of all.toReversed()) await count(record);
  const answer = await said();
  expect(answer).toMatchObject(EXPECTED);
  expect(answer.unresolved).toEqual({
    tickets: 2,
    meanAgeSeconds: 3_510,
    oldest: { ticketId: tickets[1]!.id, createdAt: tickets[1]!.createdAt, ageSeconds: 3_540 },
  });
  expect(answer.days.at(-1)).toEqual({ date: '2026-11-21', opened: 3, resolved: 1 });
});

test('records counted side by side, and with some of them lost, add up as well', async () => {
  const { events } = lives();
  const ofTicket = Map.groupBy(events, ({ ticketId }) => ticketId);
  for (const told of ofTicket.values()) await noteEvents(ticketViews(views))(told);
  const all = await records();
  const count = project(stats);
  // Whoever is overtaken too often says so, and gets the record again.
  const again = async (record: DynamoDBRecord): Promise<void> => count(record).catch(() => again(record));
  // Of each ticket the last one arrives: it makes up for those that did not.
  const last = new Map(all.map((record) => [record.dynamodb!.Keys!['ticketId']!.S, record]));
  const arrived = all.filter((record, index) => index % 2 === 1 || [...last.values()].includes(record));
  await Promise.all([...arrived, ...arrived].map(again));
  expect(await said()).toMatchObject({ tickets: 3, byStatus: EXPECTED.byStatus, byPriority: EXPECTED.byPriority });
});

test('a view that is taken away counts no more, and again when it is there again', async () => {
  const item = {
    ticketId: 't',
    version: 1,
    createdAt: new Date(NOW).toISOString(),
    status: { value: 'open', version: 1, at: '' },
    priority: { value: 'low', version: 1, at: '' },
    revision: 1,
  };
  const Keys = attributes({ ticketId: 't' });
  const NewImage = attributes(item);
  const count = project(stats);
  await count({ dynamodb: { Keys, NewImage } } as DynamoDBRecord);
  expect((await said()).tickets).toBe(1);
  await count({ dynamodb: { Keys, OldImage: NewImage } } as DynamoDBRecord);
  await count({ dynamodb: { Keys, OldImage: NewImage } } as DynamoDBRecord);
  expect((await said()).tickets).toBe(0);
  await count({ dynamodb: { Keys, NewImage } } as DynamoDBRecord);
  expect((await said()).byStatus.open).toBe(1);
});

test('the samples are what the functions take', async () => {
  const { Records: messages } = JSON.parse(
    readFileSync(join(process.cwd(), 'events/ticket-view.json'), 'utf8'),
  ) as SQSEvent;
  const event = helpDeskEvent(messages[0]!.body);
  await noteEvents(ticketViews(views))([event]);
  expect(await views.get({ ticketId: event.ticketId })).toMatchObject({ status: { value: 'resolved' }, revision: 1 });

  const batch = JSON.parse(
    readFileSync(join(process.cwd(), 'events/project-stats.json'), 'utf8'),
  ) as DynamoDBStreamEvent;
  expect(await streamBatches(project(stats))(batch)).toEqual({ batchItemFailures: [] });
  expect(await said()).toMatchObject({ tickets: 1, byStatus: { resolved: 1 }, firstAnswer: { meanSeconds: 1_200 } });
  expect(itemOf(batch.Records[0]!.dynamodb!.NewImage!)).toMatchObject({ ticketId: event.ticketId });
});

test('only agents are told', async () => {
  expect((await route('customer')(SAMPLE)).statusCode).toBe(403);
});

test('a stream goes on at the record that failed', async () => {
  const handled: string[] = [];
  const { logger } = await import('@app/shared/observability');
  jest.spyOn(logger, 'error').mockImplementation(() => {});
  const consume = streamBatches(async ({ dynamodb }) => {
    if (dynamodb?.SequenceNumber === '2') throw new Error('not now');
    handled.push(dynamodb!.SequenceNumber!);
  });
  const Records = ['1', '2', '3'].map((SequenceNumber) => ({ dynamodb: { SequenceNumber } }));
  expect(await consume({ Records })).toEqual({ batchItemFailures: [{ itemIdentifier: '2' }] });
  expect(handled).toEqual(['1']);
});
