/**
 * What IAM asks before an operation runs.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
 */
import { isOfAccount } from '../../kernel/caller.ts';
import type { CallContext, Requirement, ServiceContext } from '../../kernel/service.ts';
import { factsOf } from '../../protocols/index.ts';
import { keyArn } from './encryption.ts';
import { accessDenied } from './errors.ts';
import { isOpenToAll } from './public-access.ts';
import type { Bucket, Encryption, Tag } from './records.ts';
import type { Repository } from './repository.ts';

export type Keys = Readonly<Record<string, string | readonly string[]>>;

export interface InBucket {
  readonly Bucket: string;
}
export interface OnObject extends InBucket {
  readonly Key: string;
}

export interface Requirements {
  /** On a bucket. Nothing where there is none: AWS says so to everybody. */
  onBucket(action: string, input: InBucket, call: CallContext, keys?: Keys): Requirement[];
  /** On an object; of an older version with the action for that. */
  onObject(action: string, input: OnObject, call: CallContext, keys?: Keys): Requirement[];
  /** As `onObject`, and leave to list where the object is missing: without it nobody is told that it is. */
  toRead(action: string, input: OnObject & { readonly VersionId?: string }, call: CallContext): Requirement[];
  /** On nothing in particular. */
  onAll(action: string, input: object, call: CallContext, keys?: Keys): Requirement[];
  /** Of a customer's key. */
  onKey(action: 'GenerateDataKey' | 'Decrypt', encryption: Encryption, object: OnObject): Requirement[];
}

const OLDER: ReadonlySet<string> = new Set([
  'GetObject',
  'GetObjectAcl',
  'GetObjectTagging',
  'GetObjectAttributes',
  'PutObjectTagging',
  'PutObjectAcl',
  'DeleteObject',
  'DeleteObjectTagging',
]);

const versioned = (action: string): string => action.replace(/^(Get|Put|Delete)Object/, '$1ObjectVersion');

export function requirements(
  repository: Repository,
  context: Pick<ServiceContext, 'partition' | 'region' | 'accountId' | 'clock'>,
): Requirements {
  const { partition, region, accountId } = context;
  const bucketArn = (name: string): string => `arn:${partition}:s3:::${name}`;

  /** Of the request itself. */
  function always(input: object, bucket?: Bucket): Keys {
    const facts = factsOf(input);
    const owner = bucket && { 's3:ResourceAccount': bucket.ownedBy ?? accountId };
    if (!facts) return { ...owner };
    const { authType, signedAt, contentSha256 } = facts;
    return {
      ...owner,
      ...(authType && { 's3:authType': authType, 's3:signatureversion': 'AWS4-HMAC-SHA256' }),
      ...(authType !== 'POST' &&
        signedAt !== undefined && { 's3:signatureAge': String(Math.max(0, Date.now() - signedAt)) }),
      ...(contentSha256 !== undefined && { 's3:x-amz-content-sha256': contentSha256 }),
    };
  }

  /** Undefined where there is none. */
  function enter({ Bucket }: InBucket, { principal }: CallContext): Bucket | undefined {
    const bucket = repository.find(Bucket);
    if (!bucket) return undefined;
    if (bucket.publicAccessBlock?.RestrictPublicBuckets && isOpenToAll(bucket.policy)) {
      // Services, and who belongs to the owner's account: nobody else comes in.
      const stranger = isOfAccount(principal)
        ? principal.accountId !== (bucket.ownedBy ?? accountId)
        : principal.kind === 'anonymous';
      if (stranger) throw accessDenied();
    }
    return bucket;
  }

  const needs: Requirements = {
    onBucket(action, input, call, keys) {
      const bucket = enter(input, call);
      if (!bucket) return [];
      const context = { ...always(input, bucket), ...keys };
      return [{ action: `s3:${action}`, resource: bucketArn(input.Bucket), context }];
    },
    onObject(action, input, call, keys) {
      const bucket = enter(input, call);
      if (!bucket) return [];
      const { VersionId } = input as { VersionId?: string };
      const older = VersionId !== undefined && OLDER.has(action);
      const context = {
        ...always(input, bucket),
        ...(VersionId !== undefined && { 's3:VersionId': VersionId }),
        ...keys,
      };
      const resource = `${bucketArn(input.Bucket)}/${input.Key}`;
      return [{ action: `s3:${older ? versioned(action) : action}`, resource, context }];
    },
    toRead(action, input, call) {
      const { Bucket, Key, VersionId } = input;
      const versions = repository.versions(Bucket, Key);
      const found = VersionId === undefined ? versions[0] : versions.find(({ versionId }) => versionId === VersionId);
      const object = found?.kind === 'object' ? found : undefined;
      const own = needs.onObject(action, input, call, existingTags(object?.tags));
      if (object || VersionId !== undefined) return own;
      return [...own, ...needs.onBucket('ListBucket', input, call, { 's3:prefix': Key })];
    },
    onAll: (action, input, _call, keys) => [
      { action: `s3:${action}`, resource: '*', context: { ...always(input), ...keys } },
    ],
    onKey(action, { algorithm, keyId, bucketKey }, { Bucket, Key }) {
      if (algorithm === 'AES256' || keyId === undefined) return [];
      const bound = bucketKey ? bucketArn(Bucket) : `${bucketArn(Bucket)}/${Key}`;
      const keys: Keys = {
        'kms:ViaService': `s3.${region}.amazonaws.com`,
        'kms:CallerAccount': accountId,
        'kms:EncryptionAlgorithm': 'SYMMETRIC_DEFAULT',
        'kms:EncryptionContextKeys': ['aws:s3:arn'],
        'kms:EncryptionContext:aws:s3:arn': bound,
      };
      return [{ action: `kms:${action}`, resource: keyArn(keyId, context), context: keys }];
    },
  };
  return needs;
}

