import {
  CancelReplayCommand,
  CreateArchiveCommand,
  CreateEventBusCommand,
  DeleteEventBusCommand,
  DeleteRuleCommand,
  DescribeArchiveCommand,
  DescribeEventBusCommand,
  DescribeReplayCommand,
  DescribeRuleCommand,
  DisableRuleCommand,
  EnableRuleCommand,
  EventBridgeClient,
  ListArchivesCommand,
  ListEventBusesCommand,
  ListRuleNamesByTargetCommand,
  ListRulesCommand,
  ListTagsForResourceCommand,
  ListTargetsByRuleCommand,
  PutEventsCommand,
  type PutEventsRequestEntry,
  PutPermissionCommand,
  PutRuleCommand,
  type PutRuleCommandInput,
  PutTargetsCommand,
  RemovePermissionCommand,
  RemoveTargetsCommand,
  StartReplayCommand,
  TagResourceCommand,
  type Target,
  TestEventPatternCommand,
  UntagResourceCommand,
  UpdateArchiveCommand,
} from '@aws-sdk/client-eventbridge';
import { startTestCloud, type TestCloud } from '../../doors/aws-endpoint/testing.ts';
import { AwsError } from '../../kernel/aws-error.ts';
import { type StandIn, standIn } from './eventbridge.fixture.ts';
import { eventBridgeService } from './index.ts';

const ACCOUNT = '123456789012';
const arn = (service: string, resource: string) => `arn:aws:${service}:us-east-1:${ACCOUNT}:${resource}`;
const QUEUE = arn('sqs', 'orders');
const DEAD = arn('sqs', 'dead');

let cloud: TestCloud;
let client: EventBridgeClient;
let sqs: StandIn;
let sns: StandIn;
let lambda: StandIn;
let logs: StandIn;

beforeEach(async () => {
  sqs = standIn('sqs', ['SendMessage']);
  sns = standIn('sns', ['Publish']);
  lambda = standIn('lambda', ['Invoke']);
  logs = standIn('logs', ['CreateLogStream', 'PutLogEvents']);
  cloud = await startTestCloud([eventBridgeService(), ...[sqs, sns, lambda, logs].map(({ definition }) => definition)]);
  client = new EventBridgeClient(cloud.client);
});
afterEach(async () => {
  client.destroy();
  await cloud[Symbol.asyncDispose]();
});

const entry = (more: Partial<PutEventsRequestEntry> = {}): PutEventsRequestEntry => ({
  Source: 'shop',
  DetailType: 'Ordered',
  Detail: '{"id": 7, "items": ["a", "b"]}',
  ...more,
});
const put = (...entries: PutEventsRequestEntry[]) => client.send(new PutEventsCommand({ Entries: entries }));
const idle = () => cloud.kernel.outbox.idle();
async function rule(input: Partial<PutRuleCommandInput>, ...targets: Partial<Target>[]): Promise<string> {
  const Name = input.Name ?? 'orders';
  const made = { Name, ...(input.ScheduleExpression ? {} : { EventPattern: '{"source":["shop"]}' }), ...input };
  const { RuleArn } = await client.send(new PutRuleCommand(made));
  const Targets = targets.map((target, index) => ({ Id: String(index), Arn: QUEUE, ...target }));
  if (Targets.length > 0) {
    await client.send(new PutTargetsCommand({ Rule: Name, EventBusName: input.EventBusName, Targets }));
  }
  return RuleArn!;
}
const refusal = (sent: Promise<unknown>) =>
  sent.then(
    () => 'nothing was refused',
    (error) => `${error.name}: ${error.message}`,
  );
const bodies = () => sqs.received.map(({ input }) => JSON.parse(input.MessageBody));

