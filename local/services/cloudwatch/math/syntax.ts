/**
 * The text of a metric math expression, read into a tree.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html#metric-math-syntax
 */
import { MathError } from './values.ts';

export type Expression =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'text'; readonly text: string }
  /** An id of another query, or a word such as `REPEAT`. */
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'array'; readonly items: readonly Expression[] }
  | { readonly kind: 'negation'; readonly operand: Expression }
  | { readonly kind: 'operation'; readonly operator: Operator; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'call'; readonly name: string; readonly arguments: readonly Expression[] };

export type Operator = '+' | '-' | '*' | '/' | '^' | '==' | '!=' | '<' | '<=' | '>' | '>=' | 'AND' | 'OR';

/** From the loosest to the tightest; `^` and the minus sign follow. */
const LEVELS: readonly (readonly Operator[])[] = [
  ['OR'],
  ['AND'],
  ['==', '!=', '<', '<=', '>', '>='],
  ['+', '-'],
  ['*', '/'],
];

const TOKEN =
  /\s*(?:(?<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?<name>[A-Za-z_][A-Za-z0-9_]*)|(?<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?<sign>==|!=|<=|>=|&&|\|\||[-+*/^<>()[\],]))/y;
const WORDS: Readonly<Record<string, Operator>> = { '&&': 'AND', '||': 'OR', AND: 'AND', OR: 'OR' };
/** Longer than any expression AWS takes (2,048 characters) can nest in earnest. */
const DEEPEST = 200;

interface Token {
  readonly kind: 'number' | 'name' | 'text' | 'sign' | 'end';
  readonly text: string;
}

/** Throws MathError. */
export function parseExpression(text: string): Expression {
  return new Parser(tokensOf(text)).whole();
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  const end = text.trimEnd().length;
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < end) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (!match) throw new MathError(`Unexpected character at ${at + 1}: ${text.slice(at, at + 10).trim()}`);
    const { number, name, text: quoted, sign } = match.groups as Record<string, string | undefined>;
    if (number !== undefined) tokens.push({ kind: 'number', text: number });
    else if (quoted !== undefined) tokens.push({ kind: 'text', text: quoted.slice(1, -1).replace(/\\(.)/g, '$1') });
    else {
      const word = name ?? sign ?? '';
      const operator = Object.hasOwn(WORDS, word.toUpperCase()) ? WORDS[word.toUpperCase()] : undefined;
      tokens.push({ kind: name !== undefined && !operator ? 'name' : 'sign', text: operator ?? word });
    }
  }
  return [...tokens, { kind: 'end', text: 'the end' }];
}

class Parser {
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  whole(): Expression {
    const expression = this.#binary(0);
    const { kind, text } = this.#peek();
    if (kind !== 'end') throw new MathError(`Unexpected ${text}`);
    return expression;
  }

  #binary(level: number): Expression {
    const operators = LEVELS[level];
    if (!operators) return this.#signed();
    let left = this.#binary(level + 1);
    for (;;) {
      const operator = operators.find((one) => this.#isSign(one));
      if (!operator) return left;
      this.#next += 1;
      left = { kind: 'operation', operator, left, right: this.#binary(level + 1) };
    }
  }

  #signed(): Expression {
    if (this.#isSign('-')) {
      this.#next += 1;
      return { kind: 'negation', operand: this.#nested(() => this.#signed()) };
    }
    const base = this.#primary();
    if (!this.#isSign('^')) return base;
    this.#next += 1;
    // To the right first, as powers are written: 2^3^2 is 2^9.
    return { kind: 'operation', operator: '^', left: base, right: this.#nested(() => this.#signed()) };
  }

  #primary(): Expression {
    const token = this.#take();
    if (token.kind === 'number') return { kind: 'number', value: Number(token.text) };
    if (token.kind === 'text') return { kind: 'text', text: token.text };
    if (token.kind === 'name') {
      if (!this.#isSign('(')) return { kind: 'name', name: token.text };
      this.#next += 1;
      return { kind: 'call', name: token.text, arguments: this.#list(')') };
    }
    if (token.kind === 'sign' && token.text === '[') return { kind: 'array', items: this.#list(']') };
    if (token.kind === 'sign' && token.text === '(') {
      const inner = this.#nested(() => this.#binary(0));
      this.#expect(')');
      return inner;
    }
    throw new MathError(`Unexpected ${token.text}`);
  }

  #list(close: ')' | ']'): Expression[] {
    const items: Expression[] = [];
    if (this.#isSign(close)) {
      this.#next += 1;
      return items;
    }
    do items.push(this.#nested(() => this.#binary(0)));
    while (this.#skip(','));
    this.#expect(close);
    return items;
  }

  #nested<T>(read: () => T): T {
    this.#depth += 1;
    if (this.#depth > DEEPEST) throw new MathError('The expression is nested too deeply');
    const value = read();
    this.#depth -= 1;
    return value;
  }

  #skip(sign: string): boolean {
    if (!this.#isSign(sign)) return false;
    this.#next += 1;
    return true;
  }

  #expect(sign: string): void {
    if (!this.#skip(sign)) throw new MathError(`Expected ${sign} before ${this.#peek().text}`);
  }

  #isSign(sign: string): boolean {
    const token = this.#peek();
    return token.kind === 'sign' && token.text === sign;
  }

  #peek(): Token {
    return this.#tokens[this.#next]!;
  }

  #take(): Token {
    const token = this.#peek();
    if (token.kind !== 'end') this.#next += 1;
    return token;
  }
}
