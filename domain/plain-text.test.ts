import { describe, expect, test } from '@jest/globals';
import { excerptOf, plainText, textMetadata } from './plain-text.ts';

describe('text', () => {
  test.each<[string, string]>([
    ['', ''],
    ['a\tb\r\nc\n', 'a\tb\r\nc\n'],
    ['Größe 煙 😀', 'Größe 煙 😀'],
    ['\u001b[31mred\u001b[0m', '\u001b[31mred\u001b[0m'],
    // The mark before the text is none of it.
    ['\ufeffa', 'a'],
  ])('is %j in UTF-8', (text, read) => {
    expect(plainText(Buffer.from(text), true)).toEqual({ text: read, encoding: 'utf-8' });
  });

  test('may be in an old character set', () => {
    expect(plainText(Buffer.from('Größe', 'latin1'), true)).toEqual({ text: 'Größe', encoding: '8-bit' });
  });

  test.each(['a\0b', '\x01', 'a\x7f', '\x0e'])('is not %j', (text) => {
    expect(plainText(Buffer.from(text), true)).toBeUndefined();
  });

  test('is not UTF-16, whose bytes say something else', () => {
    expect(plainText(Buffer.from('\ufeffab', 'utf16le'), true)).toBeUndefined();
  });

  test('that goes on may be cut within a character; what ends there is no UTF-8', () => {
    const cut = Buffer.from('aü').subarray(0, 2);
    expect(plainText(cut, false)).toEqual({ text: 'a', encoding: 'utf-8' });
    expect(plainText(cut, true)).toMatchObject({ encoding: '8-bit' });
  });
});

test.each<[string, number]>([
  ['', 0],
  ['a', 1],
  ['a\n', 1],
  ['a\r\nb', 2],
  ['a\rb\r', 2],
  ['\n\n', 2],
])('%j has %i lines', (text, lines) => {
  expect(textMetadata({ text, encoding: 'utf-8' }, true)).toMatchObject({ lines });
  expect(textMetadata({ text, encoding: 'utf-8' }, false)).toMatchObject({ lines: null });
});

test('an excerpt is one line of what people see, and never half a character', () => {
  expect(excerptOf('  a\n\n b\u202e\u200b\u0007c ')).toBe('a bc');
  expect([...excerptOf('😀'.repeat(1_000))]).toHaveLength(300);
  expect(excerptOf(`${'x'.repeat(1_199)}😀`).isWellFormed()).toBe(true);
});
