/** Makes a zip of a folder, the same one every time: names in order, no dates. */
import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { crc32, deflateRaw } from 'node:zlib';

const deflate = promisify(deflateRaw) as (data: Uint8Array) => Promise<Buffer>;

/** 1980-01-01, the format's first day. */
const NO_DATE = 0x00210000;
const MADE_ON_UNIX = 0x0314;
const NEEDS = 20;
const UTF8 = 0x800;
const FILE = 0o100000;
const SYMLINK = 0o120000;
const FILE_TYPE = 0o170000;

export interface FileToPack {
  /** Relative, with `/`. */
  readonly path: string;
  readonly content: Uint8Array;
  /** Unix mode with the file's type; default a file that everybody may read. */
  readonly mode?: number;
}

export function packDirectory(directory: string): Promise<Buffer> {
  return packFiles(readFiles(directory));
}

async function* readFiles(directory: string): AsyncGenerator<FileToPack> {
  for (const path of await filesOf(directory)) {
    const { mode } = await lstat(path);
    const isLink = (mode & FILE_TYPE) === SYMLINK;
    const content = isLink ? Buffer.from(await readlink(path)) : await readFile(path);
    yield { path: relative(directory, path).split(sep).join('/'), content, mode };
  }
}

/** Links count with the length of what they say, as in a zip; folders not at all. */
export async function sizeOfDirectory(directory: string): Promise<number> {
  let total = 0;
  for (const path of await filesOf(directory)) total += (await lstat(path)).size;
  return total;
}

/** Files and links below `directory`, in order; folders are made of their names. */
export async function filesOf(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile() || entry.isSymbolicLink())
    .map((entry) => join(entry.parentPath, entry.name));
  return paths.toSorted((a, b) => (a < b ? -1 : 1));
}

export async function packFiles(files: AsyncIterable<FileToPack> | Iterable<FileToPack>): Promise<Buffer> {
  const bodies: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for await (const { path, content, mode = FILE | 0o644 } of files) {
    const name = Buffer.from(path);
    const packed = content.length === 0 ? content : await deflate(content);
    const isSmaller = packed.length < content.length;
    const body = isSmaller ? packed : content;
    const common = Buffer.alloc(26);
    common.writeUInt16LE(NEEDS, 0);
    common.writeUInt16LE(UTF8, 2);
    common.writeUInt16LE(isSmaller ? 8 : 0, 4);
    common.writeUInt32LE(NO_DATE, 6);
    common.writeUInt32LE(crc32(content), 10);
    common.writeUInt32LE(body.length, 14);
    common.writeUInt32LE(content.length, 18);
    common.writeUInt16LE(name.length, 22);
    const attributes = Buffer.alloc(14);
    attributes.writeUInt32LE((mode << 16) >>> 0, 6);
    attributes.writeUInt32LE(offset, 10);
    directory.push(uint32(0x02014b50), uint16(MADE_ON_UNIX), common, attributes, name);
    bodies.push(uint32(0x04034b50), common, name, Buffer.from(body));
    offset += 4 + common.length + name.length + body.length;
  }
  return Buffer.concat([...bodies, ...directory, endOf(directory, offset)]);
}

/** The end record, with its 64-bit form before it where the entries are too many to be counted in 16. */
function endOf(directory: readonly Buffer[], start: number): Buffer {
  const count = directory.length / 5;
  const length = directory.reduce((sum, part) => sum + part.length, 0);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(Math.min(count, 0xffff), 8);
  end.writeUInt16LE(Math.min(count, 0xffff), 10);
  end.writeUInt32LE(length, 12);
  end.writeUInt32LE(start, 16);
  if (count < 0xffff) return end;
  const wide = Buffer.alloc(76);
  wide.writeUInt32LE(0x06064b50, 0);
  wide.writeBigUInt64LE(44n, 4);
  wide.writeUInt16LE(45, 12);
  wide.writeUInt16LE(45, 14);
  for (const at of [24, 32]) wide.writeBigUInt64LE(BigInt(count), at);
  wide.writeBigUInt64LE(BigInt(length), 40);
  wide.writeBigUInt64LE(BigInt(start), 48);
  wide.writeUInt32LE(0x07064b50, 56);
  wide.writeBigUInt64LE(BigInt(start + length), 64);
  wide.writeUInt32LE(1, 72);
  return Buffer.concat([wide, end]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}
