/**
 * What an environment's process may connect to, and where that really leads. The preload inside the process asks over
 * the environment's own socket; the supervisor here answers.
 */
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

export interface EgressQuestion {
  readonly environmentId: string;
  /** As the program named it, before any lookup. */
  readonly hostname: string;
  readonly port: number;
  readonly transport: 'tcp' | 'udp';
}

export type EgressTarget =
  | {
      readonly kind: 'tcp';
      readonly host: string;
      readonly port: number;
      /** See `AddressTarget`. */
      readonly accept?: (socket: Socket) => void;
    }
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'udp'; readonly host: string; readonly port: number }
  /** The AWS services, which know the environment by the connection handed over. */
  | { readonly kind: 'aws-door'; readonly tls: boolean }
  /** The environment's own socket, where the Runtime API is. */
  | { readonly kind: 'runtime-api' };

export type EgressAnswer =
  | {
      readonly kind: 'connect';
      readonly target: EgressTarget;
      /** The local cloud stands behind it in AWS's place: its certificates are the local authority's. */
      readonly ours?: boolean;
    }
  /** Loopback: what it leads to, if anything, is in the environment itself. */
  | { readonly kind: 'own' }
  /** Nobody answers: the caller hangs until its own time-out, as on AWS. `reason` goes to the log at once. */
  | { readonly kind: 'hang'; readonly reason: string }
  /** errno as Node names it, e.g. `ECONNREFUSED`, `ENOTFOUND`. */
  | { readonly kind: 'refuse'; readonly errno: string; readonly reason: string };

export type EgressPolicy = (question: EgressQuestion) => EgressAnswer | Promise<EgressAnswer>;

/** How a name is looked up for an environment. */
export type NameAnswer =
  /** One of ours: it gets an address that leads back to the name. */
  | { readonly kind: 'ours' }
  /** The environment itself. */
  | { readonly kind: 'own' }
  /** As this machine looks it up. */
  | { readonly kind: 'public' }
  | { readonly kind: 'unknown' };

export type NamePolicy = (question: { readonly environmentId: string; readonly hostname: string }) => NameAnswer;

/** Where connections to the AWS services are handed over; `doors/` fulfils it. */
export interface AwsDoor {
  accept(socket: Duplex, environmentId: string, options: { readonly tls: boolean }): void;
}
