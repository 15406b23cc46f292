/** Pages of a list, by a token that says where to go on. */
import { invalidNextToken, validationError } from './errors.ts';

/** Throws ValidationException for a size out of range, InvalidNextToken. */
export function page<T>(
  all: readonly T[],
  size: number | undefined,
  token: string | undefined,
  maximum: number,
): { readonly items: readonly T[]; readonly nextToken?: string } {
  if (size !== undefined && (size < 1 || size > maximum)) {
    throw validationError(
      `1 validation error detected: Value '${size}' at 'maxResults' failed to satisfy constraint: Member must have value ${size < 1 ? 'greater than or equal to 1' : `less than or equal to ${maximum}`}`,
    );
  }
  const start = token === undefined ? 0 : positionOf(token);
  const end = start + (size ?? maximum);
  const items = all.slice(start, end);
  return end < all.length ? { items, nextToken: Buffer.from(`after:${end}`).toString('base64') } : { items };
}

function positionOf(token: string): number {
  const match = /^after:(\d{1,9})$/.exec(Buffer.from(token, 'base64').toString('latin1'));
  if (!match) throw invalidNextToken();
  return Number(match[1]);
}
