import fc from 'fast-check';
import type { JsonObject } from '../template/stack.ts';
import type { CostedResource } from './contract.ts';
import { compareEgress, egressOf } from './egress.ts';
import { formatCost } from './format.ts';
import { loadOf, type Recording } from './load.ts';
import { priceOf } from './prices.ts';
import { costReport } from './report.ts';
import { durationCost } from './size.ts';

const resource = (logicalId: string, type: string, properties: JsonObject = {}): CostedResource => ({
  logicalId,
  type,
  physicalId: `shop-${logicalId}`,
  properties,
});

const HELLO = resource('Hello', 'AWS::Lambda::Function', { MemorySize: 512, Architectures: ['arm64'] });
const PERMISSION = resource('HelloPermission', 'AWS::Lambda::Permission', {
  Principal: 'apigateway.amazonaws.com',
  FunctionName: 'shop-Hello',
});
const SERVERLESS = [
  HELLO,
  PERMISSION,
  resource('Api', 'AWS::ApiGateway::RestApi'),
  resource('Logs', 'AWS::Logs::LogGroup', { RetentionInDays: 30 }),
];

const GIVEN = {
  requests: 10_000_000,
  durationMs: 50,
  coldShare: 0.01,
  initMs: 300,
  logsGb: 10,
  dataGb: 0,
  objectsGb: 0,
  activeUsers: 0,
};

const report = (resources: readonly CostedResource[], given = GIVEN, recording?: Recording) =>
  costReport({ stack: 'shop', region: 'us-east-1', resources, load: loadOf(resources, recording, given) });

const usdOf = (resources: readonly CostedResource[]) =>
  report(resources, { ...GIVEN, requests: 0, logsGb: 0 }).fixedUsd;

const endpoint = (id: string, zones: number) =>
  resource(id, 'AWS::EC2::VPCEndpoint', {
    VpcEndpointType: 'Interface',
    ServiceName: `com.amazonaws.us-east-1.${id}`,
    SubnetIds: Array.from({ length: zones }, (_, zone) => `subnet-${zone}`),
  });

describe('the worked figures', () => {
  it('ten million requests of 50 ms at 512 MB on arm64, 1 % of them cold for 300 ms, with 10 GB of logs, are 45.53 USD', () => {
    const { lines, fixedUsd, assumptions } = report(SERVERLESS);
    const worked = lines.filter(({ what }) => !what.startsWith('logs kept'));
    expect(worked.map(({ what, usd }) => [what, Number(usd.toFixed(2))])).toEqual([
      ['REST API requests', 35],
      ['invocations', 2],
      ['512 MB arm64 for 50 ms, 1 % cold × 300 ms', 3.53],
      ['logs taken in', 5],
    ]);
    expect(worked.reduce((sum, { usd }) => sum + usd, 0).toFixed(2)).toBe('45.53');
    expect([fixedUsd, assumptions]).toEqual([0, []]);
  });

  it('five endpoints in two zones are 73.00 USD, two NAT gateways 65.70', () => {
    const endpoints = ['secretsmanager', 'sqs', 'sns', 'events', 'states'].map((id) => endpoint(id, 2));
    expect(usdOf(endpoints).toFixed(2)).toBe('73.00');
    expect(usdOf([resource('A', 'AWS::EC2::NatGateway'), resource('B', 'AWS::EC2::NatGateway')]).toFixed(2)).toBe(
      '65.70',
    );
    expect(
      usdOf([endpoint('s3', 0), resource('S3', 'AWS::EC2::VPCEndpoint', { VpcEndpointType: 'Gateway' })]),
    ).toBeCloseTo(7.3);
  });
});

it('says which prices nobody compared with AWS’s page', () => {
  const text = formatCost(report([resource('Key', 'AWS::KMS::Key')], { ...GIVEN, requests: 0, logsGb: 0 }));
  expect(text).toMatch(/1 × ~1 \/ key/);
  expect(text).toContain("~ was not compared with AWS's price page");
});

