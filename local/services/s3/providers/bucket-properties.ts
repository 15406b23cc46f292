/** What the template says of a bucket, as it is remembered. */

import { AwsError } from '../../../kernel/aws-error.ts';
import type { PropertyReader } from '../../../kernel/property-reader.ts';
import { grantsOf } from '../acl.ts';
import { BLOCK_ALL } from '../buckets/bucket-operations.ts';
import { DEFAULT_ENCRYPTION, encryptionRule } from '../encryption.ts';
import { checkDestinations, tellOfTest } from '../notifications/destinations.ts';
import type { Bucket, CorsRule, Encryption, Ownership, PublicAccessBlock, Tag } from '../records.ts';
import type { Room } from '../room.ts';
import { checkTags } from '../tags.ts';
import { readLifecycle } from './lifecycle-properties.ts';
import { readNotifications } from './notification-properties.ts';

export interface ReadBucket {
  /** @param before what the versioning was: it is never turned off again */
  settings(before: Bucket['versioning']): Omit<Bucket, 'name' | 'createdAt' | 'policy' | 'policyPlace'>;
  /** Rejects where a destination cannot be told of anything. */
  checkDestinations(bucket: string): Promise<void>;
  /** Called once it is stored. */
  settled(bucket: string): void;
}

export function readBucket(reader: PropertyReader, room: Room): ReadBucket {
  /** What the API would refuse is a finding here. */
  function attempt<T>(path: readonly string[], work: () => T, instead: T): T {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      reader.refuse(path, `${error.code}: ${error.message}`);
      return instead;
    }
  }
  const ownership = readOwnership(reader);
  const publicAccessBlock = readBlock(reader);
  const ACL = reader.text('AccessControl');
  const canned = ACL?.replace(/[A-Z]/g, (letter, at: number) => (at === 0 ? '' : '-') + letter.toLowerCase());
  const grants = attempt(
    ['AccessControl'],
    () => {
      if (canned === undefined || canned === 'private') return {};
      return grantsOf({ ACL: canned }, { ownership, publicAccessBlock }, room);
    },
    {},
  );
  const encryption = attempt(['BucketEncryption'], () => readEncryption(reader, room), DEFAULT_ENCRYPTION);
  const cors = reader.object('CorsConfiguration', (at) => at.objects('CorsRules', readCorsRule));
  const lifecycle = readLifecycle(reader);
  const notification = readNotifications(reader);
  const given = reader.objects(
    'Tags',
    (tag): Tag => ({ Key: tag.requiredText('Key'), Value: tag.text('Value') ?? '' }),
  );
  const tags = attempt(['Tags'], () => checkTags(given, 50), []);
  const status = reader.object('VersioningConfiguration', (at) =>
    at.oneOf<'Enabled' | 'Suspended'>('Status', ['Enabled', 'Suspended']),
  );

  return {
    settings(before) {
      const versioning = status ?? (before === undefined ? undefined : 'Suspended');
      return {
        ...(versioning && { versioning }),
        ...(publicAccessBlock && { publicAccessBlock }),
        ownership,
        encryption,
        ...grants,
        ...(cors && { cors }),
        ...(lifecycle && { lifecycle }),
        ...(notification && { notification }),
        ...(tags.length > 0 && { tags }),
      };
    },
    checkDestinations: (bucket) => checkDestinations(room, bucket, notification),
    settled: (bucket) => tellOfTest(room, bucket, notification, undefined),
  };
}

function readOwnership(reader: PropertyReader): Ownership {
  const rules = reader.object('OwnershipControls', (at) =>
    at.objects('Rules', (rule) =>
      rule.oneOf<Ownership>('ObjectOwnership', ['BucketOwnerEnforced', 'BucketOwnerPreferred', 'ObjectWriter']),
    ),
  );
  return rules?.[0] ?? 'BucketOwnerEnforced';
}

/** A template that says nothing of it has all of it, as every new bucket; one that does has what it says. */
function readBlock(reader: PropertyReader): PublicAccessBlock | undefined {
  if (reader.properties['PublicAccessBlockConfiguration'] === undefined) return BLOCK_ALL;
  return reader.object('PublicAccessBlockConfiguration', (at) => ({
    BlockPublicAcls: at.boolean('BlockPublicAcls') ?? false,
    IgnorePublicAcls: at.boolean('IgnorePublicAcls') ?? false,
    BlockPublicPolicy: at.boolean('BlockPublicPolicy') ?? false,
    RestrictPublicBuckets: at.boolean('RestrictPublicBuckets') ?? false,
  }));
}

function readEncryption(reader: PropertyReader, room: Room): Encryption {
  const rules = reader.object('BucketEncryption', (at) =>
    at.objects('ServerSideEncryptionConfiguration', (rule) => {
      const BucketKeyEnabled = rule.boolean('BucketKeyEnabled');
      const byDefault = rule.object('ServerSideEncryptionByDefault', (inner) => ({
        SSEAlgorithm: inner.requiredText('SSEAlgorithm'),
        KMSMasterKeyID: inner.text('KMSMasterKeyID'),
      }));
      return encryptionRule({ SSEAlgorithm: 'AES256', ...byDefault, BucketKeyEnabled }, room);
    }),
  );
  return rules?.[0] ?? DEFAULT_ENCRYPTION;
}

function readCorsRule(rule: PropertyReader): CorsRule {
  const ID = rule.text('Id');
  const MaxAgeSeconds = rule.integer('MaxAge', [0, 2_147_483_647]);
  return {
    ...(ID !== undefined && { ID }),
    AllowedHeaders: rule.texts('AllowedHeaders'),
    AllowedMethods: rule.texts('AllowedMethods'),
    AllowedOrigins: rule.texts('AllowedOrigins'),
    ExposeHeaders: rule.texts('ExposedHeaders'),
    ...(MaxAgeSeconds !== undefined && { MaxAgeSeconds }),
  };
}
