/** Name lookups on behalf of an environment. */
import { promises as dns } from 'node:dns';
import { isIP } from 'node:net';
import type { NamePolicy } from './contract.ts';
import { canonicalHostname } from './hostnames.ts';
import type { OwnAddresses } from './own-addresses.ts';

/** Error codes as `dns` names them, e.g. `ENOTFOUND`. */
export type Found<T> = { readonly found: T } | { readonly errno: string };

export interface Names {
  /** As `dns.lookup` with `all`. */
  lookup(environmentId: string, hostname: string, family: number): Promise<Found<readonly string[]>>;
  /** As `dns.resolve`; A and AAAA records with their seconds to live. */
  resolve(
    environmentId: string,
    hostname: string,
    type: string,
  ): Promise<Found<{ records: readonly unknown[]; ttls?: readonly number[] }>>;
}

const OWN_TTL_SECONDS = 60;
const LOOPBACK = '127.0.0.1';

export function createNames(policy: NamePolicy, own: OwnAddresses): Names {
  return {
    async lookup(environmentId, hostname, family) {
      switch (policy({ environmentId, hostname }).kind) {
        case 'ours':
          return family === 6 ? { errno: 'ENOTFOUND' } : { found: [own.addressOf(canonicalHostname(hostname))] };
        case 'own':
          return family === 6 ? { errno: 'ENOTFOUND' } : { found: [LOOPBACK] };
        case 'unknown':
          return { errno: 'ENOTFOUND' };
        case 'public':
          return attempt(async () => {
            const all = await dns.lookup(hostname, { all: true, family, order: 'verbatim' });
            return all.map(({ address }) => address);
          });
      }
    },
    async resolve(environmentId, hostname, type) {
      const { kind } = policy({ environmentId, hostname });
      if (kind === 'unknown') return { errno: 'ENOTFOUND' };
      if (kind === 'ours' || kind === 'own') {
        if (type !== 'A') return { errno: 'ENODATA' };
        const address = kind === 'own' ? LOOPBACK : own.addressOf(canonicalHostname(hostname));
        return { found: { records: [address], ttls: [OWN_TTL_SECONDS] } };
      }
      return attempt(async () => {
        if (type === 'A' || type === 'AAAA') {
          const all = await (type === 'A' ? dns.resolve4 : dns.resolve6)(hostname, { ttl: true });
          return { records: all.map(({ address }) => address), ttls: all.map(({ ttl }) => ttl) };
        }
        if (type === 'PTR' && isIP(hostname)) return { records: await dns.reverse(hostname) };
        const answer: unknown = await dns.resolve(hostname, type);
        return { records: Array.isArray(answer) ? answer : [answer] };
      });
    },
  };
}

async function attempt<T>(work: () => Promise<T>): Promise<Found<T>> {
  try {
    return { found: await work() };
  } catch (error) {
    return { errno: (error as NodeJS.ErrnoException).code ?? 'ENOTFOUND' };
  }
}
