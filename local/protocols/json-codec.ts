/** Typed values ⇄ what JSON can say, by the rules of AWS's JSON protocols; each shape is compiled when it is first met. */
import { NumericValue } from '@smithy/core/serde';
import { WideNumber } from './json-text.ts';
import type { ListShape, MapShape, Member, Shape, StructureShape, TimestampFormat } from './shape.ts';
import { decodeTimestamp, encodeTimestamp, fromSeconds } from './timestamp.ts';
import { serializationError } from './wire-error.ts';

export interface JsonSettings {
  /** rest-json renames members by their `jsonName`; the RPC protocols do not. */
  readonly jsonName: boolean;
}

type Fields = Record<string, unknown>;

/** Newer than TypeScript's library: a text that `JSON.stringify` takes over as it is. */
const { rawJSON: rawJson } = JSON as unknown as { rawJSON(text: string): unknown };

type Decode = (value: unknown) => unknown;
type Encode = (value: unknown) => unknown;

/** What was compiled of shapes, and of some members of them, by whether members are renamed. */
type Compiled<T> = { readonly renamed: WeakMap<object, T>; readonly plain: WeakMap<object, T> };

const decoders: Compiled<Decode> = { renamed: new WeakMap(), plain: new WeakMap() };
const encoders: Compiled<Encode> = { renamed: new WeakMap(), plain: new WeakMap() };

function compiled<T>(known: Compiled<T>, of: object, { jsonName }: JsonSettings, make: () => T): T {
  const made = jsonName ? known.renamed : known.plain;
  let found = made.get(of);
  if (found === undefined) {
    found = make();
    made.set(of, found);
  }
  return found;
}

/**
 * Throws SerializationException for values of another type than the model's. Unknown members are dropped, as on AWS.
 * @param value of `parseJson`
 */
export function decodeJson(shape: Shape, value: unknown, settings: JsonSettings): unknown {
  return decoderOf(shape, settings)(value);
}

/** Some members of a structure: rest-json takes the others from elsewhere. The same list each time: it is compiled once. */
export function decodeMembers(
  shape: StructureShape,
  members: readonly Member[],
  value: unknown,
  settings: JsonSettings,
): Fields {
  const decode = compiled(decoders, members, settings, () => structureDecoder(shape, () => members, settings));
  return decode(value) as Fields;
}

function decoderOf(shape: Shape, settings: JsonSettings): Decode {
  return compiled(decoders, shape, settings, () => decoderFor(shape, settings));
}

function decoderFor(shape: Shape, settings: JsonSettings): Decode {
  switch (shape.kind) {
    case 'structure':
      return structureDecoder(shape, () => shape.members, settings);
    case 'list':
      return listDecoder(shape, settings);
    case 'map':
      return mapDecoder(shape, settings);
    case 'string':
      return decodeString;
    case 'boolean':
      return decodeBoolean;
    case 'number':
      return decodeNumber;
    case 'big-integer':
      return decodeBigInteger;
    case 'big-decimal':
      return decodeBigDecimal;
    case 'blob':
      return decodeBlob;
    case 'timestamp':
      return timestampDecoder(shape.format ?? 'epoch-seconds');
    case 'document':
      return plain;
  }
}

/** DynamoDB's is older than unions are: the service reads all members, and has words of its own for more than one. */
const JUDGED_BY_SERVICE: ReadonlySet<string> = new Set(['AttributeValue']);

/** By what the value has: of dozens of members most are absent. */
function structureDecoder(
  { name, union }: StructureShape,
  membersOf: () => readonly Member[],
  settings: JsonSettings,
): Decode {
  /** Made when it is first used: shapes contain themselves. */
  let members: Map<string, { readonly name: string; readonly decode: Decode }> | undefined;
  return (value) => {
    if (!isObject(value)) throw unexpected(value, 'a structure');
    members ??= new Map(
      membersOf().map((member) => [
        jsonNameOf(member, settings),
        { name: member.name, decode: decoderOf(member.shape, settings) },
      ]),
    );
    const decoded: Fields = {};
    let count = 0;
    // What JSON.parse has made has no other properties than its own.
    for (const key in value) {
      const member = members.get(key);
      const item = member && value[key];
      if (item === undefined || item === null) continue;
      decoded[member!.name] = member!.decode(item);
      count += 1;
    }
    if (union && count > 1 && !JUDGED_BY_SERVICE.has(name))
      throw serializationError(`Unexpected field name: ${name} takes exactly one member`);
    return decoded;
  };
}

function listDecoder({ member, traits }: ListShape, settings: JsonSettings): Decode {
  const decode = decoderOf(member.shape, settings);
  return (value) => {
    if (!Array.isArray(value)) throw unexpected(value, 'a list');
    const decoded: unknown[] = [];
    for (const item of value) {
      if (item !== null) decoded.push(decode(item));
      else if (traits.sparse) decoded.push(null);
    }
    return decoded;
  };
}

