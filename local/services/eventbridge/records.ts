/** What this room keeps. Times are ms since 1970. */
import type { Target } from '@aws-sdk/client-eventbridge';
import type { TemplatePlace } from '../../policy/iam/contract.ts';

export type Tags = Readonly<Record<string, string>>;

export interface Bus {
  readonly name: string;
  readonly description?: string;
  /** JSON text. */
  readonly policy?: string;
  readonly policyPlace?: TemplatePlace;
  readonly deadLetterArn?: string;
  readonly kmsKeyId?: string;
  readonly createdAt: number;
  readonly changedAt: number;
}

export type RuleState = 'ENABLED' | 'DISABLED' | 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS';

/** `Id` and `Arn` are there. */
export type RuleTarget = Target & { readonly Id: string; readonly Arn: string };

export interface Rule {
  readonly name: string;
  readonly bus: string;
  readonly arn: string;
  readonly pattern?: string;
  readonly schedule?: string;
  /** From when a rate counts. */
  readonly scheduledSince: number;
  readonly state: RuleState;
  readonly description?: string;
  readonly roleArn?: string;
  readonly managedBy?: string;
  readonly createdBy: string;
  readonly targets: readonly RuleTarget[];
}

/** An event as it is told: JSON text, with what rules need of it read already. */
export interface BusEvent {
  readonly id: string;
  readonly text: string;
  readonly parsed: Readonly<Record<string, unknown>>;
  readonly traceHeader?: string;
  /** Buses it has passed, the last of them last: none twice. */
  readonly buses: readonly string[];
  readonly ingestedAt: number;
}
