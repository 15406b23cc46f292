import { createSocket } from 'node:dgram';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createKernel, type Kernel, ManualClock, startXRayDaemon } from '../index.ts';
import { OWN_LOG } from '../telemetry.ts';
import type { TelemetryLimits } from './recorder.ts';

const kernels: Kernel[] = [];
const directories: string[] = [];

function open(limits: TelemetryLimits = {}, stateDirectory = 'memory', clock = new ManualClock()): Kernel {
  const kernel = createKernel({ stateDirectory, accountId: '123456789012', region: 'us-east-1', clock, limits });
  kernels.push(kernel);
  return kernel;
}

function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'sampan-test-'));
  directories.push(directory);
  return directory;
}

afterEach(async () => {
  for (const kernel of kernels.splice(0)) await kernel.stop();
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
});

const source = (logStream: string, logGroup = '/app') => ({ logGroup, logStream, label: 'app' });

function say(kernel: Kernel, logStream: string, ...events: [timestamp: number, message: string][]): void {
  kernel.telemetry.log(
    source(logStream),
    events.map(([timestamp, message]) => ({ timestamp, message })),
  );
}

describe('logs', () => {
  test('know where a batch goes, also after the group or the stream has changed', () => {
    const { telemetry } = open();
    const { logs } = telemetry;
    expect(logs.destination('/app', 'one')).toEqual({ kind: 'no group' });
    logs.createGroup('/app');
    expect(logs.destination('/app', 'one')).toEqual({ kind: 'no stream' });
    telemetry.log(source('one'), [{ timestamp: 1, message: 'makes its stream' }]);
    expect(logs.destination('/app', 'one')).toEqual({ kind: 'stream' });
    logs.setRetention('/app', 7);
    expect(logs.destination('/app', 'one')).toEqual({ kind: 'stream', retentionInDays: 7 });
    logs.deleteStream('/app', 'one');
    expect(logs.destination('/app', 'one')).toEqual({ kind: 'no stream' });
    logs.createStream('/app', 'one');
    logs.deleteGroup('/app');
    expect(logs.destination('/app', 'one')).toEqual({ kind: 'no group' });
  });

  test('are read page by page, forwards and backwards, each event once and in order of time', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ stream: fc.constantFrom('a', 'b'), timestamp: fc.nat(20) }), { maxLength: 30 }),
        fc.integer({ min: 1, max: 7 }),
        fc.boolean(),
        (events, limit, flushBetween) => {
          const kernel = open();
          events.forEach(({ stream, timestamp }, index) => {
            say(kernel, stream, [timestamp, `${index}`]);
            if (flushBetween) kernel.telemetry.logs.group('/app');
          });
          say(kernel, 'a', [21, 'last']);
          const { logs } = kernel.telemetry;
          const messages = (stream?: string) =>
            [
              ...events.map((event, index) => ({ ...event, message: `${index}` })),
              { stream: 'a', timestamp: 21, message: 'last' },
            ]
              .filter((event) => stream === undefined || event.stream === stream)
              .sort((one, other) => one.timestamp - other.timestamp)
              .map(({ timestamp }) => timestamp);

          const forwards: number[] = [];
          let page = logs.events({ group: '/app', stream: 'a', limit, startFromHead: true })!;
          while (page.events.length > 0) {
            forwards.push(...page.events.map(({ timestamp }) => timestamp));
            page = logs.events({ group: '/app', stream: 'a', limit, nextToken: page.nextForwardToken })!;
          }
          expect(forwards).toEqual(messages('a'));

          const backwards: number[] = [];
          page = logs.events({ group: '/app', stream: 'a', limit })!;
          while (page.events.length > 0) {
            backwards.unshift(...page.events.map(({ timestamp }) => timestamp));
            page = logs.events({ group: '/app', stream: 'a', limit, nextToken: page.nextBackwardToken })!;
          }
          expect(backwards).toEqual(messages('a'));

          const filtered: string[] = [];
          let nextToken: string | undefined;
          do {
            const found = logs.filter({ group: '/app', limit, ...(nextToken && { nextToken }) })!;
            filtered.push(...found.events.map(({ timestamp, eventId }) => `${timestamp} ${eventId}`));
            nextToken = found.nextToken;
          } while (nextToken);
          expect(filtered.map((line) => Number(line.split(' ')[0]))).toEqual(messages());
          expect(new Set(filtered).size).toBe(filtered.length);
          kernel.telemetry.close();
          kernel.store.close();
          kernels.pop();
        },
      ),
      { numRuns: 40 },
    );
  }, 60_000);

  test('a token at the end stays good, and shows what arrives later', () => {
    const kernel = open();
    say(kernel, 'a', [1, 'one']);
    const { logs } = kernel.telemetry;
    const first = logs.events({ group: '/app', stream: 'a', startFromHead: true })!;
    const again = logs.events({ group: '/app', stream: 'a', nextToken: first.nextForwardToken })!;
    expect(again).toMatchObject({ events: [], nextForwardToken: first.nextForwardToken });
    say(kernel, 'a', [2, 'two']);
    expect(logs.events({ group: '/app', stream: 'a', nextToken: again.nextForwardToken })?.events).toMatchObject([
      { message: 'two' },
    ]);
  });

  test('are chosen by time, stream and text, with the ends CloudWatch gives the ranges', () => {
    const kernel = open();
    say(kernel, 'web-1', [1, 'one'], [2, 'two']);
    say(kernel, 'web-2', [3, 'three']);
    say(kernel, 'job', [3, 'drei']);
    const { logs } = kernel.telemetry;
    const messages = (found: { events: { message: string }[] } | undefined) =>
      found?.events.map(({ message }) => message);
    expect(messages(logs.events({ group: '/app', stream: 'web-1', startTime: 1, endTime: 2 }))).toEqual(['one']);
    expect(messages(logs.filter({ group: '/app', startTime: 2, endTime: 3, streamPrefix: 'web' }))).toEqual([
      'two',
      'three',
    ]);
    expect(messages(logs.filter({ group: '/app', streams: ['job'] }))).toEqual(['drei']);
    expect(messages(logs.filter({ group: '/app', matches: (message) => message.startsWith('t') }))).toEqual([
      'two',
      'three',
    ]);
    expect(logs.events({ group: '/app', stream: 'nope' })).toBeUndefined();
    expect(logs.filter({ group: '/nope' })).toBeUndefined();
  });

  test('outlive a restart, groups and streams with what is known about them', async () => {
    const directory = temporaryDirectory();
    const kernel = open({}, directory);
    say(kernel, 'a', [5, 'five'], [7, 'sieben']);
    await kernel.stop();
    const { logs } = open({}, directory).telemetry;
    expect(logs.groups()).toMatchObject([{ name: '/app', storedBytes: 62 }]);
    expect(logs.streams('/app')).toMatchObject([
      { name: 'a', firstEventTimestamp: 5, lastEventTimestamp: 7, storedBytes: 62 },
    ]);
    expect(logs.events({ group: '/app', stream: 'a' })?.events).toMatchObject([
      { message: 'five' },
      { message: 'sieben' },
    ]);
  });

  test('are written a quarter of a second later without anybody reading', async () => {
    const directory = temporaryDirectory();
    const clock = new ManualClock();
    const kernel = open({}, directory, clock);
    say(kernel, 'a', [1, 'one']);
    await clock.advance(250);
    expect(clock.waiting).toBe(0);
  });

  test('keep the newest of a group, and the newest of all groups', () => {
    const kernel = open({ logGroupEvents: 100, logBytes: 20_000 });
    const { logs } = kernel.telemetry;
    for (let index = 0; index < 50; index++) {
      say(
        kernel,
        'a',
        ...Array.from({ length: 10 }, (_, line): [number, string] => [index * 10 + line, `${index * 10 + line}`]),
      );
      logs.group('/app');
    }
    const kept = logs.filter({ group: '/app' })!.events.map(({ message }) => Number(message));
    expect(kept).toEqual(Array.from({ length: 100 }, (_, line) => 400 + line));
    for (let group = 0; group < 10; group++) {
      kernel.telemetry.log(source('s', `/g${group}`), [{ timestamp: 1, message: 'x'.repeat(4_000) }]);
      logs.group('/app');
    }
    const bytes = logs.groups().reduce((sum, { storedBytes }) => sum + storedBytes, 0);
    expect(bytes).toBeLessThanOrEqual(20_000);
    expect(logs.group('/g9')?.storedBytes).toBe(4_026);
    expect(logs.group('/app')?.storedBytes).toBe(0);
  });

  test('a line longer than CloudWatch takes is cut', () => {
    const kernel = open();
    say(kernel, 'a', [1, 'x'.repeat(3 * 2 ** 20)]);
    expect(kernel.telemetry.logs.filter({ group: '/app' })!.events[0]!.message).toHaveLength(2 ** 20 - 26);
  });

  test('vanish when their retention is over', async () => {
    const clock = new ManualClock();
    const kernel = open({}, 'memory', clock);
    const { logs } = kernel.telemetry;
    expect(logs.createGroup('/app', { retentionInDays: 1 })).toBe(true);
    say(kernel, 'a', [clock.now(), 'old']);
    await clock.advance(86_400_001);
    say(kernel, 'a', [clock.now(), 'new']);
    expect(logs.filter({ group: '/app' })!.events).toMatchObject([{ message: 'new' }]);
    expect(logs.setRetention('/app', undefined)).toBe(true);
    expect(logs.group('/app')).not.toHaveProperty('retentionInDays');
    expect(logs.setRetention('/nope', 1)).toBe(false);
  });

  test('groups and streams are made once and deleted with what is in them', () => {
    const { logs } = open().telemetry;
    expect(logs.createStream('/app', 'a')).toBeUndefined();
    expect([logs.createGroup('/app'), logs.createGroup('/app')]).toEqual([true, false]);
    expect([logs.createStream('/app', 'a'), logs.createStream('/app', 'a')]).toEqual([true, false]);
    expect(logs.streams('/app')).toMatchObject([{ name: 'a', storedBytes: 0 }]);
    expect(logs.streams('/app')![0]).not.toHaveProperty('lastEventTimestamp');
    expect([logs.deleteStream('/app', 'a'), logs.deleteStream('/app', 'a')]).toEqual([true, false]);
    expect([logs.deleteGroup('/app'), logs.deleteGroup('/app')]).toEqual([true, false]);
    for (const name of ['/b', '/a/1', '/a/2', '/a/3']) logs.createGroup(name);
    expect(logs.groups({ prefix: '/a', after: '/a/1', limit: 1 }).map(({ name }) => name)).toEqual(['/a/2']);
  });

  test('a damaged file is thrown away: logs are no reason not to start', async () => {
    const directory = temporaryDirectory();
    const kernel = open({}, directory);
    await kernel.stop();
    writeFileSync(join(directory, 'telemetry', 'telemetry.db'), 'damaged'.repeat(1_000));
    expect(open({}, directory).telemetry.logs.groups()).toEqual([]);
  });

  test('whoever listens hears every line, until they stop', () => {
    const kernel = open();
    const heard: string[] = [];
    const stop = kernel.telemetry.onLog(({ label }, { message }) => heard.push(`${label}: ${message}`));
    say(kernel, 'a', [1, 'one'], [2, 'two']);
    stop();
    say(kernel, 'a', [3, 'three']);
    expect(heard).toEqual(['app: one', 'app: two']);
  });
});

