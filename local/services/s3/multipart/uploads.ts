/** Beginning, breaking off and listing uploads in parts. https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html */
import { randomBytes } from 'node:crypto';
import type { Operation } from '../../../kernel/service.ts';
import { type ChecksumAlgorithm, isChecksumAlgorithm } from '../../../protocols/index.ts';
import { type AclInput, grantsOf } from '../acl.ts';
import { type EncryptionInput, encryptionOf, encryptionOutput, useKey } from '../encryption.ts';
import { invalidArgument, invalidRequest } from '../errors.ts';
import { inBucket } from '../guard.ts';
import { encodingOf } from '../listing/encoding.ts';
import { limitOf } from '../listing/list-objects.ts';
import {
  type AttributesInput,
  checkKey,
  headersOf,
  metadataOf,
  refuseLock,
  storageClassOf,
  tagsOf,
} from '../objects/attributes.ts';
import { requirementsOfWriting } from '../objects/put-object.ts';
import { ownerOf } from '../owner.ts';
import type { Bucket, Upload } from '../records.ts';
import type { InBucket, OnObject } from '../requirements.ts';
import type { Room } from '../room.ts';

interface CreateInput extends OnObject, AttributesInput, EncryptionInput, AclInput {
  readonly ChecksumAlgorithm?: string;
  readonly ChecksumType?: string;
}

export interface OnUpload extends OnObject {
  readonly UploadId: string;
}

interface ListUploadsInput extends InBucket {
  readonly Prefix?: string;
  readonly Delimiter?: string;
  readonly KeyMarker?: string;
  readonly UploadIdMarker?: string;
  readonly MaxUploads?: number;
  readonly EncodingType?: string;
}

interface ListPartsInput extends OnUpload {
  readonly MaxParts?: number;
  readonly PartNumberMarker?: string;
}

export function uploadOperations(room: Room): Record<string, Operation> {
  const { needs, repository, clock } = room;

  const create: Operation<CreateInput> = {
    requires: (input, call) => requirementsOfWriting(room, input, call),
    async handle(input) {
      const bucket = inBucket(room, input);
      checkKey(input.Key);
      refuseLock(input);
      const encryption = encryptionOf(input, bucket, room);
      const checksum = checksumOf(input);
      const upload: Upload = {
        id: randomBytes(48).toString('base64url'),
        key: input.Key,
        initiated: clock.now(),
        headers: headersOf(input),
        metadata: metadataOf(input),
        ...storageClassOf(input),
        ...tagsOf(input),
        ...grantsOf(input, bucket, room),
        encryption,
        ...(checksum && { checksum }),
      };
      await useKey(encryption, room);
      repository.get(bucket.name);
      repository.putUpload(bucket.name, upload);
      return {
        Bucket: bucket.name,
        Key: input.Key,
        UploadId: upload.id,
        ...encryptionOutput(encryption, room),
        ...(checksum && { ChecksumAlgorithm: checksum.algorithm, ChecksumType: checksum.type }),
      };
    },
  };

  const abort: Operation<OnUpload> = {
    requires: (input, call) => needs.onObject('AbortMultipartUpload', input, call),
    handle(input) {
      const bucket = inBucket(room, input);
      abortUpload(room, bucket, repository.upload(bucket.name, input.Key, input.UploadId));
      return {};
    },
  };

  const listUploads: Operation<ListUploadsInput> = {
    requires: (input, call) =>
      needs.onBucket('ListBucketMultipartUploads', input, call, {
        ...(input.Prefix !== undefined && { 's3:prefix': input.Prefix }),
        ...(input.Delimiter !== undefined && { 's3:delimiter': input.Delimiter }),
      }),
    handle: (input) => uploadsPage(room, inBucket(room, input), input),
  };

  const listParts: Operation<ListPartsInput> = {
    requires: (input, call) => needs.onObject('ListMultipartUploadParts', input, call),
    handle: (input) => partsPage(room, inBucket(room, input), input),
  };

  return {
    CreateMultipartUpload: create,
    AbortMultipartUpload: abort,
    ListMultipartUploads: listUploads,
    ListParts: listParts,
  };
}

export function abortUpload({ repository, store, files }: Room, { name }: Bucket, { id }: Upload): void {
  store.transaction(() => {
    const freed = repository.parts(id).flatMap(({ body }) => body);
    repository.removeUpload(name, id);
    store.onCommit(() => files.remove(freed));
  });
}

const FULL_ONLY: ReadonlySet<ChecksumAlgorithm> = new Set(['CRC64NVME']);
const COMPOSITE_ONLY: ReadonlySet<ChecksumAlgorithm> = new Set(['SHA1', 'SHA256', 'SHA512', 'MD5']);

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html#Full-object-checksums */
function checksumOf({ ChecksumAlgorithm: name, ChecksumType }: CreateInput): Upload['checksum'] {
  if (name === undefined) {
    if (ChecksumType === undefined) return undefined;
    throw invalidRequest('The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.');
  }
  const algorithm = name.toUpperCase();
  if (!isChecksumAlgorithm(algorithm)) {
    throw invalidRequest(
      'Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]',
    );
  }
  const type = ChecksumType ?? (FULL_ONLY.has(algorithm) ? 'FULL_OBJECT' : 'COMPOSITE');
  if (type !== 'FULL_OBJECT' && type !== 'COMPOSITE')
    throw invalidArgument('Value for x-amz-checksum-type header is invalid.', 'x-amz-checksum-type', type);
  const impossible = type === 'COMPOSITE' ? FULL_ONLY : COMPOSITE_ONLY;
  if (impossible.has(algorithm)) {
    throw invalidRequest(
      `The ${type} checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm.`,
    );
  }
  return { algorithm, type };
}

