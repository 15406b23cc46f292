/** NextToken: where the next page begins, in a form that nobody takes for a name. */
import { invalidNextToken } from './errors.ts';

export interface Page<T> {
  readonly items: readonly T[];
  readonly NextToken: string | undefined;
}

/** Throws InvalidNextToken. */
export function pageOf<T>(all: readonly T[], limit: number, nextToken: string | undefined): Page<T> {
  const start = nextToken === undefined ? 0 : offsetIn(nextToken);
  const end = start + limit;
  return { items: all.slice(start, end), NextToken: end < all.length ? tokenOf(end) : undefined };
}

export const tokenOf = (offset: number): string => Buffer.from(`from:${offset}`).toString('base64url');

export function offsetIn(token: string): number {
  const match = /^from:(\d{1,9})$/.exec(Buffer.from(token, 'base64url').toString('utf8'));
  if (!match) throw invalidNextToken();
  return Number(match[1]);
}
