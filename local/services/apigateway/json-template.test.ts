import { property, assert as propertyAssert, string, tuple } from 'fast-check';
import { gap, jsonTemplate, QUOTED } from './json-template.ts';

test('what comes out is the document with its gaps filled, whatever is in them', () => {
  const template = jsonTemplate({ a: gap('a'), fixed: 'x\n"y"', deep: { list: [gap('b'), 1], none: null } }, [
    'a',
    'b',
  ]);
  propertyAssert(
    property(tuple(string({ unit: 'binary' }), string()), ([a, b]) => {
      const document = JSON.stringify({ a, fixed: 'x\n"y"', deep: { list: [{ b }, 1], none: null } });
      const texts = { a: JSON.stringify(a), b: JSON.stringify({ b }) };
      expect(template({})([texts.a, texts.b])).toBe(document);
      expect(template({ a: texts.a })([texts.b])).toBe(document);
      expect(template({ b: texts.b })([texts.a])).toBe(document);
      expect(template(texts)([])).toBe(document);
      expect(template({ b: { before: '{"b":', after: '}' } })([texts.a, JSON.stringify(b)])).toBe(document);
    }),
  );
});

test('a gap that is a text without anything to escape needs no quotes', () => {
  const template = jsonTemplate({ id: gap('id'), other: 1 }, ['id']);
  expect(template({ id: QUOTED })(['1-a'])).toBe('{"id":"1-a","other":1}');
});

test('gaps that nobody would fill are found when the template is made', () => {
  expect(() => jsonTemplate({ a: gap('a') }, [])).toThrow('the gaps a');
  expect(() => jsonTemplate({ a: gap('a'), b: gap('b') }, ['b', 'a'])).toThrow('the gaps a,b, not b,a');
});
