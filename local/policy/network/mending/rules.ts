/** Rules that open what security groups and network ACLs close. */
import type { Json, JsonObject } from '../../../template/stack.ts';
import { prefixListOf } from '../aws-prefix-lists.ts';
import { formatBlock } from '../cidr.ts';
import type { CompiledNetwork } from '../compiled.ts';
import type { NetworkAcl, NetworkGraph, RulePeer, SecurityGroup, SecurityGroupRule } from '../graph.ts';
import { freshName, groupName, nameOf, refToAcl, refToGroup, shortName } from '../naming.ts';
import type { Fix } from '../outcome.ts';
import type { End, Ports, Protocol } from '../traffic.ts';

type Direction = 'ingress' | 'egress';

interface Wanted {
  readonly protocol: Protocol;
  readonly port: number;
}

export function openEgress(
  groupIds: readonly string[],
  to: End,
  wanted: Wanted,
  network: CompiledNetwork,
): readonly Fix[] {
  return open(groupIds, 'egress', to, wanted, network);
}

export function openIngress(
  groupIds: readonly string[],
  from: End,
  wanted: Wanted,
  network: CompiledNetwork,
): readonly Fix[] {
  return open(groupIds, 'ingress', from, wanted, network);
}

function open(
  groupIds: readonly string[],
  direction: Direction,
  other: End,
  { protocol, port }: Wanted,
  network: CompiledNetwork,
): readonly Fix[] {
  const group = groupIds.map((id) => network.groups.get(id)).find((one) => one !== undefined);
  const peer = group && peerOf(other, network);
  if (!group || !peer) return [];
  const rule: SecurityGroupRule = { protocol, fromPort: port, toPort: port, peer };
  const apply = (graph: NetworkGraph): NetworkGraph => ({
    ...graph,
    securityGroups: graph.securityGroups.map((one) =>
      one.groupId === group.groupId ? { ...one, [direction]: [...one[direction], rule] } : one,
    ),
  });
  const written = {
    IpProtocol: protocol,
    FromPort: port,
    ToPort: port,
    ...peerProperty(peer, direction, network),
  };
  if (isInline(group, direction) && !dependsOn(peer, group.groupId, network)) {
    const list = direction === 'egress' ? 'SecurityGroupEgress' : 'SecurityGroupIngress';
    const { logicalId } = group.place!;
    return [{ apply, steps: [{ kind: 'add-item', logicalId, path: [list], value: written }] }];
  }
  const [own, others] = [shortName(groupName(group.groupId, network)), nameOfPeer(peer, network)];
  const logicalId = freshName(`${own}${direction === 'egress' ? 'To' : 'From'}${others}`, network);
  const type = direction === 'egress' ? 'SecurityGroupEgress' : 'SecurityGroupIngress';
  const resource: JsonObject = {
    Type: `AWS::EC2::${type}`,
    Properties: { GroupId: refToGroup(group.groupId, network), ...written },
  };
  return [{ apply, steps: [{ kind: 'add-resource', logicalId, resource }] }];
}

/** The narrowest that is sure to match: a group, a prefix list, an address; the whole internet for a name. */
function peerOf(end: End, network: CompiledNetwork): RulePeer | undefined {
  switch (end.kind) {
    case 'interface': {
      const known = end.groupIds.find((id) => network.groups.has(id));
      return known === undefined
        ? { kind: 'cidr', cidr: end.subnet.cidrBlock }
        : { kind: 'security-group', groupId: known };
    }
    case 'address':
      return { kind: end.block.family === 4 ? 'cidr' : 'ipv6-cidr', cidr: formatBlock(end.block) };
    case 'public': {
      const prefixListId = end.service && prefixListOf(end.service, network.graph.region);
      return prefixListId ? { kind: 'prefix-list', prefixListId } : { kind: 'cidr', cidr: '0.0.0.0/0' };
    }
  }
}

