/** Reads a pattern from left to right. */
import type { Operand, Operator } from './comparison.ts';
import { FilterPatternError, tooManyRegexes } from './error.ts';

export interface Reader {
  /** What has not been read, without blanks before it. */
  readonly rest: string;
  readonly done: boolean;
  /** Reads `text` when it comes next. */
  take(text: string): boolean;
  /** Reads what matches at this very place. */
  match(pattern: RegExp): string | undefined;
  expect(text: string): void;
  operator(): Operator;
  operand(): Operand;
  fail(): never;
}

/** AWS's own examples write `=!` too. */
const OPERATOR = /^(!=|=!|<=|>=|=|<|>)/;
const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?(?![\w.*:/-])/;
const QUOTED = /^"(?:\\.|[^"\\])*"/;
const REGEX = /^%(?:\\.|[^%\\])+%/;
const BARE = /^[^\s"(){}[\],&|=<>!]+/;

/** @param mostRegexes that may stand in one pattern */
export function createReader(text: string, mostRegexes = Number.POSITIVE_INFINITY): Reader {
  let position = 0;
  let regexes = 0;
  const reader: Reader = {
    get rest() {
      position += /^\s*/.exec(text.slice(position))![0].length;
      return text.slice(position);
    },
    get done() {
      return reader.rest === '';
    },
    take(wanted) {
      if (!reader.rest.startsWith(wanted)) return false;
      position += wanted.length;
      return true;
    },
    match(pattern) {
      const found = pattern.exec(reader.rest)?.[0];
      if (found !== undefined) position += found.length;
      return found;
    },
    expect(wanted) {
      if (!reader.take(wanted)) reader.fail();
    },
    operator() {
      const found = reader.match(OPERATOR) ?? reader.fail();
      return found === '=!' ? '!=' : (found as Operator);
    },
    operand() {
      const number = reader.match(NUMBER);
      if (number !== undefined) return { kind: 'number', value: Number(number) };
      const quoted = reader.match(QUOTED);
      if (quoted !== undefined) return { kind: 'text', value: quoted.slice(1, -1).replace(/\\(.)/g, '$1') };
      const regex = reader.match(REGEX);
      if (regex !== undefined && ++regexes > mostRegexes) throw tooManyRegexes(mostRegexes);
      if (regex !== undefined) return { kind: 'regex', source: regex.slice(1, -1) };
      const bare = reader.match(BARE);
      return bare === undefined ? reader.fail() : { kind: 'text', value: bare };
    },
    fail() {
      const where = reader.rest === '' ? 'at its end' : `near '${reader.rest.slice(0, 40)}'`;
      throw new FilterPatternError(`Invalid filter pattern ${where}`);
    },
  };
  return reader;
}

/** `a && b || c`, with parentheses: `&&` binds more tightly. */
export function parseLogic<T>(reader: Reader, leaf: () => (value: T) => boolean): (value: T) => boolean {
  const factor = (): ((value: T) => boolean) => {
    if (!reader.take('(')) return leaf();
    const inner = parseLogic(reader, leaf);
    reader.expect(')');
    return inner;
  };
  const term = (): ((value: T) => boolean) => {
    const factors = [factor()];
    while (reader.take('&&')) factors.push(factor());
    return factors.length === 1 ? factors[0]! : (value) => factors.every((one) => one(value));
  };
  const terms = [term()];
  while (reader.take('||')) terms.push(term());
  return terms.length === 1 ? terms[0]! : (value) => terms.some((one) => one(value));
}
