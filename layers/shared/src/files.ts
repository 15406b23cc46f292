/**
 * Files in S3, as URLs that say by themselves what may be done with them: whoever has one needs no credentials, and can
 * do nothing else with it. Signing makes no request, so this needs neither S3's client nor a way to S3.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 */
import type { Environment } from './configuration.ts';
import { encoded, pathOf, placeOf, signerFor } from './s3.ts';

/** A request that is allowed already, for whoever sends it like this and in time. */
export interface SignedRequest {
  readonly method: 'GET' | 'PUT';
  readonly url: string;
  /** To be sent with it, exactly so: the signature covers them. */
  readonly headers: Readonly<Record<string, string>>;
  /** ISO 8601, UTC. */
  readonly expiresAt: string;
}

export interface Upload {
  readonly key: string;
  readonly contentType: string;
  /** In bytes, exactly. */
  readonly size: number;
}

export interface Download {
  readonly key: string;
  readonly contentType: string;
  /** What the file is saved as, whatever its key is. */
  readonly fileName: string;
}

export interface Files {
  /**
   * Takes one file of that type and size, once: the URL of a file that is there is refused with 412, so what was checked
   * stays as it was. https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
   */
  uploadRequest(upload: Upload): Promise<SignedRequest>;
  downloadRequest(download: Download): Promise<SignedRequest>;
}

export interface FilesOptions {
  readonly bucket: string;
  /** How long a URL is good for, in seconds. */
  readonly validSeconds: number;
  /** Lambda's own variables: region, endpoint and the role's credentials, as they are at the time of signing. */
  readonly environment: Environment;
  readonly now: () => Date;
}

export function createFiles({ bucket, validSeconds, environment, now }: FilesOptions): Files {
  const place = placeOf(bucket, environment);
  const signer = signerFor(environment);

  async function signed(
    method: SignedRequest['method'],
    key: string,
    parts: { headers?: Record<string, string>; query?: Record<string, string> },
  ): Promise<SignedRequest> {
    const signingDate = now();
    const path = pathOf(place, key);
    const request = await signer.presign(
      {
        method,
        protocol: place.url.protocol,
        hostname: place.url.hostname,
        path,
        headers: { host: place.url.host, 'X-Amz-Content-Sha256': 'UNSIGNED-PAYLOAD', ...parts.headers },
        query: parts.query ?? {},
      },
      { expiresIn: validSeconds, signingDate },
    );
    const query = Object.entries(request.query ?? {})
      .map(([name, value]) => `${encoded(name)}=${encoded(String(value))}`)
      .join('&');
    return {
      method,
      url: `${place.url.origin}${path}?${query}`,
      headers: parts.headers ?? {},
      expiresAt: new Date(Math.floor(signingDate.getTime() / 1000 + validSeconds) * 1000).toISOString(),
    };
  }

  return {
    uploadRequest: ({ key, contentType, size }) =>
      signed('PUT', key, {
        headers: { 'content-type': contentType, 'content-length': String(size), 'if-none-match': '*' },
      }),
    downloadRequest: ({ key, contentType, fileName }) =>
      signed('GET', key, {
        query: {
          'response-content-type': contentType,
          'response-content-disposition': attachmentNamed(fileName),
          'response-cache-control': 'private, no-store',
        },
      }),
  };
}

/**
 * Saved, never shown: a browser runs nothing of a file that it only stores. The name comes twice, for old clients in
 * ASCII, for all others as RFC 8187 encodes it. https://www.rfc-editor.org/rfc/rfc6266
 */
export function attachmentNamed(fileName: string): string {
  const ascii = fileName.replaceAll(/[^\x20-\x7e]/gu, '_').replaceAll(/["\\%]/g, '_');
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded(fileName)}`;
}
