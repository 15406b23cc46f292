/**
 * The reach door: can a call get from where its function stands to the service? Whoever calls from outside, and AWS's
 * services among themselves, are in no VPC of the account.
 */
import type { Origin } from '../../kernel/caller.ts';
import type { ReachDoor } from '../../kernel/doors.ts';
import { endpointOfCall, type Placement, type Reachability, type Traveller } from '../../policy/network/index.ts';
import { formatRemedy, type LineOf } from '../../policy/remedy.ts';
import type { NetworkPolicy } from './network-policy.ts';

export interface ReachDoorOptions {
  readonly policy: NetworkPolicy;
  /** What people call a function, and its resource in the template. */
  readonly whoIs: (functionArn: string) => Traveller;
  /** `template.yaml:212` of a place, where the file is known. */
  readonly lineOf?: LineOf;
  /** The endpoint whose own name an environment has connected to for a service: it asks no resolver for the service's. */
  readonly endpointOf?: (environmentId: string, service: string) => string | undefined;
  /** Told once for each function and service whose way is not known: such calls pass. */
  readonly onUnknown?: (message: string) => void;
}

const OPEN: Reachability = { kind: 'yes' };
const HTTPS = 443;

export function createReachDoor(options: ReachDoorOptions): ReachDoor {
  const { policy, whoIs } = options;
  const said = new Set<string>();

  return (origin, service, operation) => {
    const placement = placementOf(origin);
    if (!placement || origin.kind !== 'environment') return OPEN;
    const { functionArn } = origin;
    const name = endpointOfCall(service, operation);
    const to = { kind: 'aws-service', service: name, port: HTTPS } as const;
    let verdict = policy.canReach(placement, to, () => whoIs(functionArn));
    if (verdict.kind === 'yes') return verdict;
    const vpcEndpointId = options.endpointOf?.(origin.environmentId, name);
    if (vpcEndpointId !== undefined) {
      verdict = policy.canReach(placement, { ...to, vpcEndpointId }, () => whoIs(functionArn));
      if (verdict.kind === 'yes') return verdict;
    }
    const way = `${whoIs(functionArn).name} → ${name}`;
    if (verdict.kind === 'no') return inFull(verdict, way, options.lineOf);
    if (!said.has(way)) {
      said.add(way);
      options.onUnknown?.(`${way}: not known whether AWS would let it through, so it passes: ${verdict.reason}`);
    }
    return verdict;
  };
}

/** From Lambda's own network every service is reached. */
function placementOf(origin: Origin): Placement | undefined {
  return origin.kind === 'environment' && origin.placement?.kind === 'vpc' ? origin.placement : undefined;
}

/** For the log: whose way it is, and where in the template what stops it stands. */
export function inFull(
  verdict: Extract<Reachability, { kind: 'no' }>,
  way: string,
  lineOf: LineOf = () => undefined,
): Extract<Reachability, { kind: 'no' }> {
  const place = verdict.path?.at(-1)?.place;
  const line = place && lineOf(place);
  return {
    ...verdict,
    reason: `${way}: ${verdict.reason}${line ? ` (${line})` : ''}`,
    ...(verdict.steps && { remedy: formatRemedy(verdict.steps, lineOf) }),
  };
}
