/**
 * How a function gets to an AWS service: by the private name of an interface endpoint, by the route of a gateway
 * endpoint, else over the internet.
 * https://docs.aws.amazon.com/vpc/latest/privatelink/privatelink-access-aws-services.html
 */
import type { Destination, Hop } from './contract.ts';
import { endpointName, hasGatewayEndpoint, isEndpointOf } from './endpoint-names.ts';
import type { VpcEndpoint } from './graph.ts';
import { toInternet } from './internet.ts';
import type { Journey } from './journey.ts';
import { endpointGroup, endpointRoute, endpointSubnet, newEndpoint, privateDns } from './mending/endpoints.ts';
import { nameLookup } from './names.ts';
import { nameOf } from './naming.ts';
import { type Fix, inTurn, type Outcome, pass, stop, unknown } from './outcome.ts';
import { aclsBetween, aclTowards, egressAllows, type Interface, ingressAllows, type Named } from './rule-checks.ts';

export function toService(
  journey: Journey,
  { service, region: wanted, vpcEndpointId }: Extract<Destination, { kind: 'aws-service' }>,
): Outcome {
  const { network, vpc } = journey;
  const region = wanted ?? network.graph.region;
  if (vpcEndpointId !== undefined) {
    return inTurn([() => nameLookup(journey), () => toNamedEndpoint(journey, vpcEndpointId)]);
  }
  const isHere = region === network.graph.region;
  const endpoints = isHere
    ? network.endpointsIn(vpc.vpcId).filter(({ serviceName }) => isEndpointOf(serviceName, service, region))
    : [];
  return inTurn([
    () =>
      nameLookup(
        journey,
        endpoints.some(({ privateDnsEnabled }) => privateDnsEnabled),
      ),
    () => byEndpoint(journey, endpoints, service) ?? byInternet(journey, endpoints, service, isHere),
  ]);
}

function byEndpoint(journey: Journey, endpoints: readonly VpcEndpoint[], service: string): Outcome | undefined {
  const { network, vpc, origin } = journey;
  const table = network.tableOf(origin.end.subnet)?.table;
  const gateway = endpoints.find(
    ({ type, routeTableIds }) =>
      type === 'Gateway' && table !== undefined && routeTableIds.includes(table.routeTableId),
  );
  const named = endpoints.find(({ type, privateDnsEnabled }) => type === 'Interface' && privateDnsEnabled);
  const isNamed = named && vpc.enableDnsSupport && vpc.enableDnsHostnames;
  // S3's private name is for those who ask from outside the VPC, where a gateway endpoint is there for those inside.
  if (named && isNamed && !(gateway && (named.privateDnsForInboundOnly ?? true))) return toInterface(journey, named);
  return gateway && toGateway(journey, gateway, service);
}

/** An endpoint's own names lead to it wherever they are looked up; its addresses are its VPC's. */
function toNamedEndpoint(journey: Journey, vpcEndpointId: string): Outcome {
  const { network, vpc } = journey;
  const endpoint = network.endpoints.get(vpcEndpointId);
  if (endpoint?.vpcId === vpc.vpcId) return toInterface(journey, endpoint);
  const where = endpoint ? `is in ${nameOf(network.vpcs.get(endpoint.vpcId), endpoint.vpcId)}` : 'is not of this stack';
  const why = `${nameOf(endpoint, vpcEndpointId)} ${where}: what leads there is not known here`;
  return unknown(why, { kind: 'vpc-endpoint', id: vpcEndpointId, note: why });
}

function toGateway(journey: Journey, endpoint: VpcEndpoint, service: string): Outcome {
  const { network, origin, traffic } = journey;
  const { subnet } = origin.end;
  const name = nameOf(endpoint, endpoint.vpcEndpointId);
  const to: Named = { name: `${service} (${name})`, end: { kind: 'public', service } };
  return inTurn([
    () => pass(hopOf(endpoint, `routes the addresses of ${service} to ${name}`)),
    () => egressAllows(origin.end, to, traffic, network),
    () => aclTowards(subnet, to, traffic, network),
    () => ({ kind: 'pass', hops: [], via: endpoint }),
  ]);
}

