/**
 * Whether a file is what it was announced as: by its bytes, its size and what S3 was told of it. What is in it is data,
 * whatever it says.
 */
import { entriesOf, type Source, UnreadableArchive } from './archive.ts';
import type { Attachment, ContentType, Verdict } from './attachment.ts';
import type { FileMetadata, JsonKind } from './file-metadata.ts';
import { imageSize } from './image-size.ts';
import { MAGIC_BYTES, type MagicType, magicTypeOf, mp4Brand, pdfVersion } from './magic-numbers.ts';
import { excerptOf, type PlainText, plainText, textMetadata } from './plain-text.ts';

/** So much of a file is read at once, and no more of one that has no directory at its end. */
export const HEAD_BYTES = 1024 * 1024;

/** So much of a mail: what it says comes first, and who makes a mail of nothing but parts keeps nobody busy for long. */
export const MAIL_BYTES = 256 * 1024;

/** A file as it lies there. */
export interface StoredFile extends Source {
  readonly contentType: string;
}

/** What a mail says of itself. */
export interface Mail {
  readonly from: string | null;
  readonly subject: string | null;
  /** ISO 8601, UTC. */
  readonly date: string | null;
  readonly attachments: number;
  /** Without headers, encodings and markup. */
  readonly text: string;
}

/** For what is read by somebody's library. */
export interface Readers {
  /**
   * Undefined: it is no table.
   * @param whole whether the text is all of the file; of a part rows are not counted, and null
   */
  readonly table: (
    text: string,
    whole: boolean,
  ) => { readonly columns: readonly string[]; readonly rows: number | null } | undefined;
  /** Rejects: it is no mail. */
  readonly mail: (bytes: Uint8Array) => Promise<Mail>;
}

export interface Checked {
  readonly verdict: Verdict;
  /** What a file says, where its bytes themselves are not its text; null otherwise. */
  readonly extractedText: string | null;
}

/** A file lies. The message is the reason, for whoever sees the ticket, and quotes nothing of the file. */
class Lie extends Error {
  override readonly name = 'Lie';
}

/** Longer texts do not fit into any prompt. */
const MOST_EXTRACTED = 65_536;

/** Rejects with what `file.read` throws. */
export async function checkFile(
  attachment: Pick<Attachment, 'contentType' | 'size'>,
  file: StoredFile,
  readers: Readers,
): Promise<Checked> {
  try {
    const { size, contentType } = attachment;
    if (file.size !== size) throw new Lie(`The file has ${file.size} bytes, not ${size} as it was announced`);
    if (file.contentType !== contentType) throw new Lie('The file was sent as another type than it was announced as');
    const head = await file.read(0, Math.min(size, HEAD_BYTES));
    const { extractedText = null, ...metadata } = await CHECKS[contentType as ContentType](head, file, readers);
    return { verdict: { state: 'stored', metadata }, extractedText };
  } catch (error) {
    if (!(error instanceof Lie)) throw error;
    return { verdict: { state: 'rejected', reason: error.message }, extractedText: null };
  }
}

type Check = (
  head: Uint8Array,
  file: StoredFile,
  readers: Readers,
) => Promise<FileMetadata & { readonly extractedText?: string }>;

const OPEN_XML = 'application/vnd.openxmlformats-officedocument';

