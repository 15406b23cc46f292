import { gunzipSync } from 'node:zlib';
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DeleteLogGroupCommand,
  DeleteMetricFilterCommand,
  DeleteSubscriptionFilterCommand,
  DescribeLogGroupsCommand,
  DescribeMetricFiltersCommand,
  DescribeResourcePoliciesCommand,
  DescribeSubscriptionFiltersCommand,
  PutLogEventsCommand,
  PutMetricFilterCommand,
  PutResourcePolicyCommand,
  PutSubscriptionFilterCommand,
  StartLiveTailCommand,
  TestMetricFilterCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { existingResource, resourceRequest, startTestCloud, type TestCloud } from '../../doors/aws-endpoint/testing.ts';
import { AwsError, type CallContext } from '../../kernel/index.ts';
import { logsService } from './index.ts';

const FUNCTION = 'arn:aws:lambda:us-east-1:123456789012:function:sink';

interface Sent {
  readonly principal: CallContext['principal'];
  readonly message: { messageType: string; logStream: string; logEvents: { id: string; message: string }[] };
}

describe('filters of log groups', () => {
  let cloud: TestCloud;
  let client: CloudWatchLogsClient;
  let now: number;
  let sent: Sent[];
  let refuse: (principal: CallContext['principal']) => boolean;

  beforeEach(async () => {
    sent = [];
    refuse = () => false;
    cloud = await startTestCloud([logsService()]);
    cloud.kernel.registry.add({
      name: 'lambda',
      resourceTypes: [],
      load: async () => ({
        providers: {},
        operations: {
          Invoke: {
            requires: () => [],
            handle(input: never, { principal }: CallContext) {
              if (refuse(principal)) throw new AwsError('AccessDeniedException', 'no');
              const { Payload } = input as { Payload: string };
              const { awslogs } = JSON.parse(Payload) as { awslogs: { data: string } };
              sent.push({
                principal,
                message: JSON.parse(gunzipSync(Buffer.from(awslogs.data, 'base64')).toString()) as Sent['message'],
              });
              return { StatusCode: 202 };
            },
          },
        },
      }),
    });
    client = new CloudWatchLogsClient(cloud.client);
    now = cloud.clock.now();
    await client.send(new CreateLogGroupCommand({ logGroupName: '/app' }));
    await client.send(new CreateLogStreamCommand({ logGroupName: '/app', logStreamName: 's' }));
  });

  afterEach(async () => {
    client.destroy();
    await cloud[Symbol.asyncDispose]();
  });

  const refusal = (answer: Promise<unknown>) =>
    answer.then(
      () => 'nothing was refused',
      (error) => `${error.name}: ${error.message}`,
    );
  const put = (...messages: string[]) =>
    client.send(
      new PutLogEventsCommand({
        logGroupName: '/app',
        logStreamName: 's',
        logEvents: messages.map((message) => ({ timestamp: cloud.clock.now(), message })),
      }),
    );
  const metricFilter = (filterPattern: string, transformation: object = {}, filterName = 'f') =>
    client.send(
      new PutMetricFilterCommand({
        logGroupName: '/app',
        filterName,
        filterPattern,
        metricTransformations: [{ metricName: 'Errors', metricNamespace: 'App', metricValue: '1', ...transformation }],
      }),
    );
  const metric = (dimensions: Record<string, string> = {}) =>
    cloud.kernel.telemetry.metrics.minutes({ namespace: 'App', name: 'Errors', dimensions });

  describe('metric filters', () => {
    it('count what matches', async () => {
      await metricFilter('ERROR', { unit: 'Count' });
      await put('ERROR one', 'fine', 'ERROR two');
      expect(metric()).toMatchObject([{ count: 2, sum: 2, unit: 'Count' }]);
    });

    it('take value and dimensions out of the event, and nothing where a dimension is missing', async () => {
      await metricFilter('{ $.ms > 10 }', { metricValue: '$.ms', dimensions: { Route: '$.route' } });
      await put('{"ms":20,"route":"a"}', '{"ms":30,"route":"a"}', '{"ms":5,"route":"a"}', '{"ms":50}');
      expect(metric({ Route: 'a' })).toMatchObject([{ count: 2, sum: 50, maximum: 30 }]);
      expect(cloud.kernel.telemetry.metrics.series({ namespace: 'App' })).toHaveLength(1);
    });

    it('take them out of columns', async () => {
      await metricFilter('[ip, user, status = 4*, size]', { metricValue: '$size', dimensions: { User: '$user' } });
      await put('10.0.0.1 ada 404 17', '10.0.0.1 ada 200 99');
      expect(metric({ User: 'ada' })).toMatchObject([{ sum: 17 }]);
    });

    it('say the default of a minute in which events came and none matched', async () => {
      await metricFilter('ERROR', { defaultValue: 0 });
      await put('fine');
      expect(metric()).toEqual([]);
      await cloud.clock.advance(60_000);
      expect(metric()).toMatchObject([{ count: 1, sum: 0 }]);
      await put('ERROR', 'fine');
      await cloud.clock.advance(120_000);
      expect(metric()).toMatchObject([{ sum: 0 }, { count: 1, sum: 1 }]);
    });

    it('are listed, replaced and removed, with their group too', async () => {
      await metricFilter('ERROR');
      await metricFilter('WARN');
      await metricFilter('X', {}, 'g');
      const { metricFilters } = await client.send(
        new DescribeMetricFiltersCommand({ logGroupName: '/app', metricName: 'Errors', metricNamespace: 'App' }),
      );
      expect(metricFilters!.map(({ filterName, filterPattern }) => `${filterName} ${filterPattern}`)).toEqual([
        'f WARN',
        'g X',
      ]);
      const { logGroups } = await client.send(new DescribeLogGroupsCommand({}));
      expect(logGroups![0]!.metricFilterCount).toBe(2);
      const remove = () => client.send(new DeleteMetricFilterCommand({ logGroupName: '/app', filterName: 'f' }));
      await remove();
      expect(await refusal(remove())).toMatch(/^ResourceNotFoundException/);
      await put('WARN');
      expect(metric()).toEqual([]);
      await client.send(new DeleteLogGroupCommand({ logGroupName: '/app' }));
      expect((await client.send(new DescribeMetricFiltersCommand({}))).metricFilters).toEqual([]);
    });

    it('are refused where they make no sense', async () => {
      expect(await refusal(metricFilter('{ $.x'))).toMatch(/^InvalidParameterException: Invalid filter pattern/);
      expect(await refusal(metricFilter('X', { metricValue: 'many' }))).toMatch(/neither a number nor a field/);
      expect(await refusal(metricFilter('X', { metricNamespace: 'AWS/Lambda' }))).toMatch(/reserved/);
      expect(await refusal(metricFilter('{ $.a = 1 }', { defaultValue: 0, dimensions: { A: '$.a' } }))).toMatch(
        /mutually exclusive/,
      );
    });

    it('can be tried', async () => {
      const { matches } = await client.send(
        new TestMetricFilterCommand({
          filterPattern: '[ip, ..., status = 4*, size]',
          logEventMessages: ['10.0.0.1 - ada "GET / HTTP/1.0" 404 17', '10.0.0.1 - ada "GET /" 200 1'],
        }),
      );
      expect(matches).toEqual([
        {
          eventNumber: 1,
          eventMessage: '10.0.0.1 - ada "GET / HTTP/1.0" 404 17',
          extractedValues: { $ip: '10.0.0.1', $2: '-', $3: 'ada', $4: 'GET / HTTP/1.0', $status: '404', $size: '17' },
        },
      ]);
    });
  });

  describe('subscription filters', () => {
    const subscribe = (input: object = {}) =>
      client.send(
        new PutSubscriptionFilterCommand({
          logGroupName: '/app',
          filterName: 's',
          filterPattern: 'ERROR',
          destinationArn: FUNCTION,
          ...input,
        }),
      );

    it('try the function at once, then send it what matches, in CloudWatch Logs’ own name', async () => {
      await subscribe();
      expect(sent).toMatchObject([
        {
          message: { messageType: 'CONTROL_MESSAGE' },
          principal: {
            kind: 'service',
            service: 'logs.amazonaws.com',
            sourceArn: 'arn:aws:logs:us-east-1:123456789012:log-group:/app:*',
          },
        },
      ]);
      await put('ERROR one', 'fine', 'ERROR two');
      await cloud.clock.advance(500);
      await cloud.kernel.outbox.idle();
      expect(sent[1]!.message).toMatchObject({
        messageType: 'DATA_MESSAGE',
        owner: '123456789012',
        logGroup: '/app',
        logStream: 's',
        subscriptionFilters: ['s'],
        logEvents: [
          { message: 'ERROR one', timestamp: now },
          { message: 'ERROR two', timestamp: now },
        ],
      });
      expect(new Set(sent[1]!.message.logEvents.map(({ id }) => id)).size).toBe(2);
    });

    it('send more than fits into one event as several', async () => {
      await subscribe({ filterPattern: '' });
      await put('x'.repeat(400_000), 'y'.repeat(400_000));
      await cloud.clock.advance(500);
      await cloud.kernel.outbox.idle();
      expect(sent.slice(1).map(({ message }) => message.logEvents.length)).toEqual([1, 1]);
    });

    it('know a policy that names the Region, and none', async () => {
      refuse = (principal) => principal.kind === 'service' && principal.service === 'logs.amazonaws.com';
      await subscribe();
      expect(sent[0]!.principal).toMatchObject({ service: 'logs.us-east-1.amazonaws.com' });
      refuse = () => true;
      expect(await refusal(subscribe({ filterName: 't' }))).toBe(
        'InvalidParameterException: Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to execute your function.',
      );
    });

    it('are two at most, and for functions only', async () => {
      await subscribe();
      await subscribe({ filterName: 't' });
      expect(await refusal(subscribe({ filterName: 'u' }))).toMatch(/^LimitExceededException/);
      expect(await refusal(subscribe({ destinationArn: 'arn:aws:kinesis:us-east-1:123456789012:stream/x' }))).toMatch(
        /kinesis is not emulated/,
      );
      expect(await refusal(subscribe({ roleArn: 'arn:aws:iam::123456789012:role/r' }))).toMatch(/roleArn/);
      const list = async () =>
        (await client.send(new DescribeSubscriptionFiltersCommand({ logGroupName: '/app' }))).subscriptionFilters!;
      expect(await list()).toMatchObject([{ filterName: 's', distribution: 'ByLogStream' }, { filterName: 't' }]);
      await client.send(new DeleteSubscriptionFilterCommand({ logGroupName: '/app', filterName: 's' }));
      expect(await list()).toHaveLength(1);
    });

    it('do not send a function what it logs itself, and say so', async () => {
      await client.send(new CreateLogGroupCommand({ logGroupName: '/aws/lambda/sink' }));
      await subscribe({ logGroupName: '/aws/lambda/sink', filterPattern: '' });
      const source = { logGroup: '/aws/lambda/sink', logStream: 'a', label: 'sink' };
      cloud.kernel.telemetry.log(source, [{ timestamp: now, message: 'round' }]);
      await cloud.clock.advance(1_000);
      await cloud.kernel.outbox.idle();
      expect(sent).toHaveLength(1);
      expect(cloud.kernel.telemetry.logs.filter({ group: '/sampan' })!.events[0]!.message).toMatch(/go round for ever/);
    });
  });

  it('live tail shows what comes, by group and pattern', async () => {
    const arn = 'arn:aws:logs:us-east-1:123456789012:log-group:/app';
    const abort = new AbortController();
    // The SDK puts `stream-` before the host, which an address does not bear.
    const tail = new CloudWatchLogsClient({ ...cloud.client, disableHostPrefix: true });
    const { responseStream } = await tail.send(
      new StartLiveTailCommand({ logGroupIdentifiers: [arn], logEventFilterPattern: 'ERROR' }),
      { abortSignal: abort.signal },
    );
    const events = responseStream![Symbol.asyncIterator]();
    expect((await events.next()).value).toMatchObject({ sessionStart: { logGroupIdentifiers: [arn] } });
    await put('ERROR one', 'fine');
    while (cloud.clock.waiting === 0) await new Promise(setImmediate);
    const update = events.next();
    await cloud.clock.advance(1_000);
    expect((await update).value).toMatchObject({
      sessionUpdate: {
        sessionMetadata: { sampled: false },
        sessionResults: [{ message: 'ERROR one', logStreamName: 's' }],
      },
    });
    abort.abort();
    tail.destroy();
  });

  it('keeps resource policies, and tells them to whoever decides', async () => {
    const policyDocument = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Service: 'events.amazonaws.com' },
          Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
          Resource: 'arn:aws:logs:us-east-1:123456789012:log-group:/aws/events/*:*',
        },
      ],
    });
    await client.send(new PutResourcePolicyCommand({ policyName: 'events', policyDocument }));
    expect((await client.send(new DescribeResourcePoliciesCommand({}))).resourcePolicies).toMatchObject([
      { policyName: 'events', policyDocument },
    ]);
    const { resourceFacts } = await cloud.kernel.registry.service('logs');
    const facts = resourceFacts!('arn:aws:logs:us-east-1:123456789012:log-group:/aws/events/x:*');
    expect(facts!.policies![0]!.document.Statement).toHaveLength(1);
    expect(
      await refusal(client.send(new PutResourcePolicyCommand({ policyName: 'bad', policyDocument: '{' }))),
    ).toMatch(/^InvalidParameterException/);
  });

  it('makes the filters of templates', async () => {
    const { providers } = await cloud.kernel.registry.service('logs');
    const type = 'AWS::Logs::MetricFilter';
    const properties = {
      LogGroupName: '/app',
      FilterPattern: '{ $.level = "ERROR" }',
      MetricTransformations: [
        {
          MetricName: 'Errors',
          MetricNamespace: 'App',
          MetricValue: '1',
          Dimensions: [{ Key: 'Service', Value: '$.service' }],
        },
      ],
    };
    const request = resourceRequest(type, properties);
    const existing = existingResource(request, await providers[type]!.create(request));
    await put('{"level":"ERROR","service":"desk"}');
    expect(metric({ Service: 'desk' })).toMatchObject([{ sum: 1 }]);
    await providers[type]!.update(resourceRequest(type, { ...properties, FilterPattern: 'nothing' }), existing);
    await put('{"level":"ERROR","service":"desk"}');
    expect(metric({ Service: 'desk' })).toMatchObject([{ sum: 1 }]);
    await providers[type]!.delete(existing);
    expect((await client.send(new DescribeMetricFiltersCommand({}))).metricFilters).toEqual([]);

    const subscription = resourceRequest('AWS::Logs::SubscriptionFilter', {
      LogGroupName: '/app',
      FilterPattern: '',
      DestinationArn: FUNCTION,
    });
    await providers[subscription.type]!.create(subscription);
    expect(sent).toHaveLength(1);
    const policy = resourceRequest('AWS::Logs::ResourcePolicy', {
      PolicyName: 'p',
      PolicyDocument: JSON.stringify({
        Statement: [
          { Effect: 'Allow', Principal: { Service: 'a.amazonaws.com' }, Action: 'logs:PutLogEvents', Resource: '*' },
        ],
      }),
    });
    expect(await providers[policy.type]!.create(policy)).toEqual({ physicalId: 'p' });
    const query = resourceRequest('AWS::Logs::QueryDefinition', { Name: 'q', QueryString: 'fields @message' });
    const { physicalId, attributes } = await providers[query.type]!.create(query);
    expect(attributes).toEqual({ QueryDefinitionId: physicalId });
  });
});
