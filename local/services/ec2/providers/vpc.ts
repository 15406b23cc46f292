/** AWS::EC2::VPC, AWS::EC2::VPCCidrBlock, AWS::EC2::Subnet. */
import type { Provider, ResourceResult } from '../../../kernel/provider.ts';
import { contains, formatCidr, overlap, parseCidr } from '../cidr.ts';
import { vpcOrElsewhere } from '../elsewhere.ts';
import { inUse, refused } from '../errors.ts';
import { newId, type Room } from '../network.ts';
import type { Subnet, Tag, Vpc } from '../records.ts';
import { createVpc, deleteVpc, localRoute } from '../vpcs.ts';
import { networkProvider, readTags } from './network-provider.ts';

interface VpcProperties {
  readonly cidrBlock: string;
  readonly enableDnsSupport: boolean;
  readonly enableDnsHostnames: boolean;
  readonly instanceTenancy: string;
  readonly tags: readonly Tag[];
}

export function vpcProvider({ store, network }: Room): Provider {
  const result = (vpc: Vpc): ResourceResult => ({
    physicalId: vpc.vpcId,
    attributes: {
      VpcId: vpc.vpcId,
      CidrBlock: vpc.cidrBlocks[0]!.cidrBlock,
      CidrBlockAssociations: vpc.cidrBlocks.map(({ associationId }) => associationId),
      DefaultSecurityGroup: vpc.defaultSecurityGroupId,
      DefaultNetworkAcl: vpc.defaultNetworkAclId,
      Ipv6CidrBlocks: [],
    },
  });
  return networkProvider<VpcProperties>(store, {
    read: (reader) => {
      const cidrBlock = reader.requiredText('CidrBlock');
      if (!parseCidr(cidrBlock)) reader.refuse(['CidrBlock'], `The CIDR '${cidrBlock}' is invalid.`);
      return {
        cidrBlock,
        // Support is on and host names are off, as EC2 makes VPCs that are not the default one.
        enableDnsSupport: reader.boolean('EnableDnsSupport') ?? true,
        enableDnsHostnames: reader.boolean('EnableDnsHostnames') ?? false,
        instanceTenancy: reader.oneOf('InstanceTenancy', ['default', 'dedicated', 'host']) ?? 'default',
        tags: readTags(reader),
      };
    },
    replacedBy: ['CidrBlock', 'Ipv4IpamPoolId', 'Ipv4NetmaskLength'],
    create: (properties, made) => {
      for (const left of network.vpcs.where((vpc) => vpc.owner === made.owner)) deleteVpc(network, left.vpcId);
      return result(createVpc(network, { ...properties, ...made }));
    },
    update: ({ enableDnsSupport, enableDnsHostnames, instanceTenancy, tags }, { physicalId }) => {
      const vpc = network.vpcs.get(physicalId);
      const changes = { enableDnsSupport, enableDnsHostnames, instanceTenancy, tags };
      return result(network.vpcs.put(physicalId, { ...vpc, ...changes }));
    },
    delete: ({ physicalId }) => deleteVpc(network, physicalId),
  });
}

export function vpcCidrBlockProvider(room: Room): Provider {
  const { store, network } = room;
  return networkProvider<{ vpcId: string; cidrBlock: string }>(store, {
    read: (reader) => ({ vpcId: reader.requiredText('VpcId'), cidrBlock: reader.requiredText('CidrBlock') }),
    create: ({ vpcId, cidrBlock }, made) => {
      const vpc = vpcOrElsewhere(room, vpcId, made);
      const block = parseCidr(cidrBlock);
      if (!block || block.prefix < 16 || block.prefix > 28) {
        throw refused('InvalidVpc.Range', `The CIDR '${cidrBlock}' is invalid.`);
      }
      if (vpc?.cidrBlocks.some((other) => overlap(parseCidr(other.cidrBlock)!, block))) {
        throw refused('InvalidVpc.Range', `The CIDR '${cidrBlock}' conflicts with another block of ${vpcId}.`);
      }
      const added = { associationId: newId('vpc-cidr-assoc'), cidrBlock: formatCidr(block) };
      if (vpc) network.vpcs.put(vpcId, { ...vpc, cidrBlocks: [...vpc.cidrBlocks, added] });
      for (const table of network.routeTables.where((one) => one.vpcId === vpcId)) {
        network.routeTables.put(table.routeTableId, {
          ...table,
          routes: [...table.routes, localRoute(added.cidrBlock)],
        });
      }
      return { physicalId: added.associationId, attributes: { Id: added.associationId } };
    },
    delete: ({ physicalId }) => {
      const isIt = ({ associationId }: { associationId: string }) => associationId === physicalId;
      for (const vpc of network.vpcs.where(({ cidrBlocks }) => cidrBlocks.some(isIt))) {
        const gone = vpc.cidrBlocks.find(isIt)!;
        network.vpcs.put(vpc.vpcId, { ...vpc, cidrBlocks: vpc.cidrBlocks.filter((block) => !isIt(block)) });
        for (const table of network.routeTables.where((one) => one.vpcId === vpc.vpcId)) {
          const routes = table.routes.filter(
            ({ destination, target }) =>
              !(target.kind === 'local' && destination.kind === 'cidr' && destination.cidr === gone.cidrBlock),
          );
          network.routeTables.put(table.routeTableId, { ...table, routes });
        }
      }
    },
  });
}

