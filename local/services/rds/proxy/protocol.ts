/**
 * As much of the MySQL protocol as it takes to see who logs in, and to say no. Pure.
 * https://mariadb.com/kb/en/connection/
 */

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
  { readonly kind: 'tls' } | { readonly kind: 'login'; readonly user: string; readonly withPassword: boolean };

/** Flags of what a client can. */
const SSL = 0x800;
const PROTOCOL_41 = 0x200;

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
  return { kind: 'login', user: payload.toString('utf8', FIXED, end), withPassword: (payload[end + 1] ?? 0) > 0 };
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
