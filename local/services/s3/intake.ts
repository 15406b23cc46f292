/** Takes a body in: to disk as it comes, with its digests, and refused as a whole where it is not what was said. */
import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { AwsError } from '../../kernel/aws-error.ts';
import {
  badChecksum,
  badMd5,
  CHECKSUM_ALGORITHMS,
  CHECKSUM_BYTES,
  type ChecksumAlgorithm,
  checkMd5Form,
  checksumHeader,
  createDigests,
  isChecksumAlgorithm,
  isStatedBody,
  payloadMismatch,
  type S3RequestFacts,
} from '../../protocols/index.ts';
import { entityTooLarge, invalidRequest, notImplemented } from './errors.ts';
import type { FileStore } from './files.ts';
import type { InFile, Segment } from './records.ts';

export type Body = Readable | AsyncIterable<Uint8Array> | Uint8Array | string | undefined;

/** What is to hold of a body. */
export interface Expectation {
  readonly algorithm: ChecksumAlgorithm;
  /** Absent: it comes in a trailer, or nobody stated it. */
  readonly value?: string;
  readonly inTrailer: boolean;
  /** Base64. */
  readonly md5?: string;
  readonly maximumBytes: number;
  /** Bytes that will come, of what is in no request. */
  readonly announced?: number;
  /** Where the client gave it, it is the object's; S3's own is kept all the same. */
  readonly stated: boolean;
}

export interface Received<Kept extends Segment = InFile> {
  readonly body: readonly Kept[];
  readonly size: number;
  /** Hex. */
  readonly md5: string;
  readonly algorithm: ChecksumAlgorithm;
  /** Base64. */
  readonly checksum: string;
}

/** Five GiB in one request. https://docs.aws.amazon.com/AmazonS3/latest/userguide/upload-objects.html */
export const MOST_BYTES = 5 * 1024 ** 3;

/** Up to here a body is one write. */
const SMALL = 128 * 1024;
const BATCH = 256 * 1024;
/** Smaller ones may be of a pool. */
const OWN_BUFFER = 16 * 1024;

type ChecksumMembers = Partial<Record<`Checksum${string}`, unknown>> & {
  readonly ContentMD5?: string;
  readonly ChecksumAlgorithm?: string;
};

/**
 * Throws AwsError for contradictions.
 * @param fallback what is computed where the client names nothing
 */
export function expectationOf(
  input: ChecksumMembers,
  facts: S3RequestFacts | undefined,
  fallback: ChecksumAlgorithm = 'CRC64NVME',
  maximumBytes = MOST_BYTES,
): Expectation {
  const stated = CHECKSUM_ALGORITHMS.filter((algorithm) => input[`Checksum${algorithm}`] !== undefined);
  const trailing = (facts?.headers['x-amz-trailer'] ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name.startsWith('x-amz-checksum-'));
  const strange = Object.keys(input).find((name) => /^ChecksumXXHASH/.test(name) && input[name as never] !== undefined);
  if (strange) throw notImplemented(`The checksum algorithm ${strange.slice('Checksum'.length)}`);
  if (stated.length + trailing.length > 1) {
    throw invalidRequest('Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.');
  }
  const named = input.ChecksumAlgorithm?.toUpperCase();
  if (named !== undefined && !isChecksumAlgorithm(named)) {
    throw invalidRequest(
      'Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]',
    );
  }
  const [only = algorithmOfTrailer(trailing[0]) ?? named] = stated;
  const value = stated.length > 0 ? (input[`Checksum${stated[0]!}`] as string) : undefined;
  if (value !== undefined && Buffer.from(value, 'base64').length !== CHECKSUM_BYTES[stated[0]!]) {
    throw invalidRequest(`Value for ${checksumHeader(stated[0]!)} header is invalid.`);
  }
  if (input.ContentMD5 !== undefined) checkMd5Form(input.ContentMD5);
  return {
    algorithm: only ?? fallback,
    value,
    inTrailer: trailing.length > 0,
    md5: input.ContentMD5,
    maximumBytes,
    stated: only !== undefined,
  };
}

function algorithmOfTrailer(header: string | undefined): ChecksumAlgorithm | undefined {
  if (header === undefined) return undefined;
  const name = header.slice('x-amz-checksum-'.length).toUpperCase();
  if (isChecksumAlgorithm(name)) return name;
  throw invalidRequest(`The value specified in the x-amz-trailer header is not supported`);
}

/** Where bodies go: large ones into files as they come, small ones as a whole. */
export interface Place<Small extends Segment> {
  readonly files: FileStore;
  readonly keepSmall: (bytes: Uint8Array) => Small;
}

/** Into files, whatever its size. */
export function receive(
  source: Body,
  expected: Expectation,
  files: FileStore,
  facts?: S3RequestFacts,
): Promise<Received> {
  return receiveInto({ files, keepSmall: (bytes) => files.write(bytes) }, source, expected, facts);
}