function mapDecoder({ value: member, traits }: MapShape, settings: JsonSettings): Decode {
  const decode = decoderOf(member.shape, settings);
  return (value) => {
    if (!isObject(value)) throw unexpected(value, 'a map');
    const decoded: Fields = {};
    for (const key in value) {
      const item = value[key];
      if (item !== null) set(decoded, key, decode(item));
      else if (traits.sparse) set(decoded, key, null);
    }
    return decoded;
  };
}

function decodeString(value: unknown): string {
  if (typeof value !== 'string') throw unexpected(value, 'String');
  return value;
}

function decodeBoolean(value: unknown): boolean {
  if (typeof value !== 'boolean') throw unexpected(value, 'Boolean');
  return value;
}

function decodeBigDecimal(value: unknown): NumericValue {
  if (typeof value !== 'number' && !(value instanceof WideNumber)) throw unexpected(value, 'BigDecimal');
  return new NumericValue(value instanceof WideNumber ? value.source : String(value), 'bigDecimal');
}

function timestampDecoder(format: TimestampFormat): Decode {
  return (value) => {
    if (value instanceof WideNumber) return fromSeconds(Number(value.source));
    if (typeof value === 'number') return fromSeconds(value);
    if (typeof value === 'string') return decodeTimestamp(value, format);
    throw unexpected(value, 'Timestamp');
  };
}

function decodeNumber(value: unknown): number {
  if (typeof value === 'number') return value;
  if (value instanceof WideNumber) return Number(value.source);
  if (value === 'NaN' || value === 'Infinity' || value === '-Infinity') return Number(value);
  throw unexpected(value, 'Number');
}

function decodeBigInteger(value: unknown): bigint {
  const source = value instanceof WideNumber ? value.source : typeof value === 'number' ? String(value) : '';
  if (!/^-?\d+$/.test(source)) throw unexpected(value, 'BigInteger');
  return BigInt(source);
}

function decodeBlob(value: unknown): Uint8Array {
  if (typeof value !== 'string') throw unexpected(value, 'Blob');
  if (!isBase64(value))
    throw serializationError('Unable to decode base64: the value has characters that are not base64');
  return new Uint8Array(Buffer.from(value, 'base64'));
}

export function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
}

/** The inverse. Throws TypeError when a service answers something its model does not know: that is our own mistake. */
export function encodeJson(shape: Shape, value: unknown, settings: JsonSettings): unknown {
  return encoderOf(shape, settings)(value);
}

/** Some members of a structure: rest-json sends the others as headers. The same list each time: it is compiled once. */
export function encodeStructure(
  shape: StructureShape,
  members: readonly Member[],
  value: Fields,
  settings: JsonSettings,
): Fields {
  const encode = compiled(encoders, members, settings, () => structureEncoder(shape, () => members, settings));
  return encode(value) as Fields;
}

function encoderOf(shape: Shape, settings: JsonSettings): Encode {
  return compiled(encoders, shape, settings, () => encoderFor(shape, settings));
}

function encoderFor(shape: Shape, settings: JsonSettings): Encode {
  switch (shape.kind) {
    case 'structure':
      return shape.union ? unionEncoder(shape, settings) : structureEncoder(shape, () => shape.members, settings);
    case 'list': {
      const encode = encoderOf(shape.member.shape, settings);
      return (value) => {
        if (!Array.isArray(value)) throw mistyped(value, 'a list');
        return encodeItems(value, encode);
      };
    }
    case 'map': {
      const encode = encoderOf(shape.value.shape, settings);
      return (value) => encodeEntries(value as Fields, encode);
    }
    case 'number':
      return encodeNumber;
    case 'string':
      return encodeString;
    case 'boolean':
      return encodeBoolean;
    case 'big-integer':
      return (value) => rawJson(String(value));
    case 'big-decimal':
      return (value) => rawJson(value instanceof NumericValue ? value.string : String(value));
    case 'blob':
      return (value) => Buffer.from(value as Uint8Array | string).toString('base64');
    case 'timestamp':
      return timestampEncoder(shape.format ?? 'epoch-seconds');
    case 'document':
      return (value) => value;
  }
}

function structureEncoder(
  { name }: StructureShape,
  membersOf: () => readonly Member[],
  settings: JsonSettings,
): Encode {
  let members: readonly { readonly name: string; readonly jsonName: string; readonly encode: Encode }[] | undefined;
  return (value) => {
    if (typeof value !== 'object' || value === null) throw mistyped(value, name);
    members ??= membersOf().map((member) => ({
      name: member.name,
      jsonName: jsonNameOf(member, settings),
      encode: encoderOf(member.shape, settings),
    }));
    const encoded: Fields = {};
    for (const member of members) {
      const item = (value as Fields)[member.name];
      if (item !== undefined && item !== null) encoded[member.jsonName] = member.encode(item);
    }
    return encoded;
  };
}

