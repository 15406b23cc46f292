/**
 * Rotates secrets: at once, when their windows open, and again after a failure. What is to be done is in the outbox, so
 * that a rotation which was cut off goes on at the next start, from its first step with the same version, as on AWS.
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_how.html
 */
import { randomUUID } from 'node:crypto';
import { AwsError } from '../../../kernel/aws-error.ts';
import type { Operation, ServiceContext } from '../../../kernel/service.ts';
import { OWN_LOG } from '../../../kernel/telemetry.ts';
import type { SecretRepository } from '../repository.ts';
import type { Secret } from '../secret.ts';
import {
  type Attempt,
  isCurrent,
  pendingVersion,
  type Rotation,
  scheduled,
  withAttempt,
  withoutAttempt,
  withoutVersion,
} from './rotation.ts';
import { rotationFunction, STEPS, StepFailed } from './steps.ts';

/** AWS says that it tries the whole process again several times, not when. */
const RETRY_AFTER_MS = [60_000, 120_000, 240_000, 480_000];

/** Of a delivery that was cut off itself, before it could write down what became of it. */
const REDELIVER_AFTER_MS = [1_000, 10_000];

interface OfAttempt {
  readonly SecretId: string;
  readonly VersionId: string;
}

interface OfWindow {
  readonly SecretId: string;
  readonly OpensAt: number;
}

export interface Rotator {
  /** Puts the secret with an attempt under way, in one transaction. */
  begin(secret: Secret, rotation: Rotation, attempt: Pick<Attempt, 'kind' | 'versionId'>): void;
  /** Tries again at once what was given up, or waits. */
  reattempt(secret: Secret, rotation: Rotation, versionId: string): void;
  /** Puts the secret with its next window. `rotatedAt` (ms since 1970) counts as its last rotation where given. */
  schedule(secret: Secret, rotation: Rotation, rotatedAt?: number): void;
  /** Somebody put a value by hand: where it is current, days to the next rotation are counted from it. */
  valueChanged(secret: Secret, versionId: string): void;
  /** What the outbox calls; not of the API. */
  readonly operations: Readonly<Record<string, Operation>>;
  stop(): void;
}