/** Rejects, and leaves nothing, where the body is broken off, too large, or not what was expected. */
export async function receiveInto<Small extends Segment>(
  place: Place<Small>,
  source: Body,
  expected: Expectation,
  facts?: S3RequestFacts,
): Promise<Received<Small | InFile>> {
  const announced = facts?.contentLength;
  if (announced !== undefined && announced > expected.maximumBytes) {
    throw entityTooLarge(announced, expected.maximumBytes);
  }
  if (facts && announced === undefined && facts.headers['transfer-encoding'] !== undefined) {
    throw new AwsError('MissingContentLength', 'You must provide the Content-Length HTTP header.', { statusCode: 411 });
  }
  // A hash that the signature states is computed along with the others instead of in front of them.
  const stated = isStatedBody(source) ? source.statedSha256 : undefined;
  const body = isStatedBody(source) ? source.unchecked() : source;
  const digests = createDigests(
    ['MD5', expected.algorithm, ...(stated === undefined ? [] : (['SHA256'] as const))],
    announced ?? expected.announced ?? 0,
  );
  const sink = new Sink(place);
  const isOurs = body instanceof Readable;
  let size = 0;
  try {
    for await (const piece of piecesOf(body)) {
      size += piece.length;
      if (size > expected.maximumBytes) throw entityTooLarge(size, expected.maximumBytes);
      const digested = digests.update(piece);
      const full = sink.add(piece);
      if (!digested && !full) continue;
      await Promise.all([digested, full]);
      if (isOurs) sink.release();
    }
    const [md5 = '', computed = '', sha256 = ''] = await digests.end();
    if (stated !== undefined) checkStated(stated, Buffer.from(sha256, 'base64').toString('hex'));
    if (expected.md5 !== undefined && expected.md5 !== md5) throw badMd5();
    check(computed, expected, facts);
    const segment = await sink.end();
    return {
      body: segment ? [segment] : [],
      size,
      md5: Buffer.from(md5, 'base64').toString('hex'),
      algorithm: expected.algorithm,
      checksum: computed,
    };
  } catch (error) {
    digests.drop();
    await sink.discard();
    throw error;
  }
}

function check(
  computed: string,
  { algorithm, value, inTrailer }: Expectation,
  facts: S3RequestFacts | undefined,
): void {
  let stated = value;
  if (inTrailer) {
    stated = facts?.trailers().find(([name]) => name === checksumHeader(algorithm))?.[1];
    if (stated === undefined) {
      throw new AwsError(
        'MalformedTrailerError',
        'The request contained trailing data that was not well-formed or did not conform to our published schema.',
      );
    }
  }
  if (stated !== undefined && stated !== computed) throw badChecksum(algorithm);
}

function checkStated(stated: string, computed: string): void {
  if (computed !== stated) throw payloadMismatch(stated, computed);
}

function piecesOf(source: Body): AsyncIterable<Uint8Array> | Iterable<Uint8Array> {
  if (source === undefined) return [];
  if (typeof source === 'string') return [Buffer.from(source)];
  return ArrayBuffer.isView(source) ? [source as Uint8Array] : (source as AsyncIterable<Uint8Array>);
}

/** In memory while it is small, then in a file, a batch at a time. */
class Sink<Small extends Segment> {
  readonly #place: Place<Small>;
  #pieces: Uint8Array[] = [];
  #written: Uint8Array[] = [];
  #waiting = 0;
  #size = 0;
  #open: Awaited<ReturnType<FileStore['create']>> | undefined;
  /** One batch is on its way to the disk while the next one comes. */
  #writing: Promise<void> = Promise.resolve();

  constructor(place: Place<Small>) {
    this.#place = place;
  }

  /** A promise where the next piece has to wait. */
  add(piece: Uint8Array): Promise<void> | undefined {
    this.#pieces.push(piece);
    this.#waiting += piece.length;
    this.#size += piece.length;
    return this.#waiting >= (this.#open ? BATCH : SMALL + 1) ? this.#flush() : undefined;
  }

  /** Gives back the memory of what is on disk: who waits for the collector has it stop everything for that, again and again. */
  release(): void {
    for (const { buffer, byteLength } of this.#written) {
      // A piece of a larger buffer is not alone in it.
      if (byteLength >= OWN_BUFFER && byteLength === buffer.byteLength) (buffer as ArrayBuffer).transfer(0);
    }
    this.#written = [];
  }

  async end(): Promise<Small | InFile | undefined> {
    if (this.#size === 0) return undefined;
    if (!this.#open) {
      const [only] = this.#pieces;
      return this.#place.keepSmall(this.#pieces.length === 1 ? only! : Buffer.concat(this.#pieces, this.#size));
    }
    if (this.#waiting > 0) await this.#flush();
    await this.#writing;
    const { file, handle } = this.#open;
    await handle.close();
    return { file, size: this.#size };
  }

  async discard(): Promise<void> {
    if (!this.#open) return;
    await this.#writing.catch(() => {});
    await this.#open.handle.close().catch(() => {});
    this.#place.files.remove([{ file: this.#open.file, size: 0 }]);
  }

  /** Resolves once the batch before this one is on disk. */
  async #flush(): Promise<void> {
    const [pieces, length] = [this.#pieces, this.#waiting];
    this.#pieces = [];
    this.#waiting = 0;
    this.#open ??= await this.#place.files.create();
    await this.#writing;
    this.#writing = this.#write(this.#open.handle, pieces, length);
    // Whoever waits for it next hears of a failure.
    this.#writing.catch(() => {});
  }

  async #write(handle: FileHandle, pieces: readonly Uint8Array[], length: number): Promise<void> {
    const { bytesWritten } = await handle.writev(pieces);
    // A disk that fills up takes a part, and says why when it is asked for the rest.
    if (bytesWritten < length) await handle.writeFile(Buffer.concat(pieces).subarray(bytesWritten));
    this.#written.push(...pieces);
  }
}
