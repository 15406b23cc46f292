import { createConnection } from 'mysql2/promise';
import type { JsonObject } from '../../../template/stack.ts';
import { INSTANCE, useRds } from '../service.fixture.ts';

const rds = useRds();
const { provider, request, create, update, remove, query } = rds;

describe('AWS::RDS::DBSubnetGroup', () => {
  const group = (...SubnetIds: string[]): JsonObject => ({ DBSubnetGroupDescription: 'private subnets', SubnetIds });

  it('needs two zones of one network', async () => {
    expect((await create('DBSubnetGroup', group('subnet-a', 'subnet-b'))).physicalId).toBe(
      'help-desk-dbsubnetgroup-1x2y3z4a5b6c',
    );
    await expect(create('DBSubnetGroup', group('subnet-a', 'subnet-a2'))).rejects.toMatchObject({
      code: 'DBSubnetGroupDoesNotCoverEnoughAZs',
    });
    await expect(create('DBSubnetGroup', group('subnet-a', 'subnet-elsewhere'))).rejects.toMatchObject({
      code: 'InvalidSubnet',
    });
  });

  it('must exist for an instance in it, and stay while there is one', async () => {
    const placed = { ...INSTANCE, DBSubnetGroupName: 'private' };
    await expect(create('DBInstance', placed)).rejects.toMatchObject({ code: 'DBSubnetGroupNotFoundFault' });
    const named = await create('DBSubnetGroup', { ...group('subnet-a', 'subnet-b'), DBSubnetGroupName: 'Private' });
    const instance = await create('DBInstance', placed);
    await expect(remove(named)).rejects.toMatchObject({ code: 'InvalidDBSubnetGroupStateFault' });
    await remove(instance);
    await remove(named);
  });
});

describe('AWS::RDS::DBParameterGroup', () => {
  const group = (Parameters: JsonObject): JsonObject => ({ Family: 'mariadb10.11', Description: 'ours', Parameters });

  it('sets the variables of its instances, at once and after a change', async () => {
    const parameters = await create(
      'DBParameterGroup',
      group({ max_connections: '33', 'character-set-server': 'utf8mb4' }),
    );
    const instance = await create('DBInstance', { ...INSTANCE, DBParameterGroupName: parameters.physicalId });
    const address = instance.attributes['Endpoint.Address'];
    const sql = 'select @@max_connections m, @@character_set_server c, @@wait_timeout w';
    expect(await query(address, sql)).toEqual([{ m: 33, c: 'utf8mb4', w: 28_800 }]);
    await update(parameters, group({ max_connections: '{DBInstanceClassMemory/25165760}', wait_timeout: 60 }));
    expect(await query(address, sql)).toEqual([{ m: 42, c: expect.any(String), w: 60 }]);
  });

  it('lets plain connections in when it says so', async () => {
    const parameters = await create('DBParameterGroup', group({ require_secure_transport: '0' }));
    const instance = await create('DBInstance', { ...INSTANCE, DBParameterGroupName: parameters.physicalId });
    const target = rds.kernel.addresses.lookup(String(instance.attributes['Endpoint.Address']), 3306)!.target;
    if (target.kind !== 'tcp') throw new Error('a database is on TCP');
    const user = { user: 'helpdesk_master', password: 'correct-horse-battery' };
    const plain = await createConnection({ host: target.host, port: target.port, ...user });
    await plain.end();
  });

  it('names the parameters a laptop’s server is not given', async () => {
    const properties = group({
      innodb_buffer_pool_size: '{DBInstanceClassMemory*3/4}',
      sync_binlog: 1,
      wait_timeout: 9,
    });
    const findings = await (await provider('DBParameterGroup')).unsupported!(request('DBParameterGroup', properties));
    expect(findings.map(({ path }) => path.join('.'))).toEqual([
      'Parameters.innodb_buffer_pool_size',
      'Parameters.sync_binlog',
    ]);
  });

  it('must be of the instance’s engine', async () => {
    const parameters = await create('DBParameterGroup', { ...group({}), Family: 'mysql8.4' });
    const properties = { ...INSTANCE, DBParameterGroupName: parameters.physicalId };
    await expect(create('DBInstance', properties)).rejects.toMatchObject({ code: 'InvalidParameterCombination' });
  });
});
