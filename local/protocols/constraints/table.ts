/** What AWS's models say about inputs and the SDK's schemas leave out, by service; made by `make.mjs`. */

export interface ScalarRules {
  readonly kind: 'string' | 'number' | 'blob';
  /** Of strings and blobs their length, of numbers their value; both inclusive. */
  readonly min?: number;
  readonly max?: number;
  /** A Java regular expression for the whole value, quoted in messages. */
  readonly pattern?: string;
  readonly enum?: readonly string[];
  /** A number that is written with a fraction. */
  readonly double?: true;
  readonly sensitive?: true;
}

interface Collection {
  /** Of entries. */
  readonly min?: number;
  readonly max?: number;
  readonly sensitive?: true;
}

/** Places in the table; absent for what has no rules. */
export type ShapeRules =
  | ScalarRules
  | (Collection & { readonly kind: 'list'; readonly member?: number })
  | (Collection & { readonly kind: 'map'; readonly key?: number; readonly value?: number })
  | {
      readonly kind: 'structure';
      readonly name: string;
      readonly required?: readonly string[];
      /** Those below which there are rules. */
      readonly members: Readonly<Record<string, number>>;
      readonly sensitive?: true;
    };

export interface ConstraintTable {
  /** The place of each operation's input; operations without rules are not there. */
  readonly operations: Readonly<Record<string, number>>;
  readonly shapes: readonly ShapeRules[];
}

type Loaded = { readonly default: unknown };

const TABLES: Readonly<Record<string, () => Promise<Loaded>>> = {
  'bedrock-runtime': () => import('./bedrock-runtime.json', { with: { type: 'json' } }),
  cloudformation: () => import('./cloudformation.json', { with: { type: 'json' } }),
  'cognito-idp': () => import('./cognito-idp.json', { with: { type: 'json' } }),
  dynamodb: () => import('./dynamodb.json', { with: { type: 'json' } }),
  events: () => import('./events.json', { with: { type: 'json' } }),
  iam: () => import('./iam.json', { with: { type: 'json' } }),
  kms: () => import('./kms.json', { with: { type: 'json' } }),
  lambda: () => import('./lambda.json', { with: { type: 'json' } }),
  logs: () => import('./logs.json', { with: { type: 'json' } }),
  monitoring: () => import('./monitoring.json', { with: { type: 'json' } }),
  scheduler: () => import('./scheduler.json', { with: { type: 'json' } }),
  secretsmanager: () => import('./secretsmanager.json', { with: { type: 'json' } }),
  sns: () => import('./sns.json', { with: { type: 'json' } }),
  ssm: () => import('./ssm.json', { with: { type: 'json' } }),
  states: () => import('./states.json', { with: { type: 'json' } }),
  sts: () => import('./sts.json', { with: { type: 'json' } }),
  xray: () => import('./xray.json', { with: { type: 'json' } }),
};

/** Services that have a table. */
export const CONSTRAINED_SERVICES = Object.keys(TABLES);

/** By signing name; undefined for services that check by rules and words of their own alone. */
export async function constraintTable(service: string): Promise<ConstraintTable | undefined> {
  if (!Object.hasOwn(TABLES, service)) return undefined;
  return (await TABLES[service]!()).default as ConstraintTable;
}
