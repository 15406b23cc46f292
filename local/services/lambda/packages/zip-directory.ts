/**
 * Reads what a zip file says it contains. Pure: nothing is inflated and nothing is written, so that whoever unpacks can
 * refuse first. The format: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
 */
import { malformed } from './zip-error.ts';

export interface ZipEntry {
  /** Relative, with `/` between its parts, none of which is empty, `.` or `..`. */
  readonly path: string;
  readonly kind: 'file' | 'directory' | 'symlink';
  /** Permission bits, where the zip was made by something that has them. */
  readonly permissions: number | undefined;
  /** 0 stored, 8 deflated. */
  readonly method: number;
  readonly compressedSize: number;
  /** Bytes when unpacked, as announced. */
  readonly size: number;
  readonly crc: number;
  /** Of the entry's local header. */
  readonly offset: number;
}

const END = 0x06054b50;
const END_BYTES = 22;
const ZIP64_LOCATOR = 0x07064b50;
const ZIP64_END = 0x06064b50;
const CENTRAL = 0x02014b50;
const CENTRAL_BYTES = 46;
const LOCAL = 0x04034b50;
const LOCAL_BYTES = 30;
const LONGEST_COMMENT = 0xffff;
const IN_ZIP64 = 0xffffffff;

const ENCRYPTED = 1;
const UTF8 = 0x800;

const FILE_TYPE = 0o170000;
const SYMLINK = 0o120000;
const DIRECTORY = 0o040000;

/** Throws ZipError for what is no zip file, and for entries that no package has: encrypted, or outside its folder. */
export function readZipDirectory(zip: Buffer): readonly ZipEntry[] {
  const { count, start } = findDirectory(zip);
  const entries: ZipEntry[] = [];
  let at = start;
  for (let index = 0; index < count; index += 1) {
    if (at + CENTRAL_BYTES > zip.length || zip.readUInt32LE(at) !== CENTRAL)
      throw malformed('its directory is damaged');
    const nameLength = zip.readUInt16LE(at + 28);
    const extraLength = zip.readUInt16LE(at + 30);
    const end = at + CENTRAL_BYTES + nameLength + extraLength + zip.readUInt16LE(at + 32);
    if (end > zip.length) throw malformed('its directory is cut off');
    entries.push(readEntry(zip, at, nameLength, extraLength));
    at = end;
  }
  return entries;
}

/** Where an entry's content begins and ends. Throws ZipError when it lies outside the file. */
export function contentOf(zip: Buffer, entry: ZipEntry): Buffer {
  const { offset, compressedSize } = entry;
  if (offset + LOCAL_BYTES > zip.length || zip.readUInt32LE(offset) !== LOCAL) {
    throw malformed(`the entry ${entry.path} is not where the directory says`);
  }
  const start = offset + LOCAL_BYTES + zip.readUInt16LE(offset + 26) + zip.readUInt16LE(offset + 28);
  if (start + compressedSize > zip.length) throw malformed(`the entry ${entry.path} is cut off`);
  return zip.subarray(start, start + compressedSize);
}

/** The end record is looked for from behind: a comment of any length may follow it. */
function findDirectory(zip: Buffer): { count: number; start: number } {
  for (let at = zip.length - END_BYTES; at >= Math.max(0, zip.length - END_BYTES - LONGEST_COMMENT); at -= 1) {
    if (zip.readUInt32LE(at) !== END || at + END_BYTES + zip.readUInt16LE(at + 20) > zip.length) continue;
    const count = zip.readUInt16LE(at + 10);
    const start = zip.readUInt32LE(at + 16);
    if (count !== 0xffff && start !== IN_ZIP64) return { count, start };
    return findZip64Directory(zip, at) ?? { count, start };
  }
  throw malformed('it has no end record');
}

function findZip64Directory(zip: Buffer, end: number): { count: number; start: number } | undefined {
  const locator = end - 20;
  if (locator < 0 || zip.readUInt32LE(locator) !== ZIP64_LOCATOR) return undefined;
  const at = Number(zip.readBigUInt64LE(locator + 8));
  if (at + 56 > zip.length || zip.readUInt32LE(at) !== ZIP64_END) throw malformed('its end record is damaged');
  return { count: Number(zip.readBigUInt64LE(at + 32)), start: Number(zip.readBigUInt64LE(at + 48)) };
}

function readEntry(zip: Buffer, at: number, nameLength: number, extraLength: number): ZipEntry {
  const flags = zip.readUInt16LE(at + 8);
  const nameAt = at + CENTRAL_BYTES;
  const name = zip.toString((flags & UTF8) !== 0 ? 'utf8' : 'latin1', nameAt, nameAt + nameLength);
  if ((flags & ENCRYPTED) !== 0) throw malformed(`the entry ${name} is encrypted`);
  const method = zip.readUInt16LE(at + 10);
  if (method !== 0 && method !== 8) throw malformed(`the entry ${name} is compressed by method ${method}`);
  const [size, compressedSize, offset] = widened(
    [zip.readUInt32LE(at + 24), zip.readUInt32LE(at + 20), zip.readUInt32LE(at + 42)],
    zip.subarray(nameAt + nameLength, nameAt + nameLength + extraLength),
  );
  // The upper byte says what made the zip: 3 is Unix, whose modes the upper half of the attributes then is.
  const mode = zip.readUInt8(at + 5) === 3 ? zip.readUInt32LE(at + 38) >>> 16 : 0;
  const type = mode & FILE_TYPE;
  return {
    path: pathOf(name),
    kind: name.endsWith('/') || type === DIRECTORY ? 'directory' : type === SYMLINK ? 'symlink' : 'file',
    permissions: mode === 0 ? undefined : mode & 0o777,
    method,
    compressedSize,
    size,
    crc: zip.readUInt32LE(at + 16),
    offset,
  };
}

/** Sizes and offset that do not fit 32 bits stand in an extra field, each only if it does not fit. */
function widened(values: readonly [number, number, number], extra: Buffer): [number, number, number] {
  const wide: [number, number, number] = [...values];
  if (!values.includes(IN_ZIP64)) return wide;
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== 1) continue;
    let next = at + 4;
    for (const index of [0, 1, 2] as const) {
      if (values[index] !== IN_ZIP64) continue;
      if (next + 8 > extra.length) throw malformed('a size is cut off');
      wide[index] = Number(extra.readBigUInt64LE(next));
      next += 8;
    }
  }
  return wide;
}

function pathOf(name: string): string {
  if (name === '' || name.includes('\0')) throw malformed('an entry has no usable name');
  // Tools on Windows write its separator, against the specification.
  const parts = name.replaceAll('\\', '/').split('/');
  if (parts[0] === '') throw malformed(`the entry ${name} is an absolute path`);
  const kept = parts.filter((part) => part !== '' && part !== '.');
  if (kept.includes('..')) throw malformed(`the entry ${name} leaves its folder`);
  return kept.join('/');
}
