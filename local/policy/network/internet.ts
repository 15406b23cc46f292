/**
 * Out of a VPC. A function's network interface has no public address, so an internet gateway alone does not help it.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc-internet.html
 */
import type { Hop } from './contract.ts';
import type { NatGateway, Route, RouteTable, Subnet } from './graph.ts';
import type { Journey } from './journey.ts';
import { associations, attachment, elasticIp, natWays, publicRoutes } from './mending/ways.ts';
import { nameOf, tableName } from './naming.ts';
import { type Fix, inTurn, type Outcome, pass, stop, unknown } from './outcome.ts';
import { destinationText, routeTo } from './routes.ts';
import { aclAt, aclTowards, egressAllows, type Named } from './rule-checks.ts';

export interface InternetOptions {
  /** What else would help where there is no way out, and what to say of it. */
  readonly instead?: { readonly note: string; readonly fixes: readonly Fix[] };
}

export function toInternet(journey: Journey, to: Named, options: InternetOptions = {}): Outcome {
  const { network, origin, traffic } = journey;
  const { subnet } = origin.end;
  return inTurn([
    () => leaveBy(journey, to, options),
    () => egressAllows(origin.end, to, traffic, network),
    () => aclTowards(subnet, to, traffic, network),
  ]);
}

/** The route, and what stands at its end. */
function leaveBy(journey: Journey, to: Named, { instead }: InternetOptions): Outcome {
  const { network, origin } = journey;
  const { subnet } = origin.end;
  const at = nameOf(subnet, subnet.subnetId);
  const found = network.tableOf(subnet);
  if (!found) return unknown(`the route table of ${at} is not known here`);
  const { table, isMain } = found;
  const name = tableName(table, network);
  const routing = routeTo(table, to.end, network);
  const also = instead ? ` and ${instead.note}` : '';
  const likelier = isMain ? associations(journey) : [];
  const others = instead?.fixes ?? [];
  switch (routing.kind) {
    case 'depends': {
      const why = `${name} of ${at} has a route for ${destinationText(routing.route)}: whether ${to.name} is in there is not known`;
      return unknown(why, routeHop(table, routing.route, why));
    }
    case 'none': {
      const no = `has no route to ${to.end.kind === 'address' ? to.name : 'the internet'}`;
      const reason = `${isMain ? `${at} has no route table of its own, and ${name}` : `${at}'s route table ${name}`} ${no}${also}`;
      const ways = to.end.kind === 'public' || !instead ? natWays(journey, table) : [];
      return stop(tableHop(table, no), reason, [...likelier, ...ways.slice(0, -1), ...others, ...ways.slice(-1)]);
    }
    case 'route': {
      const { route } = routing;
      const says = `routes ${destinationText(route)} to ${targetName(route, journey)}`;
      return inTurn([
        () => pass(routeHop(table, route, says)),
        () => through(journey, table, route, to, [...likelier, ...others], also),
      ]);
    }
  }
}

function through(
  journey: Journey,
  table: RouteTable,
  route: Route,
  to: Named,
  others: readonly Fix[],
  also: string,
): Outcome {
  const { network, vpc, origin } = journey;
  const at = nameOf(origin.end.subnet, origin.end.subnet.subnetId);
  const { kind, id } = route.target;
  const target = targetName(route, journey);
  const where = `${at}'s route table ${tableName(table, network)} leads to ${target}`;
  const hop = (note: string): Hop => ({
    kind: kind === 'nat-gateway' || kind === 'internet-gateway' ? kind : 'route',
    id,
    note,
    ...(route.place && { place: route.place }),
  });
  switch (kind) {
    case 'internet-gateway': {
      const note = "a function's network interface has no public address, so nothing comes back through it";
      return stop(hop(note), `${where}, an internet gateway, but ${note}${also}`, others);
    }
    case 'nat-gateway': {
      const nat = network.nats.get(id);
      if (nat) return throughNat(journey, nat, to);
      return stop(hop('does not exist'), `${where}, which does not exist any more${also}`, others);
    }
    case 'local':
      return stop(
        hop(`nobody has it in ${nameOf(vpc, vpc.vpcId)}`),
        `${to.name} is inside ${nameOf(vpc, vpc.vpcId)}, where nobody has it`,
      );
    case 'egress-only-internet-gateway':
      return stop(hop('carries IPv6 only'), `${where}, which carries IPv6 only${also}`, others);
    default: {
      const why = `${where}: what is behind a ${kind === 'other' ? 'gateway of that kind' : kind.replaceAll('-', ' ')} is not known here`;
      return unknown(why, hop(why));
    }
  }
}

