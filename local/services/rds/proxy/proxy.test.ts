import { connect as dial } from 'node:net';
import fc from 'fast-check';
import type { Connection, RowDataPacket } from 'mysql2/promise';
import type { ExistingResource } from '../../../kernel/provider.ts';
import type { JsonObject } from '../../../template/stack.ts';
import { INSTANCE, useRds } from '../service.fixture.ts';
import { joined } from './credentials.ts';

const rds = useRds({ lifetime: 'file' });
const { create, update, connect } = rds;

const secretArn = (name: string) => `arn:aws:secretsmanager:us-east-1:123456789012:secret:${name}`;
const MASTER = ['helpdesk_master', 'correct-horse-battery'] as const;
const ROLE = 'arn:aws:iam::123456789012:role/proxy';

const proxyOf = (secrets: readonly string[], properties: JsonObject = {}): JsonObject => ({
  DBProxyName: name,
  EngineFamily: 'MYSQL',
  RequireTLS: true,
  RoleArn: ROLE,
  Auth: secrets.map((name) => ({ AuthScheme: 'SECRETS', SecretArn: secretArn(name) })),
  VpcSubnetIds: ['subnet-a', 'subnet-b'],
  ...properties,
});

const secret = (name: string, username: string, password: string) =>
  rds.secrets.set(secretArn(name), JSON.stringify({ username, password }));

let instance: ExistingResource | undefined;
let made: ExistingResource[] = [];
/** Each test's proxy has a name, and so a log, of its own. */
let name = '';
let count = 0;

beforeEach(() => {
  count += 1;
  name = `shop-${count}`;
});

/** A proxy in front of the one database, whose host name it answers. */
async function setUp(properties: JsonObject = proxyOf(['master'])): Promise<string> {
  secret('master', ...MASTER);
  instance ??= await create('DBInstance', INSTANCE);
  const proxy = await create('DBProxy', properties);
  const targets = await create('DBProxyTargetGroup', {
    DBProxyName: name,
    TargetGroupName: 'default',
    DBInstanceIdentifiers: [instance.physicalId],
    ConnectionPoolConfigurationInfo: { ConnectionBorrowTimeout: 1 },
  });
  made = [proxy, targets];
  return String(proxy.attributes['Endpoint']);
}

afterEach(async () => {
  for (const resource of made.splice(0).reverse()) await rds.remove(resource);
  const address = instance?.attributes['Endpoint.Address'];
  if (address) await statement(connect(address, ...MASTER), 'drop user if exists reader');
});

async function statement(opened: Promise<Connection>, sql: string): Promise<unknown> {
  const connection = await opened;
  try {
    return (await connection.query<RowDataPacket[]>(sql))[0];
  } finally {
    await connection.end();
  }
}

const whoami = (opened: Promise<Connection>) => statement(opened, 'select 1 as one');

/** e.g. `1045 28000 Access denied …` */
const refusal = (opened: Promise<Connection>) =>
  whoami(opened).then(
    () => 'let in',
    ({ errno, sqlState, message }) => `${errno} ${sqlState} ${message}`,
  );

const logged = () =>
  (rds.kernel.telemetry.logs.filter({ group: `/aws/rds/proxy/${name}` })?.events ?? []).map(({ message }) => message);

const serverPort = () =>
  rds.kernel.store.collection<{ localPort: number }>('rds', 'instances').list()[0]!.value.localPort;
const portOf = (hostname: string) => (rds.kernel.addresses.lookup(hostname, 3306)!.target as { port: number }).port;

