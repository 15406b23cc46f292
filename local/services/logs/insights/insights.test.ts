import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  DescribeQueriesCommand,
  DescribeQueryDefinitionsCommand,
  GetQueryResultsCommand,
  PutQueryDefinitionCommand,
  StartQueryCommand,
  StopQueryCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import fc from 'fast-check';
import { startTestCloud, type TestCloud } from '../../../doors/aws-endpoint/testing.ts';
import { AwsError } from '../../../kernel/aws-error.ts';
import { logsService } from '../index.ts';
import { readQuery } from './parse.ts';
import { runQuery } from './run.ts';

const START = Date.UTC(2026, 10, 21, 12);

const MESSAGES = [
  'START RequestId: 8286a188-ba32-4475-8077-530cd35c09a9 Version: $LATEST\n',
  '{"level":"INFO","route":"GET /tickets","ms":12,"user":{"name":"ada","roles":["agent"]}}',
  '{"level":"ERROR","route":"GET /tickets","ms":250,"user":{"name":"bob"}}',
  '{"level":"INFO","route":"POST /tickets","ms":40}',
  'user=ada id=7 action=login',
  'REPORT RequestId: 8286a188-ba32-4475-8077-530cd35c09a9\tDuration: 12.34 ms\tBilled Duration: 13 ms\tMemory Size: 128 MB\tMax Memory Used: 68 MB\tInit Duration: 120.50 ms\t\n',
];

/** Events a minute apart. */
function ask(query: string, limit?: number, messages: readonly string[] = MESSAGES): Record<string, string>[] {
  const run = runQuery(readQuery(query), limit);
  run.scan(
    messages.map((message, index) => ({
      eventId: String(index).padStart(56, '0'),
      logStream: 'stream',
      timestamp: START + index * 60_000,
      ingestionTime: START,
      message,
    })),
    { accountId: '123456789012', group: '/app' },
  );
  return run
    .results()
    .map((row) =>
      Object.fromEntries(row.filter(({ field }) => field !== '@ptr').map(({ field, value }) => [field, value])),
    );
}

test("of Lambda's JSON the same fields are found as of its text", () => {
  const requestId = '8286a188-ba32-4475-8077-530cd35c09a9';
  const metrics = {
    durationMs: 12.34,
    billedDurationMs: 133,
    memorySizeMB: 512,
    maxMemoryUsedMB: 86,
    initDurationMs: 120.5,
  };
  const tracing = { spanId: '0774a513c0fc2886', type: 'X-Amzn-Trace-Id', value: '1-6b01a6b5-670179015c108848c39eb4bc' };
  const platform = [
    { time: '2026-11-21T12:00:00.000Z', type: 'platform.start', record: { requestId, version: '$LATEST' } },
    {
      time: '2026-11-21T12:00:01.000Z',
      type: 'platform.report',
      record: { requestId, metrics, tracing, status: 'success' },
    },
    { type: 'platform.report', record: 'of somebody else' },
    { level: 'INFO', message: 'a line of the function' },
  ].map((line) => `${JSON.stringify(line)}\n`);
  expect(ask('filter @type = "START" | display @requestId, @duration', undefined, platform)).toEqual([
    { '@requestId': requestId },
  ]);
  expect(
    ask(
      'filter ispresent(@duration) | display @requestId, @duration, @billedDuration, @initDuration, @memorySize, @maxMemoryUsed, @xrayTraceId, @xraySegmentId',
      undefined,
      platform,
    ),
  ).toEqual([
    {
      '@requestId': requestId,
      '@duration': '12.34',
      '@billedDuration': '133',
      '@initDuration': '120.5',
      '@memorySize': '512000000',
      '@maxMemoryUsed': '86000000',
      '@xrayTraceId': tracing.value,
      '@xraySegmentId': tracing.spanId,
    },
  ]);
  expect(ask('stats max(@duration) as slowest, count(*) as lines', undefined, platform)).toEqual([
    { slowest: '12.34', lines: '4' },
  ]);
});

