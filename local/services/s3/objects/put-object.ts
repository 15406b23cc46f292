/** PutObject. https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html */
import type { CallContext, Operation, Requirement } from '../../../kernel/service.ts';
import { factsOf } from '../../../protocols/index.ts';
import { type AclInput, aclRequirements, grantsOf } from '../acl.ts';
import { type EncryptionInput, encryptionOf, encryptionOutput, useKey } from '../encryption.ts';
import { fitsRecord, inRecord } from '../files.ts';
import { inBucket } from '../guard.ts';
import { type Body, expectationOf, receiveInto } from '../intake.ts';
import type { EventName } from '../notifications/events.ts';
import type { Segment, StoredObject } from '../records.ts';
import { headerKeys, type OnObject, requestTags } from '../requirements.ts';
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
import { checkWrite, type WriteConditions } from './conditions.ts';
import { etagOf } from './etag.ts';
import { newVersionId, versionIdOutput } from './versioning.ts';

export interface PutObjectInput extends OnObject, AttributesInput, EncryptionInput, WriteConditions {
  readonly Body?: Body;
  readonly ACL?: string;
  readonly ContentMD5?: string;
  /** Of a browser's form, which is told as another event. */
  readonly event?: EventName;
}

export function putObject(room: Room): Operation<PutObjectInput> {
  return {
    requires: (input, call) => requirementsOfWriting(room, input, call),
    handle: (input, call) => put(room, input, call),
  };
}

/** Of whoever writes an object, whether at once or in parts. */
export function requirementsOfWriting(
  room: Room,
  input: OnObject & AttributesInput & EncryptionInput & AclInput,
  call: CallContext,
): readonly Requirement[] {
  const { needs, repository } = room;
  const bucket = repository.find(input.Bucket);
  if (!bucket) return [];
  const { tags } = tagsOf(input);
  return [
    ...needs.onObject('PutObject', input, call, { ...headerKeys({ ...input }), ...requestTags(tags) }),
    ...(tags ? needs.onObject('PutObjectTagging', input, call, requestTags(tags)) : []),
    ...aclRequirements(input, call, needs),
    ...needs.onKey('GenerateDataKey', encryptionOf(input, bucket, room), input),
  ];
}

async function put(room: Room, input: PutObjectInput, call: CallContext) {
  const { repository, files, clock } = room;
  const { Bucket, Key, Body, event = 'ObjectCreated:Put' } = input;
  const bucket = inBucket(room, input);
  const facts = factsOf(input);
  checkKey(Key);
  refuseLock(input);
  const encryption = encryptionOf(input, bucket, room);
  const given = {
    headers: headersOf(input),
    metadata: metadataOf(input),
    ...storageClassOf(input),
    ...tagsOf(input),
    ...grantsOf(input, bucket, room),
  };
  const expected = expectationOf(input as never, facts);
  checkWrite(repository.versions(Bucket, Key)[0], Key, input);
  await useKey(encryption, room);
  // Of older versions a record may have many, and is written as a whole with each.
  const keepSmall = (bytes: Uint8Array): Segment =>
    bucket.versioning === undefined && fitsRecord(bytes) ? inRecord(bytes) : files.write(bytes);
  const received = await receiveInto({ files, keepSmall }, Body, expected, facts);
  const version: StoredObject = {
    kind: 'object',
    versionId: newVersionId(repository.find(Bucket) ?? bucket),
    lastModified: clock.now(),
    size: received.size,
    etag: etagOf(received.md5, encryption),
    body: received.body,
    ...given,
    encryption,
    checksum: { algorithm: received.algorithm, value: received.checksum, type: 'FULL_OBJECT' },
  };
  try {
    commitVersion(room, { bucket, key: Key, newest: version, event, conditions: input, call });
  } catch (error) {
    files.remove(received.body);
    throw error;
  }
  return {
    ETag: `"${version.etag}"`,
    ...checksumOutput(version.checksum),
    ...encryptionOutput(encryption, room),
    ...versionIdOutput(repository.get(Bucket), version),
  };
}
