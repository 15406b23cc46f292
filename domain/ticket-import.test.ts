import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ticketWish } from './requests.ts';
import {
  IMPORT_COLUMNS,
  IMPORT_LIMITS,
  type ImportRow,
  importReport,
  importRows,
  UnusableImport,
} from './ticket-import.ts';

const HEADER = [...IMPORT_COLUMNS];
const GOOD = ['Printer', 'It smokes.', 'ada@example.com'];
const FILE = { id: 'file-1', ticketId: 'ticket-1', fileName: 'tickets.csv' };

describe('the first row', () => {
  test.each([[['requesterEmail', 'subject', 'body']], [[' Subject', 'BODY ', 'requesteremail']]])(
    '%j names the columns, in any order',
    (header) => {
      const cells = header.map(
        (name) => GOOD[HEADER.findIndex((column) => column.toLowerCase() === name.trim().toLowerCase())]!,
      );
      expect(importRows([header, cells])).toEqual([
        { row: 2, ticket: { subject: 'Printer', body: 'It smokes.', requesterEmail: 'ada@example.com' } },
      ]);
    },
  );

  test.each([[[]], [['subject', 'body']], [[...HEADER, 'priority']], [['subject', 'subject', 'body']], [GOOD]])(
    '%j is refused, and with it the file',
    (header) => {
      expect(() => importRows([header, GOOD])).toThrow(UnusableImport);
    },
  );
});

describe('rows', () => {
  test('are judged each by itself, with the sentences of POST /tickets', () => {
    const rows = [
      HEADER,
      GOOD,
      ['', 'x', 'ada@example.com'],
      ['two\nlines', '', 'nobody'],
      ['Printer', 'x'],
      ['', ' ', ''],
      GOOD,
    ];
    expect(importRows(rows)).toEqual([
      { row: 2, ticket: expect.anything() },
      { row: 3, errors: ['subject must not be empty'] },
      {
        row: 4,
        errors: ['subject must be a single line', 'body must not be empty', 'requesterEmail must be an e-mail address'],
      },
      { row: 5, errors: ['the row has 2 columns, not 3'] },
      // Row 6 is blank, and counts as a row of the file.
      { row: 7, ticket: expect.anything() },
    ]);
  });

  test('there must be some, and not too many', () => {
    const rows = (count: number) => [HEADER, ...Array.from({ length: count }, () => GOOD)];
    expect(() => importRows([HEADER])).toThrow('no rows');
    expect(() => importRows([HEADER, ['', '', '']])).toThrow('no rows');
    expect(importRows(rows(IMPORT_LIMITS.rows))).toHaveLength(IMPORT_LIMITS.rows);
    expect(() => importRows(rows(IMPORT_LIMITS.rows + 1))).toThrow('more than 2000 rows');
  });
});

test('whatever the cells say, a row becomes what POST /tickets would take, or is refused as it would; none is lost', () => {
  const cell = fc.oneof(
    fc.constantFrom(...GOOD, '', 'x@y.z'),
    fc.string({ unit: 'grapheme', maxLength: 30 }),
    fc.constant('y'.repeat(201)),
  );
  const row = fc.oneof({ weight: 9, arbitrary: fc.tuple(cell, cell, cell) }, fc.array(cell, { maxLength: 5 }));
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 20 }), (cells) => {
      fc.pre(cells.some((one) => one.some((text) => text.trim() !== '')));
      const rows = importRows([HEADER, ...cells]);
      const opened = new Map(rows.flatMap((one) => ('ticket' in one ? [[one.row, `ticket of ${one.row}`]] : [])));
      const report = importReport(FILE, rows, opened);

      const filled = cells.flatMap((one, index) => (one.some((text) => text.trim() !== '') ? [index + 2] : []));
      expect(report.results.map((result) => result.row)).toEqual(filled);
      expect(report.rows).toBe(report.opened + report.refused);
      for (const [index, result] of report.results.entries()) {
        const [subject, body, requesterEmail] = cells[result.row - 2]!;
        const isGood = cells[result.row - 2]!.length === 3 && isWish({ subject, body, requesterEmail });
        if (isGood) {
          expect(result).toEqual({ row: result.row, ticketId: `ticket of ${result.row}` });
          expect((rows[index] as ImportRow & { ticket: object }).ticket).toEqual({ subject, body, requesterEmail });
        } else expect(result).toEqual({ row: result.row, errors: expect.arrayContaining([expect.any(String)]) });
      }
    }),
  );
});

function isWish(input: unknown): boolean {
  try {
    ticketWish(input);
    return true;
  } catch {
    return false;
  }
}

test('a report says what became of every row, and is not made before that is known', () => {
  const rows = importRows([HEADER, GOOD, ['', 'x', 'ada@example.com']]);
  expect(importReport(FILE, rows, new Map([[2, 'ticket-2']]))).toEqual({
    importId: 'file-1',
    ticketId: 'ticket-1',
    fileName: 'tickets.csv',
    rows: 2,
    opened: 1,
    refused: 1,
    results: [
      { row: 2, ticketId: 'ticket-2' },
      { row: 3, errors: ['subject must not be empty'] },
    ],
  });
  expect(() => importReport(FILE, rows, new Map())).toThrow('Row 2');
});
