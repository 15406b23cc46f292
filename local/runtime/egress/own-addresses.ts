/**
 * IP addresses for names that only exist here. A program may look a name up first and connect to the address later:
 * the address must lead back to the name. From 198.18.0.0/15, which no real network uses (RFC 2544).
 */
export interface OwnAddresses {
  addressOf(hostname: string): string;
  /** Of an address as `canonicalHostname` writes it. */
  hostnameOf(address: string): string | undefined;
}

const SIZE = 2 ** 17;

export function createOwnAddresses(): OwnAddresses {
  const addresses = new Map<string, string>();
  const hostnames = new Map<string, string>();
  let last = 0;
  return {
    addressOf(hostname) {
      const known = addresses.get(hostname);
      if (known !== undefined) return known;
      // Names are made up by programs without end (buckets); the oldest gives its address up. 0 and the last are none.
      last = (last % (SIZE - 2)) + 1;
      const address = `198.${18 + (last >> 16)}.${(last >> 8) & 255}.${last & 255}`;
      const former = hostnames.get(address);
      if (former !== undefined) addresses.delete(former);
      addresses.set(hostname, address);
      hostnames.set(address, hostname);
      return address;
    },
    hostnameOf: (address) => hostnames.get(address),
  };
}