describe('a query', () => {
  it('shows time and message, the newest first, unless it says what', () => {
    const rows = ask('filter level = "ERROR"');
    expect(rows).toEqual([{ '@timestamp': '2026-11-21 12:02:00.000', '@message': MESSAGES[2] }]);
    expect(ask('fields @message | limit 1')[0]!['@message']).toMatch(/^REPORT/);
    expect(ask('fields @log, @logStream | limit 1')).toEqual([{ '@log': '123456789012:/app', '@logStream': 'stream' }]);
  });

  it.each<[query: string, expected: string[]]>([
    ['filter ms > 30 | fields ms', ['40', '250']],
    ['filter ms >= 12 and ms < 100 | fields ms', ['40', '12']],
    ['filter level in ["ERROR", "WARN"] | fields ms', ['250']],
    ['filter level not in ["ERROR"] | fields ms', ['40', '12']],
    ['filter ispresent(level) and not (level = "INFO") | fields ms', ['250']],
    ['filter route like "POST" | fields ms', ['40']],
    ['filter route like /^get/ | fields ms', []],
    ['filter route like /(?i)^get/ | fields ms', ['250', '12']],
    ['filter route =~ /GET/ | fields ms', ['250', '12']],
    ['filter ispresent(route) and route not like /GET/ | fields ms', ['40']],
    ['filter user.name = "ada" | fields user.roles.0', ['agent']],
    ["filter `user.name` = 'bob' | fields ms", ['250']],
    ['fields ms * 2 + 1 as double | filter ispresent(double) | sort double asc | display double', ['25', '81', '501']],
    [
      'filter ispresent(ms) | fields toupper(concat(level, "-", ms)) as text | display text',
      ['INFO-40', 'ERROR-250', 'INFO-12'],
    ],
    ['filter ms = 250 | display strlen(route), substr(route, 0, 3) as verb | display verb', ['GET']],
    ['filter ispresent(ms) | sort ms desc | limit 2 | display ms', ['250', '40']],
    ['filter ispresent(level) | dedup level | display level', ['INFO', 'ERROR']],
    ['filter ms=12 | display coalesce(nothing, user.name) as who', ['ada']],
    ['filter @type = "REPORT" | display @duration', ['12.34']],
    ['filter @type = "REPORT" | display @billedDuration + @initDuration as all', ['133.5']],
    ['filter @type = "REPORT" | display @maxMemoryUsed', ['68000000']],
    ['filter @requestId = "8286a188-ba32-4475-8077-530cd35c09a9" | display @type', ['REPORT', 'START']],
    ['parse @message "user=* id=*" as who, rest | filter who = "ada" | display rest', ['7 action=login']],
    ['parse @message /id=(?<id>\\d+) action=(?<act>\\w+)/ | filter ispresent(id) | display act', ['login']],
    ['parse @message /id=(\\d+)/ as id | filter id = 7 | display id', ['7']],
    ['stats count(*)', ['6']],
    ['stats count(ms)', ['3']],
    ['stats count_distinct(level)', ['2']],
    ['stats sum(ms)', ['302']],
    ['stats max(ms) - 1', []],
    ['stats pct(ms, 50) as median', ['40']],
    ['stats earliest(ms)', ['12']],
    ['stats latest(ms)', ['40']],
    ['# a comment\nfields ms\n| filter ms = 12', ['12']],
  ])('%s', (query, expected) => {
    if (query === 'stats max(ms) - 1') expect(() => ask(query)).toThrow(/unexpected symbol/);
    else expect(ask(query).flatMap((row) => Object.values(row))).toEqual(expected);
  });

  it('counts by fields and by time', () => {
    expect(ask('filter ispresent(level) | stats count(*) as n, avg(ms) as mean by level | sort n desc')).toEqual([
      { level: 'INFO', n: '2', mean: '26' },
      { level: 'ERROR', n: '1', mean: '250' },
    ]);
    expect(ask('stats count(*) by bin(5m) | sort bin(5m) asc')).toEqual([
      { 'bin(5m)': '2026-11-21 12:00:00.000', 'count(*)': '5' },
      { 'bin(5m)': '2026-11-21 12:05:00.000', 'count(*)': '1' },
    ]);
  });

  it.each([
    ['', 'empty'],
    ['nonsense @message', 'unexpected symbol found nonsense'],
    ['fields @message | pattern @message', 'the command pattern is not run'],
    ['fields @message | diff', 'the command diff is not run'],
    ['filter', 'the end of the query'],
    ['filter a = ', 'the end of the query'],
    ['filter a like /(/', 'the regular expression cannot be read'],
    ['fields md5(a)', 'the function md5 is not known'],
    ['fields strlen(a, b)', 'wrong number of arguments'],
    ['stats pct(a)', 'wrong number of arguments'],
    ['stats frequency(a)', 'no statistic'],
    ['limit 20000', 'from 1 to 10000'],
    ['parse @message "a * b *" as one', '2 wildcards and 1 names'],
    ['parse @message /x/', 'needs names'],
    ['SELECT * FROM x', 'the command select is not run'],
    [`fields ${'('.repeat(500)}`, 'nests too deeply'],
  ])('is refused: %s', (query, message) => {
    expect(() => readQuery(query)).toThrow(message);
    expect(() => readQuery(query)).toThrow(
      expect.objectContaining({
        code: 'MalformedQueryException',
        members: { queryCompileError: expect.objectContaining({ location: expect.anything() }) },
      }),
    );
  });

  it('is answered or refused, never anything else', () => {
    const part = fc.constantFrom(
      ...['fields', 'filter', 'stats', 'parse', 'sort', 'by', 'as', 'limit', '|', ',', '(', ')', '[', ']', 'like'],
      ...['/a+/', '"a*"', "'x'", '@message', 'ms', '12', '5m', '=', '!=', '<', '+', '*', '/', 'and', 'not', 'count(*)'],
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        try {
          ask(parts.join(' '));
        } catch (error) {
          expect(error).toBeInstanceOf(AwsError);
        }
      }),
    );
  });

  it('is not kept busy for ever by an expression that would', () => {
    const run = runQuery(readQuery('filter @message like /(a+)+$/'));
    const started = performance.now();
    const message = `${'a'.repeat(5_000)}!`;
    run.scan([{ eventId: '1', logStream: 's', timestamp: 0, ingestionTime: 0, message }], {
      accountId: '1',
      group: 'g',
    });
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});