/** Its name leads to its network interfaces in turn: all of them have to be reached. */
function toInterface(journey: Journey, endpoint: VpcEndpoint): Outcome {
  const { network, origin, traffic } = journey;
  const name = nameOf(endpoint, endpoint.vpcEndpointId);
  if (endpoint.subnetIds.length === 0) {
    const no = 'has no subnet, so there is nothing behind its name';
    return stop(hopOf(endpoint, no), `${name} ${no}`, endpointSubnet(endpoint, origin.end.subnet));
  }
  const groups = endpointGroup(endpoint, journey);
  const ways = endpoint.subnetIds.map((id) => (): Outcome => {
    const subnet = network.subnets.get(id);
    if (!subnet) return unknown(`subnet ${id} of ${name} is not known here: it is not of this stack`);
    const end: Interface = { kind: 'interface', subnet, groupIds: endpoint.securityGroupIds };
    const there: Named<Interface> = { name, end };
    return inTurn([
      () => likelier(egressAllows(origin.end, there, traffic, network), groups),
      () => aclsBetween(origin, there, traffic, network),
      () => likelier(ingressAllows(there, origin, traffic, network), groups),
    ]);
  });
  return inTurn([
    () => pass(hopOf(endpoint, 'is what the name leads to')),
    ...ways,
    () => ({ kind: 'pass', hops: [], via: endpoint }),
  ]);
}

function likelier(outcome: Outcome, fixes: readonly Fix[]): Outcome {
  return outcome.kind === 'stop' ? { ...outcome, fixes: [...fixes, ...outcome.fixes] } : outcome;
}

function byInternet(journey: Journey, endpoints: readonly VpcEndpoint[], service: string, isHere: boolean): Outcome {
  const { network, vpc, origin } = journey;
  const to: Named = {
    name: service,
    end: { kind: 'public', ...(isHere && hasGatewayEndpoint(service) && { service }) },
  };
  if (!isHere) return toInternet(journey, to);
  const table = network.tableOf(origin.end.subnet)?.table;
  const gateway = endpoints.find(({ type }) => type === 'Gateway');
  const unnamed = endpoints.find(({ type }) => type === 'Interface');
  const fixes = [
    ...(gateway && table ? endpointRoute(gateway, table) : []),
    ...(unnamed && !hasGatewayEndpoint(service) ? privateDns(unnamed, vpc) : []),
    ...(gateway || (unnamed && !hasGatewayEndpoint(service)) ? [] : newEndpoint(journey, service)),
  ];
  return toInternet(journey, to, { instead: { note: lacking(journey, service, gateway, unnamed), fixes } });
}

function lacking(
  { network, vpc, origin }: Journey,
  service: string,
  gateway: VpcEndpoint | undefined,
  unnamed: VpcEndpoint | undefined,
): string {
  const at = nameOf(origin.end.subnet, origin.end.subnet.subnetId);
  if (gateway) return `${nameOf(gateway, gateway.vpcEndpointId)} is not in the route table of ${at}`;
  if (!unnamed) return `the VPC has no ${endpointName(service, network.graph.region)} endpoint`;
  const name = nameOf(unnamed, unnamed.vpcEndpointId);
  return unnamed.privateDnsEnabled
    ? `the private name of ${name} needs EnableDnsSupport and EnableDnsHostnames of ${nameOf(vpc, vpc.vpcId)}`
    : `${name} has no private DNS, so that the service's own name leads past it`;
}

function hopOf(endpoint: VpcEndpoint, note: string): Hop {
  return {
    kind: 'vpc-endpoint',
    id: endpoint.vpcEndpointId,
    note,
    ...(endpoint.place && { place: endpoint.place }),
  };
}
