/** NextToken: where the next page begins, in a form that nobody takes for a name. */
import { validationError } from './errors.ts';

interface Paged {
  readonly Limit?: number | undefined;
  readonly NextToken?: string | undefined;
}

/** Throws ValidationException. */
export function page<T>(
  all: readonly T[],
  { Limit = 100, NextToken }: Paged,
): { readonly items: readonly T[]; readonly NextToken?: string } {
  const start = NextToken === undefined ? 0 : offsetIn(NextToken);
  const end = start + Limit;
  const items = all.slice(start, end);
  return end < all.length ? { items, NextToken: Buffer.from(`from:${end}`).toString('base64') } : { items };
}

function offsetIn(token: string): number {
  const match = /^from:(\d{1,9})$/.exec(Buffer.from(token, 'base64').toString('latin1'));
  if (!match) throw validationError('Invalid NextToken');
  return Number(match[1]);
}
