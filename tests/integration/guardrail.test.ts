/**
 * From a change of a guarded bucket to its way back: the function's own modules, at real services of the local cloud,
 * with the rule, the trail and the policies of the template.
 */
import { consumer, doneWork } from '@app/shared/consumer';
import { logger } from '@app/shared/observability';
import { createMemory } from '@app/shared/once';
import { createTopic } from '@app/shared/topics';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import {
  CreateBucketCommand,
  DeleteBucketPolicyCommand,
  DeletePublicAccessBlockCommand,
  GetBucketPolicyCommand,
  GetPublicAccessBlockCommand,
  PutBucketPolicyCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { Context, SQSEvent } from 'aws-lambda';
import { alertOf } from '../../functions/guardrail/alert.ts';
import { bucketSettings, s3Sender } from '../../functions/guardrail/bucket-settings.ts';
import { changeFrom } from '../../functions/guardrail/change.ts';
import { guard } from '../../functions/guardrail/guard.ts';
import { BLOCKED } from '../../functions/guardrail/protection.ts';
import { resourceRequest, startTestCloud, type TestCloud } from '../../local/doors/aws-endpoint/testing.ts';
import { cloudTrailService } from '../../local/services/cloudtrail/index.ts';
import { dynamoDbService } from '../../local/services/dynamodb/index.ts';
import { eventBridgeService } from '../../local/services/eventbridge/index.ts';
import { s3Service } from '../../local/services/s3/index.ts';
import { snsService } from '../../local/services/sns/index.ts';
import { sqsService } from '../../local/services/sqs/index.ts';
import type { JsonObject } from '../../local/template/index.ts';
import { load, variablesOf } from '../template/template.ts';

const BUCKET = 'attachments';
const OWN_ROLE = 'arn:aws:iam::123456789012:role/guardrail';
const TABLE = 'done-work';
const template = load();
const named = (text: string) =>
  text.replaceAll('AttachmentsBucket.Arn', `arn:aws:s3:::${BUCKET}`).replaceAll('AttachmentsBucket', BUCKET);
const policies = new Map(
  Object.entries(JSON.parse(named(variablesOf(template.get('GuardrailFunction'))['GUARDED_POLICIES']!)) as JsonObject),
);
const WANTED = policies.get(BUCKET);
const OPEN = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: `arn:aws:s3:::${BUCKET}/*` }],
});

let cloud: TestCloud;
let s3: S3Client;
let sqs: SQSClient;
let QueueUrl: string;
let alerts: string;
let handle: (event: SQSEvent, context: Context) => Promise<{ batchItemFailures: unknown[] }>;
/** What the function logged of each change. */
const said: string[] = [];

/** As if Lambda had given them to the function: its calls are then the role's. */
function roleVariables(): Record<string, string> {
  const { credentials } = cloud.kernel.identities.issue({
    roleArn: OWN_ROLE,
    sessionName: 'guardrail',
    durationSeconds: 900,
  });
  return {
    AWS_REGION: 'us-east-1',
    AWS_ENDPOINT_URL: cloud.endpoint.url,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken,
  };
}

