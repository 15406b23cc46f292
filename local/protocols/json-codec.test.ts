import { encodeJson } from './json-codec.ts';
import type { Member, Shape } from './shape.ts';

const member = (name: string, shape: Shape, jsonName?: string): Member => ({
  name,
  traits: jsonName === undefined ? {} : { jsonName },
  required: false,
  shape,
});
const STRING: Shape = { kind: 'string' };
const NUMBER: Shape = { kind: 'number' };
const BLOB: Shape = { kind: 'blob', streaming: false };
const list = (shape: Shape): Shape => ({ kind: 'list', traits: {}, member: member('member', shape) });
const map = (shape: Shape): Shape => ({
  kind: 'map',
  traits: {},
  key: member('key', STRING),
  value: member('value', shape),
});
const UNION: Shape = {
  kind: 'structure',
  name: 'Value',
  traits: {},
  union: true,
  members: [member('S', STRING), member('B', BLOB), member('Old', STRING, 'new')],
};

const encode = (shape: Shape, value: unknown, jsonName = false) => encodeJson(shape, value, { jsonName });
const written = (shape: Shape, value: unknown, jsonName = false) =>
  JSON.parse(JSON.stringify(encode(shape, value, jsonName)));
const bytes = new Uint8Array([1, 2]);

test('what is written as it is, is not copied, however deep', () => {
  const value = { a: { S: 'x' }, b: { S: 'y' } };
  expect(encode(map(UNION), value)).toBe(value);
  const items = [['a'], ['b', 'c']];
  expect(encode(list(list(STRING)), items)).toBe(items);
});

test('one part that is written in another way takes nothing from the parts around it, nor from the value', () => {
  const value = Object.freeze({ a: { S: 'x' }, b: { B: bytes }, c: { S: 'z' } });
  expect(encode(map(UNION), value)).toEqual({ a: { S: 'x' }, b: { B: 'AQI=' }, c: { S: 'z' } });
  expect(value.b.B).toBe(bytes);
  expect(encode(list(NUMBER), [1, Number.NaN, 3])).toEqual([1, 'NaN', 3]);
});

test('null stays in lists and maps and goes from unions; undefined is null in a list, and else nothing', () => {
  expect(written(list(STRING), ['a', null, undefined, 'b'])).toEqual(['a', null, null, 'b']);
  expect(written(map(STRING), { a: 'x', b: null, c: undefined, d: 'y' })).toEqual({ a: 'x', b: null, d: 'y' });
  expect(written(map(BLOB), { a: null, b: undefined, c: bytes, d: null })).toEqual({ a: null, c: 'AQI=', d: null });
  expect(written(UNION, { S: null, B: bytes })).toEqual({ B: 'AQI=' });
  expect(written(UNION, { S: 'x', B: null })).toEqual({ S: 'x' });
});

test('members the model does not have go, and others have the name they have in JSON', () => {
  expect(written(UNION, { Strange: 1, S: 'x' })).toEqual({ S: 'x' });
  expect(written(UNION, { S: 'x', Strange: 1 })).toEqual({ S: 'x' });
  expect(written(UNION, { Old: 'x' }, true)).toEqual({ new: 'x' });
  expect(written(UNION, { Old: 'x' })).toEqual({ Old: 'x' });
});

test.each([
  ['left as it is', STRING, '{"__proto__":"x","a":"y"}'],
  ['written in another way', NUMBER, '{"__proto__":"NaN","a":1}'],
])('a key of the name __proto__ is one like any other: %s', (_, shape, text) => {
  const value = JSON.parse(text, (_key, item) => (item === 'NaN' ? Number.NaN : item)) as object;
  Object.defineProperty(value, '__proto__', { enumerable: true, writable: true });
  expect(JSON.stringify(encode(map(shape), value))).toBe(text);
});

test.each([['abc'], [new Set(['a'])], [{ length: 1 }]])('a service that answers %p for a list is mistaken', (value) => {
  expect(() => encode(list(STRING), value)).toThrow(TypeError);
});
