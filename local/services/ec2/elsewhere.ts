/**
 * What templates name and no stack here has: a VPC, a subnet or a group that somebody else keeps in the account. It may well
 * be there; what it lets through is not known.
 */
import { OWN_LOG } from '../../kernel/telemetry.ts';
import type { Records, Room } from './network.ts';
import type { Made } from './providers/network-provider.ts';
import type { Owned, Subnet, Vpc } from './records.ts';

/** The prefix of its ids, e.g. `rtb`. */
type Kind = 'vpc' | 'sg' | 'subnet' | 'rtb' | 'acl' | 'igw' | 'nat' | 'vpce' | 'eipalloc';

/** An id as EC2 makes them; what has another form is nobody's. */
export function isSomebodys(kind: Kind, id: string): boolean {
  return new RegExp(`^${kind}-([0-9a-f]{8}|[0-9a-f]{17})$`).test(id);
}

/** For the log, once when the resource is made. */
export function sayElsewhere({ telemetry, clock }: Room, logicalId: string, what: string, follows: string): void {
  const message = `${logicalId}: ${what} is of no stack here: ${follows}`;
  telemetry.log(OWN_LOG, [{ timestamp: clock.now(), message }]);
}

/** The record, or undefined for somebody's. Throws AwsError, e.g. `InvalidSubnetID.NotFound`, for an id of another form. */
export function findOrElsewhere<T extends Owned>(records: Records<T>, kind: Kind, id: string): T | undefined {
  const known = records.find(id);
  return known || isSomebodys(kind, id) ? known : records.get(id);
}

/** The VPC that a new resource stands in; of somebody's, for which there is none, the log tells what follows. */
export function vpcOrElsewhere(room: Room, vpcId: string, { place }: Made): Vpc | undefined {
  const vpc = findOrElsewhere(room.network.vpcs, 'vpc', vpcId);
  if (!vpc) sayElsewhere(room, place.logicalId, `VPC ${vpcId}`, UNKNOWN_WAYS);
  return vpc;
}

/** The subnet, as `vpcOrElsewhere` the VPC. */
export function subnetOrElsewhere(room: Room, subnetId: string, { place }: Made): Subnet | undefined {
  const subnet = findOrElsewhere(room.network.subnets, 'subnet', subnetId);
  if (!subnet) sayElsewhere(room, place.logicalId, `subnet ${subnetId}`, UNKNOWN_WAYS);
  return subnet;
}

const UNKNOWN_WAYS = 'what is reached from there is not known, so it passes';
