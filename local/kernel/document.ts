/**
 * Documents as the store keeps them: JSON in which bytes survive. `{ $bytes: base64 }` stands for a Uint8Array; an
 * author's own member of that name is stored with one more `$`, so every document comes back as it went in.
 */
import { types } from 'node:util';

const BYTES = '$bytes';
/** A name that could be mistaken for ours: `$bytes`, `$$bytes`, … */
const ESCAPABLE = /^\$+bytes$/;
const ESCAPED = /^\$\$+bytes$/;

/** Throws TypeError for what JSON would silently lose: maps, sets, functions, NaN and infinities. */
export function encodeDocument(value: unknown): string {
  const text = JSON.stringify(isPlain(value) ? value : escaped(value));
  if (text === undefined) throw new TypeError(`a ${typeof value} cannot be stored`);
  return text;
}

export function decodeDocument(text: string): unknown {
  const value: unknown = JSON.parse(text);
  return text.includes(`${BYTES}"`) ? unescaped(value) : value;
}

/** True for what comes out of JSON as it went in: nothing in it is left out, and no bytes, dates or other classes. */
export function isUnchangedByJson(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value) && !Object.is(value, -0);
  if (typeof value !== 'object') return typeof value === 'string' || typeof value === 'boolean';
  if (value === null) return true;
  if (Array.isArray(value)) {
    // Not `every`, which passes over holes.
    for (const item of value) if (!isUnchangedByJson(item)) return false;
    return true;
  }
  if (Object.getPrototypeOf(value) !== Object.prototype) return false;
  for (const key in value) if (!isUnchangedByJson((value as Record<string, unknown>)[key])) return false;
  return true;
}

/** True when JSON.stringify alone says everything: nearly always, and several times faster than with a replacer. */
function isPlain(value: unknown): boolean {
  if (value === null) return true;
  switch (typeof value) {
    case 'number':
      if (!Number.isFinite(value)) throw new TypeError(`the number ${value} cannot be stored`);
      return true;
    case 'object':
      break;
    case 'function':
    case 'symbol':
    case 'bigint':
      throw new TypeError(`a ${typeof value} cannot be stored`);
    default:
      return true;
  }
  if (ArrayBuffer.isView(value)) return false;
  if (types.isMap(value) || types.isSet(value)) throw new TypeError('a Map or Set cannot be stored: use entries');
  let plain = true;
  if (Array.isArray(value)) {
    for (const item of value) plain = isPlain(item) && plain;
  } else {
    for (const key of Object.keys(value)) {
      if (key.charCodeAt(0) === 36 && ESCAPABLE.test(key)) plain = false;
      plain = isPlain((value as Record<string, unknown>)[key]) && plain;
    }
  }
  return plain;
}

function escaped(value: unknown): unknown {
  if (value === null || typeof value !== 'object' || types.isDate(value)) return value;
  if (ArrayBuffer.isView(value)) {
    return { [BYTES]: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64') };
  }
  if (Array.isArray(value)) return value.map(escaped);
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [ESCAPABLE.test(key) ? `$${key}` : key, escaped(member)]),
  );
}

function unescaped(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(unescaped);
  const bytes = (value as Record<string, unknown>)[BYTES];
  if (typeof bytes === 'string') return new Uint8Array(Buffer.from(bytes, 'base64'));
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [ESCAPED.test(key) ? key.slice(1) : key, unescaped(member)]),
  );
}
