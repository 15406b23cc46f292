/**
 * What preload and supervisor say to each other on the environment's socket, beside the runtime client's frames. Two
 * kinds of connection, told apart by their first byte (see `environment-socket.ts`):
 *
 * - `{`: questions and answers, one JSON text per line, one connection per process or thread, for as long as it lives;
 * - `#`: a connection of the program, approved before: `#`, a ticket, then nothing but the program's own bytes.
 */

export const TICKET_BYTE = 0x23;
/** `#` and 32 hexadecimal digits. */
export const TICKET_LENGTH = 33;

export type Asked =
  | { readonly id: number; readonly ask: 'connect'; readonly host: string; readonly port: number }
  | { readonly id: number; readonly ask: 'datagram'; readonly host: string; readonly port: number }
  /** `family`: 0, 4 or 6. */
  | { readonly id: number; readonly ask: 'lookup'; readonly host: string; readonly family: number }
  /** `type`: as in `dns.resolve`, e.g. `MX`. */
  | { readonly id: number; readonly ask: 'resolve'; readonly host: string; readonly type: string };

export type Question =
  | Asked
  /** A server of the environment's own, at this level only known if told. */
  | { readonly tell: 'listening'; readonly port: number }
  /** The program gave the connection up before it was made. */
  | { readonly tell: 'abandoned'; readonly ticket: string }
  /** A program that is not Node was started. */
  | { readonly tell: 'child'; readonly file: string }
  /** `from` numbers the program's UDP socket; `data` is base64. */
  | {
      readonly tell: 'datagram';
      readonly from: number;
      readonly host: string;
      readonly port: number;
      readonly data: string;
    }
  /** That UDP socket is closed: no answer is waited for. */
  | { readonly tell: 'datagrams-end'; readonly from: number };

/** How the preload is to make a connection; `as`: the address the program sees itself connected to. */
export type Go =
  /** In the environment's own network, as the program asked. */
  | { readonly go: 'own' }
  | { readonly go: 'tcp'; readonly host: string; readonly port: number; readonly as?: string; readonly ca?: string }
  /** To the world, by the program itself, at one of the addresses that its name was found to have. */
  | { readonly go: 'world'; readonly addresses: readonly string[] }
  /** Over the environment's socket, the ticket first; without one for the Runtime API. */
  | { readonly go: 'through'; readonly ticket?: string; readonly as?: string; readonly ca?: string }
  | { readonly go: 'hang' }
  | { readonly go: 'refuse'; readonly errno: string; readonly as?: string };

export type GoDatagram =
  | { readonly go: 'own' }
  | { readonly go: 'udp'; readonly host: string; readonly port: number }
  | { readonly go: 'relay' }
  | { readonly go: 'drop' };

export type Answer =
  | ({ readonly id: number } & (Go | GoDatagram))
  | { readonly id: number; readonly addresses: readonly string[] }
  | { readonly id: number; readonly records: readonly unknown[]; readonly ttls?: readonly number[] }
  | { readonly id: number; readonly errno: string }
  /** A datagram came back to the program's UDP socket `to`. */
  | { readonly to: number; readonly host: string; readonly port: number; readonly data: string };
