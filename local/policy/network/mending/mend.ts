/**
 * What to say would help is tried first: each change is made in a copy of the network, until nothing stops the way.
 * Advice that does not lead there is not given.
 */
import type { Remedy, RemedyStep } from '../../remedy.ts';
import type { Placement } from '../contract.ts';
import type { NetworkGraph } from '../graph.ts';
import type { Outcome } from '../outcome.ts';

/** So many things in a row stop no packet of a network somebody meant. */
const MOST_CHANGES = 12;

export function mend(
  graph: NetworkGraph,
  from: Placement,
  walk: (graph: NetworkGraph, from: Placement) => Outcome,
): Remedy | undefined {
  const steps: RemedyStep[] = [];
  let network = graph;
  let standing = from;
  let outcome = walk(network, standing);
  for (let changes = 0; outcome.kind === 'stop' && changes < MOST_CHANGES; changes += 1) {
    const tried = outcome.fixes.map((fix) => {
      const changed = fix.apply(network);
      return { fix, changed, next: walk(changed, fix.standing ?? standing) };
    });
    // The one that does it alone, else the first that at least gets further than here.
    const { reason } = outcome;
    const best =
      tried.find(({ next }) => next.kind === 'pass') ??
      tried.find(({ next }) => next.kind === 'unknown') ??
      tried.find(({ next }) => next.kind === 'stop' && next.reason !== reason);
    if (!best) return undefined;
    steps.push(...best.fix.steps);
    network = best.changed;
    standing = best.fix.standing ?? standing;
    outcome = best.next;
  }
  const [first, ...rest] = steps;
  return outcome.kind === 'stop' || !first ? undefined : [first, ...rest];
}
