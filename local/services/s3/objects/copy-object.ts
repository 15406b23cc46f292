/** CopyObject. https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html */
import { createHash } from 'node:crypto';
import type { CallContext, Operation, Requirement } from '../../../kernel/service.ts';
import { type ChecksumAlgorithm, createChecksum, isChecksumAlgorithm } from '../../../protocols/index.ts';
import { aclRequirements, grantsOf } from '../acl.ts';
import { type EncryptionInput, encryptionOf, encryptionOutput, useKey } from '../encryption.ts';
import { entityTooLarge, invalidArgument, invalidRequest } from '../errors.ts';
import type { Range } from '../files.ts';
import { inBucket } from '../guard.ts';
import { MOST_BYTES, type Received, receive } from '../intake.ts';
import type { Bucket, Segment, StoredObject } from '../records.ts';
import { existingTags, headerKeys, type OnObject, requestTags } from '../requirements.ts';
import type { Room } from '../room.ts';
import {
  type AttributesInput,
  checkKey,
  checksumOutput,
  headersOf,
  metadataOf,
  refuseLock,
  storageClassOf,
  tagsOf,
} from './attributes.ts';
import { commitVersion } from './commit.ts';
import { type CopyConditions, checkSource, type WriteConditions } from './conditions.ts';
import { type CopySource, parseCopySource } from './copy-source.ts';
import { etagOf } from './etag.ts';
import { findObject } from './get-object.ts';
import { lastModifiedOf, newVersionId, versionIdOutput } from './versioning.ts';

export interface CopyInput extends OnObject, EncryptionInput, CopyConditions {
  readonly CopySource: string;
  readonly ExpectedSourceBucketOwner?: string;
}

interface CopyObjectInput extends CopyInput, AttributesInput, WriteConditions {
  readonly ACL?: string;
  readonly MetadataDirective?: string;
  readonly TaggingDirective?: string;
  readonly ChecksumAlgorithm?: string;
}

export function copyObject(room: Room): Operation<CopyObjectInput> {
  const { needs, repository } = room;
  return {
    requires(input, call) {
      const source = parseCopySource(input.CopySource);
      const bucket = repository.find(input.Bucket);
      if (!bucket) return sourceRequirements(room, source, call);
      const { tags } = input.TaggingDirective === 'REPLACE' ? tagsOf(input) : {};
      const copied = input.TaggingDirective === 'REPLACE' ? undefined : sourceObject(room, source)?.tags;
      return [
        ...sourceRequirements(room, source, call),
        ...(copied?.length ? needs.onObject('GetObjectTagging', source, call) : []),
        ...needs.onObject('PutObject', input, call, { ...headerKeys({ ...input }), ...requestTags(tags ?? copied) }),
        ...((tags ?? copied)?.length
          ? needs.onObject('PutObjectTagging', input, call, requestTags(tags ?? copied))
          : []),
        ...aclRequirements(input, call, needs),
        ...needs.onKey('GenerateDataKey', encryptionOf(input, bucket, room), input),
      ];
    },
    handle: (input, call) => copy(room, input, call),
  };
}

const sourceObject = ({ repository }: Room, { Bucket, Key, VersionId }: CopySource): StoredObject | undefined => {
  const found = repository
    .versions(Bucket, Key)
    .find(({ versionId }) => VersionId === undefined || versionId === VersionId);
  return found?.kind === 'object' ? found : undefined;
};

/** To read what is copied. */
export function sourceRequirements(room: Room, source: CopySource, call: CallContext): Requirement[] {
  const object = sourceObject(room, source);
  return [
    ...room.needs
      .toRead('GetObject', source, call)
      .map((need) => ({ ...need, context: { ...need.context, ...existingTags(object?.tags) } })),
    ...(object ? room.needs.onKey('Decrypt', object.encryption, source) : []),
  ];
}

/** Throws NoSuchBucket, NoSuchKey, PreconditionFailed. */
export function openSource(room: Room, input: CopyInput): { readonly bucket: Bucket; readonly object: StoredObject } {
  const source = parseCopySource(input.CopySource);
  const bucket = inBucket(room, {
    Bucket: source.Bucket,
    ExpectedBucketOwner: input.ExpectedSourceBucketOwner,
  } as never);
  const versions = room.repository.versions(source.Bucket, source.Key);
  const named = versions.find(({ versionId }) => versionId === source.VersionId);
  if (named?.kind === 'delete-marker') {
    throw invalidRequest('The source of a copy request may not specifically refer to a delete marker by version id.');
  }
  const object = findObject(room, bucket, source, 'GET');
  checkSource(object, input);
  return { bucket, object };
}

