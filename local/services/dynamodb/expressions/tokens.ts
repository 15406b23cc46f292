/** Expressions as a row of tokens. Throws ExpressionError, whose message goes behind `Invalid …Expression: `. */

/** What is wrong with an expression; `Invalid FilterExpression: ` is put before it by who knows which one it is. */
export class ExpressionError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ExpressionError';
  }
}

export type TokenKind = 'word' | 'name' | 'value' | 'integer' | 'symbol' | 'end';

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const TOKEN = /\s*(?:([A-Za-z_][A-Za-z0-9_]*)|(#[A-Za-z0-9_]+)|(:[A-Za-z0-9_]+)|(\d+)|(<>|<=|>=|[=<>()[\].,+-]))/y;

export function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  for (;;) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (!match) break;
    const [, word, name, value, integer, symbol] = match;
    const kind = word ? 'word' : name ? 'name' : value ? 'value' : integer ? 'integer' : 'symbol';
    const found = word ?? name ?? value ?? integer ?? symbol!;
    at = TOKEN.lastIndex;
    tokens.push({ kind, text: found, start: at - found.length, end: at });
  }
  const rest = /\S/.exec(text.slice(at));
  if (rest) {
    const start = at + rest.index;
    throw syntaxError(text, { kind: 'symbol', text: text[start]!, start, end: start + 1 }, tokens.at(-1));
  }
  tokens.push({ kind: 'end', text: '<EOF>', start: text.length, end: text.length });
  return tokens;
}

/** `Syntax error; token: "=", near: "a = ="`: the token, and what stands around it. */
export function syntaxError(text: string, token: Token, before: Token | undefined, after?: Token): ExpressionError {
  const near = text.slice(before?.start ?? token.start, (after?.kind === 'end' ? undefined : after?.end) ?? token.end);
  return new ExpressionError(`Syntax error; token: "${token.text}", near: "${near}"`);
}

/** Reads tokens one after the other. */
export class TokenReader {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokensOf(text);
  }

  get next(): Token {
    return this.#tokens[this.#at]!;
  }

  get afterNext(): Token | undefined {
    return this.#tokens[this.#at + 1];
  }

  /** What follows the bracket that closes the one that is next. */
  get afterGroup(): Token {
    let depth = 0;
    let at = this.#at;
    do {
      const { kind, text } = this.#tokens[at]!;
      if (kind === 'end') break;
      if (kind === 'symbol' && text === '(') depth += 1;
      if (kind === 'symbol' && text === ')') depth -= 1;
      at += 1;
    } while (depth > 0);
    return this.#tokens[at]!;
  }

  take(): Token {
    const token = this.next;
    if (token.kind !== 'end') this.#at += 1;
    return token;
  }

  isSymbol(symbol: string): boolean {
    return this.next.kind === 'symbol' && this.next.text === symbol;
  }

  /** Whatever its case. */
  isWord(word: string): boolean {
    return this.next.kind === 'word' && this.next.text.toUpperCase() === word;
  }

  acceptSymbol(symbol: string): boolean {
    if (!this.isSymbol(symbol)) return false;
    this.#at += 1;
    return true;
  }

  acceptWord(word: string): boolean {
    if (!this.isWord(word)) return false;
    this.#at += 1;
    return true;
  }

  expectSymbol(symbol: string): void {
    if (!this.acceptSymbol(symbol)) throw this.unexpected();
  }

  expectWord(word: string): void {
    if (!this.acceptWord(word)) throw this.unexpected();
  }

  expectEnd(): void {
    if (this.next.kind !== 'end') throw this.unexpected();
  }

  unexpected(): ExpressionError {
    return syntaxError(this.#text, this.next, this.#tokens[this.#at - 1], this.#tokens[this.#at + 1]);
  }
}
