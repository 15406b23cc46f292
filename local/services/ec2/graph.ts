/** The records as the network policy reads them. */
import type { NetworkGraph } from '../../policy/network/graph.ts';
import { WITH_INTERFACE_ENDPOINTS } from './endpoint-services.ts';
import type { Network } from './network.ts';

/** A picture of this moment: later changes of the network are not in it. */
export function readGraph(network: Network, region: string): NetworkGraph {
  const withOwnNameServers = vpcsWithOwnNameServers(network);
  return {
    region,
    vpcs: network.vpcs.all().map((vpc) => ({ ...vpc, ownNameServers: withOwnNameServers.has(vpc.vpcId) })),
    subnets: network.subnets.all(),
    routeTables: network.routeTables.all(),
    securityGroups: network.securityGroups.all(),
    endpoints: network.endpoints.all(),
    internetGateways: network.internetGateways.all(),
    natGateways: network.natGateways.all(),
    addresses: network.addresses.all(),
    networkAcls: network.networkAcls.all(),
    prefixLists: network.prefixLists.all(),
    endpointServices: WITH_INTERFACE_ENDPOINTS,
  };
}

/** https://docs.aws.amazon.com/vpc/latest/userguide/DHCPOptionSetConcepts.html */
function vpcsWithOwnNameServers({ others }: Network): ReadonlySet<string> {
  const records = others.all();
  const own = new Set(
    records
      .filter(({ type, properties }) => type === 'AWS::EC2::DHCPOptions' && namesServers(properties))
      .map(({ id }) => id),
  );
  return new Set(
    records.flatMap(({ type, properties }) => {
      const { VpcId, DhcpOptionsId } = properties as Readonly<Record<string, unknown>>;
      return type === 'AWS::EC2::VPCDHCPOptionsAssociation' && own.has(String(DhcpOptionsId)) ? [String(VpcId)] : [];
    }),
  );
}

function namesServers(properties: unknown): boolean {
  const servers = (properties as { readonly DomainNameServers?: unknown }).DomainNameServers;
  return Array.isArray(servers) && servers.some((server) => server !== 'AmazonProvidedDNS');
}
