/** The Describe operations: ids, filters, pages. */
import type { Operation } from '../../kernel/service.ts';
import { parseCidr, usableAddresses } from './cidr.ts';
import { invalidParameter, refused } from './errors.ts';
import type { Records, Room } from './network.ts';
import { zoneId } from './providers/vpc.ts';
import type { InternetGateway, Owned, SecurityGroup, Subnet, Tag, Vpc, VpcEndpoint } from './records.ts';
import { describeAsPermissions, describeAsRule } from './rule-changes.ts';
import { defaultVpc } from './vpcs.ts';

interface DescribeInput {
  readonly Filters?: readonly { readonly Name?: string; readonly Values?: readonly string[] }[];
  readonly MaxResults?: number;
  readonly NextToken?: string;
}

/** What a filter of this name is compared with. */
type FilterValues<T> = Readonly<Record<string, (record: T) => readonly string[]>>;

export function describeOperations(room: Room): Record<string, Operation> {
  const { network, partition, region, accountId } = room;
  const arn = (kind: string, id: string) => `arn:${partition}:ec2:${region}:${accountId}:${kind}/${id}`;

  const describeVpc = (vpc: Vpc) => ({
    VpcId: vpc.vpcId,
    CidrBlock: vpc.cidrBlocks[0]!.cidrBlock,
    State: 'available',
    IsDefault: vpc.isDefault,
    InstanceTenancy: vpc.instanceTenancy,
    DhcpOptionsId: vpc.dhcpOptionsId,
    OwnerId: accountId,
    Tags: vpc.tags,
  });

  const describeSubnet = (subnet: Subnet) => ({
    SubnetId: subnet.subnetId,
    SubnetArn: arn('subnet', subnet.subnetId),
    VpcId: subnet.vpcId,
    CidrBlock: subnet.cidrBlock,
    AvailabilityZone: subnet.availabilityZone,
    AvailabilityZoneId: zoneId(region, subnet.availabilityZone),
    AvailableIpAddressCount: usableAddresses(parseCidr(subnet.cidrBlock)!),
    DefaultForAz: network.vpcs.find(subnet.vpcId)?.isDefault ?? false,
    MapPublicIpOnLaunch: subnet.mapPublicIpOnLaunch,
    State: 'available',
    OwnerId: accountId,
    Tags: subnet.tags,
  });

  const describeGroup = (group: SecurityGroup) => ({
    GroupId: group.groupId,
    GroupName: group.groupName,
    Description: group.description,
    OwnerId: accountId,
    VpcId: group.vpcId,
    SecurityGroupArn: arn('security-group', group.groupId),
    IpPermissions: describeAsPermissions(room, group.ingress),
    IpPermissionsEgress: describeAsPermissions(room, group.egress),
    Tags: group.tags,
  });

  const describeEndpoint = (endpoint: VpcEndpoint) => ({
    VpcEndpointId: endpoint.vpcEndpointId,
    VpcEndpointType: endpoint.type,
    VpcId: endpoint.vpcId,
    ServiceName: endpoint.serviceName,
    State: 'available',
    PolicyDocument: JSON.stringify(endpoint.policy ?? ALLOW_EVERYTHING),
    RouteTableIds: endpoint.routeTableIds,
    SubnetIds: endpoint.subnetIds,
    Groups: endpoint.securityGroupIds.map((id) => ({
      GroupId: id,
      GroupName: network.securityGroups.find(id)?.groupName,
    })),
    NetworkInterfaceIds: endpoint.networkInterfaceIds,
    PrivateDnsEnabled: endpoint.privateDnsEnabled,
    DnsEntries: endpoint.dnsEntries.map((entry) => {
      const [HostedZoneId, DnsName] = entry.split(':');
      return { DnsName, HostedZoneId };
    }),
    OwnerId: accountId,
    Tags: endpoint.tags,
  });

  const describeRules: Operation<DescribeInput & { SecurityGroupRuleIds?: readonly string[] }> = {
    requires: () => [{ action: 'ec2:DescribeSecurityGroupRules', resource: '*' }],
    handle(input) {
      const rules = network.securityGroups
        .all()
        .flatMap((group) =>
          (['ingress', 'egress'] as const).flatMap((direction) =>
            group[direction].map((rule) => describeAsRule(room, group, direction, rule)),
          ),
        )
        .filter(({ SecurityGroupRuleId: id }) => input.SecurityGroupRuleIds?.includes(id) ?? true);
      const selected = filtered(rules, input, {
        'group-id': ({ GroupId }) => [GroupId],
        'security-group-rule-id': ({ SecurityGroupRuleId }) => [SecurityGroupRuleId],
      });
      return page(selected, input, 'SecurityGroupRules');
    },
  };

  return {
    DescribeVpcs: describe('Vpcs', 'VpcIds', network.vpcs, describeVpc, {
      'vpc-id': ({ vpcId }) => [vpcId],
      cidr: ({ cidrBlocks }) => [cidrBlocks[0]!.cidrBlock],
      'is-default': ({ isDefault }) => [String(isDefault)],
    }),
    DescribeSubnets: describe('Subnets', 'SubnetIds', network.subnets, describeSubnet, {
      'subnet-id': ({ subnetId }) => [subnetId],
      'vpc-id': ({ vpcId }) => [vpcId],
      'availability-zone': ({ availabilityZone }) => [availabilityZone],
      'cidr-block': ({ cidrBlock }) => [cidrBlock],
    }),
    DescribeSecurityGroups: describe('SecurityGroups', 'GroupIds', network.securityGroups, describeGroup, {
      'group-id': ({ groupId }) => [groupId],
      'group-name': ({ groupName }) => [groupName],
      'vpc-id': ({ vpcId }) => [vpcId],
      description: ({ description }) => [description],
    }),
    DescribeSecurityGroupRules: describeRules,
    DescribeVpcEndpoints: describe('VpcEndpoints', 'VpcEndpointIds', network.endpoints, describeEndpoint, {
      'vpc-endpoint-id': ({ vpcEndpointId }) => [vpcEndpointId],
      'vpc-endpoint-type': ({ type }) => [type],
      'vpc-id': ({ vpcId }) => [vpcId],
      'service-name': ({ serviceName }) => [serviceName],
    }),
    DescribeInternetGateways: describe(
      'InternetGateways',
      'InternetGatewayIds',
      network.internetGateways,
      ({ internetGatewayId, attachedVpcId, tags }: InternetGateway) => ({
        InternetGatewayId: internetGatewayId,
        Attachments: attachedVpcId ? [{ VpcId: attachedVpcId, State: 'available' }] : [],
        OwnerId: accountId,
        Tags: tags,
      }),
      {
        'internet-gateway-id': ({ internetGatewayId }) => [internetGatewayId],
        'attachment.vpc-id': ({ attachedVpcId }) => (attachedVpcId ? [attachedVpcId] : []),
      },
    ),
    CreateDefaultVpc: {
      requires: () => [{ action: 'ec2:CreateDefaultVpc', resource: '*' }],
      handle() {
        const [known] = network.vpcs.where(({ isDefault }) => isDefault);
        if (known) {
          const message = `A Default VPC already exists for this account in this region: ${known.vpcId}`;
          throw refused('DefaultVpcAlreadyExists', message);
        }
        return { Vpc: describeVpc(defaultVpc(room)) };
      },
    },
    DescribeAvailabilityZones: {
      requires: () => [{ action: 'ec2:DescribeAvailabilityZones', resource: '*' }],
      handle: () => ({
        AvailabilityZones: ['a', 'b', 'c'].map((letter) => describeZone(region, `${region}${letter}`)),
      }),
    },
  };
}