function uploadsPage(room: Room, { name }: Bucket, input: ListUploadsInput) {
  const { Prefix = '', Delimiter, KeyMarker = '', UploadIdMarker = '' } = input;
  const { encode, EncodingType } = encodingOf(input.EncodingType);
  const limit = limitOf(input.MaxUploads, 'max-uploads');
  const inOrder = room.repository
    .uploads(name)
    .filter(({ key }) => key.startsWith(Prefix))
    .sort((a, b) => compareKeys(a.key, b.key) || a.initiated - b.initiated || (a.id < b.id ? -1 : 1));
  const markerAt = inOrder.findIndex(({ key, id }) => key === KeyMarker && id === UploadIdMarker);
  const following =
    markerAt >= 0
      ? inOrder.slice(markerAt + 1)
      : inOrder.filter(({ key }) => compareKeys(key, KeyMarker) > 0 || KeyMarker === '');
  const items: ({ readonly upload: Upload } | { readonly prefix: string })[] = [];
  const prefixes = new Set<string>();
  for (const upload of following) {
    const at = Delimiter ? upload.key.indexOf(Delimiter, Prefix.length) : -1;
    const prefix = at < 0 ? undefined : upload.key.slice(0, at + (Delimiter as string).length);
    if (prefix === undefined) items.push({ upload });
    else if (!prefixes.has(prefix) && prefix !== KeyMarker) items.push({ prefix });
    if (prefix !== undefined) prefixes.add(prefix);
  }
  const page = items.slice(0, limit);
  const last = page.at(-1);
  const truncated = page.length < items.length && last !== undefined;
  return {
    Bucket: name,
    KeyMarker: encode(KeyMarker),
    UploadIdMarker,
    Prefix: encode(Prefix),
    ...(Delimiter && { Delimiter: encode(Delimiter) }),
    ...(EncodingType && { EncodingType }),
    MaxUploads: limit,
    IsTruncated: truncated,
    ...(truncated &&
      ('upload' in last
        ? { NextKeyMarker: encode(last.upload.key), NextUploadIdMarker: last.upload.id }
        : { NextKeyMarker: encode(last.prefix), NextUploadIdMarker: '' })),
    Uploads: page.flatMap((item) => ('upload' in item ? [toldUpload(item.upload, encode(item.upload.key), room)] : [])),
    CommonPrefixes: page.flatMap((item) => ('prefix' in item ? [{ Prefix: encode(item.prefix) }] : [])),
  };
}

const compareKeys = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

const toldUpload = ({ id, initiated, storageClass, checksum }: Upload, Key: string, room: Room) => ({
  UploadId: id,
  Key,
  Initiated: new Date(Math.floor(initiated / 1000) * 1000),
  StorageClass: storageClass ?? 'STANDARD',
  Owner: ownerOf(room),
  Initiator: ownerOf(room),
  ...(checksum && { ChecksumAlgorithm: checksum.algorithm, ChecksumType: checksum.type }),
});

function partsPage(room: Room, { name }: Bucket, input: ListPartsInput) {
  const { Key, UploadId, PartNumberMarker = '0' } = input;
  const upload = room.repository.upload(name, Key, UploadId);
  if (!/^\d{1,5}$/.test(PartNumberMarker)) {
    throw invalidArgument(
      'Provided part-number-marker not an integer or within integer range',
      'part-number-marker',
      PartNumberMarker,
    );
  }
  const limit = limitOf(input.MaxParts, 'max-parts');
  const following = room.repository.parts(UploadId, Number(PartNumberMarker), limit + 1);
  const page = following.slice(0, limit);
  const { checksum } = upload;
  return {
    Bucket: name,
    Key,
    UploadId,
    PartNumberMarker,
    NextPartNumberMarker: String(page.at(-1)?.number ?? 0),
    MaxParts: limit,
    IsTruncated: page.length < following.length,
    Parts: page.map(({ number, size, etag, lastModified, checksum: value }) => ({
      PartNumber: number,
      LastModified: new Date(Math.floor(lastModified / 1000) * 1000),
      ETag: `"${etag}"`,
      Size: size,
      ...(checksum && { [`Checksum${checksum.algorithm}`]: value }),
    })),
    Owner: ownerOf(room),
    Initiator: ownerOf(room),
    StorageClass: upload.storageClass ?? 'STANDARD',
    ...(checksum && { ChecksumAlgorithm: checksum.algorithm, ChecksumType: checksum.type }),
  };
}
