import { openStore } from './sqlite-store.ts';
import type { SortedCollection, Store } from './store.ts';

let store: Store;
let numbers: SortedCollection<{ n: number }>;

const keyOf = (n: number) => Buffer.from([n >> 8, n & 255]);

beforeAll(() => {
  store = openStore('memory');
  numbers = store.sorted('test', 'numbers');
  for (let n = 999; n >= 0; n -= 1) numbers.put(keyOf(n), { n });
  store.sorted('test', 'others').put(keyOf(500), { n: -1 });
});
afterAll(() => store.close());

const read = (from: number, to: number, reverse = false) =>
  [...numbers.range({ from: keyOf(from), to: keyOf(to), reverse })].map(({ value }) => value.n);

test('a range is in the order of its keys, both ways, however long', () => {
  const expected = Array.from({ length: 790 }, (_, index) => index + 10);
  expect(read(10, 800)).toEqual(expected);
  expect(read(10, 800, true)).toEqual(expected.toReversed());
  expect(read(16, 16)).toEqual([]);
  expect(read(990, 2000)).toHaveLength(10);
});

test('the last key of a range is known, and what is deleted in it is gone', () => {
  expect(Buffer.from(numbers.lastKey({ from: keyOf(0), to: keyOf(300) })!)).toEqual(keyOf(299));
  expect(numbers.deleteRange({ from: keyOf(0), to: keyOf(5) })).toBe(5);
  expect(numbers.get(keyOf(4))).toBeUndefined();
  expect(numbers.get(keyOf(5))).toEqual({ n: 5 });
  expect(numbers.delete(keyOf(5))).toBe(true);
  expect(numbers.lastKey({ from: keyOf(0), to: keyOf(6) })).toBeUndefined();
});

test('what is written is counted, and undone with its transaction', () => {
  const before = store.writes('test');
  expect(() =>
    store.transaction(() => {
      numbers.clear();
      throw new RangeError('no');
    }),
  ).toThrow(RangeError);
  expect(numbers.get(keyOf(700))).toEqual({ n: 700 });
  expect(store.writes('test')).toBeGreaterThan(before);
});

test('what was read before is read as it is now, and nobody can change what others are given', () => {
  const get = (n: number) => numbers.get(keyOf(n));
  expect([get(100), get(101), get(102)]).toEqual([{ n: 100 }, { n: 101 }, { n: 102 }]);
  expect(() => Object.assign(get(100)!, { n: 0 })).toThrow(TypeError);
  numbers.put(keyOf(100), { n: -100 });
  numbers.delete(keyOf(101));
  expect([get(100), get(101)]).toEqual([{ n: -100 }, undefined]);
  expect(() =>
    store.transaction(() => {
      numbers.put(keyOf(100), { n: -200 });
      expect(get(100)).toEqual({ n: -200 });
      throw new RangeError('no');
    }),
  ).toThrow(RangeError);
  expect(get(100)).toEqual({ n: -100 });
  numbers.deleteRange({ from: keyOf(102), to: keyOf(103) });
  expect([get(102), get(103)]).toEqual([undefined, { n: 103 }]);
  numbers.clear();
  expect(get(103)).toBeUndefined();
});

describe('what was read and is then written', () => {
  const place = keyOf(60_000);
  const written = (document: unknown): unknown => {
    const documents = store.sorted<unknown>('test', 'rewritten');
    documents.put(place, { old: true });
    documents.get(place);
    documents.put(place, document);
    return documents.get(place);
  };

  test('is there as it was written, and nobody can change it', () => {
    const document = { text: 'a', list: [1, null, { yes: true }] };
    expect(written(document)).toEqual({ text: 'a', list: [1, null, { yes: true }] });
    expect(() => document.list.push(2)).toThrow(TypeError);
  });

  test.each([
    ['what is left out', { kept: 1, left: undefined }, { kept: 1 }],
    ['dates', { at: new Date(0) }, { at: '1970-01-01T00:00:00.000Z' }],
    ['holes', { list: new Array(1) }, { list: [null] }],
    ['a zero with a sign', { n: -0 }, { n: 0 }],
  ])('%s: is there as it is stored', (_, document, stored) => {
    expect(written(document)).toStrictEqual(stored);
  });

  test('bytes stay their writer’s to change', () => {
    const bytes = new Uint8Array([1, 2]);
    const read = written({ bytes });
    bytes[0] = 9;
    expect(read).toEqual({ bytes: new Uint8Array([1, 2]) });
  });

  test('is undone with an inner transaction, while the outer one goes on', () => {
    const documents = store.sorted<{ n: number }>('test', 'undone within');
    documents.put(place, { n: 1 });
    documents.get(place);
    store.transaction(() => {
      documents.put(place, { n: 2 });
      const inner = () =>
        store.transaction(() => {
          documents.put(place, { n: 3 });
          throw new Error('undo');
        });
      expect(inner).toThrow('undo');
      expect(documents.get(place)).toEqual({ n: 2 });
    });
    expect(documents.get(place)).toEqual({ n: 2 });
  });

  test('is undone with its transaction', () => {
    const documents = store.sorted<{ n: number }>('test', 'undone');
    documents.put(place, { n: 1 });
    documents.get(place);
    expect(() =>
      store.transaction(() => {
        documents.put(place, { n: 2 });
        expect(documents.get(place)).toEqual({ n: 2 });
        throw new Error('undo');
      }),
    ).toThrow('undo');
    expect(documents.get(place)).toEqual({ n: 1 });
  });
});
