/**
 * X-Ray's filter expressions. https://docs.aws.amazon.com/xray/latest/devguide/xray-console-filters.html
 */
import type { AnnotationValue, Facts, ServiceFacts, TraceFacts } from '../trace-facts.ts';
import { FilterExpressionError, type Token, tokensOf } from './tokens.ts';

export { FilterExpressionError } from './tokens.ts';

type Condition = (facts: Facts) => boolean;
type TraceCondition = (trace: TraceFacts) => boolean;
type Value = string | number | boolean;

const FLAGS = new Set(['ok', 'error', 'throttle', 'fault', 'partial', 'inferred', 'root', 'remote']);
const NUMBERS = new Set(['responsetime', 'duration', 'http.status']);
const TEXTS = new Set([
  'http.url',
  'http.method',
  'http.useragent',
  'http.clientip',
  'user',
  'name',
  'type',
  'message',
  'availabilityzone',
  'instance.id',
  'resource.arn',
]);
/** Of AWS, and not evaluated here: an answer without them would be a wrong one. */
const NOT_HERE =
  /^(rootcause|responsetimerootcause|faultrootcause|errorrootcause|coverage|index|first|last|group|json)\b/;
const TEXT_OPERATORS = new Set(['BEGINSWITH', 'CONTAINS', 'ENDSWITH']);
const DEEPEST = 50;
const LONGEST = 2_000;

/** Throws FilterExpressionError. The empty expression matches everything. */
export function compileFilterExpression(text: string): TraceCondition {
  if (text.length > LONGEST) throw new FilterExpressionError(`A filter expression has at most ${LONGEST} characters`);
  if (text.trim() === '') return () => true;
  const parser = new Parser(tokensOf(text));
  const condition = parser.expression('trace', 0);
  parser.end();
  return (trace) => condition(trace);
}

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  expression(scope: 'trace' | 'part', depth: number): Condition {
    if (depth > DEEPEST) throw new FilterExpressionError('The filter expression nests too deeply');
    const alternatives = [this.#conjunction(scope, depth)];
    while (this.#takeWord('OR')) alternatives.push(this.#conjunction(scope, depth));
    return alternatives.length === 1 ? alternatives[0]! : (facts) => alternatives.some((one) => one(facts));
  }

  end(): void {
    if (this.#peek().kind !== 'end') this.#fail();
  }

  #conjunction(scope: 'trace' | 'part', depth: number): Condition {
    const all = [this.#factor(scope, depth)];
    while (this.#takeWord('AND')) all.push(this.#factor(scope, depth));
    return all.length === 1 ? all[0]! : (facts) => all.every((one) => one(facts));
  }

  #factor(scope: 'trace' | 'part', depth: number): Condition {
    if (depth > DEEPEST) throw new FilterExpressionError('The filter expression nests too deeply');
    if (this.#takeSign('!') || this.#takeWord('NOT')) {
      const negated = this.#factor(scope, depth + 1);
      return (facts) => !negated(facts);
    }
    if (this.#takeSign('(')) {
      const inner = this.expression(scope, depth + 1);
      this.#expectSign(')');
      return inner;
    }
    return this.#keyword(scope, depth);
  }

  #keyword(scope: 'trace' | 'part', depth: number): Condition {
    const token = this.#next();
    if (token.kind !== 'word') return this.#fail(token);
    const word = token.text.toLowerCase();
    if (word === 'service' || word === 'edge' || word === 'id') {
      if (scope !== 'trace') throw new FilterExpressionError(`${word}() cannot stand inside another one`);
      if (word === 'edge') return onTrace(this.#edge(depth));
      if (word === 'id') {
        const fits = this.#identity();
        return onTrace(({ services }) => services.some(fits));
      }
      return onTrace(this.#service(depth));
    }
    if (word === 'annotation' || word.startsWith('annotation.')) {
      const key = word === 'annotation' ? this.#bracketed() : token.text.slice('annotation.'.length);
      return this.#annotation(key);
    }
    if (FLAGS.has(word)) return this.#flag(word);
    if (NUMBERS.has(word)) return this.#number(word);
    if (TEXTS.has(word)) return this.#text(word);
    if (NOT_HERE.test(word)) throw new FilterExpressionError(`${token.text} is not evaluated here`);
    throw new FilterExpressionError(`Invalid filter expression: unknown keyword ${token.text}`);
  }

  #flag(word: string): Condition {
    const operator = this.#takeOneOf(['=', '!=']);
    if (operator === undefined) return ({ flags }) => flags[word] === true;
    const value = this.#value();
    if (typeof value !== 'boolean') throw new FilterExpressionError(`${word} is compared with true or false`);
    return ({ flags }) => (flags[word] === true) === (value === (operator === '='));
  }

  #number(word: string): Condition {
    const operator = this.#operator();
    const value = this.#value();
    if (typeof value !== 'number') throw new FilterExpressionError(`${word} is compared with a number`);
    const test = numeric(operator, value);
    return ({ numbers }) => (numbers[word] ?? []).some(test);
  }

  #text(word: string): Condition {
    const operator = this.#operator();
    const value = this.#value();
    if (typeof value !== 'string') throw new FilterExpressionError(`${word} is compared with a text in quotes`);
    const test = textual(operator, value);
    return ({ texts }) => (texts[word] ?? []).some(test);
  }

  #annotation(key: string): Condition {
    const operator = this.#takeOperator();
    if (operator === undefined) return ({ annotations }) => annotations.has(key);
    const value = this.#value();
    const test = annotationTest(operator, value);
    return ({ annotations }) => (annotations.get(key) ?? []).some(test);
  }

  /** `service()`, `service("name")`, `service(id(name: "a", type: "b"))`, each with `{ … }` or without. */
  #service(depth: number): TraceCondition {
    this.#expectSign('(');
    const fits = this.#takeSign(')') ? () => true : this.#closed(this.#selector());
    const inner = this.#block(depth);
    return ({ services }) => services.some((service) => fits(service) && inner(service));
  }

  #edge(depth: number): TraceCondition {
    this.#expectSign('(');
    const source = this.#selector();
    this.#expectSign(',');
    const destination = this.#closed(this.#selector());
    const inner = this.#block(depth);
    return ({ edges }) => edges.some((edge) => source(edge.source) && destination(edge.destination) && inner(edge));
  }

  #closed<T>(value: T): T {
    this.#expectSign(')');
    return value;
  }

  #block(depth: number): Condition {
    if (!this.#takeSign('{')) return () => true;
    const inner = this.expression('part', depth + 1);
    this.#expectSign('}');
    return inner;
  }

  #selector(): (service: ServiceFacts) => boolean {
    const token = this.#next();
    if (token.kind === 'text') return ({ name }) => name === token.text;
    if (token.kind === 'word' && token.text === 'id') return this.#identity();
    return this.#fail(token);
  }

  /** `(name: "…", type: "…")`, either of them, after `id`. */
  #identity(): (service: ServiceFacts) => boolean {
    this.#expectSign('(');
    const wanted: { name?: string; type?: string } = {};
    do {
      const member = this.#next();
      if (member.kind !== 'word') return this.#fail(member);
      if (member.text !== 'name' && member.text !== 'type') {
        throw new FilterExpressionError(`id() takes name and type, ${member.text} is not evaluated here`);
      }
      this.#expectSign(':');
      const value = this.#next();
      if (value.kind !== 'text') return this.#fail(value);
      wanted[member.text] = value.text;
    } while (this.#takeSign(','));
    this.#expectSign(')');
    return ({ name, type }) => (wanted.name ?? name) === name && (wanted.type ?? type) === type;
  }

  #bracketed(): string {
    this.#expectSign('[');
    const token = this.#next();
    if (token.kind !== 'word' && token.kind !== 'text') return this.#fail(token);
    this.#expectSign(']');
    return token.text;
  }

  #operator(): string {
    return this.#takeOperator() ?? this.#fail();
  }

  #takeOperator(): string | undefined {
    const token = this.#peek();
    if (token.kind === 'word' && TEXT_OPERATORS.has(token.text.toUpperCase())) {
      this.#at++;
      return token.text.toUpperCase();
    }
    return this.#takeOneOf(['=', '!=', '<', '<=', '>', '>=']);
  }

  #value(): Value {
    const token = this.#next();
    if (token.kind === 'text') return token.text;
    if (token.kind === 'number') return token.value;
    if (token.kind === 'word' && /^(true|false)$/i.test(token.text)) return token.text.toLowerCase() === 'true';
    return this.#fail(token);
  }

  #peek(): Token {
    return this.#tokens[this.#at]!;
  }

  #next(): Token {
    const token = this.#peek();
    if (token.kind !== 'end') this.#at++;
    return token;
  }

  #takeSign(text: string): boolean {
    return this.#takeOneOf([text]) !== undefined;
  }

  #takeOneOf(signs: readonly string[]): string | undefined {
    const token = this.#peek();
    if (token.kind !== 'sign' || !signs.includes(token.text)) return undefined;
    this.#at++;
    return token.text;
  }

  #takeWord(word: string): boolean {
    const token = this.#peek();
    if (token.kind !== 'word' || token.text.toUpperCase() !== word) return false;
    this.#at++;
    return true;
  }

  #expectSign(text: string): void {
    if (!this.#takeSign(text)) this.#fail();
  }

  #fail(token: Token = this.#peek()): never {
    const found = token.kind === 'end' ? 'its end' : token.kind === 'number' ? token.value : token.text;
    throw new FilterExpressionError(`Invalid filter expression: unexpected ${found}`);
  }
}

