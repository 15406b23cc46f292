/**
 * The Telemetry API and the older Logs API: subscriptions, batches, and the events' fields.
 * https://docs.aws.amazon.com/lambda/latest/dg/telemetry-api.html
 * https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-logs-api.html
 */
import { describe, expect, jest, test } from '@jest/globals';
import { testsAtOnce } from '../at-once.ts';
import { extendedFunctions, nodeExtension } from '../extension-program.ts';
import { eventually, type House, inHouse, onBothTransports } from '../house.ts';

jest.setTimeout(30_000);

interface Event {
  readonly time: string;
  readonly type: string;
  // biome-ignore lint/suspicious/noExplicitAny: a record is whatever its type says; the test says what it expects
  readonly record: any;
}

/** What the programs here have in common: a listener at sandbox.localdomain, which repeats what it gets, a batch a line. */
const LISTENER = `
const listen = (port, take) => new Promise((resolve) => require('http').createServer((request, response) => {
  let text = '';
  request.on('data', (chunk) => { text += chunk; });
  request.on('end', () => { take(text, request); response.end(); });
}).listen(port, 'sandbox.localdomain', resolve));
const repeat = (text, { method, url, headers }) => say('batch', { method, url, type: headers['content-type'], host: headers.host, events: JSON.parse(text).filter(({ type }) => type !== 'extension') });
const subscribe = (request, path = '/2022-07-01/telemetry') => call('PUT', path, { 'content-type': 'application/json' }, JSON.stringify(request));
const subscription = (port, more = {}) => ({ schemaVersion: '2022-12-13', types: ['platform', 'function'], buffering: { timeoutMs: 25, maxItems: 1000, maxBytes: 262144 }, destination: { protocol: 'HTTP', URI: 'http://sandbox.localdomain:' + port + '/lambda?all' }, ...more });
const stay = async () => { for (;;) { const { eventType } = await next(); await wait(200); if (eventType === 'SHUTDOWN') process.exit(0); } };
`;

const listener = (name: string, body: string): string => nodeExtension(name, `${LISTENER}${body}`);

interface Batch {
  readonly method: string;
  readonly url: string;
  readonly type: string;
  readonly host: string;
  readonly events: readonly Event[];
}

/** What the listener has repeated so far. */
const repeated = (house: House, name: string): Batch[] =>
  house
    .messages(name)
    .filter((message) => message.startsWith('batch '))
    .map((message) => JSON.parse(message.slice('batch '.length)));

/** The same, as soon as `enough` of it is there. */
async function batches(house: House, name: string, enough: (events: readonly Event[]) => boolean): Promise<Batch[]> {
  await eventually(() => enough(repeated(house, name).flatMap((batch) => batch.events)));
  return repeated(house, name);
}

