/**
 * Which local thing stands behind a name of the stack: `….rds.amazonaws.com:3306` → the database's port here.
 * Services register what they run; the egress of the execution environments looks it up.
 */
import type { Socket } from 'node:net';
import type { Placement } from '../policy/network/contract.ts';

export type AddressTarget =
  | {
      readonly kind: 'tcp';
      readonly host: string;
      readonly port: number;
      /**
       * Takes a connection that comes through this process anyway, in place of one made to host and port: whoever looks
       * at what is said does so on the way, and not by a further one.
       */
      readonly accept?: (socket: Socket) => void;
    }
  | { readonly kind: 'unix'; readonly path: string };

export interface Address {
  /** Lower case, no trailing dot, e.g. `help-desk-proxy.proxy-abc.us-east-1.rds.amazonaws.com`. */
  readonly hostname: string;
  /** The port the client believes it connects to. */
  readonly port: number;
  readonly target: AddressTarget;
  /** Where those are led who come from outside every execution environment, e.g. a container; `target` when absent. */
  readonly outside?: AddressTarget;
  readonly resourceArn: string;
  /** Where it stands in the network; the network policy decides on it. Absent: in Lambda's own, public network. */
  readonly placement?: Placement;
}

export interface AddressBook {
  register(address: Address): void;
  remove(hostname: string, port: number): void;
  lookup(hostname: string, port: number): Address | undefined;
  /** True when any port of this name is known: a name lookup then succeeds. */
  knows(hostname: string): boolean;
}

export function createAddressBook(): AddressBook {
  const byName = new Map<string, Map<number, Address>>();
  const key = (hostname: string) => hostname.toLowerCase().replace(/\.$/, '');
  return {
    register(address) {
      const ports = byName.get(key(address.hostname)) ?? new Map<number, Address>();
      ports.set(address.port, address);
      byName.set(key(address.hostname), ports);
    },
    remove(hostname, port) {
      const ports = byName.get(key(hostname));
      ports?.delete(port);
      if (ports?.size === 0) byName.delete(key(hostname));
    },
    lookup: (hostname, port) => byName.get(key(hostname))?.get(port),
    knows: (hostname) => byName.has(key(hostname)),
  };
}
