import { array, constantFrom, property, assert as propertyAssert, string, tuple } from 'fast-check';
import { RequestHeaders } from './request-headers.ts';

const read = (...raw: string[]) => {
  const { single, multi } = new RequestHeaders(raw).toJson();
  return { single: JSON.parse(single), multi: JSON.parse(multi) };
};

test('names keep the first spelling, and of several values the last is the single one', () => {
  expect(read('X-One', 'a', 'x-one', 'b', 'Other', '"quoted"', 'X-ONE', 'c')).toEqual({
    single: { 'X-One': 'c', Other: '"quoted"' },
    multi: { 'X-One': ['a', 'b', 'c'], Other: ['"quoted"'] },
  });
});

test('what concerns the connection alone does not reach the function', () => {
  expect(read('Connection', 'close', 'TE', 'trailers', 'Content-Length', '3', 'Host', 'h').single).toEqual({
    Host: 'h',
  });
  expect(read()).toEqual({ single: {}, multi: {} });
});

test('any names and values come out as they went in, __proto__ included', () => {
  const name = constantFrom('a', 'A', 'b', '__proto__', '1', 'constructor');
  propertyAssert(
    property(array(tuple(name, string({ unit: 'binary' })), { maxLength: 12 }), (pairs) => {
      const headers = new RequestHeaders(pairs.flat());
      const multi = new Map<string, [string, ...string[]]>();
      for (const [spelling, value] of pairs) {
        const known = multi.get(spelling.toLowerCase());
        if (known) known.push(value);
        else multi.set(spelling.toLowerCase(), [spelling, value]);
      }
      const { single, multi: text } = headers.toJson();
      expect(new Map(Object.entries(JSON.parse(text)))).toEqual(
        new Map([...multi.values()].map(([spelling, ...values]) => [spelling, values])),
      );
      expect(new Map(Object.entries(JSON.parse(single)))).toEqual(
        new Map([...multi.values()].map(([spelling, ...values]) => [spelling, values.at(-1)])),
      );
      for (const [lower, values] of multi) expect(headers.get(lower)).toBe(values.at(-1));
    }),
  );
});
