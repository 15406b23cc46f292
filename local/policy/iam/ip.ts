/** IP addresses and CIDR blocks of both versions, for IpAddress and NotIpAddress. */

export interface Block {
  readonly address: Address;
  readonly prefix: number;
}

/** Bytes: four or sixteen. */
type Address = readonly number[];

/** `203.0.113.0/24`, `2001:db8::/32`, or one address. Undefined for anything else. */
export function readBlock(text: string): Block | undefined {
  const [addressText = '', prefixText, ...more] = text.split('/');
  const address = readAddress(addressText);
  if (!address || more.length > 0) return undefined;
  const bits = address.length * 8;
  if (prefixText === undefined) return { address, prefix: bits };
  if (!/^\d{1,3}$/.test(prefixText) || Number(prefixText) > bits) return undefined;
  return { address, prefix: Number(prefixText) };
}

/** False for what is no address, and between the two versions. */
export function isInBlock({ address, prefix }: Block, text: string): boolean {
  const candidate = readAddress(text);
  if (candidate?.length !== address.length) return false;
  for (let index = 0, bits = prefix; bits > 0; index++, bits -= 8) {
    const mask = bits >= 8 ? 0xff : (0xff << (8 - bits)) & 0xff;
    if ((((candidate[index] as number) ^ (address[index] as number)) & mask) !== 0) return false;
  }
  return true;
}

/** IPv4 written as IPv6 (`::ffff:192.0.2.1`, what a dual-stack socket says) is IPv4. */
export function readAddress(text: string): Address | undefined {
  if (!text.includes(':')) return readV4(text);
  const bytes = readV6(text);
  const isMapped = bytes?.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff;
  return isMapped ? bytes?.slice(12) : bytes;
}

function readV4(text: string): number[] | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255))
    return undefined;
  return parts.map(Number);
}

function readV6(text: string): number[] | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = [groups(halves[0] ?? '', halves.length === 1), groups(halves[1] ?? '', true)];
  if (!head || !tail) return undefined;
  const missing = 16 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 2) return undefined;
  return [...head, ...Array<number>(missing).fill(0), ...tail];
}

/** `20:1:db8`, with an IPv4 address as its last group where the text ends there. */
function groups(text: string, isEnd: boolean): number[] | undefined {
  if (text === '') return [];
  const bytes: number[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    if (isEnd && index === parts.length - 1 && part.includes('.')) {
      const v4 = readV4(part);
      if (!v4) return undefined;
      bytes.push(...v4);
    } else if (/^[\da-f]{1,4}$/i.test(part)) {
      const group = Number.parseInt(part, 16);
      bytes.push(group >> 8, group & 0xff);
    } else return undefined;
  }
  return bytes;
}
