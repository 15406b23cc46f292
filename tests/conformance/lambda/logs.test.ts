/**
 * A function's log: its format, its levels, its group, its streams.
 * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html
 * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
 * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-loggroups.html
 */
import { CloudWatchLogsClient, DescribeLogStreamsCommand, GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { GetFunctionConfigurationCommand, UpdateFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { expect, test } from '@jest/globals';
import { eventually, functions, onBothTransports } from '../house.ts';

const SPEAKS = `exports.handler = async ({ fail, exit }) => {
  if (exit) process.exit(3);
  console.trace('at trace'); console.debug('at debug'); console.info('at info', { n: 1 }); console.log('at log');
  console.warn('at warn'); console.error('at error', new RangeError('inner'));
  if (fail) throw new TypeError('on purpose');
  return process.env.AWS_LAMBDA_LOG_LEVEL ?? 'none';
};`;

const json = (more: object = {}) => ({ code: SPEAKS, LoggingConfig: { LogFormat: 'JSON', ...more } });

const FUNCTIONS = functions({
  text: SPEAKS,
  plain: json(),
  quiet: json({ ApplicationLogLevel: 'ERROR', SystemLogLevel: 'WARN' }),
  fatal: json({ ApplicationLogLevel: 'FATAL' }),
  detailed: json({ ApplicationLogLevel: 'TRACE', SystemLogLevel: 'DEBUG' }),
  elsewhere: { code: SPEAKS, LoggingConfig: { LogGroup: '/ours/all-of-it' } },
  slow: {
    code: 'exports.handler = () => new Promise((r) => setTimeout(r, 200));',
    LoggingConfig: { LogFormat: 'JSON' },
  },
  timely: {
    code: 'exports.handler = () => new Promise(() => setInterval(() => 1, 1000));',
    Timeout: 1,
    LoggingConfig: { LogFormat: 'JSON', SystemLogLevel: 'WARN' },
  },
});

const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const TIME = '\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z';

interface Line {
  readonly type?: string;
  readonly time?: string;
  readonly level?: string;
  readonly message?: unknown;
  readonly requestId?: string;
  // biome-ignore lint/suspicious/noExplicitAny: a record is whatever its type says; the test says what it expects
  readonly record?: any;
}

onBothTransports('the log of a function', FUNCTIONS, (house) => {
  /** Every line so far, as soon as there is one of `type`. */
  async function lines(name: string, type: string): Promise<Line[]> {
    await house().log(name, new RegExp(`"type":"${type.replace('.', '\\.')}"|"${type}"`));
    return house()
      .messages(name)
      .map((message) => JSON.parse(message) as Line);
  }
  const types = (all: readonly Line[]) => all.flatMap(({ type }) => type ?? []);
  const levels = (all: readonly Line[]) => all.flatMap(({ level }) => level ?? []);

  test('as text has Lambda’s lines around the function’s own, none of them left out', async () => {
    await house().invoke('text');
    const log = await house().log('text', /REPORT /);
    expect(log).toMatch(
      new RegExp(
        [
          '^INIT_START Runtime Version: nodejs:24\\S*\\tRuntime Version ARN: arn:aws:lambda:us-east-1::runtime:[0-9a-f]{64}',
          `START RequestId: (${UUID}) Version: \\$LATEST`,
          `${TIME}\\t\\1\\tTRACE\\tat trace`,
          `${TIME}\\t\\1\\tDEBUG\\tat debug`,
          `${TIME}\\t\\1\\tINFO\\tat info \\{ n: 1 \\}`,
          `${TIME}\\t\\1\\tINFO\\tat log`,
          `${TIME}\\t\\1\\tWARN\\tat warn`,
          `${TIME}\\t\\1\\tERROR\\tat error RangeError: inner[\\s\\S]*?`,
          'END RequestId: \\1',
          'REPORT RequestId: \\1\\tDuration: \\d+\\.\\d\\d ms\\tBilled Duration: \\d+ ms\\tMemory Size: 256 MB\\tMax Memory Used: \\d+ MB\\tInit Duration: \\d+\\.\\d\\d ms\\t\\n$',
        ].join('\\n'),
      ),
    );
  });

  test('as JSON has platform events with a time, a type and a record', async () => {
    await house().invoke('plain');
    const all = await lines('plain', 'platform.report');
    expect(types(all)).toEqual(['platform.initStart', 'platform.start', 'platform.report']);
    const [initStart, start, report] = all.filter(({ type }) => type !== undefined) as [Line, Line, Line];
    expect(Object.keys(initStart)).toEqual(['time', 'type', 'record']);
    expect(initStart.record).toEqual({
      initializationType: 'on-demand',
      phase: 'init',
      runtimeVersion: expect.stringMatching(/^nodejs:24/),
      runtimeVersionArn: expect.stringMatching(/^arn:aws:lambda:us-east-1::runtime:[0-9a-f]{64}$/),
      functionName: 'plain',
      functionVersion: '$LATEST',
    });
    expect(start.record).toMatchObject({
      requestId: expect.stringMatching(new RegExp(`^${UUID}$`)),
      version: '$LATEST',
    });
    expect(report.record).toMatchObject({
      requestId: start.record.requestId,
      status: 'success',
      metrics: {
        durationMs: expect.any(Number),
        billedDurationMs: expect.any(Number),
        memorySizeMB: 256,
        maxMemoryUsedMB: expect.any(Number),
        initDurationMs: expect.any(Number),
      },
    });
  });

  test('as JSON has the function’s records from INFO on, as objects', async () => {
    expect((await house().invoke('plain')).value).toBe('INFO');
    const records = (await lines('plain', 'platform.report')).filter(({ level }) => level !== undefined).slice(0, 4);
    expect(records).toMatchObject([
      { level: 'INFO', message: 'at info { n: 1 }' },
      { level: 'INFO', message: 'at log' },
      { level: 'WARN', message: 'at warn' },
      { level: 'ERROR', errorType: 'RangeError', errorMessage: 'inner', stackTrace: expect.any(Array) },
    ]);
    for (const record of records) {
      expect(record).toMatchObject({
        timestamp: expect.stringMatching(new RegExp(`^${TIME}$`)),
        requestId: expect.stringMatching(new RegExp(`^${UUID}$`)),
      });
    }
  });

  test('leaves out what is below the levels asked for', async () => {
    expect((await house().invoke('quiet')).value).toBe('ERROR');
    await house().invoke('fatal');
    await house().log('quiet', /at error|inner/);
    const quiet = house()
      .messages('quiet')
      .map((message) => JSON.parse(message) as Line);
    expect(levels(quiet)).toEqual(['ERROR']);
    expect(types(quiet)).toEqual([]);
    expect(levels(await lines('fatal', 'platform.report'))).toEqual([]);
  });

  test('has every detail at TRACE and DEBUG', async () => {
    await house().invoke('detailed');
    const all = await lines('detailed', 'platform.report');
    expect(levels(all)).toEqual(['TRACE', 'DEBUG', 'INFO', 'INFO', 'WARN', 'ERROR']);
    expect(types(all)).toEqual([
      'platform.initStart',
      'platform.initRuntimeDone',
      'platform.initReport',
      'platform.start',
      'platform.runtimeDone',
      'platform.report',
    ]);
    expect(all.find(({ type }) => type === 'platform.runtimeDone')?.record).toMatchObject({
      status: 'success',
      metrics: { durationMs: expect.any(Number), producedBytes: '"TRACE"'.length },
    });
  });

  test('what goes wrong is a warning, and so it is there at WARN', async () => {
    await house().invoke('quiet', { fail: true });
    await house().invoke('quiet', { exit: true });
    const all = await lines('quiet', 'platform.report');
    expect(all.find(({ type }) => type === 'platform.runtimeDone')?.record).toMatchObject({
      status: 'error',
      errorType: 'TypeError',
    });
    expect(all.at(-1)).toMatchObject({
      type: 'platform.report',
      record: { status: 'error', errorType: 'Runtime.ExitError' },
    });
    await house().invoke('timely');
    const late = await lines('timely', 'platform.report');
    expect(late.find(({ type }) => type === 'platform.report')?.record).toMatchObject({ status: 'timeout' });
    expect(JSON.stringify(late)).toContain('Task timed out after 1.00 seconds');
  });

  test('is in the group that was asked for, a stream for each environment, named by day and version', async () => {
    await house().invoke('elsewhere');
    expect(await house().log('/ours/all-of-it', /REPORT /)).toContain('at info');
    expect(house().messages('elsewhere')).toEqual([]);
    await Promise.all([1, 2].map(() => house().invoke('slow')));
    const logs = house().client(CloudWatchLogsClient);
    const logGroupName = '/aws/lambda/slow';
    let names: string[] = [];
    await eventually(async () => {
      const { logStreams } = await logs.send(new DescribeLogStreamsCommand({ logGroupName }));
      names = (logStreams ?? []).map(({ logStreamName }) => logStreamName ?? '');
      return names.length === 2;
    });
    for (const logStreamName of names) {
      expect(logStreamName).toMatch(/^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}$/);
      const { events } = await logs.send(new GetLogEventsCommand({ logGroupName, logStreamName }));
      expect((events ?? []).filter(({ message }) => message?.includes('platform.initStart'))).toHaveLength(1);
    }
  });

  test('changes with the configuration; text has no levels', async () => {
    const update = (LoggingConfig: object) =>
      house().lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'text', LoggingConfig }));
    await expect(update({ ApplicationLogLevel: 'DEBUG' })).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
      message:
        'LogLevel is not supported when LogFormat is set to "Text". Remove LogLevel from your request or change the LogFormat to "JSON" and try again.',
    });
    await update({ LogFormat: 'JSON', ApplicationLogLevel: 'DEBUG' });
    const { LoggingConfig } = await house().lambda.send(new GetFunctionConfigurationCommand({ FunctionName: 'text' }));
    expect(LoggingConfig).toEqual({
      LogFormat: 'JSON',
      ApplicationLogLevel: 'DEBUG',
      SystemLogLevel: 'INFO',
      LogGroup: '/aws/lambda/text',
    });
    expect((await house().invoke('text')).value).toBe('DEBUG');
    expect(await house().log('text', /platform\.report/)).toContain('"level":"DEBUG"');
    await update({ LogFormat: 'Text' });
    expect((await house().invoke('text')).value).toBe('none');
  });
});
