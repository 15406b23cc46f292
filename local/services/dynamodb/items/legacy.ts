/**
 * Parameters from before there were expressions, turned into what expressions are turned into.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.html
 */

import { invalidParameter, validationError } from '../errors.ts';
import { checkCondition } from '../expressions/operand-rules.ts';
import type { Comparator, Condition, Operand, Path, UpdateAction } from '../expressions/syntax-tree.ts';
import { ExpressionError } from '../expressions/tokens.ts';
import { type AttributeType, type AttributeValue, compareValues, typeOf } from '../values/attribute-value.ts';
import { normaliseValue } from '../values/normalise.ts';

export interface OldCondition {
  readonly ComparisonOperator?: string | undefined;
  readonly AttributeValueList?: readonly AttributeValue[] | undefined;
}

export interface Expected extends OldCondition {
  readonly Value?: AttributeValue | undefined;
  readonly Exists?: boolean | undefined;
}

export interface AttributeUpdate {
  readonly Value?: AttributeValue | undefined;
  readonly Action?: string | undefined;
}

const COMPARATORS: Readonly<Record<string, Comparator>> = { EQ: '=', NE: '<>', LT: '<', LE: '<=', GT: '>', GE: '>=' };
const SCALARS: readonly AttributeType[] = ['S', 'N', 'B'];
const WITH_ONE = ['EQ', 'NE', 'LE', 'LT', 'GE', 'GT', 'CONTAINS', 'NOT_CONTAINS', 'BEGINS_WITH'];

/** Of `Expected`. Throws ValidationException. */
export function expectedCondition(
  expected: Readonly<Record<string, Expected>> | undefined,
  operator: string | undefined,
): Condition | undefined {
  return joined(
    Object.entries(expected ?? {}).map(([name, one]) => expectation(name, one)),
    operator,
  );
}

/** Of `QueryFilter` and `ScanFilter`. Throws ValidationException. */
export function filterCondition(
  conditions: Readonly<Record<string, OldCondition>> | undefined,
  operator: string | undefined,
): Condition | undefined {
  return joined(
    Object.entries(conditions ?? {}).map(([name, one]) => conditionOf(name, one)),
    operator,
  );
}

function joined(conditions: readonly Condition[], operator: string | undefined): Condition | undefined {
  if (conditions.length === 0) return undefined;
  const kind = operator === 'OR' ? 'or' : 'and';
  const all = conditions.reduce((left, right) => ({ kind, left, right }));
  try {
    checkCondition(all);
  } catch (error) {
    if (error instanceof ExpressionError) throw validationError(error.message);
    throw error;
  }
  return all;
}

function expectation(name: string, { Value, Exists, ComparisonOperator, AttributeValueList }: Expected): Condition {
  if (Value && AttributeValueList) {
    throw invalidParameter(`Value and AttributeValueList cannot be used together for Attribute: ${name}`);
  }
  if (ComparisonOperator !== undefined) {
    if (Exists !== undefined) {
      throw invalidParameter(`Exists and ComparisonOperator cannot be used together for Attribute: ${name}`);
    }
    return conditionOf(name, { ComparisonOperator, AttributeValueList: AttributeValueList ?? (Value && [Value]) });
  }
  if (AttributeValueList) {
    throw invalidParameter(`AttributeValueList can only be used with a ComparisonOperator for Attribute: ${name}`);
  }
  if (Exists !== false && !Value) {
    throw invalidParameter(`Value must be provided when Exists is ${Exists ?? 'null'} for Attribute: ${name}`);
  }
  if (Exists === false && Value)
    throw invalidParameter(`Value cannot be used when Exists is false for Attribute: ${name}`);
  return Value
    ? conditionOf(name, { ComparisonOperator: 'EQ', AttributeValueList: [Value] })
    : conditionOf(name, { ComparisonOperator: 'NULL' });
}

