/** Rules of security groups: read, compared, described. */

import type { PropertyReader } from '../../kernel/property-reader.ts';
import { isIpv6Cidr, parseCidr } from './cidr.ts';
import { isSomebodys } from './elsewhere.ts';
import { refused } from './errors.ts';
import { type Network, newId } from './network.ts';
import type { RulePeer, SecurityGroup, SecurityGroupRule } from './records.ts';

export type Direction = 'ingress' | 'egress';

/** Protocols EC2 knows by name; it turns their numbers into the names. */
const PROTOCOL_NAMES: Readonly<Record<string, string>> = { '6': 'tcp', '17': 'udp', '1': 'icmp', '58': 'icmpv6' };

const DESCRIPTION = /^[a-zA-Z0-9. _\-:/()#,@[\]+=&;{}!$*]{0,255}$/;

/** Reads one inline rule, or a rule that is a resource of its own. */
export function readRule(reader: PropertyReader, direction: Direction): Omit<SecurityGroupRule, 'ruleId'> {
  const given = reader.requiredText('IpProtocol').toLowerCase();
  const protocol = PROTOCOL_NAMES[given] ?? given;
  if (!/^(tcp|udp|icmp|icmpv6|-1|\d{1,3})$/.test(protocol)) {
    reader.refuse(['IpProtocol'], `Invalid value '${given}' for IP protocol. Unknown protocol.`);
  }
  const description = reader.text('Description');
  if (description !== undefined && !DESCRIPTION.test(description)) {
    reader.refuse(
      ['Description'],
      'Invalid rule description. Valid descriptions are strings less than 256 characters from the following set: a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*',
    );
  }
  return { protocol, ...readPorts(reader, protocol), peer: readPeer(reader, direction), description };
}

/** All ports for all protocols, whatever is given; else both ends, in order. */
function readPorts(reader: PropertyReader, protocol: string): { fromPort?: number; toPort?: number } {
  if (protocol !== 'tcp' && protocol !== 'udp') {
    if (protocol !== 'icmp' && protocol !== 'icmpv6') return {};
    const fromPort = reader.integer('FromPort', [-1, 255]) ?? -1;
    return { fromPort, toPort: reader.integer('ToPort', [-1, 255]) ?? -1 };
  }
  const fromPort = reader.integer('FromPort', [-1, 65535]);
  const toPort = reader.integer('ToPort', [-1, 65535]);
  if (reader.properties['FromPort'] === undefined || reader.properties['ToPort'] === undefined) {
    reader.refuse([], 'Invalid request: must specify both from and to ports with TCP/UDP.');
  }
  if (fromPort === -1 && toPort === -1) return {};
  if (fromPort !== undefined && toPort !== undefined && fromPort > toPort) {
    reader.refuse(['ToPort'], `Invalid TCP/UDP port range (${fromPort}:${toPort})`);
  }
  return { fromPort, toPort };
}

function readPeer(reader: PropertyReader, direction: Direction): RulePeer {
  const [groupName, listName] =
    direction === 'ingress'
      ? (['SourceSecurityGroupId', 'SourcePrefixListId'] as const)
      : (['DestinationSecurityGroupId', 'DestinationPrefixListId'] as const);
  const cidr = reader.text('CidrIp');
  const cidr6 = reader.text('CidrIpv6');
  const groupId = reader.text(groupName);
  const prefixListId = reader.text(listName);
  const peers: RulePeer[] = [];
  if (cidr !== undefined) {
    if (!parseCidr(cidr)) reader.refuse(['CidrIp'], `CIDR block ${cidr} is malformed`);
    peers.push({ kind: 'cidr', cidr });
  }
  if (cidr6 !== undefined) {
    if (!isIpv6Cidr(cidr6)) reader.refuse(['CidrIpv6'], `CIDR block ${cidr6} is malformed`);
    peers.push({ kind: 'ipv6-cidr', cidr: cidr6 });
  }
  if (groupId !== undefined) peers.push({ kind: 'security-group', groupId });
  if (prefixListId !== undefined) peers.push({ kind: 'prefix-list', prefixListId });
  if (peers.length !== 1) {
    reader.refuse([], `exactly one of CidrIp, CidrIpv6, ${groupName} and ${listName} says whom the rule is about`);
  }
  return peers[0] ?? { kind: 'cidr', cidr: '0.0.0.0/0' };
}

export const ALLOW_ALL_EGRESS: Omit<SecurityGroupRule, 'ruleId'> = {
  protocol: '-1',
  peer: { kind: 'cidr', cidr: '0.0.0.0/0' },
};

export function withId(rule: Omit<SecurityGroupRule, 'ruleId'>): SecurityGroupRule {
  return { ruleId: newId('sgr'), ...rule };
}

/**
 * Adds rules to a group. Throws AwsError for a peer that does not exist and for a rule that is there already.
 * @param ofTemplate a peer may then be a group that no stack here has
 */
export function addRules(
  network: Network,
  group: SecurityGroup,
  direction: Direction,
  rules: readonly SecurityGroupRule[],
  ofTemplate = false,
): SecurityGroup {
  let changed = group;
  for (const rule of rules) {
    if (rule.peer.kind === 'security-group' && rule.peer.groupId !== group.groupId) {
      if (!(ofTemplate && isSomebodys('sg', rule.peer.groupId))) network.securityGroups.get(rule.peer.groupId);
    }
    if (changed[direction].some((other) => sameRule(other, rule))) {
      throw refused('InvalidPermission.Duplicate', `the specified rule "${describeRule(rule)}" already exists`);
    }
    changed = { ...changed, [direction]: [...changed[direction], rule] };
  }
  return changed;
}

/** Whether two rules allow the same, whatever their descriptions. */
export function sameRule(a: Omit<SecurityGroupRule, 'ruleId'>, b: Omit<SecurityGroupRule, 'ruleId'>): boolean {
  return describeRule(a) === describeRule(b);
}

/** As EC2 names a rule in its messages. */
export function describeRule({ peer, protocol, fromPort, toPort }: Omit<SecurityGroupRule, 'ruleId'>): string {
  const ports = fromPort === undefined ? '' : `, from port: ${fromPort}, to port: ${toPort}`;
  return `peer: ${peerId(peer)}, ${protocol === '-1' ? 'ALL' : protocol.toUpperCase()}${ports}, ALLOW`;
}

function peerId(peer: RulePeer): string {
  switch (peer.kind) {
    case 'cidr':
    case 'ipv6-cidr':
      return peer.cidr;
    case 'security-group':
      return peer.groupId;
    case 'prefix-list':
      return peer.prefixListId;
  }
}
