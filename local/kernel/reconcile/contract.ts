/** What reconciling tells the world, in CloudFormation's words. */
import type { Diagnostic, Json, JsonObject, Position, Stack } from '../../template/stack.ts';
import type { TemplatePlaces } from './template-places.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html */
export type ResourceStatus =
  | `${'CREATE' | 'UPDATE' | 'DELETE'}_${'IN_PROGRESS' | 'COMPLETE' | 'FAILED'}`
  | 'DELETE_SKIPPED';

export type StackStatus =
  | `${'CREATE' | 'UPDATE' | 'DELETE' | 'ROLLBACK' | 'UPDATE_ROLLBACK'}_${'IN_PROGRESS' | 'COMPLETE' | 'FAILED'}`
  | 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS';

export interface StackEvent {
  /** ms since 1970 */
  readonly timestamp: number;
  readonly stackName: string;
  /** The stack's own name for events of the stack as a whole (`type` is then `AWS::CloudFormation::Stack`). */
  readonly logicalId: string;
  readonly type: string;
  readonly physicalId?: string;
  readonly status: ResourceStatus | StackStatus;
  readonly reason?: string;
}

export interface ApplyOptions {
  readonly onEvent?: (event: StackEvent) => void;
  /**
   * `keep` leaves what a failed run has made as it is, for looking at it. `continue` does too, and goes on with every
   * resource that needs none of those that failed: all errors are found in one run. Default `rollback`.
   */
  readonly onFailure?: 'rollback' | 'keep' | 'continue';
}

export interface StackOutput {
  readonly value: Json;
  readonly description?: string;
  readonly exportName?: string;
}

export interface Change {
  readonly logicalId: string;
  readonly type: string;
  readonly action: 'create' | 'update' | 'replace' | 'delete' | 'keep';
}

export interface ReconcileReport {
  /** `failed`: not even the way back worked, or `onFailure` was `keep`; `diagnostics` says what is left as it is. */
  readonly outcome: 'unchanged' | 'applied' | 'rolled-back' | 'failed';
  /** What was done (and, when rolled back, undone again), in order. */
  readonly changes: readonly Change[];
  /** Errors say why a run failed, with the place in the template; warnings name what is not emulated. */
  readonly diagnostics: readonly Diagnostic[];
  readonly outputs: Readonly<Record<string, StackOutput>>;
}

export interface RestoreReport {
  readonly restored: number;
  /** Resources that could not be brought back; the next `apply` updates them again. */
  readonly failures: readonly Diagnostic[];
}

/** A resource as it stands; `DescribeStackResources` in our words. */
export interface ResourceDescription {
  readonly logicalId: string;
  readonly type: string;
  readonly physicalId: string;
  /** Dynamic references unresolved: a secret is never part of it. */
  readonly properties: JsonObject;
  readonly attributes: Readonly<Record<string, Json>>;
  /** False for a type no service here provides: it exists in name only. */
  readonly emulated: boolean;
  readonly at?: Position;
}

export interface StackDescription {
  readonly name: string;
  readonly stackId: string;
  readonly file: string;
  readonly status: StackStatus;
  /** ms since 1970 */
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly outputs: Readonly<Record<string, StackOutput>>;
}

/** Stacks as graphs of resources: made, changed and removed by one path, whoever asks. Runs are one at a time. */
export interface Reconciler {
  /** Brings back what earlier runs of the process made, dependencies first, then takes up undelivered events. Once. */
  restore(): Promise<RestoreReport>;
  /** Makes what exists agree with `stack`; restores first where that was not done. Never rejects for a resource's sake. */
  apply(stack: Stack, options?: ApplyOptions): Promise<ReconcileReport>;
  /** Deletes a stack's resources, dependants first, heeding DeletionPolicy. */
  destroy(stackName: string, options?: ApplyOptions): Promise<ReconcileReport>;
  stacks(): StackDescription[];
  resources(stackName: string): ResourceDescription[];
  /** The latest thousand, oldest first. */
  events(stackName: string): StackEvent[];
  /** Where in the templates things stand; of stacks applied since this process began. */
  readonly places: TemplatePlaces;
}
