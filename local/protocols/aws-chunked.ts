/**
 * The body coding SDKs sign piece by piece: `size;chunk-signature=…`, data, …, `0`, trailers.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
 */
import { Readable } from 'node:stream';
import { type ChunkVerifier, hashing } from './sigv4-chunks.ts';
import { ProtocolError } from './wire-error.ts';

export interface ChunkedOptions {
  /** Checks every chunk's signature, and the trailers' where they have one; absent: they are not looked at. */
  readonly verifier?: ChunkVerifier;
  /** Bytes there must be without the coding, where the client said so. */
  readonly decodedLength?: number;
  /** Told of what comes after the last chunk, names in lower case, once it is known to be right. */
  readonly onTrailers?: (trailers: readonly (readonly [string, string])[]) => void;
}

/**
 * The data alone, as it comes: of a signed chunk its pieces are handed on before its signature is known to be right, and
 * the stream fails where it is not. Fails with ProtocolError `IncompleteBody` when the coding is broken off or wrong,
 * with SignatureError when a signature is.
 */
export function unchunked(source: AsyncIterable<Uint8Array>, options: ChunkedOptions = {}): Readable {
  return Readable.from(dataOf(source, options), { objectMode: false });
}

async function* dataOf(
  source: AsyncIterable<Uint8Array>,
  { verifier, decodedLength, onTrailers }: ChunkedOptions,
): AsyncGenerator<Uint8Array> {
  const reader = bufferedReader(source);
  let length = 0;
  for (;;) {
    const header = await reader.line();
    const [, digits, signature] = HEADER.exec(header) ?? [];
    if (digits === undefined) throw broken();
    const size = Number.parseInt(digits, 16);
    const digest = verifier && hashing();
    for await (const piece of reader.take(size)) {
      digest?.update(piece);
      yield piece;
    }
    if (verifier) verifier.chunk(signature ?? '', digest!.hex());
    length += size;
    if (size === 0) break;
    if ((await reader.line()) !== '') throw broken();
  }
  if (decodedLength !== undefined && length !== decodedLength) throw broken();
  const trailers = await readTrailers(reader);
  verifier?.trailers(trailers);
  onTrailers?.(trailers);
  await reader.drain();
}

const HEADER = /^([0-9a-fA-F]{1,8})(?:;chunk-signature=([0-9a-f]{64})|;.*)?$/;
const MOST_TRAILERS = 32;

/** Up to the empty line, or to the end where a client leaves that out. */
async function readTrailers(reader: BufferedReader): Promise<[string, string][]> {
  const trailers: [string, string][] = [];
  for (;;) {
    const line = await reader.lineOrEnd();
    if (line === undefined || line === '') return trailers;
    const [, name, value] = /^([^:\s]+):(.*)$/.exec(line) ?? [];
    if (name === undefined || trailers.length >= MOST_TRAILERS) throw broken();
    trailers.push([name.toLowerCase(), value!.trim()]);
  }
}

interface BufferedReader {
  line(): Promise<string>;
  /** Undefined at the end of the body. */
  lineOrEnd(): Promise<string | undefined>;
  take(size: number): AsyncGenerator<Uint8Array>;
  drain(): Promise<void>;
}

/** No header line of the coding is longer than its signature needs. */
const LONGEST_LINE = 1024;

function bufferedReader(source: AsyncIterable<Uint8Array>): BufferedReader {
  const chunks = source[Symbol.asyncIterator]();
  let buffer: Buffer = Buffer.alloc(0);

  async function more(): Promise<boolean> {
    const { done, value } = await chunks.next();
    if (done) return false;
    buffer = buffer.length === 0 ? Buffer.from(value) : Buffer.concat([buffer, value]);
    return true;
  }

  async function lineOrEnd(): Promise<string | undefined> {
    for (;;) {
      const end = buffer.indexOf('\r\n');
      if (end >= 0) {
        const text = buffer.toString('latin1', 0, end);
        buffer = buffer.subarray(end + 2);
        return text;
      }
      if (buffer.length > LONGEST_LINE) throw broken();
      if (await more()) continue;
      if (buffer.length === 0) return undefined;
      throw broken();
    }
  }

  return {
    lineOrEnd,
    async line() {
      const line = await lineOrEnd();
      if (line === undefined) throw broken();
      return line;
    },
    async *take(size) {
      let left = size;
      while (left > 0) {
        if (buffer.length === 0 && !(await more())) throw broken();
        const piece = buffer.subarray(0, left);
        buffer = buffer.subarray(piece.length);
        left -= piece.length;
        yield piece;
      }
    },
    async drain() {
      do buffer = Buffer.alloc(0);
      while (await more());
    },
  };
}

function broken(): ProtocolError {
  return new ProtocolError(
    'IncompleteBody',
    'The request body terminated unexpectedly, or is not in the aws-chunked coding it announces',
  );
}
