/**
 * Where an item stands: bytes whose order is that of the sort key within a partition, and of a hash of the partition key
 * across partitions, so that a query is a range of them and a segment of a parallel scan is one too.
 */
import { crc32 } from 'node:zlib';
import { invalidParameter, validationError } from '../errors.ts';
import { pathsOfCondition } from '../expressions/paths-of.ts';
import type { Condition, Path } from '../expressions/syntax-tree.ts';
import { attributesOf, type Index, type KeyAttribute, type KeySchema, type Table } from '../tables/table.ts';
import { type AttributeValue, attributeOf, type Item, typeOf } from '../values/attribute-value.ts';
import { orderedBytes, parseDecimal } from '../values/decimal.ts';

const MOST_HASH_BYTES = 2048;
const MOST_RANGE_BYTES = 1024;
const END = Buffer.from([0, 0]);

/** The bytes of one attribute, which say themselves where they end. */
export function partOf({ type }: KeyAttribute, value: AttributeValue): Buffer {
  if (type === 'N') return orderedBytes(parseDecimal(value.N!));
  return Buffer.concat([startOf(type, value), END]);
}

/** Of a string or binary without its end: where everything stands that begins with it. */
export function startOf(type: 'S' | 'B', value: AttributeValue): Buffer {
  const bytes = type === 'S' ? Buffer.from(value.S!) : Buffer.from(value.B!);
  if (!bytes.includes(0)) return bytes;
  // 0 255 sorts behind the end, 0 0, and before everything else.
  return Buffer.from([...bytes].flatMap((byte) => (byte === 0 ? [0, 255] : [byte])));
}

/** Where a partition begins. */
export function partitionOf(keys: KeySchema, item: Item): Buffer {
  const parts = keys.hash.map((attribute) => partOf(attribute, item[attribute.name]!));
  const bytes = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
  const place = Buffer.allocUnsafe(4 + bytes.length);
  place.writeUInt32BE(spread(crc32(bytes)));
  place.set(bytes, 4);
  return place;
}

