import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateScheduleCommand,
  type CreateScheduleCommandInput,
  CreateScheduleGroupCommand,
  DeleteScheduleCommand,
  DeleteScheduleGroupCommand,
  GetScheduleCommand,
  GetScheduleGroupCommand,
  ListScheduleGroupsCommand,
  ListSchedulesCommand,
  ListTagsForResourceCommand,
  SchedulerClient,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler';
import { startTestCloud, type TestCloud } from '../../doors/aws-endpoint/testing.ts';
import { AwsError } from '../../kernel/aws-error.ts';
import { createKernel, ManualClock } from '../../kernel/index.ts';
import type { CallContext, ServiceDefinition } from '../../kernel/service.ts';
import { schedulerService } from './index.ts';

const arn = (service: string, resource: string) => `arn:aws:${service}:us-east-1:123456789012:${resource}`;
const RoleArn = 'arn:aws:iam::123456789012:role/scheduler';
const QUEUE = arn('sqs', 'jobs');
const MINUTE = 60_000;

interface Received {
  readonly at: string;
  readonly service: string;
  readonly operation: string;
  // biome-ignore lint/suspicious/noExplicitAny: whatever was sent; the test says what it expects
  readonly input: any;
  readonly principal: CallContext['principal'];
}

let cloud: TestCloud;
let client: SchedulerClient;
let received: Received[];
let refuse: (one: Received) => Error | undefined;

/** Services that keep the calls they get. */
function standIn(service: string, ...operations: string[]): ServiceDefinition {
  const operation = (name: string) => ({
    requires: () => [],
    handle(input: unknown, { principal }: CallContext) {
      const one = { at: new Date(cloud.clock.now()).toISOString(), service, operation: name, input, principal };
      received.push(one);
      const error = refuse(one);
      if (error) throw error;
      return {};
    },
  });
  return {
    name: service,
    resourceTypes: [],
    load: async () => ({
      providers: {},
      operations: Object.fromEntries(operations.map((name) => [name, operation(name)])),
    }),
  };
}

beforeEach(async () => {
  received = [];
  refuse = () => undefined;
  cloud = await startTestCloud([
    schedulerService(),
    standIn('sqs', 'SendMessage', 'PurgeQueue'),
    standIn('sns', 'Publish'),
    standIn('lambda', 'Invoke'),
    standIn('events', 'PutEvents'),
  ]);
  client = new SchedulerClient(cloud.client);
});
afterEach(async () => {
  client.destroy();
  await cloud[Symbol.asyncDispose]();
});

const input = (more: Partial<CreateScheduleCommandInput> = {}): CreateScheduleCommandInput => ({
  Name: 'job',
  ScheduleExpression: 'rate(5 minutes)',
  FlexibleTimeWindow: { Mode: 'OFF' },
  Target: { Arn: QUEUE, RoleArn, Input: 'now' },
  ...more,
});
const create = (more: Partial<CreateScheduleCommandInput> = {}) => client.send(new CreateScheduleCommand(input(more)));
const refusal = (sent: Promise<unknown>) =>
  sent.then(
    () => 'nothing was refused',
    (error) => `${error.name}: ${error.message}`,
  );
const times = () => received.map(({ at }) => at.slice(0, 16));

