/** What is kept of a secret. */
import type { Json } from '../../kernel/service.ts';
import type { TemplatePlace } from '../../policy/iam/contract.ts';
import { holderOf, type Stages } from './staging.ts';

export interface Tag {
  readonly Key: string;
  readonly Value: string;
}

/** Exactly one of the two, as AWS keeps it. */
export type SecretValue =
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'binary'; readonly value: Uint8Array };

export interface SecretVersion {
  readonly id: string;
  /** ms since 1970 */
  readonly createdAt: number;
  readonly content: SecretValue;
  /** ms since 1970, midnight UTC: AWS tells the day only. */
  readonly lastAccessedAt?: number;
}

export interface Secret {
  readonly name: string;
  readonly arn: string;
  readonly description?: string;
  readonly kmsKeyId?: string;
  readonly tags: readonly Tag[];
  /** ms since 1970, all of them */
  readonly createdAt: number;
  readonly changedAt: number;
  readonly lastAccessedAt?: number;
  /** When it was scheduled for deletion, and when it goes. */
  readonly deletion?: { readonly requestedAt: number; readonly dueAt: number };
  readonly versions: Readonly<Record<string, SecretVersion>>;
  readonly stages: Stages;
  /** The resource policy, as it was given. */
  readonly policy?: string;
  /** Where a template has that policy; absent where the API put it. */
  readonly policyPlace?: TemplatePlace;
  /** Recorded from the template; nothing rotates yet. */
  readonly rotation?: { readonly [key: string]: Json };
}

export function versionWithStage(secret: Secret, stage: string): SecretVersion | undefined {
  const id = holderOf(secret.stages, stage);
  return id === undefined ? undefined : secret.versions[id];
}

export function sameContent(a: SecretValue, b: SecretValue): boolean {
  return a.kind === b.kind && Buffer.from(a.value).equals(Buffer.from(b.value));
}

const DAY_MS = 86_400_000;

/** Midnight UTC before `time`. */
export function dayOf(time: number): number {
  return Math.floor(time / DAY_MS) * DAY_MS;
}

export const days = (count: number): number => count * DAY_MS;
