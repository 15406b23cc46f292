/** VPCs come with a default group, a default network ACL and a main route table; they go with them too. */
import { formatCidr, parseCidr } from './cidr.ts';
import { inUse, refused } from './errors.ts';
import { type Network, newId, type Room } from './network.ts';
import type { NetworkAclEntry, Owned, Tag, Vpc } from './records.ts';
import { ALLOW_ALL_EGRESS, withId } from './security-group-rules.ts';

export interface NewVpc extends Pick<Owned, 'owner' | 'place'> {
  readonly cidrBlock: string;
  readonly enableDnsSupport: boolean;
  readonly enableDnsHostnames: boolean;
  readonly instanceTenancy: string;
  readonly isDefault?: boolean;
  readonly tags: readonly Tag[];
}

const ALLOW_ALL_ENTRIES: readonly NetworkAclEntry[] = [false, true].flatMap((egress) => [
  { ruleNumber: 100, egress, action: 'allow' as const, protocol: '-1', cidr: '0.0.0.0/0' },
  { ruleNumber: 32767, egress, action: 'deny' as const, protocol: '-1', cidr: '0.0.0.0/0' },
]);

/** What every network ACL ends with, and a new one begins with. */
export const DENY_ALL_ENTRIES = ALLOW_ALL_ENTRIES.filter(({ action }) => action === 'deny');

/** Throws AwsError `InvalidVpc.Range` for a block that is none, or not between /16 and /28. */
export function createVpc(network: Network, options: NewVpc): Vpc {
  const block = parseCidr(options.cidrBlock);
  if (!block || block.prefix < 16 || block.prefix > 28) {
    throw refused('InvalidVpc.Range', `The CIDR '${options.cidrBlock}' is invalid.`);
  }
  const vpcId = newId('vpc');
  const vpc: Vpc = {
    vpcId,
    cidrBlocks: [{ associationId: newId('vpc-cidr-assoc'), cidrBlock: formatCidr(block) }],
    enableDnsSupport: options.enableDnsSupport,
    enableDnsHostnames: options.enableDnsHostnames,
    instanceTenancy: options.instanceTenancy,
    isDefault: options.isDefault ?? false,
    defaultSecurityGroupId: newId('sg'),
    defaultNetworkAclId: newId('acl'),
    mainRouteTableId: newId('rtb'),
    dhcpOptionsId: 'default',
    owner: options.owner,
    place: options.place,
    tags: options.tags,
  };
  network.securityGroups.put(vpc.defaultSecurityGroupId, {
    groupId: vpc.defaultSecurityGroupId,
    groupName: 'default',
    description: 'default VPC security group',
    vpcId,
    ingress: [withId({ protocol: '-1', peer: { kind: 'security-group', groupId: vpc.defaultSecurityGroupId } })],
    egress: [withId(ALLOW_ALL_EGRESS)],
    tags: [],
  });
  network.networkAcls.put(vpc.defaultNetworkAclId, {
    networkAclId: vpc.defaultNetworkAclId,
    vpcId,
    isDefault: true,
    entries: ALLOW_ALL_ENTRIES,
    tags: [],
  });
  network.routeTables.put(vpc.mainRouteTableId, {
    routeTableId: vpc.mainRouteTableId,
    vpcId,
    routes: [localRoute(formatCidr(block))],
    associations: [],
    tags: [],
  });
  return network.vpcs.put(vpcId, vpc);
}

export function localRoute(cidr: string) {
  return { destination: { kind: 'cidr', cidr }, target: { kind: 'local', id: 'local' } } as const;
}

/** Throws AwsError `DependencyViolation` while something is in it. */
export function deleteVpc(network: Network, vpcId: string): void {
  const vpc = network.vpcs.find(vpcId);
  if (!vpc) return;
  const inside = (record: { vpcId: string }) => record.vpcId === vpcId;
  const occupied =
    network.subnets.where(inside).length > 0 ||
    network.endpoints.where(inside).length > 0 ||
    network.securityGroups.where((group) => inside(group) && group.groupId !== vpc.defaultSecurityGroupId).length > 0 ||
    network.routeTables.where((table) => inside(table) && table.routeTableId !== vpc.mainRouteTableId).length > 0 ||
    network.internetGateways.where((gateway) => gateway.attachedVpcId === vpcId).length > 0;
  if (occupied) throw inUse('vpc', vpcId);
  network.securityGroups.delete(vpc.defaultSecurityGroupId);
  network.networkAcls.delete(vpc.defaultNetworkAclId);
  network.routeTables.delete(vpc.mainRouteTableId);
  network.vpcs.delete(vpcId);
}

/** Zones of every Region, by the letter after its name. */
const DEFAULT_ZONES = ['a', 'b', 'c'];

/**
 * Every account has one per Region, with a public subnet in each zone; here it comes to be when somebody first needs it.
 * https://docs.aws.amazon.com/vpc/latest/userguide/default-vpc-components.html
 */
export function defaultVpc({ network, region }: Pick<Room, 'network' | 'region'>): Vpc {
  const known = network.vpcs.where(({ isDefault }) => isDefault)[0];
  if (known) return known;
  const vpc = createVpc(network, {
    cidrBlock: '172.31.0.0/16',
    enableDnsSupport: true,
    enableDnsHostnames: true,
    instanceTenancy: 'default',
    isDefault: true,
    tags: [],
  });
  const internetGatewayId = newId('igw');
  network.internetGateways.put(internetGatewayId, { internetGatewayId, attachedVpcId: vpc.vpcId, tags: [] });
  const main = network.routeTables.get(vpc.mainRouteTableId);
  const toInternet = {
    destination: { kind: 'cidr', cidr: '0.0.0.0/0' },
    target: { kind: 'internet-gateway', id: internetGatewayId },
  } as const;
  network.routeTables.put(main.routeTableId, { ...main, routes: [...main.routes, toInternet] });
  for (const [index, letter] of DEFAULT_ZONES.entries()) {
    const subnetId = newId('subnet');
    network.subnets.put(subnetId, {
      subnetId,
      vpcId: vpc.vpcId,
      cidrBlock: `172.31.${index * 16}.0/20`,
      availabilityZone: `${region}${letter}`,
      mapPublicIpOnLaunch: true,
      networkAclAssociationId: newId('aclassoc'),
      tags: [],
    });
  }
  return vpc;
}
