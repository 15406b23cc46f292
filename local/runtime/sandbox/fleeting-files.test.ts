import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { namesIn, textOf } from './fleeting-files.ts';

const directory = mkdtempSync(join(tmpdir(), 'fleeting-files-'));
afterAll(() => rmSync(directory, { recursive: true }));

test('texts of any length are whole, and no rest of a longer one is in a shorter', () => {
  const path = join(directory, 'text');
  for (const length of [0, 1, 16_384, 16_385, 100_000, 3]) {
    const text = 'abcdefghij'.repeat(10_000).slice(0, length);
    writeFileSync(path, text);
    expect(textOf(path)).toBe(text);
  }
  writeFileSync(path, 'é');
  expect([textOf(path, 'utf8'), textOf(path)]).toEqual(['é', 'Ã©']);
});

test('what is not there, or is a folder, has no text; what is no folder, no names', () => {
  expect([textOf(join(directory, 'none')), textOf(directory), namesIn(join(directory, 'none'))]).toEqual([
    undefined,
    undefined,
    [],
  ]);
});