export function createRotator(
  context: Pick<ServiceContext, 'store' | 'clock' | 'outbox' | 'telemetry' | 'dispatch' | 'accountId'>,
  repository: SecretRepository,
  mode: 'running' | 'described',
): Rotator {
  const { store, clock, outbox, telemetry, dispatch } = context;
  /** ARN and version: at least once is not twice at the same time. */
  const underWay = new Set<string>();
  let stopped = false;
  const isDescribed = mode === 'described';

  /** AWS's names of what CloudTrail is told. https://docs.aws.amazon.com/secretsmanager/latest/userguide/cloudtrail_log_entries.html */
  function tell(event: string, { name }: Secret, versionId: string, next = '', why = ''): void {
    // Why comes last: it may end with what to paste.
    const message = `Secrets Manager: ${event} of ${name}, version ${versionId}${next && `, ${next}`}${why && `: ${why}`}`;
    telemetry.log(OWN_LOG, [{ timestamp: clock.now(), message }]);
  }

  function emit(operation: string, input: OfAttempt | OfWindow, delayMs: number): void {
    const caller = { kind: 'internal', service: 'secretsmanager.amazonaws.com' } as const;
    const call = { caller, service: 'secretsmanager', operation, input };
    outbox.emit({ call, delayMs, retryDelaysMs: REDELIVER_AFTER_MS });
  }

  function begin(secret: Secret, rotation: Rotation, { kind, versionId }: Pick<Attempt, 'kind' | 'versionId'>): void {
    if (isDescribed) return;
    // A test that has not ended yet is over: its version makes room.
    const test = secret.rotation?.attempt?.kind === 'test' ? secret.rotation.attempt.versionId : undefined;
    const free = test === undefined ? secret : withoutVersion(secret, test);
    store.transaction(() => {
      repository.put(withAttempt(free, rotation, { kind, versionId, failures: 0 }, clock.now()));
      emit('ContinueRotation', { SecretId: secret.arn, VersionId: versionId }, 0);
    });
    tell(kind === 'test' ? 'TestRotationStarted' : 'RotationStarted', secret, versionId);
  }

  function schedule(secret: Secret, rotation: Rotation, rotatedAt?: number): void {
    const now = clock.now();
    const planned = scheduled(secret, rotation, now, rotatedAt);
    const window = planned.rotation?.window;
    store.transaction(() => {
      repository.put(planned);
      if (!window || isDescribed) return;
      emit('OpenRotationWindow', { SecretId: secret.arn, OpensAt: window.opensAt }, window.opensAt - now);
    });
  }

  function reattempt(secret: Secret, rotation: Rotation, versionId: string): void {
    if (underWay.has(`${secret.arn} ${versionId}`)) return;
    begin(secret, rotation, { kind: 'rotation', versionId });
  }

  function valueChanged(secret: Secret, versionId: string): void {
    const { rotation } = secret;
    if (!rotation?.enabled || rotation.rules.AutomaticallyAfterDays === undefined) return;
    // What a rotation puts is counted when it has succeeded.
    if (rotation.attempt || !isCurrent(secret, versionId)) return;
    schedule(secret, rotation, clock.now());
  }

  const openWindow: Operation<OfWindow> = {
    requires: () => [],
    handle({ SecretId, OpensAt }, { principal }) {
      refuseOthers(principal.kind);
      const secret = repository.find(SecretId);
      const rotation = secret?.rotation;
      // Another schedule was set meanwhile, or none: then there is another delivery, or none.
      if (!secret || secret.deletion || !rotation?.enabled || rotation.window?.opensAt !== OpensAt) return;
      schedule(secret, rotation);
      const planned = repository.get(SecretId);
      if (rotation.attempt) return;
      begin(planned, planned.rotation!, { kind: 'rotation', versionId: pendingVersion(planned) ?? randomUUID() });
    },
  };

  const continueRotation: Operation<OfAttempt> = {
    requires: () => [],
    async handle({ SecretId, VersionId }, { principal }) {
      refuseOthers(principal.kind);
      const attempt = attemptOn(SecretId, VersionId)?.attempt;
      const key = `${SecretId} ${VersionId}`;
      if (!attempt || underWay.has(key)) return;
      underWay.add(key);
      try {
        await perform(SecretId, attempt);
        if (!stopped) succeed(SecretId, attempt);
      } catch (error) {
        if (!(error instanceof StepFailed)) throw error;
        if (!stopped) fail(SecretId, attempt, error);
      } finally {
        underWay.delete(key);
      }
    },
  };

  /** Undefined when that attempt has ended, or was cancelled, or its secret has gone. */
  function attemptOn(
    arn: string,
    versionId: string,
  ): { secret: Secret; rotation: Rotation; attempt: Attempt } | undefined {
    const secret = repository.find(arn);
    const rotation = secret?.rotation;
    const attempt = rotation?.attempt;
    if (!secret || secret.deletion || !rotation || attempt?.versionId !== versionId) return undefined;
    return { secret, rotation, attempt };
  }

  /** Throws StepFailed (in the promise). */
  async function perform(arn: string, { kind, versionId }: Attempt): Promise<void> {
    const { lambdaArn } = repository.get(arn).rotation!;
    if (lambdaArn === undefined) return askOwner(arn, versionId);
    const rotate = rotationFunction(context, lambdaArn);
    for (const step of kind === 'test' ? (['testSecret'] as const) : STEPS) {
      await rotate.run(step, arn, versionId);
      // Cancelled between two steps, or the secret has gone: the rest would be done behind its owner's back.
      if (stopped || !attemptOn(arn, versionId)) return;
    }
    if (kind === 'rotation' && !isCurrent(repository.get(arn), versionId)) {
      throw new StepFailed(`finishSecret: the function did not move AWSCURRENT to version ${versionId}`);
    }
  }

  /** A managed secret is rotated by the service that keeps it. */
  async function askOwner(SecretId: string, ClientRequestToken: string): Promise<void> {
    const service = repository.get(SecretId).owningService!;
    const caller = { kind: 'internal', service: 'secretsmanager.amazonaws.com' } as const;
    const input = { SecretId, ClientRequestToken };
    try {
      await dispatch({ caller, service, operation: 'RotateManagedSecret', input });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      throw new StepFailed(`${service}: ${error.code}: ${error.message}`);
    }
  }

  function succeed(arn: string, { kind, versionId }: Attempt): void {
    const found = attemptOn(arn, versionId);
    if (!found) return;
    const { secret } = found;
    const ended = withoutAttempt(secret);
    if (kind === 'test') {
      repository.put(withoutVersion(ended, versionId));
      tell('TestRotationSucceeded', secret, versionId);
      return;
    }
    const now = clock.now();
    schedule(ended, { ...ended.rotation!, lastRotatedAt: now }, now);
    tell('RotationSucceeded', secret, versionId);
  }

  function fail(arn: string, { kind, versionId, failures }: Attempt, error: StepFailed): void {
    const found = attemptOn(arn, versionId);
    if (!found) return;
    const { secret, rotation } = found;
    if (kind === 'test') {
      repository.put(withoutVersion(withoutAttempt(secret), versionId));
      tell('TestRotationFailed', secret, versionId, '', error.message);
      return;
    }
    const delayMs = RETRY_AFTER_MS[failures];
    if (delayMs === undefined) {
      repository.put(withoutAttempt(secret));
      const { window } = rotation;
      const next = window ? `tried again when its window opens, ${new Date(window.opensAt).toISOString()}` : 'given up';
      tell('RotationFailed', secret, versionId, next, error.message);
      return;
    }
    store.transaction(() => {
      const attempt: Attempt = { kind, versionId, failures: failures + 1 };
      repository.put({ ...secret, rotation: { ...rotation, attempt } });
      emit('ContinueRotation', { SecretId: arn, VersionId: versionId }, delayMs);
    });
    tell('RotationFailed', secret, versionId, `tried again in ${delayMs / 60_000} min`, error.message);
  }

  return {
    begin,
    reattempt,
    schedule,
    valueChanged,
    operations: { OpenRotationWindow: openWindow as Operation, ContinueRotation: continueRotation as Operation },
    stop: () => {
      stopped = true;
    },
  };
}

/** They are no operations of AWS: nobody outside may know them. */
function refuseOthers(kind: string): void {
  if (kind !== 'internal') throw new AwsError('UnknownOperationException', 'There is no such operation.');
}
