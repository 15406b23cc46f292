/** RDS, with a real database server. */
import { spawnSync } from 'node:child_process';
import { expect, test } from '@jest/globals';
import { functions, inHouse, openHouse } from '../conformance/house.ts';

const subnet = (zone: string, third: number) => ({
  Type: 'AWS::EC2::Subnet',
  Properties: { VpcId: { Ref: 'Vpc' }, CidrBlock: `10.0.${third}.0/24`, AvailabilityZone: `us-east-1${zone}` },
});
const PASSWORD = 'not-a-secret-1';
const instance = {
  DBInstanceClass: 'db.t4g.micro',
  AllocatedStorage: '20',
  MasterUsername: 'owner',
  MasterUserPassword: PASSWORD,
  DBSubnetGroupName: { Ref: 'Group' },
};

const NETWORK = {
  Vpc: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: '10.0.0.0/16' } },
  A: subnet('a', 0),
  B: subnet('b', 1),
  Group: {
    Type: 'AWS::RDS::DBSubnetGroup',
    Properties: { DBSubnetGroupDescription: 'both', SubnetIds: [{ Ref: 'A' }, { Ref: 'B' }] },
  },
};

const roleOf = (Service: string) => ({
  Type: 'AWS::IAM::Role',
  Properties: {
    AssumeRolePolicyDocument: {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { Service }, Action: 'sts:AssumeRole' }],
    },
  },
});

