/**
 * The network as the evaluator reads it: what the records of `services/ec2` are, without what no packet is decided by.
 * `place` says which resource of a template a record came from; absent for what came with another, e.g. a default group.
 */
import type { TemplatePlace } from '../iam/contract.ts';

export interface Known {
  readonly place?: TemplatePlace;
}

export interface Vpc extends Known {
  readonly vpcId: string;
  readonly cidrBlocks: readonly { readonly cidrBlock: string }[];
  readonly enableDnsSupport: boolean;
  readonly enableDnsHostnames: boolean;
  /** Its DHCP options name other servers than Amazon's. */
  readonly ownNameServers?: boolean;
  readonly defaultSecurityGroupId: string;
  readonly defaultNetworkAclId: string;
  readonly mainRouteTableId: string;
}

export interface Subnet extends Known {
  readonly subnetId: string;
  readonly vpcId: string;
  readonly cidrBlock: string;
  readonly availabilityZone: string;
  /** Absent: the VPC's default one. */
  readonly networkAclId?: string;
}

export interface Route extends Known {
  readonly destination:
    | { readonly kind: 'cidr' | 'ipv6-cidr'; readonly cidr: string }
    | { readonly kind: 'prefix-list'; readonly prefixListId: string };
  readonly target: {
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
  };
}

export interface RouteTable extends Known {
  readonly routeTableId: string;
  readonly vpcId: string;
  readonly routes: readonly Route[];
  /** Subnets without one use the VPC's main table. */
  readonly associations: readonly { readonly subnetId: string }[];
}

export type RulePeer =
  | { readonly kind: 'cidr' | 'ipv6-cidr'; readonly cidr: string }
  | { readonly kind: 'security-group'; readonly groupId: string }
  | { readonly kind: 'prefix-list'; readonly prefixListId: string };

export interface SecurityGroupRule extends Known {
  /** `tcp`, `udp`, …, or `-1` for all. */
  readonly protocol: string;
  /** Both absent: all. */
  readonly fromPort?: number;
  readonly toPort?: number;
  readonly peer: RulePeer;
}

export interface SecurityGroup extends Known {
  readonly groupId: string;
  readonly groupName: string;
  readonly vpcId: string;
  readonly ingress: readonly SecurityGroupRule[];
  readonly egress: readonly SecurityGroupRule[];
}

export interface VpcEndpoint extends Known {
  readonly vpcEndpointId: string;
  readonly vpcId: string;
  readonly serviceName: string;
  readonly type: 'Gateway' | 'Interface' | 'GatewayLoadBalancer';
  readonly policy?: unknown;
  readonly routeTableIds: readonly string[];
  readonly subnetIds: readonly string[];
  readonly securityGroupIds: readonly string[];
  readonly privateDnsEnabled: boolean;
  /** `DnsOptions.PrivateDnsOnlyForInboundResolverEndpoint`; absent: not said. */
  readonly privateDnsForInboundOnly?: boolean;
}

export interface InternetGateway extends Known {
  readonly internetGatewayId: string;
  readonly attachedVpcId?: string;
}

export interface NatGateway extends Known {
  readonly natGatewayId: string;
  readonly subnetId: string;
  readonly connectivity: 'public' | 'private';
  readonly allocationId?: string;
}

export interface ElasticIp extends Known {
  readonly allocationId: string;
  readonly publicIp: string;
}

export interface NetworkAclEntry extends Known {
  readonly ruleNumber: number;
  readonly egress: boolean;
  readonly action: 'allow' | 'deny';
  /** A number; `-1` for all. */
  readonly protocol: string;
  readonly cidr: string;
  readonly fromPort?: number;
  readonly toPort?: number;
}

export interface NetworkAcl extends Known {
  readonly networkAclId: string;
  readonly vpcId: string;
  readonly entries: readonly NetworkAclEntry[];
}

/** A customer's own: what AWS's contain is known by name only. */
export interface PrefixList extends Known {
  readonly prefixListId: string;
  readonly entries: readonly { readonly cidr: string }[];
}

export interface NetworkGraph {
  readonly region: string;
  readonly vpcs: readonly Vpc[];
  readonly subnets: readonly Subnet[];
  readonly routeTables: readonly RouteTable[];
  readonly securityGroups: readonly SecurityGroup[];
  readonly endpoints: readonly VpcEndpoint[];
  readonly internetGateways: readonly InternetGateway[];
  readonly natGateways: readonly NatGateway[];
  readonly addresses: readonly ElasticIp[];
  readonly networkAcls: readonly NetworkAcl[];
  readonly prefixLists: readonly PrefixList[];
  /** Short names of services that have interface endpoints; absent: not known, so none is thought to lack one. */
  readonly endpointServices?: ReadonlySet<string>;
}