beforeAll(async () => {
  cloud = await startTestCloud([
    s3Service(),
    sqsService({ endpointUrl: () => cloud.endpoint.url }),
    snsService({ endpointUrl: () => cloud.endpoint.url }),
    dynamoDbService(),
    eventBridgeService(),
    cloudTrailService(),
  ]);
  s3 = new S3Client({ ...cloud.client, forcePathStyle: true });
  sqs = new SQSClient(cloud.client);
  const sns = new SNSClient(cloud.client);
  const events = new EventBridgeClient(cloud.client);
  const table = new DynamoDBClient(cloud.client);
  for (const Bucket of [BUCKET, 'logs']) await s3.send(new CreateBucketCommand({ Bucket }));
  await s3.send(new PutBucketPolicyCommand({ Bucket: BUCKET, Policy: JSON.stringify(WANTED) }));
  QueueUrl = (await sqs.send(new CreateQueueCommand({ QueueName: 'changes' }))).QueueUrl!;
  alerts = (await sqs.send(new CreateQueueCommand({ QueueName: 'alerts' }))).QueueUrl!;
  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: 'alarms' }));
  await sns.send(
    new SubscribeCommand({
      TopicArn,
      Protocol: 'sqs',
      Endpoint: 'arn:aws:sqs:us-east-1:123456789012:alerts',
      Attributes: { RawMessageDelivery: 'true' },
    }),
  );
  await table.send(
    new CreateTableCommand({
      TableName: TABLE,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    }),
  );
  const EventPattern = named(JSON.stringify(template.get('GuardrailRule').properties['EventPattern']));
  await events.send(new PutRuleCommand({ Name: 'guardrail', EventPattern }));
  const Arn = 'arn:aws:sqs:us-east-1:123456789012:changes';
  await events.send(new PutTargetsCommand({ Rule: 'guardrail', Targets: [{ Id: 'queue', Arn }] }));
  for (const client of [sns, events, table]) client.destroy();

  const variables = roleVariables();
  Object.assign(process.env, variables);
  const store = doneWork(TABLE);
  const publish = createTopic({ arn: TopicArn! });
  handle = consumer({
    read: (body) => changeFrom(body, OWN_ROLE),
    key: ({ id }) => id,
    store,
    handle: guard({
      policies,
      buckets: bucketSettings(s3Sender(variables)),
      remembered: createMemory({ store: doneWork(TABLE), seconds: 900, withinMs: 10_000 }),
      alert: async (change, changed) => await publish(alertOf(change, changed)),
      onPutBack: ({ call }, changed) => void said.push(`${call}: ${changed.join(', ')} put back`),
      onLeftAlone: ({ call, by }) => void said.push(`${call} by ${by}: left alone`),
    }),
  });
});

afterAll(async () => {
  s3.destroy();
  sqs.destroy();
  await cloud[Symbol.asyncDispose]();
});

async function trail(IsLogging: boolean) {
  const { providers } = await cloud.kernel.registry.service('cloudtrail');
  const properties = { ...template.get('Trail').properties, S3BucketName: 'logs', IsLogging };
  const { KMSKeyId: _, ...rest } = properties as JsonObject;
  await providers['AWS::CloudTrail::Trail']!.update(resourceRequest('AWS::CloudTrail::Trail', rest), {
    logicalId: 'Trail',
    type: 'AWS::CloudTrail::Trail',
    physicalId: 't',
    properties: rest,
    attributes: {},
  });
}

async function take(url: string): Promise<{ readonly body: string; readonly id: string }[]> {
  await cloud.kernel.outbox.idle();
  const found: { body: string; id: string }[] = [];
  for (;;) {
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 10 }));
    if (Messages.length === 0) return found;
    for (const { Body = '', MessageId = '', ReceiptHandle } of Messages) {
      found.push({ body: Body, id: MessageId });
      await sqs.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle }));
    }
  }
}

const context = { getRemainingTimeInMillis: () => 20_000 } as Context;

/** Hands the function what is in its queue, and what that brings about, until nothing comes any more. */
async function work(): Promise<{ log: string[]; alerts: string[] }> {
  said.length = 0;
  for (let round = 0; ; round += 1) {
    const messages = await take(QueueUrl);
    if (messages.length === 0) break;
    if (round > 3) throw new Error(`it goes round and round: ${said.join('; ')}`);
    const Records = messages.map(({ body, id }) => ({ messageId: id, body, eventSource: 'aws:sqs' }));
    // Everything comes twice.
    for (let twice = 0; twice < 2; twice += 1) {
      expect(await handle({ Records } as unknown as SQSEvent, context)).toEqual({ batchItemFailures: [] });
    }
  }
  return { log: [...said], alerts: (await take(alerts)).map(({ body }) => body) };
}

async function protection() {
  const { Policy } = await s3.send(new GetBucketPolicyCommand({ Bucket: BUCKET }));
  const { PublicAccessBlockConfiguration } = await s3.send(new GetPublicAccessBlockCommand({ Bucket: BUCKET }));
  return [JSON.parse(Policy!), PublicAccessBlockConfiguration];
}

test('without a trail nobody hears of anything', async () => {
  await s3.send(new PutBucketPolicyCommand({ Bucket: BUCKET, Policy: JSON.stringify(WANTED) }));
  expect(await work()).toEqual({ log: [], alerts: [] });
});

