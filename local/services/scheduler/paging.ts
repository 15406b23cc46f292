/** NextToken: where the next page begins. */
import { validationError } from './errors.ts';

interface Paged {
  readonly MaxResults?: number | undefined;
  readonly NextToken?: string | undefined;
}

/** Throws ValidationException. */
export function page<T>(
  all: readonly T[],
  { MaxResults = 100, NextToken }: Paged,
): { readonly items: readonly T[]; readonly NextToken?: string } {
  const match =
    NextToken === undefined ? ['', '0'] : /^from:(\d{1,9})$/.exec(Buffer.from(NextToken, 'base64').toString());
  if (!match) throw validationError('Invalid NextToken.');
  const start = Number(match[1]);
  const end = start + MaxResults;
  const items = all.slice(start, end);
  return end < all.length ? { items, NextToken: Buffer.from(`from:${end}`).toString('base64') } : { items };
}
