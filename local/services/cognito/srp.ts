/**
 * The server's side of Secure Remote Password, 6a, with the group of 3,072 bits and the key derivation that Cognito's
 * clients use: a password is proved by both sides, and never sent.
 * https://www.rfc-editor.org/rfc/rfc5054 has the protocol, https://www.rfc-editor.org/rfc/rfc3526#section-4 the group.
 */
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { PasswordVerifier } from './records.ts';

const N = BigInt(
  `0x${[
    'FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD',
    'EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED',
    'EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F',
    '83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B',
    'E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA0510',
    '15728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7',
    'ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200C',
    'BBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF',
  ].join('')}`,
);
const G = 2n;
const INFO = Buffer.from('Caldera Derived Key\u0001');

/** What the server keeps between the two requests, all in hexadecimal digits. */
export interface SrpExchange {
  readonly clientPublic: string;
  readonly serverSecret: string;
  readonly serverPublic: string;
}

/** Who proves his password, and to which pool. */
export interface SrpIdentity {
  /** The part of the pool's id behind the underscore. */
  readonly poolName: string;
  readonly username: string;
}

/** @param salt hexadecimal digits; random when left out */
export function makeVerifier(identity: SrpIdentity, password: string, salt = newSalt()): PasswordVerifier {
  return { salt, verifier: modPow(G, privateKey(identity, password, salt)).toString(16) };
}

/** Whether the password is the one that the verifier was made of; takes as long for one as for another. */
export function verifies(identity: SrpIdentity, password: string, { salt, verifier }: PasswordVerifier): boolean {
  return sameText(makeVerifier(identity, password, salt).verifier, verifier);
}

/** `undefined` for a public value that no honest client sends. */
export function answerExchange(clientPublicHex: string, verifierHex: string): SrpExchange | undefined {
  if (!/^[0-9a-f]{1,768}$/i.test(clientPublicHex)) return undefined;
  const clientPublic = BigInt(`0x${clientPublicHex}`);
  if (clientPublic % N === 0n) return undefined;
  const serverSecret = BigInt(`0x${randomBytes(32).toString('hex')}`);
  const serverPublic = (multiplier() * BigInt(`0x${verifierHex}`) + modPow(G, serverSecret)) % N;
  return {
    clientPublic: clientPublic.toString(16),
    serverSecret: serverSecret.toString(16),
    serverPublic: serverPublic.toString(16),
  };
}

/** The signature by which a client that knows the password answers, base64. */
export function expectedSignature(
  identity: SrpIdentity,
  verifierHex: string,
  exchange: SrpExchange,
  answer: { readonly secretBlock: Uint8Array; readonly timestamp: string },
): string {
  const clientPublic = BigInt(`0x${exchange.clientPublic}`);
  const scrambler = hashOf(padded(clientPublic), padded(BigInt(`0x${exchange.serverPublic}`)));
  const base = (clientPublic * modPow(BigInt(`0x${verifierHex}`), BigInt(`0x${scrambler.toString('hex')}`))) % N;
  const shared = modPow(base, BigInt(`0x${exchange.serverSecret}`));
  const random = createHmac('sha256', padded(BigInt(`0x${scrambler.toString('hex')}`)))
    .update(padded(shared))
    .digest();
  const key = createHmac('sha256', random).update(INFO).digest().subarray(0, 16);
  return createHmac('sha256', key)
    .update(identity.poolName)
    .update(identity.username)
    .update(answer.secretBlock)
    .update(answer.timestamp)
    .digest('base64');
}

/** Compares without telling by its time how much is the same. */
export function sameText(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

function newSalt(): string {
  return randomBytes(16).toString('hex');
}

function privateKey({ poolName, username }: SrpIdentity, password: string, salt: string): bigint {
  const credentials = hashOf(Buffer.from(`${poolName}${username}:${password}`));
  return BigInt(`0x${hashOf(padded(BigInt(`0x${salt}`)), credentials).toString('hex')}`);
}

let knownMultiplier: bigint | undefined;

function multiplier(): bigint {
  knownMultiplier ??= BigInt(`0x${hashOf(padded(N), padded(G)).toString('hex')}`);
  return knownMultiplier;
}

/** As two's complement of a positive number: a leading zero byte where the first bit would be taken for a sign. */
function padded(value: bigint): Buffer {
  const digits = value.toString(16);
  const even = digits.length % 2 === 0 ? digits : `0${digits}`;
  return Buffer.from(/^[89a-f]/.test(even) ? `00${even}` : even, 'hex');
}

function hashOf(...parts: readonly Uint8Array[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

function modPow(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let power = base % N;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * power) % N;
    power = (power * power) % N;
  }
  return result;
}
