/**
 * Condition, filter and key condition expressions, parsed by descent: OR binds least, then AND, then NOT.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
 */
import { readPath } from './paths.ts';
import type { Comparator, Condition, FunctionName, Operand } from './syntax-tree.ts';
import { ExpressionError, type Token, TokenReader } from './tokens.ts';

const COMPARATORS: ReadonlySet<string> = new Set(['=', '<>', '<', '<=', '>', '>=']);

/** How many operands each takes. */
const FUNCTIONS: Readonly<Record<FunctionName, number>> = {
  attribute_exists: 1,
  attribute_not_exists: 1,
  attribute_type: 2,
  begins_with: 2,
  contains: 2,
};

const DEEPEST = 300;

/** Placeholders stay as they are. Throws ExpressionError. */
export function parseCondition(text: string): Condition {
  const reader = new TokenReader(text);
  const condition = readOr(reader, 0);
  reader.expectEnd();
  return condition;
}

function readOr(reader: TokenReader, depth: number): Condition {
  if (depth > DEEPEST) throw new ExpressionError('The expression is nested too deeply');
  let left = readAnd(reader, depth);
  while (reader.acceptWord('OR')) left = { kind: 'or', left, right: readAnd(reader, depth) };
  return left;
}

function readAnd(reader: TokenReader, depth: number): Condition {
  let left = readNot(reader, depth);
  while (reader.acceptWord('AND')) left = { kind: 'and', left, right: readNot(reader, depth) };
  return left;
}

function readNot(reader: TokenReader, depth: number): Condition {
  if (depth > DEEPEST) throw new ExpressionError('The expression is nested too deeply');
  if (reader.acceptWord('NOT')) return { kind: 'not', of: readNot(reader, depth + 1) };
  // `(a) = :b`: an operand in brackets is followed by what is done with it.
  if (!reader.isSymbol('(') || comparesOperand(reader.afterGroup)) return readTest(reader);
  reader.take();
  if (reader.isSymbol('(') && isClosing(reader.afterGroup)) {
    throw new ExpressionError('The expression has redundant parentheses;');
  }
  const inner = readOr(reader, depth + 1);
  reader.expectSymbol(')');
  return inner;
}

const isClosing = ({ kind, text }: Token): boolean => kind === 'symbol' && text === ')';

const comparesOperand = ({ kind, text }: Token): boolean =>
  kind === 'symbol' ? COMPARATORS.has(text) : kind === 'word' && /^(?:BETWEEN|IN)$/i.test(text);

function readTest(reader: TokenReader): Condition {
  const called = readCall(reader);
  if (called && called.kind !== 'size') {
    if (reader.next.kind === 'symbol' && COMPARATORS.has(reader.next.text)) throw notAllowedHere(called.name);
    return called;
  }
  const left = called ?? readOperand(reader);
  if (reader.next.kind === 'symbol' && COMPARATORS.has(reader.next.text)) {
    const by = reader.take().text as Comparator;
    return { kind: 'compare', by, left, right: readOperand(reader) };
  }
  if (reader.acceptWord('BETWEEN')) {
    const low = readOperand(reader);
    reader.expectWord('AND');
    return { kind: 'between', of: left, low, high: readOperand(reader) };
  }
  if (reader.acceptWord('IN')) {
    reader.expectSymbol('(');
    const list = [readOperand(reader)];
    while (reader.acceptSymbol(',')) list.push(readOperand(reader));
    reader.expectSymbol(')');
    return { kind: 'in', of: left, list };
  }
  if (called) throw notAllowedHere('size');
  throw reader.unexpected();
}

/** A path, a value, or a size. */
function readOperand(reader: TokenReader): Operand {
  const called = readCall(reader);
  if (called?.kind === 'size') return called;
  if (called) throw notAllowedHere(called.name);
  if (reader.next.kind === 'value') return { kind: 'placeholder', name: reader.take().text };
  // `(:a)` is an operand too.
  if (reader.acceptSymbol('(')) {
    const operand = readOperand(reader);
    reader.expectSymbol(')');
    return operand;
  }
  return { kind: 'path', path: readPath(reader) };
}

type Call = Extract<Condition, { kind: 'function' }> | Extract<Operand, { kind: 'size' }>;

function readCall(reader: TokenReader): Call | undefined {
  const { kind, text: name } = reader.next;
  if (kind !== 'word' || reader.afterNext?.kind !== 'symbol' || reader.afterNext.text !== '(') return undefined;
  if (name.toUpperCase() === 'NOT') return undefined;
  reader.take();
  reader.take();
  const operands: Operand[] = [];
  if (!reader.isSymbol(')')) {
    do operands.push(readOperand(reader));
    while (reader.acceptSymbol(','));
  }
  reader.expectSymbol(')');
  const expected = name === 'size' ? 1 : Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name as FunctionName] : undefined;
  if (expected === undefined) throw new ExpressionError(`Invalid function name; function: ${name}`);
  if (operands.length !== expected) throw wrongCount(name, operands.length);
  return name === 'size'
    ? { kind: 'size', of: operands[0]! }
    : { kind: 'function', name: name as FunctionName, operands };
}

export const wrongCount = (name: string, count: number) =>
  new ExpressionError(
    `Incorrect number of operands for operator or function; operator or function: ${name}, number of operands: ${count}`,
  );

export const notAllowedHere = (name: string) =>
  new ExpressionError(`The function is not allowed to be used this way in an expression; function: ${name}`);
