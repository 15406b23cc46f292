/**
 * What X-Ray takes as a segment document.
 * https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html
 */
import type { Segment } from '../telemetry.ts';

export type SegmentReading =
  | { readonly kind: 'segment'; readonly segment: Segment }
  /** `id` as far as it could be read; `problem` is X-Ray's name for what is wrong, e.g. `InvalidTraceId`. */
  | { readonly kind: 'refused'; readonly id: string | undefined; readonly problem: string };

/** Bytes of a document. */
const LONGEST_DOCUMENT = 65_536;

const ID = /^[0-9a-f]{16}$/;
const TRACE_ID = /^1-[0-9a-f]{8}-[0-9a-f]{24}$/;
const NAME = /^[\p{L}\p{N}\p{Z}_.:/%&#=+\\\-@]{1,200}$/u;

export function readSegment(document: string): SegmentReading {
  let value: unknown;
  try {
    value = JSON.parse(document);
  } catch {
    return { kind: 'refused', id: undefined, problem: 'ParseError' };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { kind: 'refused', id: undefined, problem: 'ParseError' };
  }
  const fields = value as Record<string, unknown>;
  const problem = document.length > LONGEST_DOCUMENT ? 'DocumentTooLarge' : problemOf(fields);
  if (problem === undefined) return { kind: 'segment', segment: value as Segment };
  return { kind: 'refused', id: typeof fields.id === 'string' ? fields.id : undefined, problem };
}

function problemOf(fields: Record<string, unknown>): string | undefined {
  if (typeof fields.id !== 'string') return 'MissingId';
  if (!ID.test(fields.id)) return 'InvalidId';
  if (typeof fields.trace_id !== 'string') return 'MissingTraceId';
  if (!TRACE_ID.test(fields.trace_id)) return 'InvalidTraceId';
  if (typeof fields.name !== 'string') return 'MissingName';
  if (!NAME.test(fields.name)) return 'InvalidName';
  if (!isTime(fields.start_time)) return 'InvalidStartTime';
  if (fields.end_time === undefined) {
    if (fields.in_progress !== true) return 'MissingEndTime';
  } else if (!isTime(fields.end_time) || fields.end_time < fields.start_time) return 'InvalidEndTime';
  if (fields.parent_id !== undefined && !(typeof fields.parent_id === 'string' && ID.test(fields.parent_id))) {
    return 'InvalidParentId';
  }
  if (fields.type === 'subsegment' && fields.parent_id === undefined) return 'MissingParentId';
  return undefined;
}

/** Seconds since 1970. */
const isTime = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value) && value >= 0;
