/** Networks for tests, said in a few words: names are logical ids and AWS's ids at once. */
import type { Placement } from './contract.ts';
import type {
  NetworkAclEntry,
  NetworkGraph,
  Route,
  RouteTable,
  SecurityGroup,
  SecurityGroupRule,
  Subnet,
  VpcEndpoint,
} from './graph.ts';

export const place = (logicalId: string) => ({ stackName: 'shop', logicalId, path: [] });

export type Given = { -readonly [K in keyof NetworkGraph]: NetworkGraph[K] };

/** One VPC, `Vpc` with 10.0.0.0/16; its default group and ACL let everything, as AWS's do. */
export function emptyVpc(): Given {
  return {
    region: 'us-east-1',
    vpcs: [
      {
        vpcId: 'Vpc',
        cidrBlocks: [{ cidrBlock: '10.0.0.0/16' }],
        enableDnsSupport: true,
        enableDnsHostnames: true,
        defaultSecurityGroupId: 'default-sg',
        defaultNetworkAclId: 'default-acl',
        mainRouteTableId: 'main-rtb',
        place: place('Vpc'),
      },
    ],
    subnets: [],
    routeTables: [{ routeTableId: 'main-rtb', vpcId: 'Vpc', routes: [local()], associations: [] }],
    securityGroups: [
      {
        groupId: 'default-sg',
        groupName: 'default',
        vpcId: 'Vpc',
        ingress: [{ protocol: '-1', peer: { kind: 'security-group', groupId: 'default-sg' } }],
        egress: [ANYWHERE],
      },
    ],
    endpoints: [],
    internetGateways: [],
    natGateways: [],
    addresses: [],
    networkAcls: [{ networkAclId: 'default-acl', vpcId: 'Vpc', entries: [entry(100, true), entry(100, false)] }],
    prefixLists: [],
  };
}

export const ANYWHERE: SecurityGroupRule = { protocol: '-1', peer: { kind: 'cidr', cidr: '0.0.0.0/0' } };

export function local(): Route {
  return { destination: { kind: 'cidr', cidr: '10.0.0.0/16' }, target: { kind: 'local', id: 'local' } };
}

export function subnet(id: string, third: number, more: Partial<Subnet> = {}): Subnet {
  const availabilityZone = `us-east-1${'abcdef'[third]}`;
  return { subnetId: id, vpcId: 'Vpc', cidrBlock: `10.0.${third}.0/24`, availabilityZone, place: place(id), ...more };
}

export function table(id: string, subnetIds: readonly string[], ...routes: readonly Route[]): RouteTable {
  const associations = subnetIds.map((subnetId) => ({ subnetId }));
  return { routeTableId: id, vpcId: 'Vpc', routes: [local(), ...routes], associations, place: place(id) };
}

export function routeTo(kind: Route['target']['kind'], id: string, cidr = '0.0.0.0/0'): Route {
  return { destination: { kind: 'cidr', cidr }, target: { kind, id } };
}

export const tcp = (port: number, groupOrCidr: string): SecurityGroupRule => ({
  protocol: 'tcp',
  fromPort: port,
  toPort: port,
  peer: groupOrCidr.startsWith('pl-')
    ? { kind: 'prefix-list', prefixListId: groupOrCidr }
    : groupOrCidr.includes('/')
      ? { kind: 'cidr', cidr: groupOrCidr }
      : { kind: 'security-group', groupId: groupOrCidr },
});

export function group(
  id: string,
  { ingress = [], egress = [] }: { ingress?: readonly SecurityGroupRule[]; egress?: readonly SecurityGroupRule[] },
): SecurityGroup {
  return { groupId: id, groupName: id, vpcId: 'Vpc', ingress, egress, place: place(id) };
}

export function endpoint(service: string, more: Partial<VpcEndpoint>): VpcEndpoint {
  const id = `${service}Endpoint`;
  return {
    vpcEndpointId: id,
    vpcId: 'Vpc',
    serviceName: `com.amazonaws.us-east-1.${service}`,
    type: 'Interface',
    routeTableIds: [],
    subnetIds: [],
    securityGroupIds: [],
    privateDnsEnabled: true,
    place: place(id),
    ...more,
  };
}

export function entry(ruleNumber: number, egress: boolean, more: Partial<NetworkAclEntry> = {}): NetworkAclEntry {
  return { ruleNumber, egress, action: 'allow', protocol: '-1', cidr: '0.0.0.0/0', ...more };
}

export const inside = (
  subnetIds: readonly string[],
  securityGroupIds: readonly string[] = ['Functions'],
): Placement => ({
  kind: 'vpc',
  subnetIds,
  securityGroupIds,
});

/** Two private subnets, functions, endpoints of SQS and S3, a database: as a careful template has it. */
export function careful(): Given {
  return {
    ...emptyVpc(),
    subnets: [subnet('SubnetA', 0), subnet('SubnetB', 1)],
    routeTables: [...emptyVpc().routeTables, table('TableA', ['SubnetA']), table('TableB', ['SubnetB'])],
    securityGroups: [
      ...emptyVpc().securityGroups,
      group('Functions', { egress: [tcp(443, 'Endpoints'), tcp(443, 'pl-63a5400a'), tcp(3306, 'Database')] }),
      group('Endpoints', { ingress: [tcp(443, 'Functions')], egress: [tcp(1, '255.255.255.255/32')] }),
      group('Database', { ingress: [tcp(3306, 'Functions')], egress: [tcp(1, '255.255.255.255/32')] }),
    ],
    endpoints: [
      endpoint('sqs', { subnetIds: ['SubnetA'], securityGroupIds: ['Endpoints'] }),
      endpoint('s3', { type: 'Gateway', privateDnsEnabled: false, routeTableIds: ['TableA', 'TableB'] }),
    ],
  };
}

/** The careful one with a public subnet, a NAT gateway in it, and a group that lets 443 out. */
export function withNat(): Given {
  const base = careful();
  return {
    ...base,
    subnets: [...base.subnets, subnet('PublicSubnet', 2)],
    internetGateways: [{ internetGatewayId: 'Gateway', attachedVpcId: 'Vpc', place: place('Gateway') }],
    addresses: [{ allocationId: 'Address', publicIp: '198.51.100.7', place: place('Address') }],
    natGateways: [
      {
        natGatewayId: 'Nat',
        subnetId: 'PublicSubnet',
        connectivity: 'public',
        allocationId: 'Address',
        place: place('Nat'),
      },
    ],
    routeTables: [
      ...emptyVpc().routeTables,
      table('TableA', ['SubnetA'], routeTo('nat-gateway', 'Nat')),
      table('TableB', ['SubnetB'], routeTo('nat-gateway', 'Nat')),
      table('PublicTable', ['PublicSubnet'], routeTo('internet-gateway', 'Gateway')),
    ],
    securityGroups: base.securityGroups.map((one) =>
      one.groupId === 'Functions' ? { ...one, egress: [...one.egress, tcp(443, '0.0.0.0/0')] } : one,
    ),
  };
}
