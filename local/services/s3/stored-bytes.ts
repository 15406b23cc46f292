/** An object's bytes on their way out of its files. */
import { type FileHandle, open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { Pourable } from '../../protocols/index.ts';

/** A stretch of one file. */
export interface Piece {
  readonly path: string;
  readonly start: number;
  readonly length: number;
}

/** Larger ones are no faster, and a GET holds two of them. */
const MOST = 256 * 1024;

/**
 * Read as a stream, every chunk is a buffer of its own; poured, two buffers serve the whole of it: what is allocated
 * outside the heap makes the collector run, which then takes more time than reading and writing.
 */
export class StoredBytes extends Readable implements Pourable {
  readonly #pieces: readonly Piece[];
  #index = 0;
  #at = 0;
  #open: FileHandle | undefined;

  constructor(pieces: readonly Piece[]) {
    super({ highWaterMark: MOST });
    this.#pieces = pieces;
  }

  async pour(write: (bytes: Uint8Array) => Promise<void>): Promise<void> {
    const size = Math.min(MOST, Math.max(...this.#pieces.map(({ length }) => length)));
    let [filling, leaving] = [Buffer.allocUnsafeSlow(size), Buffer.allocUnsafeSlow(size)];
    let written: Promise<void> | undefined;
    for (;;) {
      const [bytes] = await Promise.all([this.#next(filling), written]);
      if (!bytes) break;
      written = write(bytes);
      [filling, leaving] = [leaving, filling];
    }
    this.destroy();
  }

  override _read(): void {
    this.#next(Buffer.allocUnsafeSlow(MOST)).then(
      (bytes) => this.push(bytes ?? null),
      (error) => this.destroy(error),
    );
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    const open = this.#open;
    this.#open = undefined;
    const closed = open ? open.close() : Promise.resolve();
    closed.then(
      () => done(error),
      (failure) => done(error ?? failure),
    );
  }

  /** What comes next, in the buffer given; undefined at the end. */
  async #next(buffer: Buffer): Promise<Uint8Array | undefined> {
    const piece = this.#pieces[this.#index];
    if (!piece) return undefined;
    const handle = await this.#handle(piece);
    const length = Math.min(buffer.length, piece.length - this.#at);
    const { bytesRead } = await handle.read(buffer, 0, length, piece.start + this.#at);
    if (bytesRead === 0) throw new Error(`the object file ${piece.path} is shorter than it was written`);
    this.#at += bytesRead;
    if (this.#at === piece.length) {
      this.#open = undefined;
      this.#index += 1;
      this.#at = 0;
      await handle.close();
    }
    return buffer.subarray(0, bytesRead);
  }

  async #handle({ path }: Piece): Promise<FileHandle> {
    if (this.#open) return this.#open;
    const handle = await open(path, 'r');
    if (this.destroyed) {
      await handle.close();
      throw new Error('nobody reads any more');
    }
    this.#open = handle;
    return handle;
  }
}
