/**
 * From the AWS SDK's packages and commands to endpoints and IAM actions. Mostly the names agree; what is listed here is
 * where they do not.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
 */

interface Client {
  /** As in `com.amazonaws.REGION.NAME`. */
  readonly endpoint: string;
  /** Before the colon of an action. */
  readonly prefix: string;
}

const same = (name: string): Client => ({ endpoint: name, prefix: name });

/** By the package's name after `@aws-sdk/client-`; clients that are not here are called what their package is called. */
const CLIENTS: Readonly<Record<string, Client>> = {
  'api-gateway': same('apigateway'),
  apigatewaymanagementapi: same('execute-api'),
  apigatewayv2: same('apigateway'),
  appconfigdata: { endpoint: 'appconfigdata', prefix: 'appconfig' },
  'bedrock-agent-runtime': { endpoint: 'bedrock-agent-runtime', prefix: 'bedrock' },
  'bedrock-runtime': { endpoint: 'bedrock-runtime', prefix: 'bedrock' },
  cloudwatch: { endpoint: 'monitoring', prefix: 'cloudwatch' },
  'cloudwatch-events': same('events'),
  'cloudwatch-logs': same('logs'),
  'cognito-identity-provider': same('cognito-idp'),
  'dynamodb-streams': { endpoint: 'dynamodb-streams', prefix: 'dynamodb' },
  efs: same('elasticfilesystem'),
  eventbridge: same('events'),
  'iot-data-plane': { endpoint: 'iot.data', prefix: 'iot' },
  'kinesis-video': same('kinesisvideo'),
  location: { endpoint: 'geo', prefix: 'geo' },
  opensearch: same('es'),
  pinpoint: { endpoint: 'pinpoint', prefix: 'mobiletargeting' },
  'rds-data': same('rds-data'),
  'secrets-manager': same('secretsmanager'),
  ses: { endpoint: 'email', prefix: 'ses' },
  sesv2: { endpoint: 'email', prefix: 'ses' },
  sfn: same('states'),
};

export function clientOf(packageName: string): Client | undefined {
  const name = /^@aws-sdk\/client-([a-z0-9-]+)/.exec(packageName)?.[1];
  if (name === undefined) return packageName.startsWith('@aws-sdk/lib-dynamodb') ? same('dynamodb') : undefined;
  return CLIENTS[name] ?? same(name);
}

/** Actions of operations that are called otherwise; `[]` for those that need no permission. */
const ACTIONS: Readonly<Record<string, readonly string[]>> = {
  'bedrock:Converse': ['bedrock:InvokeModel'],
  'bedrock:ConverseStream': ['bedrock:InvokeModelWithResponseStream'],
  'dynamodb:ExecuteStatement': [],
  'dynamodb:TransactGetItems': ['dynamodb:GetItem'],
  'execute-api:PostToConnection': ['execute-api:ManageConnections'],
  'execute-api:DeleteConnection': ['execute-api:ManageConnections'],
  'execute-api:GetConnection': ['execute-api:ManageConnections'],
  'lambda:Invoke': ['lambda:InvokeFunction'],
  'lambda:InvokeAsync': ['lambda:InvokeFunction'],
  'lambda:InvokeWithResponseStream': ['lambda:InvokeFunction'],
  's3:AbortMultipartUpload': ['s3:AbortMultipartUpload'],
  's3:CompleteMultipartUpload': ['s3:PutObject'],
  's3:CopyObject': ['s3:PutObject'],
  's3:CreateMultipartUpload': ['s3:PutObject'],
  's3:DeleteBucketCors': ['s3:PutBucketCORS'],
  's3:DeleteBucketEncryption': ['s3:PutEncryptionConfiguration'],
  's3:DeleteBucketLifecycle': ['s3:PutLifecycleConfiguration'],
  's3:DeleteBucketReplication': ['s3:PutReplicationConfiguration'],
  's3:DeleteBucketTagging': ['s3:PutBucketTagging'],
  's3:DeleteObjects': ['s3:DeleteObject'],
  's3:DeletePublicAccessBlock': ['s3:PutBucketPublicAccessBlock'],
  's3:GetBucketAccelerateConfiguration': ['s3:GetAccelerateConfiguration'],
  's3:GetBucketCors': ['s3:GetBucketCORS'],
  's3:GetBucketEncryption': ['s3:GetEncryptionConfiguration'],
  's3:GetBucketLifecycleConfiguration': ['s3:GetLifecycleConfiguration'],
  's3:GetBucketNotificationConfiguration': ['s3:GetBucketNotification'],
  's3:GetBucketReplication': ['s3:GetReplicationConfiguration'],
  's3:GetPublicAccessBlock': ['s3:GetBucketPublicAccessBlock'],
  's3:HeadBucket': ['s3:ListBucket'],
  's3:HeadObject': ['s3:GetObject'],
  's3:ListBuckets': ['s3:ListAllMyBuckets'],
  's3:ListObjectVersions': ['s3:ListBucketVersions'],
  's3:ListObjects': ['s3:ListBucket'],
  's3:ListObjectsV2': ['s3:ListBucket'],
  's3:PutBucketAccelerateConfiguration': ['s3:PutAccelerateConfiguration'],
  's3:PutBucketCors': ['s3:PutBucketCORS'],
  's3:PutBucketEncryption': ['s3:PutEncryptionConfiguration'],
  's3:PutBucketLifecycleConfiguration': ['s3:PutLifecycleConfiguration'],
  's3:PutBucketNotificationConfiguration': ['s3:PutBucketNotification'],
  's3:PutBucketReplication': ['s3:PutReplicationConfiguration'],
  's3:PutPublicAccessBlock': ['s3:PutBucketPublicAccessBlock'],
  's3:UploadPart': ['s3:PutObject'],
  's3:WriteGetObjectResponse': ['s3-object-lambda:WriteGetObjectResponse'],
  'sns:PublishBatch': ['sns:Publish'],
  'sqs:ChangeMessageVisibilityBatch': ['sqs:ChangeMessageVisibility'],
  'sqs:DeleteMessageBatch': ['sqs:DeleteMessage'],
  'sqs:SendMessageBatch': ['sqs:SendMessage'],
  'sts:GetCallerIdentity': [],
};

