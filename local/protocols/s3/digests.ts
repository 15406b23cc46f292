/** Digests of a body that fits in memory, against those its request states. */
import { createHash } from 'node:crypto';
import { CHECKSUM_ALGORITHMS, checksumHeader, checksumOf } from '../checksums/algorithms.ts';
import { ProtocolError } from '../wire-error.ts';

/** Throws ProtocolError `InvalidDigest`, `BadDigest`. */
export function checkDigests(bytes: Uint8Array, headers: Readonly<Record<string, string | undefined>>): void {
  const stated = headers['content-md5'];
  if (stated !== undefined) {
    checkMd5Form(stated);
    if (createHash('md5').update(bytes).digest('base64') !== stated) throw badMd5();
  }
  for (const algorithm of CHECKSUM_ALGORITHMS) {
    const expected = headers[checksumHeader(algorithm)];
    if (expected !== undefined && checksumOf(algorithm, bytes) !== expected) throw badChecksum(algorithm);
  }
}

/** Throws ProtocolError `InvalidDigest` for what no MD5 digest looks like. */
export function checkMd5Form(text: string): void {
  if (/^[A-Za-z0-9+/]{22}==$/.test(text)) return;
  throw new ProtocolError('InvalidDigest', 'The Content-MD5 you specified was invalid.');
}

export const badMd5 = (): ProtocolError =>
  new ProtocolError('BadDigest', 'The Content-MD5 you specified did not match what we received.');

export const badChecksum = (algorithm: string): ProtocolError =>
  new ProtocolError('BadDigest', `The ${algorithm} you specified did not match the calculated checksum.`);
