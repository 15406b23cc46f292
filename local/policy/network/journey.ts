/** One function, standing in one of its subnets, on its way to one destination. */

import type { CompiledNetwork } from './compiled.ts';
import type { Placement } from './contract.ts';
import type { Vpc } from './graph.ts';
import type { Interface, Named, Traffic } from './rule-checks.ts';

/** Who wants to get there, for people: its label, and its resource in the template. */
export interface Traveller {
  readonly name: string;
  readonly logicalId?: string;
}

export interface Journey {
  readonly network: CompiledNetwork;
  readonly who: Traveller;
  readonly placement: Extract<Placement, { kind: 'vpc' }>;
  readonly vpc: Vpc;
  readonly origin: Named<Interface>;
  readonly traffic: Traffic;
}