describe('schedules', () => {
  test('at a rate begin at once, and call their target in its role', async () => {
    const { ScheduleArn } = await create();
    expect(ScheduleArn).toBe(arn('scheduler', 'schedule/default/job'));
    await cloud.clock.advance(11 * MINUTE);
    expect(times()).toEqual(['2026-11-21T12:00', '2026-11-21T12:05', '2026-11-21T12:10']);
    expect(received[0]).toMatchObject({
      service: 'sqs',
      operation: 'SendMessage',
      input: { QueueUrl: 'https://sqs.us-east-1.amazonaws.com/123456789012/jobs', MessageBody: 'now' },
      principal: { kind: 'role-session', roleArn: RoleArn, invokedBy: 'scheduler.amazonaws.com' },
    });
  });

  test('at a rate need not agree with its unit, as those of rules do', async () => {
    await create({ ScheduleExpression: 'rate(1 hours)' });
    await cloud.clock.advance(61 * MINUTE);
    expect(times()).toEqual(['2026-11-21T12:00', '2026-11-21T13:00']);
  });

  test('keep to their zone when clocks change, and to their dates', async () => {
    await create({
      ScheduleExpression: 'cron(30 2 * * ? *)',
      ScheduleExpressionTimezone: 'Europe/Berlin',
      StartDate: new Date('2027-03-27T00:00:00Z'),
      EndDate: new Date('2027-03-30T12:00:00Z'),
    });
    await cloud.clock.advance(Date.UTC(2027, 3, 5) - cloud.clock.now());
    // On 28 March half past two is left out.
    expect(times()).toEqual(['2027-03-27T01:30', '2027-03-29T00:30', '2027-03-30T00:30']);
  });

  test('of one time run once, and delete themselves when they are to', async () => {
    const at = { ScheduleExpression: 'at(2026-11-21T13:00:00)' };
    await create({ ...at, ActionAfterCompletion: 'DELETE' });
    await create({ ...at, Name: 'stays' });
    await create({ Name: 'past', ScheduleExpression: 'at(2026-11-21T11:00:00)' });
    await cloud.clock.advance(3 * 60 * MINUTE);
    expect(times()).toEqual(['2026-11-21T13:00', '2026-11-21T13:00']);
    const { Schedules } = await client.send(new ListSchedulesCommand({}));
    expect(Schedules?.map(({ Name }) => Name)).toEqual(['past', 'stays']);
  });

  test('with a flexible window run within it, at the time they were meant for', async () => {
    await create({
      ScheduleExpression: 'at(2026-11-21T13:00:00)',
      FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 30 },
      Target: { Arn: QUEUE, RoleArn, Input: '<aws.scheduler.scheduled-time>' },
    });
    await cloud.clock.advance(90 * MINUTE);
    expect(received.map(({ input: { MessageBody } }) => MessageBody)).toEqual(['2026-11-21T13:00:00Z']);
    const at = Date.parse(received[0]!.at);
    expect(at).toBeGreaterThanOrEqual(Date.UTC(2026, 10, 21, 13));
    expect(at).toBeLessThan(Date.UTC(2026, 10, 21, 13, 30));
  });

  test('are read, listed, changed as a whole, turned off and removed', async () => {
    await create({ Description: 'd', ScheduleExpression: 'rate(1 hour)', State: 'DISABLED' });
    const got = await client.send(new GetScheduleCommand({ Name: 'job' }));
    expect(got).toMatchObject({
      Arn: arn('scheduler', 'schedule/default/job'),
      GroupName: 'default',
      Description: 'd',
      ScheduleExpression: 'rate(1 hour)',
      ScheduleExpressionTimezone: 'UTC',
      State: 'DISABLED',
      FlexibleTimeWindow: { Mode: 'OFF' },
      ActionAfterCompletion: 'NONE',
      CreationDate: new Date(cloud.clock.now()),
    });
    await cloud.clock.advance(2 * 60 * MINUTE);
    expect(received).toEqual([]);
    await client.send(new UpdateScheduleCommand(input({ ScheduleExpression: 'rate(1 hour)' })));
    await cloud.clock.advance(60 * MINUTE);
    // The hours are those since it was made.
    expect(times()).toEqual(['2026-11-21T14:00', '2026-11-21T15:00']);
    expect((await client.send(new GetScheduleCommand({ Name: 'job' }))).Description).toBeUndefined();
    await client.send(new DeleteScheduleCommand({ Name: 'job' }));
    await cloud.clock.advance(120 * MINUTE);
    expect(received).toHaveLength(2);
    expect(await refusal(client.send(new GetScheduleCommand({ Name: 'job' })))).toBe(
      'ResourceNotFoundException: Schedule job does not exist.',
    );
  });

  test('are refused for what AWS refuses', async () => {
    await create();
    const refused = (more: Partial<CreateScheduleCommandInput>) => refusal(create({ Name: 'other', ...more }));
    expect(await refused({ Name: 'job' })).toBe('ConflictException: Schedule job already exists.');
    expect(await refused({ ScheduleExpression: 'rate(0 minutes)' })).toMatch(/Invalid Schedule Expression rate/);
    expect(await refused({ ScheduleExpression: ' rate(10 minutes)' })).toMatch(/Invalid Schedule Expression {2}rate/);
    expect(await refused({ ScheduleExpressionTimezone: 'Europe/Bonn' })).toMatch(/^ValidationException/);
    expect(await refused({ GroupName: 'none' })).toMatch(/Schedule group none does not exist/);
    expect(await refused({ FlexibleTimeWindow: { Mode: 'FLEXIBLE' } })).toMatch(/MaximumWindowInMinutes/);
    const target = (Arn: string, more = {}) => refused({ Target: { Arn, RoleArn, ...more } });
    expect(await target(arn('sqs', 'a.fifo'))).toMatch(/MessageGroupId is required/);
    expect(await target(arn('events', 'event-bus/default'))).toMatch(/EventBridgeParameters is required/);
    expect(await target('arn:aws:scheduler:::aws-sdk:sqs:receiveMessage')).toMatch(/not a supported API action/);
    expect(await target('arn:aws:scheduler:::aws-sdk:sqs:sendMessage', { Input: 'x' })).toMatch(/JSON object/);
    expect(await refused({ Name: 'a b' })).toMatch(/^ValidationException/);
  });
});