describe('events', () => {
  test('reach the targets of the rules they match, at once, in the name of EventBridge for the rule', async () => {
    const RuleArn = await rule({}, {});
    await rule({ Name: 'others', EventPattern: '{"source":["other"]}' }, {});
    const { Entries, FailedEntryCount } = await put(entry({ Resources: ['r'], TraceHeader: 'Root=1-2-3' }));
    await idle();
    expect(FailedEntryCount).toBe(0);
    expect(bodies()).toEqual([
      {
        version: '0',
        id: Entries?.[0]?.EventId,
        'detail-type': 'Ordered',
        source: 'shop',
        account: ACCOUNT,
        time: '2026-11-21T12:00:00Z',
        region: 'us-east-1',
        resources: ['r'],
        detail: { id: 7, items: ['a', 'b'] },
      },
    ]);
    expect(sqs.received[0]).toMatchObject({
      input: { QueueUrl: `https://sqs.us-east-1.amazonaws.com/${ACCOUNT}/orders` },
      principal: { kind: 'service', service: 'events.amazonaws.com', sourceArn: RuleArn, sourceAccount: ACCOUNT },
      traceHeader: 'Root=1-2-3',
    });
  });

  test('are refused one by one, in the order of the request', async () => {
    await rule({}, {});
    const { FailedEntryCount, Entries } = await put(
      entry(),
      entry({ Source: undefined }),
      entry({ Detail: '[1]' }),
      entry({ Detail: '{' }),
      entry({ Source: 'aws.s3' }),
      entry({ DetailType: '' }),
    );
    expect(FailedEntryCount).toBe(5);
    expect(Entries?.map(({ ErrorCode, EventId }) => ErrorCode ?? typeof EventId)).toEqual([
      'string',
      'InvalidArgument',
      'MalformedDetail',
      'MalformedDetail',
      'NotAuthorizedForSourceException',
      'InvalidArgument',
    ]);
    await idle();
    expect(sqs.received).toHaveLength(1);
  });

  test('are ten at most, and a megabyte together', async () => {
    expect(await refusal(put(...Array.from({ length: 11 }, () => entry())))).toMatch(/^ValidationException/);
    const Detail = JSON.stringify({ text: 'x'.repeat(600_000) });
    expect(await refusal(put(entry({ Detail }), entry({ Detail })))).toMatch(/Total size of the entries/);
    expect((await put(entry({ Detail }))).FailedEntryCount).toBe(0);
    // The SDK signs it in a way of its own, which is not installed.
    const input = { Entries: [entry()], EndpointId: 'abc.def' };
    const call = { caller: { kind: 'client' }, service: 'events', operation: 'PutEvents', input } as const;
    await expect(cloud.kernel.dispatch(call)).rejects.toMatchObject({ code: 'OperationNotEmulated' });
  });

  test('keep digits that a double does not hold', async () => {
    await rule({}, {});
    await put(entry({ Detail: '{"big": 12345678901234567890}' }));
    await idle();
    expect(sqs.received[0]?.input.MessageBody).toContain('"detail":{"big": 12345678901234567890}}');
  });

  test('of a bus that does not exist are lost without an error, which the log says', async () => {
    const messages: string[] = [];
    cloud.kernel.telemetry.onLog((_source, { message }) => messages.push(message));
    expect((await put(entry({ EventBusName: 'nobody' }))).FailedEntryCount).toBe(0);
    expect(messages.join()).toMatch(/event bus nobody, which does not exist/);
  });

  test('of AWS itself come from its services, and are seen by whoever looks on', async () => {
    await rule({ EventPattern: '{"source":["aws.s3"]}' }, {});
    const caller = { kind: 'internal', service: 's3.amazonaws.com' } as const;
    const input = { Entries: [entry({ Source: 'aws.s3', DetailType: 'Object Created' })] };
    const seen = cloud.kernel.dispatch({
      caller,
      service: 'events',
      operation: 'ListPassedEvents',
      input: { WaitSeconds: 10 },
    });
    await cloud.kernel.dispatch({ caller, service: 'events', operation: 'PutEvents', input });
    await idle();
    expect(bodies()).toMatchObject([{ source: 'aws.s3' }]);
    expect(await seen).toMatchObject({ Events: [{ sequence: 1, bus: 'default', rules: ['orders'] }] });
    const outside = { kind: 'client' } as const;
    const looking = { caller: outside, service: 'events', operation: 'ListPassedEvents', input: {} };
    expect(await refusal(cloud.kernel.dispatch(looking))).toMatch(/AwsError/);
  });
});

