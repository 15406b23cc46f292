import type { JsonObject } from '../../template/stack.ts';
import { INSTANCE, useRds } from './service.fixture.ts';

const rds = useRds({ servers: 'described' });
const { create, update } = rds;

const SUBNETS: JsonObject = {
  DBSubnetGroupName: 'private',
  DBSubnetGroupDescription: 'private',
  SubnetIds: ['subnet-a', 'subnet-b'],
};
const PROXY: JsonObject = {
  DBProxyName: 'shop',
  EngineFamily: 'MYSQL',
  RoleArn: 'arn:aws:iam::123456789012:role/proxy',
  Auth: [{ AuthScheme: 'SECRETS', SecretArn: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:db' }],
  VpcSubnetIds: ['subnet-a', 'subnet-b'],
};

const placementAt = (hostname: unknown) => rds.kernel.addresses.lookup(String(hostname), 3306)?.placement;

describe('in the network', () => {
  it('an instance stands in its subnet group and its security groups', async () => {
    await create('DBSubnetGroup', SUBNETS);
    const properties = { ...INSTANCE, DBSubnetGroupName: 'private', VPCSecurityGroups: ['sg-database'] };
    const { attributes } = await create('DBInstance', properties);
    expect(placementAt(attributes['Endpoint.Address'])).toEqual({
      kind: 'vpc',
      subnetIds: ['subnet-a', 'subnet-b'],
      securityGroupIds: ['sg-database'],
      publiclyAccessible: false,
    });
  });

  it('an instance follows its subnet group, and its own groups', async () => {
    const group = await create('DBSubnetGroup', SUBNETS);
    const instance = await create('DBInstance', { ...INSTANCE, DBSubnetGroupName: 'private' });
    await update(group, { ...SUBNETS, SubnetIds: ['subnet-a2', 'subnet-b'] });
    const address = instance.attributes['Endpoint.Address'];
    expect(placementAt(address)).toMatchObject({
      subnetIds: ['subnet-a2', 'subnet-b'],
      securityGroupIds: ['sg-default-of-vpc-1'],
    });
    await update(instance, { ...INSTANCE, DBSubnetGroupName: 'private', VPCSecurityGroups: ['sg-other'] });
    expect(placementAt(address)).toMatchObject({ securityGroupIds: ['sg-other'] });
  });

  it('an instance without a subnet group stands in the default VPC', async () => {
    const { attributes } = await create('DBInstance', { ...INSTANCE, PubliclyAccessible: true });
    expect(placementAt(attributes['Endpoint.Address'])).toEqual({
      kind: 'vpc',
      subnetIds: ['subnet-a', 'subnet-b'],
      securityGroupIds: ['sg-default-of-vpc-1'],
      publiclyAccessible: true,
    });
  });

  it('a proxy and its endpoints each stand where they were put', async () => {
    const instance = await create('DBInstance', INSTANCE);
    const proxy = await create('DBProxy', { ...PROXY, VpcSecurityGroupIds: ['sg-proxy'] });
    await create('DBProxyTargetGroup', {
      DBProxyName: 'shop',
      TargetGroupName: 'default',
      DBInstanceIdentifiers: [instance.physicalId],
    });
    const endpoint = await create('DBProxyEndpoint', {
      DBProxyName: 'shop',
      DBProxyEndpointName: 'reports',
      VpcSubnetIds: ['subnet-a2', 'subnet-b'],
    });
    const own = { kind: 'vpc', subnetIds: ['subnet-a', 'subnet-b'], securityGroupIds: ['sg-proxy'] };
    expect(placementAt(proxy.attributes['Endpoint'])).toEqual(own);
    const further = { kind: 'vpc', subnetIds: ['subnet-a2', 'subnet-b'], securityGroupIds: ['sg-default-of-vpc-1'] };
    expect(placementAt(endpoint.attributes['Endpoint'])).toEqual(further);
  });

  it('nothing is put into a security group of another VPC', async () => {
    const elsewhere = { ...INSTANCE, VPCSecurityGroups: ['sg-elsewhere'] };
    await expect(create('DBInstance', elsewhere)).rejects.toThrow(/are in different VPCs.*vpc-1.*vpc-2/);
    await expect(create('DBProxy', { ...PROXY, VpcSecurityGroupIds: ['sg-elsewhere'] })).rejects.toThrow(
      /DB proxy and EC2 security group are in different VPCs/,
    );
  });
});
