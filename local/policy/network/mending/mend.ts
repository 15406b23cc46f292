/**
 * What to say would help is tried first: each change is made in a copy of the network, until nothing stops the way.
 * Of several ways the one with the fewest changes is told, and advice that does not lead there is not given.
 */
import type { Remedy } from '../../remedy.ts';
import type { Placement } from '../contract.ts';
import type { NetworkGraph } from '../graph.ts';
import type { Fix, Outcome } from '../outcome.ts';

export type Walk = (graph: NetworkGraph, from: Placement) => Outcome;

interface State {
  readonly graph: NetworkGraph;
  readonly from: Placement;
  readonly outcome: Outcome;
  readonly fixes: readonly Fix[];
}

/** So many changes together are looked for; a network that needs more is not a slip. */
const MOST_CHANGES = 6;
/** A walk takes some ten microseconds. */
const MOST_WALKS = 600;

export function mend(graph: NetworkGraph, from: Placement, walk: Walk): Remedy | undefined {
  let walks = 0;

  function after({ graph: before, from: stood, fixes }: State, fix: Fix): State {
    walks += 1;
    const changed = fix.apply(before);
    const standing = fix.standing ?? stood;
    return { graph: changed, from: standing, outcome: walk(changed, standing), fixes: [...fixes, fix] };
  }

  /** In widening circles: what needs fewer changes is found first, in the order in which fixes are likely. */
  let circle: readonly State[] = [{ graph, from, outcome: walk(graph, from), fixes: [] }];
  for (let changes = 0; changes < MOST_CHANGES && circle.length > 0; changes += 1) {
    const next: State[] = [];
    for (const state of circle) {
      if (state.outcome.kind !== 'stop') continue;
      for (const fix of state.outcome.fixes) {
        if (walks >= MOST_WALKS) return undefined;
        const reached = after(state, fix);
        if (trailOf(reached.outcome) !== trailOf(state.outcome)) next.push(reached);
      }
    }
    const best =
      next.find(({ outcome }) => outcome.kind === 'pass') ?? next.find(({ outcome }) => outcome.kind === 'unknown');
    if (best) return stepsOf(best.fixes);
    circle = next;
  }
  return undefined;
}

/** Where it is stopped, and why: a change after which this is the same has changed nothing. */
function trailOf(outcome: Outcome): string {
  if (outcome.kind !== 'stop') return outcome.kind;
  return `${outcome.reason} ${outcome.hops.map(({ id }) => id).join(' ')}`;
}

function stepsOf(fixes: readonly Fix[]): Remedy | undefined {
  const [first, ...rest] = fixes.flatMap(({ steps }) => steps);
  return first && [first, ...rest];
}
