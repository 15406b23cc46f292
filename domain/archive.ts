/**
 * What an archive says is in it, by the directory at its end. Nothing is unpacked: what one could blow up to does not
 * matter here. https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, 4.3
 */
import { ascii } from './magic-numbers.ts';

/** The bytes of a file, a part at a time. */
export interface Source {
  /** In bytes. */
  readonly size: number;
  /** From `from` up to, and without, `to`. */
  read(from: number, to: number): Promise<Uint8Array>;
}

export interface Entry {
  readonly name: string;
  readonly unpackedBytes: number;
}

/** The directory is not one, or is larger than anybody needs. */
export class UnreadableArchive extends Error {
  override readonly name = 'UnreadableArchive';
}

const END_BYTES = 22;
const LARGEST_COMMENT = 65_535;
const LARGEST_DIRECTORY = 1024 * 1024;
const HEADER_BYTES = 46;

/** @throws UnreadableArchive */
export async function entriesOf(source: Source): Promise<Entry[]> {
  const from = Math.max(0, source.size - END_BYTES - LARGEST_COMMENT);
  const tail = await source.read(from, source.size);
  const { count, size, offset } = endRecord(tail);
  if (size > LARGEST_DIRECTORY) throw new UnreadableArchive('its directory is too large');
  if (offset + size > source.size) throw new UnreadableArchive('its directory is not where it says');
  const directory =
    offset >= from ? tail.subarray(offset - from, offset - from + size) : await source.read(offset, offset + size);
  return entriesIn(directory, count);
}

function endRecord(tail: Uint8Array): { count: number; size: number; offset: number } {
  const view = new DataView(tail.buffer, tail.byteOffset, tail.byteLength);
  for (let at = tail.length - END_BYTES; at >= 0; at--) {
    if (view.getUint32(at) !== 0x504b_0506) continue;
    // What looks like the end within a comment is not at the end.
    if (at + END_BYTES + view.getUint16(at + 20, true) !== tail.length) continue;
    return {
      count: view.getUint16(at + 10, true),
      size: view.getUint32(at + 12, true),
      offset: view.getUint32(at + 16, true),
    };
  }
  throw new UnreadableArchive('it has no end');
}

function entriesIn(directory: Uint8Array, count: number): Entry[] {
  const view = new DataView(directory.buffer, directory.byteOffset, directory.byteLength);
  const entries: Entry[] = [];
  let at = 0;
  while (entries.length < count) {
    if (at + HEADER_BYTES > directory.length || view.getUint32(at) !== 0x504b_0102) {
      throw new UnreadableArchive('its directory is broken');
    }
    const nameLength = view.getUint16(at + 28, true);
    entries.push({
      name: ascii(directory, at + HEADER_BYTES, nameLength),
      unpackedBytes: view.getUint32(at + 24, true),
    });
    at += HEADER_BYTES + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return entries;
}
