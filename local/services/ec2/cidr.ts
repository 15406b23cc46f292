/** Blocks of addresses as EC2 takes them. */
import { type Block, parseBlock } from '../../policy/network/cidr.ts';

export { contains, formatBlock as formatCidr, overlaps as overlap } from '../../policy/network/cidr.ts';

/** Undefined for anything that is no IPv4 block. Bits below the prefix are cleared, as EC2 clears them. */
export function parseCidr(text: string): Block | undefined {
  const block = parseBlock(text);
  return block?.family === 4 ? block : undefined;
}

export function isIpv6Cidr(text: string): boolean {
  return parseBlock(text)?.family === 6;
}

/** Five addresses of a subnet are AWS's own. */
export function usableAddresses({ prefix }: Block): number {
  return 2 ** (32 - prefix) - 5;
}
