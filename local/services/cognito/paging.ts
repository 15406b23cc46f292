/** Pages of a list, by a token that says behind which key to go on. */
import { invalidParameter } from './errors.ts';

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextToken?: string;
}

/** Throws InvalidParameterException for a token that is none. `all` is in the order of `keyOf`. */
export function page<T>(
  all: readonly T[],
  keyOf: (item: T) => string,
  size: number | undefined,
  token: string | undefined,
  most = 60,
): Page<T> {
  const after = token === undefined ? undefined : keyIn(token);
  const start = after === undefined ? 0 : all.findIndex((item) => keyOf(item) > after);
  if (start < 0) return { items: [] };
  const items = all.slice(start, start + (size || most));
  const last = items.at(-1);
  const isMore = last !== undefined && start + items.length < all.length;
  return { items, ...(isMore && { nextToken: Buffer.from(`after:${keyOf(last)}`).toString('base64') }) };
}

function keyIn(token: string): string {
  const text = Buffer.from(token, 'base64').toString();
  if (!text.startsWith('after:')) throw invalidParameter('Invalid pagination token.');
  return text.slice('after:'.length);
}
