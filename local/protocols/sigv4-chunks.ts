/**
 * Signatures of a body's chunks and trailers: each signs the one before it, so that none can be left out or swapped.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html,
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
 */
import { createHash } from 'node:crypto';
import { SignatureError } from './sigv4-error.ts';
import { type SigningContext, sha256 } from './sigv4-key.ts';
import { MISMATCH, sameSignature } from './sigv4-verify.ts';

export interface ChunkVerifier {
  /**
   * The next chunk, the empty last one included. Throws SignatureError.
   *
   * @param digest lower-case hex of the data's SHA-256
   */
  chunk(signature: string, digest: string): void;
  /** What came after the last chunk, names in lower case. Throws SignatureError. */
  trailers(trailers: readonly (readonly [string, string])[]): void;
}

const NOTHING = sha256('');
const TRAILER_SIGNATURE = 'x-amz-trailer-signature';

/**
 * @param seed the request's own signature
 * @param signedTrailers whether the trailers are to have a signature of their own
 */
export function chunkVerifier(
  { sign, date, credentialScope }: SigningContext,
  seed: string,
  signedTrailers: boolean,
): ChunkVerifier {
  let previous = seed;

  function check(signature: string, lines: readonly string[]): void {
    const expected = sign(lines.join('\n'));
    if (!sameSignature(signature, expected)) throw new SignatureError('mismatch', MISMATCH, { signature });
    previous = signature;
  }

  return {
    chunk(signature, digest) {
      check(signature, ['AWS4-HMAC-SHA256-PAYLOAD', date, credentialScope, previous, NOTHING, digest]);
    },
    trailers(trailers) {
      if (!signedTrailers) return;
      const signature = trailers.find(([name]) => name === TRAILER_SIGNATURE)?.[1] ?? '';
      const text = trailers
        .filter(([name]) => name !== TRAILER_SIGNATURE)
        .map(([name, value]) => `${name}:${value}\n`)
        .join('');
      check(signature, ['AWS4-HMAC-SHA256-TRAILER', date, credentialScope, previous, sha256(text)]);
    },
  };
}

/** SHA-256 of what comes piece by piece. */
export function hashing(): { update(piece: Uint8Array): void; hex(): string } {
  const digest = createHash('sha256');
  return { update: (piece) => void digest.update(piece), hex: () => digest.digest('hex') };
}