describe('targets', () => {
  test('each service gets what it takes', async () => {
    const role = `arn:aws:iam::${ACCOUNT}:role/writer`;
    await rule(
      {},
      { Arn: arn('lambda', 'function:worker') },
      { Arn: arn('sns', 'topic') },
      { Arn: arn('sqs', 'first.fifo'), SqsParameters: { MessageGroupId: 'g' } },
      { Arn: arn('logs', 'log-group:/aws/events/all:*') },
      { Arn: QUEUE, RoleArn: role },
    );
    await put(entry());
    await idle();
    expect(lambda.received[0]?.input).toMatchObject({
      FunctionName: arn('lambda', 'function:worker'),
      InvocationType: 'Event',
    });
    expect(JSON.parse(String(lambda.received[0]?.input.Payload))).toMatchObject({ source: 'shop' });
    expect(sns.received[0]?.input).toMatchObject({ TopicArn: arn('sns', 'topic') });
    const fifo = sqs.received.find(({ input }) => input.QueueUrl.endsWith('.fifo'));
    expect(fifo?.input.MessageGroupId).toBe('g');
    const own = sqs.received.find(({ input }) => input.QueueUrl.endsWith('/orders'));
    expect(own?.principal).toMatchObject({ kind: 'role-session', roleArn: role });
    expect(logs.received.map(({ operation }) => operation)).toEqual(['CreateLogStream', 'PutLogEvents']);
    expect(logs.received[1]?.input).toMatchObject({ logGroupName: '/aws/events/all' });
  });

  test('are sent a constant, a part, or what a template makes of the event', async () => {
    const InputPathsMap = { id: '$.detail.id', item: '$.detail.items[1]', all: '$.detail', none: '$.detail.none' };
    await rule(
      {},
      { Input: '{"constant":true}' },
      { InputPath: '$.detail.items' },
      {
        InputTransformer: {
          InputPathsMap,
          InputTemplate: '{"id": <id>, "text": "item <item> of <aws.events.rule-name>", "all": <all>, "item": <item>}',
        },
      },
      { InputTransformer: { InputPathsMap, InputTemplate: '"order <id> has <item><none> of <all>"' } },
      {
        InputTransformer: {
          InputTemplate: '{"at": "<aws.events.event.ingestion-time>", "e": <aws.events.event.json>}',
        },
      },
    );
    await put(entry());
    await idle();
    expect(bodies()).toEqual([
      { constant: true },
      ['a', 'b'],
      { id: 7, text: 'item b of orders', all: { id: 7, items: ['a', 'b'] }, item: 'b' },
      'order 7 has b of {id:7,items:[a,b]}',
      { at: '2026-11-21T12:00:00.000Z', e: expect.objectContaining({ source: 'shop', detail: expect.anything() }) },
    ]);
  });

  test('are sent nothing where a template makes no JSON: an object or a list within quotes', async () => {
    const InputTransformer = { InputPathsMap: { all: '$.detail' }, InputTemplate: '{"text": "about <all>"}' };
    await rule({}, { InputTransformer, DeadLetterConfig: { Arn: DEAD } });
    await put(entry());
    await idle();
    expect(
      sqs.received.map(({ input }) => [input.QueueUrl.split('/').at(-1), input.MessageAttributes.ERROR_CODE]),
    ).toEqual([[DEAD.split(':').at(-1), { DataType: 'String', StringValue: 'INVALID_JSON' }]]);
  });

  test('are sent all that a path with a star leads to, and the event without its detail', async () => {
    const InputTransformer = {
      InputPathsMap: { every: '$.detail.items[*]' },
      InputTemplate: '{"every": <every>, "event": <aws.events.event>}',
    };
    await rule({}, { InputPath: '$.detail.*' }, { InputTransformer });
    await put(entry());
    await idle();
    const [values, made] = bodies();
    expect(values).toEqual([7, ['a', 'b']]);
    expect(made.every).toEqual(['a', 'b']);
    expect(Object.keys(made.event).sort()).toEqual([
      'account',
      'detailType',
      'id',
      'region',
      'resources',
      'source',
      'time',
      'version',
    ]);
  });

  test('that fail are tried again for as long as they are to be, then the event goes to the dead-letter queue', async () => {
    const RuleArn = await rule({}, { RetryPolicy: { MaximumRetryAttempts: 3 }, DeadLetterConfig: { Arn: DEAD } });
    sqs.refuse = ({ input }) =>
      input.QueueUrl.endsWith('/orders') ? new AwsError('InternalError', 'not now', { statusCode: 500 }) : undefined;
    await put(entry());
    await idle();
    expect(sqs.received).toHaveLength(1);
    await cloud.clock.advance(60_000);
    const letter = sqs.received.at(-1);
    expect(sqs.received.map(({ input }) => input.QueueUrl.split('/').at(-1))).toEqual([
      ...['orders', 'orders', 'orders', 'orders'],
      'dead',
    ]);
    expect(JSON.parse(letter?.input.MessageBody)).toMatchObject({ source: 'shop' });
    const attributes = Object.entries(letter?.input.MessageAttributes as Record<string, { StringValue: string }>);
    expect(Object.fromEntries(attributes.map(([name, { StringValue }]) => [name, StringValue]))).toEqual({
      ERROR_CODE: 'ERROR_FROM_TARGET',
      ERROR_MESSAGE: 'not now',
      EXHAUSTED_RETRY_CONDITION: 'MaximumRetryAttempts',
      RETRY_ATTEMPTS: '3',
      RULE_ARN: RuleArn,
      TARGET_ARN: QUEUE,
    });
    expect(letter?.principal).toMatchObject({ kind: 'service', sourceArn: RuleArn });
  });

  test('that are missing or refuse are not tried again', async () => {
    await rule({}, { DeadLetterConfig: { Arn: DEAD } });
    const errors = [
      new AwsError('AWS.SimpleQueueService.NonExistentQueue', 'it has gone'),
      new AwsError('AccessDenied', 'no', { statusCode: 403 }),
    ];
    for (const [index, error] of errors.entries()) {
      sqs.received.length = 0;
      sqs.refuse = ({ input }) => (input.QueueUrl.endsWith('/orders') ? error : undefined);
      await put(entry());
      await idle();
      expect(sqs.received.map(({ input }) => input.MessageAttributes?.ERROR_CODE?.StringValue)).toEqual([
        undefined,
        ['NO_RESOURCE', 'NO_PERMISSIONS'][index],
      ]);
    }
  });

  test('an event too old for its target is given up', async () => {
    await rule({}, { RetryPolicy: { MaximumEventAgeInSeconds: 60 }, DeadLetterConfig: { Arn: DEAD } });
    sqs.refuse = ({ input }) => (input.QueueUrl.endsWith('/orders') ? new AwsError('Throttling', 'slow') : undefined);
    await put(entry());
    await cloud.clock.advance(120_000);
    expect(sqs.received.at(-1)?.input.MessageAttributes).toMatchObject({
      ERROR_CODE: { StringValue: 'THROTTLING' },
      EXHAUSTED_RETRY_CONDITION: { StringValue: 'MaximumEventAgeInSeconds' },
    });
  });

  test('another bus gets the event as it is, once', async () => {
    for (const Name of ['one', 'two']) await client.send(new CreateEventBusCommand({ Name }));
    const EventPattern = '{"source":["shop"]}';
    await rule({ EventPattern }, { Arn: arn('events', 'event-bus/one') });
    await rule({ EventPattern, EventBusName: 'one' }, { Arn: arn('events', 'event-bus/two') }, {});
    await rule({ EventPattern, EventBusName: 'two' }, { Arn: arn('events', 'event-bus/one') }, {});
    const { Entries } = await put(entry());
    await idle();
    expect(bodies().map(({ id }) => id)).toEqual([Entries?.[0]?.EventId, Entries?.[0]?.EventId]);
  });

  test('are five at most, and checked', async () => {
    await rule({}, {}, {}, {}, {}, {});
    const more = (target: Partial<Target>, Id = 'x') =>
      refusal(client.send(new PutTargetsCommand({ Rule: 'orders', Targets: [{ Id, Arn: QUEUE, ...target }] })));
    expect(await more({})).toMatch(/^LimitExceededException/);
    const [Id, refused] = ['0', async (target: Partial<Target>) => more(target, '0')] as const;
    expect(Id).toBe('0');
    expect(await refused({ Arn: 'orders' })).toMatch(/Provided Arn is not in correct format/);
    expect(await refused({ Input: '{' })).toMatch(/JSON syntax error/);
    expect(await refused({ Input: '{}', InputPath: '$' })).toMatch(/Only one of Input/);
    expect(await refused({ InputPath: 'detail' })).toMatch(/Invalid InputPath/);
    expect(await refused({ InputTransformer: { InputTemplate: '<x>' } })).toBe(
      'ValidationException: InputTemplate for target 0 contains invalid placeholder x.',
    );
    expect(await refused({ Arn: arn('sqs', 'a.fifo') })).toMatch(/SqsParameters must be specified/);
    expect(await refused({ DeadLetterConfig: { Arn: arn('sqs', 'a.fifo') } })).toMatch(/DeadLetterConfig/);
    const { Targets } = await client.send(new ListTargetsByRuleCommand({ Rule: 'orders', Limit: 2 }));
    expect(Targets?.map((target) => target.Id)).toEqual(['0', '1']);
    const removed = await client.send(new RemoveTargetsCommand({ Rule: 'orders', Ids: ['0', '9'] }));
    expect(removed).toMatchObject({ FailedEntryCount: 1, FailedEntries: [{ TargetId: '9' }] });
    const names = await client.send(new ListRuleNamesByTargetCommand({ TargetArn: QUEUE }));
    expect(names.RuleNames).toEqual(['orders']);
  });
});

