/**
 * `sampan logs` and `sampan traces`: of an instance that runs, and of the state directory that it leaves. The instance is
 * the kernel behind its own routes; what ran in it stands in the same form as Lambda and API Gateway put it.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import pico from 'picocolors';
import { type AwsEndpoint, startAwsEndpoint } from '../doors/aws-endpoint/index.ts';
import { createKernel, type Kernel } from '../kernel/index.ts';
import type { Segment } from '../kernel/telemetry.ts';
import type { Cloud } from './cloud.ts';
import type { Installation } from './installation.ts';
import { internalRoutes } from './internal-routes.ts';
import { type LogsFlags, showLogs } from './logs.ts';
import { announce } from './running.ts';
import { showTraces, type TracesFlags } from './traces.ts';

const TEMPLATE = `
Resources:
  Tickets:
    Type: AWS::Lambda::Function
    Properties: { Runtime: nodejs24.x, Handler: index.handler, Role: 'arn:aws:iam::123456789012:role/r', Code: { ZipFile: 'x' } }
`;
const GROUP = '/aws/lambda/shop-tickets';
const SOURCE = { logGroup: GROUP, logStream: 'one', label: 'Tickets' };
const TRACE = '1-5759e988-bd862e3fe1be46a994272793';
const START = Math.floor(Date.now() / 1000) - 30;

let directory: string;
let kernel: Kernel;
let endpoint: AwsEndpoint;

const trace = (id: string, status: number, more: object = {}): Segment[] => [
  {
    trace_id: id,
    id: '0000000000000001',
    name: 'shop/v1',
    origin: 'AWS::ApiGateway::Stage',
    start_time: START,
    end_time: START + 0.2,
    http: { request: { method: 'GET', url: 'http://127.0.0.1/v1/tickets/7' }, response: { status } },
    aws: { resource_path: '/tickets/{id}' },
    ...more,
  },
  {
    trace_id: id,
    id: '0000000000000002',
    parent_id: '0000000000000001',
    name: 'shop-tickets',
    origin: 'AWS::Lambda::Function',
    start_time: START + 0.01,
    end_time: START + 0.19,
    subsegments: [
      {
        id: '0000000000000003',
        name: 'SecretsManager',
        namespace: 'aws',
        start_time: START + 0.02,
        end_time: START + 0.06,
        aws: { operation: 'GetSecretValue', retries: 2 },
      },
      {
        id: '0000000000000004',
        name: 'helpdesk@db',
        namespace: 'remote',
        start_time: START + 0.06,
        end_time: START + 0.18,
        sql: { sanitized_query: 'SELECT id, subject, requester_email, status, priority FROM tickets WHERE id = ?' },
        ...(status >= 500 && {
          fault: true,
          cause: { exceptions: [{ type: 'Error', message: 'Too many connections' }] },
        }),
      },
    ],
  },
];

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'sampan-test-'));
  writeFileSync(join(directory, 'template.yaml'), TEMPLATE);
  const state = join(directory, '.sampan');
  mkdirSync(state);
  kernel = createKernel({ stateDirectory: state, accountId: '123456789012', region: 'us-east-1' });
  const labelOf = (group: string) => (group === GROUP ? 'Tickets' : group);
  kernel.store.collection<string>('sampan', 'log-labels').put(GROUP, 'Tickets');
  const cloud = { kernel, labelOf, physicalIds: () => ({}) } as unknown as Cloud;
  endpoint = await startAwsEndpoint({
    ...kernel,
    host: '127.0.0.1',
    port: 0,
    health: () => ({ status: 'ready', pid: process.pid }),
    routes: internalRoutes(() => cloud),
  });
  announce(state, { pid: process.pid, awsUrl: endpoint.url });
  const now = Date.now();
  const line = (level: string, ms: number) => `${JSON.stringify({ level, ms, message: `took ${ms}` })}\n`;
  kernel.telemetry.log(SOURCE, [
    { timestamp: now - 3_600_000, message: line('INFO', 1) },
    { timestamp: now - 2_000, message: line('INFO', 12) },
    { timestamp: now - 1_000, message: line('ERROR', 250) },
  ]);
  kernel.telemetry.log({ logGroup: '/other', logStream: 's', label: '/other' }, [
    { timestamp: now - 1_500, message: 'of somebody else\n' },
  ]);
  for (const document of trace(TRACE, 200)) kernel.telemetry.segment(JSON.stringify(document));
  for (const document of trace(`${TRACE.slice(0, -1)}4`, 500, { fault: true }))
    kernel.telemetry.segment(JSON.stringify(document));
});

afterAll(async () => {
  await stop();
  rmSync(directory, { recursive: true, force: true });
});

let isStopped = false;
async function stop(): Promise<void> {
  if (isStopped) return;
  isStopped = true;
  await endpoint.stop();
  await kernel.stop();
}

/** Without colours. */
function terminal() {
  const stream = new PassThrough();
  return { stream, pretty: true, colours: pico.createColors(false) };
}

