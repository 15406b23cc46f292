/** Pages of a list that is in order, by a token that says what came last. */
import { invalidParameter } from './errors.ts';

/** Throws InvalidParameter for a token that is none. */
export function after(token: string | undefined): string | undefined {
  if (token === undefined || token === '') return undefined;
  const text = Buffer.from(token, 'base64').toString('utf8');
  if (!text.startsWith('after:')) throw invalidParameter('NextToken');
  return text.slice('after:'.length);
}

/** Undefined when the page was not full: there is nothing more. */
export function nextToken(keys: readonly string[], page: number): string | undefined {
  return keys.length < page ? undefined : Buffer.from(`after:${keys.at(-1)}`).toString('base64');
}
