import { createRecentDocuments } from './recent-documents.ts';

const A = Buffer.from([0, 255]);
const B = Buffer.from([1]);

test('keeps what was read last, each collection by itself, and gives up the oldest', () => {
  const recent = createRecentDocuments(2);
  recent.keep('one', A, { n: 1 });
  recent.keep('two', A, { n: 2 });
  expect([recent.get('one', A), recent.get('two', A), recent.get('one', B)]).toEqual([{ n: 1 }, { n: 2 }, undefined]);
  recent.keep('two', A, { n: 3 });
  expect([recent.get('one', A), recent.get('two', A)]).toEqual([{ n: 1 }, { n: 3 }]);
  recent.keep('two', B, { n: 4 });
  expect([recent.get('one', A), recent.get('two', A), recent.get('two', B)]).toEqual([undefined, { n: 3 }, { n: 4 }]);
  recent.forget('two', A);
  recent.keep('one', A, { n: 5 });
  expect([recent.get('one', A), recent.get('two', A), recent.get('two', B)]).toEqual([{ n: 5 }, undefined, { n: 4 }]);
  recent.forgetAll('two');
  recent.keep('one', B, { n: 6 });
  expect([recent.get('one', A), recent.get('two', B), recent.get('one', B)]).toEqual([{ n: 5 }, undefined, { n: 6 }]);
  recent.clear();
  expect([recent.get('one', A), recent.get('one', B)]).toEqual([undefined, undefined]);
});

test('nobody can change a document, nor what is in it; bytes stay as they are', () => {
  const recent = createRecentDocuments(1);
  recent.keep('one', A, { list: [{ n: 1 }], bytes: new Uint8Array([7]), nothing: null });
  const document = recent.get('one', A) as { list: { n: number }[] };
  expect(() => document.list.push({ n: 2 })).toThrow(TypeError);
  expect(() => Object.assign(document.list[0]!, { n: 2 })).toThrow(TypeError);
  expect(document).toEqual({ list: [{ n: 1 }], bytes: new Uint8Array([7]), nothing: null });
});
