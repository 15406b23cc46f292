import type { Policy } from '../iam/contract.ts';
import type { Remedy } from '../remedy.ts';
import type { Hop } from './contract.ts';

/** The VPC endpoint a call comes through: its policy has a say, and `aws:SourceVpce` names it. */
export interface Via {
  readonly vpcEndpointId: string;
  readonly vpcId: string;
  /** Absent: AWS's default policy, which allows everything. */
  readonly policy?: Policy;
}

/** What the reach door is told. `hang` is what AWS does with a packet nobody answers. */
export type Reachability =
  | {
      readonly kind: 'yes';
      readonly path?: readonly Hop[];
      readonly via?: Via /** Of the origin. */;
      readonly vpcId?: string;
    }
  | {
      readonly kind: 'no';
      readonly reason: string;
      /** `formatRemedy` of `../remedy.ts`: what to add to the template, and where; YAML that can be pasted. */
      readonly remedy?: string;
      /** The same as edits, for whoever knows the lines or applies them. */
      readonly steps?: Remedy;
      /** Up to and with the hop that stops it. */
      readonly path?: readonly Hop[];
    }
  /** Passes, and is said once: never guessed to be closed, never silently open. */
  | { readonly kind: 'unknown'; readonly reason: string };