const ALLOW_EVERYTHING = {
  Version: '2008-10-17',
  Statement: [{ Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' }],
};

function describeZone(region: string, zone: string) {
  return {
    ZoneName: zone,
    ZoneId: zoneId(region, zone),
    RegionName: region,
    State: 'available',
    ZoneType: 'availability-zone',
  };
}

function describe<T extends Owned>(
  listMember: string,
  idsMember: string,
  records: Records<T>,
  view: (record: T) => object,
  filters: FilterValues<T>,
): Operation<DescribeInput> {
  return {
    requires: () => [{ action: `ec2:Describe${listMember}`, resource: '*' }],
    handle(input) {
      const ids = (input as Record<string, readonly string[] | undefined>)[idsMember];
      const chosen = ids?.length ? ids.map((id) => records.get(id)) : records.all();
      return page(filtered(chosen, input, filters).map(view), input, listMember);
    },
  };
}

function filtered<T>(records: readonly T[], { Filters }: DescribeInput, filters: FilterValues<T>): T[] {
  const tests = (Filters ?? []).map(({ Name = '', Values = [] }) => {
    const valuesOf = Name.startsWith('tag:') ? tagValues(Name.slice(4)) : filters[Name];
    if (!valuesOf) throw invalidParameter(`The filter '${Name}' is invalid`);
    const patterns = Values.map(wildcard);
    return (record: T) => valuesOf(record).some((value) => patterns.some((pattern) => pattern.test(value)));
  });
  return records.filter((record) => tests.every((test) => test(record)));
}

function tagValues(key: string) {
  return (record: unknown): readonly string[] =>
    ((record as { tags?: readonly Tag[] }).tags ?? []).filter(({ Key }) => Key === key).map(({ Value }) => Value);
}

/** `*` stands for any characters, `?` for one. */
function wildcard(pattern: string): RegExp {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's');
}

function page<T>(records: readonly T[], { MaxResults, NextToken }: DescribeInput, listMember: string) {
  if (MaxResults !== undefined && (MaxResults < 5 || MaxResults > 1000)) {
    throw invalidParameter(
      `Value ( ${MaxResults} ) for parameter maxResults is invalid. Expecting a value between 5 and 1000.`,
    );
  }
  const start = NextToken === undefined ? 0 : Number(NextToken);
  if (!Number.isSafeInteger(start) || start < 0) throw invalidParameter('Unable to parse pagination token');
  const end = start + (MaxResults ?? records.length);
  return { [listMember]: records.slice(start, end), NextToken: end < records.length ? String(end) : undefined };
}
