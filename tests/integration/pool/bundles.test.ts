/** Layer and functions as they are deployed: built, minified, found by NODE_PATH, in a process of their own. */
import { type ChildProcess, execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { Ajv } from 'ajv';
import type { APIGatewayProxyResult } from 'aws-lambda';
import { build } from 'esbuild';
import { parse } from 'yaml';
import { migrations } from '../../../functions/migrate-database/migrations.ts';
import { type MariaDb, startMariaDb } from './mariadb.ts';

const KB = 1_024;
const root = process.cwd();
const APPLICATION = { username: 'help_desk_app', password: 'the-password-of-the-application' };
const ARNS = {
  application: 'arn:aws:secretsmanager:us-east-1:1:secret:application',
  admin: 'arn:aws:secretsmanager:us-east-1:1:secret:admin',
};

const FUNCTIONS = readdirSync(path.join(root, 'functions'));

let directory: string;
let modules: string;
let server: MariaDb;
/** Secrets Manager and EventBridge, as far as the functions go. */
let services: Server;
/** What came onto the bus, by type. */
const told: string[] = [];
const processes: RunningFunction[] = [];

interface RunningFunction {
  invoke(event: unknown): Promise<unknown>;
  /** Everything written to stdout and stderr. */
  output(): string;
  readonly child: ChildProcess;
}

/** Stands for AWS's runtime client: loads the handler as Lambda does, by `require`, and passes events on. */
const RUNNER = `
const { handler } = require(process.argv[2]);
process.on('message', async (event) => {
  const context = { functionName: 'f', awsRequestId: 'r', memoryLimitInMB: '512', getRemainingTimeInMillis: () => 60_000 };
  try { process.send({ result: await handler(event, context) }); } catch (error) { process.send({ error: String(error) }); }
});
process.send({ ready: true });`;

const bundle = (name: string): string => path.join(directory, name, 'handler.js');

async function run(name: string, variables: Record<string, string> = {}): Promise<RunningFunction> {
  const runner = path.join(directory, 'runner.cjs');
  await writeFile(runner, RUNNER);
  const child = fork(runner, [bundle(name)], {
    silent: true,
    execArgv: [],
    env: {
      NODE_PATH: modules,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_ENDPOINT_URL: `http://127.0.0.1:${(services.address() as AddressInfo).port}`,
      DATABASE_HOST: server.host,
      DATABASE_PORT: String(server.port),
      DATABASE_NAME: 'helpdesk',
      DATABASE_SECRET_ARN: ARNS.application,
      DATABASE_POOL_SIZE: '1',
      DATABASE_CA: server.certificateAuthority,
      CORS_ALLOW_ORIGIN: '*',
      EVENT_BUS: 'help-desk-events',
      POWERTOOLS_SERVICE_NAME: 'help-desk',
      POWERTOOLS_METRICS_NAMESPACE: 'HelpDesk',
      ...variables,
    },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (data) => {
      output += String(data);
    });
  }
  const ended = once(child, 'exit');
  const answered = async (): Promise<Record<string, unknown>> => {
    const [message] = (await Promise.race([
      once(child, 'message'),
      ended.then(() => Promise.reject(new Error(`${name} ended:\n${output}`))),
    ])) as [Record<string, unknown>];
    return message;
  };
  await answered();
  const running: RunningFunction = {
    child,
    output: () => output,
    async invoke(event) {
      child.send(event as object);
      const message = await answered();
      if ('error' in message) throw new Error(String(message['error']));
      return message['result'];
    },
  };
  processes.push(running);
  return running;
}

const sample = async (name: string): Promise<Record<string, unknown>> =>
  JSON.parse(await readFile(path.join(root, 'events', `${name}.json`), 'utf8')) as Record<string, unknown>;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'bundles-test-'));
  const layer = path.join(directory, 'layer');
  modules = path.join(layer, 'nodejs/node_modules');
  // The makefile's own command, in the makefile's own folder.
  await promisify(execFile)(process.execPath, ['build.mjs', layer], { cwd: path.join(root, 'layers/shared') });
  for (const name of FUNCTIONS) {
    // What template.yaml asks of `sam build`.
    await build({
      entryPoints: [path.join(root, 'functions', name, 'handler.ts')],
      outfile: bundle(name),
      bundle: true,
      platform: 'node',
      target: 'node24',
      format: 'cjs',
      minify: true,
      mainFields: ['module', 'main'],
      external: ['@app/shared/*'],
      loader: { '.sql': 'text' },
    });
  }
  server = await startMariaDb();
  services = createServer((request, response) => {
    let body = '';
    request.on('data', (part) => {
      body += part;
    });
    request.on('end', () => {
      if (request.headers['x-amz-target'] === 'AWSEvents.PutEvents') {
        const { Entries } = JSON.parse(body) as { Entries: { DetailType: string }[] };
        told.push(...Entries.map(({ DetailType }) => DetailType));
        const taken = Entries.map((_entry, index) => ({ EventId: String(index) }));
        response.end(JSON.stringify({ FailedEntryCount: 0, Entries: taken }));
        return;
      }
      const { SecretId } = JSON.parse(body) as { SecretId: string };
      const value = SecretId === ARNS.admin ? server.admin : { ...APPLICATION, engine: 'mariadb', dbname: 'helpdesk' };
      response.end(JSON.stringify({ ARN: SecretId, SecretString: JSON.stringify(value) }));
    });
  });
  services.listen(0, '127.0.0.1');
  await once(services, 'listening');
}, 60_000);

