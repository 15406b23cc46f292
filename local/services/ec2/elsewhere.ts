/**
 * What templates name and no stack here has: a VPC, a subnet or a group that somebody else keeps in the account. It may well
 * be there; what it lets through is not known.
 */
import { OWN_LOG } from '../../kernel/telemetry.ts';
import type { Room } from './network.ts';

/** An id as EC2 makes them; what has another form is nobody's. */
export function isSomebodys(kind: 'vpc' | 'sg', id: string): boolean {
  return new RegExp(`^${kind}-([0-9a-f]{8}|[0-9a-f]{17})$`).test(id);
}

/** For the log, once when the resource is made. */
export function sayElsewhere({ telemetry, clock }: Room, logicalId: string, what: string, follows: string): void {
  const message = `${logicalId}: ${what} is of no stack here: ${follows}`;
  telemetry.log(OWN_LOG, [{ timestamp: clock.now(), message }]);
}
