import { EventBridgeClient, PutRuleCommand } from '@aws-sdk/client-eventbridge';
import {
  CreateBucketCommand,
  DeletePublicAccessBlockCommand,
  GetBucketPolicyCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { CreateSecretCommand, GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { existingResource, resourceRequest, startTestCloud, type TestCloud } from '../../doors/aws-endpoint/testing.ts';
import type { JsonObject } from '../../template/stack.ts';
import { eventBridgeService } from '../eventbridge/index.ts';
import { kmsService } from '../kms/index.ts';
import { s3Service } from '../s3/index.ts';
import { secretsManagerService } from '../secretsmanager/index.ts';
import { sqsService } from '../sqs/index.ts';
import { cloudTrailService } from './index.ts';
import { eventNameOf, managementEvent } from './management-events.ts';

const API_CALL = 'AWS API Call via CloudTrail';
const CALLS = { 'detail-type': [API_CALL] };
const POLICY = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Deny', Principal: '*', Action: 's3:*', Resource: 'arn:aws:s3:::guarded' }],
};

interface Told {
  readonly source: string;
  readonly detail: JsonObject;
}

let cloud: TestCloud;
let s3: S3Client;
let secrets: SecretsManagerClient;
let seen = 0;

/** What came over the default bus since this was last asked. */
async function told(): Promise<Told[]> {
  await cloud.kernel.outbox.idle();
  const { Events } = (await cloud.kernel.dispatch({
    caller: { kind: 'internal', service: 'test' },
    service: 'events',
    operation: 'ListPassedEvents',
    input: { After: seen },
  })) as { Events: { sequence: number; event: string }[] };
  seen = Events.at(-1)?.sequence ?? seen;
  return Events.map(({ event }) => JSON.parse(event) as Told);
}

const names = (all: readonly Told[]) => all.map(({ detail }) => detail['eventName']);

async function rule(pattern: object, State?: 'DISABLED' | 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS') {
  const client = new EventBridgeClient(cloud.client);
  await client.send(new PutRuleCommand({ Name: 'calls', EventPattern: JSON.stringify(pattern), State }));
  client.destroy();
}

async function trail(properties: JsonObject) {
  const request = resourceRequest('AWS::CloudTrail::Trail', { S3BucketName: 'logs', TrailName: 't', ...properties });
  const provider = (await cloud.kernel.registry.service('cloudtrail')).providers['AWS::CloudTrail::Trail']!;
  const existing = existingResource(request, { physicalId: 't' });
  const made = cloud.kernel.store.collection('cloudtrail', 'trails').get('t')
    ? await provider.update(request, existing)
    : await provider.create(request);
  await told();
  return { made, remove: () => provider.delete(existing), unsupported: () => provider.unsupported!(request) };
}

beforeAll(async () => {
  cloud = await startTestCloud([
    s3Service(),
    sqsService(),
    eventBridgeService(),
    kmsService(),
    secretsManagerService(),
    cloudTrailService(),
  ]);
  s3 = new S3Client({ ...cloud.client, forcePathStyle: true });
  secrets = new SecretsManagerClient(cloud.client);
  for (const Bucket of ['guarded', 'logs']) await s3.send(new CreateBucketCommand({ Bucket }));
  await rule(CALLS);
});

afterAll(async () => {
  s3.destroy();
  secrets.destroy();
  await cloud[Symbol.asyncDispose]();
});

const putPolicy = () => s3.send(new PutBucketPolicyCommand({ Bucket: 'guarded', Policy: JSON.stringify(POLICY) }));

test('without a trail nobody hears of calls', async () => {
  await putPolicy();
  expect(await told()).toEqual([]);
});

test('a call is told of in CloudTrail’s form while a trail logs', async () => {
  await trail({ IsLogging: true });
  const { $metadata } = await putPolicy();
  expect(await told()).toEqual([
    {
      version: '0',
      id: expect.any(String),
      'detail-type': API_CALL,
      source: 'aws.s3',
      account: '123456789012',
      time: '2026-11-21T12:00:00Z',
      region: 'us-east-1',
      resources: [],
      detail: {
        eventVersion: '1.11',
        userIdentity: {
          type: 'Root',
          principalId: '123456789012',
          arn: 'arn:aws:iam::123456789012:root',
          accountId: '123456789012',
          accessKeyId: 'test',
        },
        eventTime: '2026-11-21T12:00:00Z',
        eventSource: 's3.amazonaws.com',
        eventName: 'PutBucketPolicy',
        awsRegion: 'us-east-1',
        sourceIPAddress: '127.0.0.1',
        userAgent: null,
        requestParameters: {
          policy: '',
          bucketName: 'guarded',
          Host: 'guarded.s3.us-east-1.amazonaws.com',
          bucketPolicy: POLICY,
        },
        responseElements: null,
        requestID: $metadata.requestId,
        eventID: expect.any(String),
        readOnly: false,
        eventType: 'AwsApiCall',
        managementEvent: true,
        recipientAccountId: '123456789012',
        eventCategory: 'Management',
      },
    },
  ]);
});

test('records have CloudTrail’s names of calls, and show nothing secret', async () => {
  await s3.send(new DeletePublicAccessBlockCommand({ Bucket: 'guarded' }));
  await secrets.send(
    new CreateSecretCommand({ Name: 'word', SecretString: 'sesame', Tags: [{ Key: 'A', Value: 'b' }] }),
  );
  const records = await told();
  expect(records.map(({ source, detail }) => [source, detail['eventName'], detail['requestParameters']])).toEqual([
    ['aws.s3', 'DeleteBucketPublicAccessBlock', expect.objectContaining({ bucketName: 'guarded' })],
    [
      'aws.secretsmanager',
      'CreateSecret',
      expect.objectContaining({
        name: 'word',
        secretString: 'HIDDEN_DUE_TO_SECURITY_REASONS',
        tags: [{ key: 'A', value: 'b' }],
      }),
    ],
  ]);
  expect(records[1]!.detail['responseElements']).toMatchObject({ name: 'word' });
  expect(JSON.stringify(records)).not.toContain('sesame');
});

test('what was refused has its error, and who is in a role is named with it', async () => {
  const { credentials } = cloud.kernel.identities.issue({
    roleArn: 'arn:aws:iam::123456789012:role/app/developers',
    sessionName: 'mallory',
    durationSeconds: 900,
  });
  const client = new S3Client({
    ...cloud.client,
    credentials: { ...credentials, expiration: new Date(credentials.expiration) },
    forcePathStyle: true,
  });
  await expect(client.send(new DeletePublicAccessBlockCommand({ Bucket: 'none' }))).rejects.toThrow();
  client.destroy();
  const [record] = await told();
  expect(record!.detail).toMatchObject({
    errorCode: 'NoSuchBucket',
    errorMessage: 'The specified bucket does not exist',
    userIdentity: {
      type: 'AssumedRole',
      arn: 'arn:aws:sts::123456789012:assumed-role/developers/mallory',
      sessionContext: {
        sessionIssuer: { arn: 'arn:aws:iam::123456789012:role/app/developers', userName: 'developers' },
        attributes: { creationDate: '2026-11-21T12:00:00Z', mfaAuthenticated: 'false' },
      },
    },
  });
});

test('of calls that read a rule hears in its own state alone, and of calls on data never', async () => {
  const read = async () => {
    await s3.send(new GetBucketPolicyCommand({ Bucket: 'guarded' }));
    await secrets.send(new GetSecretValueCommand({ SecretId: 'word' }));
    await s3.send(new PutObjectCommand({ Bucket: 'guarded', Key: 'k', Body: 'x' }));
  };
  await read();
  expect(await told()).toEqual([]);
  await rule(CALLS, 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS');
  await told();
  await read();
  expect(names(await told())).toEqual(['GetBucketPolicy', 'GetSecretValue']);
});

test('a trail logs what its selectors say', async () => {
  await trail({
    IsLogging: true,
    EventSelectors: [{ ReadWriteType: 'WriteOnly', ExcludeManagementEventSources: ['sqs.amazonaws.com'] }],
  });
  const sqs = new SQSClient(cloud.client);
  await sqs.send(new CreateQueueCommand({ QueueName: 'q' }));
  sqs.destroy();
  await s3.send(new GetBucketPolicyCommand({ Bucket: 'guarded' }));
  await putPolicy();
  expect(names(await told())).toEqual(['PutBucketPolicy']);
  const field = (Field: string, Equals: string[]) => ({ Field, Equals });
  const reads = [field('eventCategory', ['Management']), field('readOnly', ['true'])];
  await trail({ IsLogging: true, AdvancedEventSelectors: [{ FieldSelectors: reads }] });
  await s3.send(new GetBucketPolicyCommand({ Bucket: 'guarded' }));
  await putPolicy();
  expect(names(await told())).toEqual(['GetBucketPolicy']);
  await trail({ IsLogging: true, EventSelectors: [{ IncludeManagementEvents: false }] });
  await putPolicy();
  expect(await told()).toEqual([]);
});

test('nothing is told that no rule could match, by a trail that does not log, or by none', async () => {
  await trail({ IsLogging: true });
  await rule({ ...CALLS, source: ['aws.s3'], detail: { eventName: ['DeleteBucketPolicy'] } });
  await told();
  await putPolicy();
  expect(await told()).toEqual([]);
  await rule({ source: [{ prefix: 'aws.' }] });
  await told();
  await putPolicy();
  expect(names(await told())).toEqual(['PutBucketPolicy']);
  await trail({ IsLogging: false });
  await putPolicy();
  expect(await told()).toEqual([]);
  const { remove } = await trail({ IsLogging: true });
  await remove();
  await putPolicy();
  expect(await told()).toEqual([]);
});

test('a trail without its bucket or its key is refused', async () => {
  await expect(trail({ IsLogging: true, S3BucketName: 'none' })).rejects.toMatchObject({
    code: 'S3BucketDoesNotExistException',
  });
  const KMSKeyId = 'arn:aws:kms:us-east-1:123456789012:key/00000000-0000-4000-8000-000000000000';
  await expect(trail({ IsLogging: true, KMSKeyId })).rejects.toMatchObject({
    code: 'InsufficientEncryptionPolicyException',
  });
});

test.each([
  ['lambda', 'CreateFunction', '/2015-03-31/functions', 'CreateFunction20150331'],
  ['lambda', 'UpdateFunctionCode', '/2015-03-31/functions/{FunctionName}/code', 'UpdateFunctionCode20150331v2'],
  ['lambda', 'CreateFunctionUrlConfig', '/2021-10-31/functions/{FunctionName}/url', 'CreateFunctionUrlConfig'],
  ['s3', 'PutPublicAccessBlock', '/{Bucket}?publicAccessBlock', 'PutBucketPublicAccessBlock'],
  ['sqs', 'CreateQueue', undefined, 'CreateQueue'],
])('%s %s (%s) is recorded as %s', (service, operation, uri, name) => {
  expect(eventNameOf(service, operation, uri)).toBe(name);
});

test.each([
  ['sqs', 'SendMessage', undefined],
  ['lambda', 'Invoke', undefined],
  ['dynamodb', 'PutItem', undefined],
  ['dynamodb', 'CreateTable', false],
  ['kms', 'Decrypt', true],
  ['kms', 'CreateKey', false],
  ['sts', 'GetSessionToken', false],
  ['sts', 'AssumeRole', true],
  ['ssm', 'GetParameter', true],
])('%s %s: read only is %s', (service, operation, readOnly) => {
  expect(managementEvent(service, operation)?.readOnly).toBe(readOnly);
});
