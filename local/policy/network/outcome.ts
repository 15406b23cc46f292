/** What one check of a way says, and several in turn. */
import type { RemedyStep } from '../remedy.ts';
import type { Hop, Placement } from './contract.ts';
import type { NetworkGraph, VpcEndpoint } from './graph.ts';

/** A change of the template that may mend what stopped a packet, and what the network is like with it. */
export interface Fix {
  readonly steps: readonly [RemedyStep, ...RemedyStep[]];
  apply(graph: NetworkGraph): NetworkGraph;
  /** Where the origin stands with it, when that is what changes. */
  readonly standing?: Placement;
}

export type Outcome =
  | { readonly kind: 'pass'; readonly hops: readonly Hop[]; readonly via?: VpcEndpoint }
  /** `fixes`, the likeliest first. */
  | {
      readonly kind: 'stop';
      readonly hops: readonly Hop[];
      readonly reason: string;
      readonly fixes: readonly Fix[];
    }
  | { readonly kind: 'unknown'; readonly hops: readonly Hop[]; readonly reason: string };

export function pass(...hops: readonly Hop[]): Outcome {
  return { kind: 'pass', hops };
}

/** The last hop is what stops it. */
export function stop(hop: Hop, reason: string, fixes: readonly Fix[] = []): Outcome {
  return { kind: 'stop', hops: [hop], reason, fixes };
}

export function unknown(reason: string, ...hops: readonly Hop[]): Outcome {
  return { kind: 'unknown', hops, reason };
}

/** A stop ends the way wherever it is; what is not known counts only if nothing stops the packet for certain. */
export function inTurn(checks: readonly (() => Outcome)[]): Outcome {
  const hops: Hop[] = [];
  let doubt: string | undefined;
  let via: VpcEndpoint | undefined;
  for (const check of checks) {
    const outcome = check();
    hops.push(...outcome.hops);
    if (outcome.kind === 'stop') return { ...outcome, hops };
    if (outcome.kind === 'unknown') doubt ??= outcome.reason;
    else via ??= outcome.via;
  }
  return doubt === undefined ? { kind: 'pass', hops, ...(via && { via }) } : { kind: 'unknown', hops, reason: doubt };
}