test('a block that is taken away comes back, one alert tells of it, and its own change goes round no more', async () => {
  await trail(true);
  await s3.send(new DeletePublicAccessBlockCommand({ Bucket: BUCKET }));
  const { log, alerts: told } = await work();
  expect(log).toEqual([
    'DeleteBucketPublicAccessBlock: public access block put back',
    'PutBucketPublicAccessBlock by guardrail: left alone',
  ]);
  expect(told).toEqual([expect.stringContaining('By:      arn:aws:iam::123456789012:root')]);
  expect(await protection()).toEqual([WANTED, BLOCKED]);
});

test('a bucket that was made public is closed again, by one round for both changes', async () => {
  await s3.send(new DeletePublicAccessBlockCommand({ Bucket: BUCKET }));
  await s3.send(new PutBucketPolicyCommand({ Bucket: BUCKET, Policy: OPEN }));
  const { log, alerts: told } = await work();
  expect(log.filter((line) => line.endsWith('put back'))).toEqual([
    'DeleteBucketPublicAccessBlock: public access block, policy put back',
  ]);
  expect(told).toHaveLength(1);
  expect(await protection()).toEqual([WANTED, BLOCKED]);
});

test('a policy that is gone comes back; what was refused changed nothing, and nobody is told', async () => {
  await s3.send(new DeleteBucketPolicyCommand({ Bucket: BUCKET }));
  expect((await work()).alerts).toHaveLength(1);
  expect(await protection()).toEqual([WANTED, BLOCKED]);
  // The block refuses a policy for everybody.
  await expect(s3.send(new PutBucketPolicyCommand({ Bucket: BUCKET, Policy: OPEN }))).rejects.toThrow(
    'BlockPublicPolicy',
  );
  expect(await work()).toEqual({ log: [], alerts: [] });
});

test('the same policy in other words, a deployment’s change and another bucket’s are left alone', async () => {
  const { Statement, ...rest } = WANTED as { Statement: object[] };
  const turned = JSON.stringify({ Statement, ...rest });
  await s3.send(new PutBucketPolicyCommand({ Bucket: BUCKET, Policy: turned }));
  await s3.send(new DeletePublicAccessBlockCommand({ Bucket: 'logs' }));
  expect(await work()).toEqual({ log: ['PutBucketPolicy by somebody: left alone'], alerts: [] });
  // As CloudFormation's calls are recorded on AWS: what a deployment does here leaves no records (R3).
  const detail = {
    eventID: 'of the deployment',
    eventName: 'PutBucketPolicy',
    requestParameters: { bucketName: BUCKET },
    userIdentity: { type: 'AssumedRole', invokedBy: 'cloudformation.amazonaws.com' },
  };
  await s3.send(new PutBucketPolicyCommand({ Bucket: BUCKET, Policy: OPEN.replace('"*"', '{"AWS":"123456789012"}') }));
  await take(QueueUrl);
  const Records = [{ messageId: 'm', body: JSON.stringify({ detail }), eventSource: 'aws:sqs' }];
  expect(await handle({ Records } as unknown as SQSEvent, context)).toEqual({ batchItemFailures: [] });
  expect(said.at(-1)).toBe('PutBucketPolicy by deployment: left alone');
});

test('a bucket that cannot be read is tried again, and in the end a dead letter', async () => {
  const error = jest.spyOn(logger, 'error').mockImplementation(() => {});
  const buckets = bucketSettings(async () => ({
    status: 403,
    body: '<Error><Code>AccessDenied</Code><Message>no</Message></Error>',
  }));
  await expect(buckets.read(BUCKET)).rejects.toThrow('GetBucketPolicy was answered with 403: AccessDenied no');
  expect(await bucketSettings(s3Sender(roleVariables())).read('nowhere')).toBeUndefined();
  const Records = [{ messageId: 'm', body: '{}', eventSource: 'aws:sqs' }];
  expect(await handle({ Records } as unknown as SQSEvent, context)).toEqual({
    batchItemFailures: [{ itemIdentifier: 'm' }],
  });
  expect(error).toHaveBeenCalled();
  error.mockRestore();
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }));
  expect(Attributes!['ApproximateNumberOfMessages']).toBe('0');
});
