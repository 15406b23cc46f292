/** AWS::EC2::RouteTable, AWS::EC2::Route, AWS::EC2::SubnetRouteTableAssociation. */
import { isDeepStrictEqual } from 'node:util';
import type { PropertyReader } from '../../../kernel/property-reader.ts';
import type { Provider } from '../../../kernel/provider.ts';
import { formatCidr, isIpv6Cidr, parseCidr } from '../cidr.ts';
import { findOrElsewhere, isSomebodys, sayElsewhere, vpcOrElsewhere } from '../elsewhere.ts';
import { inUse, refused } from '../errors.ts';
import { newId, type Room } from '../network.ts';
import type { Route, RouteDestination, RouteTable, RouteTarget, Tag } from '../records.ts';
import { localRoute } from '../vpcs.ts';
import { type Made, networkProvider, readTags } from './network-provider.ts';

export function routeTableProvider(room: Room): Provider {
  const { store, network } = room;
  const result = (id: string) => ({ physicalId: id, attributes: { RouteTableId: id } });
  return networkProvider<{ vpcId: string; tags: readonly Tag[] }>(store, {
    read: (reader) => ({ vpcId: reader.requiredText('VpcId'), tags: readTags(reader) }),
    replacedBy: ['VpcId'],
    records: network.routeTables,
    create: ({ vpcId, tags }, made) => {
      const blocks = vpcOrElsewhere(room, vpcId, made)?.cidrBlocks ?? [];
      const routeTableId = newId('rtb');
      const routes = blocks.map(({ cidrBlock }) => localRoute(cidrBlock));
      network.routeTables.put(routeTableId, { routeTableId, vpcId, routes, associations: [], ...made, tags });
      return result(routeTableId);
    },
    update: ({ tags }, { physicalId }) => {
      network.routeTables.put(physicalId, { ...network.routeTables.get(physicalId), tags });
      return result(physicalId);
    },
    delete: ({ physicalId }) => {
      const table = network.routeTables.find(physicalId);
      if (table && table.associations.length > 0) throw inUse('routeTable', physicalId);
      network.routeTables.delete(physicalId);
    },
  });
}

interface RouteProperties {
  readonly routeTableId: string;
  readonly route: Route;
}

const TARGETS: readonly (readonly [property: string, kind: RouteTarget['kind']])[] = [
  ['GatewayId', 'internet-gateway'],
  ['NatGatewayId', 'nat-gateway'],
  ['VpcEndpointId', 'vpc-endpoint'],
  ['EgressOnlyInternetGatewayId', 'egress-only-internet-gateway'],
  ['TransitGatewayId', 'transit-gateway'],
  ['VpcPeeringConnectionId', 'vpc-peering-connection'],
  ['NetworkInterfaceId', 'network-interface'],
  ['InstanceId', 'instance'],
  ['CarrierGatewayId', 'other'],
  ['CoreNetworkArn', 'other'],
  ['LocalGatewayId', 'other'],
];

export function routeProvider(room: Room): Provider {
  const { store, network } = room;
  return networkProvider<RouteProperties>(store, {
    read: readRoute,
    replacedBy: ['RouteTableId', 'DestinationCidrBlock', 'DestinationIpv6CidrBlock', 'DestinationPrefixListId'],
    create: ({ routeTableId, route }, { place }) => {
      const table = findOrElsewhere(network.routeTables, 'rtb', routeTableId);
      if (!table) {
        sayElsewhere(room, place.logicalId, `route table ${routeTableId}`, 'the route is kept nowhere');
        return result(routeTableId, route.destination);
      }
      checkTarget(room, table.vpcId, route.target);
      if (table.routes.some(({ destination }) => isDeepStrictEqual(destination, route.destination))) {
        throw refused(
          'RouteAlreadyExists',
          `The route identified by ${destinationId(route.destination)} already exists.`,
        );
      }
      network.routeTables.put(routeTableId, { ...table, routes: [...table.routes, { ...route, place }] });
      return result(routeTableId, route.destination);
    },
    update: ({ routeTableId, route }, _existing, _before, { place }) => {
      const table = findOrElsewhere(network.routeTables, 'rtb', routeTableId);
      if (!table) return result(routeTableId, route.destination);
      checkTarget(room, table.vpcId, route.target);
      const others = without(table.routes, route.destination);
      network.routeTables.put(routeTableId, { ...table, routes: [...others, { ...route, place }] });
      return result(routeTableId, route.destination);
    },
    delete: ({ physicalId }) => {
      const [routeTableId, id] = physicalId.split('|') as [string, string];
      const table = network.routeTables.find(routeTableId);
      if (!table) return;
      const routes = table.routes.filter(
        ({ destination, target }) => target.kind === 'local' || destinationId(destination) !== id,
      );
      network.routeTables.put(routeTableId, { ...table, routes });
    },
  });
}

function result(routeTableId: string, destination: RouteDestination) {
  const id = destinationId(destination);
  return { physicalId: `${routeTableId}|${id}`, attributes: { CidrBlock: id } };
}

function without(routes: readonly Route[], destination: RouteDestination): readonly Route[] {
  return routes.filter((route) => !isDeepStrictEqual(route.destination, destination));
}

function destinationId(destination: RouteDestination): string {
  return destination.kind === 'prefix-list' ? destination.prefixListId : destination.cidr;
}

