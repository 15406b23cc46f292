/** Pages of a list, by a marker that says where to go on. */
import { AwsError } from '../../kernel/aws-error.ts';

interface Paged {
  readonly Limit?: number | undefined;
  readonly Marker?: string | undefined;
}

/** Throws InvalidMarkerException. */
export function page<T>(
  all: readonly T[],
  { Limit, Marker }: Paged,
  usual = 50,
): { items: T[]; Truncated: boolean; NextMarker?: string } {
  const start = Marker === undefined ? 0 : positionOf(Marker);
  const end = start + (Limit ?? usual);
  const items = all.slice(start, end);
  if (end >= all.length) return { items, Truncated: false };
  return { items, Truncated: true, NextMarker: Buffer.from(`after:${end}`).toString('base64') };
}

function positionOf(marker: string): number {
  const match = /^after:(\d{1,9})$/.exec(Buffer.from(marker, 'base64').toString('latin1'));
  if (!match) throw new AwsError('InvalidMarkerException', 'The marker is not valid.');
  return Number(match[1]);
}
