/** What a notification configuration may say. Pure. */
import { createHash } from 'node:crypto';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html#supported-notification-event-types */
const EVENTS: ReadonlySet<string> = new Set(
  [
    'ObjectCreated:*',
    'ObjectCreated:Put',
    'ObjectCreated:Post',
    'ObjectCreated:Copy',
    'ObjectCreated:CompleteMultipartUpload',
    'ObjectRemoved:*',
    'ObjectRemoved:Delete',
    'ObjectRemoved:DeleteMarkerCreated',
    'ObjectRestore:*',
    'ObjectRestore:Post',
    'ObjectRestore:Completed',
    'ObjectRestore:Delete',
    'ReducedRedundancyLostObject',
    'Replication:*',
    'Replication:OperationFailedReplication',
    'Replication:OperationMissedThreshold',
    'Replication:OperationNotTracked',
    'Replication:OperationReplicatedAfterThreshold',
    'LifecycleExpiration:*',
    'LifecycleExpiration:Delete',
    'LifecycleExpiration:DeleteMarkerCreated',
    'LifecycleTransition',
    'IntelligentTiering',
    'ObjectTagging:*',
    'ObjectTagging:Put',
    'ObjectTagging:Delete',
    'ObjectAcl:Put',
  ].map((name) => `s3:${name}`),
);

export const isEventPattern = (pattern: string): boolean => EVENTS.has(pattern);

/** For a destination that was given no id: the same one each time. */
export function targetId(parts: readonly (string | undefined)[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 48);
}
