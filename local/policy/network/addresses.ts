/** How a function gets to an address that it knows by number. */
import { type Block, contains, formatBlock, isPrivate } from './cidr.ts';
import { toInternet } from './internet.ts';
import type { Journey } from './journey.ts';
import { nameOf } from './naming.ts';
import { inTurn, type Outcome, pass, stop, unknown } from './outcome.ts';
import { aclAt, aclTowards, egressAllows, type Named } from './rule-checks.ts';

export function toAddress(journey: Journey, ip: string, block: Block): Outcome {
  const { network, vpc, origin, traffic } = journey;
  const vpcName = nameOf(vpc, vpc.vpcId);
  if (block.family === 6) {
    const why = `the network here is IPv4 only: whether ${ip} can be reached is not known`;
    return unknown(why, { kind: 'unknown', id: ip, note: why });
  }
  const to: Named = { name: ip, end: { kind: 'address', block } };
  const own = vpc.cidrBlocks.flatMap(({ cidrBlock }) => network.block(cidrBlock) ?? []);
  if (!own.some((one) => contains(one, block))) {
    const way = toInternet(journey, to);
    // Behind a peering connection, a transit gateway or an appliance private addresses may well be.
    if (way.kind === 'unknown') return way;
    return inTurn([
      () => way,
      () =>
        isPrivate(block)
          ? stop(
              { kind: 'target', id: ip, note: 'is a private address' },
              `${ip} is a private address, which no NAT gateway reaches`,
            )
          : pass({ kind: 'target', id: ip, note: 'is reached' }),
    ]);
  }
  const resolver = own[0] && { ...own[0], first: own[0].first + 2n, prefix: 32 };
  if (resolver && contains(resolver, block) && traffic.port === 53 && vpc.enableDnsSupport) {
    return pass({ kind: 'dns', id: vpc.vpcId, note: "is the VPC's own resolver" });
  }
  const subnet = network.graph.subnets.find(
    ({ vpcId, cidrBlock }) => vpcId === vpc.vpcId && contains(network.block(cidrBlock) ?? block, block),
  );
  if (!subnet) {
    return stop(
      { kind: 'target', id: ip, note: 'is in no subnet' },
      `${ip} is in ${vpcName}'s block, but in no subnet of it`,
    );
  }
  const why = `nothing of the stack is known at ${ip} in ${nameOf(subnet, formatBlock(block))}`;
  return inTurn([
    () => egressAllows(origin.end, to, traffic, network),
    ...(subnet.subnetId === origin.end.subnet.subnetId
      ? []
      : [() => aclTowards(origin.end.subnet, to, traffic, network), () => aclAt(subnet, origin, traffic, network)]),
    () => unknown(why, { kind: 'target', id: ip, note: why }),
  ]);
}
