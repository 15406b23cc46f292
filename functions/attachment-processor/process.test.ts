import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { SQSEvent } from 'aws-lambda';
import { type Attachment, attachmentAt, type ContentType, objectKey, reportKey } from '../../domain/attachment.ts';
import type { HelpDeskEvent } from '../../domain/events.ts';
import { uuidV7 } from '../../domain/identifiers.ts';
import { jpeg, pdf, stored } from '../../domain/testing.ts';
import { type Opened, openTicket, type Ticket } from '../../domain/ticket.ts';
import { arrivedKey, NotAnArrival } from './arrival.ts';
import { csvTable } from './csv.ts';
import { importTickets } from './import-tickets.ts';
import { readMail } from './mail.ts';
import { processFile } from './process.ts';
import type { FileRepository } from './repository.ts';

const SAMPLE = JSON.parse(readFileSync(join(process.cwd(), 'events/attachment-processor.json'), 'utf8')) as SQSEvent;
const KEY = arrivedKey(SAMPLE.Records[0]!.body);
const at = attachmentAt(KEY)!;
const moment = { at: '2026-11-21T12:00:00.000Z', newId: () => uuidV7(Date.now(), randomBytes) };
const PLENTY = () => 60_000;

let ticket: Ticket;
let attachment: Attachment;
let extracted: string | null;
let objects: Map<string, Buffer>;
let deleted: string[];
let rows: Map<number, string>;
let tickets: Opened[];
let published: HelpDeskEvent[];
let decided: Attachment[];
let strays: number;
let transactions: number;
/** The database goes away after so many transactions of rows. */
let goesAwayAfter: number;

const repository: FileRepository = {
  find: async ({ id }) => (id === attachment.id ? attachment : undefined),
  async decide(_at, extractedText, decide) {
    const announced = decide(ticket, attachment);
    if (announced.attachment !== attachment) extracted = extractedText;
    ({ ticket, attachment } = announced);
    return announced;
  },
  async openRows(attachmentId, part, open) {
    expect(attachmentId).toBe(attachment.id);
    if (transactions === goesAwayAfter) throw new Error('away');
    transactions += 1;
    const opened: Opened[] = [];
    for (const row of part) {
      if (rows.has(row.row)) continue;
      const one = open(row);
      rows.set(row.row, one.ticket.id);
      opened.push(one);
    }
    tickets.push(...opened);
    return { ticketIds: new Map(part.map(({ row }) => [row, rows.get(row)!])), opened };
  },
};

function take(key = KEY, remainingMs = PLENTY): Promise<void> {
  const publish = async (events: readonly HelpDeskEvent[]) => void published.push(...events);
  return processFile({
    repository,
    open: async (one) => stored(objects.get(one)!, attachment.contentType),
    remove: async (one) => void deleted.push(one),
    readers: { table: csvTable, mail: readMail },
    importTickets: importTickets({
      repository,
      writeReport: async (one, report) => void objects.set(one, Buffer.from(report)),
      moment: () => moment,
      publish,
    }),
    moment: () => moment,
    onDecided: (one) => void decided.push(one),
    onStray: () => {
      strays += 1;
    },
  })(key, remainingMs);
}

function announced(contentType: ContentType, content: Buffer | string, purpose: Attachment['purpose'] = 'attachment') {
  const bytes = Buffer.from(content);
  objects.set(KEY, bytes);
  const announcedAt = { state: 'announced', reason: null, metadata: null, createdAt: moment.at } as const;
  attachment = { ...at, fileName: 'file', contentType, size: bytes.length, purpose, ...announcedAt };
}

beforeEach(() => {
  ticket = {
    ...openTicket({ subject: 'Printer', body: 'Smoke', requesterEmail: 'ada@example.com' }, moment).ticket,
    id: at.ticketId,
  };
  [objects, rows] = [new Map(), new Map()];
  [deleted, tickets, published, decided] = [[], [], [], []];
  [strays, transactions, goesAwayAfter, extracted] = [0, 0, Number.POSITIVE_INFINITY, null];
});

test('what S3 says of a file names it; nothing else is taken for it', () => {
  expect(objectKey(at)).toBe(KEY);
  for (const body of [
    '',
    'null',
    '{}',
    '{"detail-type":"Object Deleted","detail":{"object":{"key":"a"}}}',
    '{"detail-type":"Object Created","detail":{"object":{}}}',
  ]) {
    expect(() => arrivedKey(body)).toThrow(NotAnArrival);
  }
});