it.each<[string, CostedResource[], number]>([
  ['a key', [resource('Key', 'AWS::KMS::Key')], 1],
  ['a secret', [resource('Secret', 'AWS::SecretsManager::Secret')], 0.4],
  ['an alarm', [resource('Alarm', 'AWS::CloudWatch::Alarm', { Period: 60 })], 0.1],
  ['an alarm of seconds', [resource('Alarm', 'AWS::CloudWatch::Alarm', { Period: '10' })], 0.3],
  [
    'an alarm of two metrics and a sum',
    [
      resource('Alarm', 'AWS::CloudWatch::Alarm', {
        Metrics: [{ MetricStat: { Period: 60 } }, { MetricStat: { Period: 60 } }, { Expression: 'a+b' }],
      }),
    ],
    0.2,
  ],
  ['a dashboard', [resource('Dashboard', 'AWS::CloudWatch::Dashboard')], 3],
  ['an address', [resource('Address', 'AWS::EC2::EIP')], 3.65],
  [
    'a database with what RDS keeps of it',
    [
      resource('Database', 'AWS::RDS::DBInstance', {
        Engine: 'mariadb',
        DBInstanceClass: 'db.t4g.micro',
        AllocatedStorage: '20',
        StorageType: 'gp3',
        ManageMasterUserPassword: 'true',
      }),
    ],
    11.68 + 2.3 + 0.4,
  ],
  [
    'a database with a standby',
    [
      resource('Database', 'AWS::RDS::DBInstance', {
        Engine: 'mysql',
        DBInstanceClass: 'db.t4g.micro',
        AllocatedStorage: 20,
        StorageType: 'gp3',
        MultiAZ: 'true',
      }),
    ],
    2 * (11.68 + 2.3),
  ],
  [
    'roles, subnets and custom resources',
    [resource('Role', 'AWS::IAM::Role'), resource('Subnet', 'AWS::EC2::Subnet'), resource('C', 'Custom::Thing')],
    0,
  ],
  [
    'a table with provisioned capacity and an index',
    [
      resource('Orders', 'AWS::DynamoDB::Table', {
        ProvisionedThroughput: { ReadCapacityUnits: 5, WriteCapacityUnits: 5 },
        GlobalSecondaryIndexes: [{ ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: '2' } }],
      }),
    ],
    730 * (6 * 0.00013 + 7 * 0.00065),
  ],
  [
    'provisioned concurrency',
    [
      HELLO,
      resource('Live', 'AWS::Lambda::Alias', {
        FunctionName: 'shop-Hello',
        ProvisionedConcurrencyConfig: { ProvisionedConcurrentExecutions: 2 },
      }),
    ],
    2 * 0.5 * 730 * 3600 * 0.0000033334,
  ],
])('%s costs what it costs', (_, resources, usd) => {
  expect(usdOf(resources)).toBeCloseTo(usd, 6);
  expect(report(resources).unpriced).toEqual([]);
});

it('a proxy is paid by the processors of its database', () => {
  const database = resource('Database', 'AWS::RDS::DBInstance', { Engine: 'mariadb', DBInstanceClass: 'db.t4g.micro' });
  const proxy = resource('Proxy', 'AWS::RDS::DBProxy');
  const targets = resource('Targets', 'AWS::RDS::DBProxyTargetGroup', {
    DBProxyName: 'shop-Proxy',
    DBInstanceIdentifiers: ['shop-Database'],
  });
  expect(usdOf([database, proxy, targets]) - usdOf([database])).toBeCloseTo(21.9);
  expect(report([proxy]).unpriced).toMatchObject([{ logicalId: 'Proxy', why: expect.stringContaining('not known') }]);
});

it.each<[string, JsonObject, RegExp]>([
  ['AWS::RDS::DBInstance', { Engine: 'mariadb', DBInstanceClass: 'db.x2g.16xlarge' }, /db\.x2g\.16xlarge for mariadb/],
  ['AWS::RDS::DBInstance', { Engine: 'oracle-ee', DBInstanceClass: 'db.t4g.micro' }, /for oracle-ee/],
  ['AWS::SQS::Queue', {}, /paid by use, 0\.4 USD a million requests/],
  ['AWS::DynamoDB::Table', { BillingMode: 'PAY_PER_REQUEST' }, /paid by use, 0\.625 USD a million writes/],
  ['AWS::Redshift::Cluster', {}, /its price is not known here/],
  ['AWS::CloudTrail::Trail', { InsightSelectors: [{ InsightType: 'ApiCallRateInsight' }] }, /paid by the event/],
])('%s that has no price here is named', (type, properties, why) => {
  expect(report([resource('Thing', type, properties)]).unpriced).toEqual([
    { logicalId: 'Thing', type, why: expect.stringMatching(why) },
  ]);
});

describe('endpoints against NAT', () => {
  it('break even where the data makes up for the hours', () => {
    const { breakEvenGb } = compareEgress(6, 2, 2);
    const [endpoints, nat] = [87.6, 65.7 + 2 * 3.65];
    expect(breakEvenGb).toBeCloseTo((endpoints - nat) / 0.035, 6);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 3 }),
        (count, zones, gateways) => {
          const egress = compareEgress(count, zones, gateways);
          const at = (gb: number) => egress.endpoints.usd + gb * 0.01 - (egress.nat.usd + gb * 0.045);
          if (egress.breakEvenGb === undefined) expect(at(0)).toBeLessThanOrEqual(1e-9);
          else expect(Math.abs(at(egress.breakEvenGb))).toBeLessThan(1e-6);
        },
      ),
    );
  });

  it('say nothing of a stack without either', () => {
    expect(egressOf([HELLO])).toBeUndefined();
    expect(egressOf([endpoint('sqs', 1)])).toMatchObject({ breakEvenGb: undefined, endpoints: { count: 1, zones: 1 } });
  });
});