const project = () => ({ template: join(directory, 'template.yaml') });
const LOGS = { tail: false, follow: false, since: '10m', json: false };
const TRACES = { since: '10m', limit: 20, follow: false, json: false };

async function logs(names: readonly string[], more: Partial<LogsFlags> = {}) {
  const [said, out] = [terminal(), terminal()];
  const code = await showLogs(names, { ...project(), ...LOGS, ...more } as LogsFlags, {} as Installation, said, out);
  return { code, text: String(out.stream.read() ?? ''), said: String(said.stream.read() ?? '') };
}

async function traces(id?: string, more: Partial<TracesFlags> = {}) {
  const [said, out] = [terminal(), terminal()];
  const code = await showTraces(id, { ...project(), ...TRACES, ...more } as TracesFlags, said, out);
  return { code, text: String(out.stream.read() ?? ''), said: String(said.stream.read() ?? '') };
}

const objects = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

/** The same of what runs and of what was left. */
function looksBack(): void {
  test('logs: of functions and groups, since and until when, by pattern', async () => {
    const { code, text } = await logs(['Tickets']);
    expect(code).toBe(0);
    expect(text).toMatch(/took 12.*took 250/s);
    expect(text).not.toMatch(/took 1\b|somebody else/);
    expect((await logs([])).text).toMatch(/took 12.*somebody else.*took 250/s);
    expect((await logs(['/other'])).text).toMatch(/^.*of somebody else\n$/);
    expect((await logs([GROUP], { since: '2h', until: '30m' })).text).toMatch(/took 1\b(?!.*took 12)/s);
    const { text: json } = await logs(['Tickets'], { filter: '{ $.level = "ERROR" && $.ms > 100 }', json: true });
    expect(objects(json)).toEqual([
      { ...SOURCE, timestamp: expect.any(Number), message: expect.stringContaining('took 250') },
    ]);
    expect((await logs([], { filter: '?"somebody" ?nobody' })).text).toMatch(/^.*of somebody else\n$/);
  });

  test('logs: by query', async () => {
    const query = 'filter ispresent(level) | stats count(*) as lines, max(ms) as slowest by level | sort lines desc';
    const { text } = await logs(['Tickets'], { query, since: '2h', json: true });
    expect(objects(text)).toEqual([
      { level: 'INFO', lines: '2', slowest: '12' },
      { level: 'ERROR', lines: '1', slowest: '250' },
    ]);
    const table = await logs(['/other'], { query: 'fields @message, @log' });
    expect(table.text).toMatch(/^@message +@log\nof somebody else\n? +123456789012:\/other\n$/);
  });

  test('logs: what cannot be read is said', async () => {
    await expect(logs(['Ticket'])).rejects.toThrow(/no function Ticket; did you mean Tickets/);
    await expect(logs([], { filter: '{ $.level' })).rejects.toThrow(/Invalid filter pattern/);
    await expect(logs([], { query: 'filter (' })).rejects.toThrow(/\S/);
    await expect(logs([], { since: 'yesterday' })).rejects.toThrow(/--since yesterday/);
    await expect(logs([], { follow: true, until: '1m' })).rejects.toThrow(/--follow/);
  });

  test('traces: a list, by expression too', async () => {
    const { code, text } = await traces(undefined, { filter: 'http.status != 201' });
    expect(code).toBe(0);
    expect(text).toMatch(/ 200 +200 ms {2}GET \/tickets\/\{id\}\n/);
    expect(text.trimEnd().split('\n')).toHaveLength(2);
    expect(objects((await traces(undefined, { filter: 'fault', json: true })).text)).toMatchObject([
      { id: `${TRACE.slice(0, -1)}4`, request: 'GET /tickets/{id}', status: 500, fault: true, durationMs: 200 },
    ]);
    expect((await traces(undefined, { limit: 1 })).text.trimEnd().split('\n')).toHaveLength(1);
    await expect(traces(undefined, { filter: 'colour' })).rejects.toThrow(/colour/);
  });

  test('traces: one as a waterfall of 80 columns, by its header too', async () => {
    const { text } = await traces(`Root=${TRACE};Sampled=1`);
    const [title, , empty, ...lines] = text.trimEnd().split('\n');
    expect(title).toMatch(/^GET \/tickets\/\{id\} {2}200 +200 ms$/);
    expect(empty).toBe('');
    expect(lines.map((line) => line.replace(/ *█+.*/, ''))).toEqual(
      [
        'shop/v1 GET /v1/tickets/7 200',
        '  shop-tickets (function)',
        '    SecretsManager GetSecretValue (2 attemp…',
        '    helpdesk SELECT id, subject, requester_…',
      ].map((label) => expect.stringContaining(label.slice(0, 30))),
    );
    for (const line of lines) expect([...line].length).toBeLessThanOrEqual(80);
    // Each begins where it began: below the one around it, after the one before it.
    const begins = lines.map((line) => line.indexOf('█'));
    expect(begins).toEqual(begins.toSorted((a, b) => a - b));
    expect((await traces(`${TRACE.slice(0, -1)}4`)).text).toMatch(/\n {4,}! Error: Too many connections\n/);
    expect(objects((await traces(TRACE, { json: true })).text)).toMatchObject([{ id: TRACE, segments: [{}, {}] }]);
    await expect(traces('1-00000000-000000000000000000000000')).rejects.toThrow(/there is no trace/);
  });
}

