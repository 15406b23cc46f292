/** The rotation function's four steps against the real database, and a secret whose versions are a map. */
import { createDatabase, type Database } from '@app/shared/database';
import type { Credentials, SecretVersions } from '@app/shared/secrets';
import { type Accounts, accounts } from '../../../functions/rotate-database-secret/accounts.ts';
import { readEvent, type Step } from '../../../functions/rotate-database-secret/event.ts';
import { type Dependencies, rotation } from '../../../functions/rotate-database-secret/rotate.ts';
import { type MariaDb, startMariaDb } from './mariadb.ts';

const ARN = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:db-aBcDeF';
const HOST = 'localhost';
const STEPS: readonly Step[] = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'];

let server: MariaDb;
let versions: Map<string, { value?: string; labels: string[] }>;
let enabled: boolean;
let passwords: number;
let told: unknown[];

beforeAll(async () => {
  server = await startMariaDb();
}, 30_000);

afterAll(() => server.stop());

const secret = (password: string, more: object = {}): string =>
  JSON.stringify({ username: 'app', password, host: HOST, port: 3306, engine: 'mariadb', ...more });

beforeEach(async () => {
  await server.administer("CREATE OR REPLACE USER 'app'@'%' IDENTIFIED BY 'one' REQUIRE SSL");
  versions = new Map([
    ['v1', { value: secret('one'), labels: ['AWSCURRENT'] }],
    ['v2', { labels: ['AWSPENDING'] }],
  ]);
  enabled = true;
  passwords = 1;
  told = [];
});

const secrets: SecretVersions = {
  async describe() {
    const stages = Object.fromEntries([...versions].map(([id, { labels }]) => [id, labels]));
    return { rotationEnabled: enabled, stages };
  },
  async read(_, label, versionId) {
    const found = [...versions].find(([id, { labels }]) => labels.includes(label) && (versionId ?? id) === id);
    return found?.[1].value;
  },
  async putPending(_, versionId, value) {
    versions.set(versionId, { value, labels: ['AWSPENDING'] });
  },
  async makeCurrent(_, { from, to }) {
    for (const version of versions.values()) version.labels = version.labels.filter((one) => one !== 'AWSPREVIOUS');
    versions.get(from)!.labels = ['AWSPREVIOUS'];
    versions.get(to)!.labels.push('AWSCURRENT');
  },
  randomPassword: async (length) => `${passwords++}`.padEnd(length, 'x'),
};

const connect = (credentials: Credentials): Database =>
  createDatabase({
    host: HOST,
    port: server.port,
    credentials: async () => credentials,
    certificateAuthority: server.certificateAuthority,
    poolSize: 1,
  });
const real = accounts({ as: connect, asAdministrator: () => connect(server.admin) });

function run(step: Step, versionId = 'v2', changes: Partial<Dependencies> = {}): Promise<void> {
  const logger = { info: (...line: unknown[]) => void told.push(line) };
  const rotate = rotation({ secrets, accounts: real, secretArn: ARN, host: HOST, logger, ...changes });
  return rotate({ step, secretArn: ARN, versionId });
}

/** Begins the next rotation, as Secrets Manager does. */
async function rotateTo(versionId: string): Promise<string> {
  for (const version of versions.values()) version.labels = version.labels.filter((one) => one !== 'AWSPENDING');
  versions.set(versionId, { labels: ['AWSPENDING'] });
  for (const step of STEPS) await run(step, versionId);
  return passwordOf(versionId);
}

const passwordOf = (versionId: string): string =>
  (JSON.parse(versions.get(versionId)!.value!) as { password: string }).password;
const taken = (...tried: string[]): Promise<boolean[]> =>
  Promise.all(tried.map((password) => real.accepts({ username: 'app', password })));

test('four steps change the password, and everything else of the secret stays', async () => {
  for (const step of STEPS) await run(step);
  expect(versions.get('v2')!.labels).toContain('AWSCURRENT');
  expect(JSON.parse(versions.get('v2')!.value!)).toEqual({
    ...(JSON.parse(secret('one')) as object),
    password: expect.stringMatching(/^1x{39}$/),
  });
  expect(told).toHaveLength(4);
  expect(JSON.stringify(told)).not.toContain('1xxx');
});

test('the database takes the current password and the one before, never an older one', async () => {
  const second = await rotateTo('v2');
  expect(await taken('one', second)).toEqual([true, true]);
  const third = await rotateTo('v3');
  expect(await taken('one', second, third)).toEqual([false, true, true]);
});