describe('rules', () => {
  test('are made, changed, listed, turned off and on, and removed', async () => {
    await rule({ Description: 'd', Tags: [{ Key: 'team', Value: 'a' }] }, {});
    const described = await client.send(new DescribeRuleCommand({ Name: 'orders' }));
    expect(described).toMatchObject({
      Arn: arn('events', 'rule/orders'),
      EventBusName: 'default',
      State: 'ENABLED',
      Description: 'd',
      CreatedBy: ACCOUNT,
    });
    await client.send(new DisableRuleCommand({ Name: 'orders' }));
    await put(entry());
    await client.send(new EnableRuleCommand({ Name: 'orders' }));
    await put(entry());
    await idle();
    expect(sqs.received).toHaveLength(1);
    expect((await client.send(new ListRulesCommand({ NamePrefix: 'ord' }))).Rules).toHaveLength(1);
    const ResourceARN = described.Arn!;
    await client.send(new TagResourceCommand({ ResourceARN, Tags: [{ Key: 'b', Value: '1' }] }));
    await client.send(new UntagResourceCommand({ ResourceARN, TagKeys: ['team'] }));
    const { Tags } = await client.send(new ListTagsForResourceCommand({ ResourceARN }));
    expect(Tags).toEqual([{ Key: 'b', Value: '1' }]);
    expect(await refusal(client.send(new DeleteRuleCommand({ Name: 'orders' })))).toMatch(/since it has targets/);
    await client.send(new RemoveTargetsCommand({ Rule: 'orders', Ids: ['0'] }));
    await client.send(new DeleteRuleCommand({ Name: 'orders' }));
    expect(await refusal(client.send(new DescribeRuleCommand({ Name: 'orders' })))).toBe(
      'ResourceNotFoundException: Rule orders does not exist on EventBus default.',
    );
  });

  test('are refused for what AWS refuses', async () => {
    const refused = (input: Partial<PutRuleCommandInput>) =>
      refusal(client.send(new PutRuleCommand({ Name: 'x', ...input })));
    expect(await refused({})).toMatch(/EventPattern or ScheduleExpression must be specified/);
    expect(await refused({ EventPattern: '{"source":"shop"}' })).toBe(
      'InvalidEventPatternException: Event pattern is not valid. Reason: "source" must be an object or an array',
    );
    expect(await refused({ ScheduleExpression: 'rate(1 minutes)' })).toMatch(/ScheduleExpression is not valid/);
    expect(await refused({ ScheduleExpression: 'at(2027-01-01T00:00:00)' })).toMatch(/is not valid/);
    expect(await refused({ EventBusName: 'none', EventPattern: '{"a":[1]}' })).toBe(
      'ResourceNotFoundException: Event bus none does not exist.',
    );
    await client.send(new CreateEventBusCommand({ Name: 'own' }));
    expect(await refused({ EventBusName: 'own', ScheduleExpression: 'rate(1 minute)' })).toMatch(
      /supported only on the default event bus/,
    );
  });

  test('a pattern is tried', async () => {
    const Event = '{"id":"1","account":"1","source":"s","time":"t","region":"r","resources":[],"detail-type":"x"}';
    const tried = (EventPattern: string) => client.send(new TestEventPatternCommand({ Event, EventPattern }));
    expect(await tried('{"source":["s"]}')).toMatchObject({ Result: true });
    expect(await tried('{"source":["t"]}')).toMatchObject({ Result: false });
    expect(await refusal(tried('{}'))).toMatch(/Empty objects are not allowed/);
  });

  test('with a schedule come when they are due', async () => {
    const RuleArn = await rule({ Name: 'often', ScheduleExpression: 'rate(5 minutes)' }, {});
    await rule({ Name: 'noon', ScheduleExpression: 'cron(7 12 * * ? *)' }, { Arn: arn('lambda', 'function:noon') });
    await rule({ Name: 'never', ScheduleExpression: 'rate(1 minute)', State: 'DISABLED' }, {});
    await cloud.clock.advance(11 * 60_000);
    expect(bodies().map(({ time }) => time)).toEqual(['2026-11-21T12:05:00Z', '2026-11-21T12:10:00Z']);
    expect(bodies()[0]).toMatchObject({
      source: 'aws.events',
      'detail-type': 'Scheduled Event',
      resources: [RuleArn],
      detail: {},
    });
    expect(lambda.received).toHaveLength(1);
  });
});

