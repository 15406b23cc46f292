/** What rules are compared with: the kind of packet, and who is at its ends. */
import { serviceOfPrefixList } from './aws-prefix-lists.ts';
import { type Block, contains, isPrivate, overlaps } from './cidr.ts';
import type { CompiledNetwork } from './compiled.ts';
import type { RulePeer, Subnet } from './graph.ts';

export type Protocol = 'tcp' | 'udp';

export type Ports = readonly [from: number, to: number];

/** One end of a connection. */
export type End =
  /** A network interface: some address of its subnet's. */
  | { readonly kind: 'interface'; readonly subnet: Subnet; readonly groupIds: readonly string[] }
  | { readonly kind: 'address'; readonly block: Block }
  /** Some public address, which only the name's server knows; of the prefix list of `service`, where that has one. */
  | { readonly kind: 'public'; readonly service?: string };

/** `perhaps`: it depends on an address that is not known before it is given. */
export type Match = 'yes' | 'no' | 'perhaps';

export function matchBlock(cidr: string, end: End, network: CompiledNetwork): Match {
  const block = network.block(cidr);
  if (!block) return 'no';
  switch (end.kind) {
    case 'address':
      return contains(block, end.block) ? 'yes' : 'no';
    case 'interface': {
      const own = network.block(end.subnet.cidrBlock);
      if (!own || !overlaps(block, own)) return 'no';
      return contains(block, own) ? 'yes' : 'perhaps';
    }
    case 'public':
      if (block.family === 6 || isPrivate(block)) return 'no';
      return block.prefix === 0 ? 'yes' : 'perhaps';
  }
}

export function matchPeer(peer: RulePeer, end: End, network: CompiledNetwork): Match {
  switch (peer.kind) {
    case 'cidr':
    case 'ipv6-cidr':
      return matchBlock(peer.cidr, end, network);
    case 'security-group':
      if (end.kind === 'interface') return end.groupIds.includes(peer.groupId) ? 'yes' : 'no';
      // Who has an address inside a VPC is not known here: it may be one of the group.
      return end.kind === 'address' && isInside(end.block, network) ? 'perhaps' : 'no';
    case 'prefix-list':
      return matchPrefixList(peer.prefixListId, end, network);
  }
}

export function matchPrefixList(prefixListId: string, end: End, network: CompiledNetwork): Match {
  const own = network.prefixLists.get(prefixListId);
  if (own) return best(own.entries.map(({ cidr }) => matchBlock(cidr, end, network)));
  if (end.kind === 'interface') return 'no';
  const service = serviceOfPrefixList(prefixListId, network.graph.region);
  if (service === undefined || end.kind === 'address') return 'perhaps';
  return end.service === service ? 'yes' : 'no';
}

function isInside(block: Block, { graph, block: read }: CompiledNetwork): boolean {
  return graph.vpcs.some(({ cidrBlocks }) =>
    cidrBlocks.some(({ cidrBlock }) => {
      const own = read(cidrBlock);
      return own !== undefined && contains(own, block);
    }),
  );
}

/** Of what is said by several rules that each allow. */
export function best(matches: readonly Match[]): Match {
  if (matches.includes('yes')) return 'yes';
  return matches.includes('perhaps') ? 'perhaps' : 'no';
}
