/** Blocks of addresses, IPv4 and IPv6 alike. Pure. */
import { isIP } from 'node:net';

export interface Block {
  readonly family: 4 | 6;
  /** Of the block's first address. */
  readonly first: bigint;
  readonly prefix: number;
}

const BITS = { 4: 32, 6: 128 } as const;

/** Undefined for what is no block. Bits below the prefix are cleared, as EC2 clears them. */
export function parseBlock(text: string): Block | undefined {
  const slash = text.lastIndexOf('/');
  const length = text.slice(slash + 1);
  if (slash < 0 || !/^\d{1,3}$/.test(length)) return undefined;
  const address = parseAddress(text.slice(0, slash));
  const prefix = Number(length);
  if (!address || prefix > BITS[address.family]) return undefined;
  const { family } = address;
  return { family, prefix, first: address.first - (address.first % sizeOf({ family, prefix })) };
}

/** A block of one address. Undefined for what is none. */
export function parseAddress(text: string): Block | undefined {
  switch (isIP(text)) {
    case 4:
      return { family: 4, first: number4(text), prefix: 32 };
    case 6:
      return { family: 6, first: number6(text.replace(/%.*$/, '')), prefix: 128 };
    default:
      return undefined;
  }
}

export function formatBlock({ family, first, prefix }: Block): string {
  if (family === 4) {
    const octets = [24n, 16n, 8n, 0n].map((shift) => (first >> shift) & 255n);
    return `${octets.join('.')}/${prefix}`;
  }
  const groups = Array.from({ length: 8 }, (_, index) => (first >> BigInt(112 - 16 * index)) & 0xffffn);
  return `${groups.map((group) => group.toString(16)).join(':')}/${prefix}`;
}

export function contains(outer: Block, inner: Block): boolean {
  return outer.family === inner.family && outer.first <= inner.first && lastOf(inner) <= lastOf(outer);
}

/** Of two blocks that overlap, one contains the other. */
export function overlaps(a: Block, b: Block): boolean {
  return contains(a, b) || contains(b, a);
}

/**
 * What the public internet does not route: https://www.iana.org/assignments/iana-ipv4-special-registry
 * 198.18.0.0/15 and the documentation blocks stay out of it: here they stand for addresses that AWS gives.
 */
const PRIVATE = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12'],
  ...['192.168.0.0/16', '224.0.0.0/4', '240.0.0.0/4', '::/128', '::1/128', 'fc00::/7', 'fe80::/10', 'ff00::/8'],
].map((text) => parseBlock(text)!);

/** Whether a block has any address that the internet routes. */
export function isPrivate(block: Block): boolean {
  return PRIVATE.some((one) => contains(one, block));
}

function sizeOf({ family, prefix }: Pick<Block, 'family' | 'prefix'>): bigint {
  return 1n << BigInt(BITS[family] - prefix);
}

function lastOf(block: Block): bigint {
  return block.first + sizeOf(block) - 1n;
}

function number4(text: string): bigint {
  return text.split('.').reduce((sum, octet) => sum * 256n + BigInt(octet), 0n);
}

function number6(text: string): bigint {
  const [head = '', tail] = withoutDots(text).split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : 8 - left.length - right.length;
  return [...left, ...Array<string>(zeros).fill('0'), ...right].reduce(
    (sum, group) => sum * 65536n + BigInt(`0x${group}`),
    0n,
  );
}

/** `::ffff:10.0.0.1` ends in an IPv4 address. */
function withoutDots(text: string): string {
  const dotted = /\d+\.\d+\.\d+\.\d+$/.exec(text)?.[0];
  if (dotted === undefined) return text;
  const value = number4(dotted);
  return `${text.slice(0, -dotted.length)}${(value >> 16n).toString(16)}:${(value & 0xffffn).toString(16)}`;
}
