import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  announceAttachment,
  attachmentAt,
  CONTENT_TYPES,
  decideAttachment,
  mustBeAllowedToSend,
  newAttachment,
  objectKey,
  reportKey,
} from './attachment.ts';
import { InvalidInput, NotAllowedInStatus, NotPermitted, TicketFull } from './problems.ts';
import { LIMITS } from './requests.ts';
import { type Moment, openTicket } from './ticket.ts';
import { IMPORT_LIMITS } from './ticket-import.ts';

const MAXIMUM = 25 * 1024 * 1024;
const valid = { fileName: 'smoke.jpg', contentType: 'image/jpeg', size: 482_113 };

const reading = (changes: Record<string, unknown>) => () => newAttachment({ ...valid, ...changes }, MAXIMUM);

let made = 0;
const moment: Moment = { at: '2026-11-21T03:00:00.000Z', newId: () => `id-${++made}` };
const { ticket } = openTicket({ subject: 'Printer', body: 'Smoke', requesterEmail: 'ada@example.com' }, moment);

describe('a new attachment', () => {
  test('is a name, a type and a size, and nothing else', () => {
    expect(newAttachment(valid, MAXIMUM)).toEqual({ ...valid, purpose: 'attachment' });
    for (const field of Object.keys(valid)) {
      const { [field as keyof typeof valid]: _, ...rest } = valid;
      expect(() => newAttachment(rest, MAXIMUM)).toThrow(`${field} is missing`);
    }
    expect(reading({ key: 'x' })).toThrow('"key" is not a field');
    for (const input of [null, 7, [], 'x', undefined])
      expect(() => newAttachment(input, MAXIMUM)).toThrow(InvalidInput);
  });

  test.each([0, -1, 1.5, MAXIMUM + 1, '5', null, Number.NaN, Number.POSITIVE_INFINITY])(
    'is refused with size %p',
    (size) => expect(reading({ size })).toThrow(`size must be a whole number from 1 to ${MAXIMUM}`),
  );

  test('may be as large as is allowed', () => {
    expect(reading({ size: MAXIMUM })()).toMatchObject({ size: MAXIMUM });
    expect(reading({ size: 1 })()).toMatchObject({ size: 1 });
  });

  test.each([
    'text/html',
    'image/svg+xml',
    'application/octet-stream',
    'IMAGE/JPEG',
    'constructor',
    '',
    'image/jpeg; x=y',
  ])('is refused as %p', (contentType) => expect(reading({ contentType })).toThrow('contentType must be one of'));

  test.each([
    ['smoke.jpeg', 'image/jpeg'],
    ['SMOKE.JPG', 'image/jpeg'],
    ['Übersicht – 2026 (final).pdf', 'application/pdf'],
    ['煙.png', 'image/png'],
    ['گزارش‌ها.txt', 'text/plain'],
    ['a.b.c.log', 'text/plain'],
    [`${'x'.repeat(196)}.jpg`, 'image/jpeg'],
  ])('%p is a name of %s', (fileName, contentType) => {
    expect(reading({ fileName, contentType })()).toMatchObject({ fileName });
  });

  test.each([
    ['', 'must not be empty'],
    ['../../etc/passwd.jpg', 'not a path'],
    ['C:\\smoke.jpg', 'not a path'],
    ['.jpg', 'begin with a dot'],
    [' smoke.jpg', 'begin with a dot, nor begin or end with a space'],
    ['smoke', 'must end with .jpg or .jpeg'],
    ['jpg', 'must end with .jpg or .jpeg'],
    ['smoke.jpg.exe', 'must end with .jpg or .jpeg'],
    ['smoke.jpg\u0000.exe', 'control characters'],
    ['one\ntwo.jpg', 'single line'],
    ['exe\u202egpj.jpg', 'direction of writing'],
    ['\ud800.jpg', 'valid Unicode'],
    [`${'x'.repeat(197)}.jpg`, 'longer than 200'],
    [7, 'must be a string'],
  ])('%p is no name', (fileName, problem) => expect(reading({ fileName })).toThrow(problem));

  test('never has an ending that its type does not have', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.constantFrom('exe', 'html', 'js', 'svg', 'sh', 'hta'),
        fc.constantFrom(...CONTENT_TYPES),
        (stem, ending, contentType) => {
          expect(reading({ fileName: `${stem}.${ending}`, contentType })).toThrow(InvalidInput);
        },
      ),
    );
  });
});

