/** The models' patterns are Java's; here they are JavaScript's, always for the whole value. */

interface Compiled {
  readonly expression: RegExp | undefined;
  /** Names come again and again: short values that matched are not tested twice. */
  readonly known: Set<string>;
}

const compiled = new Map<string, Compiled>();

const KNOWN_VALUES = 256;
const KNOWN_LENGTH = 256;

/** How long a value may be to be held against a pattern: one far longer than its shape allows is refused for that alone. */
export function longestTested(max: number | undefined): number {
  return Math.min(8192, Math.max(256, 2 * (max ?? 4096)));
}

/**
 * Compiles on first use. A pattern that cannot be said here refuses nothing.
 *
 * @param max length that the value's shape allows
 */
export function matches(pattern: string, value: string, max: number | undefined): boolean {
  const { expression, known } = compiledPattern(pattern);
  if (expression === undefined || known.has(value) || value.length > longestTested(max)) return true;
  if (!expression.test(value)) return false;
  if (known.size >= KNOWN_VALUES) known.clear();
  if (value.length <= KNOWN_LENGTH) known.add(value);
  return true;
}

function compiledPattern(pattern: string): Compiled {
  let found = compiled.get(pattern);
  if (!found) {
    found = { expression: javaPattern(pattern), known: new Set() };
    compiled.set(pattern, found);
  }
  return found;
}

/** Undefined when JavaScript has no such expression. */
export function javaPattern(pattern: string): RegExp | undefined {
  const { body, flags } = withoutInlineFlags(pattern);
  // Java's classes of characters need the mode in which only what is special may be escaped.
  const unicode = /\\[pP]\{|\\x\{|[\u{10000}-\u{10ffff}]|\\u[dD][89abAB]/u.test(body);
  const text = unicode ? strict(body) : body;
  try {
    return new RegExp(`^(?:${text})$`, unicode ? `${flags}u` : flags);
  } catch {
    return undefined;
  }
}

/** `(?s)` and `(?i)` at the beginning are flags of the whole. */
function withoutInlineFlags(pattern: string): { body: string; flags: string } {
  const match = /^(\^?)\(\?([si]+)\)/.exec(pattern);
  return match
    ? { body: (match[1] ?? '') + pattern.slice(match[0].length), flags: match[2] ?? '' }
    : { body: pattern, flags: '' };
}

const CLASSES: Readonly<Record<string, string>> = {
  Alnum: 'A-Za-z0-9',
  Alpha: 'A-Za-z',
  ASCII: '\\x00-\\x7f',
  Digit: '0-9',
  Graph: '!-~',
  IsAlphabetic: '\\p{Alphabetic}',
  IsDigit: '\\p{Nd}',
  Lower: 'a-z',
  Print: ' -~',
  Punct: '!-\\/:-@\\[-`{-~',
  Space: '\\s',
  Upper: 'A-Z',
};

function strict(body: string): string {
  let inClass = false;
  return body.replace(/\\p\{(\w+)\}|\\x\{([0-9A-Fa-f]+)\}|\\(.)|\[|\]/gsu, (whole, name, hex, escaped) => {
    if (hex !== undefined) return `\\u{${hex}}`;
    if (name !== undefined) {
      const range = CLASSES[name as string];
      return range === undefined ? whole : inClass ? range : `[${range}]`;
    }
    if (escaped !== undefined) {
      const keeps = /[\\^$.*+?()[\]{}|/dDsSwWbBnrtfvuxpP0-9]/.test(escaped) || (inClass && escaped === '-');
      return keeps ? whole : escaped;
    }
    inClass = whole === '[';
    return whole;
  });
}