describe('targets', () => {
  test('are templated or any operation', async () => {
    const once = { ScheduleExpression: 'at(2026-11-21T12:01:00)' };
    const targets = [
      { Arn: arn('lambda', 'function:f') },
      { Arn: arn('sns', 'topic'), Input: 'm' },
      {
        Arn: arn('events', 'event-bus/default'),
        Input: '{}',
        EventBridgeParameters: { DetailType: 'T', Source: 's' },
      },
      { Arn: 'arn:aws:scheduler:::aws-sdk:sqs:purgeQueue', Input: '{"QueueUrl":"u"}' },
    ];
    for (const [index, target] of targets.entries()) {
      await create({ ...once, Name: `t${index}`, Target: { RoleArn, ...target } });
    }
    await cloud.clock.advance(2 * MINUTE);
    const calls = Object.fromEntries(received.map(({ operation, input: sent }) => [operation, sent]));
    expect(JSON.parse(String(calls['Invoke'].Payload))).toMatchObject({ source: 'aws.scheduler' });
    expect(calls['Publish']).toEqual({ TopicArn: arn('sns', 'topic'), Message: 'm' });
    expect(calls['PutEvents'].Entries).toMatchObject([{ Source: 's', DetailType: 'T', Detail: '{}' }]);
    expect(calls['PurgeQueue']).toEqual({ QueueUrl: 'u' });
  });

  test('that fail are tried again, then the dead-letter queue is told in the same role', async () => {
    refuse = ({ input: { QueueUrl } }) =>
      QueueUrl.endsWith('/jobs') ? new AwsError('InternalError', 'not now', { statusCode: 500 }) : undefined;
    const Target = {
      Arn: QUEUE,
      RoleArn,
      Input: 'try <aws.scheduler.attempt-number>',
      RetryPolicy: { MaximumRetryAttempts: 2 },
      DeadLetterConfig: { Arn: arn('sqs', 'dead') },
    };
    await create({ ScheduleExpression: 'at(2026-11-21T12:01:00)', Target });
    await cloud.clock.advance(10 * MINUTE);
    expect(received.map(({ input: { MessageBody } }) => MessageBody)).toEqual(['try 1', 'try 2', 'try 3', 'try 3']);
    expect(received.at(-1)).toMatchObject({
      input: {
        MessageAttributes: {
          ERROR_CODE: { StringValue: 'InternalError' },
          EXHAUSTED_RETRY_CONDITION: { StringValue: 'MaximumRetryAttempts' },
          RETRY_ATTEMPTS: { StringValue: '2' },
          SCHEDULE_ARN: { StringValue: arn('scheduler', 'schedule/default/job') },
          TARGET_ARN: { StringValue: QUEUE },
        },
      },
      principal: { roleArn: RoleArn },
    });
  });

  test('that refuse are not tried again', async () => {
    refuse = () => new AwsError('AccessDenied', 'no', { statusCode: 403 });
    await create({ ScheduleExpression: 'at(2026-11-21T12:01:00)' });
    await cloud.clock.advance(60 * MINUTE);
    expect(received).toHaveLength(1);
  });
});

