/** Event records, as AWS words them. Pure. */
import { arnOf, isOfAccount } from '../../../kernel/caller.ts';
import type { CallContext } from '../../../kernel/service.ts';
import { canonicalId } from '../owner.ts';
import type { Room } from '../room.ts';
import type { Happened } from './notifier.ts';

type Place = Pick<Room, 'accountId' | 'region' | 'partition'>;

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html */
export function eventRecord(
  { bucket, key, version, event, call }: Happened,
  { configurationId, sequencer, now }: { configurationId: string; sequencer: string; now: number },
  { accountId, region, partition }: Place,
) {
  const object = version.kind === 'object' ? version : undefined;
  return {
    eventVersion:
      event.startsWith('Lifecycle') || event.startsWith('ObjectTagging') || event === 'ObjectAcl:Put' ? '2.3' : '2.1',
    eventSource: 'aws:s3',
    awsRegion: region,
    eventTime: new Date(now).toISOString(),
    eventName: event,
    userIdentity: { principalId: principalOf(call) },
    requestParameters: { sourceIPAddress: sourceOf(call) },
    responseElements: {
      'x-amz-request-id': requestIdOf(call),
      'x-amz-id-2': Buffer.from(requestIdOf(call)).toString('base64'),
    },
    s3: {
      s3SchemaVersion: '1.0',
      configurationId,
      bucket: {
        name: bucket.name,
        ownerIdentity: { principalId: canonicalId(accountId).slice(0, 14).toUpperCase() },
        arn: `arn:${partition}:s3:::${bucket.name}`,
      },
      object: {
        key: encodeURIComponent(key).replaceAll('%20', '+').replaceAll('%2F', '/'),
        ...(object && !event.startsWith('ObjectRemoved') && { size: object.size }),
        ...(object && !event.startsWith('ObjectRemoved') && { eTag: object.etag }),
        ...(bucket.versioning !== undefined && { versionId: version.versionId }),
        sequencer,
      },
    },
  };
}

const DETAIL_TYPES: readonly (readonly [RegExp, string, string?])[] = [
  [/^ObjectCreated:Put$/, 'Object Created', 'PutObject'],
  [/^ObjectCreated:Post$/, 'Object Created', 'POST Object'],
  [/^ObjectCreated:Copy$/, 'Object Created', 'CopyObject'],
  [/^ObjectCreated:Complete/, 'Object Created', 'CompleteMultipartUpload'],
  [/^ObjectRemoved:/, 'Object Deleted', 'DeleteObject'],
  [/^LifecycleExpiration:/, 'Object Deleted', 'Lifecycle Expiration'],
  [/^LifecycleTransition$/, 'Object Storage Class Changed'],
  [/^ObjectTagging:Put$/, 'Object Tags Added'],
  [/^ObjectTagging:Delete$/, 'Object Tags Deleted'],
  [/^ObjectAcl:Put$/, 'Object ACL Updated'],
];

/** An entry of PutEvents. https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html */
export function busEntry(
  { bucket, key, version, event, call }: Happened,
  { sequencer, now }: { sequencer: string; now: number },
  { accountId, partition }: Place,
) {
  const [, detailType, reason] = DETAIL_TYPES.find(([pattern]) => pattern.test(event)) as (typeof DETAIL_TYPES)[number];
  const object = version.kind === 'object' ? version : undefined;
  const removed = detailType === 'Object Deleted';
  return {
    Source: 'aws.s3',
    DetailType: detailType,
    Time: new Date(now),
    Resources: [`arn:${partition}:s3:::${bucket.name}`],
    Detail: JSON.stringify({
      version: '0',
      bucket: { name: bucket.name },
      object: {
        key,
        ...(object && !removed && { size: object.size }),
        ...(object && { etag: object.etag }),
        ...(bucket.versioning !== undefined && { 'version-id': version.versionId }),
        sequencer,
      },
      'request-id': requestIdOf(call),
      requester: call && isOfAccount(call.principal) ? call.principal.accountId : call ? accountId : 's3.amazonaws.com',
      ...(call && { 'source-ip-address': sourceOf(call) }),
      ...(reason && { reason }),
      ...(removed && {
        'deletion-type': event.endsWith('DeleteMarkerCreated') ? 'Delete Marker Created' : 'Permanently Deleted',
      }),
      ...(detailType === 'Object Storage Class Changed' && {
        'destination-storage-class': object?.storageClass ?? 'STANDARD',
      }),
    }),
  };
}

function principalOf(call: CallContext | undefined): string {
  if (!call) return 'AmazonCustomer:s3-lifecycle';
  return isOfAccount(call.principal) ? `AWS:${call.principal.userId}` : `AWS:${arnOf(call.principal)}`;
}

const sourceOf = (call: CallContext | undefined): string =>
  call?.origin.kind === 'inside' ? call.origin.service : '127.0.0.1';

const requestIdOf = (call: CallContext | undefined): string => call?.requestId ?? 'lifecycle';
