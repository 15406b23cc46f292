/** What the network says, where calls and connections of functions pass: at `dispatch`, and at the egress. */

import type { ReachDoor } from '../kernel/doors.ts';
import { OWN_LOG, type Reconciler } from '../kernel/index.ts';
import type { ServiceContext } from '../kernel/service.ts';
import {
  type Destination,
  type Placement,
  type Reachability,
  type Traveller,
  targetOf,
} from '../policy/network/index.ts';
import type { LineOf } from '../policy/remedy.ts';
import { createNetworkPolicy, createReachDoor, inFull, type NetworkPolicy } from '../services/ec2/index.ts';

export interface NetworkDoors {
  readonly policy: NetworkPolicy;
  readonly reach: ReachDoor;
  /** Of an execution environment; in full words for the log. */
  canReach(environmentId: string, to: Destination): Reachability;
  canLookUp(environmentId: string): Reachability;
  /** What people call the function of an environment. */
  nameOf(environmentId: string): string;
  functionArnOf(environmentId: string): string | undefined;
}

interface Standing {
  readonly functionArn: string;
  readonly placement: Placement;
}

const PUBLIC: Placement = { kind: 'public' };

export function createNetworkDoors(parts: ServiceContext, reconciler: () => Reconciler): NetworkDoors {
  const { identities, telemetry, clock } = parts;
  const policy = createNetworkPolicy(parts);
  const whoIs = (functionArn: string) => travellerOf(functionArn, reconciler());
  const lineOf = linesOf(reconciler);
  const endpoints = createEndpointsInUse();
  const reach = createReachDoor({
    policy,
    endpointOf: endpoints.of,
    whoIs,
    lineOf,
    onUnknown: (message) => telemetry.log(OWN_LOG, [{ timestamp: clock.now(), message }]),
  });

  /** Undefined for one that has ended. */
  function standingOf(environmentId: string): Standing | undefined {
    const { origin } = identities.identify({ kind: 'anonymous', environmentId });
    if (origin.kind !== 'environment') return undefined;
    return { functionArn: origin.functionArn, placement: origin.placement ?? PUBLIC };
  }

  function decide(environmentId: string, target: string, ask: (standing: Standing) => Reachability): Reachability {
    const standing = standingOf(environmentId);
    if (!standing) return { kind: 'no', reason: 'its execution environment has ended' };
    const verdict = ask(standing);
    if (verdict.kind === 'yes') return verdict;
    const way = `${whoIs(standing.functionArn).name} → ${target}`;
    return verdict.kind === 'no'
      ? inFull(verdict, way, lineOf)
      : { ...verdict, reason: `${way}: not known whether AWS would let it through, so it passes: ${verdict.reason}` };
  }

  return {
    policy,
    reach,
    canReach(environmentId, to) {
      if (to.kind === 'aws-service' && to.vpcEndpointId) endpoints.used(environmentId, to.service, to.vpcEndpointId);
      return decide(environmentId, `${targetOf(to)}:${to.port}`, ({ functionArn, placement }) =>
        policy.canReach(placement, to, () => whoIs(functionArn)),
      );
    },
    canLookUp: (environmentId) => decide(environmentId, 'names', ({ placement }) => policy.canLookUp(placement)),
    nameOf(environmentId) {
      const functionArn = standingOf(environmentId)?.functionArn;
      return functionArn === undefined ? `environment ${environmentId}` : whoIs(functionArn).name;
    },
    functionArnOf: (environmentId) => standingOf(environmentId)?.functionArn,
  };
}

/** Environments come and go without end: what was noted long ago is nobody's any more. */
const MOST_NOTED = 1_000;

/** A call does not say by which name its connection was made: connections by endpoints' own names are noted. */
function createEndpointsInUse() {
  const noted = new Map<string, string>();
  const key = (environmentId: string, service: string) => `${environmentId} ${service}`;
  return {
    used(environmentId: string, service: string, vpcEndpointId: string): void {
      if (noted.size >= MOST_NOTED) noted.clear();
      noted.set(key(environmentId, service), vpcEndpointId);
    },
    of: (environmentId: string, service: string) => noted.get(key(environmentId, service)),
  };
}

/** The function's resource, by its name: an ARN with a version or an alias behind it is the same function's. */
export function travellerOf(functionArn: string, reconciler: Pick<Reconciler, 'stacks' | 'resources'>): Traveller {
  const name = functionArn.split(':')[6] ?? functionArn;
  for (const { name: stackName } of reconciler.stacks()) {
    const resource = reconciler
      .resources(stackName)
      .find(({ type, physicalId }) => type === 'AWS::Lambda::Function' && physicalId === name);
    if (resource) return { name: resource.logicalId, logicalId: resource.logicalId };
  }
  return { name };
}

/** `template.yaml:212`, of the one stack that has the resource. */
export function linesOf(reconciler: () => Pick<Reconciler, 'places' | 'stacks' | 'resources'>): LineOf {
  return ({ logicalId, path }) => {
    const { places, stacks, resources } = reconciler();
    const stack = stacks().find(({ name }) => resources(name).some((one) => one.logicalId === logicalId));
    const position = stack && places.positionOf({ stackName: stack.name, logicalId, path });
    return position && `${position.file}:${position.line}`;
  };
}
