/** What comes in is checked and brought into the one form it is kept in. Messages are DynamoDB's. */
import { invalidParameter, validationError } from '../errors.ts';
import { type AttributeType, type AttributeValue, type Item, latin, setAttribute, TYPES } from './attribute-value.ts';
import { normaliseNumber } from './decimal.ts';

const DEEPEST = 32;

/** Throws ValidationException. */
export function normaliseItem(item: Item): Item {
  const result: Item = {};
  for (const name of Object.keys(item)) {
    if (name === '')
      throw validationError('One or more parameter values were invalid: Attribute name may not be empty');
    setAttribute(result, name, normaliseValue(item[name]!));
  }
  return result;
}

/** Throws ValidationException. */
export function normaliseValue(value: AttributeValue, depth = 0): AttributeValue {
  const type = onlyType(value);
  switch (type) {
    case 'N':
      return { N: normaliseNumber(value.N!) };
    case 'NULL':
      if (value.NULL !== true) throw invalidParameter('Null attribute value types must have the value of true');
      return value;
    case 'SS': {
      if (value.SS!.length === 0) throw invalidParameter('An string set  may not be empty');
      if (new Set(value.SS).size < value.SS!.length) throw duplicates(`[${value.SS!.join(', ')}]`);
      return value;
    }
    case 'NS': {
      if (value.NS!.length === 0) throw invalidParameter('An number set  may not be empty');
      const numbers = value.NS!.map(normaliseNumber);
      if (new Set(numbers).size < numbers.length) throw validationError('Input collection contains duplicates');
      return { NS: numbers };
    }
    case 'BS': {
      if (value.BS!.length === 0) throw invalidParameter('Binary sets should not be empty');
      if (new Set(value.BS!.map(latin)).size < value.BS!.length) {
        const shown = value.BS!.map((bytes) => Buffer.from(bytes).toString('base64'));
        throw invalidParameter(`Input collection [${shown.join(', ')}]of type BS contains duplicates.`);
      }
      return value;
    }
    case 'M': {
      checkDepth(depth);
      const result: Item = {};
      for (const name of Object.keys(value.M!)) {
        if (name === '') throw validationError('One or more parameter values were invalid: Map key may not be empty');
        setAttribute(result, name, normaliseValue(value.M![name]!, depth + 1));
      }
      return { M: result };
    }
    case 'L':
      checkDepth(depth);
      return { L: value.L!.map((entry) => normaliseValue(entry, depth + 1)) };
    default:
      return value;
  }
}

/** How deep it goes: 0 for scalars and sets. What updates put together is measured again. */
export function depthOf(value: AttributeValue): number {
  const entries = value.M ? Object.values(value.M) : value.L;
  return entries ? 1 + Math.max(0, ...entries.map(depthOf)) : 0;
}

export function checkItemDepth(item: Item): void {
  for (const value of Object.values(item)) if (depthOf(value) > DEEPEST) throw tooDeep();
}

function checkDepth(depth: number): void {
  if (depth >= DEEPEST) throw tooDeep();
}

const tooDeep = () => validationError('Nesting Levels have exceeded supported limits');

const duplicates = (shown: string) => invalidParameter(`Input collection ${shown} contains duplicates.`);

function onlyType(value: AttributeValue): AttributeType {
  let only: AttributeType | undefined;
  for (const type in value) {
    if (value[type as AttributeType] === undefined || !TYPES.includes(type as AttributeType)) continue;
    if (only !== undefined) {
      throw validationError(
        'Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes',
      );
    }
    only = type as AttributeType;
  }
  if (only !== undefined) return only;
  throw validationError('Supplied AttributeValue is empty, must contain exactly one of the supported datatypes');
}
