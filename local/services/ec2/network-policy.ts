/** What reaches what in the network as it is now: read and walked once, and again when something of it changes. */
import type { Store } from '../../kernel/store.ts';
import {
  canLookUp,
  canReach,
  type Destination,
  type NetworkGraph,
  type Placement,
  type Reachability,
  type Traveller,
  targetOf,
} from '../../policy/network/index.ts';
import { readGraph } from './graph.ts';
import { networkOf } from './network.ts';

export interface NetworkPolicy {
  /** The same verdict, as an object, until the network changes: about a microsecond. `who` is asked for the words only. */
  canReach(from: Placement, to: Destination, who: () => Traveller): Reachability;
  /** Whether names can be looked up where somebody stands. */
  canLookUp(from: Placement): Reachability;
  graph(): NetworkGraph;
}

/** More destinations than programs mean to reach: some make names up. */
const MOST_VERDICTS = 10_000;

export function createNetworkPolicy({ store, region }: { store: Store; region: string }): NetworkPolicy {
  const network = networkOf(store);
  let seen = -1;
  let graph: NetworkGraph | undefined;
  let verdicts = new WeakMap<Placement, Map<string, Reachability>>();

  function current(): NetworkGraph {
    const writes = store.writes('ec2');
    if (graph && writes === seen) return graph;
    graph = readGraph(network, region);
    seen = writes;
    verdicts = new WeakMap();
    return graph;
  }

  return {
    graph: current,
    canLookUp: (from) => canLookUp(current(), from),
    canReach(from, to, who) {
      const now = current();
      let known = verdicts.get(from);
      if (!known || known.size > MOST_VERDICTS) {
        known = new Map();
        verdicts.set(from, known);
      }
      const key = keyOf(to);
      const before = known.get(key);
      if (before) return before;
      const verdict = canReach(now, from, to, who());
      known.set(key, verdict);
      return verdict;
    },
  };
}

function keyOf(to: Destination): string {
  const more = to.kind === 'aws-service' ? (to.vpcEndpointId ?? to.region) : 'protocol' in to ? to.protocol : '';
  const where = to.kind === 'placed' ? placementKey(to.placement) : '';
  return `${to.kind} ${targetOf(to)} ${to.port} ${more ?? ''}${where}`;
}

/** A database may get other groups without EC2 hearing of it. */
function placementKey(placement: Placement): string {
  if (placement.kind === 'public') return 'public';
  const { subnetIds, securityGroupIds, publiclyAccessible = false } = placement;
  return `${subnetIds.join()} ${securityGroupIds.join()} ${publiclyAccessible}`;
}
