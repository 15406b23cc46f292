/** Ways out of a VPC: associations, routes, NAT gateways. */
import type { Json } from '../../../template/stack.ts';
import { type Block, formatBlock, overlaps } from '../cidr.ts';
import type { CompiledNetwork } from '../compiled.ts';
import type { InternetGateway, NatGateway, NetworkGraph, Route, RouteTable, Subnet } from '../graph.ts';
import type { Journey } from '../journey.ts';
import { freshName, nameOf, refTo } from '../naming.ts';
import type { Fix } from '../outcome.ts';
import { routeTo } from '../routes.ts';

const EVERYWHERE = '0.0.0.0/0';

const place = (logicalId: string) => ({ stackName: '', logicalId, path: [] });

const resource = (logicalId: string, type: string, properties: Record<string, Json>) =>
  ({
    kind: 'add-resource',
    logicalId,
    resource: { Type: `AWS::EC2::${type}`, Properties: properties },
  }) as const;

/** A subnet that nobody gave a route table uses the main one: first the tables no subnet has, then a new one. */
export function associations({ network, origin }: Journey): readonly Fix[] {
  const { subnet } = origin.end;
  const tables = network.graph.routeTables
    .filter(({ vpcId, place: at }) => vpcId === subnet.vpcId && at !== undefined)
    .sort((a, b) => a.associations.length - b.associations.length || likeness(b, subnet) - likeness(a, subnet));
  const name = freshName(`${nameOf(subnet, 'Subnet')}RouteTableAssociation`, network);
  const existing = tables.map(
    (table): Fix => ({
      apply: (graph) => associate(graph, table.routeTableId, subnet.subnetId),
      steps: [
        resource(name, 'SubnetRouteTableAssociation', {
          SubnetId: refTo(subnet, subnet.subnetId),
          RouteTableId: refTo(table, table.routeTableId),
        }),
      ],
    }),
  );
  return [...existing, ownTable(subnet, name, network)];
}

/** How many letters two names end in alike: of several tables that nobody uses, `…TableB` is meant for `…SubnetB`. */
function likeness(table: RouteTable, subnet: Subnet): number {
  const [a, b] = [nameOf(table, ''), nameOf(subnet, '')];
  let alike = 0;
  while (alike < Math.min(a.length, b.length) && a.at(-1 - alike) === b.at(-1 - alike)) alike += 1;
  return alike;
}

function ownTable(subnet: Subnet, association: string, network: CompiledNetwork): Fix {
  const tableId = freshName(`${nameOf(subnet, 'Subnet')}RouteTable`, network);
  const vpc = network.vpcs.get(subnet.vpcId);
  return {
    apply: (graph) => associate(withTable(graph, tableId, subnet.vpcId), tableId, subnet.subnetId),
    steps: [
      resource(tableId, 'RouteTable', { VpcId: refTo(vpc, subnet.vpcId) }),
      resource(association, 'SubnetRouteTableAssociation', {
        SubnetId: refTo(subnet, subnet.subnetId),
        RouteTableId: { Ref: tableId },
      }),
    ],
  };
}

function withTable(graph: NetworkGraph, routeTableId: string, vpcId: string): NetworkGraph {
  const routes: Route[] = (graph.vpcs.find((vpc) => vpc.vpcId === vpcId)?.cidrBlocks ?? []).map(({ cidrBlock }) => ({
    destination: { kind: 'cidr', cidr: cidrBlock },
    target: { kind: 'local', id: 'local' },
  }));
  const table: RouteTable = { routeTableId, vpcId, routes, associations: [], place: place(routeTableId) };
  return { ...graph, routeTables: [...graph.routeTables, table] };
}

function associate(graph: NetworkGraph, routeTableId: string, subnetId: string): NetworkGraph {
  return {
    ...graph,
    routeTables: graph.routeTables.map((table) =>
      table.routeTableId === routeTableId
        ? { ...table, associations: [...table.associations, { subnetId }] }
        : { ...table, associations: table.associations.filter((one) => one.subnetId !== subnetId) },
    ),
  };
}

function withRoute(graph: NetworkGraph, routeTableId: string, target: Route['target'], name: string): NetworkGraph {
  const route: Route = { destination: { kind: 'cidr', cidr: EVERYWHERE }, target, place: place(name) };
  return {
    ...graph,
    routeTables: graph.routeTables.map((table) =>
      table.routeTableId === routeTableId ? { ...table, routes: [...table.routes, route] } : table,
    ),
  };
}

