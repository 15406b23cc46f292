/** A queue as it is kept. */
import type { TemplatePlace } from '../../../policy/iam/contract.ts';

/** Those a caller sets, by AWS's names, each as the text it is answered with. */
export type Attributes = Readonly<Record<string, string>>;

export interface QueueRecord {
  /** Of this very queue: another of the same name, later, has another. */
  readonly id: string;
  readonly name: string;
  readonly arn: string;
  readonly fifo: boolean;
  readonly attributes: Attributes;
  readonly tags: Readonly<Record<string, string>>;
  /** ms since 1970, all of them. */
  readonly createdAt: number;
  readonly modifiedAt: number;
  readonly purgedAt?: number;
  /** Where the template has the queue's policy. */
  readonly policyPlace?: TemplatePlace;
}

/** What of the attributes every call asks for, read once. */
export interface Settings {
  readonly delayMs: number;
  readonly maximumBytes: number;
  readonly retentionMs: number;
  readonly waitSeconds: number;
  readonly visibilitySeconds: number;
  readonly contentBased: boolean;
  /** Ids and contents are told apart by group. */
  readonly perGroup: boolean;
  readonly kmsKeyId: string | undefined;
  readonly redrive: RedrivePolicy | undefined;
}

export interface RedrivePolicy {
  readonly deadLetterTargetArn: string;
  readonly maxReceiveCount: number;
}

export type RedriveAllowPolicy =
  | { readonly redrivePermission: 'allowAll' | 'denyAll' }
  | { readonly redrivePermission: 'byQueue'; readonly sourceQueueArns: readonly string[] };
