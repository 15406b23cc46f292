/** CompleteMultipartUpload. https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html */
import { AwsError } from '../../../kernel/aws-error.ts';
import type { CallContext, Operation } from '../../../kernel/service.ts';
import { type ChecksumAlgorithm, canCombine, combine, createChecksum } from '../../../protocols/index.ts';
import { encryptionOutput } from '../encryption.ts';
import {
  entityTooLarge,
  entityTooSmall,
  invalidPart,
  invalidPartOrder,
  invalidRequest,
  malformedXml,
  noSuchUpload,
} from '../errors.ts';
import { inBucket } from '../guard.ts';
import { checksumOutput } from '../objects/attributes.ts';
import { commitVersion } from '../objects/commit.ts';
import type { WriteConditions } from '../objects/conditions.ts';
import { etagOfParts } from '../objects/etag.ts';
import { newVersionId, versionIdOutput } from '../objects/versioning.ts';
import type { Checksum, Part, StoredObject, Upload } from '../records.ts';
import { headerKeys } from '../requirements.ts';
import type { Room } from '../room.ts';
import type { OnUpload } from './uploads.ts';

interface GivenPart {
  readonly PartNumber?: number;
  readonly ETag?: string;
  readonly [checksum: `Checksum${string}`]: string | undefined;
}

interface CompleteInput extends OnUpload, WriteConditions {
  readonly MultipartUpload?: { readonly Parts?: readonly GivenPart[] };
  readonly MpuObjectSize?: number;
  readonly ChecksumType?: string;
  readonly [checksum: `Checksum${string}`]: unknown;
}

/** All but the last one: 5 MiB. */
const SMALLEST_PART = 5 * 1024 * 1024;
/** 50 TB. https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const LARGEST_OBJECT = 50 * 1024 ** 4;

export function completeUpload(room: Room): Operation<CompleteInput> {
  return {
    requires: (input, call) => room.needs.onObject('PutObject', input, call, headerKeys({ ...input })),
    handle: (input, call) => complete(room, input, call),
  };
}

async function complete(room: Room, input: CompleteInput, call: CallContext) {
  const { repository, files, clock } = room;
  const { Key, UploadId, MultipartUpload } = input;
  const bucket = inBucket(room, input);
  const upload = repository.upload(bucket.name, Key, UploadId);
  const parts = chosen(room, upload, MultipartUpload?.Parts ?? []);
  const size = parts.reduce((sum, part) => sum + part.size, 0);
  if (size > LARGEST_OBJECT) throw entityTooLarge(size, LARGEST_OBJECT);
  if (input.MpuObjectSize !== undefined && input.MpuObjectSize !== size) {
    throw invalidRequest(
      `The provided 'x-amz-mp-object-size' header value ${input.MpuObjectSize} does not match what was computed: ${size}`,
    );
  }
  const body = parts.flatMap((part) => part.body);
  const checksum = await checksumOfParts(room, upload, parts, input);
  const version: StoredObject = {
    kind: 'object',
    versionId: newVersionId(repository.find(bucket.name) ?? bucket),
    lastModified: clock.now(),
    size,
    etag: etagOfParts(parts.map(({ etag }) => etag)),
    body,
    parts: parts.map(({ number, size: bytes, checksum: value }) => ({
      number,
      size: bytes,
      ...(upload.checksum?.type === 'COMPOSITE' && { checksum: value }),
    })),
    headers: upload.headers,
    metadata: upload.metadata,
    ...(upload.storageClass && { storageClass: upload.storageClass }),
    ...(upload.tags && { tags: upload.tags }),
    ...(upload.grants && { grants: upload.grants }),
    encryption: upload.encryption,
    checksum,
  };
  const taken = new Set(body.map(({ file }) => file));
  commitVersion(room, {
    bucket,
    key: Key,
    newest: version,
    event: 'ObjectCreated:CompleteMultipartUpload',
    conditions: input,
    call,
    also() {
      // Somebody may have broken it off, or completed it, while this was waiting.
      repository.upload(bucket.name, Key, UploadId);
      const left = repository.parts(UploadId).flatMap((part) => part.body.filter(({ file }) => !taken.has(file)));
      const present = new Set(repository.parts(UploadId).flatMap((part) => part.body.map(({ file }) => file)));
      if ([...taken].some((file) => !present.has(file))) throw noSuchUpload(UploadId);
      repository.removeUpload(bucket.name, UploadId);
      room.store.onCommit(() => files.remove(left));
    },
  });
  return {
    Location: `http://${bucket.name}.s3.${room.region}.amazonaws.com/${encodeURIComponent(Key).replaceAll('%2F', '/')}`,
    Bucket: bucket.name,
    Key,
    ETag: `"${version.etag}"`,
    ...checksumOutput(version.checksum),
    ...encryptionOutput(upload.encryption, room),
    ...versionIdOutput(repository.get(bucket.name), version),
  };
}

/** The parts the request names, as they are here. Throws AwsError. */
function chosen({ repository }: Room, upload: Upload, given: readonly GivenPart[]): readonly Part[] {
  if (given.length === 0) throw malformedXml();
  let last = 0;
  const parts = given.map((one) => {
    const { PartNumber: number, ETag = '' } = one;
    if (number === undefined || ETag === '') throw malformedXml();
    if (number <= last) throw invalidPartOrder(upload.id);
    last = number;
    const part = repository.part(upload.id, number);
    if (!part || part.etag !== ETag.replaceAll('"', '')) throw invalidPart(upload.id, number, ETag.replaceAll('"', ''));
    checkPart(upload, part, one);
    return part;
  });
  const small = parts.slice(0, -1).find(({ size }) => size < SMALLEST_PART);
  if (small) throw entityTooSmall(small.number, small.etag, small.size, SMALLEST_PART);
  return parts;
}