describe('buses', () => {
  test('are made, described, listed and removed with their rules', async () => {
    const { EventBusArn } = await client.send(new CreateEventBusCommand({ Name: 'own', Description: 'd' }));
    expect(EventBusArn).toBe(arn('events', 'event-bus/own'));
    expect(await refusal(client.send(new CreateEventBusCommand({ Name: 'own' })))).toMatch(/already exists/);
    await rule({ EventBusName: 'own' }, {});
    await put(entry({ EventBusName: EventBusArn }), entry({ EventBusName: 'own' }), entry());
    await idle();
    expect(sqs.received).toHaveLength(2);
    const { EventBuses } = await client.send(new ListEventBusesCommand({}));
    expect(EventBuses?.map(({ Name }) => Name)).toEqual(['default', 'own']);
    await client.send(new DeleteEventBusCommand({ Name: 'own' }));
    expect(await refusal(client.send(new DescribeEventBusCommand({ Name: 'own' })))).toMatch(/^ResourceNotFound/);
    expect(await refusal(client.send(new DeleteEventBusCommand({ Name: 'default' })))).toMatch(/Cannot delete/);
  });

  test('have a policy, made of statements or as a whole', async () => {
    await client.send(
      new PutPermissionCommand({ StatementId: 'a', Principal: '111122223333', Action: 'events:PutEvents' }),
    );
    await client.send(new PutPermissionCommand({ StatementId: 'b', Principal: '*', Action: 'events:PutEvents' }));
    const policy = async () => JSON.parse((await client.send(new DescribeEventBusCommand({}))).Policy ?? 'null');
    expect((await policy()).Statement.map(({ Sid }: { Sid: string }) => Sid)).toEqual(['a', 'b']);
    await client.send(new RemovePermissionCommand({ StatementId: 'a' }));
    expect((await policy()).Statement).toMatchObject([{ Sid: 'b', Principal: '*' }]);
    expect(await refusal(client.send(new RemovePermissionCommand({ StatementId: 'a' })))).toMatch(/^ResourceNotFound/);
    await client.send(new RemovePermissionCommand({ RemoveAllPermissions: true }));
    expect(await policy()).toBeNull();
    expect(await refusal(client.send(new PutPermissionCommand({ Policy: '{"Statement":1}' })))).toMatch(/not valid/);
  });
});

