/** What can be said of a condition without any item: operands that no item could make right. Throws ExpressionError. */
import { type AttributeType, compareValues, TYPES, typeOf } from '../values/attribute-value.ts';
import type { Condition, Operand } from './syntax-tree.ts';
import { showPath } from './syntax-tree.ts';
import { ExpressionError } from './tokens.ts';

const MOST_OPERATORS = 300;
const MOST_IN = 100;
const SCALARS: readonly AttributeType[] = ['S', 'N', 'B'];
const SIZED: readonly AttributeType[] = ['S', 'B', 'SS', 'NS', 'BS', 'M', 'L'];
const TYPE_NAMES = 'B,NULL,SS,BOOL,L,BS,N,NS,S,M';

export function checkCondition(condition: Condition): void {
  const operators = check(condition);
  if (operators > MOST_OPERATORS) {
    throw new ExpressionError(`The expression contains too many operators; operator count: ${operators}`);
  }
}

/** Gives the number of operators. */
function check(condition: Condition): number {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return 1 + check(condition.left) + check(condition.right);
    case 'not':
      return 1 + check(condition.of);
    case 'compare': {
      const { by, left, right } = condition;
      for (const operand of [left, right]) checkSize(operand);
      refuseSame(`operator: ${by}`, left, [right]);
      if (by !== '=' && by !== '<>') for (const operand of [left, right]) allow(`operator: ${by}`, operand, SCALARS);
      return 1;
    }
    case 'between':
      checkBetween(condition);
      return 1;
    case 'in':
      for (const operand of [condition.of, ...condition.list]) checkSize(operand);
      refuseSame('operator: IN', condition.of, condition.list);
      if (condition.list.length > MOST_IN) throw tooManyOperands(condition.list.length);
      return 1;
    case 'function':
      checkFunction(condition);
      return 1;
  }
}

function checkBetween({ of, low, high }: Extract<Condition, { kind: 'between' }>): void {
  for (const operand of [of, low, high]) {
    checkSize(operand);
    allow('operator: BETWEEN', operand, SCALARS);
  }
  if (low.kind !== 'value' || high.kind !== 'value') return;
  const order = compareValues(low.value, high.value);
  if (order !== undefined && order <= 0) return;
  const rule =
    order === undefined
      ? 'requires same data type for lower and upper bounds'
      : 'requires upper bound to be greater than or equal to lower bound';
  const shown = `lower bound operand: AttributeValue: ${show(low)}, upper bound operand: AttributeValue: ${show(high)}`;
  throw new ExpressionError(`The BETWEEN operator ${rule}; ${shown}`);
}

function checkFunction({ name, operands }: Extract<Condition, { kind: 'function' }>): void {
  for (const operand of operands) checkSize(operand);
  const [first, second] = operands as [Operand, Operand | undefined];
  const called = `operator or function: ${name}`;
  switch (name) {
    case 'attribute_exists':
    case 'attribute_not_exists':
      if (first.kind !== 'path') throw new ExpressionError(`Operator or function requires a document path; ${called}`);
      return;
    case 'attribute_type': {
      if (first.kind !== 'path') throw new ExpressionError(`Operator or function requires a document path; ${called}`);
      allow(called, second!, ['S']);
      const type = second!.kind === 'value' ? second!.value.S! : undefined;
      if (type !== undefined && !TYPES.includes(type as AttributeType)) {
        throw new ExpressionError(`Invalid attribute type name found; type: ${type}, valid types: {${TYPE_NAMES}}`);
      }
      return;
    }
    case 'begins_with':
      for (const operand of operands) allow(called, operand, ['S', 'B']);
      refuseSame(called, first, [second!]);
      return;
    case 'contains':
      if (first.kind === 'size') throw new ExpressionError(`Operator or function requires a document path; ${called}`);
      refuseSame(called, first, [second!]);
  }
}

function checkSize(operand: Operand): void {
  if (operand.kind === 'size') allow('operator or function: size', operand.of, SIZED);
}

function allow(who: string, operand: Operand, types: readonly AttributeType[]): void {
  if (operand.kind !== 'value' || types.includes(typeOf(operand.value))) return;
  const type = typeOf(operand.value);
  throw new ExpressionError(`Incorrect operand type for operator or function; ${who}, operand type: ${type}`);
}

function refuseSame(who: string, first: Operand, others: readonly Operand[]): void {
  if (first.kind !== 'path') return;
  const shown = showPath(first.path);
  if (!others.some((other) => other.kind === 'path' && showPath(other.path) === shown)) return;
  const rule = 'The first operand must be distinct from the remaining operands for this operator or function';
  throw new ExpressionError(`${rule}; ${who}, first operand: ${shown}`);
}

function show(operand: Extract<Operand, { kind: 'value' }>): string {
  const type = typeOf(operand.value);
  const value = operand.value[type];
  return `{${type}:${ArrayBuffer.isView(value) ? Buffer.from(value as Uint8Array).toString('base64') : String(value)}}`;
}

const tooManyOperands = (count: number) =>
  new ExpressionError(`The IN operator is provided with too many operands; number of operands: ${count}`);
