/** What is kept of a secret. */
import type { TemplatePlace } from '../../policy/iam/contract.ts';
import type { Rotation } from './rotation/rotation.ts';
import { holderOf, type Stages } from './staging.ts';

export interface Tag {
  readonly Key: string;
  readonly Value: string;
}

/** Exactly one of the two, as AWS keeps it. */
export type SecretValue =
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'binary'; readonly value: Uint8Array };

/** Of a version that a rotation has begun and its function not yet filled. */
const EMPTY = { kind: 'empty' } as const;

export interface SecretVersion {
  readonly id: string;
  /** ms since 1970 */
  readonly createdAt: number;
  readonly content: SecretValue | typeof EMPTY;
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
  /** How and when it is rotated; absent where that was never asked for. */
  readonly rotation?: Rotation;
  /** The service that keeps it and rotates it itself, e.g. `rds`. */
  readonly owningService?: string;
}

export function versionWithStage(secret: Secret, stage: string): SecretVersion | undefined {
  const id = holderOf(secret.stages, stage);
  return id === undefined ? undefined : secret.versions[id];
}

export function sameContent(a: SecretVersion['content'], b: SecretValue): boolean {
  return a.kind !== 'empty' && a.kind === b.kind && Buffer.from(a.value).equals(Buffer.from(b.value));
}

export function emptyVersion(id: string, createdAt: number): SecretVersion {
  return { id, createdAt, content: EMPTY };
}

const DAY_MS = 86_400_000;

/** Midnight UTC before `time`. */
export function dayOf(time: number): number {
  return Math.floor(time / DAY_MS) * DAY_MS;
}

export const days = (count: number): number => count * DAY_MS;