test('an archive keeps what passes its bus, and a replay sends it once more, marked, to the rules it names', async () => {
  const EventSourceArn = arn('events', 'event-bus/default');
  const created = await client.send(
    new CreateArchiveCommand({ ArchiveName: 'kept', EventSourceArn, EventPattern: '{"detail":{"keep":[true]}}' }),
  );
  const wanted = await rule({ Name: 'wanted' }, {});
  await rule({ Name: 'other' }, { Arn: arn('lambda', 'function:other') });
  for (let n = 0; n < 60; n += 1) await put(entry({ Detail: JSON.stringify({ keep: n !== 5, n }) }));
  await idle();
  const { EventCount } = await client.send(new DescribeArchiveCommand({ ArchiveName: 'kept' }));
  expect(EventCount).toBe(59);
  sqs.received.length = 0;
  lambda.received.length = 0;
  const replay = {
    ReplayName: 'again',
    EventSourceArn: created.ArchiveArn!,
    EventStartTime: new Date(cloud.clock.now() - 1_000),
    EventEndTime: new Date(cloud.clock.now() + 1_000),
    Destination: { Arn: EventSourceArn, FilterArns: [wanted] },
  };
  await client.send(new StartReplayCommand(replay));
  await cloud.clock.advance(1_000);
  await idle();
  expect(await client.send(new DescribeReplayCommand({ ReplayName: 'again' }))).toMatchObject({ State: 'COMPLETED' });
  expect(sqs.received).toHaveLength(59);
  expect(new Set(bodies().map((body) => body['replay-name']))).toEqual(new Set(['again']));
  expect(lambda.received).toEqual([]);
  const counted = await client.send(new DescribeArchiveCommand({ ArchiveName: 'kept' }));
  expect(counted.EventCount).toBe(59);
  expect(await refusal(client.send(new StartReplayCommand(replay)))).toMatch(/already exists/);
  const elsewhere = { ...replay, ReplayName: 'x', Destination: { Arn: arn('events', 'event-bus/none') } };
  expect(await refusal(client.send(new StartReplayCommand(elsewhere)))).toBe(
    'ResourceNotFoundException: Event bus none does not exist.',
  );
  const replays = cloud.kernel.store.collection('events', 'replays');
  for (let n = 0; n < 10; n += 1) replays.put(`busy-${n}`, { name: `busy-${n}`, state: 'RUNNING' });
  expect(await refusal(client.send(new StartReplayCommand({ ...replay, ReplayName: 'x' })))).toMatch(
    /^LimitExceededException: /,
  );
  expect(await refusal(client.send(new UpdateArchiveCommand({ ArchiveName: 'kept' })))).toMatch(
    /^ValidationException: At least one of EventPattern, RetentionDays or Description must be provided\.$/,
  );
  const ofNone = new ListArchivesCommand({ EventSourceArn: arn('events', 'event-bus/none') });
  expect(await refusal(client.send(ofNone))).toBe('ResourceNotFoundException: Event bus none does not exist.');
  expect(await refusal(client.send(new CancelReplayCommand({ ReplayName: 'again' })))).toMatch(/^IllegalStatus/);
});
