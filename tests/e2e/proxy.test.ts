/** RDS Proxy behind all the doors: what its role, its secret, their key and its network decide, a function is told. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { OWN_LOG } from '../../local/kernel/index.ts';
import { functions, type House, openHouse } from '../conformance/house.ts';
import { sdkBundle } from '../conformance/sdk-bundle.ts';
import { attributeOf, DATABASE_NETWORK } from './reach/stack.ts';

jest.setTimeout(60_000);

const probe = {
  'index.js': readFileSync(join(process.cwd(), 'tests/e2e/reach/probe.js')),
  'mysql2.js': sdkBundle('mysql2/promise'),
};

// biome-ignore lint/suspicious/noExplicitAny: a template, of which tests change a value
type Resources = Record<string, any>;

const stack = (change: (resources: Resources) => void = () => {}) => {
  const resources = structuredClone(DATABASE_NETWORK) as Resources;
  // Waits for nothing.
  resources['Targets'].Properties.ConnectionPoolConfigurationInfo = { ConnectionBorrowTimeout: 0 };
  change(resources);
  const VpcConfig = {
    SubnetIds: [{ Ref: 'EndpointsA' }],
    SecurityGroupIds: [{ 'Fn::GetAtt': ['EndpointsFunctions', 'GroupId'] }],
  };
  return functions({ connects: { code: probe, Timeout: 20, VpcConfig } }, resources);
};

let house: House;
afterEach(() => house.close());

const reasons = () => house.messages(OWN_LOG.logGroup).join('\n');

async function found(): Promise<Record<string, string>> {
  const login = { way: 'pool', patienceMs: 10_000, user: 'owner', password: 'correct-horse-battery' };
  const { value } = await house.invoke('connects', {
    proxy: { ...login, host: attributeOf(house, 'Proxy', 'Endpoint') },
    instance: { ...login, host: attributeOf(house, 'Database', 'Endpoint.Address') },
  });
  return value;
}

it('lets nobody in while its role may not read the secret; the database itself does', async () => {
  const withoutPermission = stack(({ ProxyRole }) => {
    delete ProxyRole.Properties.Policies;
  });
  house = await openHouse(withoutPermission);
  expect(await found()).toEqual({ proxy: 'ER_ACCESS_DENIED_ERROR', instance: 'reached' });
  expect(reasons()).toMatch(/RDS proxy shop-proxy refused a connection: it has no credentials of owner: /);
  expect(reasons()).toMatch(/secretsmanager:GetSecretValue/);
  await house.apply(stack());
  expect(await found()).toEqual({ proxy: 'reached', instance: 'reached' });
});

it('lets nobody in while its role may not use the secret’s key', async () => {
  const KEY = {
    Type: 'AWS::KMS::Key',
    Properties: {
      KeyPolicy: {
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Principal: { AWS: { 'Fn::Sub': 'arn:${AWS::Partition}:iam::${AWS::AccountId}:root' } },
            Action: 'kms:*',
            Resource: '*',
          },
        ],
      },
    },
  };
  const withKey = (resources: Resources) => {
    resources['Key'] = KEY;
    resources['Secret'].Properties.KmsKeyId = { 'Fn::GetAtt': ['Key', 'Arn'] };
  };
  house = await openHouse(stack(withKey));
  expect(await found()).toEqual({ proxy: 'ER_ACCESS_DENIED_ERROR', instance: 'reached' });
  expect(reasons()).toMatch(/kms:Decrypt/);
  const mended = stack((resources) => {
    withKey(resources);
    resources['ProxyRole'].Properties.Policies[0].PolicyDocument.Statement.push({
      Effect: 'Allow',
      Action: 'kms:Decrypt',
      Resource: { 'Fn::GetAtt': ['Key', 'Arn'] },
      Condition: { StringEquals: { 'kms:ViaService': 'secretsmanager.us-east-1.amazonaws.com' } },
    });
  });
  await house.apply(mended);
  expect(await found()).toEqual({ proxy: 'reached', instance: 'reached' });
});

it('takes connections that it cannot pass on to the database, and says so after the borrow time-out', async () => {
  const closed = stack(({ DatabaseGroup }) => {
    DatabaseGroup.Properties.SecurityGroupIngress.pop();
  });
  house = await openHouse(closed);
  expect(await found()).toEqual({ proxy: '9501', instance: 'reached' });
  expect(reasons()).toMatch(/proxy shop-proxy → shop-db.*:3306: .*DatabaseGroup.*template\.yaml:\d+/);
  await house.apply(stack());
  expect(await found()).toEqual({ proxy: 'reached', instance: 'reached' });
});

it('is not made in a role that does not trust RDS', async () => {
  const empty = stack((resources) => {
    for (const name of ['Proxy', 'Targets', 'ProxyRole', 'Database']) delete resources[name];
  });
  house = await openHouse(empty);
  const distrustful = stack((resources) => {
    delete resources['Targets'];
    delete resources['Database'];
    resources['ProxyRole'].Properties.AssumeRolePolicyDocument.Statement[0].Principal.Service = 'lambda.amazonaws.com';
  });
  await expect(house.apply(distrustful)).rejects.toThrow(/IAM role ARN value is invalid.*rds\.amazonaws\.com/s);
});
