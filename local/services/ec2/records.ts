/**
 * The network as data: what EC2 resources say, normalised, so that the network policy and the Describe operations read
 * one thing. All of it is JSON. Ids are AWS's (`vpc-0…`); every member that holds one says so by its name.
 */
import type { TemplatePlace } from '../../policy/iam/contract.ts';

export interface Tag {
  readonly Key: string;
  readonly Value: string;
}

/** What every record has. */
export interface Owned {
  /** The stack's name for this very instance of a resource; absent for what came with another, e.g. a default group. */
  readonly owner?: string;
  /** Which resource of which template it is, for people. */
  readonly place?: TemplatePlace;
  readonly tags: readonly Tag[];
}

export interface Vpc extends Owned {
  readonly vpcId: string;
  /** The first is the VPC's own, the others were associated later. */
  readonly cidrBlocks: readonly { readonly associationId: string; readonly cidrBlock: string }[];
  readonly enableDnsSupport: boolean;
  readonly enableDnsHostnames: boolean;
  readonly instanceTenancy: string;
  readonly isDefault: boolean;
  readonly defaultSecurityGroupId: string;
  readonly defaultNetworkAclId: string;
  readonly mainRouteTableId: string;
  readonly dhcpOptionsId: string;
}

export interface Subnet extends Owned {
  readonly subnetId: string;
  readonly vpcId: string;
  readonly cidrBlock: string;
  readonly availabilityZone: string;
  readonly mapPublicIpOnLaunch: boolean;
  /** Absent: the VPC's default one. */
  readonly networkAclId?: string;
  readonly networkAclAssociationId: string;
}

export type RouteDestination =
  | { readonly kind: 'cidr'; readonly cidr: string }
  | { readonly kind: 'ipv6-cidr'; readonly cidr: string }
  | { readonly kind: 'prefix-list'; readonly prefixListId: string };

export interface RouteTarget {
  readonly kind:
    | 'local'
    | 'internet-gateway'
    | 'nat-gateway'
    | 'vpc-endpoint'
    | 'egress-only-internet-gateway'
    | 'transit-gateway'
    | 'vpc-peering-connection'
    | 'network-interface'
    | 'instance'
    | 'other';
  readonly id: string;
}

export interface Route {
  readonly destination: RouteDestination;
  readonly target: RouteTarget;
  readonly place?: TemplatePlace;
}

export interface RouteTable extends Owned {
  readonly routeTableId: string;
  readonly vpcId: string;
  readonly routes: readonly Route[];
  /** Subnets without one use the VPC's main table. */
  readonly associations: readonly {
    readonly associationId: string;
    readonly subnetId: string;
    readonly place?: TemplatePlace;
  }[];
}

export type RulePeer =
  | { readonly kind: 'cidr'; readonly cidr: string }
  | { readonly kind: 'ipv6-cidr'; readonly cidr: string }
  | { readonly kind: 'security-group'; readonly groupId: string }
  | { readonly kind: 'prefix-list'; readonly prefixListId: string };

export interface SecurityGroupRule {
  readonly ruleId: string;
  /** `tcp`, `udp`, `icmp`, `icmpv6`, another protocol's number, or `-1` for all. */
  readonly protocol: string;
  /** Ports; type and code for ICMP. Both absent: all. */
  readonly fromPort?: number;
  readonly toPort?: number;
  readonly peer: RulePeer;
  readonly description?: string;
  /** Of a rule inside a group, the group's, with the path to the rule. */
  readonly place?: TemplatePlace;
}

export interface SecurityGroup extends Owned {
  readonly groupId: string;
  readonly groupName: string;
  readonly description: string;
  readonly vpcId: string;
  readonly ingress: readonly SecurityGroupRule[];
  readonly egress: readonly SecurityGroupRule[];
}

export interface VpcEndpoint extends Owned {
  readonly vpcEndpointId: string;
  readonly vpcId: string;
  /** e.g. `com.amazonaws.us-east-1.secretsmanager` */
  readonly serviceName: string;
  readonly type: 'Gateway' | 'Interface' | 'GatewayLoadBalancer';
  /** The endpoint policy document; absent: everything is allowed. */
  readonly policy?: unknown;
  readonly routeTableIds: readonly string[];
  readonly subnetIds: readonly string[];
  readonly securityGroupIds: readonly string[];
  readonly networkInterfaceIds: readonly string[];
  readonly privateDnsEnabled: boolean;
  /** `DnsOptions.PrivateDnsOnlyForInboundResolverEndpoint`; absent: not said. */
  readonly privateDnsForInboundOnly?: boolean;
  /** `{hosted zone}:{name}`, as GetAtt gives them. */
  readonly dnsEntries: readonly string[];
  /** ms since 1970 */
  readonly createdAt: number;
}

export interface InternetGateway extends Owned {
  readonly internetGatewayId: string;
  readonly attachedVpcId?: string;
}

export interface NatGateway extends Owned {
  readonly natGatewayId: string;
  readonly subnetId: string;
  readonly connectivity: 'public' | 'private';
  readonly allocationId?: string;
  readonly networkInterfaceId: string;
}

export interface ElasticIp extends Owned {
  readonly allocationId: string;
  readonly publicIp: string;
}

export interface NetworkAclEntry {
  readonly ruleNumber: number;
  readonly egress: boolean;
  readonly action: 'allow' | 'deny';
  readonly protocol: string;
  readonly cidr: string;
  readonly fromPort?: number;
  readonly toPort?: number;
  readonly place?: TemplatePlace;
}

export interface NetworkAcl extends Owned {
  readonly networkAclId: string;
  readonly vpcId: string;
  readonly isDefault: boolean;
  readonly entries: readonly NetworkAclEntry[];
}

export interface PrefixList extends Owned {
  readonly prefixListId: string;
  readonly name: string;
  readonly addressFamily: 'IPv4' | 'IPv6';
  readonly maxEntries: number;
  readonly version: number;
  readonly entries: readonly { readonly cidr: string; readonly description?: string }[];
}

/** Resources nothing local asks about but their ids: flow logs, DHCP options, … */
export interface Plain extends Owned {
  readonly id: string;
  readonly type: string;
  readonly properties: unknown;
}