function peerProperty(peer: RulePeer, direction: Direction, network: CompiledNetwork): Record<string, Json> {
  const side = direction === 'egress' ? 'Destination' : 'Source';
  switch (peer.kind) {
    case 'cidr':
      return { CidrIp: peer.cidr };
    case 'ipv6-cidr':
      return { CidrIpv6: peer.cidr };
    case 'security-group':
      return { [`${side}SecurityGroupId`]: refToGroup(peer.groupId, network) };
    case 'prefix-list':
      return { [`${side}PrefixListId`]: peer.prefixListId };
  }
}

function nameOfPeer(peer: RulePeer, network: CompiledNetwork): string {
  switch (peer.kind) {
    case 'cidr':
      return peer.cidr === '0.0.0.0/0' ? 'Internet' : 'Address';
    case 'ipv6-cidr':
      return 'Address';
    case 'security-group':
      return shortName(groupName(peer.groupId, network));
    case 'prefix-list':
      return 'PrefixList';
  }
}

/** Where a template writes such rules inside the group already, one more belongs there. */
function isInline(group: SecurityGroup, direction: Direction): boolean {
  return group.place !== undefined && group[direction].some(({ place }) => place?.logicalId === group.place?.logicalId);
}

/** Groups whose inline rules name each other cannot be made: which of them first? */
function dependsOn(peer: RulePeer, groupId: string, network: CompiledNetwork, seen = new Set<string>()): boolean {
  if (peer.kind !== 'security-group' || seen.has(peer.groupId)) return false;
  if (peer.groupId === groupId) return true;
  seen.add(peer.groupId);
  const group = network.groups.get(peer.groupId);
  const inline = [...(group?.ingress ?? []), ...(group?.egress ?? [])].filter(
    ({ place }) => place !== undefined && place.logicalId === group?.place?.logicalId,
  );
  return inline.some((rule) => dependsOn(rule.peer, groupId, network, seen));
}

const NUMBERS = { tcp: 6, udp: 17 } as const;

/** An entry before the one that denies; behind all others where none does. */
export function openAcl(
  acl: NetworkAcl,
  direction: Direction,
  { protocol, ports }: { readonly protocol: Protocol; readonly ports: Ports },
  other: End,
  before: number | undefined,
  network: CompiledNetwork,
): readonly Fix[] {
  const egress = direction === 'egress';
  const ruleNumber = freeNumber(acl, egress, before);
  const cidr = blockOf(other);
  if (ruleNumber === undefined) return [];
  const [fromPort, toPort] = ports;
  const entry = {
    ruleNumber,
    egress,
    action: 'allow',
    protocol: String(NUMBERS[protocol]),
    cidr,
    fromPort,
    toPort,
  } as const;
  const name = shortName(nameOf(acl, 'DefaultAcl'));
  return [
    {
      apply: (graph) => ({
        ...graph,
        networkAcls: graph.networkAcls.map((one) =>
          one.networkAclId === acl.networkAclId ? { ...one, entries: [...one.entries, entry] } : one,
        ),
      }),
      steps: [
        {
          kind: 'add-resource',
          logicalId: freshName(`${name}${egress ? 'Outbound' : 'Inbound'}${ruleNumber}`, network),
          resource: {
            Type: 'AWS::EC2::NetworkAclEntry',
            Properties: {
              NetworkAclId: refToAcl(acl, network),
              RuleNumber: ruleNumber,
              Protocol: NUMBERS[protocol],
              RuleAction: 'allow',
              Egress: egress,
              CidrBlock: cidr,
              PortRange: { From: fromPort, To: toPort },
            },
          },
        },
      ],
    },
  ];
}

function blockOf(end: End): string {
  if (end.kind === 'interface') return end.subnet.cidrBlock;
  return end.kind === 'address' ? formatBlock(end.block) : '0.0.0.0/0';
}

const LAST_RULE = 32766;

function freeNumber({ entries }: NetworkAcl, egress: boolean, before: number | undefined): number | undefined {
  const taken = new Set(entries.filter((entry) => entry.egress === egress).map(({ ruleNumber }) => ruleNumber));
  if (before === undefined || before > LAST_RULE) {
    for (let number = 100; number <= LAST_RULE; number += 1) if (!taken.has(number)) return number;
    return undefined;
  }
  for (let number = before - 1; number > 0; number -= 1) if (!taken.has(number)) return number;
  return undefined;
}
