/** `10.0.0.0/24`, `2001:db8::/32`, or one address alone. */
import { BlockList, isIP } from 'node:net';
import { InvalidPattern } from './invalid-pattern.ts';

/** Throws InvalidPattern. */
export function compileCidr(text: string): (value: string) => boolean {
  const [address = '', mask, ...more] = text.split('/');
  const family = isIP(address);
  if (mask === undefined && family === 0) throw new InvalidPattern("Malformed CIDR, one '/' required");
  if (more.length > 0) throw new InvalidPattern("Malformed CIDR, one '/' required");
  if (mask !== undefined && !/^-?\d{1,9}$/.test(mask)) {
    throw new InvalidPattern('Malformed CIDR, mask bits must be an integer');
  }
  if (family === 0) throw new InvalidPattern(`Nonstandard IP address: ${address}`);
  const bits = mask === undefined ? (family === 4 ? 32 : 128) : bitsOf(mask, family);
  const block = new BlockList();
  block.addSubnet(address, bits, family === 4 ? 'ipv4' : 'ipv6');
  return (value) => isIP(value) === family && block.check(value, family === 4 ? 'ipv4' : 'ipv6');
}

function bitsOf(mask: string, family: number): number {
  const bits = Number(mask);
  if (bits < 0) throw new InvalidPattern('Malformed CIDR, mask bits must not be negative');
  if (family === 4 && bits > 32) throw new InvalidPattern('IPv4 mask bits must be < 32');
  if (bits > 128) throw new InvalidPattern('IPv6 mask bits must be < 128');
  return bits;
}
