/** Tags, ACLs and attributes of objects that are there. */
import type { CallContext, Operation } from '../../../kernel/service.ts';
import { type AclInput, aclOutput, enforced, grantsOf } from '../acl.ts';
import { aclsNotSupported, invalidArgument, invalidRequest } from '../errors.ts';
import { inBucket } from '../guard.ts';
import type { EventName } from '../notifications/events.ts';
import { ownerOf } from '../owner.ts';
import type { Bucket, StoredObject, Tag } from '../records.ts';
import { existingTags, headerKeys, type Keys, type OnObject, requestTags } from '../requirements.ts';
import type { Room } from '../room.ts';
import { checkTags } from '../tags.ts';
import { findObject } from './get-object.ts';
import { lastModifiedOf, versionIdOutput } from './versioning.ts';

interface OnVersion extends OnObject {
  readonly VersionId?: string;
}

interface AttributesRequest extends OnVersion {
  readonly ObjectAttributes?: readonly string[];
  readonly MaxParts?: number;
  readonly PartNumberMarker?: string;
}

const ATTRIBUTES: ReadonlySet<string> = new Set(['ETag', 'Checksum', 'ObjectParts', 'StorageClass', 'ObjectSize']);

export function objectSettingOperations(room: Room): Record<string, Operation> {
  const { needs, repository, store, notifier } = room;

  function find(input: OnVersion, method: string): { readonly bucket: Bucket; readonly object: StoredObject } {
    const bucket = inBucket(room, input);
    return { bucket, object: findObject(room, bucket, input, method) };
  }

  const tagsBefore = ({ Bucket, Key, VersionId }: OnVersion): Keys => {
    const versions = repository.versions(Bucket, Key);
    const found = VersionId === undefined ? versions[0] : versions.find(({ versionId }) => versionId === VersionId);
    return existingTags(found?.kind === 'object' ? found.tags : undefined);
  };

  function change(bucket: Bucket, key: string, changed: StoredObject, event: EventName, call: CallContext) {
    store.transaction(() => {
      const versions = repository.versions(bucket.name, key);
      const next = versions.map((version) => (version.versionId === changed.versionId ? changed : version));
      repository.setVersions(bucket.name, key, next);
      notifier.tell({ bucket, key, version: changed, event, call });
    });
    return versionIdOutput(bucket, changed);
  }

  const putTags: Operation<OnVersion & { readonly Tagging: { readonly TagSet?: readonly Partial<Tag>[] } }> = {
    requires: (input, call) =>
      needs.onObject('PutObjectTagging', input, call, {
        ...tagsBefore(input),
        ...requestTags((input.Tagging.TagSet ?? []).map(({ Key = '', Value = '' }) => ({ Key, Value }))),
      }),
    handle(input, call) {
      const { bucket, object } = find(input, 'PUT');
      const tags = checkTags(input.Tagging.TagSet ?? []);
      return change(bucket, input.Key, { ...object, tags }, 'ObjectTagging:Put', call);
    },
  };

  const getTags: Operation<OnVersion> = {
    requires: (input, call) => needs.toRead('GetObjectTagging', input, call),
    handle(input) {
      const { bucket, object } = find(input, 'GET');
      return { TagSet: object.tags ?? [], ...versionIdOutput(bucket, object) };
    },
  };

  const deleteTags: Operation<OnVersion> = {
    requires: (input, call) => needs.onObject('DeleteObjectTagging', input, call, tagsBefore(input)),
    handle(input, call) {
      const { bucket, object } = find(input, 'DELETE');
      const { tags: _, ...untagged } = object;
      return change(bucket, input.Key, untagged, 'ObjectTagging:Delete', call);
    },
  };

  const getAcl: Operation<OnVersion> = {
    requires: (input, call) => needs.toRead('GetObjectAcl', input, call),
    handle(input) {
      const { bucket, object } = find(input, 'GET');
      return aclOutput(enforced(bucket) ? [] : object.grants, ownerOf(room));
    },
  };

  const putAcl: Operation<OnVersion & AclInput> = {
    requires: (input, call) =>
      needs.onObject('PutObjectAcl', input, call, { ...tagsBefore(input), ...headerKeys({ ...input }) }),
    handle(input, call) {
      const { bucket, object } = find(input, 'PUT');
      const { grants } = grantsOf(input, bucket, room);
      if (!grants) {
        if (enforced(bucket) && input.ACL !== 'bucket-owner-full-control') throw aclsNotSupported();
        return {};
      }
      change(bucket, input.Key, { ...object, grants }, 'ObjectAcl:Put', call);
      return {};
    },
  };

  const getAttributes: Operation<AttributesRequest> = {
    requires: (input, call) => [
      ...needs.toRead('GetObject', input, call),
      ...needs.onObject('GetObjectAttributes', input, call, tagsBefore(input)),
    ],
    handle(input) {
      const { bucket, object } = find(input, 'GET');
      return {
        LastModified: lastModifiedOf(object),
        ...versionIdOutput(bucket, object),
        ...attributesOf(object, input),
      };
    },
  };

  return {
    PutObjectTagging: putTags,
    GetObjectTagging: getTags,
    DeleteObjectTagging: deleteTags,
    GetObjectAcl: getAcl,
    PutObjectAcl: putAcl,
    GetObjectAttributes: getAttributes,
  };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAttributes.html */
function attributesOf(object: StoredObject, input: AttributesRequest) {
  const wanted = new Set(input.ObjectAttributes ?? []);
  if (wanted.size === 0)
    throw invalidRequest(
      'The x-amz-object-attributes header specifying the attributes to be retrieved is either missing or empty',
    );
  const strange = [...wanted].find((name) => !ATTRIBUTES.has(name));
  if (strange !== undefined)
    throw invalidArgument('Invalid attribute name specified.', 'x-amz-object-attributes', strange);
  const { checksum, parts } = object;
  return {
    ...(wanted.has('ETag') && { ETag: object.etag }),
    ...(wanted.has('Checksum') &&
      checksum && {
        Checksum: {
          [`Checksum${checksum.algorithm}`]: checksum.value.replace(/-\d+$/, ''),
          ChecksumType: checksum.type,
        },
      }),
    ...(wanted.has('ObjectParts') && parts && { ObjectParts: partsPage(object, input) }),
    ...(wanted.has('StorageClass') && { StorageClass: object.storageClass ?? 'STANDARD' }),
    ...(wanted.has('ObjectSize') && { ObjectSize: object.size }),
  };
}

function partsPage(
  { parts = [], checksum }: StoredObject,
  { MaxParts = 1_000, PartNumberMarker = '0' }: AttributesRequest,
) {
  const marker = Number(PartNumberMarker);
  const following = parts.filter(({ number }) => number > marker);
  const page = following.slice(0, Math.min(MaxParts, 1_000));
  return {
    TotalPartsCount: parts.length,
    PartNumberMarker: String(marker),
    ...(page.length > 0 && { NextPartNumberMarker: String(page.at(-1)!.number) }),
    MaxParts,
    IsTruncated: page.length < following.length,
    // Without checksums of the parts AWS lists none of them.
    ...(page.some((part) => part.checksum !== undefined) && {
      Parts: page.map(({ number, size, checksum: value }) => ({
        PartNumber: number,
        Size: size,
        ...(checksum && value !== undefined && { [`Checksum${checksum.algorithm}`]: value }),
      })),
    }),
  };
}