const CHECKS: Readonly<Record<ContentType, Check>> = {
  'application/json': async (head, file) => jsonMetadata(textIn(head, file, 'application/json'), isWhole(head, file)),
  'application/pdf': async (head) => {
    mustBe('application/pdf', head);
    const version = pdfVersion(head);
    if (version === undefined) throw new Lie('The file is a PDF of no version that there is');
    return { kind: 'pdf', version };
  },
  [`${OPEN_XML}.presentationml.presentation`]: office('ppt/presentation.xml'),
  [`${OPEN_XML}.spreadsheetml.sheet`]: office('xl/workbook.xml'),
  [`${OPEN_XML}.wordprocessingml.document`]: office('word/document.xml'),
  'application/zip': async (head, file) => {
    mustBe('application/zip', head);
    return archiveMetadata('archive', await entriesIn(file));
  },
  'image/gif': image('image/gif'),
  'image/jpeg': image('image/jpeg'),
  'image/png': image('image/png'),
  'image/webp': image('image/webp'),
  'message/rfc822': async (head, file, readers) => {
    const { text } = textIn(head, file, 'message/rfc822');
    // RFC 5322, 2.2: a mail begins with a header field; of all that its name could be made of, none uses more.
    if (!/^[a-z][a-z\d-]{0,75}:/i.test(text)) throw new Lie('The file is no mail: it does not begin with a header');
    let mail: Mail;
    try {
      mail = await readers.mail(head.subarray(0, MAIL_BYTES));
    } catch {
      throw new Lie('The file is no mail that could be read');
    }
    const { text: said, attachments: counted, ...rest } = mail;
    const attachments = file.size > MAIL_BYTES ? null : counted;
    return {
      kind: 'mail',
      ...rest,
      attachments,
      excerpt: excerptOf(said),
      extractedText: said.slice(0, MOST_EXTRACTED).toWellFormed(),
    };
  },
  'text/csv': async (head, file, readers) => {
    const read = textIn(head, file, 'text/csv');
    const whole = isWhole(head, file);
    const metadata = textMetadata(read, whole);
    const table = readers.table(read.text, whole);
    if (!table) return metadata;
    const columns = table.columns.slice(0, MOST_COLUMNS).map(excerptOf);
    return { ...metadata, kind: 'table', columns, rows: table.rows };
  },
  'text/markdown': async (head, file) => textMetadata(textIn(head, file, 'text/markdown'), isWhole(head, file)),
  'text/plain': async (head, file) => textMetadata(textIn(head, file, 'text/plain'), isWhole(head, file)),
  'video/mp4': async (head) => {
    mustBe('video/mp4', head);
    return { kind: 'video', brand: mp4Brand(head) ?? '' };
  },
};

const MOST_COLUMNS = 50;

function isWhole(head: Uint8Array, file: StoredFile): boolean {
  return head.length === file.size;
}

function mustBe(type: MagicType, head: Uint8Array): void {
  const found = magicTypeOf(head.subarray(0, MAGIC_BYTES));
  if (found === type) return;
  throw new Lie(found ? `The file is ${found}, not ${type}` : `The file does not begin as ${type} does`);
}

function textIn(head: Uint8Array, file: StoredFile, type: ContentType): PlainText {
  const found = magicTypeOf(head.subarray(0, MAGIC_BYTES));
  if (found) throw new Lie(`The file is ${found}, not ${type}`);
  const read = plainText(head, isWhole(head, file));
  if (!read) throw new Lie(`The file is not ${type}: it has characters that no text has`);
  return read;
}

function image(type: MagicType): Check {
  return async (head) => {
    mustBe(type, head);
    const size = imageSize(type, head);
    return { kind: 'image', width: size?.width ?? null, height: size?.height ?? null };
  };
}

/** @param part that makes an archive a document of this kind */
function office(part: string): Check {
  return async (head, file) => {
    mustBe('application/zip', head);
    const entries = await entriesIn(file);
    const names = new Set(entries.map(({ name }) => name));
    if (!names.has('[Content_Types].xml') || !names.has(part)) {
      throw new Lie('The file is an archive, but no document of the type it was announced as');
    }
    // Documents with macros have types and endings of their own, which are not taken.
    if ([...names].some((name) => /(?:^|\/)vbaProject\.bin$/i.test(name))) throw new Lie('The document has macros');
    return archiveMetadata('office', entries);
  };
}

async function entriesIn(file: StoredFile) {
  try {
    return await entriesOf(file);
  } catch (error) {
    if (error instanceof UnreadableArchive) throw new Lie(`The file is no archive that can be read: ${error.message}`);
    throw error;
  }
}

function archiveMetadata(
  kind: 'archive' | 'office',
  entries: readonly { readonly unpackedBytes: number }[],
): FileMetadata {
  return { kind, entries: entries.length, unpackedBytes: entries.reduce((sum, entry) => sum + entry.unpackedBytes, 0) };
}

function jsonMetadata(read: PlainText, whole: boolean): FileMetadata {
  const metadata = textMetadata(read, whole);
  if (read.encoding !== 'utf-8') throw new Lie('The file is not application/json: it is not UTF-8');
  // Of a part of a text nobody can say whether the whole is JSON.
  if (!whole) return { ...metadata, kind: 'json', holds: null };
  let value: unknown;
  try {
    value = JSON.parse(read.text);
  } catch {
    throw new Lie('The file is not application/json: it cannot be parsed');
  }
  return { ...metadata, kind: 'json', holds: kindOf(value) };
}

function kindOf(value: unknown): JsonKind {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value === 'string' ? 'text' : (typeof value as 'object' | 'number' | 'boolean');
}
