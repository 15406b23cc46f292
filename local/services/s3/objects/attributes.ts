/** What an object has besides its bytes: read from a request, and told in answers. */

import { encryptionOutput } from '../encryption.ts';
import {
  invalidArgument,
  invalidRequest,
  invalidStorageClass,
  keyTooLong,
  metadataTooLarge,
  notImplemented,
} from '../errors.ts';
import type { Checksum, ObjectHeaders, StoredObject, Tag } from '../records.ts';
import type { Room } from '../room.ts';
import { checkTags } from '../tags.ts';
import { lastModifiedOf } from './versioning.ts';

export interface AttributesInput {
  readonly ContentType?: string;
  readonly CacheControl?: string;
  readonly ContentDisposition?: string;
  readonly ContentEncoding?: string;
  readonly ContentLanguage?: string;
  readonly Expires?: Date | string;
  readonly WebsiteRedirectLocation?: string;
  readonly Metadata?: Readonly<Record<string, string>>;
  readonly StorageClass?: string;
  readonly Tagging?: string;
  readonly ObjectLockMode?: string;
  readonly ObjectLockRetainUntilDate?: unknown;
  readonly ObjectLockLegalHoldStatus?: string;
}

const STORAGE_CLASSES = new Set([
  'STANDARD',
  'REDUCED_REDUNDANCY',
  'STANDARD_IA',
  'ONEZONE_IA',
  'INTELLIGENT_TIERING',
  'GLACIER',
  'DEEP_ARCHIVE',
  'GLACIER_IR',
]);

/** What S3 gives objects whose writer names no type. */
const UNTYPED = 'binary/octet-stream';

export function headersOf(input: AttributesInput): ObjectHeaders {
  const { Expires, ContentEncoding } = input;
  // The coding of the transfer is no part of what was transferred.
  const encoding = (ContentEncoding ?? '')
    .split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding !== '' && coding !== 'aws-chunked')
    .join(',');
  const headers: Record<string, string | undefined> = {
    ContentType: input.ContentType || UNTYPED,
    CacheControl: input.CacheControl,
    ContentDisposition: input.ContentDisposition,
    ContentEncoding: encoding || undefined,
    ContentLanguage: input.ContentLanguage,
    Expires: Expires === undefined || typeof Expires === 'string' ? Expires : Expires.toUTCString(),
    WebsiteRedirectLocation: input.WebsiteRedirectLocation,
  };
  return carried(headers, (member) => kebab(member));
}

/** A header's name from its member: `ContentType` → `content-type`. */
export const kebab = (member: string): string => member.replace(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase();

/** All that a header can carry: anything else would be another header, or none. https://www.rfc-editor.org/rfc/rfc9110#section-5.5 */
const CARRIED = /^[\t\x20-\x7e\x80-\xff]*$/;

/**
 * Those that are there. Throws InvalidArgument for what cannot be told in a header, as it could come by a form or a query.
 * @param nameOf of a member, the header or parameter it came by
 */
export function carried(
  headers: Readonly<Record<string, string | undefined>>,
  nameOf: (member: string) => string,
): Record<string, string> {
  const given = Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const wrong = given.find(([, value]) => !CARRIED.test(value));
  if (wrong) {
    throw invalidArgument('Header value cannot be represented using ISO-8859-1.', nameOf(wrong[0]), wrong[1]);
  }
  return Object.fromEntries(given);
}

const MOST_METADATA_BYTES = 2048;

/** https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2 */
const TOKEN = /^[!#$%&'*+.^_`|~0-9a-z-]*$/i;

/** Throws MetadataTooLarge, and InvalidArgument for names that no header can have. */
export function metadataOf({ Metadata = {} }: AttributesInput): Readonly<Record<string, string>> {
  const nameless = Object.keys(Metadata).find((name) => !TOKEN.test(name));
  if (nameless !== undefined) throw invalidArgument('Metadata names have to be header names', `x-amz-meta-${nameless}`);
  let size = 0;
  for (const [name, value] of Object.entries(Metadata)) size += Buffer.byteLength(name) + Buffer.byteLength(value);
  if (size > MOST_METADATA_BYTES) {
    throw metadataTooLarge(size, MOST_METADATA_BYTES);
  }
  return Metadata;
}

/** Throws InvalidStorageClass. */
export function storageClassOf({ StorageClass }: AttributesInput): { readonly storageClass?: string } {
  if (StorageClass === undefined || StorageClass === 'STANDARD') return {};
  if (!STORAGE_CLASSES.has(StorageClass)) {
    throw invalidStorageClass(StorageClass);
  }
  return { storageClass: StorageClass };
}

/** `key=value&key=value`, encoded as a query. Throws InvalidArgument, InvalidTag. */
export function tagsOf({ Tagging }: AttributesInput): { readonly tags?: readonly Tag[] } {
  if (Tagging === undefined || Tagging === '') return {};
  const pairs = [...new URLSearchParams(Tagging)];
  return { tags: checkTags(pairs.map(([Key, Value]) => ({ Key, Value }))) };
}

/** What no bucket here can do. Throws AwsError. */
export function refuseLock(input: AttributesInput): void {
  const { ObjectLockMode, ObjectLockRetainUntilDate, ObjectLockLegalHoldStatus } = input;
  if ((ObjectLockMode ?? ObjectLockRetainUntilDate ?? ObjectLockLegalHoldStatus) !== undefined) {
    throw invalidRequest('Bucket is missing Object Lock Configuration');
  }
  if ((input as { WriteOffsetBytes?: number }).WriteOffsetBytes !== undefined)
    throw notImplemented('Appending to objects');
}

export function checkKey(key: string): void {
  const size = Buffer.byteLength(key);
  if (size > 1024) throw keyTooLong(size);
  if (size === 0) throw invalidArgument('The object key may not be empty');
}

/** Members that GetObject and HeadObject have in common. */
export function objectOutput(object: StoredObject, room: Pick<Room, 'partition' | 'region' | 'accountId'>) {
  const { headers, metadata, etag, tags, storageClass, encryption, size } = object;
  const { Expires, ...others } = headers;
  return {
    AcceptRanges: 'bytes',
    LastModified: lastModifiedOf(object),
    ContentLength: size,
    ETag: `"${etag}"`,
    ...others,
    ...(Object.keys(metadata).length > 0 && { Metadata: mapValues(metadata, headerText) }),
    ...(tags && tags.length > 0 && { TagCount: tags.length }),
    ...(storageClass && { StorageClass: storageClass }),
    ...encryptionOutput(encryption, room),
  };
}

export function checksumOutput(checksum: Checksum | undefined): Record<string, string> {
  if (!checksum) return {};
  return { [`Checksum${checksum.algorithm}`]: checksum.value, ChecksumType: checksum.type };
}

/** What a header cannot carry is encoded as mail has it. https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html */
function headerText(value: string): string {
  return CARRIED.test(value) ? value : `=?UTF-8?B?${Buffer.from(value).toString('base64')}?=`;
}

function mapValues<T>(record: Readonly<Record<string, T>>, change: (value: T) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}
