import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CONTENT_TYPES, type ContentType } from './attachment.ts';
import { checkFile, HEAD_BYTES, type Readers } from './file-check.ts';
import { gif, jpeg, mp4, office, pdf, png, stored, webp, zip } from './testing.ts';

const OPEN_XML = 'application/vnd.openxmlformats-officedocument';
const DOCX = `${OPEN_XML}.wordprocessingml.document` as const;
const MAIL = 'From: Ada <ada@example.com>\r\nSubject: Printer\r\n\r\nIt smokes.\r\n';

const readers: Readers = {
  table: (text, whole) => ({ columns: text.split('\n')[0]!.split(','), rows: whole ? 1 : null }),
  mail: async (bytes) => {
    if (Buffer.from(bytes).includes('broken')) throw new Error('broken');
    return { from: 'ada@example.com', subject: 'Printer', date: null, attachments: 0, text: 'It smokes.' };
  },
};

const GOOD: Readonly<Record<ContentType, Buffer>> = {
  'application/json': Buffer.from('{"printer": "on fire"}'),
  'application/pdf': pdf(),
  [`${OPEN_XML}.presentationml.presentation`]: office('ppt/presentation.xml'),
  [`${OPEN_XML}.spreadsheetml.sheet`]: office('xl/workbook.xml'),
  [DOCX]: office('word/document.xml'),
  'application/zip': zip({ 'a.txt': 'abc', 'b.txt': 'de' }),
  'image/gif': gif(3, 4),
  'image/jpeg': jpeg(640, 480),
  'image/png': png(1920, 1080),
  'image/webp': webp('VP8 ', 5, 6),
  'message/rfc822': Buffer.from(MAIL),
  'text/csv': Buffer.from('name,email\nAda,ada@example.com\n'),
  'text/markdown': Buffer.from('# Printer\n\nIt *smokes*.\n'),
  'text/plain': Buffer.from('It smokes.\nAgain.'),
  'video/mp4': mp4(),
};

async function check(
  contentType: ContentType,
  content: Buffer | string,
  changes: { size?: number; sentAs?: string } = {},
) {
  const file = stored(content, changes.sentAs ?? contentType);
  return await checkFile({ contentType, size: changes.size ?? file.size }, file, readers);
}

async function reasonOf(...args: Parameters<typeof check>): Promise<string> {
  const { verdict } = await check(...args);
  return verdict.state === 'rejected' ? verdict.reason : `stored as ${JSON.stringify(verdict.metadata)}`;
}

describe('what a file is', () => {
  test.each<[ContentType, object]>([
    [
      'application/json',
      { kind: 'json', holds: 'object', encoding: 'utf-8', lines: 1, excerpt: '{"printer": "on fire"}' },
    ],
    ['application/pdf', { kind: 'pdf', version: '1.7' }],
    [`${OPEN_XML}.presentationml.presentation`, { kind: 'office', entries: 2, unpackedBytes: 19 }],
    [`${OPEN_XML}.spreadsheetml.sheet`, { kind: 'office', entries: 2, unpackedBytes: 19 }],
    [DOCX, { kind: 'office', entries: 2, unpackedBytes: 19 }],
    ['application/zip', { kind: 'archive', entries: 2, unpackedBytes: 5 }],
    ['image/gif', { kind: 'image', width: 3, height: 4 }],
    ['image/jpeg', { kind: 'image', width: 640, height: 480 }],
    ['image/png', { kind: 'image', width: 1920, height: 1080 }],
    ['image/webp', { kind: 'image', width: 5, height: 6 }],
    [
      'message/rfc822',
      { kind: 'mail', from: 'ada@example.com', subject: 'Printer', date: null, attachments: 0, excerpt: 'It smokes.' },
    ],
    [
      'text/csv',
      {
        kind: 'table',
        columns: ['name', 'email'],
        rows: 1,
        encoding: 'utf-8',
        lines: 2,
        excerpt: 'name,email Ada,ada@example.com',
      },
    ],
    ['text/markdown', { kind: 'text', encoding: 'utf-8', lines: 3, excerpt: '# Printer It *smokes*.' }],
    ['text/plain', { kind: 'text', encoding: 'utf-8', lines: 2, excerpt: 'It smokes. Again.' }],
    ['video/mp4', { kind: 'video', brand: 'isom' }],
  ])('%s', async (type, metadata) => {
    expect((await check(type, GOOD[type])).verdict).toEqual({ state: 'stored', metadata });
  });

  test('of a mail its text is kept; of other files their bytes say it', async () => {
    for (const type of CONTENT_TYPES) {
      expect((await check(type, GOOD[type])).extractedText).toBe(type === 'message/rfc822' ? 'It smokes.' : null);
    }
  });

  test('is each type as itself, and as no other: those of text that is text alone are alike', async () => {
    const isText = (type: ContentType) => type.startsWith('text/');
    for (const declared of CONTENT_TYPES) {
      for (const actual of CONTENT_TYPES) {
        if (declared === actual) continue;
        const isTextAnyway = isText(declared) && !/^(?:image|video|application\/(?!json))/.test(actual);
        const isArchiveAnyway = declared === 'application/zip' && actual.startsWith(OPEN_XML);
        const { state } = (await check(declared, GOOD[actual])).verdict;
        expect({ declared, actual, state }).toEqual({
          declared,
          actual,
          state: isTextAnyway || isArchiveAnyway ? 'stored' : 'rejected',
        });
      }
    }
  });
});

