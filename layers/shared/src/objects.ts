/**
 * Objects in S3 that a function itself reads, writes and deletes, in a few signed requests rather than by S3's client, which
 * is larger than everything else here. Bodies are small, and whole in memory: ranges of what is large.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
 */
import { createHash } from 'node:crypto';
import type { Environment } from './configuration.ts';
import { pathOf, placeOf, signerFor } from './s3.ts';
import { traced } from './tracing.ts';

/** S3 did not do what it was asked. Names the operation and S3's answer, and no key. */
export class ObjectError extends Error {
  override readonly name = 'ObjectError';
  /** HTTP; undefined where there was no answer. */
  readonly status: number | undefined;

  constructor(operation: string, status: number | undefined, said: string, cause?: unknown) {
    super(`${operation}: ${said}`, cause === undefined ? undefined : { cause });
    this.status = status;
  }
}

export interface Part {
  readonly bytes: Uint8Array;
  /** Of the whole object, in bytes. */
  readonly size: number;
  readonly contentType: string;
}

/** All promises may reject with `ObjectError`, after three tries where another might help. */
export interface Objects {
  /**
   * The bytes from `from` up to, and without, `to`, or to the end where that is before. Whoever may not list the bucket is
   * told 403 of what is not there, too.
   */
  read(key: string, from: number, to: number): Promise<Part>;
  write(key: string, body: string, contentType: string): Promise<void>;
  /** In a bucket with versions it goes on being there as one. Deleting what is not there is no error. */
  delete(key: string): Promise<void>;
}

export interface ObjectsOptions {
  readonly bucket: string;
  /** Lambda's own variables. */
  readonly environment: Environment;
  /** Of one try, ms. Default 5,000. */
  readonly timeoutMs?: number;
  readonly fetch?: typeof globalThis.fetch;
  readonly now?: () => Date;
  readonly pause?: (ms: number) => Promise<void>;
}

interface Asked {
  readonly operation: 'GetObject' | 'PutObject' | 'DeleteObject';
  readonly method: 'GET' | 'PUT' | 'DELETE';
  readonly key: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

const TRIES = 3;
const FIRST_PAUSE_MS = 100;

export function createObjects({ bucket, environment, ...options }: ObjectsOptions): Objects {
  const { timeoutMs = 5_000, fetch = globalThis.fetch, now = () => new Date() } = options;
  const { pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms)) } = options;
  const place = placeOf(bucket, environment);
  const signer = signerFor(environment);

  async function once({ operation, method, key, headers, body = '' }: Asked): Promise<Answered> {
    const path = pathOf(place, key);
    const digest = createHash('sha256').update(body).digest('hex');
    const signed = await signer.sign(
      {
        method,
        protocol: place.url.protocol,
        hostname: place.url.hostname,
        path,
        headers: { host: place.url.host, 'x-amz-content-sha256': digest, ...headers },
        query: {},
      },
      { signingDate: now() },
    );
    const { host: _, ...sent } = signed.headers;
    const work = async (note: (details: object) => void): Promise<Answered> => {
      const response = await fetch(`${place.url.origin}${path}`, {
        method,
        headers: sent,
        ...(method === 'PUT' && { body }),
        signal: AbortSignal.timeout(timeoutMs),
      });
      const { status } = response;
      note({ http: { response: { status } }, ...(status >= 500 ? { fault: true } : status >= 400 && { error: true }) });
      return { status, headers: response.headers, bytes: new Uint8Array(await response.arrayBuffer()) };
    };
    // As the SDK's own calls are traced, but for the key: it has the ticket's id in it.
    return await traced('S3', work, { namespace: 'aws', aws: { operation, bucket_name: bucket } });
  }

  async function ask(asked: Asked): Promise<Answered> {
    for (let attempt = 1; ; attempt++) {
      let failure: ObjectError;
      try {
        const answered = await once(asked);
        if (answered.status < 300) return answered;
        failure = new ObjectError(asked.operation, answered.status, `${answered.status} ${codeIn(answered.bytes)}`);
        // Whatever is the caller's fault stays so.
        if (answered.status < 500 && answered.status !== 429) throw failure;
      } catch (error) {
        if (error instanceof ObjectError) throw error;
        failure = new ObjectError(asked.operation, undefined, 'S3 did not answer', error);
      }
      if (attempt === TRIES) throw failure;
      await pause(FIRST_PAUSE_MS * 2 ** (attempt - 1));
    }
  }

  return {
    async read(key, from, to) {
      const Range = `bytes=${from}-${to - 1}`;
      const { headers, bytes } = await ask({ operation: 'GetObject', method: 'GET', key, headers: { range: Range } });
      const size = Number(/\/(\d+)$/.exec(headers.get('content-range') ?? '')?.[1] ?? Number.NaN);
      if (!Number.isSafeInteger(size))
        throw new ObjectError('GetObject', 200, 'S3 answered with something else than a range');
      return { bytes, size, contentType: headers.get('content-type') ?? '' };
    },

    async write(key, body, contentType) {
      await ask({ operation: 'PutObject', method: 'PUT', key, body, headers: { 'content-type': contentType } });
    },

    async delete(key) {
      await ask({ operation: 'DeleteObject', method: 'DELETE', key });
    },
  };
}

interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Uint8Array;
}

function codeIn(bytes: Uint8Array): string {
  return /<Code>(\w{1,60})<\/Code>/.exec(Buffer.from(bytes).toString('utf8'))?.[1] ?? 'without a code';
}