/** A route to each NAT gateway of the VPC, then, last, a NAT gateway with all it needs. */
export function natWays(journey: Journey, table: RouteTable): readonly Fix[] {
  if (!table.place) return [];
  const { network, vpc } = journey;
  const inVpc = ({ subnetId, connectivity }: NatGateway) =>
    connectivity === 'public' && network.subnets.get(subnetId)?.vpcId === vpc.vpcId;
  const name = freshName(`${nameOf(table, 'RouteTable')}ToInternet`, network);
  const ways = network.graph.natGateways.filter(inVpc).map((nat): Fix => {
    const target = { kind: 'nat-gateway', id: nat.natGatewayId } as const;
    return {
      apply: (graph) => withRoute(graph, table.routeTableId, target, name),
      steps: [
        resource(name, 'Route', {
          RouteTableId: refTo(table, table.routeTableId),
          DestinationCidrBlock: EVERYWHERE,
          NatGatewayId: refTo(nat, nat.natGatewayId),
        }),
      ],
    };
  });
  return [...ways, newNat(journey, table, name)];
}

function newNat(journey: Journey, table: RouteTable, route: string): Fix {
  const { network, vpc, placement } = journey;
  const attached = network.graph.internetGateways.find(({ attachedVpcId }) => attachedVpcId === vpc.vpcId);
  const open = network.graph.subnets.find(
    (subnet) => subnet.vpcId === vpc.vpcId && !placement.subnetIds.includes(subnet.subnetId) && isOpen(subnet, network),
  );
  const own = open ? undefined : publicSubnet(journey, attached);
  const subnet = open ?? own!.subnet;
  const nat = freshName('OutboundNatGateway', network);
  const address = freshName('OutboundAddress', network);
  return {
    apply(graph) {
      const base = own ? own.fix.apply(graph) : graph;
      const withNat = {
        ...base,
        addresses: [...base.addresses, { allocationId: address, publicIp: '198.51.100.1', place: place(address) }],
        natGateways: [
          ...base.natGateways,
          {
            natGatewayId: nat,
            subnetId: subnet.subnetId,
            connectivity: 'public' as const,
            allocationId: address,
            place: place(nat),
          },
        ],
      };
      return withRoute(withNat, table.routeTableId, { kind: 'nat-gateway', id: nat }, route);
    },
    steps: [
      resource(address, 'EIP', { Domain: 'vpc' }),
      resource(nat, 'NatGateway', {
        SubnetId: refTo(subnet, subnet.subnetId),
        AllocationId: { 'Fn::GetAtt': [address, 'AllocationId'] },
      }),
      ...(own?.fix.steps ?? []),
      resource(route, 'Route', {
        RouteTableId: refTo(table, table.routeTableId),
        DestinationCidrBlock: EVERYWHERE,
        NatGatewayId: { Ref: nat },
      }),
    ],
  };
}

function isOpen(subnet: Subnet, network: CompiledNetwork): boolean {
  const found = network.tableOf(subnet);
  const routing = found && routeTo(found.table, { kind: 'public' }, network);
  return routing?.kind === 'route' && routing.route.target.kind === 'internet-gateway';
}

/** A small subnet at the end of the VPC's block, with a route table that leads to an internet gateway. */
function publicSubnet(journey: Journey, attached: InternetGateway | undefined): { subnet: Subnet; fix: Fix } {
  const { network, vpc, origin } = journey;
  const subnetId = freshName('OutboundSubnet', network);
  const { availabilityZone } = origin.end.subnet;
  const cidrBlock = freeBlock(journey);
  const subnet: Subnet = { subnetId, vpcId: vpc.vpcId, cidrBlock, availabilityZone, place: place(subnetId) };
  const table = ownTable(subnet, freshName(`${subnetId}RouteTableAssociation`, network), network);
  const tableId = freshName(`${subnetId}RouteTable`, network);
  const way = gatewayRoute(journey, tableId, { Ref: tableId }, attached);
  const zoned = { 'Fn::GetAtt': [nameOf(origin.end.subnet, ''), 'AvailabilityZone'] };
  return {
    subnet,
    fix: {
      apply: (graph) => way.apply(table.apply({ ...graph, subnets: [...graph.subnets, subnet] })),
      steps: [
        resource(subnetId, 'Subnet', {
          VpcId: refTo(vpc, vpc.vpcId),
          CidrBlock: cidrBlock,
          AvailabilityZone: origin.end.subnet.place ? zoned : availabilityZone,
        }),
        ...table.steps,
        ...way.steps,
      ],
    },
  };
}

