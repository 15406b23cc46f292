import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compilePattern, InvalidPattern } from './index.ts';

const matches = (pattern: unknown, event: unknown): boolean => compilePattern(pattern).matches(event);

function reasonOf(pattern: unknown): string {
  try {
    compilePattern(pattern);
  } catch (error) {
    if (error instanceof InvalidPattern) return error.message;
    throw error;
  }
  return 'it is valid';
}

describe('one condition', () => {
  const cases: readonly (readonly [condition: unknown, yes: readonly unknown[], no: readonly unknown[]])[] = [
    ['a', ['a', ['b', 'a']], ['A', 'ab', 1, null, [], {}]],
    [300, [300, 3e2], ['300', 301]],
    [true, [true], [false, 'true', 1]],
    [null, [null], ['null', 0, []]],
    ['', [''], [' ', null]],
    [{ exists: true }, ['', null, 0, [1]], [[], {}, { b: 1 }]],
    [{ exists: false }, [[], {}, { b: 1 }], ['', null, 0, [1]]],
    [{ exactly: 'a' }, ['a'], ['A']],
    [{ prefix: 'ab' }, ['ab', 'abc'], ['a', 'AB', 12]],
    [{ prefix: { 'equals-ignore-case': 'ab' } }, ['AB', 'aBc'], ['a', 'cab']],
    [{ suffix: '.png' }, ['.png', 'a.png'], ['a.PNG', 'png']],
    [{ suffix: { 'equals-ignore-case': '.png' } }, ['a.PNG'], ['a.pn']],
    [{ 'equals-ignore-case': 'Straße' }, ['strasse', 'STRASSE', 'sTraße'], ['strase', 1]],
    [{ wildcard: '*' }, ['', 'x'], [1]],
    [{ wildcard: 'a*b*c' }, ['abc', 'a1b2c', 'abbc'], ['ab', 'acb', 'abcd']],
    [{ wildcard: 'a*a' }, ['aa', 'aba'], ['a']],
    [{ wildcard: 'a\\*b\\\\' }, ['a*b\\'], ['axb\\']],
    [{ 'anything-but': 'a' }, ['b', 1, null, ['a', 'b']], ['a', ['a'], []]],
    [{ 'anything-but': 1 }, [2, 'a', '1'], [1]],
    [{ 'anything-but': ['a', 'b'] }, ['c', 'A'], ['a', 'b', ['b', 'a']]],
    [{ 'anything-but': [1, 2] }, [3, '1'], [1, 2]],
    [{ 'anything-but': { prefix: 'a' } }, ['b', 1], ['a', 'ab']],
    [{ 'anything-but': { prefix: ['a', 'b'] } }, ['c'], ['ab', 'ba']],
    [{ 'anything-but': { suffix: 'a' } }, ['b'], ['a', 'ba']],
    [{ 'anything-but': { 'equals-ignore-case': ['Ab', 'c'] } }, ['abc'], ['AB', 'C']],
    [{ 'anything-but': { wildcard: 'a*c' } }, ['ab'], ['abc', 'ac']],
    [{ numeric: ['=', 3.018e2] }, [301.8], ['301.8', 301]],
    [{ numeric: ['>', 0, '<=', 5] }, [5, 0.1], [0, 5.1, '3', null]],
    [{ numeric: ['>=', 0, '<', 5] }, [0, 4.9], [5, -1]],
    [{ numeric: ['<', 10] }, [9, -5e9], [10, -6e9]],
    [{ numeric: ['>=', 10] }, [10], [9, 6e9]],
    [{ cidr: '10.0.0.0/24' }, ['10.0.0.255'], ['10.0.1.0', '2001:db8::1', 'x', 10]],
    [{ cidr: '10.0.0.7' }, ['10.0.0.7'], ['10.0.0.8']],
    [{ cidr: '2001:db8::/32' }, ['2001:DB8::1'], ['2001:db9::1', '10.0.0.1']],
  ];

  test.each(cases.map((one) => [JSON.stringify(one[0]), ...one] as const))('%s', (_name, condition, yes, no) => {
    for (const a of yes) expect({ a, is: matches({ a: [condition] }, { a }) }).toEqual({ a, is: true });
    for (const a of no) expect({ a, is: matches({ a: [condition] }, { a }) }).toEqual({ a, is: false });
  });

  test('what is not there is matched by its absence alone', () => {
    const absent = cases.filter(([condition]) => matches({ a: [condition] }, {})).map(([condition]) => condition);
    expect(absent).toEqual([{ exists: false }]);
    expect(matches({ a: { b: [{ exists: false }] } }, { a: 1 })).toBe(true);
  });
});

