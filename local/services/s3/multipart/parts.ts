/** UploadPart and UploadPartCopy. https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html */
import type { CallContext, Operation } from '../../../kernel/service.ts';
import { factsOf } from '../../../protocols/index.ts';
import { type EncryptionInput, encryptionOutput, refuseCustomerKeys } from '../encryption.ts';
import { invalidArgument, invalidRequest } from '../errors.ts';
import { inBucket } from '../guard.ts';
import { type Body, expectationOf, type Received, receive } from '../intake.ts';
import { type CopyInput, copyBytes, openSource, sourceRequirements } from '../objects/copy-object.ts';
import { parseCopySource } from '../objects/copy-source.ts';
import { copyRange } from '../objects/ranges.ts';
import type { Part, Upload } from '../records.ts';
import { headerKeys } from '../requirements.ts';
import type { Room } from '../room.ts';
import type { OnUpload } from './uploads.ts';

interface UploadPartInput extends OnUpload, EncryptionInput {
  readonly PartNumber: number;
  readonly Body?: Body;
}

interface UploadPartCopyInput extends OnUpload, CopyInput {
  readonly PartNumber: number;
  readonly CopySourceRange?: string;
}

export function partOperations(room: Room): Record<string, Operation> {
  const { needs, repository, files } = room;

  const keyOf = (input: OnUpload, call: CallContext) => {
    const upload = findUpload(room, input);
    return [
      ...needs.onObject('PutObject', input, call, headerKeys({ ...input })),
      ...(upload ? needs.onKey('GenerateDataKey', upload.encryption, input) : []),
    ];
  };

  const uploadPart: Operation<UploadPartInput> = {
    requires: keyOf,
    async handle(input) {
      const bucket = inBucket(room, input);
      refuseCustomerKeys(input);
      checkNumber(input.PartNumber);
      const upload = repository.upload(bucket.name, input.Key, input.UploadId);
      const facts = factsOf(input);
      const expected = expectationOf(input as never, facts, upload.checksum?.algorithm);
      if (upload.checksum && expected.algorithm !== upload.checksum.algorithm) {
        throw invalidRequest(
          `Checksum Type mismatch occurred, expected checksum Type: ${upload.checksum.algorithm.toLowerCase()}, actual checksum Type: ${expected.algorithm.toLowerCase()}`,
        );
      }
      const received = await receive(input.Body, expected, files, facts);
      const part = keep(room, input, received);
      return {
        ETag: `"${part.etag}"`,
        ...(expected.stated && { [`Checksum${received.algorithm}`]: received.checksum }),
        ...encryptionOutput(upload.encryption, room),
      };
    },
  };

  const uploadPartCopy: Operation<UploadPartCopyInput> = {
    requires: (input, call) => [
      ...sourceRequirements(room, parseCopySource(input.CopySource), call),
      ...keyOf(input, call),
    ],
    async handle(input) {
      const bucket = inBucket(room, input);
      checkNumber(input.PartNumber);
      const upload = repository.upload(bucket.name, input.Key, input.UploadId);
      const { bucket: from, object } = openSource(room, input);
      const { CopySourceRange } = input;
      const range =
        CopySourceRange === undefined ? { first: 0, last: object.size - 1 } : copyRange(CopySourceRange, object.size);
      const algorithm = upload.checksum?.algorithm ?? 'CRC64NVME';
      const part = keep(room, input, await copyBytes(room, object, range, algorithm));
      return {
        CopyPartResult: {
          ETag: `"${part.etag}"`,
          LastModified: new Date(Math.floor(part.lastModified / 1000) * 1000),
          ...(upload.checksum && { [`Checksum${algorithm}`]: part.checksum }),
        },
        ...encryptionOutput(upload.encryption, room),
        ...(from.versioning !== undefined && { CopySourceVersionId: object.versionId }),
      };
    },
  };

  return { UploadPart: uploadPart, UploadPartCopy: uploadPartCopy };
}

function findUpload({ repository }: Room, { Bucket, Key, UploadId }: OnUpload): Upload | undefined {
  try {
    return repository.upload(Bucket, Key, UploadId);
  } catch {
    return undefined;
  }
}

function checkNumber(number: number): void {
  if (Number.isInteger(number) && number >= 1 && number <= 10_000) return;
  throw invalidArgument('Part number must be an integer between 1 and 10000, inclusive', 'partNumber', String(number));
}

/** In place of an earlier one of the same number. The upload may have ended while the body came. */
function keep(
  room: Room,
  { Bucket, Key, UploadId, PartNumber }: OnUpload & { PartNumber: number },
  received: Received,
): Part {
  const { repository, store, files, clock } = room;
  const part: Part = {
    number: PartNumber,
    size: received.size,
    etag: received.md5,
    lastModified: clock.now(),
    body: received.body,
    algorithm: received.algorithm,
    checksum: received.checksum,
  };
  try {
    store.transaction(() => {
      repository.upload(Bucket, Key, UploadId);
      const before = repository.part(UploadId, PartNumber);
      repository.putPart(UploadId, part);
      if (before) store.onCommit(() => files.remove(before.body));
    });
  } catch (error) {
    files.remove(received.body);
    throw error;
  }
  return part;
}
