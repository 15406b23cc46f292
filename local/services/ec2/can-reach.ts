/**
 * What a service asks that sends packets of its own from one place of the network to another, as RDS Proxy to its
 * database. Not one of EC2's operations: packets find this out by travelling.
 */
import type { Operation, ServiceContext } from '../../kernel/service.ts';
import type { Destination, Placement, Reachability } from '../../policy/network/index.ts';
import { createNetworkPolicy } from './network-policy.ts';

export const CAN_REACH = 'CanReach';

export interface CanReachInput {
  readonly From: Placement;
  readonly To: Destination;
  /** What people call whoever stands there. */
  readonly Name: string;
}

export function canReachOperation(
  context: Pick<ServiceContext, 'store' | 'region'>,
): Operation<CanReachInput, Reachability> {
  const policy = createNetworkPolicy(context);
  return {
    requires: () => [],
    handle: ({ From, To, Name }) => policy.canReach(From, To, () => ({ name: Name })),
  };
}
