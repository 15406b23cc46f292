/** A request's body, read once: whole, with a limit, or as a stream; checked against what was signed, its codings taken off. */
import type { IncomingMessage } from 'node:http';
import { Readable, Transform, type TransformCallback } from 'node:stream';
import { promisify } from 'node:util';
import { createGunzip, gunzip as gunzipWith } from 'node:zlib';
import { AwsError } from '../../kernel/aws-error.ts';
import {
  type ChunkVerifier,
  createDigests,
  payloadMismatch,
  type RequestBody,
  type RunningDigests,
  type StatedBody,
  sha256,
  unchunked,
} from '../../protocols/index.ts';

/** What is to be checked of a body while it is read. */
export type PayloadCheck =
  | { readonly kind: 'none' }
  | { readonly kind: 'stated'; readonly sha256: string }
  | { readonly kind: 'chunks'; readonly verifier: ChunkVerifier | undefined };

export interface IncomingBody extends RequestBody {
  /** As it came, codings and all. */
  raw(): Promise<Uint8Array>;
  /** To be said before anything is read with `bytes` or `stream`, which then fail with SignatureError. */
  check(payload: PayloadCheck): void;
  /** Resolves once the whole body has been checked; a stream checks while somebody reads it, and is not waited for. */
  settled(): Promise<void> | undefined;
}

/** Up to here a body is taken in at once: a stream costs more than everything else that a small request needs. */
const SMALL = 64 * 1024;

const gunzip = promisify(gunzipWith);
const EMPTY = sha256('');

/** @param onRead called before the body is first read: the client may wait to be told to send it */
export function requestBody(message: IncomingMessage, maximumBytes: number, onRead?: () => void): IncomingBody {
  const { headers } = message;
  return bodyOf(
    { headers, whole: () => collectWhole(message, maximumBytes), stream: () => message },
    maximumBytes,
    onRead,
  );
}

/** Of a request that has come with all of its body. */
export function bodyAtHand(headers: Source['headers'], bytes: Uint8Array, maximumBytes: number): IncomingBody {
  const stream = () => Readable.from([bytes], { objectMode: false });
  const whole = () => (bytes.length > maximumBytes ? Promise.reject(tooLarge(maximumBytes)) : Promise.resolve(bytes));
  return bodyOf({ headers, whole, stream }, maximumBytes);
}

/** Where a body comes from; read once, one way or the other. */
interface Source {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  whole(): Promise<Uint8Array>;
  stream(): Readable;
}

function bodyOf(source: Source, maximumBytes: number, onRead?: () => void): IncomingBody {
  const { headers } = source;
  const codings = listOf(headers['content-encoding']);
  const zipped = codings.includes('gzip');
  const chunked = codings.includes('aws-chunked') || isStreaming(headers['x-amz-content-sha256']);
  const nothing = headers['content-length'] === undefined && headers['transfer-encoding'] === undefined;
  let payload: PayloadCheck = { kind: 'none' };
  let raw: Promise<Uint8Array> | undefined;
  let whole: Promise<Uint8Array> | undefined;
  let streamed = false;
  let trailers: readonly (readonly [string, string])[] = [];

  const asItCame = (): Promise<Uint8Array> => {
    if (!raw && !nothing) onRead?.();
    raw ??= nothing ? Promise.resolve(new Uint8Array()) : source.whole();
    return raw;
  };

  async function plain(): Promise<Uint8Array> {
    const bytes = await asItCame();
    if (payload.kind === 'stated') {
      const computed = sha256(bytes);
      if (computed !== payload.sha256) throw payloadMismatch(payload.sha256, computed);
    }
    const pieces = chunked ? await collect(withoutChunks(of(bytes)), maximumBytes) : bytes;
    return zipped ? unzip(pieces, maximumBytes) : pieces;
  }

  function withoutChunks(source: AsyncIterable<Uint8Array>): Readable {
    const verifier = payload.kind === 'chunks' ? payload.verifier : undefined;
    const announced = headers['x-amz-decoded-content-length'];
    const decodedLength = typeof announced === 'string' && /^\d+$/.test(announced) ? Number(announced) : undefined;
    const onTrailers = (found: readonly (readonly [string, string])[]): void => {
      trailers = found;
    };
    return unchunked(source, { verifier, decodedLength, onTrailers });
  }

  return {
    raw: asItCame,
    check: (said) => {
      payload = said;
    },
    bytes() {
      whole ??= plain();
      return whole;
    },
    small() {
      // Who waits to be asked for the body is asked once it is known that somebody wants it.
      if (chunked || zipped || headers.expect !== undefined) return undefined;
      if (!(Number(headers['content-length']) <= SMALL)) return undefined;
      whole ??= plain();
      return whole;
    },
    stream(as = 'plain') {
      streamed = true;
      if (!nothing) onRead?.();
      const stated = payload.kind === 'stated' ? payload.sha256 : undefined;
      const from = source.stream();
      const checked = stated === undefined ? from : new Hashed(from, stated, Number(headers['content-length'] ?? 0));
      const data = chunked ? withoutChunks(checked) : checked;
      return zipped && as === 'plain' ? pipe(data, createGunzip()) : data;
    },
    trailers: () => trailers,
    settled() {
      if (streamed) return undefined;
      if (whole === undefined && nothing) {
        if (payload.kind !== 'stated' || payload.sha256 === EMPTY) return undefined;
        return Promise.reject(payloadMismatch(payload.sha256, EMPTY));
      }
      whole ??= plain();
      return whole.then(() => {});
    },
  };
}

