import type { PolicyKind, StatementRef } from './contract.ts';

/** What the may door is told: the deciding statement, or what was missing. */
export type Permission =
  | { readonly kind: 'allowed'; readonly because: string }
  | {
      readonly kind: 'denied';
      readonly explicit: boolean;
      /** The kind of policy that denied, or whose Allow is missing; AWS's sentence names it. Default `identity`. */
      readonly by?: PolicyKind;
      /** For the log: names the statement with its file and line, or what is missing. */
      readonly because: string;
      /** For the log: `formatRemedy` of `../remedy.ts`; YAML that can be pasted, and where. */
      readonly remedy?: string;
      readonly deciding?: StatementRef;
    };