/** One of the old conditions. Throws ValidationException. */
export function conditionOf(
  name: string,
  { ComparisonOperator: operator = '', AttributeValueList }: OldCondition,
): Condition {
  const values = (AttributeValueList ?? []).map((value) => normaliseValue(value));
  checkArguments(operator, values);
  const path: Operand = { kind: 'path', path: [name] };
  const operands = values.map((value): Operand => ({ kind: 'value', value }));
  const [first, second] = operands;
  const call = (called: Extract<Condition, { kind: 'function' }>['name'], ...rest: Operand[]): Condition => ({
    kind: 'function',
    name: called,
    operands: [path, ...rest],
  });
  switch (operator) {
    case 'NULL':
      return call('attribute_not_exists');
    case 'NOT_NULL':
      return call('attribute_exists');
    case 'CONTAINS':
      return call('contains', first!);
    case 'NOT_CONTAINS':
      return {
        kind: 'and',
        left: call('attribute_exists'),
        right: { kind: 'not', of: call('contains', first!) },
      };
    case 'BEGINS_WITH':
      return call('begins_with', first!);
    case 'IN':
      return { kind: 'in', of: path, list: operands };
    case 'BETWEEN':
      return { kind: 'between', of: path, low: first!, high: second! };
    default:
      return { kind: 'compare', by: COMPARATORS[operator]!, left: path, right: first! };
  }
}

function checkArguments(operator: string, values: readonly AttributeValue[]): void {
  const fits =
    operator === 'IN'
      ? values.length > 0
      : values.length === (WITH_ONE.includes(operator) ? 1 : operator === 'BETWEEN' ? 2 : 0);
  if (!fits) throw invalidParameter(`Invalid number of argument(s) for the ${operator} ComparisonOperator`);
  const types = values.map(typeOf);
  if (types.some((type) => type !== types[0])) {
    throw invalidParameter('AttributeValues inside AttributeValueList must be of same type');
  }
  const allowed =
    operator === 'BEGINS_WITH' ? ['S', 'B'] : operator === 'EQ' || operator === 'NE' ? undefined : SCALARS;
  const type = types[0];
  if (type !== undefined && allowed && !allowed.includes(type)) {
    throw invalidParameter(`ComparisonOperator ${operator} is not valid for ${type} AttributeValue type`);
  }
  if (operator === 'BETWEEN' && compareValues(values[0]!, values[1]!)! > 0) {
    throw validationError(
      'The BETWEEN condition was provided a range where the lower bound is greater than the upper bound',
    );
  }
}

/** Of `AttributeUpdates`. Throws ValidationException. */
export function updateActions(updates: Readonly<Record<string, AttributeUpdate>>): readonly UpdateAction[] {
  return Object.entries(updates).map(([name, { Value, Action = 'PUT' }]): UpdateAction => {
    const path: Path = [name];
    if (!Value) {
      if (Action === 'DELETE') return { kind: 'remove', path };
      throw invalidParameter('Only DELETE action is allowed when no attribute value is specified');
    }
    const value: Operand = { kind: 'value', value: normaliseValue(Value) };
    const type = typeOf(Value);
    if (Action === 'PUT') return { kind: 'set', path, to: value };
    if (Action === 'DELETE') {
      if (['SS', 'NS', 'BS'].includes(type)) return { kind: 'delete', path, value };
      throw invalidParameter(`DELETE action with value is not supported for the type ${type}`);
    }
    if (['L', 'SS', 'NS', 'BS', 'N'].includes(type)) return { kind: 'add', path, value };
    throw invalidParameter(`ADD action is not supported for the type ${type}`);
  });
}

/** Of `AttributesToGet`. Throws ValidationException. */
export function pathsToGet(names: readonly string[] | undefined): readonly Path[] | undefined {
  if (!names) return undefined;
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw invalidParameter(`Duplicate value in attribute name: ${twice}`);
  return names.map((name) => [name]);
}