/** As it is once the proxy has looked at everything. */
async function settled(hostname: string): Promise<number> {
  for (let tries = 0; tries < 100 && portOf(hostname) !== serverPort(); tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return portOf(hostname);
}

it('stands out of the way when everybody is let in', async () => {
  const proxy = await setUp();
  expect(await whoami(connect(proxy, ...MASTER))).toEqual([{ one: 1 }]);
  expect(await settled(proxy)).toBe(serverPort());
  expect(await whoami(connect(proxy, ...MASTER))).toEqual([{ one: 1 }]);
  expect(await refusal(connect(proxy, 'helpdesk_master', 'wrong'))).toMatch(/^1045 28000 Access denied for user/);
});

it('is out of the way of the first who comes when it was prepared', async () => {
  const proxy = await setUp();
  await (await rds.kernel.registry.service('rds')).prepare?.();
  expect(portOf(proxy)).toBe(serverPort());
  expect(await whoami(connect(proxy, ...MASTER))).toEqual([{ one: 1 }]);
});

it('refuses a user whose secret is not in Auth, from the moment there is one, and lets the others in', async () => {
  const proxy = await setUp();
  expect(await whoami(connect(proxy, ...MASTER))).toEqual([{ one: 1 }]);
  await statement(connect(proxy, ...MASTER), "create user reader@'%' identified by 'reader-password'");
  await statement(connect(proxy, ...MASTER), "grant select on helpdesk.* to reader@'%'");
  const reader = () => connect(proxy, 'reader', 'reader-password');
  expect(await refusal(reader())).toBe("1045 28000 Access denied for user 'reader'@'127.0.0.1' (using password: YES)");
  expect(logged()).toEqual([expect.stringMatching(/no credentials of reader: none of the 1 secrets in Auth/)]);
  expect(await whoami(connect(proxy, ...MASTER))).toEqual([{ one: 1 }]);
});

it('says which entry of Auth would let a user in, when there is a secret of that user, and never what is in it', async () => {
  const proxy = await setUp();
  secret('other', 'somebody', 'other-password');
  secret('reader', 'reader', 'reader-password');
  await statement(connect(proxy, ...MASTER), "create user reader@'%' identified by 'reader-password'");
  expect(await refusal(connect(proxy, 'reader', 'reader-password'))).toMatch(/^1045/);
  const entry = `  - AuthScheme: SECRETS\n    IAMAuth: DISABLED\n    SecretArn: ${secretArn('reader')}`;
  expect(logged()).toEqual([expect.stringContaining(`; add to DBProxy.Auth:\n${entry}`)]);
  expect(logged().join()).not.toContain('password');
});

it('lets a user in once its secret is in Auth', async () => {
  const proxy = await setUp();
  await statement(connect(proxy, ...MASTER), "create user reader@'%' identified by 'reader-password'");
  await statement(connect(proxy, ...MASTER), "grant select on helpdesk.* to reader@'%'");
  secret('reader', 'reader', 'reader-password');
  await update(made[0]!, proxyOf(['master', 'reader']));
  expect(await whoami(connect(proxy, 'reader', 'reader-password'))).toEqual([{ one: 1 }]);
});

it('takes the password that a secret has now, of a user who has the one before as well, and no other', async () => {
  secret('reader', 'reader', 'before');
  const proxy = await setUp(proxyOf(['master', 'reader']));
  const administer = (sql: string) => statement(connect(proxy, ...MASTER), sql);
  const either = "mysql_native_password using password('after') or mysql_native_password using password('before')";
  await administer(`create user reader@'%' identified via ${either}`);
  await administer("grant select on helpdesk.* to reader@'%'");
  expect(await refusal(connect(proxy, 'reader', 'before'))).toBe('let in');
  expect(await refusal(connect(proxy, 'reader', 'after'))).toMatch(/^1045 28000 Access denied for user 'reader'/);
  expect(logged().at(-1)).toBe('what reader gave is not the password its secret has now');
  secret('reader', 'reader', 'after');
  rds.changed('secretsmanager');
  expect(await refusal(connect(proxy, 'reader', 'after'))).toBe('let in');
  expect(await refusal(connect(proxy, 'reader', 'before'))).toMatch(/^1045 28000 Access denied for user 'reader'/);
  expect(await refusal(connect(proxy, ...MASTER))).toBe('let in');
});

it('has no credentials from a secret its role may not read, until it may', async () => {
  rds.world.unreadable.add(secretArn('master'));
  const proxy = await setUp();
  expect(await refusal(connect(proxy, ...MASTER))).toMatch(/^1045 28000 Access denied/);
  expect(logged().join()).toContain(
    `The IAM role "${ROLE}" is not authorized to read the AWS Secrets Manager secret with the ARN ` +
      `"${secretArn('master')}": no policy of role proxy allows it`,
  );
  rds.world.unreadable.clear();
  rds.changed('iam');
  expect(await whoami(connect(proxy, ...MASTER))).toEqual([{ one: 1 }]);
});

it('says what to paste for one secret apart from why another cannot be read', () => {
  expect(joined(['none is theirs', 'a may not:\n  - Effect: Allow', 'b may not:\n  - Effect: Allow'])).toBe(
    'none is theirs; a may not:\n  - Effect: Allow\nb may not:\n  - Effect: Allow',
  );
});

it.each([
  ['another password', JSON.stringify({ username: 'helpdesk_master', password: 'other-password' }), /does not take/],
  ['no user name', JSON.stringify({ password: 'correct-horse-battery' }), /not JSON with a username and a password/],
  ['no JSON', 'correct-horse-battery', /not JSON with a username and a password/],
])('has no credentials from a secret with %s, and never tells what is in it', async (_, content, reason) => {
  const proxy = await setUp();
  rds.secrets.set(secretArn('master'), content);
  rds.changed('secretsmanager');
  expect(await refusal(connect(proxy, ...MASTER))).toMatch(/^1045 28000/);
  expect(logged().join()).toMatch(reason);
  expect(logged().join()).not.toMatch(/other-password|correct-horse-battery/);
});

it('stays out of the way of whoever comes from outside: a container reaches no other port', async () => {
  rds.world.unreadable.add(secretArn('master'));
  const address = rds.kernel.addresses.lookup(await setUp(), 3306);
  expect(address).toMatchObject({ outside: { kind: 'tcp', port: serverPort() } });
});

it('refuses whoever does not speak TLS, when it is to', async () => {
  const proxy = await setUp();
  expect(await refusal(connect(proxy, ...MASTER, { tls: false }))).toBe(
    '3159 HY000 This RDS Proxy requires TLS connections.',
  );
});

it('takes whoever does not speak TLS, when it may', async () => {
  const proxy = await setUp(proxyOf(['master'], { RequireTLS: false }));
  for (const tls of [false, true]) {
    expect(await whoami(connect(proxy, ...MASTER, { tls }))).toEqual([{ one: 1 }]);
    expect(await refusal(connect(proxy, 'rdsadmin', '', { tls }))).toMatch(/^1045 28000 .*using password: NO/);
  }
});

it('accepts connections that it cannot pass on, and gives up after the borrow time-out', async () => {
  rds.world.unreachable = 'sg-database lets nobody in at 3306';
  const proxy = await setUp();
  const before = performance.now();
  expect(await refusal(connect(proxy, ...MASTER))).toBe('9501 HY000 Timed-out waiting to acquire database connection');
  expect(performance.now() - before).toBeGreaterThan(990);
  expect(logged()).toEqual(['sg-database lets nobody in at 3306']);
  rds.world.unreachable = undefined;
  rds.changed('ec2');
  expect(await whoami(connect(proxy, ...MASTER))).toEqual([{ one: 1 }]);
});

it('is not made with a role that does not trust RDS', async () => {
  rds.world.distrustful.add(ROLE);
  await expect(create('DBProxy', proxyOf(['master']))).rejects.toMatchObject({
    code: 'InvalidParameterValue',
    message: expect.stringContaining('its trust policy leaves rds.amazonaws.com out'),
  });
});

it('survives whatever comes instead of a client', async () => {
  const proxy = await setUp();
  const port = portOf(proxy);
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 200 }), async (bytes) => {
      await new Promise<void>((resolve) => {
        const socket = dial(port, '127.0.0.1', () => socket.end(bytes));
        socket.on('error', () => {}).on('close', () => resolve());
        socket.resume();
      });
    }),
    { numRuns: 50 },
  );
  expect(await whoami(connect(proxy, ...MASTER))).toEqual([{ one: 1 }]);
});