describe('a file that lies is rejected', () => {
  test.each<[string, Parameters<typeof check>, string]>([
    ['about its size', ['text/plain', 'abc', { size: 4 }], 'The file has 3 bytes, not 4 as it was announced'],
    [
      'to S3',
      ['text/plain', 'abc', { sentAs: 'text/html' }],
      'The file was sent as another type than it was announced as',
    ],
    ['an image that is a PDF', ['image/jpeg', pdf()], 'The file is application/pdf, not image/jpeg'],
    ['an image that is a program', ['image/png', 'MZ\x90\0\x03'], 'The file does not begin as image/png does'],
    ['a text that is an image', ['text/plain', png(1, 1)], 'The file is image/png, not text/plain'],
    ['a text that is a program', ['text/plain', '\x7fELF\x02\x01\x01\0'], 'it has characters that no text has'],
    ['JSON that is none', ['application/json', '{"a": '], 'The file is not application/json: it cannot be parsed'],
    ['JSON of another encoding', ['application/json', Buffer.from('"\xfc"', 'latin1')], 'it is not UTF-8'],
    [
      'a PDF that begins later',
      ['application/pdf', Buffer.concat([Buffer.from('<script>'), pdf()])],
      'does not begin as',
    ],
    ['a PDF of no version', ['application/pdf', '%PDF-9.9\n'], 'a PDF of no version that there is'],
    ['a document that is an archive', [DOCX, zip({ 'a.txt': 'abc' })], 'an archive, but no document of the type'],
    ['a text document that is a table', [DOCX, office('xl/workbook.xml')], 'an archive, but no document of the type'],
    ['a document with macros', [DOCX, office('word/document.xml', { 'word/vbaProject.bin': 'x' })], 'has macros'],
    ['an archive without an end', ['application/zip', zip({ a: 'b' }).subarray(0, -3)], 'it has no end'],
    ['QuickTime as MP4', ['video/mp4', mp4('qt  ')], 'The file does not begin as video/mp4 does'],
    ['a picture as MP4', ['video/mp4', mp4('heic', 'mif1', 'heic')], 'The file does not begin as video/mp4 does'],
    ['a mail without headers', ['message/rfc822', 'Hello Grace,\n\nit smokes.'], 'it does not begin with a header'],
    ['a mail that cannot be read', ['message/rfc822', 'From: broken\r\n\r\n'], 'no mail that could be read'],
  ])('%s', async (_what, args, reason) => {
    expect(await reasonOf(...args)).toContain(reason);
  });

  test('and no reason quotes what the file says, nor is longer than its column', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...CONTENT_TYPES),
        fc.uint8Array({ minLength: 1, maxLength: 300 }),
        async (type, content) => {
          const { verdict } = await check(type, Buffer.from([...Buffer.from('<script>'), ...content]));
          if (verdict.state === 'rejected') {
            expect(verdict.reason).not.toContain('<script>');
            expect(verdict.reason.length).toBeLessThanOrEqual(300);
          } else expect(type).toMatch(/^text\//);
        },
      ),
    );
  });
});

describe('however the bytes are', () => {
  test('there is a verdict', async () => {
    const begins = Object.values(GOOD).map((good) => good.subarray(0, 40));
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...CONTENT_TYPES),
        fc.constantFrom(...begins),
        fc.uint8Array({ maxLength: 200 }),
        async (type, begin, rest) => {
          const { verdict } = await check(type, Buffer.concat([begin, rest]));
          expect(verdict.state).toMatch(/^(?:stored|rejected)$/);
        },
      ),
    );
  });
});

test('of a large file no more than its beginning is read, and nothing is said of the rest', async () => {
  const size = 40 * HEAD_BYTES;
  const asked: [number, number][] = [];
  const large = (begin: string, contentType: ContentType) =>
    checkFile(
      { contentType, size },
      {
        size,
        contentType,
        async read(from, to) {
          asked.push([from, to]);
          return Buffer.concat([Buffer.from(begin), Buffer.alloc(to - from - begin.length, 'ü')]).subarray(
            0,
            to - from,
          );
        },
      },
      readers,
    );
  expect((await large('x,', 'text/plain')).verdict).toMatchObject({ metadata: { encoding: 'utf-8', lines: null } });
  expect((await large('[', 'application/json')).verdict).toMatchObject({ metadata: { holds: null } });
  expect((await large('From: a\n\n', 'message/rfc822')).verdict).toMatchObject({ metadata: { attachments: null } });
  expect((await large('a,b\n', 'text/csv')).verdict).toMatchObject({ metadata: { columns: ['a', 'b'], rows: null } });
  expect(asked).toEqual([
    [0, HEAD_BYTES],
    [0, HEAD_BYTES],
    [0, HEAD_BYTES],
    [0, HEAD_BYTES],
  ]);
});
