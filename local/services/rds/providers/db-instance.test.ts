import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { AwsError } from '../../../kernel/index.ts';
import type { JsonObject } from '../../../template/stack.ts';
import { INSTANCE, useRds } from '../service.fixture.ts';

const rds = useRds();
const { open, provider, request, create, update, remove, connect, query } = rds;

describe('AWS::RDS::DBInstance', () => {
  it('is a server with its database and its master user, under the name RDS would give it', async () => {
    const instance = await create('DBInstance', INSTANCE);
    expect(instance.physicalId).toBe('help-desk-dbinstance-1x2y3z4a5b6c');
    expect(instance.attributes).toMatchObject({
      DBInstanceArn: 'arn:aws:rds:us-east-1:123456789012:db:help-desk-dbinstance-1x2y3z4a5b6c',
      DbiResourceId: expect.stringMatching(/^db-[A-Z2-7]{26}$/),
      'Endpoint.Address': expect.stringMatching(
        /^help-desk-dbinstance-1x2y3z4a5b6c\.c[a-z0-9]{11}\.us-east-1\.rds\.amazonaws\.com$/,
      ),
      'Endpoint.Port': '3306',
    });
    const rows = await query(instance.attributes['Endpoint.Address'], 'select database() d, @@max_connections m');
    expect(rows).toEqual([{ d: 'helpdesk', m: 85 }]);
  });

  it('is not made with a monitoring role that does not trust RDS, nor without one', async () => {
    const MonitoringRoleArn = 'arn:aws:iam::123456789012:role/monitoring';
    const monitored = { ...INSTANCE, MonitoringInterval: 60 };
    await expect(create('DBInstance', monitored)).rejects.toThrow('A MonitoringRoleARN value is required if you');
    rds.world.distrustful.add(MonitoringRoleArn);
    await expect(create('DBInstance', { ...monitored, MonitoringRoleArn })).rejects.toThrow(
      'does not include the required permissions for: ENHANCED_MONITORING; its trust policy leaves',
    );
    rds.world.distrustful.clear();
    const instance = await create('DBInstance', { ...monitored, MonitoringRoleArn });
    rds.world.distrustful.add(`${MonitoringRoleArn}-2`);
    await expect(update(instance, { ...monitored, MonitoringRoleArn: `${MonitoringRoleArn}-2` })).rejects.toThrow(
      'ENHANCED_MONITORING',
    );
  });

  it('is there again after a restart, on the same port, with its data', async () => {
    const instance = await create('DBInstance', INSTANCE);
    const address = instance.attributes['Endpoint.Address'];
    await query(address, 'create table tickets as select 1 as id');
    const before = rds.kernel.addresses.lookup(String(address), 3306);
    await rds.kernel.stop();
    open();
    expect(await (await provider('DBInstance')).restore!(instance)).toEqual({
      physicalId: instance.physicalId,
      attributes: instance.attributes,
    });
    expect(rds.kernel.addresses.lookup(String(address), 3306)).toEqual(before);
    expect(await query(address, 'select id from tickets')).toEqual([{ id: 1 }]);
  });

  it('comes back by itself when its server crashes', async () => {
    const instance = await create('DBInstance', INSTANCE);
    const address = instance.attributes['Endpoint.Address'];
    const connection = await connect(address, 'helpdesk_master', 'correct-horse-battery');
    connection.on('error', () => {});
    const { pid } = JSON.parse(
      readFileSync(join(rds.directory, 'rds', instance.physicalId, 'server.json'), 'utf8'),
    ) as { pid: number };
    process.kill(pid, 'SIGKILL');
    const deadline = Date.now() + 5_000;
    let answer: unknown;
    while (!answer && Date.now() < deadline) answer = await query(address, 'select 1 as one').catch(() => undefined);
    expect(answer).toEqual([{ one: 1 }]);
  });

  it('refuses to start when its data is gone, and says what to do', async () => {
    const instance = await create('DBInstance', INSTANCE);
    await rds.kernel.stop();
    rmSync(join(rds.directory, 'rds'), { recursive: true });
    open();
    await expect((await provider('DBInstance')).restore!(instance)).rejects.toThrow(
      /data of database .* is gone.*reset/,
    );
  });

  it('does not let one engine loose on the data of another', async () => {
    const instance = await create('DBInstance', INSTANCE);
    await rds.kernel.stop();
    open();
    const instances = rds.kernel.store.collection<{ writtenBy: object }>('rds', 'instances');
    const record = instances.get(instance.physicalId)!;
    for (const writtenBy of [
      { flavour: 'mysql', version: '8.4.8' },
      { flavour: 'mariadb', version: '99.1.2' },
    ]) {
      instances.put(instance.physicalId, { ...record, writtenBy });
      await expect((await provider('DBInstance')).restore!(instance)).rejects.toThrow(
        new RegExp(`was written by \\w+ ${writtenBy.version}, and there is only MariaDB .*sampan reset`),
      );
    }
  });

  it('exports slow statements and errors as RDS does', async () => {
    const group = await create('DBParameterGroup', {
      Family: 'mariadb10.11',
      Description: 'slow',
      Parameters: { slow_query_log: '1', long_query_time: '0.05' },
    });
    const instance = await create('DBInstance', {
      ...INSTANCE,
      DBParameterGroupName: group.physicalId,
      EnableCloudwatchLogsExports: ['error', 'slowquery'],
    });
    const logged: string[] = [];
    rds.kernel.telemetry.onLog(({ logGroup }, { message }) => logged.push(`${logGroup} ${message}`));
    await query(instance.attributes['Endpoint.Address'], "select sleep(0.1), 'marked'");
    await rds.kernel.stop();
    expect(logged).toContainEqual(
      expect.stringMatching(/^\/aws\/rds\/instance\/\S+\/slowquery # [\s\S]*Query_time: \d+\.\d+[\s\S]*'marked';$/),
    );
  });

  it('keeps the password out of everything it writes down', async () => {
    await create('DBInstance', INSTANCE);
    await rds.kernel.stop();
    const found = execFileSync('sh', ['-c', `grep -rl correct-horse-battery ${rds.directory} || true`], {
      encoding: 'utf8',
    });
    expect(found).toBe('');
  });

  it('takes a new password and other settings in place', async () => {
    const instance = await create('DBInstance', INSTANCE);
    const changed = await update(instance, {
      ...INSTANCE,
      MasterUserPassword: 'another-password',
      DBInstanceClass: 'db.t4g.small',
    });
    expect(changed.physicalId).toBe(instance.physicalId);
    const address = changed.attributes['Endpoint.Address'];
    await expect(query(address, 'select 1')).rejects.toMatchObject({ code: 'ER_ACCESS_DENIED_ERROR' });
    expect(await query(address, 'select @@max_connections m', 'another-password')).toEqual([{ m: 170 }]);
  });

  it('is replaced by another one when its database is to have another name', async () => {
    const instance = await create('DBInstance', INSTANCE);
    const replaced = await update(instance, { ...INSTANCE, DBName: 'helpdesk2' });
    expect(replaced.physicalId).toBe('help-desk-dbinstance-9z8y7x6w5v4u');
    await remove(instance);
    expect(rds.kernel.addresses.knows(String(instance.attributes['Endpoint.Address']))).toBe(false);
    expect(rds.kernel.addresses.knows(String(replaced.attributes['Endpoint.Address']))).toBe(true);
  });

  it('is not replaced while it has a name of its own', async () => {
    const named = { ...INSTANCE, DBInstanceIdentifier: 'Desk' };
    const instance = await create('DBInstance', named);
    expect(instance.physicalId).toBe('desk');
    await expect(update(instance, { ...named, Port: 3307 })).rejects.toThrow(/custom-named.*Port.*Rename desk/);
  });

  it('is not deleted while it is protected', async () => {
    const instance = await create('DBInstance', { ...INSTANCE, DeletionProtection: true });
    await expect(remove(instance)).rejects.toThrow('Cannot delete protected DB Instance');
    await remove(await update(instance, INSTANCE));
    expect(rds.kernel.addresses.knows(String(instance.attributes['Endpoint.Address']))).toBe(false);
  });

  it('keeps a managed master password in a secret of its own, and takes the secret with it', async () => {
    const { MasterUserPassword: _, ...rest } = INSTANCE;
    const instance = await create('DBInstance', { ...rest, ManageMasterUserPassword: true });
    const secretArn = String(instance.attributes['MasterUserSecret.SecretArn']);
    expect(secretArn).toMatch(/^rds!db-[0-9a-f-]{36}$/);
    const { username, password } = JSON.parse(rds.secrets.get(secretArn)!) as { username: string; password: string };
    expect(username).toBe('helpdesk_master');
    const address = instance.attributes['Endpoint.Address'];
    expect(await query(address, 'select 1 as one', password)).toEqual([{ one: 1 }]);
    await remove(instance);
    expect(rds.secrets.size).toBe(0);
  });

  it('leaves nothing of an instance that could not be made', async () => {
    const { MasterUserPassword: _, ...rest } = INSTANCE;
    rds.secrets.set = () => {
      throw new AwsError('LimitExceededException', 'no more secrets');
    };
    await expect(create('DBInstance', { ...rest, ManageMasterUserPassword: true })).rejects.toThrow('no more secrets');
    expect(rds.kernel.store.collection('rds', 'instances').list()).toEqual([]);
    expect(readdirSync(join(rds.directory, 'rds'))).toEqual([]);
    const processes = execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' });
    expect(processes).not.toContain(`--datadir=${rds.directory}`);
  });

  it('is made afresh after a run that was cut off while making it', async () => {
    const named = { ...INSTANCE, DBInstanceIdentifier: 'desk' };
    await create('DBInstance', named);
    await expect(create('DBInstance', named)).rejects.toMatchObject({ code: 'DBInstanceAlreadyExists' });
    await rds.kernel.stop();
    open();
    const again = { ...request('DBInstance', { ...named, DBName: 'other' }), interrupted: true };
    const { attributes = {} } = await (await provider('DBInstance')).create(again);
    expect(await query(attributes['Endpoint.Address'], "show databases like 'helpdesk'").catch((e) => e.code)).toBe(
      'ER_BAD_DB_ERROR',
    );
  });

  it.each<[string, JsonObject, RegExp]>([
    ['an engine that is not emulated', { Engine: 'postgres' }, /Invalid DB engine: postgres.*mariadb and mysql/],
    ['an unknown class', { DBInstanceClass: 'db.huge' }, /Invalid DB Instance class: db.huge/],
    ['less storage than there is', { AllocatedStorage: 10, StorageType: 'gp3' }, /Invalid storage size.*gp3: 10/],
    ['a short password', { MasterUserPassword: 'short' }, /not 8 to 41 characters long/],
    [
      'a password with what RDS forbids',
      { MasterUserPassword: 'with@slash/here' },
      /Only printable ASCII characters besides/,
    ],
    ['two ways of having a password', { ManageMasterUserPassword: true }, /can't specify MasterUserPassword when/],
    ['a reserved user', { MasterUsername: 'rdsadmin' }, /reserved word/],
    ['a port below 1150', { Port: 80 }, /Port must be between 1150 and 65535, not 80/],
    ['an identifier with two hyphens', { DBInstanceIdentifier: 'a--b' }, /not a valid identifier/],
    [
      'a cluster’s member',
      { DBClusterIdentifier: 'aurora' },
      /DBClusterIdentifier: a member of a cluster is not emulated/,
    ],
  ])('refuses %s', async (_, change, message) => {
    await expect(create('DBInstance', { ...INSTANCE, ...change })).rejects.toThrow(message);
  });

  it('names what it does not act on', async () => {
    const properties = {
      ...INSTANCE,
      Engine: 'mysql',
      EngineVersion: '8.4.5',
      MultiAZ: true,
      BackupRetentionPeriod: 7,
      Colour: 'red',
    };
    const findings = await (await provider('DBInstance')).unsupported!(request('DBInstance', properties));
    expect(findings.map(({ path }) => path.join('.'))).toEqual(
      expect.arrayContaining(['MultiAZ', 'BackupRetentionPeriod', 'Colour']),
    );
    const engine = findings.find(({ path }) => path[0] === 'Engine');
    // Where a mysqld is installed the instance runs on it, and there is nothing to say.
    if (engine) expect(engine.message).toMatch(/MySQL 8.4.5 runs on MariaDB .* which lacks: .*utf8mb4_0900/);
  });
});
