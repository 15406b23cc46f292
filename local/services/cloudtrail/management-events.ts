/** Which calls are management events, which of them only read, and what records call them. */

/** By signing name, where the event source is another. */
const SOURCES: Readonly<Record<string, string>> = { 'bedrock-runtime': 'bedrock' };

const words = (text: string): ReadonlySet<string> => new Set(text.split(' '));

/**
 * Calls on the data itself, which trails log only where they are told to, and rules hear of only then.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-data-events-with-cloudtrail.html
 */
const DATA: Readonly<Record<string, ReadonlySet<string>>> = {
  'bedrock-runtime': words('InvokeModelWithBidirectionalStream'),
  dynamodb: words(
    'BatchExecuteStatement BatchGetItem BatchWriteItem DeleteItem ExecuteStatement ExecuteTransaction GetItem PutItem Query Scan TransactGetItems TransactWriteItems UpdateItem GetRecords GetShardIterator',
  ),
  events: words('PutEvents'),
  lambda: words('Invoke InvokeAsync InvokeWithResponseStream'),
  logs: words('PutLogEvents'),
  monitoring: words('GetMetricData GetMetricStatistics GetMetricWidgetImage ListMetrics PutMetricData'),
  s3: words(
    'AbortMultipartUpload CompleteMultipartUpload CopyObject CreateMultipartUpload DeleteObject DeleteObjectTagging DeleteObjects GetObject GetObjectAcl GetObjectAttributes GetObjectLegalHold GetObjectLockConfiguration GetObjectRetention GetObjectTagging GetObjectTorrent HeadBucket HeadObject ListMultipartUploads ListObjectVersions ListObjects ListObjectsV2 ListParts PutObject PutObjectAcl PutObjectLegalHold PutObjectRetention PutObjectTagging RestoreObject SelectObjectContent UploadPart UploadPartCopy',
  ),
  sns: words('Publish PublishBatch'),
  sqs: words(
    'ChangeMessageVisibility ChangeMessageVisibilityBatch DeleteMessage DeleteMessageBatch ReceiveMessage SendMessage SendMessageBatch',
  ),
  xray: words('BatchGetTraces GetTraceGraph GetTraceSummaries PutTelemetryRecords PutTraceSegments'),
};

/**
 * What only reads although its name does not begin with Describe, Get or List.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-management-event-list.html
 */
const ALSO_READ: Readonly<Record<string, ReadonlySet<string>>> = {
  'bedrock-runtime': words(
    'ApplyGuardrail Converse ConverseStream CountTokens InvokeModel InvokeModelWithResponseStream',
  ),
  cloudformation: words('DetectStackDrift DetectStackResourceDrift EstimateTemplateCost ValidateTemplate'),
  events: words('TestEventPattern'),
  iam: words(
    'GenerateCredentialReport GenerateServiceLastAccessedDetails SimulateCustomPolicy SimulatePrincipalPolicy',
  ),
  kms: words(
    'Decrypt DeriveSharedSecret Encrypt GenerateDataKey GenerateDataKeyPair GenerateDataKeyPairWithoutPlaintext GenerateDataKeyWithoutPlaintext GenerateMac GenerateRandom ReEncrypt Sign Verify VerifyMac',
  ),
  logs: words('FilterLogEvents StartLiveTail StartQuery StopQuery TestMetricFilter TestTransformer'),
  secretsmanager: words('BatchGetSecretValue ValidateResourcePolicy'),
  states: words('TestState ValidateStateMachineDefinition'),
  sts: words('AssumeRole AssumeRoleWithSAML AssumeRoleWithWebIdentity DecodeAuthorizationMessage'),
};

/** Named as if they read, and recorded as changes. */
const NOT_READ: Readonly<Record<string, ReadonlySet<string>>> = { sts: words('GetFederationToken GetSessionToken') };

/**
 * Names in records that are not the operation's.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-s3-info.html
 */
const S3_NAMES: Readonly<Record<string, string>> = {
  DeletePublicAccessBlock: 'DeleteBucketPublicAccessBlock',
  GetPublicAccessBlock: 'GetBucketPublicAccessBlock',
  PutPublicAccessBlock: 'PutBucketPublicAccessBlock',
  GetBucketLifecycleConfiguration: 'GetBucketLifecycle',
  PutBucketLifecycleConfiguration: 'PutBucketLifecycle',
  GetBucketNotificationConfiguration: 'GetBucketNotification',
  PutBucketNotificationConfiguration: 'PutBucketNotification',
};

/** Of Lambda, the second version of their names. */
const SECOND = words(
  'AddPermission GetFunction GetFunctionConfiguration GetPolicy RemovePermission TagResource UntagResource UpdateFunctionCode UpdateFunctionConfiguration',
);

/** Until then the version of Lambda's API is part of the name. */
const LAST_OF_DATED = '2018-10-31';

/** Undefined: no management event. */
export interface ManagementEvent {
  /** e.g. `s3.amazonaws.com` */
  readonly eventSource: string;
  /** e.g. `aws.s3` */
  readonly source: string;
  readonly readOnly: boolean;
}

export function managementEvent(service: string, operation: string): ManagementEvent | undefined {
  if (DATA[service]?.has(operation)) return undefined;
  const name = SOURCES[service] ?? service;
  const readOnly =
    (/^(Describe|Get|List)/.test(operation) && !NOT_READ[service]?.has(operation)) ||
    ALSO_READ[service]?.has(operation) === true;
  return { eventSource: `${name}.amazonaws.com`, source: `aws.${name}`, readOnly };
}

/**
 * @param uri of the operation, where it has one: `/2015-03-31/functions`
 * https://docs.aws.amazon.com/lambda/latest/dg/logging-using-cloudtrail.html
 */
export function eventNameOf(service: string, operation: string, uri: string | undefined): string {
  if (service === 's3') return S3_NAMES[operation] ?? operation;
  const date = service === 'lambda' ? /^\/(\d{4}-\d{2}-\d{2})\//.exec(uri ?? '')?.[1] : undefined;
  if (date === undefined || date > LAST_OF_DATED) return operation;
  return `${operation}${date.replaceAll('-', '')}${SECOND.has(operation) ? 'v2' : ''}`;
}