describe('several', () => {
  test('all fields must match, any condition of one suffices', () => {
    const pattern = { source: ['a', { prefix: 'b' }], detail: { n: [1, { numeric: ['>', 5] }] } };
    expect(matches(pattern, { source: 'bb', detail: { n: 7 } })).toBe(true);
    expect(matches(pattern, { source: 'c', detail: { n: 7 } })).toBe(false);
    expect(matches(pattern, { source: 'a', detail: { n: 2 } })).toBe(false);
    expect(matches(pattern, { source: 'a' })).toBe(false);
  });

  test('$or beside other fields, inside others, and in itself', () => {
    const pattern = {
      source: ['s'],
      detail: { $or: [{ a: [1] }, { b: [{ exists: false }], $or: [{ c: [2] }, { d: { e: [3] } }] }] },
    };
    const detailed = (detail: object) => matches(pattern, { source: 's', detail });
    expect([{ a: 1 }, { c: 2 }, { d: { e: 3 } }, { a: 1, b: 1 }].map(detailed)).toEqual([true, true, true, true]);
    expect([{ a: 2 }, { c: 2, b: 1 }, {}].map(detailed)).toEqual([false, false, false]);
    expect(matches(pattern, { source: 't', detail: { a: 1 } })).toBe(false);
  });

  test('what is found in a list of objects is of one of them', () => {
    const pattern = { a: { b: [1], c: [2] } };
    expect(matches(pattern, { a: [{ b: 1 }, { b: 1, c: 2 }] })).toBe(true);
    expect(matches(pattern, { a: [{ b: 1 }, { c: 2 }] })).toBe(false);
    expect(matches(pattern, { a: [[{ b: 1, c: [3, 2] }]] })).toBe(true);
    expect(matches({ a: { b: [{ exists: false }] } }, { a: [{ b: 1 }, { c: 1 }] })).toBe(false);
    expect(matches({ a: { a: [1], b: [{ exists: false }] } }, { a: [{ b: 1 }, { a: 1 }] })).toBe(true);
  });

  test('hostile lists take no longer than they are long', () => {
    const pattern = { a: [1], b: [1], c: [1], d: [1], e: [1], f: [1], g: [2] };
    const ones = Array.from({ length: 1_000 }, () => 1);
    expect(matches(pattern, { a: ones, b: ones, c: ones, d: ones, e: ones, f: ones, g: ones })).toBe(false);
  });

  test('names are joined by dots, the pattern’s and the event’s', () => {
    const [inside, dotted] = [{ state: { status: ['on'] } }, { 'state.status': ['on'] }];
    for (const pattern of [inside, dotted]) {
      expect(matches(pattern, { state: { status: 'on' } })).toBe(true);
      expect(matches(pattern, { 'state.status': 'on' })).toBe(true);
      expect(matches(pattern, { 'state.status': { status: 'on' } })).toBe(false);
      expect(matches(pattern, { state: [{ status: 'off' }, { status: 'on' }] })).toBe(true);
    }
    expect(matches({ 'state.status': { status: ['on'] } }, { state: { status: 'on' } })).toBe(false);
    expect(matches({ detail: { 'a.b': { c: ['x'] } } }, { 'detail.a': { 'b.c': 'x' } })).toBe(true);
  });

  test('names of Object itself are no fields', () => {
    expect(matches({ constructor: { name: [{ exists: true }] } }, {})).toBe(false);
    expect(matches(JSON.parse('{"__proto__":[{"exists":true}]}'), {})).toBe(false);
  });

  test('an index learns which values a field must have', () => {
    const exactly = (pattern: unknown) => compilePattern(pattern).exactly('source');
    expect(exactly({ source: ['a', 'b'] })).toEqual(['a', 'b']);
    expect(exactly({ $or: [{ source: ['a'] }, { source: ['b'] }] })).toEqual(['a', 'b']);
    expect(exactly({ source: ['a', { prefix: 'b' }] })).toBeUndefined();
    expect(exactly({ source: ['a', { exists: false }] })).toBeUndefined();
    expect(exactly({ $or: [{ source: ['a'] }, { detail: { x: [1] } }] })).toBeUndefined();
  });
});