function checkPart(upload: Upload, part: Part, given: GivenPart): void {
  const { checksum } = upload;
  if (!checksum) return;
  const name = `Checksum${checksum.algorithm}` as const;
  if (given[name] !== undefined && given[name] !== part.checksum) throw invalidPart(upload.id, part.number, part.etag);
  if (given[name] === undefined && checksum.type === 'COMPOSITE') {
    throw invalidRequest(
      `The upload was created using a ${checksum.algorithm.toLowerCase()} checksum. The complete request must include the checksum for each part. It was missing for part ${part.number} in the request.`,
    );
  }
}

async function checksumOfParts(
  room: Room,
  upload: Upload,
  parts: readonly Part[],
  input: CompleteInput,
): Promise<Checksum> {
  const { algorithm, type } = upload.checksum ?? { algorithm: 'CRC64NVME', type: 'FULL_OBJECT' };
  if (input.ChecksumType !== undefined && input.ChecksumType !== type) {
    throw invalidRequest(`Value for x-amz-checksum-type header is invalid.`);
  }
  const value = type === 'COMPOSITE' ? composite(algorithm, parts) : await fullObject(room, algorithm, parts);
  const stated = input[`Checksum${algorithm}`];
  if (stated !== undefined && String(stated).replace(/-\d+$/, '') !== value.replace(/-\d+$/, '')) {
    throw new AwsError(
      'BadDigest',
      `The ${algorithm.toLowerCase()} you specified did not match the calculated checksum.`,
    );
  }
  return { algorithm, value, type };
}

/** The checksum of the parts' checksums. */
function composite(algorithm: ChecksumAlgorithm, parts: readonly Part[]): string {
  const checksum = createChecksum(algorithm);
  for (const part of parts) checksum.update(Buffer.from(part.checksum, 'base64'));
  return `${checksum.base64()}-${parts.length}`;
}

/** Of all bytes: made of the parts' own where they have it, and read where they have another. */
async function fullObject({ files }: Room, algorithm: ChecksumAlgorithm, parts: readonly Part[]): Promise<string> {
  if (canCombine(algorithm) && parts.every((part) => part.algorithm === algorithm)) {
    const [first, ...others] = parts as readonly [Part, ...Part[]];
    return others.reduce((sum, { checksum, size }) => combine(algorithm, sum, checksum, size), first.checksum);
  }
  const checksum = createChecksum(algorithm);
  for (const { body, size } of parts) {
    if (size === 0) continue;
    const bytes = files.read(body, { first: 0, last: size - 1 });
    if (ArrayBuffer.isView(bytes)) checksum.update(bytes);
    else for await (const piece of bytes as AsyncIterable<Uint8Array>) checksum.update(piece);
  }
  return checksum.base64();
}
