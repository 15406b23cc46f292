import { createHash } from 'node:crypto';
import type { Encryption } from '../records.ts';

/** The MD5 of what was written, except under a KMS key, where AWS's is none either. */
export function etagOf(md5: string, { algorithm, keyId = '' }: Encryption): string {
  return algorithm === 'AES256' ? md5 : createHash('md5').update(`${algorithm} ${keyId} ${md5}`).digest('hex');
}

/** Of parts: the MD5 of their MD5s, and how many they are. */
export function etagOfParts(etags: readonly string[]): string {
  const digest = createHash('md5');
  for (const etag of etags) digest.update(Buffer.from(etag, 'hex'));
  return `${digest.digest('hex')}-${etags.length}`;
}
