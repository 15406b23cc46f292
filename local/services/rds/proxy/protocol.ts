/**
 * As much of the MySQL protocol as it takes to see who logs in, and to say no. Pure.
 * https://mariadb.com/kb/en/connection/
 */

import type { Proof } from './password-proof.ts';

/** A packet as it came, and what is in it. */
export interface Packet {
  readonly sequence: number;
  readonly payload: Buffer;
  /** With its header: what is passed on. */
  readonly whole: Buffer;
}

const HEADER = 4;

/** The first packet of what came so far, and what came after it; undefined while it is not all there. */
export function firstPacket(bytes: Buffer): { readonly packet: Packet; readonly rest: Buffer } | undefined {
  if (bytes.length < HEADER) return undefined;
  const end = HEADER + bytes.readUIntLE(0, 3);
  if (bytes.length < end) return undefined;
  const packet = { sequence: bytes[3]!, payload: bytes.subarray(HEADER, end), whole: bytes.subarray(0, end) };
  return { packet, rest: bytes.subarray(end) };
}

/** What a client answers the server's greeting with. */
export type Reply =
  /** It goes on in TLS, and logs in there. */
  | { readonly kind: 'tls' }
  | {
      readonly kind: 'login';
      readonly user: string;
      readonly withPassword: boolean;
      /** Absent where the client does not say what kind of proof it gives. */
      readonly proof?: Proof;
    };

/** Flags of what a client can. */
const SSL = 0x800;
const PROTOCOL_41 = 0x200;
const WITH_DATABASE = 0x8;
const PLUGIN = 0x80000;

/** Flags, longest packet, character set, and bytes that mean nothing. */
const FIXED = 32;

/** Undefined for what no client of this century sends. */
export function readReply(payload: Buffer): Reply | undefined {
  if (payload.length < FIXED) return undefined;
  const flags = payload.readUInt32LE(0);
  if (!(flags & PROTOCOL_41)) return undefined;
  if (payload.length === FIXED) return flags & SSL ? { kind: 'tls' } : undefined;
  const end = payload.indexOf(0, FIXED);
  if (end === -1) return undefined;
  const user = payload.toString('utf8', FIXED, end);
  const length = payload[end + 1] ?? 0;
  const proof = readProof(payload, flags, end + 2, length);
  return { kind: 'login', user, withPassword: length > 0, ...(proof && { proof }) };
}

/** Longer answers than a hash have their length in more than a byte: none of those is looked at. */
const LONGEST_ANSWER = 250;

function readProof(payload: Buffer, flags: number, start: number, length: number): Proof | undefined {
  if (!(flags & PLUGIN) || length > LONGEST_ANSWER) return undefined;
  const end = start + length;
  const database = flags & WITH_DATABASE ? payload.indexOf(0, end) : end - 1;
  if (database === -1) return undefined;
  const name = payload.indexOf(0, database + 1);
  if (name === -1) return undefined;
  return { plugin: payload.toString('latin1', database + 1, name), answer: payload.subarray(start, end) };
}

/** Of what a greeting has around its nonce: thread, filler, flags, character set, status, length, and bytes that mean nothing. */
const THREAD = 4;
const FIRST_PART = 8;
const BETWEEN = 19;
const SECOND_PART = 12;

/** The twenty bytes that a server greets with, which every proof of a password is made with; undefined without them. */
export function readNonce(greeting: Buffer): Buffer | undefined {
  const version = greeting.indexOf(0, 1);
  if (version === -1) return undefined;
  const first = version + 1 + THREAD;
  const second = first + FIRST_PART + BETWEEN;
  if (greeting.length < second + SECOND_PART) return undefined;
  return Buffer.concat([greeting.subarray(first, first + FIRST_PART), greeting.subarray(second, second + SECOND_PART)]);
}

export interface ServerError {
  readonly number: number;
  /** Five characters. */
  readonly state: string;
  readonly message: string;
}

/** The server's last word. */
export function errorPacket(sequence: number, { number, state, message }: ServerError): Buffer {
  const text = Buffer.from(message);
  const payload = Buffer.alloc(9 + text.length);
  payload[0] = 0xff;
  payload.writeUInt16LE(number, 1);
  payload.write(`#${state}`, 3, 'latin1');
  text.copy(payload, 9);
  const header = Buffer.alloc(HEADER);
  header.writeUIntLE(payload.length, 0, 3);
  header[3] = sequence & 0xff;
  return Buffer.concat([header, payload]);
}