// A list, map or union of which nothing is written in another way is itself what is written: items of a table are not
// copied to be sent.

function encodeItems(items: readonly unknown[], encode: Encode): readonly unknown[] {
  let encoded: unknown[] | undefined;
  for (let index = 0; index < items.length; index += 1) {
    const item = items[index];
    const written = item == null ? null : encode(item);
    if (encoded === undefined && written !== item) encoded = items.slice(0, index);
    encoded?.push(written);
  }
  return encoded ?? items;
}

function encodeEntries(fields: Fields, encode: Encode): Fields {
  let encoded: Fields | undefined;
  for (const key in fields) {
    const item = fields[key];
    const written = item == null ? item : encode(item);
    if (encoded === undefined && written !== item) encoded = copyUpTo(key, fields);
    if (encoded !== undefined && written !== undefined) set(encoded, key, written);
  }
  return encoded ?? fields;
}

/** What comes before that key. */
function copyUpTo(end: string, fields: Fields): Fields {
  const copy: Fields = {};
  for (const key in fields) {
    if (key === end) break;
    set(copy, key, fields[key]);
  }
  return copy;
}

/** By what the value has, which is one of many. */
function unionEncoder(shape: StructureShape, settings: JsonSettings): Encode {
  let members: Map<string, { readonly jsonName: string; readonly encode: Encode }> | undefined;
  return (value) => {
    if (typeof value !== 'object' || value === null) throw mistyped(value, shape.name);
    members ??= new Map(
      shape.members.map((member) => [
        member.name,
        { jsonName: jsonNameOf(member, settings), encode: encoderOf(member.shape, settings) },
      ]),
    );
    let encoded: Fields | undefined;
    for (const key in value) {
      const member = members.get(key);
      const item = (value as Fields)[key];
      const written = member === undefined || item == null ? undefined : member.encode(item);
      if (encoded === undefined && (written !== item || member?.jsonName !== key))
        encoded = copyUpTo(key, value as Fields);
      if (encoded !== undefined && written !== undefined) encoded[member!.jsonName] = written;
    }
    return encoded ?? value;
  };
}

function encodeNumber(value: unknown): number | string {
  if (typeof value !== 'number') throw mistyped(value, 'a number');
  return Number.isFinite(value) ? value : String(value);
}

function encodeString(value: unknown): string {
  if (typeof value !== 'string') throw mistyped(value, 'a string');
  return value;
}

function encodeBoolean(value: unknown): boolean {
  if (typeof value !== 'boolean') throw mistyped(value, 'a boolean');
  return value;
}

function timestampEncoder(format: TimestampFormat): Encode {
  return (value) => {
    if (!isDate(value)) throw mistyped(value, 'a Date');
    return format === 'epoch-seconds' ? value.getTime() / 1000 : encodeTimestamp(value, format);
  };
}

function jsonNameOf(member: Member, settings: JsonSettings): string {
  return settings.jsonName ? (member.traits.jsonName ?? member.name) : member.name;
}

/** Also of the name `__proto__`, which would otherwise change the object and not its content. */
function set(fields: Fields, key: string, value: unknown): void {
  if (key !== '__proto__') fields[key] = value;
  else Object.defineProperty(fields, key, { value, enumerable: true, configurable: true, writable: true });
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof WideNumber);
}

/** Not `instanceof`: a Date made in another realm, such as a test's, is one too. */
export function isDate(value: unknown): value is Date {
  return Object.prototype.toString.call(value) === '[object Date]';
}

/** A document's numbers are doubles. */
function plain(value: unknown): unknown {
  if (value instanceof WideNumber) return Number(value.source);
  if (Array.isArray(value)) return value.map(plain);
  if (isObject(value)) return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
  return value;
}

function unexpected(value: unknown, wanted: string) {
  if (Array.isArray(value)) return serializationError('Start of list found where not expected');
  if (isObject(value)) return serializationError('Start of structure or map found where not expected.');
  const found =
    typeof value === 'string'
      ? 'STRING_VALUE'
      : typeof value === 'boolean'
        ? `${String(value).toUpperCase()}_VALUE`
        : value === null
          ? 'NULL_VALUE'
          : 'NUMBER_VALUE';
  return serializationError(`${found} cannot be converted to ${wanted}`);
}

function mistyped(value: unknown, wanted: string): TypeError {
  return new TypeError(`a service answered ${typeof value} where its model has ${wanted}`);
}