describe('queries through the SDK', () => {
  let cloud: TestCloud;
  let client: CloudWatchLogsClient;

  beforeEach(async () => {
    cloud = await startTestCloud([logsService()]);
    client = new CloudWatchLogsClient(cloud.client);
    await client.send(new CreateLogGroupCommand({ logGroupName: '/app' }));
    const source = { logGroup: '/app', logStream: 's', label: 'app' };
    cloud.kernel.telemetry.log(
      source,
      MESSAGES.map((message, index) => ({ timestamp: START + index * 1_000, message })),
    );
  });

  afterEach(async () => {
    client.destroy();
    await cloud[Symbol.asyncDispose]();
  });

  const start = (queryString: string, more: object = {}) =>
    client.send(
      new StartQueryCommand({
        logGroupName: '/app',
        startTime: START / 1000,
        endTime: START / 1000 + 60,
        queryString,
        ...more,
      }),
    );

  it('run, are listed, and are done', async () => {
    const { queryId } = await start('stats count(*) as n by level | sort n desc | limit 1');
    let answer = await client.send(new GetQueryResultsCommand({ queryId }));
    while (answer.status === 'Running') answer = await client.send(new GetQueryResultsCommand({ queryId }));
    expect(answer).toMatchObject({
      status: 'Complete',
      results: [[{ field: 'n', value: '3' }]],
      statistics: { recordsMatched: 6, recordsScanned: 6 },
    });
    const { queries } = await client.send(new DescribeQueriesCommand({ logGroupName: '/app' }));
    expect(queries).toMatchObject([{ queryId, status: 'Complete' }]);
    await expect(client.send(new StopQueryCommand({ queryId }))).rejects.toThrow('Query is not running');
  });

  it('are refused by AWS’s errors', async () => {
    await expect(start('nonsense')).rejects.toMatchObject({
      name: 'MalformedQueryException',
      queryCompileError: { location: { startCharOffset: 0, endCharOffset: 8 } },
    });
    await expect(start('fields @message', { logGroupName: 'none' })).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
    await expect(start('fields @message', { queryLanguage: 'SQL' })).rejects.toThrow(/SQL are not run/);
    await expect(start('fields @message', { endTime: 0 })).rejects.toThrow(/before its start/);
  });

  it('are kept for another time', async () => {
    const put = (input: object) =>
      client.send(new PutQueryDefinitionCommand({ name: 'errors', queryString: 'filter level = "ERROR"', ...input }));
    const { queryDefinitionId } = await put({});
    await put({ queryDefinitionId, name: 'all errors' });
    const { queryDefinitions } = await client.send(new DescribeQueryDefinitionsCommand({}));
    expect(queryDefinitions).toMatchObject([{ queryDefinitionId, name: 'all errors' }]);
    await expect(put({ queryString: 'nonsense' })).rejects.toMatchObject({ name: 'MalformedQueryException' });
  });
});
