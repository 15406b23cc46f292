/** Can it get there? The way is walked from every subnet of the origin, check by check, until something stops it. */
import { formatRemedy, type Remedy } from '../remedy.ts';
import { toAddress } from './addresses.ts';
import { toService } from './aws-services.ts';
import { isPrivate, parseAddress } from './cidr.ts';
import { type CompiledNetwork, compileNetwork } from './compiled.ts';
import type { Destination, Hop, Placement } from './contract.ts';
import { endpointPolicy } from './endpoint-policy.ts';
import type { NetworkGraph } from './graph.ts';
import { toInternet } from './internet.ts';
import type { Journey, Traveller } from './journey.ts';
import { enterVpc } from './mending/enter-vpc.ts';
import { mend } from './mending/mend.ts';
import { nameLookup } from './names.ts';
import { nameOf } from './naming.ts';
import { inTurn, type Outcome, pass, stop, unknown } from './outcome.ts';
import { placedFromOutside, toPlaced } from './placed.ts';
import type { Interface, Named, Traffic } from './rule-checks.ts';
import type { Reachability } from './verdict.ts';

const SOMEBODY: Traveller = { name: 'the function' };

/**
 * What one of the origin's subnets cannot reach, the origin cannot be sure to reach. `who` is for the words: the
 * verdict does not depend on it.
 */
export function canReach(
  graph: NetworkGraph,
  from: Placement,
  to: Destination,
  who: Traveller = SOMEBODY,
): Reachability {
  const walk = (network: NetworkGraph, standing: Placement): Outcome =>
    walkAll(compileNetwork(network), standing, to, who);
  const outcome = walk(graph, from);
  const path = outcome.hops;
  switch (outcome.kind) {
    case 'unknown':
      return { kind: 'unknown', reason: outcome.reason };
    case 'stop': {
      const steps = mend(graph, from, walk);
      return { kind: 'no', reason: outcome.reason, path, ...(steps && told(steps)) };
    }
    case 'pass': {
      const vpcId = from.kind === 'vpc' ? vpcOf(from, graph) : undefined;
      return {
        kind: 'yes',
        path,
        ...(outcome.via && { via: endpointPolicy(outcome.via) }),
        ...(vpcId && { vpcId }),
      };
    }
  }
}

function told(steps: Remedy) {
  return { steps, remedy: formatRemedy(steps) };
}

function vpcOf({ subnetIds }: Extract<Placement, { kind: 'vpc' }>, graph: NetworkGraph): string | undefined {
  return compileNetwork(graph).subnets.get(subnetIds[0] ?? '')?.vpcId;
}

function walkAll(network: CompiledNetwork, from: Placement, to: Destination, who: Traveller): Outcome {
  if (from.kind === 'public') return fromLambdasNetwork(network, to, who);
  const outcomes = from.subnetIds.map((id) => walkFrom(network, from, id, to, who));
  if (outcomes.length === 0) return unknown('it stands in no subnet');
  return (
    outcomes.find(({ kind }) => kind === 'stop') ?? outcomes.find(({ kind }) => kind === 'unknown') ?? outcomes[0]!
  );
}

function walkFrom(
  network: CompiledNetwork,
  placement: Extract<Placement, { kind: 'vpc' }>,
  subnetId: string,
  to: Destination,
  who: Traveller,
): Outcome {
  const subnet = network.subnets.get(subnetId);
  const vpc = subnet && network.vpcs.get(subnet.vpcId);
  if (!subnet || !vpc) return unknown(`subnet ${subnetId} is not known here: it is not of this stack`);
  const origin: Named<Interface> = {
    name: who.name,
    end: { kind: 'interface', subnet, groupIds: placement.securityGroupIds },
  };
  const journey: Journey = { network, who, placement, vpc, origin, traffic: trafficTo(to) };
  const standing: Hop = {
    kind: 'subnet',
    id: subnetId,
    note: `${who.name} stands in ${nameOf(subnet, subnetId)} of ${nameOf(vpc, vpc.vpcId)}`,
    ...(subnet.place && { place: subnet.place }),
  };
  return inTurn([() => pass(standing), () => travel(journey, to)]);
}

function travel(journey: Journey, to: Destination): Outcome {
  switch (to.kind) {
    case 'aws-service':
      return toService(journey, to);
    case 'placed':
      return toPlaced(journey, to);
    case 'internet':
      return inTurn([
        () => nameLookup(journey),
        () => toInternet(journey, { name: to.hostname, end: { kind: 'public' } }),
      ]);
    case 'address': {
      const block = parseAddress(to.ip);
      return block ? toAddress(journey, to.ip, block) : unknown(`${to.ip} is no address`);
    }
  }
}

function trafficTo(to: Destination): Traffic {
  const protocol = 'protocol' in to ? (to.protocol ?? 'tcp') : 'tcp';
  return { protocol, port: to.port };
}

/** Public services and the internet, nothing private: https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html */
function fromLambdasNetwork(network: CompiledNetwork, to: Destination, who: Traveller): Outcome {
  const target: Hop = { kind: 'target', id: targetOf(to), note: "is reached from Lambda's own network" };
  switch (to.kind) {
    case 'aws-service': {
      if (to.vpcEndpointId === undefined) return pass(target);
      const name = nameOf(network.endpoints.get(to.vpcEndpointId), to.vpcEndpointId);
      return stop(
        { ...target, kind: 'vpc-endpoint', note: 'has private addresses only' },
        `${name} has private addresses only, and ${who.name} stands outside every VPC: it has no VpcConfig`,
      );
    }
    case 'internet':
      return pass(target);
    case 'address': {
      const block = parseAddress(to.ip);
      if (!block || !isPrivate(block)) return pass(target);
      return stop(
        { ...target, note: 'is a private address' },
        `${to.ip} is a private address, and ${who.name} stands outside every VPC: it has no VpcConfig`,
      );
    }
    case 'placed': {
      if (to.placement.kind === 'vpc' && !to.placement.publiclyAccessible) {
        const vpc = network.vpcs.get(network.subnets.get(to.placement.subnetIds[0] ?? '')?.vpcId ?? '');
        const where = vpc ? `inside ${nameOf(vpc, vpc.vpcId)}` : 'inside a VPC';
        const reason = `${to.name} stands ${where} and has no public address, and ${who.name} stands outside: it has no VpcConfig`;
        return stop({ ...target, note: 'has no public address' }, reason, enterVpc(network, to, who));
      }
      return placedFromOutside(to, who.name, trafficTo(to), network);
    }
  }
}

/** Whether names can be looked up at all where somebody stands. */
export function canLookUp(graph: NetworkGraph, from: Placement): Reachability {
  if (from.kind === 'public') return { kind: 'yes' };
  const network = compileNetwork(graph);
  const vpc = network.vpcs.get(network.subnets.get(from.subnetIds[0] ?? '')?.vpcId ?? '');
  const outcome = vpc ? nameLookup({ vpc }) : pass();
  if (outcome.kind !== 'stop') return { kind: 'yes' };
  const [fix] = outcome.fixes;
  return { kind: 'no', reason: outcome.reason, path: outcome.hops, ...(fix && told(fix.steps)) };
}

export function targetOf(to: Destination): string {
  switch (to.kind) {
    case 'aws-service':
      return to.service;
    case 'placed':
      return to.name;
    case 'internet':
      return to.hostname;
    case 'address':
      return to.ip;
  }
}
