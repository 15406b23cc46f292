import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { UnusableImport } from '../../domain/ticket-import.ts';
import { csvRecords, csvTable } from './csv.ts';

const quoted = (cell: string) => `"${cell.replaceAll('"', '""')}"`;

describe('records', () => {
  test('are what was written, whatever the cells, the ends of lines, the separator and the mark before them', () => {
    const cell = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 20 }).filter((text) => text.isWellFormed()),
      fc.constantFrom('a,b', 'a;b', 'say "hi"', 'two\r\nlines', ' padded ', ''),
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(cell, cell, cell), { maxLength: 10 }),
        fc.constantFrom('\n', '\r\n'),
        fc.constantFrom(',', ';'),
        fc.constantFrom('', '\ufeff'),
        fc.boolean(),
        (rows, end, separator, mark, lastEnd) => {
          // The first row names the columns, which need no quotes.
          const lines = [['one', 'two', 'three'], ...rows];
          const text = lines.map((cells, at) => (at === 0 ? cells : cells.map(quoted)).join(separator)).join(end);
          expect(csvRecords(`${mark}${text}${lastEnd ? end : ''}`, 100)).toEqual(lines);
        },
      ),
    );
  });

  test('keep their places: blank lines are records, too', () => {
    expect(csvRecords('a,b\n\n1,2\n\n\n3,4\n', 100)).toEqual([['a', 'b'], [''], ['1', '2'], [''], [''], ['3', '4']]);
  });

  test('end where enough were read', () => {
    expect(csvRecords('a\nb\nc\n"not closed', 2)).toEqual([['a'], ['b']]);
  });

  test.each([
    ['a,b\n"1,2\n', 'a quote is not closed (line'],
    ['a,b\n"1"x,2\n', 'after a closing quote something else follows than the next field (line 2)'],
    ['a,b\n1,x"2\n', 'a quote stands within a field that does not begin with one (line 2)'],
    [`a,b\n${'x'.repeat(300_000)},2\n`, 'a row is too long (line'],
  ])('are none where %j', (text, problem) => {
    expect(() => csvRecords(text, 100)).toThrow(UnusableImport);
    expect(() => csvRecords(text, 100)).toThrow(problem);
    expect(csvTable(text, true)).toBeUndefined();
  });
});

test('a table has columns, and rows where all of it was read', () => {
  const text = 'name,"e-mail, if any"\nAda,"two\nlines"\n\nBob,\n';
  expect(csvTable(text, true)).toEqual({ columns: ['name', 'e-mail, if any'], rows: 2 });
  expect(csvTable(`${text}"cut`, false)).toEqual({ columns: ['name', 'e-mail, if any'], rows: null });
  expect(csvTable('', true)).toBeUndefined();
});
