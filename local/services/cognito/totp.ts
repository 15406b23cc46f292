/** Time-based one-time passwords of six digits, each for half a minute. https://www.rfc-editor.org/rfc/rfc6238 */
import { createHmac, randomBytes } from 'node:crypto';
import { sameText } from './srp.ts';

const PERIOD_MS = 30_000;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** 160 bits, Base32 as authenticator apps take it. */
export function newSecret(): string {
  return Array.from(randomBytes(32), (byte) => ALPHABET[byte % 32]).join('');
}

/**
 * Which period the code is of, counted from 1970: the present one, or the one before or after, for clocks differ.
 * Undefined for every other code, and for one of a period up to `after`, which was used already.
 */
export function periodOf(code: string, secret: string, now: number, after = -1): number | undefined {
  const present = Math.floor(now / PERIOD_MS);
  return [present, present - 1, present + 1].find((period) => sameText(codeOf(secret, period), code) && period > after);
}

function codeOf(secret: string, period: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(period));
  const digest = createHmac('sha1', bytesOf(secret)).update(counter).digest();
  const offset = digest[digest.length - 1]! & 15;
  return String((digest.readUInt32BE(offset) & 0x7fff_ffff) % 1_000_000).padStart(6, '0');
}

function bytesOf(secret: string): Buffer {
  const bits = [...secret].map((letter) => ALPHABET.indexOf(letter).toString(2).padStart(5, '0')).join('');
  return Buffer.from((bits.match(/[01]{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}
