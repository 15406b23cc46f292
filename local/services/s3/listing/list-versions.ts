/** ListObjectVersions. https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html */
import type { Operation } from '../../../kernel/service.ts';
import { invalidArgument } from '../errors.ts';
import { inBucket } from '../guard.ts';
import { lastModifiedOf } from '../objects/versioning.ts';
import { ownerOf } from '../owner.ts';
import type { Version, Versions } from '../records.ts';
import type { Room } from '../room.ts';
import { type Encode, encodingOf } from './encoding.ts';
import { type ListInput, limitOf, listKeys } from './list-objects.ts';
import { walk } from './walk.ts';

interface ListVersionsInput extends ListInput {
  readonly KeyMarker?: string;
  readonly VersionIdMarker?: string;
}

interface Listed {
  readonly key: string;
  readonly version: Version;
  readonly isLatest: boolean;
}

export function listVersionsOperations(room: Room): Record<string, Operation> {
  const { needs } = room;
  const listObjectVersions: Operation<ListVersionsInput> = {
    requires: (input, call) => needs.onBucket('ListBucketVersions', input, call, listKeys(input)),
    handle(input) {
      const { name } = inBucket(room, input);
      const { encode, EncodingType } = encodingOf(input.EncodingType);
      const { Prefix = '', Delimiter, KeyMarker = '', VersionIdMarker } = input;
      if (VersionIdMarker !== undefined && KeyMarker === '') {
        throw invalidArgument(
          'A version-id marker cannot be specified without a key marker.',
          'version-id-marker',
          VersionIdMarker,
        );
      }
      const limit = limitOf(input.MaxKeys);
      const { listed, commonPrefixes, next } = page(room, input, limit);
      return {
        Name: name,
        Prefix: encode(Prefix),
        KeyMarker: encode(KeyMarker),
        VersionIdMarker: VersionIdMarker ?? '',
        MaxKeys: limit,
        ...(Delimiter && { Delimiter: encode(Delimiter) }),
        ...(EncodingType && { EncodingType }),
        IsTruncated: next !== undefined,
        ...(next && {
          NextKeyMarker: encode(next.key),
          ...(next.versionId && { NextVersionIdMarker: next.versionId }),
        }),
        Versions: listed.filter(({ version }) => version.kind === 'object').map((one) => told(one, encode, room)),
        DeleteMarkers: listed.filter(({ version }) => version.kind !== 'object').map((one) => told(one, encode, room)),
        CommonPrefixes: commonPrefixes.map((prefix) => ({ Prefix: encode(prefix) })),
      };
    },
  };
  return { ListObjectVersions: listObjectVersions };
}

/** Keys in their order, and of each its versions, the newest first; a page may end between two of them. */
function page({ repository }: Room, input: ListVersionsInput, limit: number) {
  const { Bucket, Prefix = '', Delimiter, KeyMarker, VersionIdMarker } = input;
  const listed: Listed[] = [];
  if (limit === 0) return { listed, commonPrefixes: [], next: undefined };
  if (KeyMarker && VersionIdMarker !== undefined) {
    const versions = repository.versions(Bucket, KeyMarker);
    const from = versions.findIndex(({ versionId }) => versionId === VersionIdMarker) + 1;
    versions.forEach((version, index) => {
      if (from > 0 && index >= from) listed.push({ key: KeyMarker, version, isLatest: index === 0 });
    });
  }
  const {
    entries,
    commonPrefixes,
    next: beyond,
  } = walk<Versions>({
    prefix: Prefix,
    delimiter: Delimiter || undefined,
    after: KeyMarker || undefined,
    limit,
    isListed: () => true,
    list: (options) => repository.list(Bucket, options),
  });
  for (const { key, value } of entries) {
    for (const [index, version] of value.versions.entries()) listed.push({ key, version, isLatest: index === 0 });
  }
  return cut(listed, commonPrefixes, beyond, limit);
}

type Item = { readonly name: string; readonly listed?: Listed };

/** Versions and common prefixes together make the page, in the order of their names. */
function cut(listed: readonly Listed[], prefixes: readonly string[], beyond: string | undefined, limit: number) {
  const items: Item[] = [
    ...listed.map((one) => ({ name: one.key, listed: one })),
    ...prefixes.map((name) => ({ name })),
  ];
  items.sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
  const kept = items.slice(0, limit);
  const last = kept.at(-1);
  const more = kept.length < items.length || beyond !== undefined;
  return {
    listed: kept.flatMap((item) => (item.listed ? [item.listed] : [])),
    commonPrefixes: kept.flatMap((item) => (item.listed ? [] : [item.name])),
    next: more && last ? { key: last.name, versionId: last.listed?.version.versionId } : undefined,
  };
}

function told({ key, version, isLatest }: Listed, encode: Encode, room: Room) {
  const common = {
    Key: encode(key),
    VersionId: version.versionId,
    IsLatest: isLatest,
    LastModified: lastModifiedOf(version),
    Owner: ownerOf(room),
  };
  if (version.kind !== 'object') return common;
  return {
    ...common,
    ETag: `"${version.etag}"`,
    ...(version.checksum && { ChecksumAlgorithm: [version.checksum.algorithm], ChecksumType: version.checksum.type }),
    Size: version.size,
    StorageClass: version.storageClass ?? 'STANDARD',
  };
}
