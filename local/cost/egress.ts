/** Endpoints against NAT gateways. Pure. */
import type { CostedResource, Egress } from './contract.ts';
import { HOURS_A_MONTH } from './line.ts';
import { knownPrice } from './prices.ts';

const usd = (id: string): number => knownPrice(id).usd;

/** What so many endpoints in so many zones cost a month, without data. */
export const endpointsUsd = (count: number, zones: number): number =>
  count * zones * HOURS_A_MONTH * usd('endpoint.hour');

/** What so many gateways cost a month, without data and addresses. */
export const gatewaysUsd = (gateways: number): number => gateways * HOURS_A_MONTH * usd('nat.hour');

const addressesUsd = (addresses: number): number => addresses * HOURS_A_MONTH * usd('address.hour');

/** Undefined for a stack whose functions stand in no private network of its own. */
export function egressOf(resources: readonly CostedResource[]): Egress | undefined {
  const interfaces = resources.filter(
    ({ type, properties }) => type === 'AWS::EC2::VPCEndpoint' && properties['VpcEndpointType'] === 'Interface',
  );
  const gateways = resources.filter(({ type }) => type === 'AWS::EC2::NatGateway').length;
  if (interfaces.length === 0 && gateways === 0) return undefined;
  const zoneCounts = interfaces.map(({ properties }) =>
    Array.isArray(properties['SubnetIds']) ? properties['SubnetIds'].length : 1,
  );
  const zones = Math.max(1, ...zoneCounts);
  return compareEgress(interfaces.length, zones, Math.max(1, gateways));
}

/** A gateway a zone survives the loss of a zone as endpoints in each do. */
export function compareEgress(count: number, zones: number, gateways: number): Egress {
  const endpoints = endpointsUsd(count, zones);
  const nat = gatewaysUsd(gateways) + addressesUsd(gateways);
  const dearer = usd('nat.data') - usd('endpoint.data');
  const breakEven = (endpoints - nat) / dearer;
  return {
    endpoints: { count, zones, usd: endpoints },
    nat: { gateways, usd: nat },
    breakEvenGb: breakEven > 0 ? breakEven : undefined,
  };
}