test('whoever is logged in stays so, and at no step is there a password in the secret that the database refuses', async () => {
  const open = connect({ username: 'app', password: 'one' });
  await open.read('SELECT 1');
  for (const step of STEPS) {
    await run(step);
    const { password } = JSON.parse((await secrets.read(ARN, 'AWSCURRENT'))!) as { password: string };
    expect(await taken(password)).toEqual([true]);
    await expect(open.read('SELECT 1 AS one')).resolves.toEqual([{ one: 1 }]);
  }
  await open.close();
});

test('every step may come twice, and the whole process too', async () => {
  for (const step of STEPS) {
    await run(step);
    await run(step);
  }
  for (const step of STEPS) await run(step);
  expect(passwords).toBe(2);
  expect(await taken('one', passwordOf('v2'))).toEqual([true, true]);
});

test('a rotation that was given up does not push the current password out', async () => {
  for (const step of ['createSecret', 'setSecret'] as const) await run(step);
  const third = await rotateTo('v3');
  expect(await taken('one', passwordOf('v2'), third)).toEqual([true, false, true]);
});

test('the user still has to come by TLS, from wherever', async () => {
  await rotateTo('v2');
  const [rows = []] = (await server.administer("SHOW CREATE USER 'app'@'%'")) as Record<string, string>[][];
  expect(Object.values(rows[0] ?? {})[0]).toMatch(/REQUIRE SSL$/);
});

describe('is refused', () => {
  const pendingValue = (value: string) => versions.set('v2', { value, labels: ['AWSPENDING'] });

  test.each<[string, Step, () => unknown, RegExp]>([
    ['a secret that is not under rotation', 'createSecret', () => (enabled = false), /is not turned on/],
    ['a version that is not there', 'createSecret', () => versions.delete('v2'), /no such version/],
    ['a version that is not pending', 'createSecret', () => versions.set('v2', { labels: [] }), /not AWSPENDING/],
    [
      'a secret of another host',
      'createSecret',
      () => (versions.get('v1')!.value = secret('one', { host: 'evil.example' })),
      /another host than localhost/,
    ],
    [
      'a secret that is no JSON',
      'createSecret',
      () => (versions.get('v1')!.value = 'hunter2'),
      /AWSCURRENT version of the secret is not a JSON object$/,
    ],
    [
      'a secret without a password',
      'createSecret',
      () => (versions.get('v1')!.value = secret('')),
      /needs a "password"/,
    ],
    ['a pending version without a value', 'setSecret', () => undefined, /no AWSPENDING value/],
    [
      'a pending version of another user',
      'setSecret',
      () => pendingValue(secret('two', { username: 'admin' })),
      /of another user/,
    ],
    [
      'a pending version of another host',
      'setSecret',
      () => pendingValue(secret('two', { host: 'evil.example' })),
      /another host/,
    ],
    [
      'a pending password that the database does not know',
      'testSecret',
      () => pendingValue(secret('two')),
      /refuses the AWSPENDING/,
    ],
  ])('%s', async (_, step, arrange, why) => {
    arrange();
    await expect(run(step)).rejects.toMatchObject({ name: 'RotationError', message: expect.stringMatching(why) });
    expect(await taken('one')).toEqual([true]);
  });

  test('a user that the database does not have, without the server’s words', async () => {
    await server.administer("DROP USER 'app'@'%'");
    pendingValue(secret("it's two"));
    await expect(run('setSecret')).rejects.toThrow(/^ALTER USER failed: ER_CANNOT_USER$/);
  });

  test('another secret than the function’s own', async () => {
    await expect(run('createSecret', 'v2', { secretArn: `${ARN}-other` })).rejects.toThrow('rotates another secret');
  });

  test.each([
    {},
    null,
    { Step: 'dropSecret' },
    { Step: 'setSecret', SecretId: ARN },
    { Step: 'setSecret', ClientRequestToken: 'v2' },
  ])('the event %j', (event) => {
    expect(() => readEvent(event)).toThrow(/^The event needs/);
  });
});

test('a database that does not answer fails the step, so that it is tried again', async () => {
  const away = connect({ username: 'app', password: 'one' });
  const nobody: Accounts = accounts({
    as: () => createDatabase({ host: HOST, port: 1, credentials: async () => server.admin, poolSize: 1 }),
    asAdministrator: () => away,
  });
  await run('createSecret');
  await expect(run('setSecret', 'v2', { accounts: nobody })).rejects.toMatchObject({
    name: 'DatabaseUnavailableError',
  });
  await away.close();
});
