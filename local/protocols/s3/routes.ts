/** Which of S3's operations a request is: they share few paths, and differ in a word of the query or in a header. */
import type { HttpRequest } from '../http-message.ts';
import type { S3Address } from './addressing.ts';

type Words = Readonly<Record<string, string>>;

/** Asks what another origin may do. https://docs.aws.amazon.com/AmazonS3/latest/API/RESTOPTIONSobject.html */
export const PREFLIGHT = 'OptionsObject';
/** A browser's form. https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html */
export const POST_OBJECT = 'PostObject';

const PLAIN: Readonly<Record<string, readonly [bucket: string, object: string]>> = {
  GET: ['ListObjects', 'GetObject'],
  HEAD: ['HeadBucket', 'HeadObject'],
  PUT: ['CreateBucket', 'PutObject'],
  DELETE: ['DeleteBucket', 'DeleteObject'],
  POST: [POST_OBJECT, ''],
};

/** Of a bucket, by method and a word of the query. */
const OF_BUCKETS: Readonly<Record<string, Words>> = {
  GET: {
    abac: 'GetBucketAbac',
    accelerate: 'GetBucketAccelerateConfiguration',
    acl: 'GetBucketAcl',
    analytics: 'ListBucketAnalyticsConfigurations',
    cors: 'GetBucketCors',
    encryption: 'GetBucketEncryption',
    'intelligent-tiering': 'ListBucketIntelligentTieringConfigurations',
    inventory: 'ListBucketInventoryConfigurations',
    lifecycle: 'GetBucketLifecycleConfiguration',
    location: 'GetBucketLocation',
    logging: 'GetBucketLogging',
    metrics: 'ListBucketMetricsConfigurations',
    metadataConfiguration: 'GetBucketMetadataConfiguration',
    notification: 'GetBucketNotificationConfiguration',
    'object-lock': 'GetObjectLockConfiguration',
    ownershipControls: 'GetBucketOwnershipControls',
    policy: 'GetBucketPolicy',
    policyStatus: 'GetBucketPolicyStatus',
    publicAccessBlock: 'GetPublicAccessBlock',
    replication: 'GetBucketReplication',
    requestPayment: 'GetBucketRequestPayment',
    session: 'CreateSession',
    tagging: 'GetBucketTagging',
    uploads: 'ListMultipartUploads',
    versioning: 'GetBucketVersioning',
    versions: 'ListObjectVersions',
    website: 'GetBucketWebsite',
    'list-type': 'ListObjectsV2',
  },
  PUT: {
    abac: 'PutBucketAbac',
    accelerate: 'PutBucketAccelerateConfiguration',
    acl: 'PutBucketAcl',
    analytics: 'PutBucketAnalyticsConfiguration',
    cors: 'PutBucketCors',
    encryption: 'PutBucketEncryption',
    'intelligent-tiering': 'PutBucketIntelligentTieringConfiguration',
    inventory: 'PutBucketInventoryConfiguration',
    lifecycle: 'PutBucketLifecycleConfiguration',
    logging: 'PutBucketLogging',
    metrics: 'PutBucketMetricsConfiguration',
    notification: 'PutBucketNotificationConfiguration',
    'object-lock': 'PutObjectLockConfiguration',
    ownershipControls: 'PutBucketOwnershipControls',
    policy: 'PutBucketPolicy',
    publicAccessBlock: 'PutPublicAccessBlock',
    replication: 'PutBucketReplication',
    requestPayment: 'PutBucketRequestPayment',
    tagging: 'PutBucketTagging',
    versioning: 'PutBucketVersioning',
    website: 'PutBucketWebsite',
  },
  DELETE: {
    analytics: 'DeleteBucketAnalyticsConfiguration',
    cors: 'DeleteBucketCors',
    encryption: 'DeleteBucketEncryption',
    'intelligent-tiering': 'DeleteBucketIntelligentTieringConfiguration',
    inventory: 'DeleteBucketInventoryConfiguration',
    lifecycle: 'DeleteBucketLifecycle',
    metrics: 'DeleteBucketMetricsConfiguration',
    ownershipControls: 'DeleteBucketOwnershipControls',
    policy: 'DeleteBucketPolicy',
    publicAccessBlock: 'DeletePublicAccessBlock',
    replication: 'DeleteBucketReplication',
    tagging: 'DeleteBucketTagging',
    website: 'DeleteBucketWebsite',
  },
  POST: { delete: 'DeleteObjects' },
};

/** Of an object. */
const OF_OBJECTS: Readonly<Record<string, Words>> = {
  GET: {
    acl: 'GetObjectAcl',
    annotation: 'GetObjectAnnotation',
    attributes: 'GetObjectAttributes',
    'legal-hold': 'GetObjectLegalHold',
    retention: 'GetObjectRetention',
    tagging: 'GetObjectTagging',
    torrent: 'GetObjectTorrent',
    uploadId: 'ListParts',
  },
  PUT: {
    acl: 'PutObjectAcl',
    annotation: 'PutObjectAnnotation',
    encryption: 'UpdateObjectEncryption',
    'legal-hold': 'PutObjectLegalHold',
    renameObject: 'RenameObject',
    retention: 'PutObjectRetention',
    tagging: 'PutObjectTagging',
    uploadId: 'UploadPart',
  },
  DELETE: { annotation: 'DeleteObjectAnnotation', tagging: 'DeleteObjectTagging', uploadId: 'AbortMultipartUpload' },
  POST: {
    restore: 'RestoreObject',
    select: 'SelectObjectContent',
    uploads: 'CreateMultipartUpload',
    uploadId: 'CompleteMultipartUpload',
  },
};

/** Undefined for a method that S3 does not have there. */
export function operationOf(
  { method, query, headers }: Pick<HttpRequest, 'method' | 'query' | 'headers'>,
  { bucket, key }: S3Address,
): string | undefined {
  if (method === 'OPTIONS') return PREFLIGHT;
  if (bucket === undefined) return method === 'GET' ? 'ListBuckets' : undefined;
  const words = (key === undefined ? OF_BUCKETS : OF_OBJECTS)[method];
  let name: string | undefined;
  for (const [word] of query) {
    if (words && Object.hasOwn(words, word)) name = words[word];
    if (name !== undefined) break;
  }
  name ??= PLAIN[method]?.[key === undefined ? 0 : 1] || undefined;
  if (headers['x-amz-copy-source'] === undefined) return name;
  if (name === 'PutObject') return 'CopyObject';
  return name === 'UploadPart' ? 'UploadPartCopy' : name;
}
