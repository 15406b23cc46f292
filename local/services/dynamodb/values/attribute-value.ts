/** Values as the API has them, and what DynamoDB knows of each: its type, its size, whether it equals another. */
import { compareDecimals, parseDecimal } from './decimal.ts';

/** Exactly one member; `normalise.ts` sees to that. */
export interface AttributeValue {
  S?: string;
  /** In normal form, once it has passed `normalise.ts`. */
  N?: string;
  B?: Uint8Array;
  SS?: string[];
  NS?: string[];
  BS?: Uint8Array[];
  M?: Record<string, AttributeValue>;
  L?: AttributeValue[];
  NULL?: boolean;
  BOOL?: boolean;
}

export type Item = Record<string, AttributeValue>;

export const TYPES = ['S', 'N', 'B', 'SS', 'NS', 'BS', 'M', 'L', 'NULL', 'BOOL'] as const;
export type AttributeType = (typeof TYPES)[number];
export type KeyType = 'S' | 'N' | 'B';

export function typeOf(value: AttributeValue): AttributeType {
  for (const type in value) return type as AttributeType;
  throw new TypeError('an attribute value without a type got past the door');
}

/** Attribute names are anybody's, `constructor` too. */
export function attributeOf(item: Item, name: string): AttributeValue | undefined {
  return Object.hasOwn(item, name) ? item[name] : undefined;
}

/** Also of the name `__proto__`, which would otherwise change the object and not its content. */
export function setAttribute(item: Item, name: string, value: AttributeValue): void {
  if (name === '__proto__') {
    Object.defineProperty(item, name, { value, enumerable: true, configurable: true, writable: true });
  } else item[name] = value;
}

/** Of items that nobody can change any more. */
const knownSizes = new WeakMap<Item, number>();

/** In bytes. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html */
export function sizeOfItem(item: Item): number {
  if (!Object.isFrozen(item)) return countBytes(item);
  let size = knownSizes.get(item);
  if (size === undefined) {
    size = countBytes(item);
    knownSizes.set(item, size);
  }
  return size;
}

function countBytes(item: Item): number {
  let size = 0;
  for (const name of Object.keys(item)) size += Buffer.byteLength(name) + sizeOfValue(item[name]!);
  return size;
}

/** Lists and maps cost 3 bytes, and each of their entries one. */
export function sizeOfValue(value: AttributeValue): number {
  switch (typeOf(value)) {
    case 'S':
      return Buffer.byteLength(value.S!);
    case 'N':
      return sizeOfNumber(value.N!);
    case 'B':
      return value.B!.length;
    case 'SS':
      return value.SS!.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
    case 'NS':
      return value.NS!.reduce((sum, text) => sum + sizeOfNumber(text), 0);
    case 'BS':
      return value.BS!.reduce((sum, bytes) => sum + bytes.length, 0);
    case 'M': {
      const names = Object.keys(value.M!);
      return names.reduce((sum, name) => sum + 1 + Buffer.byteLength(name) + sizeOfValue(value.M![name]!), 3);
    }
    case 'L':
      return value.L!.reduce((sum, entry) => sum + 1 + sizeOfValue(entry), 3);
    case 'NULL':
    case 'BOOL':
      return 1;
  }
}

/** A byte for two digits, one more, and one for the sign of a negative. */
function sizeOfNumber(text: string): number {
  const { sign, digits, exponent } = parseDecimal(text);
  if (sign === 0) return 1;
  // Digits are kept in pairs that begin at the decimal point.
  const shifted = digits.length + (Math.abs(exponent) % 2);
  return Math.ceil(shifted / 2) + 1 + (sign < 0 ? 1 : 0);
}

/** Sets are equal whatever the order they were sent in. */
export function areEqual(a: AttributeValue, b: AttributeValue): boolean {
  const type = typeOf(a);
  if (type !== typeOf(b)) return false;
  switch (type) {
    case 'S':
      return a.S === b.S;
    case 'N':
      return a.N === b.N || compareDecimals(parseDecimal(a.N!), parseDecimal(b.N!)) === 0;
    case 'B':
      return compareBytes(a.B!, b.B!) === 0;
    case 'SS':
      return sameSet(a.SS!, b.SS!);
    case 'NS':
      return sameSet(a.NS!, b.NS!);
    case 'BS':
      return sameSet(a.BS!.map(latin), b.BS!.map(latin));
    case 'M': {
      const names = Object.keys(a.M!);
      if (names.length !== Object.keys(b.M!).length) return false;
      return names.every((name) => {
        const other = attributeOf(b.M!, name);
        return other !== undefined && areEqual(a.M![name]!, other);
      });
    }
    case 'L':
      return a.L!.length === b.L!.length && a.L!.every((entry, index) => areEqual(entry, b.L![index]!));
    case 'NULL':
      return true;
    case 'BOOL':
      return a.BOOL === b.BOOL;
  }
}

/** Negative, zero or positive for two strings, numbers or binaries; undefined for anything else. */
export function compareValues(a: AttributeValue, b: AttributeValue): number | undefined {
  if (a.S !== undefined && b.S !== undefined) return compareBytes(Buffer.from(a.S), Buffer.from(b.S));
  if (a.N !== undefined && b.N !== undefined) return compareDecimals(parseDecimal(a.N), parseDecimal(b.N));
  if (a.B !== undefined && b.B !== undefined) return compareBytes(a.B, b.B);
  return undefined;
}

export const compareBytes = (a: Uint8Array, b: Uint8Array): number => Buffer.compare(a, b);

export const latin = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

function sameSet(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  const members = new Set(a);
  return b.every((member) => members.has(member));
}
