/** What happens to the versions of a key. Pure. https://docs.aws.amazon.com/AmazonS3/latest/userguide/versioning-workflows.html */
import { randomBytes } from 'node:crypto';
import type { Bucket, Segment, StoredObject, Version } from '../records.ts';

export const NULL_VERSION = 'null';

export function newVersionId({ versioning }: Pick<Bucket, 'versioning'>): string {
  return versioning === 'Enabled' ? randomBytes(24).toString('base64url') : NULL_VERSION;
}

export interface Change {
  readonly versions: readonly Version[];
  /** Files that belong to nothing any more. */
  readonly freed: readonly Segment[];
}

/** A new version on top; one without versioning takes the place of the last such one. */
export function withNewest(versions: readonly Version[], newest: Version): Change {
  const replaced =
    newest.versionId === NULL_VERSION ? versions.find(({ versionId }) => versionId === NULL_VERSION) : undefined;
  const kept = versions.filter((version) => version !== replaced).map(outdated(newest.lastModified));
  return { versions: [newest, ...kept], freed: filesOf(replaced) };
}

/** The next one is the current one then. */
export function without(versions: readonly Version[], versionId: string): Change {
  const gone = versions.find((version) => version.versionId === versionId);
  const [newest, ...older] = versions.filter((version) => version !== gone);
  if (!newest) return { versions: [], freed: filesOf(gone) };
  const { noncurrentSince: _, ...current } = newest;
  return { versions: [current as Version, ...older], freed: filesOf(gone) };
}

const outdated =
  (since: number) =>
  (version: Version): Version =>
    version.noncurrentSince === undefined ? { ...version, noncurrentSince: since } : version;

const filesOf = (version: Version | undefined): readonly Segment[] => (version?.kind === 'object' ? version.body : []);

/** `x-amz-version-id` is told of buckets that have ever had versioning. */
export function versionIdOutput(bucket: Pick<Bucket, 'versioning'>, { versionId }: Pick<Version, 'versionId'>) {
  return bucket.versioning === undefined ? {} : { VersionId: versionId };
}

/** Whole seconds, as S3 tells times. */
export function lastModifiedOf({ lastModified }: Pick<StoredObject, 'lastModified'>): Date {
  return new Date(Math.floor(lastModified / 1000) * 1000);
}
