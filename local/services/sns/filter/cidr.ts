/** Blocks of IP addresses in filter policies. */
import { BlockList, isIP } from 'node:net';

const lists = new Map<string, BlockList>();
const MOST_KEPT = 1_000;

export function isCidr(block: string): boolean {
  const [address = '', bits = ''] = block.split('/');
  const family = isIP(address);
  return family !== 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128);
}

/** @param block as `isCidr` accepts it */
export function isWithin(address: string, block: string): boolean {
  const family = isIP(address);
  if (family === 0) return false;
  let list = lists.get(block);
  if (!list) {
    const [net = '', bits = '0'] = block.split('/');
    list = new BlockList();
    list.addSubnet(net, Number(bits), isIP(net) === 4 ? 'ipv4' : 'ipv6');
    if (lists.size >= MOST_KEPT) lists.clear();
    lists.set(block, list);
  }
  return list.check(address, family === 4 ? 'ipv4' : 'ipv6');
}
