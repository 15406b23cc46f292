/**
 * CloudWatch Logs' filter patterns.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
 */
import { parseColumns } from './columns.ts';
import { parseJsonPattern, selectText } from './json-pattern.ts';
import { parseTerms } from './terms.ts';

export { FilterPatternError } from './error.ts';

export type Matcher = (message: string) => boolean;

export interface FilterPattern {
  readonly matches: Matcher;
  /** What a pattern names in a message that it matches: `$ip` of columns, `$.user.id` of JSON. */
  extract(message: string): Readonly<Record<string, string>>;
  /** One value, by a column's name or a selector, of those the pattern names or not; undefined where there is none. */
  value(message: string, name: string): string | undefined;
}

const NOTHING: Pick<FilterPattern, 'extract' | 'value'> = { extract: () => ({}), value: () => undefined };
/** AWS takes two of them in a pattern. */
const MOST_REGEXES = 2;

/** Throws FilterPatternError. The empty pattern matches everything. */
export function compileFilterPattern(pattern: string): Matcher {
  return readFilterPattern(pattern).matches;
}

/** Throws FilterPatternError. */
export function readFilterPattern(pattern: string): FilterPattern {
  const text = pattern.trim();
  // What the empty pattern lets through may be JSON: a metric's value can be a member of it.
  if (text === '') return { ...NOTHING, matches: () => true, value: selectText };
  if (text.startsWith('{')) {
    const { matches, selectors } = parseJsonPattern(text, MOST_REGEXES);
    return {
      matches,
      value: selectText,
      extract: (message) =>
        Object.fromEntries(
          selectors.flatMap((selector) => {
            const value = selectText(message, selector);
            return value === undefined ? [] : [[selector, value]];
          }),
        ),
    };
  }
  if (text.startsWith('[')) {
    const { matches, extract } = parseColumns(text, MOST_REGEXES);
    return { matches, extract, value: (message, name) => extract(message)[name] };
  }
  return { ...NOTHING, matches: parseTerms(text, MOST_REGEXES), value: selectText };
}
