/** Which part of a partition a query wants. Messages are DynamoDB's. */
import { validationError } from '../errors.ts';
import type { AttributeValue } from '../values/attribute-value.ts';
import type { Comparator, Condition, Operand } from './syntax-tree.ts';

export type KeyTest =
  | { readonly kind: 'compare'; readonly by: Exclude<Comparator, '<>'>; readonly value: AttributeValue }
  | { readonly kind: 'between'; readonly low: AttributeValue; readonly high: AttributeValue }
  | { readonly kind: 'begins_with'; readonly value: AttributeValue };

const TURNED: Readonly<Record<string, Exclude<Comparator, '<>'>>> = {
  '=': '=',
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
};

/** One test for each attribute. Throws ValidationException for what is more than a key condition. */
export function keyTests(condition: Condition): Map<string, KeyTest> {
  const tests = new Map<string, KeyTest>();
  collect(condition, tests);
  return tests;
}

function collect(condition: Condition, tests: Map<string, KeyTest>): void {
  if (condition.kind === 'and') {
    collect(condition.left, tests);
    collect(condition.right, tests);
    return;
  }
  const [name, test] = testOf(condition);
  if (tests.has(name)) throw validationError('KeyConditionExpressions must only contain one condition per key');
  tests.set(name, test);
}

function testOf(condition: Exclude<Condition, { kind: 'and' }>): [string, KeyTest] {
  switch (condition.kind) {
    case 'compare': {
      const { by, left, right } = condition;
      if (by === '<>') throw invalidOperator('<>');
      if (left.kind === 'path' && right.kind === 'path') {
        throw invalid('Multiple attribute names used in one condition');
      }
      if (right.kind === 'path') return [nameOf(right), { kind: 'compare', by: TURNED[by]!, value: literal(left) }];
      return [nameOf(left), { kind: 'compare', by, value: literal(right) }];
    }
    case 'between': {
      const { of, low, high } = condition;
      if (of.kind !== 'path') throw invalid('BETWEEN operator must have the key attribute as its first operand');
      return [nameOf(of), { kind: 'between', low: literal(low), high: literal(high) }];
    }
    case 'function': {
      if (condition.name !== 'begins_with') throw invalidOperator(condition.name);
      const [of, start] = condition.operands as [Operand, Operand];
      if (of.kind !== 'path') throw invalid('begins_with operator must have the key attribute as its first operand');
      return [nameOf(of), { kind: 'begins_with', value: literal(start) }];
    }
    default:
      throw invalidOperator(condition.kind.toUpperCase());
  }
}

function nameOf(operand: Operand): string {
  if (operand.kind === 'size') throw validationError('KeyConditionExpressions cannot contain nested operations');
  if (operand.kind !== 'path') throw invalid('No key attribute specified');
  if (operand.path.length > 1) {
    throw validationError('KeyConditionExpressions cannot have conditions on nested attributes');
  }
  return operand.path[0] as string;
}

function literal(operand: Operand): AttributeValue {
  if (operand.kind === 'value') return operand.value;
  if (operand.kind === 'size') throw validationError('KeyConditionExpressions cannot contain nested operations');
  throw invalid('Multiple attribute names used in one condition');
}

const invalidOperator = (operator: string) =>
  validationError(`Invalid operator used in KeyConditionExpression: ${operator}`);

const invalid = (message: string) => validationError(`Invalid condition in KeyConditionExpression: ${message}`);
