import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { textOfField } from './partial-json.ts';

/** Cut into pieces at these places. */
function inPieces(text: string, places: readonly number[]): string[] {
  const at = [0, ...places.map((place) => place % (text.length + 1)).sort((a, b) => a - b), text.length];
  return at.slice(1).map((end, index) => text.slice(at[index], end));
}

test('gives the text of the field as JSON.parse does, however it is cut', () => {
  const object = fc.record({
    reply: fc.string({ unit: 'binary', maxLength: 30 }),
    other: fc.string(),
    'a "key': fc.string(),
  });
  fc.assert(
    fc.property(object, fc.array(fc.nat()), fc.boolean(), (value, places, spaced) => {
      const json = JSON.stringify({ ...value, nested: { reply: 'not this' } }, null, spaced ? 2 : 0);
      const field = textOfField('reply');
      expect(inPieces(json, places).map(field.push).join('')).toBe(value.reply);
    }),
  );
});

test('gives what is there already', () => {
  const field = textOfField('reply');
  expect(['{"confidence":"high","re', 'ply": "Hel', 'lo \\', 'n\\u00', 'e9 wor'].map(field.push)).toEqual([
    '',
    'Hel',
    'lo ',
    '\n',
    'é wor',
  ]);
});

test('takes neither a name in the depth nor what only looks like one', () => {
  for (const json of [
    '{"a":{"reply":"x"}}',
    '{"a":"reply","b":["reply","x"]}',
    '["reply","x"]',
    'reply: "x"',
    '{"reply":[ "x" ]}',
  ]) {
    expect(textOfField('reply').push(json)).toBe('');
  }
});