interface SubnetProperties {
  readonly vpcId: string;
  readonly cidrBlock: string;
  readonly availabilityZone?: string;
  readonly mapPublicIpOnLaunch: boolean;
  readonly tags: readonly Tag[];
}

export function subnetProvider(room: Room): Provider {
  const { store, network, region } = room;
  const result = (subnet: Subnet): ResourceResult => ({
    physicalId: subnet.subnetId,
    attributes: {
      SubnetId: subnet.subnetId,
      VpcId: subnet.vpcId,
      CidrBlock: subnet.cidrBlock,
      AvailabilityZone: subnet.availabilityZone,
      AvailabilityZoneId: zoneId(region, subnet.availabilityZone),
      NetworkAclAssociationId: subnet.networkAclAssociationId,
      Ipv6CidrBlocks: [],
      OutpostArn: '',
    },
  });
  return networkProvider<SubnetProperties>(store, {
    read: (reader) => {
      const availabilityZone = reader.text('AvailabilityZone');
      if (availabilityZone !== undefined && !new RegExp(`^${region}(-[a-z]+-\\d)?[a-z]$`).test(availabilityZone)) {
        reader.refuse(
          ['AvailabilityZone'],
          `Value (${availabilityZone}) for parameter availabilityZone is invalid: it is no zone of ${region}.`,
        );
      }
      return {
        vpcId: reader.requiredText('VpcId'),
        cidrBlock: reader.requiredText('CidrBlock'),
        availabilityZone,
        mapPublicIpOnLaunch: reader.boolean('MapPublicIpOnLaunch') ?? false,
        tags: readTags(reader),
      };
    },
    replacedBy: ['VpcId', 'CidrBlock', 'AvailabilityZone', 'AvailabilityZoneId'],
    records: network.subnets,
    create: (properties, made) => {
      const { vpcId } = properties;
      const vpc = vpcOrElsewhere(room, vpcId, made);
      const subnetId = newId('subnet');
      return result(
        network.subnets.put(subnetId, {
          subnetId,
          vpcId,
          cidrBlock: placeIn(vpcId, vpc?.cidrBlocks, properties.cidrBlock),
          availabilityZone: properties.availabilityZone ?? `${region}a`,
          mapPublicIpOnLaunch: properties.mapPublicIpOnLaunch,
          networkAclAssociationId: newId('aclassoc'),
          ...made,
          tags: properties.tags,
        }),
      );
    },
    update: ({ mapPublicIpOnLaunch, tags }, { physicalId }) =>
      result(network.subnets.put(physicalId, { ...network.subnets.get(physicalId), mapPublicIpOnLaunch, tags })),
    delete: ({ physicalId }) => {
      const holds = ({ subnetIds }: { subnetIds: readonly string[] }) => subnetIds.includes(physicalId);
      if (network.endpoints.where(holds).length > 0) throw inUse('subnet', physicalId);
      if (network.natGateways.where(({ subnetId }) => subnetId === physicalId).length > 0) {
        throw inUse('subnet', physicalId);
      }
      network.subnets.delete(physicalId);
    },
    unsupported: ({ properties }) =>
      properties['Ipv6CidrBlock'] === undefined
        ? []
        : [{ path: ['Ipv6CidrBlock'], message: 'the network is IPv4 only: the block is recorded, and means nothing' }],
  });

  /** The block as EC2 writes it. Throws for one outside the VPC's, where they are known, or in another subnet's way. */
  function placeIn(vpcId: string, blocks: Vpc['cidrBlocks'] | undefined, cidrBlock: string): string {
    const block = parseCidr(cidrBlock);
    const fits = blocks === undefined || blocks.some((own) => block && contains(parseCidr(own.cidrBlock)!, block));
    if (!block || block.prefix < 16 || block.prefix > 28 || !fits) {
      const own = blocks?.map((one) => one.cidrBlock).join(', ');
      const why = block && !fits ? ` It is not inside the VPC's ${own}.` : '';
      throw refused('InvalidSubnet.Range', `The CIDR '${cidrBlock}' is invalid.${why}`);
    }
    const other = network.subnets.where(
      (subnet) => subnet.vpcId === vpcId && overlap(parseCidr(subnet.cidrBlock)!, block),
    )[0];
    if (other) {
      throw refused(
        'InvalidSubnet.Conflict',
        `The CIDR '${cidrBlock}' conflicts with another subnet: ${other.subnetId} has ${other.cidrBlock}.`,
      );
    }
    return formatCidr(block);
  }
}

const DIRECTIONS: Readonly<Record<string, string>> = {
  northeast: 'ne',
  northwest: 'nw',
  southeast: 'se',
  southwest: 'sw',
};

/** `us-east-1a` → `use1-az1`: on AWS every account has its own order; here the letters count. */
export function zoneId(region: string, zone: string): string {
  const [continent, ...rest] = region.split('-');
  const short = rest.map((part) => DIRECTIONS[part] ?? part[0]).join('');
  return `${continent}${short}-az${zone.charCodeAt(zone.length - 1) - 96}`;
}
