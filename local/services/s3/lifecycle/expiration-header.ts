/** `x-amz-expiration`: when a rule will have an object gone. */
import type { Bucket, StoredObject } from '../records.ts';
import { dueBy } from './rules.ts';

export function expirationHeader(
  bucket: Pick<Bucket, 'lifecycle'>,
  key: string,
  object: StoredObject,
): string | undefined {
  let first: { readonly at: number; readonly id: string } | undefined;
  for (const rule of bucket.lifecycle ?? []) {
    const at = dueBy(rule, key, object);
    if (at !== undefined && (first === undefined || at < first.at)) first = { at, id: rule.id };
  }
  return first && `expiry-date="${new Date(first.at).toUTCString()}", rule-id="${encodeURIComponent(first.id)}"`;
}
