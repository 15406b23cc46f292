/**
 * What `Code.Location` of GetFunction and `Content.Location` of a layer lead to: the zip itself, at the AWS endpoint,
 * for ten minutes. On AWS it is a presigned URL of a bucket of Lambda's own; so it looks here.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { CodeLocation } from '../records.ts';
import { codeDigest } from './code.ts';

/** One of the AWS endpoint's routes. */
export interface DownloadRoute {
  readonly method: string;
  readonly path: string;
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
}

export interface CodeDownloads {
  urlOf(code: CodeLocation, bucket: 'tasks' | 'layers'): string;
  readonly routes: readonly DownloadRoute[];
  /** Says how zips are found, as soon as the service knows it. */
  serve(place: { readonly accountId: string; readonly region: string }, zipOf: ZipOf): void;
}

/** By the digest of the code; undefined for what is gone. */
export type ZipOf = (digest: string) => Promise<Buffer | undefined>;

const LIFETIME_S = 600;
const ALGORITHM = 'AWS4-HMAC-SHA256';

/** `endpointUrl`: the AWS endpoint as clients reach it, asked anew for each URL. `now`: ms since 1970. */
export function codeDownloads({
  endpointUrl,
  now = Date.now,
}: {
  readonly endpointUrl: () => string;
  readonly now?: () => number;
}): CodeDownloads {
  // Nobody but this process makes such URLs, and they do not outlive it.
  const key = randomBytes(32);
  let place = { accountId: '123456789012', region: 'us-east-1' };
  let zipOf: ZipOf = async () => undefined;
  const signatureOf = (path: string, expires: string, date: string): string =>
    createHmac('sha256', key).update(`${path}\n${expires}\n${date}`).digest('hex');

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    const date = searchParams.get('X-Amz-Date') ?? '';
    const expires = searchParams.get('X-Amz-Expires') ?? '';
    const given = Buffer.from(searchParams.get('X-Amz-Signature') ?? '');
    const wanted = Buffer.from(signatureOf(pathname, expires, date));
    if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) {
      return refuse(
        response,
        403,
        'SignatureDoesNotMatch',
        'The request signature we calculated does not match the signature you provided.',
      );
    }
    if (timeOf(date) + Number(expires) * 1000 < now()) {
      return refuse(response, 403, 'AccessDenied', 'Request has expired');
    }
    const zip = await zipOf(pathname.slice(pathname.lastIndexOf('/') + 1));
    if (!zip) return refuse(response, 404, 'NoSuchKey', 'The specified key does not exist.');
    response.writeHead(200, { 'content-type': 'application/zip', 'content-length': zip.length }).end(zip);
  }

  return {
    urlOf(code, bucket) {
      const path = `/awslambda-${place.region}-${bucket}/snapshots/${place.accountId}/${codeDigest(code)}`;
      const date = `${new Date(now()).toISOString().replace(/[-:]|\.\d{3}/g, '')}`;
      const expires = String(LIFETIME_S);
      const query = new URLSearchParams({
        'X-Amz-Algorithm': ALGORITHM,
        'X-Amz-Date': date,
        'X-Amz-SignedHeaders': 'host',
        'X-Amz-Expires': expires,
        'X-Amz-Signature': signatureOf(path, expires, date),
      });
      return `${endpointUrl()}${path}?${query.toString()}`;
    },
    routes: [{ method: 'GET', path: '/awslambda-', handle }],
    serve(where, find) {
      place = where;
      zipOf = find;
    },
  };
}

/** `20261121T063700Z` → ms since 1970; NaN, which no comparison lets through, for anything else. */
function timeOf(date: string): number {
  return Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
}

function refuse(response: ServerResponse, statusCode: number, code: string, message: string): void {
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  response.writeHead(statusCode, { 'content-type': 'application/xml' }).end(body);
}
