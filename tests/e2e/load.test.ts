/**
 * More than a thousand requests, twenty at a time: no error, no lost row, and never more connections than the pools allow.
 * `SAMPAN_LOAD_REQUESTS=10000` makes it as many as the pool's promise names; that takes a minute or two.
 */
import { Agent, request } from 'node:http';
import { LambdaClient, ListEventSourceMappingsCommand, UpdateEventSourceMappingCommand } from '@aws-sdk/client-lambda';
import type { Connection, RowDataPacket } from 'mysql2/promise';
import { ADMINISTRATOR, connectAsAdministrator, openAdministratorSession } from '../../local/services/rds/index.ts';
import { processTree, type Running, removeTemporaryDirectories, startSampan, TICKET } from './sampan.ts';
import { signIn } from './signed-in.ts';

jest.setTimeout(180_000);

const REQUESTS = Number(process.env['SAMPAN_LOAD_REQUESTS'] ?? 1_500);
const PARALLEL = 20;
/** The template's default of `PoolSize`. */
const POOL_SIZE = 1;

let running: Running;
let administrator: Connection;
let token: string;
const agent = new Agent({ keepAlive: true, maxSockets: PARALLEL });

beforeAll(async () => {
  // What is tested is the pool, not the throttle in front of it.
  running = await startSampan({
    args: ['--parameter-overrides', 'RequestsPerSecond=10000', 'RequestBurst=5000'],
  });
  await pauseConsumers();
  ({ token } = await signIn(running));
  administrator = await connectAsAdministrator(openAdministratorSession({ stateDirectory: running.stateDirectory }));
});

afterAll(async () => {
  agent.destroy();
  await administrator.end();
  await running.stop();
  removeTemporaryDirectories();
});

/** What comes of a ticket by and by is told to queues as ever, and stays in them: who works it off takes the processors. */
async function pauseConsumers(): Promise<void> {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const lambda = new LambdaClient({ endpoint: running.awsUrl, region: 'us-east-1', credentials, maxAttempts: 1 });
  const { EventSourceMappings = [] } = await lambda.send(new ListEventSourceMappingsCommand({}));
  expect(EventSourceMappings.length).toBeGreaterThan(0);
  for (const { UUID } of EventSourceMappings) {
    await lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: false }));
  }
  lambda.destroy();
}

/** Not `fetch`: on two cores, what the client takes the server does not get. */
function send(method: string, path: string, body?: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: token, ...(body !== undefined && { 'content-type': 'application/json' }) };
    const sent = request(`${running.apiUrl}${path}`, { method, agent, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
      response.on('error', reject);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** Samples, a tenth of a second apart, that a connection may be counted beside the one that it takes the place of. */
const IN_PASSING = 5;

/** Where there were more connections than the pools allow, for longer than it takes to make one and to end another. */
function lastingExcess(samples: readonly Sample[]): (readonly Sample[])[] {
  const isTooMany = ({ connections, environments }: Sample) => connections > environments * POOL_SIZE;
  return samples
    .map((_, at) => samples.slice(at, at + IN_PASSING))
    .filter((window) => window.length === IN_PASSING && window.every(isTooMany));
}

interface Sample {
  readonly connections: number;
  readonly environments: number;
}

const environments = () =>
  processTree(running.pid).filter(({ command }) => /^\S*node .*aws-lambda-ric\.mjs/.test(command)).length;

/** Looks until `finish`; while it counts, an environment may come or go, so it counts on both sides of the question. */
function watchConnections(): { finish(): Promise<Sample[]> } {
  const samples: Sample[] = [];
  let over = false;
  const watching = (async () => {
    while (!over) {
      const before = environments();
      const [rows] = await administrator.query<RowDataPacket[]>(
        'select count(*) n from information_schema.processlist where user not in (?, ?, ?)',
        [ADMINISTRATOR, 'system user', 'event_scheduler'],
      );
      samples.push({ connections: Number(rows[0]?.['n']), environments: Math.max(before, environments()) });
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  })();
  return {
    async finish() {
      over = true;
      await watching;
      return samples;
    },
  };
}

test(`${REQUESTS} requests at 20 in parallel, half of them writing`, async () => {
  const failures: string[] = [];
  const opened: string[] = [];
  let left = REQUESTS / 2;
  const caller = async () => {
    while (left > 0) {
      left -= 1;
      const subject = `Ticket ${left}`;
      const posted = await send('POST', '/tickets', JSON.stringify({ ...TICKET, subject }));
      if (posted.status !== 201) {
        failures.push(`POST ${posted.status} ${posted.body}`);
        continue;
      }
      const { id } = JSON.parse(posted.body) as { id: string };
      opened.push(id);
      const read = await send('GET', `/tickets/${id}`);
      if (read.status !== 200 || (JSON.parse(read.body) as { subject: string }).subject !== subject) {
        failures.push(`GET ${read.status} ${read.body}`);
      }
    }
  };
  const watch = watchConnections();
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: PARALLEL }, caller));
  const seconds = (performance.now() - startedAt) / 1000;
  const samples = await watch.finish();

  const logged = failures.length === 0 ? [] : (running.stdout().match(/^.*"level":"ERROR".*$/gm) ?? []);
  expect([...failures, ...logged.slice(0, 10)]).toEqual([]);
  expect(new Set(opened).size).toBe(REQUESTS / 2);
  const [rows] = await administrator.query<RowDataPacket[]>(
    `select (select count(*) from tickets) tickets, (select count(*) from messages) messages,
      (select count(*) from tickets t join messages m on m.ticket_id = t.id) pairs`,
  );
  const all = REQUESTS / 2;
  expect(rows[0]).toEqual({ tickets: all, messages: all, pairs: all });

  expect(samples.length).toBeGreaterThan(20);
  // The sampling sees them at work at all.
  expect(Math.max(...samples.map(({ connections }) => connections))).toBeGreaterThan(0);
  expect(lastingExcess(samples)).toEqual([]);
  const most = Math.max(...samples.map(({ connections }) => connections));
  process.stdout.write(
    `${REQUESTS} requests in ${seconds.toFixed(1)} s (${Math.round(REQUESTS / seconds)}/s), at most ${most} connections\n`,
  );
});