/** Neighbours in one sense are none in any other. */
function spread(hash: number): number {
  let mixed = hash;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

export function primaryKey({ keys }: Pick<Table, 'keys'>, item: Item): Buffer {
  const parts = [partitionOf(keys, item)];
  for (const attribute of keys.range) parts.push(partOf(attribute, item[attribute.name]!));
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
}

/**
 * An item's place in an index: its own key there, then its primary key; undefined where it is not in the index, for it
 * lacks an attribute of the key or had one of another type before there was the index.
 */
export function indexKey(table: Pick<Table, 'keys'>, { keys }: Pick<Index, 'keys'>, item: Item): Buffer | undefined {
  for (const attribute of keys.hash) if (!hasKeyOf(attribute, item)) return undefined;
  for (const attribute of keys.range) if (!hasKeyOf(attribute, item)) return undefined;
  const range = keys.range.map((attribute) => partOf(attribute, item[attribute.name]!));
  return Buffer.concat([partitionOf(keys, item), ...range, primaryKey(table, item)]);
}

function hasKeyOf({ name, type }: KeyAttribute, item: Item): boolean {
  const value = attributeOf(item, name)?.[type];
  return value !== undefined && value.length > 0;
}

/** The first bytes behind everything that begins with these. */
export function after(prefix: Buffer): Buffer {
  let end = prefix.length;
  while (end > 0 && prefix[end - 1] === 255) end -= 1;
  if (end === 0) return Buffer.alloc(8, 255);
  const next = Buffer.from(prefix.subarray(0, end));
  next[end - 1]! += 1;
  return next;
}

/** Of a whole item that is to be stored. Throws ValidationException. */
export function checkKeysOfItem(table: Table, item: Item): void {
  for (const attribute of attributesOf(table.keys)) {
    const value = attributeOf(item, attribute.name);
    if (value === undefined) throw invalidParameter(`Missing the key ${attribute.name} in the item`);
    checkType(attribute, value);
  }
  checkSizes(table.keys, item);
  checkIndexValues(table, item);
  checkIndexKeys(table, item);
}

/** That an item's keys in indexes are not too long. Throws ValidationException. */
export function checkIndexKeys(table: Table, item: Item): void {
  for (const index of table.indexes) {
    if (indexKey(table, index, item) !== undefined) checkSizes(index.keys, item);
  }
}

const indexMismatch = ({ name, type }: KeyAttribute, index: string, actual: string): Error =>
  invalidParameter(`Type mismatch for Index Key ${name} Expected: ${type} Actual: ${actual} IndexName: ${index}`);

/**
 * Of what an index makes its keys of, where it is there. Throws ValidationException.
 * @param mismatch what is said of a value of another type
 */
export function checkIndexValues(table: Table, item: Item, mismatch = indexMismatch): void {
  for (const index of table.indexes) {
    for (const attribute of attributesOf(index.keys)) {
      const { name, type } = attribute;
      const value = attributeOf(item, name);
      if (value === undefined) continue;
      if (typeOf(value) !== type) throw mismatch(attribute, index.name, typeOf(value));
      if (value.S === '' || value.B?.length === 0) {
        const kind = value.S === '' ? 'string' : 'binary';
        throw validationError(
          `One or more parameter values are not valid. A value specified for a secondary index key is not supported. The AttributeValue for a key attribute cannot contain an empty ${kind} value. IndexName: ${index.name}, IndexKey: ${name}`,
        );
      }
    }
  }
}

/** Those that lead below an attribute. */
export function deepPaths(paths: readonly Path[], condition: Condition | undefined): readonly Path[] {
  const all = condition ? [...paths, ...pathsOfCondition(condition)] : paths;
  return all.filter((path) => path.length > 1);
}

/** Keys of tables and of indexes have nothing below them, and nobody may ask for it. Throws ValidationException. */
export function refuseBelowKeys(table: Table, deep: readonly Path[]): void {
  for (const [name] of deep) {
    const kind = isKeyOf(table, name)
      ? 'Key'
      : table.indexes.some((index) => isKeyOf(index, name))
        ? 'IndexKey'
        : undefined;
    if (kind === undefined) continue;
    throw validationError(
      `Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: ${kind}: ${name}`,
    );
  }
}

const isKeyOf = ({ keys }: Pick<Table, 'keys'>, name: unknown): boolean =>
  attributesOf(keys).some((attribute) => attribute.name === name);

const keyMismatch = () => validationError('The provided key element does not match the schema');

/** Of a key alone. Throws ValidationException. */
export function checkKey(table: Pick<Table, 'keys'>, key: Item): void {
  if (Object.keys(key).length !== attributesOf(table.keys).length) throw keyMismatch();
  checkKeyOf(table, key);
  for (const attribute of attributesOf(table.keys)) checkType(attribute, key[attribute.name]!);
  checkSizes(table.keys, key);
}

/** That an item has one, in the words of what speaks of keys alone. Throws ValidationException. */
export function checkKeyOf({ keys }: Pick<Table, 'keys'>, item: Item): void {
  for (const { name, type } of attributesOf(keys)) {
    const value = attributeOf(item, name);
    if (value === undefined || typeOf(value) !== type) throw keyMismatch();
  }
}

function checkType({ name, type }: KeyAttribute, value: AttributeValue): void {
  if (typeOf(value) !== type) {
    throw invalidParameter(`Type mismatch for key ${name} expected: ${type} actual: ${typeOf(value)}`);
  }
  if (value.S !== '' && value.B?.length !== 0) return;
  const kind = type === 'S' ? 'string' : 'binary';
  throw validationError(
    `One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty ${kind} value. Key: ${name}`,
  );
}

function checkSizes({ hash, range }: KeySchema, item: Item): void {
  if (bytesOf(hash, item) > MOST_HASH_BYTES) {
    throw invalidParameter(`Size of hashkey has exceeded the maximum size limit of${MOST_HASH_BYTES} bytes`);
  }
  if (bytesOf(range, item) > MOST_RANGE_BYTES) {
    throw invalidParameter(
      `Aggregated size of all range keys has exceeded the size limit of ${MOST_RANGE_BYTES} bytes`,
    );
  }
}

function bytesOf(attributes: readonly KeyAttribute[], item: Item): number {
  let sum = 0;
  for (const { name, type } of attributes) {
    const value = item[name]!;
    if (type === 'S') sum += Buffer.byteLength(value.S!);
    else if (type === 'B') sum += value.B!.length;
  }
  return sum;
}
