import fc from 'fast-check';
import type { MessageAttributes } from '../message.ts';
import { verdictOf } from './matching.ts';
import { FilterPolicyError, type FilterPolicyScope, readFilterPolicy } from './policy.ts';

const text = (value: string) => ({ type: 'String', value });
const number = (value: number) => ({ type: 'Number', value: String(value) });
const list = (...values: unknown[]) => ({ type: 'String.Array', value: JSON.stringify(values) });

const accepts = (policy: object, attributes: MessageAttributes): boolean =>
  verdictOf(readFilterPolicy(JSON.stringify(policy), 'MessageAttributes'), 'MessageAttributes', {
    attributes,
    body: '',
  }) === 'accepted';
const acceptsBody = (policy: object, body: unknown): boolean =>
  verdictOf(readFilterPolicy(JSON.stringify(policy), 'MessageBody'), 'MessageBody', {
    attributes: {},
    body: typeof body === 'string' ? body : JSON.stringify(body),
  }) === 'accepted';

describe('filter policies on attributes', () => {
  test.each<[string, object, MessageAttributes, boolean]>([
    ['a text is the same', { a: ['x'] }, { a: text('x') }, true],
    ['a text is another', { a: ['x'] }, { a: text('X') }, false],
    ['one of a list is enough', { a: ['x'] }, { a: list('y', 'x') }, true],
    ['what is missing does not match', { a: ['x'] }, {}, false],
    ['every key must match', { a: ['x'], b: ['y'] }, { a: text('x') }, false],
    ['a number is no text', { a: [1] }, { a: text('1') }, false],
    ['a number is a number however it is written', { a: [100] }, { a: { type: 'Number', value: '1e2' } }, true],
    ['words without quotes stand in arrays', { a: [true] }, { a: list(true) }, true],
    ['null stands in arrays', { a: [null] }, { a: list(null) }, true],
    ['anything but', { a: [{ 'anything-but': ['x', 'y'] }] }, { a: text('z') }, true],
    ['anything but, excluded', { a: [{ 'anything-but': ['x', 'y'] }] }, { a: text('y') }, false],
    ['anything but, one of an array is excluded', { a: [{ 'anything-but': 'x' }] }, { a: list('x', 'z') }, false],
    ['anything but needs something', { a: [{ 'anything-but': 'x' }] }, {}, false],
    ['anything but a prefix', { a: [{ 'anything-but': { prefix: 'or' } }] }, { a: text('order') }, false],
    ['anything but a suffix', { a: [{ 'anything-but': { suffix: 'er' } }] }, { a: text('orders') }, true],
    ['a prefix', { a: [{ prefix: 'or' }] }, { a: text('order') }, true],
    ['a suffix', { a: [{ suffix: 'er' }] }, { a: text('order') }, true],
    ['whatever the case', { a: [{ 'equals-ignore-case': 'ORDER' }] }, { a: text('order') }, true],
    ['a wildcard', { a: [{ wildcard: 'o*d*r' }] }, { a: text('order') }, true],
    ['a wildcard that does not fit', { a: [{ wildcard: 'o*x*r' }] }, { a: text('order') }, false],
    ['a range', { a: [{ numeric: ['>', 1, '<=', 2] }] }, { a: number(2) }, true],
    ['out of a range', { a: [{ numeric: ['>', 1, '<=', 2] }] }, { a: number(1) }, false],
    ['a network', { a: [{ cidr: '10.0.0.0/24' }] }, { a: text('10.0.0.255') }, true],
    ['another network', { a: [{ cidr: '10.0.0.0/24' }] }, { a: text('10.0.1.1') }, false],
    ['a network of version 6', { a: [{ cidr: '2001:db8::/32' }] }, { a: text('2001:db8::1') }, true],
    ['there', { a: [{ exists: true }] }, { a: text('x') }, true],
    ['not there', { a: [{ exists: false }] }, { a: text('x') }, false],
    ['absent as wanted', { a: [{ exists: false }] }, { b: text('x') }, true],
    ['either of two', { $or: [{ a: ['x'] }, { b: ['y'] }] }, { b: text('y') }, true],
    ['neither of two', { $or: [{ a: ['x'] }, { b: ['y'] }] }, { b: text('x') }, false],
    ['$or is a key where it is no list of objects', { $or: ['x'] }, { $or: text('x') }, true],
    ['a Binary cannot be asked for', { a: ['AQI='] }, { a: { type: 'Binary', value: 'AQI=' } }, false],
  ])('%s', (_what, policy, attributes, expected) => {
    expect(accepts(policy, attributes)).toBe(expected);
  });

  test('says why not', () => {
    const policy = readFilterPolicy('{"a":["x"]}', 'MessageAttributes');
    const why = (attributes: MessageAttributes) => verdictOf(policy, 'MessageAttributes', { attributes, body: '' });
    expect(why({})).toBe('NoMessageAttributes');
    expect(why({ a: text('y') })).toBe('MessageAttributes');
    expect(why({ a: { type: 'String.Array', value: 'no array' } })).toBe('InvalidAttributes');
  });
});

