/** DeleteObject and DeleteObjects. https://docs.aws.amazon.com/AmazonS3/latest/userguide/DeletingObjectVersions.html */
import { AwsError } from '../../../kernel/aws-error.ts';
import type { CallContext, Operation, Requirement } from '../../../kernel/service.ts';
import { factsOf } from '../../../protocols/index.ts';
import { invalidRequest, malformedXml, preconditionFailed } from '../errors.ts';
import { inBucket } from '../guard.ts';
import type { Bucket, DeleteMarker, Version } from '../records.ts';
import { existingTags, headerKeys, type InBucket, type OnObject } from '../requirements.ts';
import type { Room } from '../room.ts';
import { checkKey } from './attributes.ts';
import { commitVersion } from './commit.ts';
import { newVersionId, without } from './versioning.ts';

interface DeleteObjectInput extends OnObject {
  readonly VersionId?: string;
  readonly IfMatch?: string;
}

interface DeleteObjectsInput extends InBucket {
  readonly Delete: {
    readonly Objects?: readonly { readonly Key?: string; readonly VersionId?: string; readonly ETag?: string }[];
    readonly Quiet?: boolean;
  };
}

const MOST_AT_ONCE = 1_000;

export function deleteOperations(room: Room): Record<string, Operation> {
  const { needs, repository } = room;

  function requirementsOf(input: DeleteObjectInput, call: CallContext): Requirement[] {
    const versions = repository.versions(input.Bucket, input.Key);
    const found = versions.find(({ versionId }) => versionId === input.VersionId) ?? versions[0];
    const tags = found?.kind === 'object' ? found.tags : undefined;
    return needs.onObject('DeleteObject', input, call, { ...existingTags(tags), ...headerKeys({ ...input }) });
  }

  const deleteObject: Operation<DeleteObjectInput> = {
    requires: requirementsOf,
    handle(input, call) {
      const { marker, versionId } = removeObject(room, inBucket(room, input), input, call);
      return { ...(marker && { DeleteMarker: true }), ...(versionId !== undefined && { VersionId: versionId }) };
    },
  };

  const deleteObjects: Operation<DeleteObjectsInput> = {
    // Each key is asked about by itself: what is refused of one says nothing of the others.
    requires: () => [],
    async handle(input, call) {
      const bucket = inBucket(room, input);
      const { Objects = [], Quiet } = input.Delete;
      if (Objects.length === 0 || Objects.length > MOST_AT_ONCE) throw malformedXml();
      checkIntegrity(input);
      const Deleted: object[] = [];
      const Errors: object[] = [];
      for (const { Key = '', VersionId, ETag } of Objects) {
        if (Key === '') throw malformedXml();
        const version = VersionId ? { VersionId } : {};
        const one: DeleteObjectInput = { ...input, Key, ...version, ...(ETag !== undefined && { IfMatch: ETag }) };
        try {
          await call.demand?.(requirementsOf(one, call));
          const { marker, versionId } = removeObject(room, bucket, one, call);
          if (!Quiet)
            Deleted.push({ Key, ...version, ...(marker && { DeleteMarker: true, DeleteMarkerVersionId: versionId }) });
        } catch (error) {
          if (!(error instanceof AwsError)) throw error;
          Errors.push({ Key, ...version, Code: error.code, Message: error.message });
        }
      }
      return { Deleted, Errors };
    },
  };

  return { DeleteObject: deleteObject, DeleteObjects: deleteObjects };
}

/** A batch has to say what it is, lest a broken one deletes something else. */
function checkIntegrity(input: DeleteObjectsInput): void {
  const headers = factsOf(input)?.headers;
  if (!headers || headers['content-md5'] !== undefined) return;
  if (Object.keys(headers).some((name) => name.startsWith('x-amz-checksum-') || name === 'x-amz-trailer')) return;
  throw invalidRequest('Missing required header for this request: Content-MD5 OR x-amz-checksum-*');
}

interface Removed {
  /** What was made, or deleted, is a delete marker. */
  readonly marker: boolean;
  /** Told of buckets that have had versioning. */
  readonly versionId?: string;
}

/** Of what is not there too: it is gone afterwards in any case. Throws PreconditionFailed. */
export function removeObject(
  room: Room,
  bucket: Bucket,
  { Key, VersionId, IfMatch }: Pick<DeleteObjectInput, 'Key' | 'VersionId' | 'IfMatch'>,
  call: CallContext,
): Removed {
  checkKey(Key);
  const versions = room.repository.versions(bucket.name, Key);
  const target = VersionId === undefined ? versions[0] : versions.find(({ versionId }) => versionId === VersionId);
  checkMatch(target, IfMatch);
  if (VersionId !== undefined) {
    if (target) removeVersion(room, bucket, Key, target, call);
    return { marker: target?.kind === 'delete-marker', versionId: VersionId };
  }
  if (bucket.versioning === undefined) {
    if (target) removeVersion(room, bucket, Key, target, call);
    return { marker: false };
  }
  const newest: DeleteMarker = {
    kind: 'delete-marker',
    versionId: newVersionId(bucket),
    lastModified: room.clock.now(),
  };
  commitVersion(room, { bucket, key: Key, newest, event: 'ObjectRemoved:DeleteMarkerCreated', call });
  return { marker: true, versionId: newest.versionId };
}

function checkMatch(target: Version | undefined, IfMatch: string | undefined): void {
  if (IfMatch === undefined) return;
  const etag = target?.kind === 'object' ? target.etag : undefined;
  if (etag === undefined || (IfMatch !== '*' && IfMatch.replaceAll('"', '') !== etag))
    throw preconditionFailed('If-Match');
}

/** For good. */
export function removeVersion(
  room: Room,
  bucket: Bucket,
  key: string,
  version: Version,
  call: CallContext | undefined,
  event: 'ObjectRemoved:Delete' | 'LifecycleExpiration:Delete' = 'ObjectRemoved:Delete',
): void {
  const { repository, store, files, notifier } = room;
  store.transaction(() => {
    const { versions, freed } = without(repository.versions(bucket.name, key), version.versionId);
    repository.setVersions(bucket.name, key, versions);
    notifier.tell({ bucket, key, version, event, call });
    if (freed.length > 0) store.onCommit(() => files.remove(freed));
  });
}
