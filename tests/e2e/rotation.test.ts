/**
 * The functions' password changes again and again under load, while every connection they hold is broken off besides:
 * no request fails, and passwords from before are refused.
 *
 * `SAMPAN_ROTATION_SECONDS=60` makes it a minute with a rotation every 5 s.
 */
import { Agent, request } from 'node:http';
import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  RotateSecretCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';
import { connectAsAdministrator, openAdministratorSession } from '../../local/services/rds/index.ts';
import { eventually, type Running, removeTemporaryDirectories, startSampan } from './sampan.ts';

jest.setTimeout(300_000);

const SECONDS = Number(process.env['SAMPAN_ROTATION_SECONDS'] ?? 6);
const REQUESTS_PER_SECOND = 100;
const ROTATION_EVERY_MS = SECONDS >= 20 ? 5_000 : 2_000;

interface Login {
  readonly username: string;
  readonly password: string;
}

const agent = new Agent({ keepAlive: true });
let load: NodeJS.Timeout | undefined;
let running: Running;
let administrator: Connection;
let secrets: SecretsManagerClient;
let SecretId: string;

beforeAll(async () => {
  // What is tested is the password, not the throttle in front of it.
  running = await startSampan({
    args: ['--parameter-overrides', 'RequestsPerSecond=10000', 'RequestBurst=5000'],
  });
  administrator = await connectAsAdministrator(openAdministratorSession({ stateDirectory: running.stateDirectory }));
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  secrets = new SecretsManagerClient({ endpoint: running.awsUrl, region: 'us-east-1', credentials });
  const { SecretList = [] } = await secrets.send(new ListSecretsCommand({}));
  SecretId = SecretList.find(({ RotationLambdaARN }) => RotationLambdaARN !== undefined)!.ARN!;
});

/** The deploy tries the function out, on a version of its own. */
beforeAll(() => eventually(async () => !(await labels()).includes('AWSPENDING'), 60_000, said));

async function labels(): Promise<string[]> {
  const { VersionIdsToStages = {} } = await secrets.send(new DescribeSecretCommand({ SecretId }));
  return Object.values(VersionIdsToStages).flat();
}

afterAll(async () => {
  clearInterval(load);
  agent.destroy();
  secrets?.destroy();
  await administrator?.end();
  await running?.stop();
  removeTemporaryDirectories();
});

/** The status, and the body of what is no success. */
function health(): Promise<string> {
  return new Promise((resolve) => {
    const sent = request(`${running.apiUrl}/health`, { agent }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => resolve(response.statusCode === 200 ? '200' : `${response.statusCode} ${text}`));
    });
    sent.on('error', (error) => resolve(error.message));
    sent.end();
  });
}

async function login(): Promise<Login> {
  const { SecretString = '{}' } = await secrets.send(new GetSecretValueCommand({ SecretId }));
  return JSON.parse(SecretString) as Login;
}

/** Straight at the server. */
async function isTaken({ username: user, password }: Login): Promise<boolean> {
  const port = Number(/Database\s+127\.0\.0\.1:(\d+)/.exec(running.stdout() + running.stderr())?.[1]);
  const ssl = { rejectUnauthorized: false };
  try {
    await (await createConnection({ host: '127.0.0.1', port, user, password, ssl })).end();
    return true;
  } catch (error) {
    if ((error as { errno?: number }).errno === 1045) return false;
    throw error;
  }
}

const rotatedAt = async (): Promise<number> =>
  (await secrets.send(new DescribeSecretCommand({ SecretId }))).LastRotatedDate?.getTime() ?? 0;

/** What Secrets Manager and its function said of the rotations. */
const said = (): string =>
  (running.stdout() + running.stderr())
    .split('\n')
    .filter((line) => /Secrets Manager: |rotate-database-secret.*"ERROR"|"ERROR".*rotate-database-secret/.test(line))
    .join('\n');

/** Resolves when it has succeeded. */
async function rotate(): Promise<void> {
  const before = await rotatedAt();
  await secrets.send(new RotateSecretCommand({ SecretId }));
  // One that fails on a busy machine is tried again after a minute; no request may fail for that either.
  await eventually(async () => (await rotatedAt()) > before, 90_000, said);
}

/** As a failover would: whoever holds a connection has to log in again. */
async function breakOffEveryConnection(user: string): Promise<void> {
  const sql = 'SELECT ID AS id FROM information_schema.PROCESSLIST WHERE USER = ?';
  const [rows] = await administrator.query<RowDataPacket[]>(sql, [user]);
  for (const { id } of rows) await administrator.query(`KILL ${Number(id)}`).catch(() => undefined);
}

test(`rotations every ${ROTATION_EVERY_MS / 1_000} s for ${SECONDS} s under ${REQUESTS_PER_SECOND} requests/s fail no request`, async () => {
  const first = await login();
  const logins = [first];
  const pending: Promise<string>[] = [];
  const startedAt = performance.now();
  load = setInterval(() => {
    const due = Math.min(SECONDS * 1_000, performance.now() - startedAt) * (REQUESTS_PER_SECOND / 1_000);
    while (pending.length < due) pending.push(health());
  }, 10);
  const rotations = Math.floor((SECONDS * 1_000) / ROTATION_EVERY_MS);
  for (let rotation = 0; rotation < rotations; rotation += 1) {
    const next = startedAt + (rotation + 1) * ROTATION_EVERY_MS - 1_000;
    await rotate();
    logins.push(await login());
    await breakOffEveryConnection(first.username);
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, next - performance.now())));
  }
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, startedAt + SECONDS * 1_000 - performance.now())));
  clearInterval(load);

  const answers = await Promise.all(pending);
  expect(answers.filter((answer) => answer !== '200')).toEqual([]);
  expect(answers.length).toBeGreaterThan(SECONDS * REQUESTS_PER_SECOND * 0.9);
  expect(new Set(logins.map(({ password }) => password)).size).toBe(rotations + 1);
  expect(new Set(logins.map(({ username }) => username)).size).toBe(1);
  // The last one is taken, the one before as well until the next rotation; none of all that were before.
  expect(await Promise.all(logins.map(isTaken))).toEqual(logins.map((_, index) => index >= logins.length - 2));
});

test('the master secret is rotated by RDS itself, without a function', async () => {
  const { SecretList = [] } = await secrets.send(new ListSecretsCommand({}));
  const { ARN } = SecretList.find(({ OwningService }) => OwningService === 'rds')!;
  const described = () => secrets.send(new DescribeSecretCommand({ SecretId: ARN }));
  const read = async () => {
    const { SecretString = '{}' } = await secrets.send(new GetSecretValueCommand({ SecretId: ARN }));
    return JSON.parse(SecretString) as Login;
  };
  const before = await read();
  expect(await described()).toMatchObject({ RotationEnabled: true, RotationRules: { AutomaticallyAfterDays: 7 } });
  await secrets.send(new RotateSecretCommand({ SecretId: ARN }));
  await eventually(async () => (await described()).LastRotatedDate !== undefined, 20_000, said);
  const after = await read();
  expect(after).toEqual({ ...before, password: expect.not.stringMatching(before.password.replace(/\W/g, '\\$&')) });
  expect([await isTaken(before), await isTaken(after)]).toEqual([false, true]);
});

test('no log has a password', async () => {
  const { password } = await login();
  expect(running.stdout() + running.stderr()).not.toContain(password);
});
