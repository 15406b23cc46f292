import { property, assert as propertyAssert, string, tuple } from 'fast-check';
import { gap, jsonTemplate } from './json-template.ts';

test('what comes out is the document with its gaps filled, whatever is in them', () => {
  const fill = jsonTemplate({ a: gap('a'), fixed: 'x\n"y"', deep: { list: [gap('b'), 1], none: null } }, ['a', 'b']);
  propertyAssert(
    property(tuple(string({ unit: 'binary' }), string()), ([a, b]) => {
      const text = fill([JSON.stringify(a), JSON.stringify({ b })]);
      expect(text).toBe(JSON.stringify({ a, fixed: 'x\n"y"', deep: { list: [{ b }, 1], none: null } }));
    }),
  );
});

test('gaps that nobody would fill are found when the template is made', () => {
  expect(() => jsonTemplate({ a: gap('a') }, [])).toThrow('the gaps a');
  expect(() => jsonTemplate({ a: gap('a'), b: gap('b') }, ['b', 'a'])).toThrow('the gaps a,b, not b,a');
});
