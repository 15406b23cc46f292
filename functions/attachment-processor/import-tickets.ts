/** A table of tickets, row by row: some of them at a time, so that what was done is done, however often it comes. */

import type { Source } from '../../domain/archive.ts';
import { type Attachment, reportKey, type Verdict } from '../../domain/attachment.ts';
import type { HelpDeskEvent } from '../../domain/events.ts';
import { HEAD_BYTES } from '../../domain/file-check.ts';
import { plainText } from '../../domain/plain-text.ts';
import { type Moment, openTicket } from '../../domain/ticket.ts';
import { IMPORT_LIMITS, type ImportRow, importReport, importRows, UnusableImport } from '../../domain/ticket-import.ts';
import { csvRecords } from './csv.ts';
import type { FileRepository } from './repository.ts';

/** Time is up. What was imported stays; the rest is when the message comes again. */
export class ImportUnfinished extends Error {
  override readonly name = 'ImportUnfinished';
}

export interface Dependencies {
  readonly repository: Pick<FileRepository, 'openRows'>;
  readonly writeReport: (key: string, report: string) => Promise<void>;
  readonly moment: () => Moment;
  /** For events that have been stored; never rejects. */
  readonly publish: (events: readonly HelpDeskEvent[]) => Promise<void>;
}

/** In one transaction: it holds one connection, and the events go to the bus together. */
const ROWS_AT_ONCE = 20;

/** Rejects with what database and S3 throw, and with ImportUnfinished. */
export function importTickets({ repository, writeReport, moment, publish }: Dependencies) {
  async function opened(attachment: Attachment, rows: readonly ImportRow[], remainingMs: () => number) {
    const good = rows.filter((one) => 'ticket' in one);
    const ticketIds = new Map<number, string>();
    for (let at = 0; at < good.length; at += ROWS_AT_ONCE) {
      if (remainingMs() <= 0) throw new ImportUnfinished(`${at} of ${good.length} rows are imported`);
      const part = good.slice(at, at + ROWS_AT_ONCE);
      const done = await repository.openRows(attachment.id, part, ({ ticket }) => openTicket(ticket, moment()));
      for (const [row, ticketId] of done.ticketIds) ticketIds.set(row, ticketId);
      await publish(done.opened.flatMap(({ events }) => events));
    }
    return ticketIds;
  }

  return async (attachment: Attachment, file: Source, remainingMs: () => number): Promise<Verdict> => {
    let rows: ImportRow[];
    try {
      rows = importRows(csvRecords(await utf8(file), IMPORT_LIMITS.rows + MORE_ROWS));
    } catch (error) {
      if (error instanceof UnusableImport) return { state: 'rejected', reason: error.message };
      throw error;
    }
    const report = importReport(attachment, rows, await opened(attachment, rows, remainingMs));
    await writeReport(reportKey(attachment), `${JSON.stringify(report, null, 2)}\n`);
    const { opened: tickets, refused } = report;
    return { state: 'stored', metadata: { kind: 'import', rows: rows.length, opened: tickets, refused } };
  };
}

/** Blank rows count for nothing, but not without end. */
const MORE_ROWS = 1_000;

async function utf8(file: Source): Promise<string> {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < file.size; at += HEAD_BYTES)
    parts.push(await file.read(at, Math.min(at + HEAD_BYTES, file.size)));
  const read = plainText(Buffer.concat(parts), true);
  if (!read) throw new UnusableImport('The file is not text/csv: it has characters that no text has');
  // In another character set names would come out wrong, and nobody would be told.
  if (read.encoding !== 'utf-8') throw new UnusableImport('The file is not in UTF-8: save it as "CSV UTF-8"');
  return read.text;
}
