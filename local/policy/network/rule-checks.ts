/** Security groups and network ACLs along a way, with what would open them. */

import type { CompiledNetwork } from './compiled.ts';
import type { Hop } from './contract.ts';
import type { Subnet } from './graph.ts';
import { openAcl, openEgress, openIngress } from './mending/rules.ts';
import { aclName, groupNames, nameOf } from './naming.ts';
import { aclAllows, EPHEMERAL } from './network-acls.ts';
import { inTurn, type Outcome, pass, stop, unknown } from './outcome.ts';
import { groupsAllow } from './security-groups.ts';
import type { End, Ports, Protocol } from './traffic.ts';

export interface Traffic {
  readonly protocol: Protocol;
  readonly port: number;
}

export type Interface = Extract<End, { kind: 'interface' }>;

/** An end with the name people know it by. */
export interface Named<E extends End = End> {
  readonly end: E;
  readonly name: string;
}

export function egressAllows(from: Interface, to: Named, traffic: Traffic, network: CompiledNetwork): Outcome {
  return groups('egress', from, to, traffic, network);
}

export function ingressAllows(at: Named<Interface>, from: Named, traffic: Traffic, network: CompiledNetwork): Outcome {
  return groups('ingress', at.end, from, traffic, network, at.name);
}

function groups(
  direction: 'egress' | 'ingress',
  at: Interface,
  other: Named,
  traffic: Traffic,
  network: CompiledNetwork,
  owner?: string,
): Outcome {
  const out = direction === 'egress';
  const what = `${traffic.protocol} ${traffic.port}`;
  const way = out ? `out to ${other.name}` : `in from ${other.name}`;
  const verdict = groupsAllow(at.groupIds, direction, traffic, other.end, network);
  const id = verdict.groupId ?? at.groupIds[0] ?? 'none';
  const names = groupNames(at.groupIds, network);
  const place = verdict.rule?.place ?? network.groups.get(id)?.place;
  const hop = (note: string): Hop => ({ kind: 'security-group', id, note, ...(place && { place }) });
  const name = groupNames([id], network);
  switch (verdict.match) {
    case 'yes':
      return pass(hop(`${name} lets ${what} ${way}`));
    case 'perhaps': {
      const why = verdict.unknownGroupId
        ? `the rules of security group ${verdict.unknownGroupId} are not known here: it is not of this stack`
        : `a rule of ${name} is about addresses that are not known here: whether it lets ${what} ${way} cannot be said`;
      return unknown(why, hop(why));
    }
    case 'no': {
      const whose = owner === undefined ? names : `${names}, the security group of ${owner},`;
      const note = `has no ${direction} rule for ${what} ${out ? 'to' : 'from'} ${other.name}`;
      const open = out ? openEgress : openIngress;
      return stop(hop(note), `${whose} lets no ${what} ${way}`, open(at.groupIds, other.end, traffic, network));
    }
  }
}

/** Between two subnets; within one, its ACL is not asked. */
export function aclsBetween(
  from: Named<Interface>,
  to: Named<Interface>,
  traffic: Traffic,
  network: CompiledNetwork,
): Outcome {
  const [near, far] = [from.end.subnet, to.end.subnet];
  if (near.subnetId === far.subnetId) return pass();
  const request: Ports = [traffic.port, traffic.port];
  return inTurn([
    () => acl(near, 'egress', request, to, traffic, network),
    () => acl(far, 'ingress', request, from, traffic, network),
    () => acl(far, 'egress', EPHEMERAL, from, traffic, network),
    () => acl(near, 'ingress', EPHEMERAL, to, traffic, network),
  ]);
}

/** Of a subnet that packets leave for somewhere outside the VPC's subnets. */
export function aclTowards(subnet: Subnet, to: Named, traffic: Traffic, network: CompiledNetwork): Outcome {
  return inTurn([
    () => acl(subnet, 'egress', [traffic.port, traffic.port], to, traffic, network),
    () => acl(subnet, 'ingress', EPHEMERAL, to, traffic, network),
  ]);
}

/** Of a subnet that packets reach from somewhere outside of it. */
export function aclAt(subnet: Subnet, from: Named, traffic: Traffic, network: CompiledNetwork): Outcome {
  return inTurn([
    () => acl(subnet, 'ingress', [traffic.port, traffic.port], from, traffic, network),
    () => acl(subnet, 'egress', EPHEMERAL, from, traffic, network),
  ]);
}

function acl(
  subnet: Subnet,
  direction: 'ingress' | 'egress',
  ports: Ports,
  other: Named,
  { protocol }: Traffic,
  network: CompiledNetwork,
): Outcome {
  const list = network.aclOf(subnet);
  const at = nameOf(subnet, subnet.subnetId);
  if (!list) return unknown(`the network ACL of ${at} is not known here`);
  const verdict = aclAllows(list.entries, direction, { protocol, ports }, other.end, network);
  const name = aclName(list, network);
  const answers = ports === EPHEMERAL;
  const what = `${answers ? 'the answers, ' : ''}${protocol} ${portsText(ports)}`;
  const { end } = other;
  const whom = end.kind === 'interface' ? `${other.name} in ${nameOf(end.subnet, end.subnet.subnetId)}` : other.name;
  const way = direction === 'egress' ? `out to ${whom}` : `in from ${whom}`;
  const place = verdict.entry?.place ?? list.place;
  const rule = verdict.entry ? `rule ${verdict.entry.ruleNumber}` : 'no rule allows it';
  const hop = (note: string): Hop => ({ kind: 'network-acl', id: list.networkAclId, note, ...(place && { place }) });
  switch (verdict.match) {
    case 'yes':
      return pass(hop(`${name} of ${at} lets ${what} ${way} (${rule})`));
    case 'perhaps': {
      const why = `${name} of ${at} has a ${rule} about addresses that are not known here: whether it lets ${what} ${way} cannot be said`;
      return unknown(why, hop(why));
    }
    case 'no': {
      const denied = verdict.denied ? ` of which it denies ${portsText(verdict.denied)}` : '';
      const part = verdict.denied && portsText(verdict.denied) !== portsText(ports) ? denied : '';
      const reason = `network ACL ${name} of ${at} does not let ${what} ${way}${part && `,${part}`} (${rule})`;
      const fixes = openAcl(list, direction, { protocol, ports }, other.end, verdict.entry?.ruleNumber, network);
      return stop(hop(`denies ${what} ${way} (${rule})`), reason, fixes);
    }
  }
}

function portsText([from, to]: Ports): string {
  return from === to ? String(from) : `${from}-${to}`;
}