describe('metrics', () => {
  const MINUTE = Date.UTC(2026, 0, 1);

  const emf = (root: object, directive: object = {}) =>
    JSON.stringify({
      _aws: {
        Timestamp: MINUTE + 500,
        CloudWatchMetrics: [
          { Namespace: 'App', Dimensions: [['Page'], []], Metrics: [{ Name: 'Hits', Unit: 'Count' }], ...directive },
        ],
      },
      Page: 'home',
      Hits: 1,
      ...root,
    });

  test('inside log lines are summed per minute and dimension set', () => {
    const kernel = open();
    say(kernel, 'a', [1, emf({})], [2, emf({ Hits: [4, 7] })], [3, 'INFO "CloudWatchMetrics" is only a word here']);
    const { metrics } = kernel.telemetry;
    expect(metrics.series({ namespace: 'App' })).toEqual([
      { namespace: 'App', name: 'Hits', dimensions: { Page: 'home' } },
      { namespace: 'App', name: 'Hits', dimensions: {} },
    ]);
    for (const series of metrics.series({ namespace: 'App' })) {
      expect(metrics.minutes(series)).toEqual([
        { timestamp: MINUTE, unit: 'Count', count: 3, sum: 12, minimum: 1, maximum: 7 },
      ]);
    }
    expect(metrics.minutes({ namespace: 'App', name: 'Hits', dimensions: {} }, 0, MINUTE)).toEqual([]);
  });

  test.each([
    ['a dimension without a value', emf({ Page: undefined })],
    ['a value that is no number', emf({ Hits: 'many' })],
    ['no namespace', emf({}, { Namespace: '' })],
    ['more values than a metric may have', emf({ Hits: Array.from({ length: 101 }, () => 1) })],
  ])('with %s are dropped, as on AWS, but the log says so, once', (_what, line) => {
    const kernel = open();
    say(kernel, 'a', [1, line], [2, line]);
    expect(kernel.telemetry.metrics.series({ namespace: 'App' })).toEqual([]);
    expect(kernel.telemetry.logs.filter({ group: '/sampan' })?.events).toMatchObject([
      { message: expect.stringContaining('embedded metrics in /app are dropped') },
    ]);
  });

  test('count what each log group receives, but not what sampan says itself', () => {
    const clock = new ManualClock(MINUTE);
    const kernel = open({}, 'memory', clock);
    say(kernel, 'a', [1, 'one'], [2, 'zwölf']);
    kernel.telemetry.logs.group('/app');
    say(kernel, 'b', [3, 'three']);
    kernel.telemetry.log(OWN_LOG, [{ timestamp: 4, message: 'of sampan' }]);
    const { metrics } = kernel.telemetry;
    const dimensions = { LogGroupName: '/app' };
    expect(metrics.series()).toEqual(
      ['IncomingLogEvents', 'IncomingBytes'].map((name) => ({ namespace: 'AWS/Logs', name, dimensions })),
    );
    const told = (name: string) => metrics.minutes({ namespace: 'AWS/Logs', name, dimensions });
    expect(told('IncomingLogEvents')).toMatchObject([{ timestamp: MINUTE, unit: 'Count', count: 2, sum: 3 }]);
    expect(told('IncomingBytes')).toMatchObject([{ timestamp: MINUTE, unit: 'Bytes', count: 2, sum: 14 }]);
  });

  test('survive a restart, count on in the same minute, and are bounded in number', async () => {
    const directory = temporaryDirectory();
    const datum = (name: string) => ({
      namespace: 'App',
      name,
      dimensions: { b: '2', a: '1' },
      value: 3,
      timestamp: Date.UTC(2026, 0, 1),
      unit: 'Count',
    });
    const first = open({ metricSeries: 2 }, directory);
    for (const name of ['one', 'two', 'three']) first.telemetry.metric(datum(name));
    await first.stop();
    const { telemetry } = open({ metricSeries: 2 }, directory);
    telemetry.metric(datum('one'));
    expect(telemetry.metrics.series().map(({ name }) => name)).toEqual(['one', 'two']);
    const swapped = { namespace: 'App', name: 'one', dimensions: { a: '1', b: '2' } };
    expect(telemetry.metrics.minutes(swapped)).toMatchObject([{ count: 2, sum: 6 }]);
  });

  test('a series nobody has written to for days makes room for a new one', async () => {
    const clock = new ManualClock();
    const { telemetry } = open({ metricSeries: 1 }, 'memory', clock);
    const datum = (name: string) => ({ namespace: 'App', name, dimensions: {}, value: 1, timestamp: clock.now() });
    telemetry.metric(datum('old'));
    await clock.advance(4 * 86_400_000);
    telemetry.metric(datum('new'));
    expect(telemetry.metrics.series().map(({ name }) => name)).toEqual(['new']);
  });
});

