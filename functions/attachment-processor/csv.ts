/** Tables as CSV has them (RFC 4180), and as spreadsheets write them: with a BOM, or with semicolons. */
import { type CsvError, type InfoRecord, type Options, parse } from 'csv-parse/sync';
import { UnusableImport } from '../../domain/ticket-import.ts';

/** One field: more than the longest text of a ticket can take. */
const LARGEST_RECORD = 256 * 1024;

/**
 * All records with their fields as text, blank ones too, so that their places stay those of the file's rows.
 * @param most records; what comes after them is not read
 * @throws UnusableImport naming the line, without quoting it
 */
export function csvRecords(text: string, most: number): string[][] {
  return parsed(text, { to: most });
}

/**
 * What a table is like. Undefined: it is none.
 * @param whole whether the text ends here: rows of a part are not counted
 */
export function csvTable(text: string, whole: boolean) {
  let rows = 0;
  const count = (cells: string[], { records }: InfoRecord): string[] | null => {
    if (records === 1) return cells;
    if (cells.some((cell) => cell !== '')) rows += 1;
    // Counted, and not kept.
    return null;
  };
  try {
    const [columns] = parsed(text, whole ? { on_record: count } : { to: 1 });
    return columns && { columns, rows: whole ? rows : null };
  } catch (error) {
    if (error instanceof UnusableImport) return undefined;
    throw error;
  }
}

function parsed(text: string, options: Options<string[]>): string[][] {
  try {
    return parse(text, {
      bom: true,
      delimiter: delimiterOf(text),
      // Who counts columns can say which row is wrong.
      relax_column_count: true,
      max_record_size: LARGEST_RECORD,
      ...options,
    }) as string[][];
  } catch (error) {
    const problem = PROBLEMS[(error as CsvError).code];
    if (problem === undefined) throw error;
    throw new UnusableImport(`The file is no CSV: ${problem} (line ${(error as CsvError).lines})`);
  }
}

const PROBLEMS: Partial<Record<CsvError['code'], string>> = {
  CSV_QUOTE_NOT_CLOSED: 'a quote is not closed',
  CSV_INVALID_CLOSING_QUOTE: 'after a closing quote something else follows than the next field',
  INVALID_OPENING_QUOTE: 'a quote stands within a field that does not begin with one',
  CSV_MAX_RECORD_SIZE: 'a row is too long',
};

/** Where a comma is the decimal sign, spreadsheets put semicolons between fields. The names of columns have neither. */
function delimiterOf(text: string): string {
  return /^[^,\r\n]*;/.test(text) ? ';' : ',';
}
