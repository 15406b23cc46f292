/** Lists in pages. Markers are opaque to clients; ours is the key of the last row that was given. */
export interface Paged {
  readonly Marker?: string;
  readonly MaxItems?: number;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly NextMarker: string | undefined;
}

/**
 * At most `MaxItems`, and never more than `largest` (nearly everywhere Lambda's 50), of `rows`. They are in the order of their keys as strings, so
 * that a page goes on where the last one ended even when that row is gone by then.
 */
export function page<T>(
  rows: readonly { readonly key: string; readonly value: T }[],
  input: Paged,
  largest = 50,
): Page<T> {
  const limit = Math.min(input.MaxItems ?? largest, largest);
  const after = input.Marker === undefined ? undefined : keyOf(input.Marker);
  const left = after === undefined ? rows : rows.filter(({ key }) => key > after);
  const shown = left.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(({ value }) => value),
    NextMarker: left.length > limit && last ? markerOf(last.key) : undefined,
  };
}

const markerOf = (key: string): string => Buffer.from(key).toString('base64url');
const keyOf = (marker: string): string => Buffer.from(marker, 'base64url').toString();
