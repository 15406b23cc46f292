/** Which bytes a request wants. Pure. https://www.rfc-editor.org/rfc/rfc9110#section-14.1.2 */
import { invalidPartNumber, invalidRange, invalidRequest } from '../errors.ts';
import type { Range } from '../files.ts';
import type { ObjectPart, StoredObject } from '../records.ts';

/**
 * Undefined: the whole of it, also for a header that cannot be read and for several ranges, which S3 does not give.
 * Throws InvalidRange for one that lies outside.
 */
export function parseRange(header: string | undefined, size: number): Range | undefined {
  const [, from, to] = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '') ?? [];
  if (from === undefined || to === undefined || (from === '' && to === '')) return undefined;
  if (from === '') {
    const wanted = Number(to);
    if (wanted === 0 || size === 0) throw invalidRange(header!, size);
    return { first: Math.max(0, size - wanted), last: size - 1 };
  }
  const first = Number(from);
  const last = to === '' ? size - 1 : Math.min(Number(to), size - 1);
  if (to !== '' && Number(to) < first) return undefined;
  if (first >= size) throw invalidRange(header!, size);
  return { first, last };
}

export interface PartRange {
  /** Undefined for the one part of an empty object. */
  readonly range?: Range;
  readonly part?: ObjectPart;
  readonly count: number;
}

/** Throws InvalidPartNumber. */
export function partRange({ parts, size }: StoredObject, number: number): PartRange {
  const count = parts?.length ?? 1;
  if (!parts) {
    if (number !== 1) throw invalidPartNumber(number, 1);
    return { count, ...(size > 0 && { range: { first: 0, last: size - 1 } }) };
  }
  let first = 0;
  for (const [index, part] of parts.entries()) {
    if (index + 1 === number) {
      return { count, part, ...(part.size > 0 && { range: { first, last: first + part.size - 1 } }) };
    }
    first += part.size;
  }
  throw invalidPartNumber(number, count);
}

/** Of UploadPartCopy: exactly from byte to byte. */
export function copyRange(header: string, size: number): Range {
  const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(header) ?? [];
  if (from === undefined || to === undefined || Number(to) < Number(from)) {
    throw invalidRequest(
      'The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy',
    );
  }
  if (Number(to) >= size) {
    throw invalidRequest(`Range specified is not valid for source object of size: ${size}`);
  }
  return { first: Number(from), last: Number(to) };
}