async function copy(room: Room, input: CopyObjectInput, call: CallContext) {
  const { repository, files, clock } = room;
  const bucket = inBucket(room, input);
  checkKey(input.Key);
  refuseLock(input);
  const { bucket: from, object } = openSource(room, input);
  if (object.size > MOST_BYTES) {
    throw invalidRequest(
      `The specified copy source is larger than the maximum allowable size for a copy source: ${MOST_BYTES}`,
    );
  }
  checkDirectives(input);
  const encryption = encryptionOf(input, bucket, room);
  checkChange(input, from, object);
  await useKey(encryption, room);
  const given = attributesOf(room, bucket, input, object);
  const copied = await copyBody(room, object, algorithmOf(input, object));
  const version: StoredObject = {
    kind: 'object',
    versionId: newVersionId(repository.find(input.Bucket) ?? bucket),
    lastModified: clock.now(),
    size: object.size,
    etag: etagOf(copied.md5, encryption),
    body: copied.body,
    ...given,
    encryption,
    checksum: { algorithm: copied.algorithm, value: copied.checksum, type: 'FULL_OBJECT' },
  };
  try {
    commitVersion(room, {
      bucket,
      key: input.Key,
      newest: version,
      event: 'ObjectCreated:Copy',
      conditions: input,
      call,
    });
  } catch (error) {
    files.remove(copied.body);
    throw error;
  }
  const { ChecksumType, ...checksums } = checksumOutput(version.checksum);
  return {
    CopyObjectResult: { ETag: `"${version.etag}"`, LastModified: lastModifiedOf(version), ...checksums, ChecksumType },
    ...encryptionOutput(encryption, room),
    ...versionIdOutput(repository.get(input.Bucket), version),
    ...(from.versioning !== undefined && { CopySourceVersionId: object.versionId }),
  };
}

function attributesOf(room: Room, bucket: Bucket, input: CopyObjectInput, object: StoredObject) {
  const replaced = input.MetadataDirective === 'REPLACE';
  const { WebsiteRedirectLocation: _, ...headers } = object.headers;
  const tags = input.TaggingDirective === 'REPLACE' ? tagsOf(input).tags : object.tags;
  return {
    headers: replaced
      ? headersOf(input)
      : {
          ...headers,
          ...(input.WebsiteRedirectLocation && { WebsiteRedirectLocation: input.WebsiteRedirectLocation }),
        },
    metadata: replaced ? metadataOf(input) : object.metadata,
    ...storageClassOf(input),
    ...(tags?.length && { tags }),
    ...grantsOf(input, bucket, room),
  };
}

function checkDirectives({ MetadataDirective, TaggingDirective }: CopyObjectInput): void {
  for (const [header, value] of [
    ['x-amz-metadata-directive', MetadataDirective],
    ['x-amz-tagging-directive', TaggingDirective],
  ] as const) {
    if (value === undefined || value === 'COPY' || value === 'REPLACE') continue;
    throw invalidArgument(`Unknown ${header.includes('tagging') ? 'tagging' : 'metadata'} directive.`, header, value);
  }
}

/** Onto itself only where something changes. */
function checkChange(input: CopyObjectInput, from: Bucket, object: StoredObject): void {
  const source = parseCopySource(input.CopySource);
  if (source.Bucket !== input.Bucket || source.Key !== input.Key || source.VersionId !== undefined) return;
  const changes =
    input.MetadataDirective === 'REPLACE' ||
    input.TaggingDirective === 'REPLACE' ||
    (input.StorageClass ?? 'STANDARD') !== (object.storageClass ?? 'STANDARD') ||
    input.WebsiteRedirectLocation !== undefined ||
    input.ServerSideEncryption !== undefined ||
    from.versioning === 'Enabled';
  if (changes) return;
  throw invalidRequest(
    "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
  );
}

/** Of the copy: what is asked for, or what the source has. */
function algorithmOf({ ChecksumAlgorithm: asked }: CopyObjectInput, { checksum }: StoredObject): ChecksumAlgorithm {
  if (asked !== undefined) {
    const name = asked.toUpperCase();
    if (isChecksumAlgorithm(name)) return name;
    throw invalidRequest(
      'Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]',
    );
  }
  return checksum?.algorithm ?? 'CRC64NVME';
}

/** What has its digests already is copied without being read. */
async function copyBody(room: Room, object: StoredObject, algorithm: ChecksumAlgorithm): Promise<Received<Segment>> {
  const { files } = room;
  const [only] = object.body;
  const { checksum, encryption } = object;
  const known = !object.parts && checksum?.type === 'FULL_OBJECT' && checksum.algorithm === algorithm;
  if (known && encryption.algorithm === 'AES256') {
    const body: readonly Segment[] = only ? [await files.copy(only)] : [];
    return { body, size: object.size, md5: object.etag, algorithm, checksum: checksum.value };
  }
  return copyBytes(room, object, { first: 0, last: object.size - 1 }, algorithm);
}

export function copyBytes(
  { files }: Pick<Room, 'files'>,
  object: StoredObject,
  range: Range,
  algorithm: ChecksumAlgorithm,
): Promise<Received> {
  if (object.size === 0) return Promise.resolve(nothing(algorithm));
  const size = range.last - range.first + 1;
  if (size > MOST_BYTES) throw entityTooLarge(size, MOST_BYTES);
  const expected = { algorithm, inTrailer: false, maximumBytes: MOST_BYTES, announced: size, stated: false };
  return receive(files.read(object.body, range), expected, files);
}

function nothing(algorithm: ChecksumAlgorithm): Received {
  const md5 = createHash('md5').digest('hex');
  return { body: [], size: 0, md5, algorithm, checksum: createChecksum(algorithm).base64() };
}
