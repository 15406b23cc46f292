/** What S3 has and nobody does here: each is refused by its name, with 501. */
import type { Operation } from '../../../kernel/service.ts';
import { notConfigured, notImplemented } from '../errors.ts';
import { inBucket } from '../guard.ts';
import type { InBucket } from '../requirements.ts';
import type { Room } from '../room.ts';

const REFUSED = [
  'AnalyticsConfiguration',
  'IntelligentTieringConfiguration',
  'InventoryConfiguration',
  'MetricsConfiguration',
].flatMap((name) => [`PutBucket${name}`, `GetBucket${name}`, `DeleteBucket${name}`, `ListBucket${name}s`]);

const OTHERS = [
  'CreateBucketMetadataConfiguration',
  'CreateBucketMetadataTableConfiguration',
  'CreateSession',
  'DeleteBucketMetadataConfiguration',
  'DeleteBucketMetadataTableConfiguration',
  'DeleteObjectAnnotation',
  'GetBucketAbac',
  'GetBucketMetadataConfiguration',
  'GetBucketMetadataTableConfiguration',
  'GetObjectAnnotation',
  'GetObjectTorrent',
  'ListDirectoryBuckets',
  'ListObjectAnnotations',
  'PutBucketAbac',
  'PutBucketAccelerateConfiguration',
  'PutBucketLogging',
  'PutBucketReplication',
  'DeleteBucketReplication',
  'PutBucketRequestPayment',
  'PutBucketWebsite',
  'DeleteBucketWebsite',
  'PutObjectAnnotation',
  'PutObjectLegalHold',
  'PutObjectLockConfiguration',
  'PutObjectRetention',
  'RenameObject',
  'RestoreObject',
  'SelectObjectContent',
  'UpdateBucketMetadataAnnotationTableConfiguration',
  'UpdateBucketMetadataInventoryTableConfiguration',
  'UpdateBucketMetadataJournalTableConfiguration',
  'UpdateObjectEncryption',
  'WriteGetObjectResponse',
];

/** Questions about it have an answer all the same: it is not configured. */
const ABSENT: Readonly<Record<string, readonly [action: string, code: string, message: string]>> = {
  GetBucketReplication: [
    'GetReplicationConfiguration',
    'ReplicationConfigurationNotFoundError',
    'The replication configuration was not found',
  ],
  GetBucketWebsite: [
    'GetBucketWebsite',
    'NoSuchWebsiteConfiguration',
    'The specified bucket does not have a website configuration',
  ],
  GetObjectLockConfiguration: [
    'GetBucketObjectLockConfiguration',
    'ObjectLockConfigurationNotFoundError',
    'Object Lock configuration does not exist for this bucket',
  ],
};

const WITHOUT_LOCK = ['GetObjectLegalHold', 'GetObjectRetention'];

export function refusedOperations(room: Room): Record<string, Operation> {
  const refused = [...REFUSED, ...OTHERS].map((name): [string, Operation] => [
    name,
    {
      notEmulated: 'S3 has it, and nobody does it here',
      requires: () => [],
      handle() {
        throw notImplemented(`The operation ${name}`);
      },
    },
  ]);
  const absent = Object.entries(ABSENT).map(([name, [action, code, message]]): [string, Operation] => [
    name,
    {
      requires: (input: InBucket, call) => room.needs.onBucket(action, input, call),
      handle(input: InBucket) {
        throw notConfigured(code, message, inBucket(room, input).name);
      },
    } as Operation,
  ]);
  const unlocked = WITHOUT_LOCK.map((name): [string, Operation] => [
    name,
    {
      requires: (input: InBucket & { Key: string }, call) => room.needs.onObject(name, input, call),
      handle(input: InBucket) {
        inBucket(room, input);
        throw notConfigured('InvalidRequest', 'Bucket is missing Object Lock Configuration', input.Bucket);
      },
    } as Operation,
  ]);
  return Object.fromEntries([...refused, ...absent, ...unlocked]);
}
