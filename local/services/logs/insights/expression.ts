/** Expressions: comparisons, arithmetic, functions. */
import { type BoundedRegex, boundedRegex } from '../bounded-regex.ts';
import { FUNCTIONS, floorTo, numberOf, textOf } from './functions.ts';
import { malformed } from './malformed.ts';
import type { Row, Value } from './row.ts';
import type { Token } from './tokens.ts';

export type Expression = (row: Row) => Value;

const DEEPEST = 100;
const COMPARISONS = ['=', '!=', '<', '<=', '>', '>='] as const;

/** Reads expressions from tokens; throws MalformedQueryException. */
export class ExpressionParser {
  protected readonly text: string;
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  /** @param text what the tokens are of */
  constructor(tokens: readonly Token[], text: string) {
    this.#tokens = tokens;
    this.text = text;
  }

  expression(): Expression {
    if (++this.#depth > DEEPEST) {
      const { start, end } = this.peek();
      throw malformed('the expression nests too deeply', start, end);
    }
    const alternatives = [this.#conjunction()];
    while (this.takeWord('or')) alternatives.push(this.#conjunction());
    this.#depth--;
    return alternatives.length === 1 ? alternatives[0]! : (row) => alternatives.some((one) => isTrue(one(row)));
  }

  #conjunction(): Expression {
    const all = [this.#negation()];
    while (this.takeWord('and')) all.push(this.#negation());
    return all.length === 1 ? all[0]! : (row) => all.every((one) => isTrue(one(row)));
  }

  #negation(): Expression {
    if (!this.takeWord('not')) return this.#comparison();
    if (++this.#depth > DEEPEST) this.fail();
    const inner = this.#negation();
    this.#depth--;
    return (row) => !isTrue(inner(row));
  }

  #comparison(): Expression {
    const left = this.#sum();
    for (const operator of COMPARISONS) {
      if (!this.takeSign(operator)) continue;
      const right = this.#sum();
      return (row) => compare(operator, left(row), right(row));
    }
    const isNegated = this.takeWord('not');
    if (this.takeWord('like') || this.takeSign('=~')) {
      const test = this.#pattern();
      return (row) => {
        const value = left(row);
        return value !== undefined && test(textOf(value)) !== isNegated;
      };
    }
    if (this.takeWord('in')) {
      this.expectSign('[');
      const options = this.list(() => this.#sum());
      this.expectSign(']');
      return (row) => {
        const value = left(row);
        return value !== undefined && options.some((option) => compare('=', value, option(row))) !== isNegated;
      };
    }
    if (isNegated) return this.fail();
    return left;
  }

  /** What stands after `like`: a text that is to be in it, or a regular expression. */
  #pattern(): (text: string) => boolean {
    const token = this.next();
    if (token.kind === 'text') return (text) => text.includes(token.text);
    if (token.kind !== 'regex') return this.fail(token);
    const regex = this.compile(token);
    return (text) => regex.test(text);
  }

  compile(token: Extract<Token, { kind: 'regex' }>): BoundedRegex {
    // Java's way of flags inside the expression, at its beginning.
    const [, inner = ''] = /^\(\?([a-z]+)\)/.exec(token.source) ?? [];
    const source = inner === '' ? token.source : token.source.slice(inner.length + 3);
    const flags = [...new Set(`${inner}${token.flags}`)].filter((flag) => 'ims'.includes(flag)).join('');
    try {
      return boundedRegex(source, flags);
    } catch (error) {
      throw malformed(`the regular expression cannot be read: ${(error as Error).message}`, token.start, token.end);
    }
  }

  #sum(): Expression {
    let left = this.#product();
    for (;;) {
      if (this.takeSign('+')) left = arithmetic(left, this.#product(), (a, b) => a + b);
      else if (this.takeSign('-')) left = arithmetic(left, this.#product(), (a, b) => a - b);
      else return left;
    }
  }

  #product(): Expression {
    let left = this.#power();
    for (;;) {
      if (this.takeSign('*')) left = arithmetic(left, this.#power(), (a, b) => a * b);
      else if (this.takeSign('/')) left = arithmetic(left, this.#power(), (a, b) => a / b);
      else if (this.takeSign('%')) left = arithmetic(left, this.#power(), (a, b) => a % b);
      else return left;
    }
  }

  #power(): Expression {
    const left = this.operand();
    return this.takeSign('^') ? arithmetic(left, this.#power(), (a, b) => a ** b) : left;
  }

  operand(): Expression {
    if (++this.#depth > DEEPEST) this.fail();
    const operand = this.#readOperand();
    this.#depth--;
    return operand;
  }

  #readOperand(): Expression {
    if (this.takeSign('(')) {
      const inner = this.expression();
      this.expectSign(')');
      return inner;
    }
    if (this.takeSign('-')) {
      const inner = this.operand();
      return (row) => {
        const value = numberOf(inner(row));
        return value === undefined ? undefined : -value;
      };
    }
    const token = this.next();
    switch (token.kind) {
      case 'text':
        return () => token.text;
      case 'number':
      case 'period':
        return () => token.value;
      case 'field':
        return (row) => row.get(token.text);
      case 'word':
        return this.isSign('(') ? this.#call(token) : (row) => row.get(token.text);
    }
    return this.fail(token);
  }

  #call(token: Extract<Token, { kind: 'word' }>): Expression {
    this.expectSign('(');
    const name = token.text.toLowerCase();
    const values = this.isSign(')') ? [] : this.list(() => this.expression());
    this.expectSign(')');
    const wrong = () => malformed(`${token.text} has the wrong number of arguments`, token.start, this.previousEnd());
    if (name === 'bin') {
      const [period] = values;
      if (!period || values.length > 1) throw wrong();
      const written = this.text.slice(token.start, this.previousEnd());
      return (row) => {
        // Of statistics: the column that was counted by.
        const column = row.get(written);
        if (column !== undefined) return column;
        const [time, size] = [numberOf(row.get('@timestamp')), numberOf(period(row))];
        return time === undefined || size === undefined ? undefined : floorTo(time, size);
      };
    }
    if (name === 'now') return () => Math.floor(Date.now() / 1000);
    const known = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
    if (!known) throw malformed(`the function ${token.text} is not known here`, token.start, token.end);
    const [fewest, most, evaluate] = known;
    if (values.length < fewest || values.length > most) throw wrong();
    return (row) => evaluate(values.map((value) => value(row)));
  }

  list<T>(read: () => T): T[] {
    const items = [read()];
    while (this.takeSign(',')) items.push(read());
    return items;
  }

  name(): string {
    const token = this.next();
    return token.kind === 'word' || token.kind === 'field' ? token.text : this.fail(token);
  }

  peek(): Token {
    return this.#tokens[this.#at]!;
  }

  next(): Token {
    const token = this.peek();
    if (token.kind !== 'end') this.#at++;
    return token;
  }

  previousEnd(): number {
    return this.#tokens[this.#at - 1]?.end ?? 0;
  }

  isSign(text: string): boolean {
    const token = this.peek();
    return token.kind === 'sign' && token.text === text;
  }

  takeSign(text: string): boolean {
    const isNext = this.isSign(text);
    if (isNext) this.#at++;
    return isNext;
  }

  takeWord(word: string): boolean {
    const token = this.peek();
    if (token.kind !== 'word' || token.text.toLowerCase() !== word) return false;
    this.#at++;
    return true;
  }

  expectSign(text: string): void {
    if (!this.takeSign(text)) this.fail();
  }

  expectWord(word: string): void {
    if (!this.takeWord(word)) this.fail();
  }

  textOf(token: Token): string {
    if (token.kind === 'end') return 'the end of the query';
    if (token.kind === 'regex') return `/${token.source}/`;
    return 'text' in token ? token.text : String(token.value);
  }

  fail(token: Token = this.peek()): never {
    throw malformed(`unexpected symbol found ${this.textOf(token)}`, token.start, token.end);
  }
}

export function isTrue(value: Value): boolean {
  return value === true || value === 1 || value === 'true' || value === '1';
}

function arithmetic(left: Expression, right: Expression, work: (a: number, b: number) => number): Expression {
  return (row) => {
    const [a, b] = [numberOf(left(row)), numberOf(right(row))];
    const result = a === undefined || b === undefined ? Number.NaN : work(a, b);
    return Number.isFinite(result) ? result : undefined;
  };
}

/** By number where both are numbers; what is not there equals nothing. */
export function compare(operator: (typeof COMPARISONS)[number], left: Value, right: Value): boolean {
  if (left === undefined || right === undefined) return operator === '!=' && left !== right;
  const order = orderOf(left, right);
  switch (operator) {
    case '=':
      return order === 0;
    case '!=':
      return order !== 0;
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
  }
}

export function orderOf(left: Value, right: Value): number {
  if (left === undefined || right === undefined) return Number(left !== undefined) - Number(right !== undefined);
  const [a, b] = [numberOf(left), numberOf(right)];
  if (a !== undefined && b !== undefined) return a - b;
  const [one, other] = [textOf(left), textOf(right)];
  return one < other ? -1 : one > other ? 1 : 0;
}