const house = inHouse(
  functions(
    {
      connects: {
        // The default group lets in what is in it.
        VpcConfig: {
          SubnetIds: [{ Ref: 'A' }, { Ref: 'B' }],
          SecurityGroupIds: [{ 'Fn::GetAtt': ['Vpc', 'DefaultSecurityGroup'] }],
        },
        // The server speaks first, and says its version: no password is needed to hear it.
        code: `exports.handler = ({ host }) => new Promise((resolve, reject) => {
          const socket = require('node:net').connect(3306, host);
          socket.once('error', reject).once('data', (data) => { socket.destroy(); resolve(data.subarray(5, data.indexOf(0, 5)).toString()); });
        });`,
      },
    },
    {
      ...NETWORK,
      Parameters: {
        Type: 'AWS::RDS::DBParameterGroup',
        Properties: {
          Family: 'mariadb11.4',
          Description: 'some',
          Parameters: { innodb_buffer_pool_size: '1073741824' },
        },
      },
      Database: {
        Type: 'AWS::RDS::DBInstance',
        Properties: {
          ...instance,
          Engine: 'mariadb',
          EngineVersion: '11.4.99',
          DBParameterGroupName: { Ref: 'Parameters' },
          BackupRetentionPeriod: 7,
          MultiAZ: true,
          EnableIAMDatabaseAuthentication: true,
          EnablePerformanceInsights: true,
          MonitoringInterval: 60,
          MonitoringRoleArn: { 'Fn::GetAtt': ['MonitoringRole', 'Arn'] },
          EnableCloudwatchLogsExports: ['audit'],
        },
      },
      MySql: {
        Type: 'AWS::RDS::DBInstance',
        Properties: { ...instance, Engine: 'mysql', EngineVersion: '8.4.6' },
      },
      ProxyRole: roleOf('rds.amazonaws.com'),
      MonitoringRole: roleOf('monitoring.rds.amazonaws.com'),
      Proxy: {
        Type: 'AWS::RDS::DBProxy',
        Properties: {
          DBProxyName: 'proxy',
          EngineFamily: 'MYSQL',
          RoleArn: { 'Fn::GetAtt': ['ProxyRole', 'Arn'] },
          Auth: [
            { SecretArn: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:nobody-has-it', IAMAuth: 'REQUIRED' },
          ],
          VpcSubnetIds: [{ Ref: 'A' }, { Ref: 'B' }],
        },
      },
      NowhereGroup: {
        Type: 'AWS::EC2::SecurityGroup',
        Properties: {
          GroupDescription: 'Lets nothing out but HTTPS',
          VpcId: { Ref: 'Vpc' },
          SecurityGroupEgress: [{ IpProtocol: 'tcp', FromPort: 443, ToPort: 443, CidrIp: '0.0.0.0/0' }],
        },
      },
      CutOff: {
        Type: 'AWS::RDS::DBProxy',
        Properties: {
          DBProxyName: 'cut-off',
          EngineFamily: 'MYSQL',
          RoleArn: { 'Fn::GetAtt': ['ProxyRole', 'Arn'] },
          Auth: [{ SecretArn: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:nobody-has-it' }],
          VpcSubnetIds: [{ Ref: 'A' }, { Ref: 'B' }],
          VpcSecurityGroupIds: [{ 'Fn::GetAtt': ['NowhereGroup', 'GroupId'] }],
        },
      },
      CutOffTargets: {
        Type: 'AWS::RDS::DBProxyTargetGroup',
        Properties: {
          DBProxyName: { Ref: 'CutOff' },
          TargetGroupName: 'default',
          DBInstanceIdentifiers: [{ Ref: 'Database' }],
        },
      },
      Targets: {
        Type: 'AWS::RDS::DBProxyTargetGroup',
        Properties: {
          DBProxyName: { Ref: 'Proxy' },
          TargetGroupName: 'default',
          DBInstanceIdentifiers: [{ Ref: 'Database' }],
          ConnectionPoolConfigurationInfo: { InitQuery: 'SET @a = 1' },
        },
      },
    },
  ),
);

function said(resource: string, property: string): string {
  return house()
    .diagnostics()
    .filter((one) => one.resource === resource && one.property?.startsWith(`Properties.${property}`))
    .map(({ message }) => message)
    .join('\n');
}

function hasMySql(): boolean {
  const { stdout } = spawnSync('mysqld', ['--version'], { encoding: 'utf8' });
  return Boolean(stdout) && !stdout.includes('MariaDB');
}

/** `GetAtt`, as the template has it. */
const attribute = (logicalId: string, name: string) =>
  String(
    house()
      .cloud.reconciler.resources('test')
      .find((one) => one.logicalId === logicalId)?.attributes[name],
  );

test('D1: the proxy does not pool: who connects to it hears the server itself', async () => {
  expect(said('Targets', 'ConnectionPoolConfigurationInfo')).toContain('connections are not pooled');
  const versionAt = async (host: string) => (await house().invoke('connects', { host })).value;
  const version = await versionAt(attribute('Database', 'Endpoint.Address'));
  expect(version).toMatch(/\d+\.\d+/);
  expect(await versionAt(attribute('Proxy', 'Endpoint'))).toBe(version);
});

test.each([
  [
    'D2: there is no IAM authentication',
    'Database',
    'EnableIAMDatabaseAuthentication',
    'IAM database authentication is not emulated',
  ],
  ['D3: there is one server: no standby, no backups', 'Database', 'MultiAZ', 'there is no standby'],
  ['D4: the patch version is the server’s', 'Database', 'Engine', 'version 11.4.99 runs on'],
  ['D6: parameters of sizes are not applied', 'Parameters', 'Parameters', 'the local server keeps a laptop’s'],
  [
    'D7: nothing is monitored, and two logs are exported',
    'Database',
    'EnableCloudwatchLogsExports',
    'only the error log and the slow query log are exported',
  ],
])('%s', (_, resource, property, message) => {
  expect(said(resource, property)).toContain(message);
});

test('D5: MySQL is MariaDB where there is no MySQL', () => {
  if (hasMySql()) return console.warn('not tested: this machine has a server of MySQL');
  expect(said('MySql', 'Engine')).toMatch(/^MySQL 8\.4\.6 runs on MariaDB \S+ here .* which lacks: the JSON operators/);
});

test('D3: replicas, clusters and snapshots are refused', async () => {
  const Replica = {
    Type: 'AWS::RDS::DBInstance',
    Properties: { DBInstanceClass: 'db.t4g.micro', SourceDBInstanceIdentifier: 'other', Engine: 'mariadb' },
  };
  await expect(openHouse(functions({}, { Replica }))).rejects.toThrow(/a read replica is not emulated/);
});

test('D9: a target group is made although its proxy does not get to the database', () => {
  expect(house().physicalId('CutOffTargets')).toMatch(/target-group/);
});
