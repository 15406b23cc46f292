/** A version becomes the current one: the change, what it frees and what is told of it are one transaction. */
import type { CallContext } from '../../../kernel/service.ts';
import type { EventName } from '../notifications/events.ts';
import type { Bucket, Version } from '../records.ts';
import type { Room } from '../room.ts';
import { checkWrite, type WriteConditions } from './conditions.ts';
import { withNewest } from './versioning.ts';

export interface Commit {
  readonly bucket: Bucket;
  readonly key: string;
  readonly newest: Version;
  readonly event?: EventName;
  readonly conditions?: WriteConditions;
  /** Absent: S3 does it by itself. */
  readonly call?: CallContext;
  /** What else goes with it, in the same transaction. */
  readonly also?: () => void;
}

/** Throws what the conditions say; nothing has changed then, and what the version has on disk is still the caller's. */
export function commitVersion(room: Room, { bucket, key, newest, event, conditions, call, also }: Commit): void {
  const { repository, store, files, notifier } = room;
  store.transaction(() => {
    // It may have been deleted while the body came.
    repository.get(bucket.name);
    const before = repository.versions(bucket.name, key);
    if (conditions) checkWrite(before[0], key, conditions);
    const { versions, freed } = withNewest(before, newest);
    repository.setVersions(bucket.name, key, versions);
    also?.();
    if (event) notifier.tell({ bucket, key, version: newest, event, call });
    if (freed.length > 0) store.onCommit(() => files.remove(freed));
  });
}