function readRoute(reader: PropertyReader): RouteProperties {
  const targets = TARGETS.flatMap(([property, kind]) => {
    const id = reader.text(property);
    return id === undefined ? [] : [{ kind: kindOfGateway(kind, id), id }];
  });
  if (targets.length !== 1) {
    reader.refuse([], 'a route has exactly one target: GatewayId, NatGatewayId, VpcEndpointId, …');
  }
  return {
    routeTableId: reader.requiredText('RouteTableId'),
    route: { destination: readDestination(reader), target: targets[0] ?? { kind: 'other', id: '' } },
  };
}

/** `GatewayId` takes virtual private gateways too, and `local`. */
function kindOfGateway(kind: RouteTarget['kind'], id: string): RouteTarget['kind'] {
  if (kind !== 'internet-gateway') return kind;
  if (id === 'local') return 'local';
  return id.startsWith('igw-') ? kind : 'other';
}

function readDestination(reader: PropertyReader): RouteDestination {
  const cidr = reader.text('DestinationCidrBlock');
  const cidr6 = reader.text('DestinationIpv6CidrBlock');
  const prefixListId = reader.text('DestinationPrefixListId');
  const destinations: RouteDestination[] = [];
  if (cidr !== undefined) {
    const block = parseCidr(cidr);
    if (!block) reader.refuse(['DestinationCidrBlock'], `Value (${cidr}) is not a valid IPv4 CIDR block`);
    destinations.push({ kind: 'cidr', cidr: block ? formatCidr(block) : cidr });
  }
  if (cidr6 !== undefined) {
    if (!isIpv6Cidr(cidr6)) {
      reader.refuse(['DestinationIpv6CidrBlock'], `Value (${cidr6}) is not a valid IPv6 CIDR block`);
    }
    destinations.push({ kind: 'ipv6-cidr', cidr: cidr6 });
  }
  if (prefixListId !== undefined) destinations.push({ kind: 'prefix-list', prefixListId });
  if (destinations.length !== 1) {
    reader.refuse(
      [],
      'a route has exactly one destination: DestinationCidrBlock, DestinationIpv6CidrBlock or DestinationPrefixListId',
    );
  }
  return destinations[0] ?? { kind: 'cidr', cidr: '0.0.0.0/0' };
}

function checkTarget({ network }: Room, vpcId: string, target: RouteTarget): void {
  // What stands in somebody's VPC may be somebody's too.
  if (!network.vpcs.find(vpcId) && SOMEBODYS.some((kind) => isSomebodys(kind, target.id))) return;
  switch (target.kind) {
    case 'internet-gateway':
      if (network.internetGateways.get(target.id).attachedVpcId !== vpcId) {
        throw refused(
          'InvalidParameterValue',
          `route table and network gateway ${target.id} belong to different networks: the gateway is not attached to ${vpcId}`,
        );
      }
      return;
    case 'nat-gateway':
      network.natGateways.get(target.id);
      return;
    case 'vpc-endpoint':
      network.endpoints.get(target.id);
      return;
    default:
      return;
  }
}

const SOMEBODYS = ['igw', 'nat', 'vpce'] as const;

type Association = RouteTable['associations'][number];

export function routeTableAssociationProvider(room: Room): Provider {
  const { store, network } = room;
  return networkProvider<{ subnetId: string; routeTableId: string }>(store, {
    read: (reader) => ({
      subnetId: reader.requiredText('SubnetId'),
      routeTableId: reader.requiredText('RouteTableId'),
    }),
    replacedBy: ['SubnetId'],
    create: ({ subnetId, routeTableId }, { place }) => {
      const associationId = newId('rtbassoc');
      const known = network.routeTables.where(({ associations }) =>
        associations.some((one) => one.subnetId === subnetId),
      );
      if (known.length > 0) {
        throw refused(
          'Resource.AlreadyAssociated',
          `the specified association for route table ${routeTableId} conflicts with an existing association of ${subnetId} with ${known[0]!.routeTableId}`,
        );
      }
      associate(routeTableId, { associationId, subnetId, place });
      return { physicalId: associationId, attributes: { Id: associationId } };
    },
    update: ({ subnetId, routeTableId }, { physicalId }, _before, { place }) => {
      disassociate(physicalId);
      associate(routeTableId, { associationId: physicalId, subnetId, place });
      return { physicalId, attributes: { Id: physicalId } };
    },
    delete: ({ physicalId }) => disassociate(physicalId),
  });

  function associate(routeTableId: string, association: Association & Pick<Made, 'place'>) {
    const subnet = findOrElsewhere(network.subnets, 'subnet', association.subnetId);
    const table = findOrElsewhere(network.routeTables, 'rtb', routeTableId);
    if (!subnet || !table) {
      const what = table ? `subnet ${association.subnetId}` : `route table ${routeTableId}`;
      sayElsewhere(room, association.place.logicalId, what, 'the association is kept nowhere');
      return;
    }
    if (table.vpcId !== subnet.vpcId) {
      throw refused(
        'InvalidParameterValue',
        `Route table ${routeTableId} and subnet ${association.subnetId} belong to different networks`,
      );
    }
    network.routeTables.put(routeTableId, { ...table, associations: [...table.associations, association] });
  }

  function disassociate(id: string): void {
    for (const table of network.routeTables.where(({ associations }) =>
      associations.some((one) => one.associationId === id),
    )) {
      const associations = table.associations.filter((one) => one.associationId !== id);
      network.routeTables.put(table.routeTableId, { ...table, associations });
    }
  }
}