describe('a load', () => {
  const RECORDING: Recording = {
    requests: 1_000,
    functions: [
      { logicalId: 'Hello', invocations: 900, durationMs: 18_000, coldStarts: 2, initMs: 500 },
      { logicalId: 'Migrate', invocations: 3, durationMs: 3_000, coldStarts: 3, initMs: 900 },
    ],
    logBytes: 2 ** 20,
  };
  const MIGRATE = resource('Migrate', 'AWS::Lambda::Function');

  it('is what was recorded, in proportion; what no request causes stays as it was', () => {
    const load = loadOf([...SERVERLESS, MIGRATE], RECORDING, { requests: 1_000_000 });
    expect(load.functions).toEqual([
      { logicalId: 'Hello', invocations: 900_000, durationMs: 20, coldShare: 0.01, initMs: 250 },
      { logicalId: 'Migrate', invocations: 3, durationMs: 1_000, coldShare: 0.01, initMs: 300 },
    ]);
    expect(load.logsGb).toBeCloseTo(1000 / 1024);
    expect(load.assumptions.join()).toContain('1,000 requests recorded here');
  });

  it('is what is given, before all', () => {
    const { functions, logsGb } = loadOf([...SERVERLESS, MIGRATE], RECORDING, GIVEN);
    expect(functions[0]).toEqual({
      logicalId: 'Hello',
      invocations: 9_000_000,
      durationMs: 50,
      coldShare: 0.01,
      initMs: 300,
    });
    expect(logsGb).toBe(10);
  });

  it('is assumed where nothing is known, and every assumption said with its flag', () => {
    const { requests, functions, assumptions } = loadOf(SERVERLESS, undefined, {});
    expect(requests).toBe(1_000_000);
    expect(functions).toEqual([
      { logicalId: 'Hello', invocations: 1_000_000, durationMs: 50, coldShare: 0.01, initMs: 300 },
    ]);
    for (const flag of [
      'requests',
      'duration-ms',
      'cold-share',
      'init-ms',
      'logs-gb',
      'data-gb',
      'objects-gb',
      'users',
    ]) {
      expect(assumptions.join()).toContain(`--${flag}`);
    }
  });
});

describe('the report', () => {
  it('says what would add to it', () => {
    const { additions } = report(SERVERLESS);
    expect(additions.map(({ what, usd }) => [what.split(':')[0], Number(usd.toFixed(2))])).toEqual([
      ['retries', 0.11],
      ['logs', 4.77],
      ['provisioned concurrency', 4.38],
    ]);
  });

  it('names price, Region and day, and of another Region that the prices are not its own', () => {
    const text = formatCost(report([...SERVERLESS, endpoint('secretsmanager', 1)]));
    expect(text).toContain('Prices in USD of us-east-1;');
    expect(text).toMatch(/as of 2026-\d\d-\d\d/);
    expect(text).not.toContain('~');
    expect(text).toMatch(/Api +REST API requests +10 × 3\.5 \/ million requests +35\.00/);
    expect(text).toContain('Endpoints are cheaper, whatever goes through.');
    const elsewhere = costReport({
      stack: 'shop',
      region: 'eu-west-1',
      resources: SERVERLESS,
      load: loadOf(SERVERLESS, undefined, GIVEN),
    });
    expect(formatCost(elsewhere)).toContain(
      'Prices in USD of us-east-1: those of eu-west-1 are not known here, and differ',
    );
  });

  it('adds up, whatever is in it', () => {
    const some = fc.subarray([
      ...SERVERLESS,
      endpoint('sqs', 2),
      resource('Key', 'AWS::KMS::Key'),
      resource('Pool', 'AWS::Cognito::UserPool'),
    ]);
    fc.assert(
      fc.property(some, fc.nat(1e8), (resources, requests) => {
        const { lines, totalUsd, fixedUsd, useUsd } = report(resources, { ...GIVEN, requests, activeUsers: 10 });
        const sum = lines.reduce((all, { usd }) => all + usd, 0);
        expect(totalUsd).toBeCloseTo(sum, 6);
        expect(fixedUsd + useUsd).toBeCloseTo(sum, 6);
        for (const { price } of lines)
          expect(price).toMatchObject({ region: 'us-east-1', asOf: expect.stringMatching(/^2026-/) });
      }),
    );
  });
});

it('a million invocations of one size are paid by their billed milliseconds', () => {
  expect(durationCost({ memoryMb: 1024, architecture: 'x86_64', durationMs: 99.2 })).toBeCloseTo(1.66667 + 0.2, 4);
  expect(durationCost({ memoryMb: 512, architecture: 'arm64', durationMs: 100 })).toBeCloseTo(0.66667 + 0.2, 4);
  expect(priceOf('nothing')).toBeUndefined();
});
