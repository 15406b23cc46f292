import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compileGlob, matchesGlob } from './wildcard.ts';

const matches = (pattern: string, text: string) => matchesGlob(compileGlob(pattern), text);

/** The definition, tried in every way. */
function naive(pattern: string, text: string): boolean {
  if (pattern === '') return text === '';
  if (pattern[0] === '*') return naive(pattern.slice(1), text) || (text !== '' && naive(pattern, text.slice(1)));
  return text !== '' && (pattern[0] === '?' || pattern[0] === text[0]) && naive(pattern.slice(1), text.slice(1));
}

test('agrees with the definition, for every pattern and text', () => {
  const letters = fc.constantFrom('a', 'b', ':');
  const pattern = fc.string({ unit: fc.oneof(letters, fc.constantFrom('*', '?')), maxLength: 8 });
  const text = fc.string({ unit: fc.oneof(letters, fc.constantFrom('*', '?')), maxLength: 8 });
  fc.assert(
    fc.property(pattern, text, (one, other) => expect(matches(one, other)).toBe(naive(one, other))),
    { numRuns: 5_000 },
  );
});

test('a text made from a pattern matches it', () => {
  const parts = fc.array(
    fc.oneof(
      fc.record({ text: fc.string() }),
      fc.record({ star: fc.string() }),
      fc.record({ one: fc.string({ minLength: 1, maxLength: 1, unit: 'binary-ascii' }) }),
    ),
  );
  fc.assert(
    fc.property(parts, (made) => {
      const pattern = made.map((part) =>
        'text' in part ? part.text.replaceAll(/[*?]/g, 'x') : 'star' in part ? '*' : '?',
      );
      const text = made.map((part) =>
        'text' in part ? part.text.replaceAll(/[*?]/g, 'x') : 'star' in part ? part.star : part.one,
      );
      expect(matches(pattern.join(''), text.join(''))).toBe(true);
    }),
  );
});

describe('a hostile pattern stays fast:', () => {
  const cases: [string, string, string][] = [
    [
      '10,000 stars with a letter between, against a text without an end',
      '*a'.repeat(10_000),
      `${'a'.repeat(30_000)}b`,
    ],
    ['10,000 stars with a hole between', '*?'.repeat(10_000), 'a'.repeat(9_999)],
    ['10,000 stars with a pair between', '*ab'.repeat(10_000), 'ab'.repeat(9_999)],
    ['a long piece that nearly fits everywhere', `*${'a'.repeat(5_000)}b*`, 'a'.repeat(50_000)],
    ['stars alone', '*'.repeat(50_000), 'a'.repeat(50_000)],
  ];
  test.each(cases)('%s', (_what, pattern, text) => {
    const glob = compileGlob(pattern);
    // Of the processor: a busy machine makes it wait.
    const start = process.cpuUsage();
    matchesGlob(glob, text);
    expect(process.cpuUsage(start).user).toBeLessThan(250_000);
  });
});

test('a dot, a bracket and a backslash are themselves', () => {
  expect(matches('a.c', 'abc')).toBe(false);
  expect(matches('[a-z]+\\', '[a-z]+\\')).toBe(true);
  expect(matches('', '')).toBe(true);
  expect(matches('', 'a')).toBe(false);
});