describe('after a restart', () => {
  const state = mkdtempSync(join(tmpdir(), 'sampan-scheduler-'));
  afterAll(() => rmSync(state, { recursive: true, force: true }));
  const start = Date.UTC(2026, 10, 21, 12);

  /** What was called while one process ran, from one minute to another; `make` are made at its beginning. */
  async function run([from, to]: readonly [number, number], ...make: Partial<CreateScheduleCommandInput>[]) {
    const clock = new ManualClock(start + from * MINUTE);
    const kernel = createKernel({ stateDirectory: state, accountId: '123456789012', region: 'us-east-1', clock });
    const calls: string[] = [];
    kernel.registry.add(schedulerService());
    kernel.registry.add({
      name: 'sqs',
      resourceTypes: [],
      load: async () => ({
        providers: {},
        operations: {
          SendMessage: {
            requires: () => [],
            handle: (sent: { MessageBody: string }) => void calls.push(sent.MessageBody),
          },
        },
      }),
    });
    const caller = { kind: 'client' } as const;
    for (const more of make) {
      await kernel.dispatch({ caller, service: 'scheduler', operation: 'CreateSchedule', input: input(more) });
    }
    await kernel.registry.service('scheduler');
    kernel.outbox.resume();
    await clock.advance((to - from) * MINUTE);
    await kernel.stop();
    return calls;
  }

  const once = (Name: string): Partial<CreateScheduleCommandInput> => ({
    Name,
    ScheduleExpression: 'at(2026-11-21T12:10:00)',
    Target: { Arn: QUEUE, RoleArn, Input: `${Name} <aws.scheduler.scheduled-time>` },
  });

  test('a single time that has passed runs late, once; so does a window that is open; what repeats goes on', async () => {
    const first = await run(
      [0, 5],
      { ...once('deleted'), ActionAfterCompletion: 'DELETE' },
      once('kept'),
      {
        ...once('window'),
        ScheduleExpression: 'cron(10 12 * * ? *)',
        FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 30 },
      },
      { ...once('missed'), ScheduleExpression: 'cron(10 12 * * ? *)' },
    );
    expect(first).toEqual([]);
    const second = await run([20, 45]);
    expect(second.sort()).toEqual(['deleted', 'kept', 'window'].map((name) => `${name} 2026-11-21T12:10:00Z`));
    expect(await run([46, 90])).toEqual([]);
  });
});

test('groups have tags, and take their schedules along', async () => {
  const { ScheduleGroupArn } = await client.send(
    new CreateScheduleGroupCommand({ Name: 'team', Tags: [{ Key: 'a', Value: '1' }] }),
  );
  expect(ScheduleGroupArn).toBe(arn('scheduler', 'schedule-group/team'));
  await client.send(new TagResourceCommand({ ResourceArn: ScheduleGroupArn, Tags: [{ Key: 'b', Value: '2' }] }));
  await client.send(new UntagResourceCommand({ ResourceArn: ScheduleGroupArn, TagKeys: ['a'] }));
  const { Tags } = await client.send(new ListTagsForResourceCommand({ ResourceArn: ScheduleGroupArn }));
  expect(Tags).toEqual([{ Key: 'b', Value: '2' }]);
  await create({ GroupName: 'team' });
  const { ScheduleGroups } = await client.send(new ListScheduleGroupsCommand({}));
  expect(ScheduleGroups?.map(({ Name }) => Name)).toEqual(['default', 'team']);
  expect((await client.send(new ListSchedulesCommand({ GroupName: 'team' }))).Schedules).toHaveLength(1);
  await client.send(new DeleteScheduleGroupCommand({ Name: 'team' }));
  await cloud.clock.advance(10 * MINUTE);
  expect(received.length).toBeLessThanOrEqual(1);
  expect(await refusal(client.send(new GetScheduleGroupCommand({ Name: 'team' })))).toMatch(/does not exist/);
  expect(await refusal(client.send(new DeleteScheduleGroupCommand({ Name: 'default' })))).toMatch(/can not be deleted/);
});
