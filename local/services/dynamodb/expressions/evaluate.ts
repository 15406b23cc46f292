/** Conditions held against an item. Pure. */
import {
  type AttributeValue,
  areEqual,
  attributeOf,
  compareValues,
  type Item,
  latin,
  typeOf,
} from '../values/attribute-value.ts';
import type { Comparator, Condition, Operand, Path } from './syntax-tree.ts';

/** What stands at a path; undefined where nothing does. */
export function valueAt(item: Item, path: Path): AttributeValue | undefined {
  let value = attributeOf(item, path[0] as string);
  for (let index = 1; value !== undefined && index < path.length; index += 1) {
    const part = path[index]!;
    if (typeof part === 'number') value = value.L?.[part];
    else value = value.M && attributeOf(value.M, part);
  }
  return value;
}

/** Of a condition whose placeholders were looked up. */
export function isTrue(condition: Condition, item: Item): boolean {
  switch (condition.kind) {
    case 'and':
      return isTrue(condition.left, item) && isTrue(condition.right, item);
    case 'or':
      return isTrue(condition.left, item) || isTrue(condition.right, item);
    case 'not':
      return !isTrue(condition.of, item);
    case 'compare':
      return holds(condition.by, found(condition.left, item), found(condition.right, item));
    case 'between': {
      const value = found(condition.of, item);
      return holds('>=', value, found(condition.low, item)) && holds('<=', value, found(condition.high, item));
    }
    case 'in': {
      const value = found(condition.of, item);
      return condition.list.some((operand) => holds('=', value, found(operand, item)));
    }
    case 'function': {
      const [first, second] = condition.operands.map((operand) => found(operand, item));
      switch (condition.name) {
        case 'attribute_exists':
          return first !== undefined;
        case 'attribute_not_exists':
          return first === undefined;
        case 'attribute_type':
          return first !== undefined && typeOf(first) === second?.S;
        case 'begins_with':
          return first !== undefined && second !== undefined && beginsWith(first, second);
        case 'contains':
          return first !== undefined && second !== undefined && contains(first, second);
      }
    }
  }
}

function found(operand: Operand, item: Item): AttributeValue | undefined {
  switch (operand.kind) {
    case 'path':
      return valueAt(item, operand.path);
    case 'value':
      return operand.value;
    case 'size': {
      const value = found(operand.of, item);
      const size = value && lengthOf(value);
      return size === undefined ? undefined : { N: String(size) };
    }
    case 'placeholder':
      throw new TypeError(`the placeholder ${operand.name} was not looked up`);
  }
}

/** Of what has one: characters, bytes, members or entries. */
function lengthOf(value: AttributeValue): number | undefined {
  const sized = value.S ?? value.B ?? value.SS ?? value.NS ?? value.BS ?? value.L;
  if (sized) return sized.length;
  if (value.S === '') return 0;
  return value.M && Object.keys(value.M).length;
}

/** What is not there equals nothing, and so is unlike everything. */
function holds(by: Comparator, a: AttributeValue | undefined, b: AttributeValue | undefined): boolean {
  if (by === '=' || by === '<>') return (a !== undefined && b !== undefined && areEqual(a, b)) === (by === '=');
  const order = a && b && compareValues(a, b);
  if (order === undefined) return false;
  switch (by) {
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

function beginsWith(whole: AttributeValue, start: AttributeValue): boolean {
  if (whole.S !== undefined && start.S !== undefined) return whole.S.startsWith(start.S);
  if (!whole.B || !start.B) return false;
  return start.B.length <= whole.B.length && start.B.every((byte, index) => byte === whole.B![index]);
}

/** A part of a string or binary, a member of a set, or an entry of a list. */
function contains(whole: AttributeValue, part: AttributeValue): boolean {
  if (whole.L) return whole.L.some((entry) => areEqual(entry, part));
  if (part.S !== undefined) return whole.S?.includes(part.S) ?? whole.SS?.includes(part.S) ?? false;
  if (part.N !== undefined) return whole.NS?.includes(part.N) ?? false;
  if (!part.B) return false;
  if (whole.B) return Buffer.from(whole.B).includes(Buffer.from(part.B));
  return whole.BS?.some((bytes) => latin(bytes) === latin(part.B!)) ?? false;
}
