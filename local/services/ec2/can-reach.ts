/**
 * What a service asks that sends packets of its own from one place of the network to another, as RDS Proxy to its
 * database. Not one of EC2's operations: packets find this out by travelling.
 */
import type { Operation, ServiceContext } from '../../kernel/service.ts';
import { type Destination, type Placement, type Reachability, targetOf } from '../../policy/network/index.ts';
import type { LineOf } from '../../policy/remedy.ts';
import { createNetworkPolicy } from './network-policy.ts';
import { inFull } from './reach-door.ts';

export const CAN_REACH = 'CanReach';

export interface CanReachInput {
  readonly From: Placement;
  readonly To: Destination;
  /** What people call whoever stands there. */
  readonly Name: string;
}

export function canReachOperation(
  context: Pick<ServiceContext, 'store' | 'region'>,
  lineOf?: LineOf,
): Operation<CanReachInput, Reachability> {
  const policy = createNetworkPolicy(context);
  return {
    requires: () => [],
    handle({ From, To, Name }) {
      const verdict = policy.canReach(From, To, () => ({ name: Name }));
      return verdict.kind === 'no' ? inFull(verdict, `${Name} → ${targetOf(To)}:${To.port}`, lineOf) : verdict;
    },
  };
}
