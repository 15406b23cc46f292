import fc from 'fast-check';
import { parseRange } from './ranges.ts';

it.each([
  ['bytes=0-0', 10, { first: 0, last: 0 }],
  ['bytes=2-', 10, { first: 2, last: 9 }],
  ['bytes=-3', 10, { first: 7, last: 9 }],
  ['bytes=-30', 10, { first: 0, last: 9 }],
  ['bytes=5-99', 10, { first: 5, last: 9 }],
  ['bytes=3-2', 10, undefined],
  ['bytes=0-1,3-4', 10, undefined],
  ['lines=1-2', 10, undefined],
  [undefined, 10, undefined],
])('%s of %i bytes', (header, size, expected) => {
  expect(parseRange(header, size)).toEqual(expected);
});

it.each([
  ['bytes=10-', 10],
  ['bytes=-0', 10],
  ['bytes=0-', 0],
])('%s of %i bytes cannot be had', (header, size) => {
  expect(() => parseRange(header, size)).toThrow(expect.objectContaining({ code: 'InvalidRange', statusCode: 416 }));
});

it('whatever is given lies within the object', () => {
  const text = fc.oneof(
    fc.string(),
    fc.tuple(fc.nat(30), fc.nat(30)).map(([from, to]) => `bytes=${from}-${to}`),
    fc.nat(30).map((from) => `bytes=${from}-`),
  );
  fc.assert(
    fc.property(text, fc.nat(20), (header, size) => {
      try {
        const range = parseRange(header, size);
        if (!range) return;
        expect(range.first).toBeGreaterThanOrEqual(0);
        expect(range.last).toBeGreaterThanOrEqual(range.first);
        expect(range.last).toBeLessThan(size);
      } catch (error) {
        expect(error).toMatchObject({ code: 'InvalidRange' });
      }
    }),
  );
});