test.each([
  ['[]', 'Filter is not an object'],
  ['{', /JSON/],
  ['{}', 'Empty objects are not allowed'],
  ['{"a":{}}', 'Empty objects are not allowed'],
  ['{"a":[]}', 'Empty arrays are not allowed'],
  ['{"a":"x"}', '"a" must be an object or an array'],
  ['{"a":[[1]]}', 'Match value must be String, number, true, false, or null'],
  ['{"a":[{"foo":1}]}', 'Unrecognized match type foo'],
  ['{"a":[{}]}', 'Match expression name not found'],
  ['{"a":[{"prefix":"a","suffix":"b"}]}', 'Only one key allowed in match expression'],
  ['{"a":[{"prefix":1}]}', 'prefix match pattern must be a string'],
  ['{"a":[{"prefix":{"wildcard":"a"}}]}', 'Unsupported prefix pattern: wildcard'],
  ['{"a":[{"suffix":[]}]}', 'suffix match pattern must be a string'],
  ['{"a":[{"exists":"yes"}]}', 'exists match pattern must be either true or false.'],
  ['{"a":[{"wildcard":"a**"}]}', 'Consecutive wildcard characters at pos 2'],
  ['{"a":[{"wildcard":"a\\\\b"}]}', 'Invalid escape character at pos 2'],
  ['{"a":[{"numeric":[]}]}', 'Invalid member in numeric match: ]'],
  ['{"a":[{"numeric":["!",1]}]}', 'Unrecognized numeric range operator: !'],
  ['{"a":[{"numeric":["<","1"]}]}', 'Value of < must be numeric'],
  ['{"a":[{"numeric":[">",5,"<",5]}]}', 'Bottom must be less than top'],
  ['{"a":[{"numeric":[">",6e9]}]}', 'Value must be between -5.0E9 and 5.0E9, inclusive'],
  ['{"a":[{"cidr":"10.0.0.0/33"}]}', 'IPv4 mask bits must be < 32'],
  ['{"a":[{"cidr":"10.0.0/8"}]}', 'Nonstandard IP address: 10.0.0'],
  ['{"a":[{"cidr":"none/8x"}]}', 'Malformed CIDR, mask bits must be an integer'],
  ['{"a":[{"anything-but":true}]}', 'Value of anything-but must be an array or single string/number value.'],
  ['{"a":[{"anything-but":[true]}]}', 'Inside anything but list, start|null|boolean is not supported.'],
  ['{"a":[{"anything-but":["a",1]}]}', /mixed type is not supported/],
  ['{"a":[{"anything-but":{"numeric":[1]}}]}', 'Unsupported anything-but pattern: numeric'],
  ['{"a":[{"anything-but":{"prefix":""}}]}', 'Null prefix/suffix not allowed'],
  [
    '{"a":[{"anything-but":{"prefix":{"equals-ignore-case":"x"}}}]}',
    'Value of anything-but must be an array or single string/number value.',
  ],
  ['{"$or":{"a":[1]}}', 'It must be an Array followed with $or.'],
  ['{"$or":[{"a":[1]}]}', 'There must have at least 2 Objects in $or relationship.'],
  ['{"$or":[{"prefix":[1]},{"a":[1]}]}', /prefix is Ruler reserved fieldName/],
])('%s is refused', (pattern, reason) => {
  expect(reasonOf(pattern)).toMatch(reason);
});

describe('against a simple model', () => {
  const names = fc.constantFrom('a', 'b', 'c');
  const scalar = fc.constantFrom<unknown>('x', 'y', 1, true, null);
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      scalar,
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(names, tie('value'), { maxKeys: 3 }),
    ),
  }));
  const event = fc.dictionary(names, value, { maxKeys: 3 });
  const conditions = fc.array(fc.oneof(scalar, fc.constant({ exists: true }), fc.constant({ 'anything-but': 'x' })), {
    minLength: 1,
    maxLength: 2,
  });
  const { pattern } = fc.letrec((tie) => ({
    pattern: fc.dictionary(names, fc.oneof({ depthSize: 'small' }, conditions, tie('pattern')), {
      minKeys: 1,
      maxKeys: 2,
    }),
  }));

  /** Every way of taking one item of each list. */
  function views(whole: unknown): unknown[] {
    if (Array.isArray(whole)) return whole.flatMap(views);
    if (typeof whole !== 'object' || whole === null) return [whole];
    let all: object[] = [{}];
    for (const [name, member] of Object.entries(whole)) {
      const some = views(member);
      if (some.length > 0) all = all.flatMap((one) => some.map((item) => ({ ...one, [name]: item })));
    }
    return all;
  }

  function isSeen(wanted: unknown, seen: unknown): boolean {
    if (!Array.isArray(wanted)) {
      const isObject = typeof seen === 'object' && seen !== null;
      return Object.entries(wanted as object).every(
        ([name, inner]) => isObject && name in seen && isSeen(inner, (seen as Record<string, unknown>)[name]),
      );
    }
    if (typeof seen === 'object' && seen !== null) return false;
    return wanted.some((one) => {
      if (typeof one !== 'object' || one === null) return one === seen;
      return 'exists' in one || seen !== 'x';
    });
  }

  test('a pattern matches when one way of looking at the event shows all of it', () => {
    fc.assert(
      fc.property(pattern, event, (wanted, given) => {
        const all = views(given);
        fc.pre(all.length < 2_000);
        expect(matches(wanted, given)).toBe(all.some((seen) => isSeen(wanted, seen)));
      }),
      { numRuns: 300 },
    );
  });

  test('a wildcard is the regular expression it looks like', () => {
    const texts = fc.string({ unit: fc.constantFrom('a', 'b', '*', '\\'), maxLength: 8 });
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 6 }), texts, (wanted, given) => {
        fc.pre(!wanted.includes('**'));
        const model = new RegExp(`^${wanted.replaceAll('*', '.*')}$`, 's');
        expect(matches({ a: [{ wildcard: wanted }] }, { a: given })).toBe(model.test(given));
      }),
    );
  });
});