describe('traces', () => {
  const traceId = (index: number) => `1-5759e988-${String(index).padStart(24, '0')}`;
  const id = (index: number) => String(index).padStart(16, '0');
  const segment = (more: object) =>
    JSON.stringify({ trace_id: traceId(1), id: id(1), name: 'app', start_time: 10, in_progress: true, ...more });

  test('arrive over UDP as the X-Ray daemon takes them, and anything else is ignored', async () => {
    const kernel = open();
    let arrived: (document: string) => void = () => {};
    const arrival = new Promise<string>((resolve) => {
      arrived = resolve;
    });
    const daemon = await startXRayDaemon({
      host: '127.0.0.1',
      port: 0,
      segment: (document) => {
        kernel.telemetry.segment(document);
        arrived(document);
      },
    });
    const socket = createSocket('udp4');
    const send = (text: string) =>
      new Promise<void>((resolve, reject) => {
        socket.send(text, Number(daemon.address.split(':')[1]), '127.0.0.1', (error) =>
          error ? reject(error) : resolve(),
        );
      });
    try {
      await send('nonsense');
      await send('{"format":"xml","version":1}\n<segment/>');
      await send(`{"format":"json","version":1}\n${segment({ end_time: 12, error: true })}`);
      await arrival;
    } finally {
      socket.close();
      await daemon.close();
    }
    expect(kernel.telemetry.traces.summaries()).toEqual([
      { id: traceId(1), startTime: 10, duration: 2, hasError: true, hasFault: false, hasThrottle: false },
    ]);
  });

  test('a segment in progress is replaced by the complete one', () => {
    const { telemetry } = open();
    telemetry.segment(segment({}));
    expect(telemetry.traces.summaries()[0]).not.toHaveProperty('duration');
    telemetry.segment(segment({ end_time: 11 }));
    telemetry.segment(segment({ id: id(2), start_time: 9, end_time: 10 }));
    expect(telemetry.traces.segments(traceId(1))).toHaveLength(2);
    expect(telemetry.traces.summaries()).toMatchObject([{ startTime: 9, duration: 2 }]);
    expect(telemetry.traces.summaries(9_001)).toEqual([]);
  });

  test('the oldest give way to the newest, and what is no segment is named', () => {
    const kernel = open({ traceBytes: 1_000 });
    for (let index = 0; index < 20; index++) kernel.telemetry.segment(segment({ trace_id: traceId(index) }));
    kernel.telemetry.segment('{"id": "1"}');
    const ids = kernel.telemetry.traces.summaries().map(({ id }) => id);
    expect(ids).toContain(traceId(19));
    expect(ids).not.toContain(traceId(0));
    expect(kernel.telemetry.logs.filter({ group: '/sampan' })?.events).toMatchObject([
      { message: expect.stringContaining('X-Ray would refuse a segment (InvalidId)') },
    ]);
  });

  test('outlive a restart, the newest of them', async () => {
    const directory = temporaryDirectory();
    const first = open({ traceBytes: 3_000 }, directory);
    for (let index = 0; index < 100; index++) {
      first.telemetry.segment(segment({ trace_id: traceId(index) }));
      if (index % 10 === 0) first.telemetry.logs.groups();
    }
    await first.stop();
    const { telemetry } = open({ traceBytes: 3_000 }, directory);
    telemetry.segment(segment({ trace_id: traceId(200) }));
    const ids = telemetry.traces.summaries().map((summary) => summary.id);
    expect(ids).toEqual(expect.arrayContaining([traceId(99), traceId(200)]));
    expect(ids).not.toContain(traceId(0));
  });
});

test('calls are remembered up to a limit, the latest last, and told to whoever listens', () => {
  const { telemetry } = open({ calls: 3 });
  const heard: string[] = [];
  const stop = telemetry.onCall(({ operation }) => heard.push(operation));
  const record = { timestamp: 0, durationMs: 1, caller: 'x', service: 's', requestId: 'r' };
  for (const operation of ['a', 'b', 'c', 'd', 'e']) telemetry.call({ ...record, operation });
  stop();
  telemetry.call({ ...record, operation: 'f' });
  expect(telemetry.calls().map(({ operation }) => operation)).toEqual(['d', 'e', 'f']);
  expect(heard).toEqual(['a', 'b', 'c', 'd', 'e']);
});