function listOf(header: string | string[] | undefined): readonly string[] {
  if (header === undefined) return NOTHING;
  return String(header ?? '')
    .split(',')
    .map((coding) => coding.trim());
}

function isStreaming(contentSha256: string | string[] | undefined): boolean {
  return String(contentSha256 ?? '').startsWith('STREAMING-');
}

const NOTHING: readonly string[] = [];

async function* of(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function collectWhole(message: IncomingMessage, maximumBytes: number): Promise<Uint8Array> {
  const announced = Number(message.headers['content-length'] ?? 0);
  return announced > maximumBytes ? Promise.reject(tooLarge(maximumBytes)) : collect(message, maximumBytes);
}

/** By events: an iterator costs more than everything else a small request needs. */
function collect(body: Readable, maximumBytes: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    body.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= maximumBytes) chunks.push(chunk);
      else {
        body.pause();
        reject(tooLarge(maximumBytes));
      }
    });
    body.once('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, size)));
    body.once('error', reject);
    body.once('close', () => {
      if (!body.readableEnded) reject(new AwsError('IncompleteBody', 'The request body terminated unexpectedly'));
    });
  });
}

async function unzip(bytes: Uint8Array, maximumBytes: number): Promise<Uint8Array> {
  try {
    return await gunzip(bytes, { maxOutputLength: maximumBytes });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(maximumBytes);
    throw new AwsError('SerializationException', (error as Error).message, { cause: error });
  }
}

/** Lets everything through, and fails at the end of what has another hash. */
class Hashed extends Transform implements StatedBody {
  readonly statedSha256: string;
  readonly #from: Readable;
  readonly #announced: number;
  #digests: RunningDigests | undefined;

  constructor(from: Readable, stated: string, announced: number) {
    super();
    this.#from = from;
    this.statedSha256 = stated;
    this.#announced = announced;
  }

  unchecked(): Readable {
    if (this.#digests) throw new Error('somebody reads this body already');
    return this.#from;
  }

  override _read(size: number): void {
    if (!this.#digests) {
      this.#digests = createDigests(['SHA256'], this.#announced);
      pipe(this.#from, this);
    }
    super._read(size);
  }

  override _transform(piece: Uint8Array, _encoding: BufferEncoding, done: TransformCallback): void {
    const digested = this.#digests!.update(piece);
    if (digested) digested.then(() => done(null, piece), done);
    else done(null, piece);
  }

  override _flush(done: TransformCallback): void {
    this.#check().then(() => done(), done);
  }

  async #check(): Promise<void> {
    const [digest = ''] = await this.#digests!.end();
    const computed = Buffer.from(digest, 'base64').toString('hex');
    if (computed !== this.statedSha256) throw payloadMismatch(this.statedSha256, computed);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#digests?.drop();
    done(error);
  }
}

/** Errors travel along, which `pipe` alone does not do. */
function pipe(from: Readable, into: Transform): Transform {
  from.once('error', (error) => into.destroy(error));
  from.once('close', () => {
    if (from.readableEnded || into.destroyed) return;
    into.destroy(new AwsError('IncompleteBody', 'The request body terminated unexpectedly'));
  });
  return from.pipe(into);
}

function tooLarge(maximumBytes: number): AwsError {
  return new AwsError('RequestEntityTooLargeException', `The request body is larger than ${maximumBytes} bytes`, {
    statusCode: 413,
  });
}