/** What a transaction needs is in its items, each with an action of its own; those in PartiQL only show while it runs. */
const UNCERTAIN = new Set([
  'dynamodb:TransactWriteItems',
  'dynamodb:BatchExecuteStatement',
  'dynamodb:ExecuteTransaction',
]);

export const TRANSACTION = 'TransactWriteItems';

/** By the member of a transaction's item. */
const TRANSACTED: Readonly<Record<string, string>> = {
  ConditionCheck: 'dynamodb:ConditionCheckItem',
  Delete: 'dynamodb:DeleteItem',
  Put: 'dynamodb:PutItem',
  Update: 'dynamodb:UpdateItem',
};

/** @param member of an object; undefined when it is none of a transaction's item */
export function transactedAction(member: string): string | undefined {
  return Object.hasOwn(TRANSACTED, member) ? TRANSACTED[member] : undefined;
}

export function actionsOf(prefix: string, operation: string): readonly string[] {
  const name = `${prefix}:${operation}`;
  if (UNCERTAIN.has(name)) return [];
  return ACTIONS[name] ?? [name];
}

/** DocumentClient's commands are shorter: `PutCommand` puts an item. */
const DOCUMENT_OPERATIONS: Readonly<Record<string, string>> = {
  BatchExecuteStatement: 'BatchExecuteStatement',
  BatchGet: 'BatchGetItem',
  BatchWrite: 'BatchWriteItem',
  Delete: 'DeleteItem',
  ExecuteStatement: 'ExecuteStatement',
  ExecuteTransaction: 'ExecuteTransaction',
  Get: 'GetItem',
  Put: 'PutItem',
  Query: 'Query',
  Scan: 'Scan',
  TransactGet: 'TransactGetItems',
  TransactWrite: 'TransactWriteItems',
  Update: 'UpdateItem',
};

/** @param name of a command without `Command`, or of a method in Pascal case */
export function operationOf(packageName: string, name: string): string {
  return packageName.startsWith('@aws-sdk/lib-dynamodb') ? (DOCUMENT_OPERATIONS[name] ?? name) : name;
}

/** Members of inputs by which operations name what they act on, the telling one first. */
const RESOURCE_MEMBERS: Readonly<Record<string, readonly string[]>> = {
  bedrock: ['modelId'],
  dynamodb: ['TableName'],
  events: ['EventBusName'],
  kinesis: ['StreamARN', 'StreamName'],
  firehose: ['DeliveryStreamName'],
  kms: ['KeyId'],
  lambda: ['FunctionName'],
  logs: ['logGroupName'],
  s3: ['Bucket'],
  secretsmanager: ['SecretId'],
  sns: ['TopicArn', 'TargetArn'],
  sqs: ['QueueUrl'],
  ssm: ['Name'],
  states: ['stateMachineArn'],
  sts: ['RoleArn'],
};

export function resourceMembers(prefix: string): readonly string[] {
  return RESOURCE_MEMBERS[prefix] ?? [];
}