function throughNat(journey: Journey, nat: NatGateway, to: Named): Outcome {
  const { network, origin, traffic } = journey;
  const name = nameOf(nat, nat.natGatewayId);
  const subnet = network.subnets.get(nat.subnetId);
  if (!subnet) return unknown(`the subnet of ${name} is not known here`);
  const hop = (note: string): Hop => ({
    kind: 'nat-gateway',
    id: nat.natGatewayId,
    note,
    ...(nat.place && { place: nat.place }),
  });
  // On its way through the NAT gateway's subnet a packet is still addressed to where it goes in the end.
  return inTurn([
    () => (subnet.subnetId === origin.end.subnet.subnetId ? pass() : aclAt(subnet, origin, traffic, network)),
    () => leaveNat(journey, nat, subnet, to, hop),
    () => aclTowards(subnet, to, traffic, network),
    () => pass(hop(`gives it ${addressOf(nat, journey)} for its address`)),
  ]);
}

/** A NAT gateway is as good as the route of its own subnet. */
function leaveNat(journey: Journey, nat: NatGateway, subnet: Subnet, to: Named, hop: (note: string) => Hop): Outcome {
  const { network, vpc } = journey;
  const name = nameOf(nat, nat.natGatewayId);
  const at = nameOf(subnet, subnet.subnetId);
  const found = network.tableOf(subnet);
  if (!found) return unknown(`the route table of ${at} is not known here`);
  const table = tableName(found.table, network);
  const its = found.isMain ? `which has no route table of its own, and ${table}` : `whose route table ${table}`;
  const routing = routeTo(found.table, to.end, network);
  const fixes = publicRoutes(journey, subnet);
  if (routing.kind === 'none') {
    const no = `stands in ${at}, ${its} has no route to an internet gateway`;
    return stop(hop(no), `NAT gateway ${name} ${no}`, fixes);
  }
  if (routing.kind === 'depends') return unknown(`${table} of ${at} has a route for ${destinationText(routing.route)}`);
  const { kind, id } = routing.route.target;
  if (kind !== 'internet-gateway' && kind !== 'nat-gateway' && kind !== 'local') {
    return unknown(`NAT gateway ${name} leads to ${id}: what is behind it is not known here`);
  }
  const gateway = network.gateways.get(id);
  if (kind !== 'internet-gateway' || gateway?.attachedVpcId !== vpc.vpcId) {
    const no =
      kind === 'internet-gateway'
        ? `stands in ${at}, ${its} leads to ${nameOf(gateway, id)}, which is not attached to ${nameOf(vpc, vpc.vpcId)}`
        : `stands in ${at}, ${its} does not lead to an internet gateway`;
    return stop(hop(no), `NAT gateway ${name} ${no}`, gateway ? attachment(journey, gateway) : []);
  }
  if (nat.connectivity === 'private') {
    const no = 'is a private one: an internet gateway takes nothing from it';
    return stop(hop(no), `NAT gateway ${name} ${no}`);
  }
  if (nat.allocationId === undefined) {
    const no = 'has no Elastic IP address';
    return stop(hop(no), `NAT gateway ${name} ${no}`, elasticIp(journey, nat));
  }
  const place = gateway.place;
  return pass({ kind: 'internet-gateway', id, note: 'leads to the internet', ...(place && { place }) });
}

function addressOf(nat: NatGateway, { network }: Journey): string {
  return network.addresses.get(nat.allocationId ?? '')?.publicIp ?? 'its own';
}

function targetName({ target: { kind, id } }: Route, { network }: Journey): string {
  if (kind === 'internet-gateway') return nameOf(network.gateways.get(id), id);
  if (kind === 'nat-gateway') return nameOf(network.nats.get(id), id);
  return kind === 'vpc-endpoint' ? nameOf(network.endpoints.get(id), id) : id;
}

function tableHop(table: RouteTable, note: string): Hop {
  return { kind: 'route-table', id: table.routeTableId, note, ...(table.place && { place: table.place }) };
}

function routeHop(table: RouteTable, route: Route, note: string): Hop {
  const place = route.place ?? table.place;
  return { kind: 'route', id: table.routeTableId, note, ...(place && { place }) };
}
