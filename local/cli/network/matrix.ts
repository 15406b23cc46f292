/** Which function gets to what, and how: the table of `sampan network`. Pure. */
import type { Destination, Hop, Placement, Reachability } from '../../policy/network/index.ts';
import { targetOf } from '../../policy/network/index.ts';

export interface Asker {
  readonly name: string;
  readonly placement: Placement;
  /** Endpoint names and host names that its code was seen to use. */
  readonly uses: ReadonlySet<string>;
}

export interface Target {
  /** What the column is called: `sqs`, `Database`, `internet`. */
  readonly name: string;
  readonly destination: Destination;
}

/** How it gets there: by an endpoint, a NAT gateway, inside the VPC, or as anybody on the internet would. */
export type Means = 'endpoint' | 'nat' | 'inside' | 'public';

export type Cell = {
  readonly target: string;
  readonly port: number;
  /** Its code uses it. */
  readonly used: boolean;
  readonly path: readonly Hop[];
} & (
  | { readonly reach: 'yes'; readonly by: Means; readonly endpoint?: string }
  | { readonly reach: 'no'; readonly reason: string; readonly remedy?: string }
  | { readonly reach: 'unknown'; readonly reason: string }
);

export interface Row {
  readonly name: string;
  readonly placement: Placement;
  readonly cells: readonly Cell[];
}

export function reachMatrix(
  askers: readonly Asker[],
  targets: readonly Target[],
  ask: (asker: Asker, to: Destination) => Reachability,
): Row[] {
  return askers.map((asker) => ({
    name: asker.name,
    placement: asker.placement,
    cells: targets.map((target) => cell(asker, target, ask(asker, target.destination))),
  }));
}

function cell({ placement, uses }: Asker, { name, destination }: Target, verdict: Reachability): Cell {
  const used = uses.has(name) || uses.has(targetOf(destination));
  const path = 'path' in verdict ? (verdict.path ?? []) : [];
  const common = { target: name, port: destination.port, used, path };
  switch (verdict.kind) {
    case 'yes': {
      const endpoint = verdict.via && path.find(({ kind }) => kind === 'vpc-endpoint');
      const named = endpoint && { endpoint: endpoint.place?.logicalId ?? endpoint.id };
      return { ...common, reach: 'yes', by: meansOf(verdict, placement), ...named };
    }
    case 'no': {
      const { reason, remedy } = verdict;
      return { ...common, reach: 'no', reason, ...(remedy !== undefined && { remedy }) };
    }
    case 'unknown':
      return { ...common, reach: 'unknown', reason: verdict.reason };
  }
}

function meansOf({ via, path = [] }: Extract<Reachability, { kind: 'yes' }>, placement: Placement): Means {
  if (via) return 'endpoint';
  if (path.some(({ kind }) => kind === 'nat-gateway')) return 'nat';
  return placement.kind === 'public' ? 'public' : 'inside';
}