export function existingTags(tags: readonly Tag[] | undefined): Keys {
  return Object.fromEntries((tags ?? []).map(({ Key, Value }) => [`s3:ExistingObjectTag/${Key}`, Value]));
}

export function requestTags(tags: readonly Tag[] | undefined): Keys {
  if (!tags?.length) return {};
  return {
    ...Object.fromEntries(tags.map(({ Key, Value }) => [`s3:RequestObjectTag/${Key}`, Value])),
    's3:RequestObjectTagKeys': tags.map(({ Key }) => Key),
  };
}

/** Headers of a request that conditions may ask for, from the input's members. */
export function headerKeys(input: Readonly<Record<string, unknown>>): Keys {
  const keys: Record<string, string> = {};
  for (const [member, key] of HEADER_KEYS) {
    const value = input[member];
    if (value !== undefined) keys[key] = String(value);
  }
  return keys;
}

const HEADER_KEYS = [
  ['ACL', 's3:x-amz-acl'],
  ['GrantFullControl', 's3:x-amz-grant-full-control'],
  ['GrantRead', 's3:x-amz-grant-read'],
  ['GrantReadACP', 's3:x-amz-grant-read-acp'],
  ['GrantWrite', 's3:x-amz-grant-write'],
  ['GrantWriteACP', 's3:x-amz-grant-write-acp'],
  ['CopySource', 's3:x-amz-copy-source'],
  ['MetadataDirective', 's3:x-amz-metadata-directive'],
  ['ServerSideEncryption', 's3:x-amz-server-side-encryption'],
  ['SSEKMSKeyId', 's3:x-amz-server-side-encryption-aws-kms-key-id'],
  ['SSECustomerAlgorithm', 's3:x-amz-server-side-encryption-customer-algorithm'],
  ['StorageClass', 's3:x-amz-storage-class'],
  ['WebsiteRedirectLocation', 's3:x-amz-website-redirect-location'],
  ['IfMatch', 's3:if-match'],
  ['IfNoneMatch', 's3:if-none-match'],
] as const;
