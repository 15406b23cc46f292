/** ListObjects and ListObjectsV2. https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html */
import type { Operation } from '../../../kernel/service.ts';
import { invalidArgument } from '../errors.ts';
import { inBucket } from '../guard.ts';
import { lastModifiedOf } from '../objects/versioning.ts';
import { ownerOf } from '../owner.ts';
import type { StoredObject, Versions } from '../records.ts';
import type { InBucket, Keys } from '../requirements.ts';
import type { Room } from '../room.ts';
import { type Encode, encodingOf } from './encoding.ts';
import { type Entry, walk } from './walk.ts';

export interface ListInput extends InBucket {
  readonly Prefix?: string;
  readonly Delimiter?: string;
  readonly MaxKeys?: number;
  readonly EncodingType?: string;
}
interface ListV1Input extends ListInput {
  readonly Marker?: string;
}
interface ListV2Input extends ListInput {
  readonly ContinuationToken?: string;
  readonly StartAfter?: string;
  readonly FetchOwner?: boolean;
}

export const MOST_KEYS = 1_000;

export function listOperations(room: Room): Record<string, Operation> {
  const { needs } = room;

  function page(input: ListInput, after: string | undefined) {
    const { Bucket, Prefix = '', Delimiter } = input;
    const limit = limitOf(input.MaxKeys);
    if (limit === 0) return { entries: [], commonPrefixes: [] };
    return walk<Versions>({
      prefix: Prefix,
      delimiter: Delimiter || undefined,
      after: after || undefined,
      limit,
      isListed: ({ versions }) => versions[0]?.kind === 'object',
      list: (options) => room.repository.list(Bucket, options),
    });
  }

  const listObjects: Operation<ListV1Input> = {
    requires: (input, call) => needs.onBucket('ListBucket', input, call, listKeys(input)),
    handle(input) {
      const { name } = inBucket(room, input);
      const { encode, EncodingType } = encodingOf(input.EncodingType);
      const { Prefix = '', Delimiter, Marker = '' } = input;
      const { entries, commonPrefixes, next } = page(input, Marker);
      return {
        Name: name,
        Prefix: encode(Prefix),
        Marker: encode(Marker),
        MaxKeys: limitOf(input.MaxKeys),
        ...(Delimiter && { Delimiter: encode(Delimiter) }),
        ...(EncodingType && { EncodingType }),
        IsTruncated: next !== undefined,
        // AWS tells it of listings with a delimiter only: without one the last key is the marker.
        ...(next !== undefined && Delimiter && { NextMarker: encode(next) }),
        Contents: entries.map((entry) => content(entry, encode, ownerOf(room))),
        CommonPrefixes: commonPrefixes.map((prefix) => ({ Prefix: encode(prefix) })),
      };
    },
  };

  const listObjectsV2: Operation<ListV2Input> = {
    requires: (input, call) => needs.onBucket('ListBucket', input, call, listKeys(input)),
    handle(input) {
      const { name } = inBucket(room, input);
      const { encode, EncodingType } = encodingOf(input.EncodingType);
      const { Prefix = '', Delimiter, ContinuationToken, StartAfter, FetchOwner } = input;
      const after = ContinuationToken === undefined ? StartAfter : fromToken(ContinuationToken);
      const { entries, commonPrefixes, next } = page(input, after);
      return {
        Name: name,
        Prefix: encode(Prefix),
        MaxKeys: limitOf(input.MaxKeys),
        KeyCount: entries.length + commonPrefixes.length,
        ...(Delimiter && { Delimiter: encode(Delimiter) }),
        ...(EncodingType && { EncodingType }),
        ...(StartAfter !== undefined && { StartAfter: encode(StartAfter) }),
        ...(ContinuationToken !== undefined && { ContinuationToken }),
        IsTruncated: next !== undefined,
        ...(next !== undefined && { NextContinuationToken: toToken(next) }),
        Contents: entries.map((entry) => content(entry, encode, FetchOwner ? ownerOf(room) : undefined)),
        CommonPrefixes: commonPrefixes.map((prefix) => ({ Prefix: encode(prefix) })),
      };
    },
  };

  return { ListObjects: listObjects, ListObjectsV2: listObjectsV2 };
}

function content({ key, value }: Entry<Versions>, encode: Encode, owner: object | undefined) {
  const object = value.versions[0] as StoredObject;
  return {
    Key: encode(key),
    LastModified: lastModifiedOf(object),
    ETag: `"${object.etag}"`,
    ...(object.checksum && { ChecksumAlgorithm: [object.checksum.algorithm], ChecksumType: object.checksum.type }),
    Size: object.size,
    StorageClass: object.storageClass ?? 'STANDARD',
    ...(owner && { Owner: owner }),
  };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html#example-object-prefix-user-policies */
export function listKeys({ Prefix, Delimiter, MaxKeys }: ListInput): Keys {
  return {
    ...(Prefix !== undefined && { 's3:prefix': Prefix }),
    ...(Delimiter !== undefined && { 's3:delimiter': Delimiter }),
    ...(MaxKeys !== undefined && { 's3:max-keys': String(MaxKeys) }),
  };
}

/** Throws InvalidArgument. */
export function limitOf(given: number | undefined, name = 'max-keys'): number {
  if (given === undefined) return MOST_KEYS;
  if (Number.isInteger(given) && given >= 0 && given <= 2_147_483_647) return Math.min(given, MOST_KEYS);
  throw invalidArgument(`Argument ${name} must be an integer between 0 and 2147483647`, name, String(given));
}

/** Nobody is to read anything out of it: only that it is ours is checked. */
const toToken = (key: string): string => Buffer.from(`1/${key}`).toString('base64');

function fromToken(token: string): string {
  const text = Buffer.from(token, 'base64').toString('utf8');
  if (text.startsWith('1/') && toToken(text.slice(2)) === token) return text.slice(2);
  throw invalidArgument('The continuation token provided is incorrect', 'continuation-token');
}
