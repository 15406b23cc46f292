/** A query of Logs Insights cut into tokens. */
import { malformed } from './malformed.ts';

export type Token = { readonly start: number; readonly end: number } & (
  | { readonly kind: 'word'; readonly text: string }
  /** In backticks: always a field. */
  | { readonly kind: 'field'; readonly text: string }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'regex'; readonly source: string; readonly flags: string }
  | { readonly kind: 'number'; readonly value: number }
  /** ms */
  | { readonly kind: 'period'; readonly value: number }
  | { readonly kind: 'sign'; readonly text: string }
  | { readonly kind: 'end' }
);

const PERIODS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  mo: 2_592_000_000,
  q: 7_776_000_000,
  y: 31_536_000_000,
};

const SPACE = /(?:\s|#[^\n]*)+/y;
const NUMBER = /(\d+(?:\.\d+)?)(ms|mo|seconds?|minutes?|hours?|days?|weeks?|months?|years?|[smhdwqy])?(?![\w.])/y;
const WORD = /[@A-Za-z_$][\w$@]*(?:\.[\w$@]+)*/y;
const TEXT = /"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'/y;
const FIELD = /`([^`]+)`/y;
const REGEX = /\/((?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n])+)\/([a-z]*)/y;
const SIGN = /=~|!=|<=|>=|[=<>()[\],|+\-*/%^]/y;

/** Throws MalformedQueryException. A `/` begins a regular expression where a value may begin. */
export function tokensOf(query: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    return pattern.exec(query);
  };
  while (true) {
    at += match(SPACE)?.[0].length ?? 0;
    if (at >= query.length) break;
    const start = at;
    const read = (pattern: RegExp): RegExpExecArray | null => {
      const found = match(pattern);
      at += found?.[0].length ?? 0;
      return found;
    };
    const token = tokenAt(read, valueMayBegin(tokens.at(-1)));
    if (!token) {
      throw malformed(`unexpected symbol found ${query[at]} at line ${lineOf(query, at)}`, at, at + 1);
    }
    tokens.push({ ...token, start, end: at } as Token);
  }
  tokens.push({ kind: 'end', start: query.length, end: query.length });
  return tokens;
}

type Unplaced<T> = T extends unknown ? Omit<T, 'start' | 'end'> : never;

function tokenAt(read: (pattern: RegExp) => RegExpExecArray | null, mayBeRegex: boolean): Unplaced<Token> | undefined {
  const text = read(TEXT);
  if (text) return { kind: 'text', text: unescaped(text[0].slice(1, -1)) };
  const field = read(FIELD);
  if (field) return { kind: 'field', text: field[1]! };
  const regex = mayBeRegex ? read(REGEX) : null;
  if (regex) return { kind: 'regex', source: regex[1]!, flags: regex[2]! };
  const number = read(NUMBER);
  if (number) {
    const value = Number(number[1]);
    return number[2] === undefined ? { kind: 'number', value } : { kind: 'period', value: value * periodOf(number[2]) };
  }
  const word = read(WORD);
  if (word) return { kind: 'word', text: word[0] };
  const sign = read(SIGN);
  return sign ? { kind: 'sign', text: sign[0] } : undefined;
}

function periodOf(unit: string): number {
  const short = /^(second|minute|hour|day|week|month|year)/.exec(unit)?.[0];
  const key = short === undefined ? unit : short === 'month' ? 'mo' : short[0]!;
  return PERIODS[key] ?? 0;
}

const BEFORE_A_VALUE = new Set(['like', 'not', 'in', 'parse', 'and', 'or', 'filter']);

/** After a value a `/` divides; after a word such as `like`, an operator or a comma it begins an expression. */
function valueMayBegin(before: Token | undefined): boolean {
  if (before === undefined || before.kind === 'sign') return before?.text !== ')' && before?.text !== ']';
  // `parse @message /…/`: fields before a regular expression have an @.
  return before.kind === 'word' && (BEFORE_A_VALUE.has(before.text.toLowerCase()) || before.text.startsWith('@'));
}

/** `\n` and `\t` mean what they say; any other escaped character is itself. */
function unescaped(text: string): string {
  return text.replace(/\\(.)/g, (_all, one: string) => (one === 'n' ? '\n' : one === 't' ? '\t' : one));
}

export function lineOf(query: string, offset: number): number {
  return query.slice(0, offset).split('\n').length;
}
