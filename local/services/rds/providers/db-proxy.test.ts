import { createServer } from 'node:net';
import type { JsonObject } from '../../../template/stack.ts';
import { INSTANCE, useRds } from '../service.fixture.ts';

const rds = useRds();
const { open, provider, create, remove, query } = rds;

const SECRET = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:db';

beforeEach(() => {
  rds.secrets.set(SECRET, JSON.stringify({ username: 'helpdesk_master', password: 'correct-horse-battery' }));
});

describe('AWS::RDS::DBProxy', () => {
  const PROXY: JsonObject = {
    DBProxyName: 'help-desk',
    EngineFamily: 'MYSQL',
    RequireTLS: true,
    RoleArn: 'arn:aws:iam::123456789012:role/proxy',
    Auth: [{ AuthScheme: 'SECRETS', SecretArn: SECRET }],
    VpcSubnetIds: ['subnet-a', 'subnet-b'],
  };
  const target = (identifier: string): JsonObject => ({
    DBProxyName: 'help-desk',
    TargetGroupName: 'default',
    DBInstanceIdentifiers: [identifier],
    ConnectionPoolConfigurationInfo: { MaxConnectionsPercent: 90, ConnectionBorrowTimeout: 2 },
  });

  it('leads to its target under a name of its own, on 3306 whatever the database’s port', async () => {
    const instance = await create('DBInstance', { ...INSTANCE, Port: 3310 });
    const proxy = await create('DBProxy', PROXY);
    expect(proxy.attributes).toMatchObject({
      DBProxyArn: expect.stringMatching(/^arn:aws:rds:us-east-1:123456789012:db-proxy:prx-[0-9a-f]{17}$/),
      Endpoint: expect.stringMatching(/^help-desk\.proxy-c[a-z0-9]{11}\.us-east-1\.rds\.amazonaws\.com$/),
      VpcId: 'vpc-1',
    });
    const endpoint = proxy.attributes['Endpoint'];
    await expect(query(endpoint, 'select 1')).rejects.toThrow('leads nowhere');
    const group = await create('DBProxyTargetGroup', target(instance.physicalId));
    expect(await query(endpoint, 'select 1 as one')).toEqual([{ one: 1 }]);
    await remove(group);
    await expect(query(endpoint, 'select 1')).rejects.toThrow('leads nowhere');
  });

  it('may have a role of the account that no stack here has, of which the log tells', async () => {
    const { kernel, world } = rds;
    world.elsewhere.add(String(PROXY['RoleArn']));
    await create('DBProxy', PROXY);
    expect(kernel.telemetry.logs.filter({ group: '/sampan' })?.events.map(({ message }) => message)).toContain(
      `role ${PROXY['RoleArn']} is of no stack here: what it may is not known, so RDS may everything in it here`,
    );
  });

  it('follows its database to another port after a restart', async () => {
    const instance = await create('DBInstance', INSTANCE);
    const proxy = await create('DBProxy', PROXY);
    await create('DBProxyTargetGroup', target(instance.physicalId));
    const endpoint = String(proxy.attributes['Endpoint']);
    const { port } = rds.kernel.addresses.lookup(endpoint, 3306)!.target as { port: number };
    await rds.kernel.stop();
    const squatter = createServer().listen(port, '127.0.0.1');
    open();
    await (await provider('DBInstance')).restore!(instance);
    await (await provider('DBProxy')).restore!(proxy);
    expect(rds.kernel.addresses.lookup(endpoint, 3306)!.target).not.toMatchObject({ port });
    expect(await query(endpoint, 'select 1 as one')).toEqual([{ one: 1 }]);
    squatter.close();
  });

  it('may have further names', async () => {
    const instance = await create('DBInstance', INSTANCE);
    await create('DBProxy', PROXY);
    await create('DBProxyTargetGroup', target(instance.physicalId));
    const endpoint = await create('DBProxyEndpoint', {
      DBProxyName: 'help-desk',
      DBProxyEndpointName: 'reports',
      VpcSubnetIds: ['subnet-a', 'subnet-b'],
    });
    expect(await query(endpoint.attributes['Endpoint'], 'select 1 as one')).toEqual([{ one: 1 }]);
    await remove(endpoint);
    await expect(query(endpoint.attributes['Endpoint'], 'select 1')).rejects.toThrow('leads nowhere');
  });

  it.each<[string, JsonObject, RegExp]>([
    ['another engine family', { EngineFamily: 'POSTGRESQL' }, /EngineFamily POSTGRESQL is not emulated/],
    ['one zone', { VpcSubnetIds: ['subnet-a', 'subnet-a2'] }, /At least 2 subnets/],
    ['no way to authenticate', { Auth: [] }, /At least one Auth/],
    ['an idle time-out beyond eight hours', { IdleClientTimeout: 28_801 }, /between 1 and 28800/],
  ])('refuses %s', async (_, change, message) => {
    await expect(create('DBProxy', { ...PROXY, ...change })).rejects.toThrow(message);
  });
});