const REPORT = /^REPORT |^\{.*"type":"platform.report"/;
const reports = (events: readonly Event[]): number => events.filter(({ type }) => type === 'platform.report').length;

/**
 * Everything up to the report of `invocations`. An environment is frozen as soon as its report is made, so the report
 * gets to the listener with the invocation after it.
 */
async function events(house: House, name: string, invocations: number): Promise<Event[]> {
  for (let n = 1; n <= invocations + 1; n += 1) {
    await house.invoke(name);
    // Or another environment would take the next.
    await eventually(() => house.messages(name).filter((message) => REPORT.test(message)).length >= n);
  }
  const all = (await batches(house, name, (some) => reports(some) >= invocations)).flatMap((batch) => batch.events);
  return all.filter((_, index) => reports(all.slice(0, index)) < invocations);
}

const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const REQUEST = expect.stringMatching(/^[0-9a-f-]{36}$/);
const MS = expect.any(Number);

const HOUSE = extendedFunctions({
  told: {
    code: `console.log('while loading'); exports.handler = async ({ fail }) => {
      console.log('in the function');
      if (fail === 'error') throw new TypeError('not this way');
      if (fail === 'exit') process.exit(3);
      return 'four';
    };`,
    extensions: {
      listener: listener(
        'listener',
        `await register(); await listen(4243, repeat); await subscribe(subscription(4243)); await stay();`,
      ),
    },
  },
  older: {
    extensions: {
      older: listener(
        'older',
        `await register(); await listen(4243, repeat);
        say('answer', await subscribe({ schemaVersion: '2021-03-18', types: ['platform'], buffering: { timeoutMs: 25, maxItems: 1000, maxBytes: 262144 }, destination: { protocol: 'HTTP', URI: 'http://sandbox:4243' } }, '/2020-08-15/logs'));
        say('answer', await subscribe(subscription(4243)));
        await stay();`,
      ),
    },
  },
  structured: {
    code: `exports.handler = async () => console.info({ detail: 7 });`,
    properties: { LoggingConfig: { LogFormat: 'JSON' } },
    extensions: {
      listener: listener(
        'listener',
        `await register(); await listen(4243, repeat); await subscribe(subscription(4243)); await stay();`,
      ),
    },
  },
  slowly: {
    code: `exports.handler = awslambda.streamifyResponse(async (event, stream) => {
      await new Promise((resolve) => setTimeout(resolve, 40));
      stream.write('"ä');
      await new Promise((resolve) => setTimeout(resolve, 120));
      stream.end('b"');
    });`,
    extensions: {
      listener: listener(
        'listener',
        `await register(); await listen(4243, repeat); await subscribe(subscription(4243)); await stay();`,
      ),
    },
  },
  streamed: {
    extensions: {
      streamed: listener(
        'streamed',
        `await register();
        await new Promise((resolve) => require('net').createServer((socket) => {
          let text = '';
          socket.on('data', (chunk) => { text += chunk; for (let end; (end = text.indexOf('\\n')) !== -1; text = text.slice(end + 1)) say('batch', { events: [JSON.parse(text.slice(0, end))] }); });
        }).listen(4243, '127.0.0.1', resolve));
        await subscribe(subscription(4243, { types: ['platform'], destination: { protocol: 'TCP', port: 4243 } }));
        await stay();`,
      ),
    },
  },
});

onBothTransports('telemetry', HOUSE, (house) => {
  const atOnce = testsAtOnce();

  test('a subscriber is told of the init phase from its beginning, of each invocation, and of what the function logs', async () => {
    const all = await events(house(), 'told', 2);
    for (const { time } of all) expect(time).toMatch(RFC3339);
    expect(all.map(({ type }) => type)).toEqual([
      'platform.initStart',
      'platform.telemetrySubscription',
      'function',
      'platform.initRuntimeDone',
      'platform.extension',
      'platform.initReport',
      ...['platform.start', 'function', 'platform.runtimeDone', 'platform.report'],
      ...['platform.start', 'function', 'platform.runtimeDone', 'platform.report'],
    ]);
    const record = (type: string) => all.find((event) => event.type === type)?.record;
    expect(record('platform.initStart')).toEqual({
      initializationType: 'on-demand',
      phase: 'init',
      runtimeVersion: expect.stringMatching(/^nodejs:24\./),
      runtimeVersionArn: expect.stringMatching(/^arn:aws:lambda:us-east-1::runtime:/),
      functionName: 'told',
      functionVersion: '$LATEST',
      instanceId: expect.stringMatching(/\[\$LATEST\]/),
      instanceMaxMemory: 256 * 2 ** 20,
    });
    expect(record('platform.telemetrySubscription')).toEqual({
      name: 'listener',
      state: 'Subscribed',
      types: ['platform', 'function'],
    });
    expect(record('platform.initRuntimeDone')).toEqual({
      initializationType: 'on-demand',
      phase: 'init',
      status: 'success',
    });
    expect(record('platform.extension')).toEqual({ name: 'listener', state: 'Ready', events: ['INVOKE', 'SHUTDOWN'] });
    expect(record('platform.initReport')).toEqual({
      initializationType: 'on-demand',
      phase: 'init',
      status: 'success',
      metrics: { durationMs: MS },
    });
    expect(record('platform.start')).toEqual({ requestId: REQUEST, version: '$LATEST' });
    expect(record('platform.runtimeDone')).toEqual({
      requestId: REQUEST,
      status: 'success',
      metrics: { durationMs: MS, producedBytes: 6 },
      spans: ['responseLatency', 'responseDuration', 'runtimeOverhead'].map((name) => ({
        name,
        start: expect.stringMatching(RFC3339),
        durationMs: MS,
      })),
    });
    expect(record('platform.report')).toEqual({
      requestId: REQUEST,
      status: 'success',
      metrics: { durationMs: MS, billedDurationMs: MS, memorySizeMB: 256, maxMemoryUsedMB: MS, initDurationMs: MS },
      spans: [{ name: 'extensionOverhead', start: expect.stringMatching(RFC3339), durationMs: MS }],
    });
    const logged = all.filter(({ type }) => type === 'function').map((event) => event.record);
    expect(logged[0]).toMatch(/\tINFO\twhile loading\n$/);
    expect(logged[1]).toMatch(/\tINFO\tin the function\n$/);
  });

  test('of a response that is streamed: when its first byte came, how long it took from there, its size', async () => {
    const all = await events(house(), 'slowly', 1);
    const { metrics, spans } = all.find(({ type }) => type === 'platform.runtimeDone')?.record ?? {};
    expect(metrics.producedBytes).toBe(5);
    const [latency, duration, overhead] = spans;
    expect(latency).toMatchObject({ name: 'responseLatency' });
    expect(latency.durationMs).toBeGreaterThan(35);
    expect(duration).toMatchObject({ name: 'responseDuration' });
    expect(duration.durationMs).toBeGreaterThan(100);
    expect(Date.parse(duration.start) - Date.parse(latency.start)).toBeGreaterThan(30);
    expect(latency.durationMs + duration.durationMs + overhead.durationMs).toBeCloseTo(metrics.durationMs, 0);
  });

  test('it comes as JSON arrays by HTTP, to the path and under the name subscribed with', async () => {
    await house().invoke('told');
    const all = await batches(house(), 'told', (some) => reports(some) > 0);
    for (const { method, url, type, host } of all) {
      expect([method, url, type, host]).toEqual([
        'POST',
        '/lambda?all',
        'application/json',
        'sandbox.localdomain:4243',
      ]);
    }
    expect(all.length).toBeGreaterThan(1);
  });

  test('it says what went wrong', async () => {
    const reported = () =>
      house()
        .messages('told')
        .filter((message) => REPORT.test(message)).length;
    const invoke = async (event: object): Promise<void> => {
      const before = reported();
      await house().invoke('told', event);
      // Or another environment would take the next.
      await eventually(() => reported() > before);
    };
    const told = () => repeated(house(), 'told').flatMap((batch) => batch.events);
    // A report is told while an invocation after it runs, and all that is told stands still when that is over.
    const toldOf = (wanted: string): Promise<void> =>
      eventually(async () => {
        await invoke({});
        return told().some(({ type, record }) => type === 'platform.report' && record.errorType === wanted);
      });
    await invoke({ fail: 'error' });
    // Before the next: one that ends everything could take it along.
    await toldOf('TypeError');
    await invoke({ fail: 'exit' });
    await toldOf('Runtime.ExitError');
    const all = told();
    const done = all.filter(({ type }) => type === 'platform.runtimeDone' || type === 'platform.report');
    const failures = done
      .map(({ type, record }) => [type, record.status, record.errorType])
      .filter(([, status]) => status === 'error')
      .slice(-4);
    expect(failures).toEqual([
      ['platform.runtimeDone', 'error', 'TypeError'],
      ['platform.report', 'error', 'TypeError'],
      ['platform.runtimeDone', 'error', 'Runtime.ExitError'],
      ['platform.report', 'error', 'Runtime.ExitError'],
    ]);
  });

  test('the log of the function names the subscription', async () => {
    await house().invoke('told');
    const log = await house().log('told', /REPORT/);
    expect(log).toContain('TELEMETRY\tName: listener\tState: Subscribed\tTypes: [Platform, Function]\n');
  });

  atOnce('the older Logs API knows neither init phase nor spans; one API excludes the other', async () => {
    const all = await events(house(), 'older', 1);
    expect(all.map(({ type, record }) => [type, record])).toEqual([
      ['platform.logsSubscription', { name: 'older', state: 'Subscribed', types: ['platform'] }],
      ['platform.extension', { name: 'older', state: 'Ready', events: ['INVOKE', 'SHUTDOWN'] }],
      ['platform.start', { requestId: REQUEST, version: '$LATEST' }],
      ['platform.runtimeDone', { requestId: REQUEST, status: 'success' }],
      ['platform.end', { requestId: REQUEST }],
      [
        'platform.report',
        { requestId: REQUEST, metrics: expect.objectContaining({ durationMs: MS, memorySizeMB: 256 }) },
      ],
    ]);
    const log = await house().log('older', /answer[\s\S]*answer.*\n/);
    expect(log).toContain('LOGS\tName: older\tState: Subscribed\tTypes: [Platform]\n');
    const answers = [...log.matchAll(/^answer (.*)$/gm)].map(([, text]) => JSON.parse(text as string));
    expect(answers).toMatchObject([
      { status: 200, text: '"OK"' },
      { status: 400, text: expect.stringContaining('ValidationError') },
    ]);
  });

  atOnce('a function with JSON logs has its records as objects', async () => {
    const all = await events(house(), 'structured', 1);
    expect(all.find(({ type }) => type === 'function')?.record).toMatchObject({
      level: 'INFO',
      message: { detail: 7 },
      requestId: REQUEST,
    });
    const log = house().messages('structured').join('\n');
    expect(log).toMatch(/"type":"platform.telemetrySubscription","record":\{"name":"listener","state":"Subscribed"/);
    expect(log).toMatch(/"type":"platform.extension","record":\{"name":"listener","state":"Ready"/);
  });

  atOnce('over TCP each event is a line', async () => {
    const types = (await events(house(), 'streamed', 1)).map(({ type }) => type);
    expect(types[0]).toBe('platform.initStart');
    expect(types.at(-1)).toBe('platform.report');
  });
});

/** https://docs.aws.amazon.com/lambda/latest/dg/telemetry-api.html#telemetry-api-reference-subscribe-put */
describe('a subscription', () => {
  const ATTEMPTS = `
    const attempt = async (label, request) => { const { status, text } = await subscribe(request); say('attempt', [label, status, JSON.parse(text)]); };
    await register(['INVOKE']);
    const good = subscription(4243);
    const to = (URI) => ({ ...good, destination: { protocol: 'HTTP', URI } });
    await attempt('no types', { ...good, types: [] });
    await attempt('no such type', { ...good, types: ['metrics'] });
    await attempt('no port', { ...to('http://sandbox.localdomain'), types: [] });
    await attempt('elsewhere', to('http://example.com:80/'));
    await attempt('version', { ...good, schemaVersion: '1999-01-01' });
    for (const [name, low, high] of [['maxItems', 999, 10001], ['maxBytes', 262143, 1048577], ['timeoutMs', 24, 30001]]) {
      await attempt(name + ' low', { ...good, buffering: { [name]: low } });
      await attempt(name + ' high', { ...good, buffering: { [name]: high } });
    }
    const stranger = identifier;
    identifier = '01234567-89ab-cdef-0123-456789abcdef';
    await attempt('a stranger', good);
    identifier = stranger;
    await attempt('defaults', { schemaVersion: '2022-12-13', types: ['platform'], destination: good.destination });
    await next();
    await attempt('late', good);
    for (;;) await next();`;
  const house = inHouse(
    extendedFunctions({
      asked: { extensions: { asker: listener('asker', ATTEMPTS) } },
      slow: {
        code: `exports.handler = async ({ lines = 0 }) => { for (let n = 0; n < lines; n += 1) console.log('x'.repeat(1000)); };`,
        extensions: {
          slow: listener(
            'slow',
            `await register(['INVOKE']);
            let dropped = 0;
            await listen(4243, (text) => { for (const { type, record } of JSON.parse(text)) if (type === 'platform.logsDropped') say('dropped', record); });
            const { Server } = require('http');
            await subscribe(subscription(4244, { types: ['function'], buffering: { maxBytes: 262144, maxItems: 1000, timeoutMs: 25 } }));
            require('net').createServer((socket) => socket.on('error', () => {})).listen(4244, '127.0.0.1');
            for (;;) await next();`,
          ),
          watching: listener(
            'watching',
            `await register(['INVOKE']);
            await listen(4245, (text) => { for (const { type, record } of JSON.parse(text)) if (type === 'platform.logsDropped') say('dropped', record); });
            await subscribe(subscription(4245, { types: ['platform'] }));
            for (;;) await next();`,
          ),
        },
      },
    }),
  );
  const atOnce = testsAtOnce();

  atOnce('is validated within Lambda’s bounds, and possible until the init phase is over', async () => {
    await house().invoke('asked');
    const log = await house().log('asked', /"late".*\n/);
    const attempts = Object.fromEntries(
      [...log.matchAll(/^attempt (.*)$/gm)]
        .map(([, text]) => JSON.parse(text as string) as [string, number, unknown])
        .map(([label, ...rest]) => [label, rest]),
    );
    const invalid = (errorMessage: string) => [400, { errorType: 'ValidationError', errorMessage }];
    expect(attempts).toEqual({
      'no types': invalid('types should not be empty'),
      'no such type': invalid('types should be among platform, function, extension'),
      'no port': invalid('URI port is not provided; types should not be empty'),
      elsewhere: invalid('URI host should be sandbox.localdomain or sandbox'),
      version: invalid('schemaVersion should be one of 2022-07-01, 2022-12-13, 2025-01-29'),
      'maxItems low': invalid('maxItems should be between 1000 and 10000'),
      'maxItems high': invalid('maxItems should be between 1000 and 10000'),
      'maxBytes low': invalid('maxBytes should be between 262144 and 1048576'),
      'maxBytes high': invalid('maxBytes should be between 262144 and 1048576'),
      'timeoutMs low': invalid('timeoutMs should be between 25 and 30000'),
      'timeoutMs high': invalid('timeoutMs should be between 25 and 30000'),
      'a stranger': [
        403,
        {
          errorType: 'Extension.UnknownExtensionIdentifier',
          errorMessage: 'Unknown extension 01234567-89ab-cdef-0123-456789abcdef',
        },
      ],
      defaults: [200, 'OK'],
      late: [403, { errorType: 'Telemetry.SubscriptionClosed', errorMessage: 'Telemetry API subscription is closed' }],
    });
  });

  /** https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html#platform-logsDropped */
  atOnce('of a listener that never answers loses the oldest, and says so', async () => {
    await house().invoke('slow', { lines: 2500 });
    const log = await house().log('slow', /dropped .*\n/);
    const [, text = ''] = /dropped (.*)/.exec(log) ?? [];
    expect(JSON.parse(text)).toEqual({
      droppedRecords: MS,
      droppedBytes: MS,
      reason: 'Consumer seems to have fallen behind as it has not acknowledged receipt of logs.',
    });
  });
});