afterAll(async () => {
  for (const { child } of processes) child.kill('SIGKILL');
  services.closeAllConnections();
  services.close();
  await server.stop();
  await rm(directory, { recursive: true, force: true });
});

describe('sizes', () => {
  const gzipped = async (file: string): Promise<number> => gzipSync(await readFile(file)).length;

  test('the layer has a module for each source, and 400 KB in all', async () => {
    const folder = path.join(modules, '@app/shared');
    const files = (await readdir(folder)).sort();
    const sources = (await readdir(path.join(root, 'layers/shared/src'))).filter((file) => /^[\w-]+\.ts$/.test(file));
    expect(files).toEqual([...sources.map((file) => file.replace('.ts', '.js')), 'common', 'package.json'].sort());
    const all = (await readdir(folder, { recursive: true })).filter((file) => file !== 'common');
    const sizes = await Promise.all(all.map((file) => gzipped(path.join(folder, file))));
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(400 * KB);
  });

  test.each(FUNCTIONS)('%s has 60 KB at most, and nothing of the layer in it', async (name) => {
    expect(await gzipped(bundle(name))).toBeLessThan(60 * KB);
    const code = await readFile(bundle(name), 'utf8');
    expect(code).toContain('require("@app/shared/observability")');
    expect(code).not.toMatch(/createPool|SecretsManagerClient|DynamoDBClient|EventBridgeClient/);
  });

  test('the database module has no decoding tables and no certificates in it', async () => {
    const code = await readFile(path.join(modules, '@app/shared/database.js'), 'utf8');
    expect(code).not.toContain('BEGIN CERTIFICATE');
    expect(code.length).toBeLessThan(372 * KB);
  });
});

