import fc from 'fast-check';
import { type Entry, walk } from './walk.ts';

const bytes = (text: string) => Buffer.from(text);
const compare = (a: string, b: string) => Buffer.compare(bytes(a), bytes(b));

/** Few characters, so that keys share prefixes; some sort differently in UTF-16 and in UTF-8. */
const key = fc
  .array(fc.constantFrom('a', 'b', '/', '-', '\uffee', '\u{1f600}', '\u{10ffff}'), { minLength: 1, maxLength: 6 })
  .map((parts) => parts.join(''));

interface Question {
  readonly prefix: string;
  readonly delimiter: string | undefined;
}

/** Everything at once, by the definition. */
function model(keys: readonly string[], { prefix, delimiter }: Question): string[] {
  const items = keys
    .filter((one) => one.startsWith(prefix))
    .map((one) => {
      const at = delimiter ? one.indexOf(delimiter, prefix.length) : -1;
      return at < 0 ? `key ${one}` : `group ${one.slice(0, at + delimiter!.length)}`;
    });
  return [...new Set(items)].sort();
}

function pages(keys: readonly string[], question: Question, limit: number): string[] {
  const entries: Entry<number>[] = [...keys].sort(compare).map((one) => ({ key: one, value: 1 }));
  const list = (options: { prefix: string; after?: string; limit: number }) =>
    entries
      .filter((entry) => entry.key.startsWith(options.prefix))
      .filter((entry) => options.after === undefined || compare(entry.key, options.after) > 0)
      .slice(0, options.limit);
  const found: string[] = [];
  let after: string | undefined;
  for (let turn = 0; turn <= keys.length + 1; turn += 1) {
    const page = walk({ ...question, after, limit, isListed: () => true, list });
    expect(page.entries.length + page.commonPrefixes.length).toBeLessThanOrEqual(limit);
    found.push(...page.entries.map((entry) => `key ${entry.key}`), ...page.commonPrefixes.map((one) => `group ${one}`));
    if (page.next === undefined) return found;
    after = page.next;
  }
  throw new Error('the listing never ends');
}

it('pages of any size together are the listing, each name once', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(key, { maxLength: 30 }),
      fc.constantFrom('', 'a', 'a/', '/', 'b-'),
      fc.constantFrom(undefined, '/', '-', 'a', '//'),
      fc.integer({ min: 1, max: 5 }),
      (keys, prefix, delimiter, limit) => {
        const found = pages(keys, { prefix, delimiter }, limit);
        expect(found.toSorted()).toEqual(model(keys, { prefix, delimiter }));
      },
    ),
    { numRuns: 400 },
  );
});