/** The last /28 of the VPC that no subnet has. */
function freeBlock({ network, vpc }: Journey): string {
  const whole = network.block(vpc.cidrBlocks[0]?.cidrBlock ?? '');
  if (!whole) return '';
  const taken = network.graph.subnets
    .filter(({ vpcId }) => vpcId === vpc.vpcId)
    .flatMap(({ cidrBlock }) => network.block(cidrBlock) ?? []);
  const end = whole.first + (1n << BigInt(32 - whole.prefix));
  for (let first = end - 16n; first >= whole.first; first -= 16n) {
    const block: Block = { family: 4, first, prefix: 28 };
    if (!taken.some((one) => overlaps(one, block))) return formatBlock(block);
  }
  return '';
}

/** What makes the subnet of a NAT gateway a public one. */
export function publicRoutes(journey: Journey, subnet: Subnet): readonly Fix[] {
  const { network, vpc, origin } = journey;
  const found = network.tableOf(subnet);
  if (!found) return [];
  const attached = network.graph.internetGateways.find(({ attachedVpcId }) => attachedVpcId === vpc.vpcId);
  const { table, isMain } = found;
  const way = table.place
    ? [gatewayRoute(journey, table.routeTableId, refTo(table, table.routeTableId), attached)]
    : [];
  const elsewhere = isMain ? associations({ ...journey, origin: { ...origin, end: { ...origin.end, subnet } } }) : [];
  return [...elsewhere, ...way];
}

function gatewayRoute(journey: Journey, tableId: string, table: Json, attached: InternetGateway | undefined): Fix {
  const { network, vpc } = journey;
  const loose = network.graph.internetGateways.find(
    ({ attachedVpcId, place: at }) => attachedVpcId === undefined && at !== undefined,
  );
  const fresh = freshName('OutboundGateway', network);
  const gateway = attached ?? loose ?? { internetGatewayId: fresh, place: place(fresh) };
  const id = gateway.internetGatewayId;
  const attachment = freshName(`${nameOf(gateway, 'InternetGateway')}Attachment`, network);
  const name = freshName('OutboundRoute', network);
  const route = resource(name, 'Route', {
    RouteTableId: table,
    DestinationCidrBlock: EVERYWHERE,
    GatewayId: refTo(gateway, id),
  });
  const attach = resource(attachment, 'VPCGatewayAttachment', {
    VpcId: refTo(vpc, vpc.vpcId),
    InternetGatewayId: refTo(gateway, id),
  });
  const behind = { ...route, resource: { ...route.resource, DependsOn: attachment } };
  return {
    apply: (graph) =>
      withRoute(
        {
          ...graph,
          internetGateways: [
            ...graph.internetGateways.filter(({ internetGatewayId }) => internetGatewayId !== id),
            { ...gateway, attachedVpcId: vpc.vpcId },
          ],
        },
        tableId,
        { kind: 'internet-gateway', id },
        name,
      ),
    steps: attached ? [route] : loose ? [attach, behind] : [resource(fresh, 'InternetGateway', {}), attach, behind],
  };
}

/** For a gateway that routes lead to already. */
export function attachment({ network, vpc }: Journey, gateway: InternetGateway): readonly Fix[] {
  if (!gateway.place || gateway.attachedVpcId !== undefined) return [];
  const { internetGatewayId: id } = gateway;
  return [
    {
      apply: (graph) => ({
        ...graph,
        internetGateways: graph.internetGateways.map((one) =>
          one.internetGatewayId === id ? { ...one, attachedVpcId: vpc.vpcId } : one,
        ),
      }),
      steps: [
        resource(freshName(`${gateway.place.logicalId}Attachment`, network), 'VPCGatewayAttachment', {
          VpcId: refTo(vpc, vpc.vpcId),
          InternetGatewayId: refTo(gateway, id),
        }),
      ],
    },
  ];
}

export function elasticIp({ network }: Journey, nat: NatGateway): readonly Fix[] {
  if (!nat.place) return [];
  const address = freshName('OutboundAddress', network);
  return [
    {
      apply: (graph) => ({
        ...graph,
        addresses: [...graph.addresses, { allocationId: address, publicIp: '198.51.100.1', place: place(address) }],
        natGateways: graph.natGateways.map((one) =>
          one.natGatewayId === nat.natGatewayId ? { ...one, allocationId: address } : one,
        ),
      }),
      steps: [
        resource(address, 'EIP', { Domain: 'vpc' }),
        {
          kind: 'set',
          logicalId: nat.place.logicalId,
          path: ['AllocationId'],
          value: { 'Fn::GetAtt': [address, 'AllocationId'] },
        },
      ],
    },
  ];
}
