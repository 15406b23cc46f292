/** HTTP as this room sees it: no sockets, so everything here can be tested with plain values. */
import type { Readable } from 'node:stream';

/** Read once, one way or the other. */
export interface RequestBody {
  /** The whole of it; rejects with a WireError when it is larger than the listener allows. */
  bytes(): Promise<Uint8Array>;
  /**
   * For operations that take a stream.
   * @param as `stored`: compressed as it came, for what is kept so; `plain`, the default, is without the compression
   */
  stream(as?: 'plain' | 'stored'): Readable;
  /**
   * The same for a body of which it is known that it is small: cheaper than a stream. Undefined for all others.
   */
  small?(): Promise<Uint8Array> | undefined;
  /** What an aws-chunked stream had behind its last chunk, names in lower case; nothing before it has been read. */
  trailers?(): readonly (readonly [string, string])[];
}

export interface HttpRequest {
  readonly method: string;
  /** As it was sent, percent-encoded, without the query. */
  readonly path: string;
  /** Decoded, in the order sent. */
  readonly query: readonly (readonly [string, string])[];
  /** Names in lower case; repeated headers joined by `, `. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: RequestBody;
}

/** A stream that can hand out bytes which are its own again as soon as they are written. */
export interface Pourable extends Readable {
  /** Instead of reading it; rejects where the source or `write` does. The stream is closed then, or has to be destroyed. */
  pour(write: (bytes: Uint8Array) => Promise<void>): Promise<void>;
}

export function isPourable(body: Readable): body is Pourable {
  return typeof (body as Partial<Pourable>).pour === 'function';
}

/** A body that fails at its end where it has not the hash that was stated for it. */
export interface StatedBody extends Readable {
  /** In hex. */
  readonly statedSha256: string;
  /**
   * The same bytes unchecked, to be called before anything is read: for who computes digests of them anyway, and then says
   * `payloadMismatch` where this one is not as stated.
   */
  unchecked(): Readable;
}

export function isStatedBody(body: unknown): body is StatedBody {
  return typeof (body as Partial<StatedBody> | undefined)?.unchecked === 'function';
}

export interface HttpResponse {
  readonly statusCode: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | Readable | undefined;
}

/** The media type alone, in lower case: `application/json; charset=utf-8` → `application/json`. */
export function mediaTypeOf({ headers }: HttpRequest): string {
  const type = headers['content-type'] ?? '';
  const end = type.indexOf(';');
  return (end < 0 ? type : type.slice(0, end)).trim().toLowerCase();
}

/** What concerns one connection, not the message: https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1 */
export const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
