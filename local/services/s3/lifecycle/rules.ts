/** When lifecycle rules act. Pure. https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html */
import type { LifecycleFilter, LifecycleRule, StoredObject } from '../records.ts';

export const DAY_MS = 86_400_000;

/** S3 counts whole days, to the midnight (UTC) that follows. */
export function afterDays(from: number, days: number): number {
  return Math.ceil((from + days * DAY_MS) / DAY_MS) * DAY_MS;
}

export function isMeant(
  { prefix = '', tags, largerThan, smallerThan }: LifecycleFilter,
  key: string,
  object?: StoredObject,
): boolean {
  if (!key.startsWith(prefix)) return false;
  if (!object) return tags.length === 0 && largerThan === undefined && smallerThan === undefined;
  if (largerThan !== undefined && object.size <= largerThan) return false;
  if (smallerThan !== undefined && object.size >= smallerThan) return false;
  return tags.every(({ Key, Value }) => object.tags?.some((tag) => tag.Key === Key && tag.Value === Value));
}

/** When a current object expires by this rule, ms since 1970. */
export function dueBy(
  { enabled, expiration, filter }: LifecycleRule,
  key: string,
  object: StoredObject,
): number | undefined {
  if (!enabled || !expiration || !isMeant(filter, key, object)) return undefined;
  if (expiration.days !== undefined) return afterDays(object.lastModified, expiration.days);
  return expiration.date;
}
