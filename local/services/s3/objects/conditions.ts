/**
 * Conditional requests. Pure.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html, https://www.rfc-editor.org/rfc/rfc9110#section-13.2.2
 */
import { noSuchKey, notImplemented, notModified, preconditionFailed } from '../errors.ts';
import type { StoredObject, Version } from '../records.ts';
import { lastModifiedOf } from './versioning.ts';

export interface ReadConditions {
  readonly IfMatch?: string;
  readonly IfNoneMatch?: string;
  readonly IfModifiedSince?: Date;
  readonly IfUnmodifiedSince?: Date;
}

/** Throws PreconditionFailed and NotModified. */
export function checkRead(object: StoredObject, conditions: ReadConditions): void {
  const { IfMatch, IfNoneMatch, IfModifiedSince, IfUnmodifiedSince } = conditions;
  const changedAt = lastModifiedOf(object).getTime();
  if (IfMatch !== undefined) {
    if (!matches(IfMatch, object.etag)) throw preconditionFailed('If-Match');
  } else if (IfUnmodifiedSince !== undefined && changedAt > IfUnmodifiedSince.getTime()) {
    throw preconditionFailed('If-Unmodified-Since');
  }
  if (IfNoneMatch !== undefined) {
    if (matches(IfNoneMatch, object.etag)) throw notModified(validators(object));
  } else if (IfModifiedSince !== undefined && changedAt <= IfModifiedSince.getTime()) {
    throw notModified(validators(object));
  }
}

function validators(object: StoredObject): Record<string, string> {
  return { etag: `"${object.etag}"`, 'last-modified': lastModifiedOf(object).toUTCString() };
}

export interface CopyConditions {
  readonly CopySourceIfMatch?: string;
  readonly CopySourceIfNoneMatch?: string;
  readonly CopySourceIfModifiedSince?: Date;
  readonly CopySourceIfUnmodifiedSince?: Date;
}

/** Of a copy's source, where all that fails is 412. */
export function checkSource(object: StoredObject, conditions: CopyConditions): void {
  const { CopySourceIfMatch, CopySourceIfNoneMatch, CopySourceIfModifiedSince, CopySourceIfUnmodifiedSince } =
    conditions;
  const changedAt = lastModifiedOf(object).getTime();
  if (CopySourceIfMatch !== undefined) {
    if (!matches(CopySourceIfMatch, object.etag)) throw preconditionFailed('x-amz-copy-source-If-Match');
  } else if (CopySourceIfUnmodifiedSince !== undefined && changedAt > CopySourceIfUnmodifiedSince.getTime()) {
    throw preconditionFailed('x-amz-copy-source-If-Unmodified-Since');
  }
  if (CopySourceIfNoneMatch !== undefined) {
    if (matches(CopySourceIfNoneMatch, object.etag)) throw preconditionFailed('x-amz-copy-source-If-None-Match');
  } else if (CopySourceIfModifiedSince !== undefined && changedAt <= CopySourceIfModifiedSince.getTime()) {
    throw preconditionFailed('x-amz-copy-source-If-Modified-Since');
  }
}

export interface WriteConditions {
  readonly IfMatch?: string;
  readonly IfNoneMatch?: string;
}

/** Of a write: asked before the body is read, and again when it is committed. */
export function checkWrite(current: Version | undefined, key: string, { IfMatch, IfNoneMatch }: WriteConditions): void {
  const object = current?.kind === 'object' ? current : undefined;
  if (IfNoneMatch !== undefined) {
    if (IfNoneMatch !== '*') throw notImplemented('If-None-Match of a write with anything but *');
    if (object) throw preconditionFailed('If-None-Match');
  }
  if (IfMatch !== undefined) {
    if (!object) throw noSuchKey(key);
    if (!matches(IfMatch, object.etag)) throw preconditionFailed('If-Match');
  }
}

/** A list of entity tags, quoted or not, or `*`. */
function matches(header: string, etag: string): boolean {
  return header.split(',').some((one) => {
    const tag = one.trim().replace(/^W\//, '');
    return tag === '*' || tag === etag || tag === `"${etag}"`;
  });
}
