/** What is remembered of buckets, objects and uploads. Everything is JSON: it is stored. Times are ms since 1970. */

import type { TemplatePlace } from '../../policy/iam/index.ts';
import type { ChecksumAlgorithm } from '../../protocols/index.ts';

export interface Tag {
  readonly Key: string;
  readonly Value: string;
}

export interface Encryption {
  readonly algorithm: 'AES256' | 'aws:kms' | 'aws:kms:dsse';
  /** ARN; absent: AWS's own key for S3. */
  readonly keyId?: string;
  readonly bucketKey?: boolean;
}

export interface PublicAccessBlock {
  readonly BlockPublicAcls: boolean;
  readonly IgnorePublicAcls: boolean;
  readonly BlockPublicPolicy: boolean;
  readonly RestrictPublicBuckets: boolean;
}

export type Ownership = 'BucketOwnerEnforced' | 'BucketOwnerPreferred' | 'ObjectWriter';

/** To whom an ACL gives something, besides the owner. */
export interface Grant {
  readonly grantee: { readonly kind: 'group'; readonly uri: string } | { readonly kind: 'user'; readonly id: string };
  readonly permission: 'FULL_CONTROL' | 'READ' | 'WRITE' | 'READ_ACP' | 'WRITE_ACP';
}

export interface CorsRule {
  readonly ID?: string;
  readonly AllowedHeaders?: readonly string[];
  readonly AllowedMethods: readonly string[];
  readonly AllowedOrigins: readonly string[];
  readonly ExposeHeaders?: readonly string[];
  readonly MaxAgeSeconds?: number;
}

export interface Bucket {
  readonly name: string;
  readonly createdAt: number;
  /** Absent: this account. */
  readonly ownedBy?: string;
  /** Absent: never turned on. */
  readonly versioning?: 'Enabled' | 'Suspended';
  readonly policy?: string;
  readonly policyPlace?: TemplatePlace;
  readonly publicAccessBlock?: PublicAccessBlock;
  readonly ownership?: Ownership;
  readonly grants?: readonly Grant[];
  readonly encryption: Encryption;
  readonly cors?: readonly CorsRule[];
  /** As PutBucketLifecycleConfiguration has them, dates as text. */
  readonly lifecycle?: readonly LifecycleRule[];
  readonly lifecycleDefaultMinimum?: string;
  readonly notification?: NotificationConfiguration;
  readonly tags?: readonly Tag[];
}

export interface LifecycleFilter {
  readonly prefix?: string;
  readonly tags: readonly Tag[];
  readonly largerThan?: number;
  readonly smallerThan?: number;
}

export interface LifecycleRule {
  readonly id: string;
  readonly enabled: boolean;
  /** As it was given: the old form has its prefix outside a filter. */
  readonly form: 'filter' | 'prefix';
  readonly filter: LifecycleFilter;
  /** `date` is ms since 1970. */
  readonly expiration?: { readonly days?: number; readonly date?: number; readonly deleteMarker?: boolean };
  readonly transitions: readonly { readonly days?: number; readonly date?: number; readonly storageClass: string }[];
  readonly noncurrentExpiration?: { readonly days: number; readonly newer?: number };
  readonly noncurrentTransitions: readonly {
    readonly days: number;
    readonly newer?: number;
    readonly storageClass: string;
  }[];
  readonly abortAfterDays?: number;
}

export interface NotificationTarget {
  readonly id: string;
  readonly service: 'lambda' | 'sqs' | 'sns';
  readonly arn: string;
  readonly events: readonly string[];
  readonly prefix?: string;
  readonly suffix?: string;
}

export interface NotificationConfiguration {
  readonly targets: readonly NotificationTarget[];
  readonly eventBridge: boolean;
}

/** Bytes on disk: one file of the file store. */
export interface InFile {
  readonly file: string;
  readonly size: number;
}

/** Bytes of a small object, with everything else that is remembered of it. */
export interface InRecord {
  readonly base64: string;
  readonly size: number;
}

export type Segment = InFile | InRecord;

export interface Checksum {
  readonly algorithm: ChecksumAlgorithm;
  /** Base64; of a composite one with `-N` behind it. */
  readonly value: string;
  readonly type: 'FULL_OBJECT' | 'COMPOSITE';
}

export interface ObjectPart {
  readonly number: number;
  readonly size: number;
  readonly checksum?: string;
}

/** Headers kept with an object, given back with it. */
export interface ObjectHeaders {
  readonly ContentType?: string;
  readonly CacheControl?: string;
  readonly ContentDisposition?: string;
  readonly ContentEncoding?: string;
  readonly ContentLanguage?: string;
  readonly Expires?: string;
  readonly WebsiteRedirectLocation?: string;
}

export interface StoredObject {
  readonly kind: 'object';
  /** `null` for what was written without versioning. */
  readonly versionId: string;
  readonly lastModified: number;
  /** Since when another version is the current one. */
  readonly noncurrentSince?: number;
  readonly size: number;
  /** Without quotes. */
  readonly etag: string;
  readonly body: readonly Segment[];
  /** Of an object that was uploaded in parts. */
  readonly parts?: readonly ObjectPart[];
  readonly headers: ObjectHeaders;
  readonly metadata: Readonly<Record<string, string>>;
  readonly storageClass?: string;
  readonly encryption: Encryption;
  readonly checksum?: Checksum;
  readonly tags?: readonly Tag[];
  readonly grants?: readonly Grant[];
}

export interface DeleteMarker {
  readonly kind: 'delete-marker';
  readonly versionId: string;
  readonly lastModified: number;
  readonly noncurrentSince?: number;
}

export type Version = StoredObject | DeleteMarker;

/** Everything under one key, the newest first; never empty. */
export interface Versions {
  readonly versions: readonly Version[];
}

export interface Upload {
  readonly id: string;
  readonly key: string;
  readonly initiated: number;
  readonly headers: ObjectHeaders;
  readonly metadata: Readonly<Record<string, string>>;
  readonly storageClass?: string;
  readonly encryption: Encryption;
  readonly tags?: readonly Tag[];
  readonly grants?: readonly Grant[];
  readonly checksum?: Pick<Checksum, 'algorithm' | 'type'>;
}

export interface Part {
  readonly number: number;
  readonly size: number;
  readonly etag: string;
  readonly lastModified: number;
  readonly body: readonly InFile[];
  readonly algorithm: ChecksumAlgorithm;
  readonly checksum: string;
}
