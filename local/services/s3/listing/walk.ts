/**
 * Walks the keys of a bucket in their order, one page of a listing: keys, and what they have in common up to a
 * delimiter. https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-prefixes.html
 */

export interface Entry<T> {
  readonly key: string;
  readonly value: T;
}

export interface Wanted<T> {
  readonly prefix: string;
  readonly delimiter?: string;
  /** Exclusive: a key, or a common prefix that was told already. */
  readonly after?: string;
  readonly limit: number;
  /** Whether what stands under a key is listed at all. */
  readonly isListed: (value: T) => boolean;
  /** Entries in key order, `after` exclusive. */
  readonly list: (options: { prefix: string; after?: string; limit: number }) => Entry<T>[];
}

export interface Page<T> {
  readonly entries: readonly Entry<T>[];
  readonly commonPrefixes: readonly string[];
  /** Where the next page goes on; undefined at the end. */
  readonly next?: string;
}

/** No key sorts behind it that begins as its prefix does, save those with this very character. */
const LAST = '\u{10ffff}';

export function walk<T>({ prefix, delimiter, after, limit, isListed, list }: Wanted<T>): Page<T> {
  const entries: Entry<T>[] = [];
  const commonPrefixes: string[] = [];
  let told = after !== undefined ? groupOf(after, prefix, delimiter) : undefined;
  let position = told === after && told !== undefined ? told + LAST : after;
  let last: string | undefined;
  // A marker inside a group stands before the rest of the group, which is then told.
  if (told !== after) told = undefined;
  for (;;) {
    const wanted = delimiter ? 100 : Math.min(1_001, limit + 1);
    const page = list({ prefix, after: position, limit: wanted });
    let jumped = false;
    for (const { key, value } of page) {
      position = key;
      if (!isListed(value)) continue;
      const group = groupOf(key, prefix, delimiter);
      if (group !== undefined && group === told) continue;
      if (entries.length + commonPrefixes.length >= limit) return { entries, commonPrefixes, next: last };
      if (group === undefined) {
        entries.push({ key, value });
        last = key;
        continue;
      }
      commonPrefixes.push(group);
      told = group;
      last = group;
      position = group + LAST;
      jumped = true;
      break;
    }
    if (!jumped && page.length < wanted) return { entries, commonPrefixes };
  }
}

/** The key up to and with the first delimiter behind the prefix. */
function groupOf(key: string, prefix: string, delimiter: string | undefined): string | undefined {
  if (!delimiter || !key.startsWith(prefix)) return undefined;
  const at = key.indexOf(delimiter, prefix.length);
  return at < 0 ? undefined : key.slice(0, at + delimiter.length);
}
