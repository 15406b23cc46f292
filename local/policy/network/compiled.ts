/** A graph made ready to be asked: by id, with its blocks read. Done once for each change of the network. */
import { type Block, parseBlock } from './cidr.ts';
import type {
  ElasticIp,
  InternetGateway,
  Known,
  NatGateway,
  NetworkAcl,
  NetworkGraph,
  PrefixList,
  RouteTable,
  SecurityGroup,
  Subnet,
  Vpc,
  VpcEndpoint,
} from './graph.ts';

export interface CompiledNetwork {
  readonly graph: NetworkGraph;
  readonly vpcs: ReadonlyMap<string, Vpc>;
  readonly subnets: ReadonlyMap<string, Subnet>;
  readonly routeTables: ReadonlyMap<string, RouteTable>;
  readonly groups: ReadonlyMap<string, SecurityGroup>;
  readonly endpoints: ReadonlyMap<string, VpcEndpoint>;
  readonly gateways: ReadonlyMap<string, InternetGateway>;
  readonly nats: ReadonlyMap<string, NatGateway>;
  readonly addresses: ReadonlyMap<string, ElasticIp>;
  readonly acls: ReadonlyMap<string, NetworkAcl>;
  readonly prefixLists: ReadonlyMap<string, PrefixList>;
  /** Undefined for what is no block. */
  block(cidr: string): Block | undefined;
  tableOf(subnet: Subnet): { readonly table: RouteTable; readonly isMain: boolean } | undefined;
  aclOf(subnet: Subnet): NetworkAcl | undefined;
  endpointsIn(vpcId: string): readonly VpcEndpoint[];
}

const compiled = new WeakMap<NetworkGraph, CompiledNetwork>();

/** The same object for the same graph: graphs are never changed, only replaced. */
export function compileNetwork(graph: NetworkGraph): CompiledNetwork {
  const known = compiled.get(graph);
  if (known) return known;
  const network = compile(graph);
  compiled.set(graph, network);
  return network;
}

function compile(graph: NetworkGraph): CompiledNetwork {
  const vpcs = byId(graph.vpcs, ({ vpcId }) => vpcId);
  const routeTables = byId(graph.routeTables, ({ routeTableId }) => routeTableId);
  const acls = byId(graph.networkAcls, ({ networkAclId }) => networkAclId);
  const tables = new Map(graph.routeTables.flatMap((table) => table.associations.map((one) => [one.subnetId, table])));
  const blocks = new Map<string, Block | undefined>();
  return {
    graph,
    vpcs,
    subnets: byId(graph.subnets, ({ subnetId }) => subnetId),
    routeTables,
    groups: byId(graph.securityGroups, ({ groupId }) => groupId),
    endpoints: byId(graph.endpoints, ({ vpcEndpointId }) => vpcEndpointId),
    gateways: byId(graph.internetGateways, ({ internetGatewayId }) => internetGatewayId),
    nats: byId(graph.natGateways, ({ natGatewayId }) => natGatewayId),
    addresses: byId(graph.addresses, ({ allocationId }) => allocationId),
    acls,
    prefixLists: byId(graph.prefixLists, ({ prefixListId }) => prefixListId),
    block(cidr) {
      if (!blocks.has(cidr)) blocks.set(cidr, parseBlock(cidr));
      return blocks.get(cidr);
    },
    tableOf({ subnetId, vpcId }) {
      const own = tables.get(subnetId);
      if (own) return { table: own, isMain: false };
      const main = routeTables.get(vpcs.get(vpcId)?.mainRouteTableId ?? '');
      return main && { table: main, isMain: true };
    },
    aclOf: ({ networkAclId, vpcId }) => acls.get(networkAclId ?? vpcs.get(vpcId)?.defaultNetworkAclId ?? ''),
    endpointsIn: (vpcId) => graph.endpoints.filter((endpoint) => endpoint.vpcId === vpcId),
  };
}

function byId<T extends Known>(records: readonly T[], id: (record: T) => string): ReadonlyMap<string, T> {
  return new Map(records.map((record) => [id(record), record]));
}
