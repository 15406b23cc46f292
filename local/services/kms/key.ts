/** What is kept of a key, an alias and a grant. */
import type { GrantOperation } from '@aws-sdk/client-kms';
import type { TemplatePlace } from '../../policy/iam/contract.ts';

export interface Tag {
  readonly TagKey: string;
  readonly TagValue: string;
}

/** What really encrypts. A key gets more of it with every rotation, and loses none: what was encrypted stays readable. */
export interface KeyMaterial {
  /** 64 hex digits, as `KeyMaterialId`. */
  readonly id: string;
  /** 256 bits. */
  readonly bytes: Uint8Array;
  /** ms since 1970 */
  readonly since: number;
  readonly made: 'WITH_KEY' | 'AUTOMATIC' | 'ON_DEMAND';
}

export interface Key {
  /** A UUID, or `mrk-` and 32 hex digits. */
  readonly id: string;
  readonly arn: string;
  readonly description: string;
  readonly manager: 'CUSTOMER' | 'AWS';
  readonly multiRegion: boolean;
  readonly enabled: boolean;
  /** ms since 1970 */
  readonly createdAt: number;
  readonly deletion?: { readonly dueAt: number };
  /** JSON text, as it was given. */
  readonly policy: string;
  /** Of the policy, when a template has it. */
  readonly policyPlace?: TemplatePlace;
  readonly tags: readonly Tag[];
  /** Oldest first; the last one encrypts. */
  readonly materials: readonly KeyMaterial[];
  readonly rotation?: { readonly periodInDays: number; readonly nextAt: number };
}

export interface Alias {
  /** With its prefix, `alias/app`. */
  readonly name: string;
  readonly keyId: string;
  /** ms since 1970 */
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** https://docs.aws.amazon.com/kms/latest/developerguide/grants.html */
export interface Grant {
  /** 64 hex digits. */
  readonly id: string;
  readonly token: string;
  readonly keyId: string;
  readonly name?: string;
  /** Exactly one of the two. */
  readonly grantee: GrantPrincipal;
  readonly retiring?: GrantPrincipal;
  readonly operations: readonly GrantOperation[];
  readonly constraints?: GrantConstraints;
  /** ms since 1970 */
  readonly createdAt: number;
}

export type GrantPrincipal =
  | { readonly kind: 'principal'; readonly arn: string }
  | { readonly kind: 'service'; readonly service: string };

export interface GrantConstraints {
  readonly EncryptionContextSubset?: Readonly<Record<string, string>>;
  readonly EncryptionContextEquals?: Readonly<Record<string, string>>;
  readonly SourceArn?: string;
}

export type KeyState = 'Enabled' | 'Disabled' | 'PendingDeletion';

export function stateOf({ enabled, deletion }: Key): KeyState {
  if (deletion) return 'PendingDeletion';
  return enabled ? 'Enabled' : 'Disabled';
}

const DAY_MS = 86_400_000;

export const days = (count: number): number => count * DAY_MS;
