/** How one thing of the stack gets to another that has a place of its own: a function to a database. */

import type { CompiledNetwork } from './compiled.ts';
import type { Destination, Placement } from './contract.ts';
import type { Subnet } from './graph.ts';
import { toInternet } from './internet.ts';
import type { Journey } from './journey.ts';
import { nameLookup } from './names.ts';
import { nameOf, tableName } from './naming.ts';
import { inTurn, type Outcome, pass, stop, unknown } from './outcome.ts';
import { destinationText, routeTo } from './routes.ts';
import {
  aclAt,
  aclsBetween,
  egressAllows,
  type Interface,
  ingressAllows,
  type Named,
  type Traffic,
} from './rule-checks.ts';
import type { End } from './traffic.ts';

export type Placed = Extract<Destination, { kind: 'placed' }>;
type InVpc = Extract<Placement, { kind: 'vpc' }>;

/** It may stand in any of its subnets: all of them have to be reached. */
export function toPlaced(journey: Journey, { name, placement }: Placed): Outcome {
  if (placement.kind === 'public') {
    return inTurn([() => nameLookup(journey), () => toInternet(journey, { name, end: { kind: 'public' } })]);
  }
  const { network } = journey;
  const ways = placement.subnetIds.map((id) => (): Outcome => {
    const subnet = network.subnets.get(id);
    if (!subnet) return unknown(`subnet ${id} of ${name} is not known here: it is not of this stack`);
    const there = interfaceIn(subnet, placement, name);
    return subnet.vpcId === journey.vpc.vpcId ? within(journey, there) : across(journey, there, placement);
  });
  return inTurn([() => nameLookup(journey), ...ways]);
}

function interfaceIn(subnet: Subnet, { securityGroupIds }: InVpc, name: string): Named<Interface> {
  return { name, end: { kind: 'interface', subnet, groupIds: securityGroupIds } };
}

function within({ network, origin, traffic }: Journey, there: Named<Interface>): Outcome {
  return inTurn([
    () =>
      pass({
        kind: 'route',
        id: 'local',
        note: `stays inside the VPC, to ${nameOf(there.end.subnet, there.end.subnet.subnetId)}`,
      }),
    () => egressAllows(origin.end, there, traffic, network),
    () => aclsBetween(origin, there, traffic, network),
    () => ingressAllows(there, origin, traffic, network),
  ]);
}

function across(journey: Journey, there: Named<Interface>, placement: InVpc): Outcome {
  const { network, origin, vpc } = journey;
  const table = network.tableOf(origin.end.subnet)?.table;
  if (!table)
    return unknown(`the route table of ${nameOf(origin.end.subnet, origin.end.subnet.subnetId)} is not known here`);
  const routing = routeTo(table, there.end, network);
  const route = routing.kind === 'none' ? undefined : routing.route;
  const peering = route && !['nat-gateway', 'internet-gateway', 'local'].includes(route.target.kind);
  if (peering) {
    const why = `${tableName(table, network)} leads ${destinationText(route)} to ${route.target.id}: what is behind it is not known here`;
    return unknown(why, { kind: 'route', id: table.routeTableId, note: why });
  }
  if (placement.publiclyAccessible) {
    const behind: Named = { name: journey.who.name, end: natAddress(journey, route?.target.id) };
    return inTurn([
      () => toInternet(journey, { name: there.name, end: { kind: 'public' } }),
      () => fromInternet(there, behind, journey.traffic, network),
    ]);
  }
  const other = network.vpcs.get(there.end.subnet.vpcId);
  const reason = `${there.name} is in ${nameOf(other, there.end.subnet.vpcId)}, and nothing connects ${nameOf(vpc, vpc.vpcId)} with it`;
  return stop({ kind: 'route-table', id: table.routeTableId, note: 'has no route there' }, reason);
}

function natAddress({ network }: Journey, natId = ''): End {
  const address = network.addresses.get(network.nats.get(natId)?.allocationId ?? '');
  const block = address && network.block(`${address.publicIp}/32`);
  return block ? { kind: 'address', block } : { kind: 'public' };
}

/** From Lambda's own network, whose addresses nobody knows. */
export function placedFromOutside(to: Placed, who: string, traffic: Traffic, network: CompiledNetwork): Outcome {
  const { name, placement } = to;
  if (placement.kind === 'public') return pass({ kind: 'target', id: name, note: 'is public' });
  const ways = placement.subnetIds.map((id) => (): Outcome => {
    const subnet = network.subnets.get(id);
    if (!subnet) return unknown(`subnet ${id} of ${name} is not known here: it is not of this stack`);
    const from: Named = { name: `${who}, whose address outside the VPC is not known`, end: { kind: 'public' } };
    return fromInternet(interfaceIn(subnet, placement, name), from, traffic, network);
  });
  return inTurn(ways);
}

/** By its public address: its subnet must be a public one. */
function fromInternet(there: Named<Interface>, from: Named, traffic: Traffic, network: CompiledNetwork): Outcome {
  const { subnet } = there.end;
  return inTurn([
    () => {
      const found = network.tableOf(subnet);
      const at = nameOf(subnet, subnet.subnetId);
      if (!found) return unknown(`the route table of ${at} is not known here`);
      const routing = routeTo(found.table, from.end, network);
      const name = tableName(found.table, network);
      const hop = { kind: 'route-table', id: found.table.routeTableId } as const;
      if (routing.kind === 'depends') return unknown(`${name} has a route for ${destinationText(routing.route)}`);
      const target = routing.kind === 'route' ? routing.route.target : undefined;
      if (target?.kind === 'internet-gateway' && network.gateways.get(target.id)?.attachedVpcId === subnet.vpcId) {
        return pass({ ...hop, note: `leads ${at} to the internet` });
      }
      const no = 'does not lead to an internet gateway, so its public address is of no use';
      return stop({ ...hop, note: no }, `${there.name} stands in ${at}, whose route table ${name} ${no}`);
    },
    () => aclAt(subnet, from, traffic, network),
    () => ingressAllows(there, from, traffic, network),
  ]);
}