describe('an import', () => {
  const wish = { purpose: 'import', fileName: 'tickets.csv', contentType: 'text/csv', size: IMPORT_LIMITS.bytes };

  test('is CSV, and not too large', () => {
    expect(reading(wish)()).toEqual(wish);
    expect(reading({ ...wish, purpose: 'export' })).toThrow('purpose must be one of attachment, import');
    expect(reading({ ...wish, fileName: 'a.txt', contentType: 'text/plain' })).toThrow('contentType must be text/csv');
    expect(reading({ ...wish, size: IMPORT_LIMITS.bytes + 1 })).toThrow('size must be at most 4194304 for an import');
  });

  test('is for agents', () => {
    expect(() => mustBeAllowedToSend({ role: 'customer' }, { purpose: 'import' })).toThrow(NotPermitted);
    expect(() => mustBeAllowedToSend({ role: 'customer' }, { purpose: 'attachment' })).not.toThrow();
    expect(() => mustBeAllowedToSend({ role: 'agent' }, { purpose: 'import' })).not.toThrow();
  });
});

describe('announcing', () => {
  const wanted = newAttachment(valid, MAXIMUM);

  test('makes another version of the ticket, since it is shown with its attachments', () => {
    const announced = announceAttachment(ticket, wanted, 0, { ...moment, at: '2026-11-21T04:00:00.000Z' });
    expect(announced.ticket).toEqual({ ...ticket, version: 2, updatedAt: '2026-11-21T04:00:00.000Z' });
    expect(announced.attachment).toEqual({
      ...wanted,
      id: expect.any(String),
      ticketId: ticket.id,
      state: 'announced',
      reason: null,
      metadata: null,
      createdAt: '2026-11-21T04:00:00.000Z',
    });
  });

  test('is refused for a closed ticket, and for a full one', () => {
    const closed = { ...ticket, status: 'closed' } as const;
    expect(() => announceAttachment(closed, wanted, 0, moment)).toThrow(NotAllowedInStatus);
    expect(() => announceAttachment(ticket, wanted, LIMITS.attachmentsPerTicket - 1, moment)).not.toThrow();
    expect(() => announceAttachment(ticket, wanted, LIMITS.attachmentsPerTicket, moment)).toThrow(TicketFull);
  });

  test('the place of a file says nothing of its name', () => {
    const { attachment } = announceAttachment(ticket, wanted, 0, moment);
    expect(objectKey(attachment)).toBe(`tickets/${ticket.id}/${attachment.id}`);
  });

  test('the place of a file leads back to it, that of its report and others do not', () => {
    const ids = { ticketId: '0192f4c1-3b5e-7c44-9a51-1f2e3d4c5b6a', id: '0192f4c1-3b5e-7c44-9a51-1f2e3d4c5b6b' };
    expect(attachmentAt(objectKey(ids))).toEqual(ids);
    for (const key of [reportKey(ids), `${objectKey(ids)}/x`, `x/${objectKey(ids)}`, 'tickets/1/2', 'tickets', '']) {
      expect(attachmentAt(key)).toBeUndefined();
    }
  });
});

describe('deciding', () => {
  const announced = announceAttachment(ticket, newAttachment(valid, MAXIMUM), 0, moment);
  const later = { ...moment, at: '2026-11-21T05:00:00.000Z' };
  const metadata = { kind: 'image', width: 1, height: 2 } as const;

  test('makes another version of the ticket', () => {
    const decided = decideAttachment(announced.ticket, announced.attachment, { state: 'stored', metadata }, later);
    expect(decided.ticket).toEqual({ ...announced.ticket, version: 3, updatedAt: later.at });
    expect(decided.attachment).toEqual({ ...announced.attachment, state: 'stored', metadata });
  });

  test('happens once: what was decided stays', () => {
    const rejected = decideAttachment(
      announced.ticket,
      announced.attachment,
      { state: 'rejected', reason: 'it lies' },
      later,
    );
    expect(rejected.attachment).toMatchObject({ state: 'rejected', reason: 'it lies', metadata: null });
    const again = decideAttachment(rejected.ticket, rejected.attachment, { state: 'stored', metadata }, later);
    expect(again.ticket).toBe(rejected.ticket);
    expect(again.attachment).toBe(rejected.attachment);
  });
});
