/** What is kept of a secret's rotation, and how it changes. Pure. */
import { emptyVersion, type Secret, type SecretVersion, versionWithStage } from '../secret.ts';
import { CURRENT, detach, holderOf, PENDING } from '../staging.ts';
import { withStages } from '../versions.ts';
import { nextWindow, type RotationRules, type Window } from './schedule.ts';

/** One rotation, from its first step until it has succeeded, was given up or cancelled. */
export interface Attempt {
  /** `test` runs the step testSecret alone, on a copy of the current version. */
  readonly kind: 'rotation' | 'test';
  readonly versionId: string;
  /** Of the whole process; those that failed. */
  readonly failures: number;
}

export interface Rotation {
  readonly enabled: boolean;
  /** Absent for a secret that its owning service rotates. */
  readonly lambdaArn?: string;
  readonly rules: RotationRules;
  /** When the rules were set; ms since 1970. */
  readonly setAt: number;
  /** ms since 1970 */
  readonly lastRotatedAt?: number;
  /** The next one; absent without a schedule, and when rotation is turned off. */
  readonly window?: Window;
  readonly attempt?: Attempt;
}

/** The secret with its next window set as of `now`. */
export function scheduled(secret: Secret, rotation: Rotation, now: number, rotatedAt = rotation.lastRotatedAt): Secret {
  const { window: _, ...others } = rotation;
  const past = { rotatedAt: rotatedAt ?? rotation.setAt, setAt: rotation.setAt };
  const window = rotation.enabled ? nextWindow(rotation.rules, past, now) : undefined;
  return { ...secret, rotation: { ...others, ...(window && { window }) } };
}

/** The version a rotation has begun that is not current yet. */
export function pendingVersion({ stages }: Secret): string | undefined {
  const pending = holderOf(stages, PENDING);
  return pending === holderOf(stages, CURRENT) ? undefined : pending;
}

/** Begins a rotation: a version of that id, empty until the function fills it, is AWSPENDING. */
export function withAttempt(secret: Secret, rotation: Rotation, attempt: Attempt, now: number): Secret {
  const { versionId } = attempt;
  const version = secret.versions[versionId] ?? begunVersion(secret, attempt, now);
  const versions = { ...secret.versions, [versionId]: version };
  // Not by `attach`: it makes a secret's first version current, which one without a value cannot be.
  const holder = holderOf(secret.stages, PENDING);
  const free = holder === undefined ? secret.stages : detach(secret.stages, holder, PENDING);
  const stages = { ...free, [versionId]: [...(free[versionId] ?? []), PENDING] };
  return withStages({ ...secret, versions, changedAt: now, rotation: { ...rotation, attempt } }, stages, now);
}

function begunVersion(secret: Secret, { kind, versionId }: Attempt, now: number): SecretVersion {
  const current = kind === 'test' ? versionWithStage(secret, CURRENT) : undefined;
  return { ...emptyVersion(versionId, now), ...(current && { content: current.content }) };
}

/** A test leaves nothing behind. */
export function withoutVersion(secret: Secret, versionId: string): Secret {
  const { [versionId]: _, ...versions } = secret.versions;
  const { [versionId]: __, ...stages } = secret.stages;
  return { ...secret, versions, stages };
}

export function withoutAttempt(secret: Secret): Secret {
  if (!secret.rotation?.attempt) return secret;
  const { attempt: _, ...rotation } = secret.rotation;
  return { ...secret, rotation };
}

export const isCurrent = ({ stages }: Secret, versionId: string): boolean => holderOf(stages, CURRENT) === versionId;
