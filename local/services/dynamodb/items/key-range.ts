/** A query's part of a table or index, as a range of keys. Pure. */
import { invalidParameter, validationError } from '../errors.ts';
import type { KeyTest } from '../expressions/key-conditions.ts';
import type { KeyAttribute, KeySchema } from '../tables/table.ts';
import { type AttributeValue, type Item, typeOf } from '../values/attribute-value.ts';
import { after, partitionOf, partOf, startOf } from './keys.ts';

export interface Range {
  readonly from: Buffer;
  readonly to: Buffer;
}

/** Throws ValidationException where the tests are not those of a query on these keys. */
export function rangeOf(keys: KeySchema, tests: ReadonlyMap<string, KeyTest>): Range {
  const { hash, range } = keys;
  checkNames(keys, tests);
  const partition: Item = {};
  for (const attribute of hash) {
    const test = tests.get(attribute.name)!;
    if (test.kind !== 'compare' || test.by !== '=') throw validationError('Query key condition not supported');
    partition[attribute.name] = checked(attribute, test.value);
  }
  let prefix: Buffer = partitionOf(keys, partition);
  for (const [index, attribute] of range.entries()) {
    const test = tests.get(attribute.name);
    if (!test) return { from: prefix, to: after(prefix) };
    if (test.kind !== 'compare' || test.by !== '=') {
      const further = range.slice(index + 1).find(({ name }) => tests.has(name));
      if (further) throw validationError('Query key condition not supported');
      return boundsOf(prefix, attribute, test);
    }
    prefix = Buffer.concat([prefix, partOf(attribute, checked(attribute, test.value))]);
  }
  return { from: prefix, to: after(prefix) };
}

/** Every attribute of the partition key is asked for, those of the sort key from the left, and nothing else. */
function checkNames({ hash, range }: KeySchema, tests: ReadonlyMap<string, KeyTest>): void {
  const missed = (name: string) => validationError(`Query condition missed key schema element: ${name}`);
  for (const { name } of hash) if (!tests.has(name)) throw missed(name);
  const asked = range.filter(({ name }) => tests.has(name)).length;
  const gap = range.slice(0, asked).find(({ name }) => !tests.has(name));
  if (gap) throw missed(gap.name);
  if (tests.size === hash.length + asked) return;
  const next = range[asked];
  throw next ? missed(next.name) : validationError('Query key condition not supported');
}

function checked(attribute: KeyAttribute, value: AttributeValue): AttributeValue {
  if (typeOf(value) !== attribute.type) {
    throw invalidParameter('Condition parameter type does not match schema type');
  }
  if (value.S !== '' && value.B?.length !== 0) return value;
  const kind = value.S === '' ? 'string' : 'binary';
  throw validationError(
    `One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty ${kind} value. Key: ${attribute.name}`,
  );
}

function boundsOf(prefix: Buffer, attribute: KeyAttribute, test: KeyTest): Range {
  const at = (value: AttributeValue) => Buffer.concat([prefix, partOf(attribute, checked(attribute, value))]);
  switch (test.kind) {
    case 'between':
      return { from: at(test.low), to: after(at(test.high)) };
    case 'begins_with': {
      const { type } = attribute;
      if (type === 'N') {
        throw invalidParameter(`ComparisonOperator BEGINS_WITH is not valid for N AttributeValue type`);
      }
      const start = Buffer.concat([prefix, startOf(type, checked(attribute, test.value))]);
      return { from: start, to: after(start) };
    }
    case 'compare':
      switch (test.by) {
        case '<':
          return { from: prefix, to: at(test.value) };
        case '<=':
          return { from: prefix, to: after(at(test.value)) };
        case '>':
          return { from: after(at(test.value)), to: after(prefix) };
        case '>=':
          return { from: at(test.value), to: after(prefix) };
        case '=':
          return { from: at(test.value), to: after(at(test.value)) };
      }
  }
}
