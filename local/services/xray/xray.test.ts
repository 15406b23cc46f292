import {
  BatchGetTracesCommand,
  CreateGroupCommand,
  CreateSamplingRuleCommand,
  DeleteSamplingRuleCommand,
  GetEncryptionConfigCommand,
  GetGroupsCommand,
  GetInsightSummariesCommand,
  GetSamplingRulesCommand,
  GetSamplingTargetsCommand,
  GetServiceGraphCommand,
  GetTraceGraphCommand,
  GetTraceSummariesCommand,
  PutEncryptionConfigCommand,
  PutTelemetryRecordsCommand,
  PutTraceSegmentsCommand,
  UpdateSamplingRuleCommand,
  XRayClient,
} from '@aws-sdk/client-xray';
import { existingResource, resourceRequest, startTestCloud, type TestCloud } from '../../doors/aws-endpoint/testing.ts';
import { xrayService } from './index.ts';

const RULE = {
  RuleName: 'health',
  ResourceARN: '*',
  Priority: 10,
  FixedRate: 0,
  ReservoirSize: 0,
  ServiceName: '*',
  ServiceType: '*',
  Host: '*',
  HTTPMethod: '*',
  URLPath: '/v1/health',
  Version: 1,
};

describe('X-Ray through the SDK', () => {
  let cloud: TestCloud;
  let client: XRayClient;
  let now: number;

  beforeEach(async () => {
    cloud = await startTestCloud([xrayService()]);
    client = new XRayClient(cloud.client);
    now = cloud.clock.now() / 1000;
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
  const put = (...documents: object[]) =>
    client.send(new PutTraceSegmentsCommand({ TraceSegmentDocuments: documents.map((one) => JSON.stringify(one)) }));
  const traceId = (index: number) => `1-${Math.floor(now).toString(16)}-${String(index).padStart(24, '0')}`;
  const id = (index: number) => String(index).padStart(16, '0');
  const range = () => ({ StartTime: new Date((now - 60) * 1000), EndTime: new Date((now + 60) * 1000) });

  /** An API that asks a function, which asks a table and fails the second time. */
  async function request(index: number, more: { fault?: boolean; took?: number } = {}): Promise<string> {
    const trace_id = traceId(index);
    const { took = 0.5, ...fate } = more;
    const base = index * 10;
    await put(
      {
        trace_id,
        id: id(base + 1),
        name: 'HelpDesk/v1',
        origin: 'AWS::ApiGateway::Stage',
        start_time: now,
        end_time: now + took,
        http: {
          request: { method: 'GET', url: `http://localhost/v1/tickets/${index}` },
          response: { status: fate.fault ? 502 : 200 },
        },
        subsegments: [
          { id: id(base + 2), name: 'Lambda', namespace: 'aws', start_time: now, end_time: now + took, ...fate },
        ],
        ...fate,
      },
      {
        trace_id,
        id: id(base + 3),
        parent_id: id(base + 2),
        name: 'tickets',
        origin: 'AWS::Lambda',
        start_time: now + 0.01,
        end_time: now + took,
        ...fate,
      },
      {
        trace_id,
        id: id(base + 4),
        parent_id: id(base + 3),
        name: 'tickets',
        origin: 'AWS::Lambda::Function',
        start_time: now + 0.01,
        end_time: now + took,
        ...fate,
        ...(fate.fault && { cause: { exceptions: [{ id: id(99), type: 'RangeError', message: 'out' }] } }),
      },
    );
    // As the SDK in the function sends it: by itself.
    await put({
      trace_id,
      id: id(base + 5),
      parent_id: id(base + 4),
      type: 'subsegment',
      name: 'DynamoDB',
      namespace: 'aws',
      start_time: now + 0.02,
      end_time: now + 0.03,
      annotations: { route: `route-${index}`, count: index },
      aws: { operation: 'GetItem', table_name: 'idempotency' },
    });
    return trace_id;
  }

  it('takes segments and names those that are none', async () => {
    const good = { trace_id: traceId(1), id: id(1), name: 'app', start_time: now, end_time: now + 1 };
    const { UnprocessedTraceSegments } = await client.send(
      new PutTraceSegmentsCommand({
        TraceSegmentDocuments: [
          JSON.stringify(good),
          '{',
          ...[
            { ...good, id: 'x' },
            { ...good, trace_id: '1-a' },
            { ...good, name: 'a?b' },
            { ...good, end_time: undefined },
            { ...good, end_time: now - 1 },
            { ...good, type: 'subsegment' },
          ].map((one) => JSON.stringify(one)),
        ],
      }),
    );
    expect(UnprocessedTraceSegments!.map(({ Message }) => Message!.split(': ')[1])).toEqual([
      'ParseError',
      'InvalidId',
      'InvalidTraceId',
      'InvalidName',
      'MissingEndTime',
      'InvalidEndTime',
      'MissingParentId',
    ]);
    await client.send(new PutTelemetryRecordsCommand({ TelemetryRecords: [] }));
    const { Traces, UnprocessedTraceIds } = await client.send(
      new BatchGetTracesCommand({ TraceIds: [traceId(1), traceId(2)] }),
    );
    expect(Traces).toMatchObject([{ Id: traceId(1), Duration: 1, LimitExceeded: false }]);
    expect(UnprocessedTraceIds).toEqual([traceId(2)]);
  });

  it('puts subsegments into their segments, and infers what sends none itself', async () => {
    const trace = await request(1);
    const { Traces } = await client.send(new BatchGetTracesCommand({ TraceIds: [trace] }));
    const documents = Traces![0]!.Segments!.map(({ Document }) => JSON.parse(Document!));
    expect(documents.map(({ name, origin }) => `${name} ${origin}`)).toEqual([
      'HelpDesk/v1 AWS::ApiGateway::Stage',
      'tickets AWS::Lambda',
      'tickets AWS::Lambda::Function',
      'idempotency AWS::DynamoDB::Table',
    ]);
    expect(documents[2].subsegments).toMatchObject([{ name: 'DynamoDB', aws: { operation: 'GetItem' } }]);
    expect(documents[2].subsegments[0]).not.toHaveProperty('trace_id');
    expect(documents[3]).toMatchObject({ inferred: true, parent_id: id(15) });
  });

  it('finds traces by filter expressions, with what there is to know of each', async () => {
    await request(1);
    await request(2, { fault: true, took: 2 });
    const find = async (FilterExpression?: string) => {
      const { TraceSummaries } = await client.send(new GetTraceSummariesCommand({ ...range(), FilterExpression }));
      return TraceSummaries!.map(({ Id }) => Number(Id!.split('-')[2])).toSorted();
    };
    expect(await find()).toEqual([1, 2]);
    expect(await find('responsetime > 1')).toEqual([2]);
    expect(await find('service("tickets") { fault }')).toEqual([2]);
    expect(await find('edge("tickets", "idempotency") { ok }')).toEqual([1, 2]);
    expect(await find('annotation.route = "route-1"')).toEqual([1]);
    expect(await refusal(find('colour = 1'))).toBe(
      'InvalidRequestException: Invalid filter expression: unknown keyword colour',
    );
    const { TraceSummaries } = await client.send(
      new GetTraceSummariesCommand({ ...range(), FilterExpression: 'fault' }),
    );
    expect(TraceSummaries![0]).toMatchObject({
      HasFault: true,
      HasError: false,
      IsPartial: false,
      ResponseTime: 2,
      Http: { HttpMethod: 'GET', HttpStatus: 502, HttpURL: 'http://localhost/v1/tickets/2' },
      EntryPoint: { Name: 'HelpDesk/v1', Type: 'AWS::ApiGateway::Stage' },
      FaultRootCauses: [{ Services: [{ EntityPath: [{ Exceptions: [{ Name: 'RangeError', Message: 'out' }] }] }] }],
    });
    expect(TraceSummaries![0]!.Annotations!['count']![0]!.AnnotationValue).toMatchObject({ NumberValue: 2 });
    expect(
      await refusal(
        client.send(new GetTraceSummariesCommand({ StartTime: new Date(0), EndTime: new Date(now * 1000) })),
      ),
    ).toMatch(/cannot be longer than 24 hours/);
  });

  it('pages summaries by hundreds', async () => {
    for (let index = 1; index <= 150; index += 50) {
      await put(
        ...Array.from({ length: 50 }, (_, more) => ({
          trace_id: traceId(index + more),
          id: id(1),
          name: 'app',
          start_time: now,
          end_time: now + 1,
        })),
      );
    }
    const first = await client.send(new GetTraceSummariesCommand(range()));
    const second = await client.send(new GetTraceSummariesCommand({ ...range(), NextToken: first.NextToken }));
    expect([first.TraceSummaries!.length, second.TraceSummaries!.length, second.NextToken]).toEqual([
      100,
      50,
      undefined,
    ]);
    expect(await refusal(client.send(new GetTraceSummariesCommand({ ...range(), NextToken: 'x' })))).toMatch(
      /Invalid NextToken/,
    );
  });

  it('draws who calls whom, counted', async () => {
    const traces = [await request(1), await request(2, { fault: true })];
    const { Services } = await client.send(new GetServiceGraphCommand(range()));
    const named = (type: string) => Services!.find(({ Type }) => Type === type)!;
    expect(Services!.map(({ Type }) => Type).toSorted()).toEqual([
      'AWS::ApiGateway::Stage',
      'AWS::DynamoDB::Table',
      'AWS::Lambda',
      'AWS::Lambda::Function',
      'client',
    ]);
    expect(named('AWS::ApiGateway::Stage')).toMatchObject({
      Name: 'HelpDesk/v1',
      Root: true,
      SummaryStatistics: { OkCount: 1, TotalCount: 2, FaultStatistics: { TotalCount: 1 } },
      Edges: [{ ReferenceId: named('AWS::Lambda').ReferenceId }],
    });
    expect(named('AWS::Lambda::Function').Edges).toMatchObject([
      { ReferenceId: named('AWS::DynamoDB::Table').ReferenceId, SummaryStatistics: { OkCount: 2 } },
    ]);
    const graph = await client.send(new GetTraceGraphCommand({ TraceIds: [traces[0]!] }));
    expect(graph.Services!.find(({ Type }) => Type === 'AWS::Lambda')).toMatchObject({
      SummaryStatistics: { TotalCount: 1 },
    });
  });

  it('keeps sampling rules, the default one beside them', async () => {
    const rules = async () =>
      (await client.send(new GetSamplingRulesCommand({}))).SamplingRuleRecords!.map(
        ({ SamplingRule }) => `${SamplingRule!.RuleName} ${SamplingRule!.Priority} ${SamplingRule!.FixedRate}`,
      );
    expect(await rules()).toEqual(['Default 10000 0.05']);
    await client.send(new CreateSamplingRuleCommand({ SamplingRule: RULE }));
    expect(await refusal(client.send(new CreateSamplingRuleCommand({ SamplingRule: RULE })))).toMatch(/already exists/);
    expect(await rules()).toEqual(['health 10 0', 'Default 10000 0.05']);
    await client.send(
      new UpdateSamplingRuleCommand({ SamplingRuleUpdate: { RuleName: 'Default', FixedRate: 1, ReservoirSize: 1 } }),
    );
    expect(
      await refusal(
        client.send(new UpdateSamplingRuleCommand({ SamplingRuleUpdate: { RuleName: 'Default', Priority: 3 } })),
      ),
    ).toMatch(/^InvalidRequestException: Only FixedRate and ReservoirSize/);
    const targets = await client.send(
      new GetSamplingTargetsCommand({
        SamplingStatisticsDocuments: ['health', 'gone'].map((RuleName) => ({
          RuleName,
          ClientID: 'a'.repeat(24),
          Timestamp: new Date(),
          RequestCount: 1,
          SampledCount: 1,
        })),
      }),
    );
    expect(targets.SamplingTargetDocuments).toMatchObject([{ RuleName: 'health', ReservoirQuota: 0 }]);
    expect(targets.UnprocessedStatistics).toMatchObject([{ RuleName: 'gone' }]);
    await client.send(new DeleteSamplingRuleCommand({ RuleName: 'health' }));
    expect(await refusal(client.send(new DeleteSamplingRuleCommand({ RuleName: 'health' })))).toMatch(/does not exist/);
    expect(await rules()).toEqual(['Default 10000 1']);
  });

  it('keeps groups, and the encryption that is asked for', async () => {
    await client.send(new CreateGroupCommand({ GroupName: 'slow', FilterExpression: 'responsetime > 1' }));
    expect(await refusal(client.send(new CreateGroupCommand({ GroupName: 'bad', FilterExpression: '(' })))).toMatch(
      /^InvalidRequestException/,
    );
    await request(1);
    await request(2, { took: 2 });
    const { Groups } = await client.send(new GetGroupsCommand({}));
    expect(Groups).toMatchObject([{ GroupName: 'slow', FilterExpression: 'responsetime > 1' }]);
    const { Services } = await client.send(new GetServiceGraphCommand({ ...range(), GroupName: 'slow' }));
    expect(Services!.find(({ Type }) => Type === 'AWS::Lambda')!.SummaryStatistics!.TotalCount).toBe(1);
    const config = async () => (await client.send(new GetEncryptionConfigCommand({}))).EncryptionConfig;
    expect(await config()).toMatchObject({ Type: 'NONE', Status: 'ACTIVE' });
    expect(await refusal(client.send(new PutEncryptionConfigCommand({ Type: 'KMS' })))).toMatch(/KeyId must be/);
  });

  it('names what it does not do', async () => {
    expect(await refusal(client.send(new GetInsightSummariesCommand(range())))).toMatch(/GetInsightSummaries/);
  });

  it('makes the rules and groups of templates', async () => {
    const { providers } = await cloud.kernel.registry.service('xray');
    const rules = providers['AWS::XRay::SamplingRule']!;
    const made = resourceRequest('AWS::XRay::SamplingRule', { SamplingRule: { ...RULE, FixedRate: '0.5' } });
    const existing = existingResource(made, await rules.create(made));
    expect(existing.attributes).toEqual({
      RuleARN: 'arn:aws:xray:us-east-1:123456789012:sampling-rule/health',
    });
    expect(cloud.kernel.telemetry.sampling.rules()[0]).toMatchObject({ name: 'health', fixedRate: 0.5 });
    await rules.update(
      resourceRequest('AWS::XRay::SamplingRule', { SamplingRule: { ...RULE, Priority: 7 } }),
      existing,
    );
    expect(cloud.kernel.telemetry.sampling.rules()[0]).toMatchObject({ name: 'health', priority: 7, fixedRate: 0 });
    await rules.delete(existing);
    expect(cloud.kernel.telemetry.sampling.rules()).toHaveLength(1);
    expect(() => rules.create(resourceRequest('AWS::XRay::SamplingRule', {}))).toThrow(/SamplingRule is required/);
    const groups = providers['AWS::XRay::Group']!;
    const group = resourceRequest('AWS::XRay::Group', { GroupName: 'slow', FilterExpression: 'fault' });
    const { physicalId } = await groups.create(group);
    expect(physicalId).toMatch(/^arn:aws:xray:us-east-1:123456789012:group\/slow\//);
  });
});
