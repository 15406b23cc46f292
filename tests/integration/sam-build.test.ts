/** What `sam build` makes and what `sampan` makes of the same sources are the same functions. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { APIGatewayProxyResult } from 'aws-lambda';
import { buildAll } from '../../local/build/index.ts';
import { startTestDatabase, type TestDatabase } from '../../local/services/rds/testing.ts';
import { buildables, readDocument } from '../../local/template/index.ts';
import { type BuiltFunction, startBuiltFunction } from './built-function.ts';

/** `npm run check` has run `sam build` there. */
const samBuild = process.env['SAM_BUILD_DIRECTORY'];
const root = process.cwd();
const MASTER = { username: 'master', password: 'master-password' };
const USER = { username: 'help_desk', password: 'the-password-of-the-functions' };

type FunctionName = 'TicketsFunction' | 'HealthFunction' | 'MigrateDatabaseFunction';
type Answer = APIGatewayProxyResult & { body: string };

/** Both builds: the folder of each function and of the layer. */
type Build = (logicalId: FunctionName | 'SharedLayer') => string;
const builds: Record<'sam' | 'sampan', Build> = {
  sam: (logicalId) => resolve(root, samBuild ?? '', logicalId),
  sampan: () => {
    throw new Error('not built yet');
  },
};

let directory: string;
let database: TestDatabase;
let services: Server;
const running: BuiltFunction[] = [];

/** As far as the functions go: two secrets, named by their ARNs, and a bus that takes everything. */
async function startServices(): Promise<Server> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { SecretId = '', Entries } = JSON.parse(Buffer.concat(chunks).toString()) as {
        SecretId?: string;
        Entries?: object[];
      };
      const SecretString = JSON.stringify(SecretId.endsWith(':admin') ? MASTER : USER);
      const taken = Entries && { FailedEntryCount: 0, Entries: Entries.map((_, index) => ({ EventId: `${index}` })) };
      response.setHeader('content-type', 'application/x-amz-json-1.1').end(JSON.stringify(taken ?? { SecretString }));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

async function start(build: Build, name: FunctionName, changes: Record<string, string> = {}): Promise<BuiltFunction> {
  const started = await startBuiltFunction(build(name), build('SharedLayer'), {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_ENDPOINT_URL: `http://127.0.0.1:${(services.address() as AddressInfo).port}`,
    DATABASE_HOST: 'localhost',
    DATABASE_PORT: String(database.port),
    DATABASE_SECRET_ARN: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:user',
    DATABASE_ADMIN_SECRET_ARN: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:admin',
    DATABASE_POOL_SIZE: '1',
    DATABASE_CA: database.caPem,
    CORS_ALLOW_ORIGIN: '*',
    EVENT_BUS: 'help-desk-events',
    POWERTOOLS_SERVICE_NAME: 'help-desk',
    POWERTOOLS_METRICS_NAMESPACE: 'HelpDesk',
    ...changes,
  });
  running.push(started);
  return started;
}

function sample(name: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(root, 'events', `${name}.json`), 'utf8')) as Record<string, unknown>;
}

/** Ids, times and latencies differ from run to run. Ids become the number of their first appearance. */
function withoutChance(answers: readonly unknown[]): unknown[] {
  const seen = new Map<string, string>();
  const pattern = /[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f-]{21}|\d{4}-\d\d-\d\dT[\d:.]+Z/g;
  return answers.map((answer) =>
    JSON.parse(
      JSON.stringify(answer)
        .replace(/("latencyMs\\*":)[\d.]+/g, '$1 0')
        .replace(pattern, (text) => {
          // Two times may or may not be the same millisecond; ids are told apart.
          if (text.endsWith('Z')) return 'a time';
          if (!seen.has(text)) seen.set(text, `id ${seen.size + 1}`);
          return seen.get(text)!;
        }),
    ),
  );
}

/** A ticket's whole life, and refusals on the way. */
async function life(build: Build, schema: string): Promise<Answer[]> {
  const variables = { DATABASE_NAME: schema };
  const migrate = await start(build, 'MigrateDatabaseFunction', variables);
  await migrate.invoke(sample('migrate-database'));
  const health = await start(build, 'HealthFunction', variables);
  const tickets = await start(build, 'TicketsFunction', variables);
  const call = async (name: string, changes: object = {}) =>
    (await tickets.invoke({ ...sample(name), ...changes })) as Answer;
  const created = await call('tickets-create');
  const of = { pathParameters: { id: (JSON.parse(created.body) as { id: string }).id } };
  return [
    (await health.invoke(sample('health'))) as Answer,
    created,
    await call('tickets-create', { body: '{"subject": ' }),
    await call('tickets-create', { body: JSON.stringify({ subject: 'x'.repeat(300) }) }),
    await call('tickets-get', of),
    await call('tickets-get'),
    await call('tickets-list'),
    await call('tickets-search'),
    await call('tickets-patch', of),
    await call('tickets-patch', of),
    await call('tickets-message', of),
  ];
}

const either = samBuild === undefined ? describe.skip : describe;
const title =
  samBuild === undefined
    ? 'sam build and sampan (skipped: npm run check runs this, on what the SAM CLI has built)'
    : 'sam build and sampan';

either(title, () => {
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sam-build-test-'));
    const document = readDocument(join(root, 'template.yaml'));
    const { artifacts } = await buildAll(
      buildables(document, {
        stackName: 'help-desk',
        region: 'us-east-1',
        accountId: '123456789012',
        parameterOverrides: {},
      }),
      {
        outputDirectory: join(directory, 'build'),
        projectDirectory: root,
        nodePath: process.execPath,
        esbuildBinary: () =>
          createRequire(require.resolve('esbuild/package.json')).resolve(
            `@esbuild/${process.platform}-${process.arch}/bin/esbuild`,
          ),
        environment: process.env,
      },
    );
    builds.sampan = (logicalId) => {
      const artifact = artifacts.get(logicalId);
      if (artifact?.kind !== 'built') throw new Error(`${logicalId}: ${artifact?.message ?? 'not built'}`);
      return artifact.directory;
    };
    [database, services] = await Promise.all([startTestDatabase(MASTER), startServices()]);
  }, 120_000);

  afterAll(async () => {
    await Promise.all(running.map((each) => each.stop()));
    services.closeAllConnections();
    services.close();
    await database.stop();
    await rm(directory, { recursive: true, force: true });
  });

  it('answer the same events the same way, headers and bodies included', async () => {
    const sam = await life(builds.sam, 'built_by_sam');
    const sampan = await life(builds.sampan, 'built_by_sampan');
    expect(sam.map(({ statusCode }) => statusCode)).toEqual([200, 201, 400, 400, 200, 404, 200, 200, 200, 412, 201]);
    expect(withoutChance(sampan)).toEqual(withoutChance(sam));
  }, 60_000);

  it.each([
    ['TicketsFunction', 'tickets-list'],
    ['HealthFunction', 'health'],
  ] as const)(
    '%s answers the same without a database',
    async (name, event) => {
      const variables = { DATABASE_NAME: 'helpdesk', DATABASE_PORT: '1' };
      const [sam, sampan] = await Promise.all(
        [builds.sam, builds.sampan].map(async (build) => (await start(build, name, variables)).invoke(sample(event))),
      );
      expect((sam as Answer).statusCode).toBe(503);
      expect(sampan).toEqual(sam);
    },
    60_000,
  );
});