describe('the functions in their bundles', () => {
  const { components } = parse(
    require('node:fs').readFileSync(path.join(root, 'api/openapi.yaml'), 'utf8') as string,
  ) as { components: object };
  const ajv = new Ajv({ strict: false, validateFormats: false });
  ajv.addSchema({ $id: 'api', components });
  const keeps = (schema: string, body: unknown): unknown => {
    const valid = ajv.validate({ $ref: `api#/components/schemas/${schema}` }, body);
    return valid ? [] : ajv.errors;
  };

  test('apply the migrations, serve every sample event as the contract says, and keep secrets', async () => {
    const migrate = await run('migrate-database', { DATABASE_ADMIN_SECRET_ARN: ARNS.admin });
    await expect(migrate.invoke(await sample('migrate-database'))).resolves.toMatchObject({
      applied: expect.arrayContaining(['0001-tickets']),
    });
    await expect(migrate.invoke({})).resolves.toMatchObject({ applied: [] });

    const tickets = await run('tickets');
    const call = async (name: string, changes: Record<string, unknown> = {}) => {
      const answer = (await tickets.invoke({ ...(await sample(name)), ...changes })) as APIGatewayProxyResult;
      return { ...answer, json: answer.body === '' ? undefined : (JSON.parse(answer.body) as Record<string, unknown>) };
    };
    const created = await call('tickets-create');
    expect([created.statusCode, keeps('TicketWithContents', created.json)]).toEqual([201, []]);
    const of = { pathParameters: { id: created.json!['id'] } };

    const listed = await call('tickets-list');
    expect([listed.statusCode, keeps('TicketPage', listed.json)]).toEqual([200, []]);
    expect(listed.json!['tickets']).toMatchObject([{ id: created.json!['id'] }]);

    const found = await call('tickets-search');
    expect([found.statusCode, keeps('TicketList', found.json)]).toEqual([200, []]);
    expect(found.json!['tickets']).toHaveLength(1);

    const changed = await call('tickets-patch', of);
    expect([changed.statusCode, keeps('Ticket', changed.json)]).toEqual([200, []]);
    const stale = await call('tickets-patch', of);
    expect([stale.statusCode, keeps('Error', stale.json)]).toEqual([412, []]);

    const added = await call('tickets-message', of);
    expect([added.statusCode, keeps('AddedMessage', added.json)]).toEqual([201, []]);

    const shown = await call('tickets-get', of);
    expect([shown.statusCode, keeps('TicketWithContents', shown.json)]).toEqual([200, []]);
    expect(shown.json).toMatchObject({ status: 'pending', version: 3, messages: [{}, { author: 'grace' }] });
    expect((await call('tickets-get')).statusCode).toBe(404);

    const health = await run('health');
    const healthy = (await health.invoke(await sample('health'))) as APIGatewayProxyResult;
    expect([healthy.statusCode, keeps('Health', JSON.parse(healthy.body))]).toEqual([200, []]);

    expect(told).toEqual(['TicketOpened', 'TicketPending', 'TicketPrioritised', 'TicketAssigned', 'MessageAdded']);
    await call('tickets-create');
    const sla = await run('sla-monitor', {
      BUSINESS_HOURS: 'Mon-Sun 00:00-24:00',
      BUSINESS_TIME_ZONE: 'UTC',
      SLA_TARGETS: 'urgent 30m/4h, high 2h/8h, normal 8h/24h, low 16h/80h',
    });
    expect(await sla.invoke(await sample('sla-monitor'))).toEqual({ reviewed: 1, escalated: 0 });
    const relay = await run('relay-events');
    expect(await relay.invoke(await sample('relay-events'))).toEqual({ published: 0, refused: 0, forgotten: 0 });

    for (const { output } of processes) {
      expect(output()).not.toContain(APPLICATION.password);
      expect(output()).not.toContain(server.admin.password);
    }
    expect(tickets.output()).toContain('"TicketOpened":1');
  }, 30_000);

  test('the migration answers CloudFormation, whatever happens', async () => {
    const answers: Record<string, unknown>[] = [];
    const bucket = createServer((request, response) => {
      let body = '';
      request.on('data', (part) => {
        body += part;
      });
      request.on('end', () => {
        answers.push(JSON.parse(body) as Record<string, unknown>);
        response.end();
      });
    }).listen(0, '127.0.0.1');
    await once(bucket, 'listening');
    const event = {
      RequestType: 'Create',
      ResponseURL: `http://127.0.0.1:${(bucket.address() as AddressInfo).port}/answer`,
      StackId: 'stack',
      RequestId: 'request',
      LogicalResourceId: 'DatabaseSchema',
    };
    try {
      const migrate = await run('migrate-database', { DATABASE_ADMIN_SECRET_ARN: ARNS.admin });
      await migrate.invoke(event);
      await migrate.invoke({ ...event, RequestType: 'Delete', PhysicalResourceId: 'help-desk-schema' });
      const broken = await run('migrate-database', { DATABASE_ADMIN_SECRET_ARN: '' });
      await broken.invoke(event);
      expect(answers).toMatchObject([
        { Status: 'SUCCESS', PhysicalResourceId: 'help-desk-schema', Data: { SchemaVersion: migrations.at(-1)!.name } },
        { Status: 'SUCCESS', PhysicalResourceId: 'help-desk-schema' },
        { Status: 'FAILED', Reason: expect.stringContaining('DATABASE_ADMIN_SECRET_ARN is not set') },
      ]);
    } finally {
      bucket.closeAllConnections();
      bucket.close();
    }
  });

  test('a migration that fails says why without the password', async () => {
    const migrate = await run('migrate-database', {
      DATABASE_ADMIN_SECRET_ARN: ARNS.admin,
      DATABASE_NAME: 'x'.repeat(70),
    });
    await expect(migrate.invoke({})).rejects.toThrow(/Incorrect database name/);
    expect(migrate.output()).not.toContain(APPLICATION.password);
  });

  test('a missing variable stops a function while it loads, by name', async () => {
    await expect(run('tickets', { DATABASE_HOST: '' })).rejects.toThrow('DATABASE_HOST is not set');
  });

  test('an unreachable database is 503 with the documented body', async () => {
    const tickets = await run('tickets', { DATABASE_PORT: '1' });
    const answer = (await tickets.invoke(await sample('tickets-list'))) as APIGatewayProxyResult;
    expect([answer.statusCode, keeps('Error', JSON.parse(answer.body))]).toEqual([503, []]);
    const health = await run('health', { DATABASE_PORT: '1' });
    const unhealthy = (await health.invoke(await sample('health'))) as APIGatewayProxyResult;
    expect([unhealthy.statusCode, keeps('Error', JSON.parse(unhealthy.body))]).toEqual([503, []]);
  });
});