describe('a file', () => {
  test('that is what it was announced as is stored, described, and makes another version of its ticket', async () => {
    announced('image/jpeg', jpeg(640, 480));
    await take();
    expect(attachment).toMatchObject({
      state: 'stored',
      reason: null,
      metadata: { kind: 'image', width: 640, height: 480 },
    });
    expect(ticket.version).toBe(2);
    expect(deleted).toEqual([]);
    expect(decided).toEqual([attachment]);
  });

  test('that lies is rejected with a reason, and deleted', async () => {
    announced('image/jpeg', pdf());
    await take();
    expect(attachment).toMatchObject({
      state: 'rejected',
      reason: 'The file is application/pdf, not image/jpeg',
      metadata: null,
    });
    expect(ticket.version).toBe(2);
    expect(deleted).toEqual([KEY]);
  });

  test('that is told of twice changes nothing the second time', async () => {
    for (const content of [jpeg(1, 1), pdf()]) {
      announced('image/jpeg', content);
      await take();
      const before = [ticket, attachment, decided.length] as const;
      await take();
      expect([ticket, attachment, decided.length]).toEqual(before);
    }
  });

  test('of two that look at it at once the second one finds it decided', async () => {
    announced('image/jpeg', jpeg(1, 1));
    await Promise.all([take(), take()]);
    expect(ticket.version).toBe(2);
  });

  test('in the place of one that was rejected is deleted again', async () => {
    announced('image/jpeg', pdf());
    await take();
    objects.set(KEY, jpeg(1, 1));
    await take();
    expect(attachment.state).toBe('rejected');
    expect(deleted).toEqual([KEY, KEY]);
  });

  test('of mail has its text kept', async () => {
    announced('message/rfc822', 'From: ada@example.com\r\nSubject: Printer\r\n\r\nIt smokes.\r\n');
    await take();
    expect(attachment.metadata).toMatchObject({ kind: 'mail', from: 'ada@example.com', subject: 'Printer' });
    expect(extracted).toContain('It smokes.');
  });

  test('that nobody announced is left alone', async () => {
    announced('image/jpeg', jpeg(1, 1));
    for (const key of ['backup.tar', `${KEY}.report.json`, `tickets/${at.ticketId}/${moment.newId()}`]) await take(key);
    expect(strays).toBe(3);
    expect([deleted, decided]).toEqual([[], []]);
  });
});

describe('an import', () => {
  const HEADER = 'subject,body,requesterEmail\r\n';
  const table = (count: number) =>
    HEADER +
    Array.from({ length: count }, (_, index) => `Printer ${index},"It smokes,\r\nagain",ada@example.com\r\n`).join('');
  const report = () => JSON.parse(objects.get(reportKey(attachment))!.toString('utf8'));

  test('opens a ticket for each good row, and says beside the file what became of each', async () => {
    announced(
      'text/csv',
      `\ufeff${HEADER}Printer,"It ""smokes"",\r\nagain",ada@example.com\r\n,no subject,bob@example.com\r\n`,
      'import',
    );
    await take();
    expect(attachment).toMatchObject({ state: 'stored', metadata: { kind: 'import', rows: 2, opened: 1, refused: 1 } });
    expect(tickets).toHaveLength(1);
    expect(tickets[0]).toMatchObject({
      ticket: { subject: 'Printer', requesterEmail: 'ada@example.com', status: 'open' },
      message: { body: 'It "smokes",\r\nagain', author: 'ada@example.com' },
    });
    expect(published).toEqual(tickets.flatMap(({ events }) => events));
    expect(report()).toEqual({
      importId: at.id,
      ticketId: at.ticketId,
      fileName: 'file',
      rows: 2,
      opened: 1,
      refused: 1,
      results: [
        { row: 2, ticketId: tickets[0]!.ticket.id },
        { row: 3, errors: ['subject must not be empty'] },
      ],
    });
  });

  test.each([
    ['no table', 'a,"b\n', 'The file is no CSV: a quote is not closed'],
    ['other columns', 'name,email\nAda,ada@example.com\n', 'The first row must name the columns'],
    ['no rows', HEADER, 'The file has no rows'],
    ['another encoding', Buffer.from(`${HEADER}Größe,x,a@b.c\n`, 'latin1'), 'The file is not in UTF-8'],
    ['no text', Buffer.concat([Buffer.from(HEADER), Buffer.alloc(9)]), 'it has characters that no text has'],
    ['an image', jpeg(1, 1), 'The file is image/jpeg, not text/csv'],
  ])('of %s is rejected whole', async (_what, content, reason) => {
    announced('text/csv', content, 'import');
    await take();
    expect(attachment).toMatchObject({ state: 'rejected', reason: expect.stringContaining(reason) });
    expect([tickets, deleted]).toEqual([[], [KEY]]);
  });

  test('that breaks off goes on where it stopped: no row is lost, and none becomes two tickets', async () => {
    announced('text/csv', table(50), 'import');
    goesAwayAfter = 1;
    await expect(take()).rejects.toThrow('away');
    expect([tickets.length, attachment.state]).toEqual([20, 'announced']);
    goesAwayAfter = Number.POSITIVE_INFINITY;
    await take();
    expect(tickets.map((one) => one.ticket.subject)).toEqual(
      Array.from({ length: 50 }, (_, index) => `Printer ${index}`),
    );
    expect(published).toHaveLength(50);
    expect(report().results.map((one: { ticketId: string }) => one.ticketId)).toEqual(
      tickets.map((one) => one.ticket.id),
    );
    await take();
    expect(tickets).toHaveLength(50);
  });

  test('gives up in time, to be taken up again', async () => {
    announced('text/csv', table(50), 'import');
    let calls = 0;
    await expect(take(KEY, () => (++calls > 2 ? 0 : 1))).rejects.toThrow('40 of 50 rows are imported');
    expect([tickets.length, attachment.state]).toEqual([40, 'announced']);
  });
});