describe('filter policies on bodies', () => {
  test.each<[string, object, unknown, boolean]>([
    ['nested', { a: { b: ['x'] } }, { a: { b: 'x' } }, true],
    ['nested in an array', { a: { b: ['x'] } }, { a: [{ b: 'y' }, { b: 'x' }] }, true],
    ['an array of texts', { a: ['x'] }, { a: ['y', 'x'] }, true],
    ['a truth', { a: [true] }, { a: true }, true],
    ['null', { a: [null] }, { a: null }, true],
    ['a number', { a: [{ numeric: ['=', 1.5] }] }, { a: 1.5 }, true],
    ['an object is not there as a value', { a: [{ exists: true }] }, { a: { b: 1 } }, false],
    ['nested alternatives', { a: { $or: [{ b: ['x'] }, { c: ['y'] }] } }, { a: { c: 'y' } }, true],
    ['what every object has is not there', { constructor: [{ exists: true }] }, {}, false],
  ])('%s', (_what, policy, body, expected) => {
    expect(acceptsBody(policy, body)).toBe(expected);
  });

  test('what is no object of JSON is not let through', () => {
    const policy = readFilterPolicy('{"a":[{"exists":false}]}', 'MessageBody');
    for (const body of ['text', '[1]', '1', '{']) {
      expect(verdictOf(policy, 'MessageBody', { attributes: {}, body })).toBe('InvalidMessageBody');
    }
  });
});

describe('filter policies that SNS refuses', () => {
  const keys = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, ['x']]));
  test.each<[object | string, string, FilterPolicyScope?]>([
    ['{', 'failed to parse JSON'],
    ['[]', 'Filter is not an object'],
    [{ a: 'x' }, '"a" must be an object or an array'],
    [{ a: [] }, 'Empty arrays are not allowed'],
    [{ a: [['x']] }, 'Match value must be String, number, true, false, or null'],
    [{ a: { b: ['x'] } }, 'does not support nested filter policy'],
    [keys(6), 'Filter policy can not have more than 5 keys'],
    [{ a: Array.from({ length: 13 }, (_, i) => i), b: Array.from({ length: 12 }, (_, i) => i) }, 'too complex'],
    [{ a: { b: { c: Array.from({ length: 51 }, (_, i) => i) } } }, 'too complex', 'MessageBody'],
    [{ a: [{ like: 'x' }] }, 'Unrecognized match type like'],
    [{ a: [{ prefix: 1 }] }, 'prefix match pattern must be a string'],
    [{ a: [{ exists: 'yes' }] }, 'exists match pattern must be either true or false.'],
    [{ a: [{ numeric: ['<', 'x'] }] }, 'Value of < must be numeric'],
    [{ a: [{ numeric: ['>', 2, '<', 1] }] }, 'Bottom must be less than top'],
    [{ a: [{ numeric: ['~', 2] }] }, 'Unrecognized numeric range operator: ~'],
    [{ a: [{ numeric: [] }] }, 'Invalid member in numeric match: ]'],
    [{ a: [{ numeric: ['=', '000'] }] }, 'Value of equals must be numeric'],
    [{ a: [{ numeric: ['<', 100, '>', 10] }] }, 'Too many elements in numeric expression'],
    [{ a: [{ numeric: ['>', 20, 30] }] }, 'Bad value in numeric range: 30'],
    [{ a: [{ numeric: ['>', 1, '<', 2_000_000_000] }] }, 'Value must be between -1.0E9 and 1.0E9, inclusive'],
    [{ a: [{ cidr: 'xx.11.xx/8' }] }, 'Nonstandard IP address: xx.11.xx'],
    [{ a: [{ cidr: '10.0.0.0/x' }] }, 'Malformed CIDR, mask bits must be an integer'],
    [{ a: [1_000_000_001] }, 'between -1000000000 and 1000000000'],
    [{ a: [{ cidr: '10.0.0.0' }] }, "Malformed CIDR, one '/' required"],
    [{ a: [{ 'anything-but': ['x', 1] }] }, 'mixed type is not supported'],
  ])('%j', (policy, message, scope = 'MessageAttributes') => {
    const given = typeof policy === 'string' ? policy : JSON.stringify(policy);
    expect(() => readFilterPolicy(given, scope)).toThrow(FilterPolicyError);
    expect(() => readFilterPolicy(given, scope)).toThrow(message);
  });
});

