/**
 * How a signature covers the body of its request.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 */
import type { Authorization } from './sigv4.ts';
import type { SignedRequest } from './sigv4-canonical.ts';
import { SignatureError } from './sigv4-error.ts';

export type SignedPayload =
  /** By a hash that the request itself states: the body has to have it. */
  | { readonly kind: 'stated'; readonly sha256: string }
  /** By a hash that has to be computed first. */
  | { readonly kind: 'computed' }
  | { readonly kind: 'unsigned' }
  /** Piece by piece, in the aws-chunked coding; with a signature of each unless `signed` is false. */
  | { readonly kind: 'chunks'; readonly name: string; readonly signed: boolean; readonly trailer: boolean };

const CHUNKS: ReadonlyMap<string, { readonly signed: boolean; readonly trailer: boolean }> = new Map([
  ['STREAMING-AWS4-HMAC-SHA256-PAYLOAD', { signed: true, trailer: false }],
  ['STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER', { signed: true, trailer: true }],
  ['STREAMING-UNSIGNED-PAYLOAD-TRAILER', { signed: false, trailer: true }],
]);

/**
 * @param unsignedAllowed Whether the service takes bodies that are signed in pieces or not at all: S3 does
 * @throws SignatureError `unsigned-payload`
 */
export function signedPayload(
  { headers, query }: SignedRequest,
  { presigned }: Authorization,
  unsignedAllowed: boolean,
): SignedPayload {
  const stated = first(headers['x-amz-content-sha256']) ?? inQuery(query, presigned && unsignedAllowed);
  if (stated === undefined) {
    if (!unsignedAllowed) return { kind: 'computed' };
    if (presigned) return { kind: 'unsigned' };
    throw new SignatureError('unsigned-payload', 'Missing required header for this request: x-amz-content-sha256');
  }
  if (/^[0-9a-f]{64}$/.test(stated)) return { kind: 'stated', sha256: stated };
  if (unsignedAllowed) {
    if (stated === 'UNSIGNED-PAYLOAD') return { kind: 'unsigned' };
    const chunks = CHUNKS.get(stated);
    if (chunks) return { kind: 'chunks', name: stated, ...chunks };
    throw new SignatureError(
      'unsigned-payload',
      `x-amz-content-sha256 must be UNSIGNED-PAYLOAD, ${[...CHUNKS.keys()].join(', ')}, or a valid sha256 value.`,
    );
  }
  throw new SignatureError('payload', 'The payload of this request must be signed.');
}

/** The last line of the canonical request. */
export function payloadLine(payload: Exclude<SignedPayload, { kind: 'computed' }>): string {
  switch (payload.kind) {
    case 'stated':
      return payload.sha256;
    case 'unsigned':
      return 'UNSIGNED-PAYLOAD';
    case 'chunks':
      return payload.name;
  }
}

export function payloadMismatch(claimedHash: string, computedHash: string): SignatureError {
  const message = "The provided 'x-amz-content-sha256' header does not match what was computed.";
  return new SignatureError('payload', message, { claimedHash, computedHash });
}

function first(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : value?.[0];
}

function inQuery(query: SignedRequest['query'], wanted: boolean): string | undefined {
  return wanted ? query.find(([name]) => name.toLowerCase() === 'x-amz-content-sha256')?.[1] : undefined;
}
