/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html#derive-signing-key */
import { createHmac, hash } from 'node:crypto';
import type { Authorization } from './sigv4.ts';

/** What one signature of a request is made with; those of its chunks go on from there. */
export interface SigningContext {
  readonly key: Buffer;
  /** `20261121T120000Z` */
  readonly date: string;
  /** `20261121/us-east-1/s3/aws4_request` */
  readonly credentialScope: string;
}

/** By secret, then by scope: a secret's key changes with the day, the Region and the service only. */
const keys = new Map<string, Map<string, Buffer>>();
const KEPT_SECRETS = 256;
const KEPT_SCOPES = 64;

export function signingContext(
  secretAccessKey: string,
  { date: day, region, service }: Authorization['scope'],
  date: string,
): SigningContext {
  const credentialScope = `${day}/${region}/${service}/aws4_request`;
  const scopes = within(keys, secretAccessKey, KEPT_SECRETS, () => new Map<string, Buffer>());
  const key = within(
    scopes,
    credentialScope,
    KEPT_SCOPES,
    () => [day, region, service, 'aws4_request'].reduce<Buffer | string>(hmac, `AWS4${secretAccessKey}`) as Buffer,
  );
  return { key, date, credentialScope };
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

export function hmac(key: Buffer | string, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

/** Lower-case hex. */
export function sha256(content: string | Uint8Array): string {
  return hash('sha256', content, 'hex');
}
