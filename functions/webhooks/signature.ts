/**
 * Who may deliver: whoever can sign. The signature is HMAC-SHA256 with the channel's secret over
 * `timestamp + "." + body`, the body byte for byte as it travels. docs/webhooks.md tells senders the same.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** How far a sender's clock may be off, and how long a request may be under way, s. */
export const WINDOW_SECONDS = 300;

/** Some send with two secrets while they change them. */
const MOST_SIGNATURES = 4;

/** What the headers claim. */
export interface Claim {
  /** Seconds since the epoch, as they were written: so they were signed. */
  readonly timestamp: string;
  /** Of 32 bytes each. */
  readonly digests: readonly Uint8Array[];
}

export class SignatureMalformed extends Error {
  override readonly name = 'SignatureMalformed';
}

/**
 * Reads `X-Webhook-Timestamp: 1795262400` and `X-Webhook-Signature: v1=<64 hexadecimal digits>`, of which there may be
 * several, by commas. Signatures of other versions are passed over: senders may add new ones beside the old.
 * @throws SignatureMalformed
 */
export function readClaim(timestamp: string | undefined, signature: string | undefined): Claim {
  if (timestamp === undefined || !/^\d{1,12}$/.test(timestamp)) {
    throw new SignatureMalformed('X-Webhook-Timestamp must be the seconds since 1970, in digits');
  }
  const signatures = (signature ?? '').split(',').map((one) => one.trim());
  const digests = signatures.flatMap((one) => {
    const hex = /^v1=([0-9a-f]{64})$/i.exec(one)?.[1];
    return hex === undefined ? [] : [Buffer.from(hex, 'hex')];
  });
  if (digests.length === 0 || signatures.length > MOST_SIGNATURES) {
    throw new SignatureMalformed('X-Webhook-Signature must be v1= and 64 hexadecimal digits');
  }
  return { timestamp, digests };
}

/** @param now ms */
export function isInWindow({ timestamp }: Claim, now: number): boolean {
  return Math.abs(now / 1_000 - Number(timestamp)) <= WINDOW_SECONDS;
}

/** Whether one of the secrets made one of the digests. Takes as long for a digest that is nearly right as for any other. */
export function isSigned({ timestamp, digests }: Claim, body: Uint8Array, secrets: readonly string[]): boolean {
  let signed = false;
  for (const secret of secrets) {
    const right = digestOf(secret, timestamp, body);
    for (const digest of digests) signed = timingSafeEqual(right, digest) || signed;
  }
  return signed;
}

/** As a sender does it: the value of `X-Webhook-Signature`. */
export function signatureOf(secret: string, timestamp: string, body: Uint8Array): string {
  return `v1=${digestOf(secret, timestamp, body).toString('hex')}`;
}

/** What is the same for a request that is sent again as it is, whichever of two signatures or secrets it comes with. */
export function fingerprintOf(channel: string, { timestamp }: Claim, body: Uint8Array): string {
  return `${channel}.${createHash('sha256').update(`${timestamp}.`).update(body).digest('hex')}`;
}

function digestOf(secret: string, timestamp: string, body: Uint8Array): Buffer {
  return createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest();
}