describe('of an instance that runs', () => {
  looksBack();

  test.each<[string, (out: ReturnType<typeof terminal>) => Promise<number>, () => void, RegExp]>([
    [
      'logs',
      (out) =>
        showLogs(
          ['Tickets'],
          { ...project(), ...LOGS, since: '0s', follow: true } as LogsFlags,
          {} as Installation,
          terminal(),
          out,
        ),
      () => kernel.telemetry.log(SOURCE, [{ timestamp: Date.now(), message: 'just now\n' }]),
      /just now/,
    ],
    [
      'traces',
      (out) =>
        showTraces(
          undefined,
          { ...project(), ...TRACES, follow: true, filter: 'http.status = 201' } as TracesFlags,
          terminal(),
          out,
        ),
      () => {
        for (const document of trace(`${TRACE.slice(0, -1)}5`, 201)) kernel.telemetry.segment(JSON.stringify(document));
      },
      /201 +200 ms/,
    ],
  ])('%s go on until Ctrl-C', async (_name, follow, happen, expected) => {
    const out = terminal();
    const seen = new Promise<void>((resolve) => {
      let text = '';
      out.stream.on('data', (chunk) => {
        text += chunk;
        if (expected.test(text)) resolve();
      });
    });
    const following = follow(out);
    // What happens before anybody listens would be the past: it happens again until it is seen.
    const again = setInterval(happen, 50);
    await seen;
    clearInterval(again);
    process.emit('SIGINT', 'SIGINT');
    expect(await following).toBe(130);
  });
});

describe('of what an earlier one left', () => {
  beforeAll(async () => {
    await stop();
    rmSync(join(directory, '.sampan', 'running.json'));
  });

  looksBack();

  test('says that nothing runs, and follows nothing', async () => {
    expect((await logs(['Tickets'])).said).toBe('nothing runs; this is what was logged before\n');
    expect((await traces()).said).toBe('nothing runs; this is what was traced before\n');
    await expect(logs([], { follow: true })).rejects.toThrow(/nothing runs on .*sampan start/);
    await expect(traces(undefined, { follow: true })).rejects.toThrow(/nothing runs on .*sampan start/);
  });
});
