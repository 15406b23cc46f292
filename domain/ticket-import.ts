/** Tickets out of a table: each row by itself, as `POST /tickets` would take it, and a report of what became of each. */
import { requesterFor } from './caller.ts';
import { InvalidInput } from './problems.ts';
import { type NewTicket, ticketWish } from './requests.ts';

export const IMPORT_LIMITS = { bytes: 4 * 1024 * 1024, rows: 2_000 } as const;

/** What the first row has to name, in any order. */
export const IMPORT_COLUMNS = ['subject', 'body', 'requesterEmail'] as const;

/** Nothing of the file can be imported. The message is for whoever has sent it, and quotes nothing of the file. */
export class UnusableImport extends Error {
  override readonly name = 'UnusableImport';
}

export type ImportRow = {
  /** As spreadsheets count: the row of the names is 1. */
  readonly row: number;
} & ({ readonly ticket: NewTicket } | { readonly errors: readonly string[] });

/** @throws UnusableImport */
export function importRows(records: readonly (readonly string[])[]): ImportRow[] {
  const [header = [], ...rest] = records;
  const columns = columnsOf(header);
  const filled = rest
    .map((cells, index) => ({ cells, row: index + 2 }))
    .filter(({ cells }) => cells.some((cell) => cell.trim() !== ''));
  if (filled.length === 0) throw new UnusableImport('The file has no rows but the names of the columns');
  if (filled.length > IMPORT_LIMITS.rows) {
    throw new UnusableImport(`The file has more than ${IMPORT_LIMITS.rows} rows: send it in parts`);
  }
  return filled.map(({ cells, row }) => rowOf(cells, row, columns));
}

function columnsOf(header: readonly string[]): readonly string[] {
  const names = header.map((name) => {
    const wanted = name.trim().toLowerCase();
    return IMPORT_COLUMNS.find((column) => column.toLowerCase() === wanted);
  });
  const isExact = names.length === IMPORT_COLUMNS.length && IMPORT_COLUMNS.every((column) => names.includes(column));
  if (!isExact)
    throw new UnusableImport(`The first row must name the columns ${IMPORT_COLUMNS.join(', ')}, and no others`);
  return names as readonly string[];
}

function rowOf(cells: readonly string[], row: number, columns: readonly string[]): ImportRow {
  if (cells.length !== columns.length) {
    return { row, errors: [`the row has ${cells.length} columns, not ${columns.length}`] };
  }
  try {
    const wish = ticketWish(Object.fromEntries(columns.map((column, index) => [column, cells[index]])));
    // Agents import, and say whose each ticket is.
    const requesterEmail = requesterFor({ role: 'agent', email: '' }, wish.requesterEmail);
    return { row, ticket: { ...wish, requesterEmail } };
  } catch (error) {
    if (error instanceof InvalidInput) return { row, errors: error.problems };
    throw error;
  }
}

/** What became of a row. */
export type ImportResult = { readonly row: number } & (
  | { readonly ticketId: string }
  | { readonly errors: readonly string[] }
);

/** Says the same however often it is made. */
export interface ImportReport {
  readonly importId: string;
  readonly ticketId: string;
  readonly fileName: string;
  readonly rows: number;
  readonly opened: number;
  readonly refused: number;
  /** In the order of the rows. */
  readonly results: readonly ImportResult[];
}

export function importReport(
  { id, ticketId, fileName }: { readonly id: string; readonly ticketId: string; readonly fileName: string },
  rows: readonly ImportRow[],
  /** By row. */
  opened: ReadonlyMap<number, string>,
): ImportReport {
  const results = rows.map((one): ImportResult => {
    if ('errors' in one) return { row: one.row, errors: one.errors };
    const ticket = opened.get(one.row);
    if (ticket === undefined) throw new Error(`Row ${one.row} has neither become a ticket nor been refused`);
    return { row: one.row, ticketId: ticket };
  });
  const refused = rows.filter((one) => 'errors' in one).length;
  return { importId: id, ticketId, fileName, rows: rows.length, opened: rows.length - refused, refused, results };
}
