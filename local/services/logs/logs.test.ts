import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DeleteLogGroupCommand,
  DeleteLogStreamCommand,
  DeleteRetentionPolicyCommand,
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  FilterLogEventsCommand,
  GetLogEventsCommand,
  ListTagsForResourceCommand,
  PutLogEventsCommand,
  PutRetentionPolicyCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { existingResource, resourceRequest, startTestCloud, type TestCloud } from '../../doors/aws-endpoint/testing.ts';
import type { JsonObject } from '../../kernel/service.ts';
import { logsService } from './index.ts';

const HOUR = 3_600_000;

describe('CloudWatch Logs through the SDK', () => {
  let cloud: TestCloud;
  let client: CloudWatchLogsClient;
  let now: number;

  beforeEach(async () => {
    cloud = await startTestCloud([logsService()]);
    client = new CloudWatchLogsClient(cloud.client);
    now = cloud.clock.now();
  });

  afterEach(async () => {
    client.destroy();
    await cloud[Symbol.asyncDispose]();
  });

  const refusal = (sent: Promise<unknown>) =>
    sent.then(
      () => 'nothing was refused',
      (error) => `${error.name}: ${error.message}`,
    );
  const group = (logGroupName = '/app') => client.send(new CreateLogGroupCommand({ logGroupName }));
  const stream = (logStreamName = 's', logGroupName = '/app') =>
    client.send(new CreateLogStreamCommand({ logGroupName, logStreamName }));
  const put = (messages: readonly [offset: number, message: string][], logStreamName = 's') =>
    client.send(
      new PutLogEventsCommand({
        logGroupName: '/app',
        logStreamName,
        logEvents: messages.map(([offset, message]) => ({ timestamp: now + offset, message })),
      }),
    );
  const get = (input: object = {}) =>
    client.send(new GetLogEventsCommand({ logGroupName: '/app', logStreamName: 's', ...input }));

  it('keeps what is put and gives it back in order', async () => {
    await group();
    await stream();
    await put([
      [0, 'one'],
      [1, 'two'],
      [1, 'three – ü'],
    ]);
    const { events } = await get({ startFromHead: true });
    expect(events!.map(({ message }) => message)).toEqual(['one', 'two', 'three – ü']);
    expect(events![0]).toMatchObject({ timestamp: now, ingestionTime: now });
  });

  it('pages forward and backward, with a token that stays at the end', async () => {
    await group();
    await stream();
    await put(Array.from({ length: 5 }, (_, index) => [index, `m${index}`] as [number, string]));
    const messages = ({ events }: Awaited<ReturnType<typeof get>>) => events!.map(({ message }) => message);
    const first = await get({ startFromHead: true, limit: 2 });
    const second = await get({ startFromHead: true, limit: 2, nextToken: first.nextForwardToken });
    const third = await get({ startFromHead: true, limit: 2, nextToken: second.nextForwardToken });
    const end = await get({ startFromHead: true, limit: 2, nextToken: third.nextForwardToken });
    expect([first, second, third, end].map(messages)).toEqual([['m0', 'm1'], ['m2', 'm3'], ['m4'], []]);
    expect(end.nextForwardToken).toBe(third.nextForwardToken);
    const back = await get({ limit: 2, nextToken: second.nextBackwardToken });
    expect(messages(back)).toEqual(['m0', 'm1']);
    expect(messages(await get({ limit: 2 }))).toEqual(['m3', 'm4']);
    expect(await refusal(get({ nextToken: 'x' }))).toBe(
      'InvalidParameterException: The specified nextToken is invalid.',
    );
  });

  it('reads what functions logged through telemetry', async () => {
    const source = { logGroup: '/aws/lambda/hello', logStream: '2026/11/21/[$LATEST]a', label: 'Hello' };
    cloud.kernel.telemetry.log(source, [{ timestamp: now, message: 'START' }]);
    const read = await client.send(
      new GetLogEventsCommand({ logGroupName: source.logGroup, logStreamName: source.logStream }),
    );
    expect(read.events).toMatchObject([{ message: 'START' }]);
  });

  it('searches streams by pattern', async () => {
    await group();
    await stream('a');
    await stream('b');
    await put([[0, '{"level":"ERROR","ms":12}']], 'a');
    await put(
      [
        [1, '{"level":"INFO","ms":900}'],
        [2, 'plain ERROR'],
      ],
      'b',
    );
    const search = async (input: object) => {
      const found = await client.send(new FilterLogEventsCommand({ logGroupName: '/app', ...input }));
      return found.events!.map(({ logStreamName, message }) => `${logStreamName}: ${message}`);
    };
    expect(await search({ filterPattern: 'ERROR' })).toEqual(['a: {"level":"ERROR","ms":12}', 'b: plain ERROR']);
    expect(await search({ filterPattern: '{ $.ms > 100 }' })).toEqual(['b: {"level":"INFO","ms":900}']);
    expect(await search({ logStreamNames: ['a'] })).toHaveLength(1);
    expect(await search({ startTime: now + 1, endTime: now + 1 })).toHaveLength(1);
    const first = await client.send(new FilterLogEventsCommand({ logGroupName: '/app', limit: 2 }));
    const rest = await client.send(
      new FilterLogEventsCommand({ logGroupName: '/app', limit: 2, nextToken: first.nextToken }),
    );
    expect([first.events!.length, rest.events!.length, rest.nextToken]).toEqual([2, 1, undefined]);
    expect(await refusal(search({ filterPattern: 'foo.bar' }))).toBe(
      "InvalidParameterException: Invalid character(s) in term 'foo.bar'",
    );
    expect(await refusal(search({ logStreamNames: ['none'] }))).toMatch(/^ResourceNotFoundException/);
  });

  it('names groups and streams once, and what is missing', async () => {
    expect(await refusal(stream())).toBe('ResourceNotFoundException: The specified log group does not exist.');
    await group();
    expect(await refusal(group())).toBe('ResourceAlreadyExistsException: The specified log group already exists');
    await stream();
    expect(await refusal(stream())).toBe('ResourceAlreadyExistsException: The specified log stream already exists');
    expect(await refusal(get({ logStreamName: 'other' }))).toBe(
      'ResourceNotFoundException: The specified log stream does not exist.',
    );
    expect(await refusal(group('with blank'))).toBe(
      "InvalidParameterException: 1 validation error detected: Value 'with blank' at 'logGroupName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+",
    );
    await client.send(new DeleteLogStreamCommand({ logGroupName: '/app', logStreamName: 's' }));
    await client.send(new DeleteLogGroupCommand({ logGroupName: '/app' }));
    expect(await refusal(client.send(new DeleteLogGroupCommand({ logGroupName: '/app' })))).toMatch(
      /^ResourceNotFoundException/,
    );
  });

  it('refuses batches CloudWatch refuses, and names the events it drops', async () => {
    await group();
    await stream();
    expect(
      await refusal(
        put([
          [1, 'later'],
          [0, 'earlier'],
        ]),
      ),
    ).toMatch(/chronological order/);
    expect(
      await refusal(
        put([
          [-25 * HOUR, 'yesterday'],
          [0, 'now'],
        ]),
      ),
    ).toMatch(/more than 24 hours/);
    expect(await refusal(put([[0, 'x'.repeat(1_048_576)]]))).toMatch(/Upload too large: 1048602 bytes/);
    const { rejectedLogEventsInfo } = await put([
      [-HOUR, 'in time'],
      [3 * HOUR, 'too new'],
    ]);
    expect(rejectedLogEventsInfo).toEqual({ tooNewLogEventStartIndex: 1 });
    expect((await get()).events).toMatchObject([{ message: 'in time' }]);
    expect((await put([[-15 * 24 * HOUR, 'too old']])).rejectedLogEventsInfo).toEqual({ tooOldLogEventEndIndex: 1 });
  });

  it('lists groups and streams', async () => {
    for (const name of ['/app/a', '/app/b', '/other']) await group(name);
    const list = async (input: object) => {
      const { logGroups, nextToken } = await client.send(new DescribeLogGroupsCommand(input));
      return { names: logGroups!.map(({ logGroupName }) => logGroupName), nextToken, logGroups };
    };
    const first = await list({ logGroupNamePrefix: '/app', limit: 1 });
    expect(first.names).toEqual(['/app/a']);
    expect(first.logGroups![0]).toMatchObject({
      arn: 'arn:aws:logs:us-east-1:123456789012:log-group:/app/a:*',
      logGroupArn: 'arn:aws:logs:us-east-1:123456789012:log-group:/app/a',
      creationTime: now,
      storedBytes: 0,
    });
    expect((await list({ logGroupNamePrefix: '/app', limit: 1, nextToken: first.nextToken })).names).toEqual([
      '/app/b',
    ]);
    expect((await list({ logGroupNamePattern: 'OTH' })).names).toEqual(['/other']);

    await group();
    await stream('old');
    await stream('new');
    await put([[0, 'x']], 'old');
    await put([[5, 'x']], 'new');
    const streams = async (input: object) =>
      (await client.send(new DescribeLogStreamsCommand({ logGroupName: '/app', ...input }))).logStreams!.map(
        ({ logStreamName }) => logStreamName,
      );
    expect(await streams({})).toEqual(['new', 'old']);
    expect(await streams({ orderBy: 'LastEventTime' })).toEqual(['old', 'new']);
    expect(await streams({ orderBy: 'LastEventTime', descending: true, limit: 1 })).toEqual(['new']);
    expect(await streams({ logStreamNamePrefix: 'o' })).toEqual(['old']);
    expect(await refusal(streams({ orderBy: 'LastEventTime', logStreamNamePrefix: 'o' }))).toMatch(/Cannot order by/);
  });

  it('keeps retention and tags', async () => {
    await group();
    const retain = (retentionInDays: number) =>
      client.send(new PutRetentionPolicyCommand({ logGroupName: '/app', retentionInDays }));
    const described = async () =>
      (await client.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: '/app' }))).logGroups![0]!;
    await retain(14);
    expect((await described()).retentionInDays).toBe(14);
    expect(await refusal(retain(15))).toMatch(/^InvalidParameterException: .*enum value set: \[1, 3, 5/);
    await client.send(new DeleteRetentionPolicyCommand({ logGroupName: '/app' }));
    expect((await described()).retentionInDays).toBeUndefined();
    const resourceArn = (await described()).logGroupArn!;
    await client.send(new TagResourceCommand({ resourceArn, tags: { team: 'red', stage: 'dev' } }));
    await client.send(new UntagResourceCommand({ resourceArn, tagKeys: ['team'] }));
    expect((await client.send(new ListTagsForResourceCommand({ resourceArn }))).tags).toEqual({ stage: 'dev' });
  });

  it('makes log groups and streams of templates', async () => {
    const { providers } = await cloud.kernel.registry.service('logs');
    const provider = providers['AWS::Logs::LogGroup']!;
    const request = (properties: JsonObject) => resourceRequest('AWS::Logs::LogGroup', properties);
    const made = request({ LogGroupName: '/aws/lambda/x', RetentionInDays: '30' });
    const existing = existingResource(made, await provider.create(made));
    expect(existing).toMatchObject({
      physicalId: '/aws/lambda/x',
      attributes: { Arn: 'arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/x:*' },
    });
    expect(cloud.kernel.telemetry.logs.group('/aws/lambda/x')!.retentionInDays).toBe(30);
    await provider.update(request({ LogGroupName: '/aws/lambda/x' }), existing);
    expect(cloud.kernel.telemetry.logs.group('/aws/lambda/x')!.retentionInDays).toBeUndefined();
    const moved = await provider.update(request({ LogGroupName: '/aws/lambda/y' }), existing);
    expect(moved.physicalId).toBe('/aws/lambda/y');
    expect(() => provider.create(request({ RetentionInDays: 31 }))).toThrow(/RetentionInDays must be one of 1, 3, 5/);
    await expect(provider.create(made)).rejects.toThrow(/already exists/);

    const streams = providers['AWS::Logs::LogStream']!;
    const stream = resourceRequest('AWS::Logs::LogStream', { LogGroupName: '/aws/lambda/y', LogStreamName: 's' });
    await streams.delete(existingResource(stream, await streams.create(stream)));
    expect(cloud.kernel.telemetry.logs.streams('/aws/lambda/y')).toEqual([]);
    await provider.delete(existing);
    expect(cloud.kernel.telemetry.logs.group('/aws/lambda/x')).toBeUndefined();
  });
});
