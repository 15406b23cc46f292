/**
 * Objects' bytes, as files below the state directory. A file has a name of its own that nothing has had before, and
 * belongs to an object once that is committed which names it: what a crash leaves without an owner is swept away.
 */

import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { copyFile, type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { InFile, InRecord, Segment } from './records.ts';
import { StoredBytes } from './stored-bytes.ts';

/** Bytes from the first to the last, both included. */
export interface Range {
  readonly first: number;
  readonly last: number;
}

/** Read at once. */
const SMALL = 256 * 1024;
const FILES_IN_A_FOLDER = 1_000;

export class FileStore {
  readonly #directory: string;
  /** Of this process: what an earlier one left can be told by it. */
  readonly #run = randomBytes(5).toString('hex');
  #count = 0;
  #madeFolder = '';
  readonly #readers = new Map<string, number>();
  readonly #doomed = new Set<string>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** A new name; its folder is there. */
  name(): string {
    const folder = `${this.#run}/${Math.floor(this.#count / FILES_IN_A_FOLDER)}`;
    if (folder !== this.#madeFolder) {
      mkdirSync(join(this.#directory, folder), { recursive: true, mode: 0o700 });
      this.#madeFolder = folder;
    }
    const name = `${folder}/${this.#count}`;
    this.#count += 1;
    return name;
  }

  path(file: string): string {
    return join(this.#directory, file);
  }

  write(bytes: Uint8Array): InFile {
    const file = this.name();
    writeFileSync(this.path(file), bytes, { mode: 0o600, flag: 'wx' });
    return { file, size: bytes.length };
  }

  /** For what comes piece by piece; whoever opens it closes it. */
  async create(): Promise<{ readonly file: string; readonly handle: FileHandle }> {
    const file = this.name();
    return { file, handle: await open(this.path(file), 'wx', 0o600) };
  }

  /** Without reading it where the file system can share blocks. */
  async copy(segment: Segment): Promise<Segment> {
    if (!isInFile(segment)) return segment;
    const file = this.name();
    await copyFile(this.path(segment.file), this.path(file), constants.COPYFILE_FICLONE);
    return { file, size: segment.size };
  }

  /** What is being read goes when its last reader has ended. */
  remove(segments: readonly Segment[]): void {
    for (const { file } of segments.filter(isInFile)) {
      if (this.#readers.has(file)) this.#doomed.add(file);
      else this.#unlink(file);
    }
  }

  /** Small bodies as bytes, others as a stream that keeps its files until it has ended. */
  read(body: readonly Segment[], range: Range): Uint8Array | StoredBytes {
    const [first] = body;
    // What is in a record is all there is of its object.
    if (first && !isInFile(first)) return Buffer.from(first.base64, 'base64').subarray(range.first, range.last + 1);
    const pieces = cut(body.filter(isInFile), range);
    const [only] = pieces;
    if (only === undefined) return new Uint8Array();
    if (pieces.length === 1 && only.length <= SMALL) return this.#readNow(only);
    return this.#stream(pieces);
  }

  /** Files of earlier processes that nobody names. `isNamed` is asked when its file is reached. */
  async sweep(isNamed: (file: string) => boolean): Promise<void> {
    for (const run of folders(this.#directory)) {
      if (run === this.#run) continue;
      for (const folder of folders(join(this.#directory, run))) {
        await new Promise<void>((resume) => setImmediate(resume));
        const inside = join(this.#directory, run, folder);
        const names = readdirSync(inside);
        const orphans = names.filter((name) => !isNamed(`${run}/${folder}/${name}`));
        for (const name of orphans) rmSync(join(inside, name), { force: true });
        if (orphans.length === names.length) rmSync(inside, { recursive: true, force: true });
      }
      const runFolder = join(this.#directory, run);
      if (folders(runFolder).length === 0) rmSync(runFolder, { recursive: true, force: true });
    }
  }

  #readNow({ file, start, length }: Piece): Uint8Array {
    const bytes = Buffer.allocUnsafe(length);
    const descriptor = openSync(this.path(file), 'r');
    try {
      for (let read = 0; read < length; ) {
        const count = readSync(descriptor, bytes, read, length - read, start + read);
        if (count === 0) throw new Error(`the object file ${file} is shorter than it was written`);
        read += count;
      }
    } finally {
      closeSync(descriptor);
    }
    return bytes;
  }

  #stream(pieces: readonly Piece[]): StoredBytes {
    for (const { file } of pieces) this.#readers.set(file, (this.#readers.get(file) ?? 0) + 1);
    const stream = new StoredBytes(pieces.map(({ file, ...stretch }) => ({ path: this.path(file), ...stretch })));
    stream.once('close', () => {
      for (const { file } of pieces) this.#release(file);
    });
    return stream;
  }

  #release(file: string): void {
    const left = (this.#readers.get(file) ?? 1) - 1;
    if (left > 0) {
      this.#readers.set(file, left);
      return;
    }
    this.#readers.delete(file);
    if (this.#doomed.delete(file)) this.#unlink(file);
  }

  #unlink(file: string): void {
    try {
      unlinkSync(this.path(file));
    } catch (error) {
      // Whoever removed it by hand did what was to be done.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
}

export function isInFile(segment: Segment): segment is InFile {
  return 'file' in segment;
}

/** Up to here a body is kept in its object's record: a file of its own costs more than all else that is done for it. */
const MOST_IN_RECORD = 2 * 1024;

export function fitsRecord({ length }: Uint8Array): boolean {
  return length <= MOST_IN_RECORD;
}

export function inRecord(bytes: Uint8Array): InRecord {
  const { buffer, byteOffset, length } = bytes;
  return { base64: Buffer.from(buffer, byteOffset, length).toString('base64'), size: length };
}

interface Piece {
  readonly file: string;
  readonly start: number;
  readonly length: number;
}

/** What of each file lies in the range. */
function cut(body: readonly InFile[], { first, last }: Range): Piece[] {
  const pieces: Piece[] = [];
  let offset = 0;
  for (const { file, size } of body) {
    const start = Math.max(first - offset, 0);
    const end = Math.min(last - offset + 1, size);
    if (end > start) pieces.push({ file, start, length: end - start });
    offset += size;
    if (offset > last) break;
  }
  return pieces;
}

function folders(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
}