/** The same rules once more, said as plainly as can be. */
type Simple = { is: string } | { not: string } | { starts: string } | { above: number } | { there: boolean };
type Value = string | number | undefined;

const conditionOf = (simple: Simple): unknown => {
  if ('is' in simple) return simple.is;
  if ('not' in simple) return { 'anything-but': [simple.not] };
  if ('starts' in simple) return { prefix: simple.starts };
  if ('above' in simple) return { numeric: ['>', simple.above] };
  return { exists: simple.there };
};
const holds = (simple: Simple, value: Value): boolean => {
  if ('there' in simple) return simple.there === (value !== undefined);
  if (value === undefined) return false;
  if ('is' in simple) return value === simple.is;
  if ('not' in simple) return value !== simple.not;
  if ('starts' in simple) return typeof value === 'string' && value.startsWith(simple.starts);
  return typeof value === 'number' && value > simple.above;
};

const words = fc.constantFrom('a', 'ab', 'abc', 'b', 'B', ' ');
const simples: fc.Arbitrary<Simple> = fc.oneof(
  words.map((is) => ({ is })),
  words.map((not) => ({ not })),
  words.map((starts) => ({ starts })),
  fc.integer({ min: -3, max: 3 }).map((above) => ({ above })),
  fc.boolean().map((there) => ({ there })),
);
const names = fc.constantFrom('p', 'q', 'r');
const values: fc.Arbitrary<Value> = fc.oneof(words, fc.integer({ min: -4, max: 4 }));
const policies = fc.dictionary(names, fc.array(simples, { minLength: 1, maxLength: 3 }), { minKeys: 1 });

describe('filter policies against a simple model', () => {
  test('attributes and bodies are let through when every key has a condition that holds', () => {
    fc.assert(
      fc.property(policies, fc.dictionary(names, values), (policy, message) => {
        const expected = Object.entries(policy).every(([name, conditions]) =>
          conditions.some((condition) => holds(condition, Object.hasOwn(message, name) ? message[name] : undefined)),
        );
        const written = Object.fromEntries(
          Object.entries(policy).map(([name, conditions]) => [name, conditions.map(conditionOf)]),
        );
        const attributes = Object.fromEntries(
          Object.entries(message).map(([name, value]) => [
            name,
            typeof value === 'number' ? number(value) : text(value as string),
          ]),
        );
        expect(accepts(written, attributes)).toBe(expected);
        expect(acceptsBody(written, message)).toBe(expected);
      }),
    );
  });

  test('an array passes as its best element does, and what is excluded excludes it', () => {
    fc.assert(
      fc.property(fc.array(words, { minLength: 1, maxLength: 4 }), simples, (elements, simple) => {
        const one = { p: [conditionOf(simple)] };
        const expected =
          'not' in simple
            ? elements.every((each) => holds(simple, each))
            : elements.some((each) => holds(simple, each));
        expect(accepts(one, { p: list(...elements) })).toBe(expected);
        expect(acceptsBody(one, { p: elements })).toBe(expected);
      }),
    );
  });

  test('whatever is written as a policy is read or refused, and never both ways', () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom<FilterPolicyScope>('MessageAttributes', 'MessageBody'), (given, scope) => {
        let policy: ReturnType<typeof readFilterPolicy> | undefined;
        try {
          policy = readFilterPolicy(given, scope);
        } catch (error) {
          expect(error).toBeInstanceOf(FilterPolicyError);
        }
        if (policy) verdictOf(policy, scope, { attributes: { a: text('x') }, body: given });
      }),
    );
  });
});
