/** What people call the parts of a network, and how a template refers to them. */
import type { Json } from '../../template/stack.ts';
import type { CompiledNetwork } from './compiled.ts';
import type { Known, NetworkAcl, RouteTable, SecurityGroup } from './graph.ts';

/** The name in the template, else AWS's id. */
export function nameOf(record: Known | undefined, id: string): string {
  return record?.place?.logicalId ?? id;
}

export function groupName(id: string, network: CompiledNetwork): string {
  const group = network.groups.get(id);
  const vpc = group && isDefaultGroup(group, network);
  return vpc ? `the default security group of ${nameOf(vpc, vpc.vpcId)}` : nameOf(group, id);
}

export function groupNames(ids: readonly string[], network: CompiledNetwork): string {
  return ids.map((id) => groupName(id, network)).join(' and ') || 'no security group';
}

export function tableName(table: RouteTable, network: CompiledNetwork): string {
  if (table.place) return table.place.logicalId;
  const vpc = network.vpcs.get(table.vpcId);
  return vpc?.mainRouteTableId === table.routeTableId
    ? `the main route table of ${nameOf(vpc, vpc.vpcId)}`
    : table.routeTableId;
}

export function aclName(acl: NetworkAcl, network: CompiledNetwork): string {
  if (acl.place) return acl.place.logicalId;
  const vpc = network.vpcs.get(acl.vpcId);
  return vpc?.defaultNetworkAclId === acl.networkAclId
    ? `the default network ACL of ${nameOf(vpc, vpc.vpcId)}`
    : acl.networkAclId;
}

/** `{ Ref }` where a template has it, else the id itself. */
export function refTo(record: Known | undefined, id: string): Json {
  return record?.place ? { Ref: record.place.logicalId } : id;
}

export function refToGroup(id: string, network: CompiledNetwork): Json {
  const group = network.groups.get(id);
  const vpc = group && isDefaultGroup(group, network);
  return vpc?.place ? { 'Fn::GetAtt': [vpc.place.logicalId, 'DefaultSecurityGroup'] } : refTo(group, id);
}

export function refToAcl(acl: NetworkAcl, network: CompiledNetwork): Json {
  const vpc = network.vpcs.get(acl.vpcId);
  return vpc?.place && vpc.defaultNetworkAclId === acl.networkAclId
    ? { 'Fn::GetAtt': [vpc.place.logicalId, 'DefaultNetworkAcl'] }
    : refTo(acl, acl.networkAclId);
}

function isDefaultGroup(group: SecurityGroup, network: CompiledNetwork) {
  const vpc = network.vpcs.get(group.vpcId);
  return vpc?.defaultSecurityGroupId === group.groupId ? vpc : undefined;
}

/** `FunctionsSecurityGroup` → `Functions`; for names made of two. */
export function shortName(name: string): string {
  return name.replace(/(Security)?Group$/, '').replace(/[^A-Za-z0-9]/g, '') || 'Group';
}

/** A logical id no record of the network has. */
export function freshName(wanted: string, network: CompiledNetwork): string {
  const taken = new Set(allPlaces(network));
  if (!taken.has(wanted)) return wanted;
  for (let index = 2; ; index += 1) if (!taken.has(`${wanted}${index}`)) return `${wanted}${index}`;
}

function allPlaces({ graph }: CompiledNetwork): string[] {
  const inner = [
    ...graph.routeTables.flatMap(({ routes, associations }) => [...routes, ...associations]),
    ...graph.securityGroups.flatMap(({ ingress, egress }) => [...ingress, ...egress]),
    ...graph.networkAcls.flatMap(({ entries }) => entries),
  ] as readonly Known[];
  const outer = Object.values(graph).flatMap((records) => (Array.isArray(records) ? (records as Known[]) : []));
  return [...outer, ...inner].flatMap(({ place }) => (place ? [place.logicalId] : []));
}