/** Only ever called with a trace: the parser lets services and edges stand nowhere else. */
const onTrace =
  (condition: TraceCondition): Condition =>
  (facts) =>
    condition(facts as TraceFacts);

function numeric(operator: string, value: number): (found: number) => boolean {
  switch (operator) {
    case '=':
      return (found) => found === value;
    case '!=':
      return (found) => found !== value;
    case '<':
      return (found) => found < value;
    case '<=':
      return (found) => found <= value;
    case '>':
      return (found) => found > value;
    case '>=':
      return (found) => found >= value;
  }
  throw new FilterExpressionError(`${operator} does not compare numbers`);
}

function textual(operator: string, value: string): (found: string) => boolean {
  switch (operator) {
    case '=':
      return (found) => found === value;
    case '!=':
      return (found) => found !== value;
    case 'BEGINSWITH':
      return (found) => found.startsWith(value);
    case 'ENDSWITH':
      return (found) => found.endsWith(value);
    case 'CONTAINS':
      return (found) => found.includes(value);
  }
  throw new FilterExpressionError(`${operator} does not compare texts`);
}

function annotationTest(operator: string, value: Value): (found: AnnotationValue) => boolean {
  if (typeof value === 'boolean') {
    if (operator !== '=' && operator !== '!=') throw new FilterExpressionError(`${operator} does not compare booleans`);
    return (found) => (found === value) === (operator === '=');
  }
  if (typeof value === 'number') {
    const test = numeric(operator, value);
    return (found) => typeof found === 'number' && test(found);
  }
  const test = textual(operator, value);
  return (found) => typeof found === 'string' && test(found);
}
