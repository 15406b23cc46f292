/** What every operation on a bucket asks first. */
import { accessDenied } from './errors.ts';
import type { Bucket } from './records.ts';
import type { InBucket } from './requirements.ts';
import type { Room } from './room.ts';

/** Throws NoSuchBucket, and AccessDenied where the caller expects another owner. */
export function inBucket({ repository, accountId }: Pick<Room, 'repository' | 'accountId'>, input: InBucket): Bucket {
  const bucket = repository.get(input.Bucket);
  const { ExpectedBucketOwner } = input as { ExpectedBucketOwner?: string };
  if (ExpectedBucketOwner !== undefined && ExpectedBucketOwner !== (bucket.ownedBy ?? accountId)) throw accessDenied();
  return bucket;
}
