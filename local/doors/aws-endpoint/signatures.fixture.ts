/** Requests signed by the SDK's own signer, for tests that change or leave out parts of them. */
import { createHash, createHmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';

export interface Plain {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

export interface Signed {
  readonly method: string;
  /** With the query. */
  readonly url: string;
  /** Without `host`, which every client sends by itself. */
  readonly headers: Record<string, string>;
  readonly body: Uint8Array<ArrayBuffer> | undefined;
}

export interface SigningOptions {
  readonly service: string;
  /** Default us-east-1. */
  readonly region?: string;
  /** Default `test`/`test`. */
  readonly credentials?: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
  /** Default: now. */
  readonly date?: Date;
  /** Into the query, good for so many seconds; without it into the header. */
  readonly presigned?: number;
  /** S3 encodes its path once, all others twice. */
  readonly uriEscapePath?: boolean;
}

export async function signed(url: string, plain: Plain, options: SigningOptions): Promise<Signed> {
  const { service, region = 'us-east-1', date = new Date(), presigned, uriEscapePath } = options;
  const credentials = options.credentials ?? { accessKeyId: 'test', secretAccessKey: 'test' };
  const { protocol, host, hostname, port, pathname, searchParams, origin } = new URL(url);
  const query: Record<string, string | string[]> = {};
  for (const name of new Set(searchParams.keys())) query[name] = searchParams.getAll(name);
  const message = {
    method: plain.method ?? (plain.body === undefined ? 'GET' : 'POST'),
    protocol,
    hostname,
    port: port === '' ? undefined : Number(port),
    path: pathname,
    query,
    headers: { host, ...plain.headers },
    body: plain.body,
  };
  const signer = new SignatureV4({ service, region, credentials, sha256: Sha256 as never, uriEscapePath });
  const made =
    presigned === undefined
      ? await signer.sign(message, { signingDate: date })
      : await signer.presign(message, { signingDate: date, expiresIn: presigned });
  const pairs = Object.entries(made.query ?? {}).flatMap(([name, value]) =>
    [value].flat().map((one) => `${escaped(name)}=${escaped(one ?? '')}`),
  );
  const { host: _host, ...headers } = made.headers;
  return {
    method: message.method,
    url: `${origin}${pathname}${pairs.length > 0 ? `?${pairs.join('&')}` : ''}`,
    headers,
    body: plain.body === undefined ? undefined : new Uint8Array(Buffer.from(plain.body)),
  };
}

/** A request of another service's client that needs no SDK: sent as it was signed. */
export async function signedFetch(url: string, plain: Plain, options: SigningOptions): Promise<Response> {
  const { url: to, ...init } = await signed(url, plain, options);
  return fetch(to, init);
}

/** The SDK's signer takes its hash functions from whoever makes it. */
class Sha256 {
  readonly #hash: { update(data: string | Uint8Array): unknown; digest(): Buffer };
  constructor(key?: string | Uint8Array) {
    this.#hash = key ? createHmac('sha256', key) : createHash('sha256');
  }
  update(data: string | Uint8Array) {
    this.#hash.update(data);
  }
  async digest() {
    return new Uint8Array(this.#hash.digest());
  }
  reset() {}
}

function escaped(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
}
