/** What checks are given, and what they find. Pure: whoever fills `Facts` has looked; rules only conclude. */
import type { ResourceDescription } from '../kernel/reconcile/contract.ts';
import type { Requirement } from '../kernel/service.ts';
import type { UsedConnection, UsedPermission } from '../kernel/usage.ts';
import type { Policy } from '../policy/iam/contract.ts';
import type { Permission } from '../policy/iam/verdict.ts';
import type { Destination, Placement } from '../policy/network/contract.ts';
import type { Reachability } from '../policy/network/verdict.ts';
import type { Diagnostic, Json, JsonObject, Position, Stack } from '../template/stack.ts';
import type { CodeReading } from './calls/contract.ts';

export type Severity = 'error' | 'warning' | 'info';

/**
 * `proved`: follows from the template and constants in the code. `observed`: seen in a recorded run. `unknown`: likely,
 * and the message says what is missing for a proof.
 */
export type Certainty = 'proved' | 'observed' | 'unknown';

export interface Finding {
  /** Kebab-case, one a rule; `docs/checks/CODE.md` is its page. */
  readonly code: string;
  readonly severity: Severity;
  readonly certainty: Certainty;
  /** One or two sentences, without the place. */
  readonly message: string;
  readonly at?: Position;
  /** Logical id. */
  readonly resource?: string;
  /** Logical id of whoever needs it, when that is not the resource it is mended at: the function, of a role. */
  readonly neededBy?: string;
  /** Lines of YAML that mend it, with where they belong. */
  readonly remedy?: string;
  /** Set by a waiver: why it stays as it is. */
  readonly waived?: string;
}

export interface FunctionFacts {
  readonly logicalId: string;
  readonly arn: string;
  readonly roleArn: string;
  /** As made: evaluated. */
  readonly properties: JsonObject;
  readonly variables: Readonly<Record<string, string>>;
  readonly placement: Placement;
  readonly code: CodeReading;
}

/** Something of the stack with a place in the network. */
export type Standing = Pick<FunctionFacts, 'logicalId' | 'placement'>;

/** A service in a role that the template gives it. */
export interface RoleUse {
  readonly roleArn: string;
  /** e.g. `lambda.amazonaws.com` */
  readonly service: string;
  readonly sourceArn?: string;
  readonly needs: readonly Requirement[];
}

export interface RoleAnswer {
  /** Absent: it is trusted. */
  readonly untrusted?: { readonly reason: string; readonly remedy?: string };
  readonly denied: readonly { readonly need: Requirement; readonly reason: string; readonly remedy?: string }[];
}

/** A call that the stack itself makes of a function, e.g. an API of its integration. */
export interface Invocation {
  /** Of whoever calls. */
  readonly resource: string;
  readonly service: string;
  /** Who waits for the answer: an API's caller, for half a minute at most, or the service alone. */
  readonly waits: 'caller' | 'service';
  readonly functionArn: string;
  /** Absent: allowed. */
  readonly refused?: { readonly reason: string; readonly remedy?: string };
}

/** What the stack tells a service to send to another of its resources. */
export interface Delivery {
  /** Of what says so. */
  readonly resource: string;
  /** For people: `rule Nightly of EventBridge`. */
  readonly sender: string;
  /** Logical id. */
  readonly target: string;
  readonly targetArn: string;
  /** e.g. `sqs:SendMessage` */
  readonly action: string;
  /** Absent: allowed. */
  readonly refused?: { readonly reason: string; readonly remedy?: string };
}

export interface RolePolicies {
  /** Logical id of the role. */
  readonly role: string;
  readonly policies: readonly Policy[];
  /** Attached, but with contents that nobody here knows. */
  readonly unreadable: readonly string[];
}

export interface PastUse {
  readonly permissions: readonly UsedPermission[];
  readonly connections: readonly UsedConnection[];
}

export interface Facts {
  readonly stack: Stack;
  /** Why resources could not be made, and what is not emulated. */
  readonly diagnostics: readonly Diagnostic[];
  /** By logical id. */
  readonly resources: ReadonlyMap<string, ResourceDescription>;
  readonly functions: readonly FunctionFacts[];
  /** Lambda's concurrent executions of the account. */
  readonly accountConcurrency: { readonly limit: number; readonly isAssumed: boolean };
  readonly usage?: PastUse;
  /** The resource that an author wrote: of the role that SAM makes for a function, the function. */
  authorOf(logicalId: string): string;
  /** Of a resource, or of what stands below its properties. */
  positionOf(logicalId: string, path?: readonly (string | number)[]): Position | undefined;
  /**
   * `through`: the endpoint name of the AWS API that is called, for the endpoint's policy; undefined for requests that
   * others send, with a URL that the function has signed.
   */
  may(by: FunctionFacts, need: Requirement, through: string | undefined): Promise<Permission>;
  /**
   * What the service asks of whoever calls the operation on this resource, besides the action itself: mostly the use of
   * the key that it encrypts with. Nothing where the service is not here, or cannot tell.
   */
  alsoNeeded(by: FunctionFacts, operation: string, resourceArn: string): Promise<readonly Requirement[]>;
  /** Whether a custom resource's function may put its answer into CloudFormation's bucket: an endpoint's policy decides. */
  mayAnswer(from: FunctionFacts): Promise<Permission>;
  /** How the template names what has this ARN, e.g. `{ Ref: 'Secret' }`. */
  expressionOf(arn: string): Json | undefined;
  reach(from: Standing, to: Destination): Reachability;
  /** What stands at a host name of the stack. */
  placeOf(hostname: string, port: number): { readonly resourceArn: string; readonly placement?: Placement } | undefined;
  askRole(use: RoleUse): Promise<RoleAnswer>;
  /** Identity policies of a role; undefined when the role is not the stack's. */
  policiesOf(roleArn: string): RolePolicies | undefined;
  /** Whether a service in its own name may use something: only the resource's policy can let it. */
  mayService(service: string, need: Requirement, sourceArn?: string): Promise<Permission>;
  readonly invocations: readonly Invocation[];
  readonly deliveries: readonly Delivery[];
}

export interface Rule {
  readonly code: string;
  find(facts: Facts): readonly Finding[] | Promise<readonly Finding[]>;
}
