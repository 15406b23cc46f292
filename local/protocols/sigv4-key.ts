/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html#derive-signing-key */
import { createHmac, hash } from 'node:crypto';
import type { Authorization } from './sigv4.ts';

/** What one signature of a request is made with; those of its chunks go on from there. */
export interface SigningContext {
  /** HMAC-SHA256 with the signing key, in lower-case hex. */
  readonly sign: (text: string) => string;
  /** `20261121T120000Z` */
  readonly date: string;
  /** `20261121/us-east-1/s3/aws4_request` */
  readonly credentialScope: string;
}

/** By secret, then by scope: a secret's key changes with the day, the Region and the service only. */
const keys = new Map<string, Map<string, SigningContext['sign']>>();
const KEPT_SECRETS = 256;
const KEPT_SCOPES = 64;

export function signingContext(
  secretAccessKey: string,
  { date: day, region, service }: Authorization['scope'],
  date: string,
): SigningContext {
  const credentialScope = `${day}/${region}/${service}/aws4_request`;
  const scopes = within(keys, secretAccessKey, KEPT_SECRETS, () => new Map<string, SigningContext['sign']>());
  const sign = within(scopes, credentialScope, KEPT_SCOPES, () => {
    const key = [day, region, service, 'aws4_request'].reduce<Buffer | string>(hmac, `AWS4${secretAccessKey}`);
    return hmacWith(key as Buffer);
  });
  return { sign, date, credentialScope };
}

/** Kept, the oldest given up first. */
function within<T>(known: Map<string, T>, name: string, most: number, make: () => T): T {
  const found = known.get(name);
  if (found !== undefined) return found;
  const made = make();
  if (known.size >= most) known.delete(known.keys().next().value as string);
  known.set(name, made);
  return made;
}

function hmac(key: Buffer | string, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

const BLOCK = 64;
/** Where a text is put behind the key's block: what is signed is short, and a buffer for each would be waste. */
const scratch = Buffer.alloc(BLOCK + 4_096);

/**
 * HMAC by its definition, of two hashes: Node's own spends most of its time on wrapping the key, again for every text.
 * https://www.rfc-editor.org/rfc/rfc2104#section-2
 */
export function hmacWith(key: Uint8Array): (text: string) => string {
  const padded = Buffer.alloc(BLOCK);
  padded.set(key.length > BLOCK ? hash('sha256', key, 'buffer') : key);
  const inner = padded.map((byte) => byte ^ 0x36);
  const outer = Buffer.alloc(BLOCK + 32);
  outer.set(padded.map((byte) => byte ^ 0x5c));
  return (text) => {
    const size = BLOCK + Buffer.byteLength(text);
    const message = size <= scratch.length ? scratch.subarray(0, size) : Buffer.allocUnsafe(size);
    message.set(inner);
    message.write(text, BLOCK);
    outer.write(hash('sha256', message, 'binary'), BLOCK, 'binary');
    return hash('sha256', outer, 'hex');
  };
}

/** Lower-case hex. */
export function sha256(content: string | Uint8Array): string {
  return hash('sha256', content, 'hex');
}
