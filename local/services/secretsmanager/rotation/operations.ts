/** RotateSecret and CancelRotateSecret. https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotateSecret.html */
import { randomUUID } from 'node:crypto';
import type { CancelRotateSecretRequest, RotateSecretRequest } from '@aws-sdk/client-secrets-manager';
import type { Operation } from '../../../kernel/service.ts';
import { invalidParameter, invalidRequest } from '../errors.ts';
import type { Room, WithSecretId } from '../operations.ts';
import type { Secret } from '../secret.ts';
import { validate } from '../validation.ts';
import { isCurrent, pendingVersion, type Rotation, withoutAttempt } from './rotation.ts';
import { checkRules, type RotationRules } from './schedule.ts';
import { rotationFunction } from './steps.ts';

type Rotate = WithSecretId<RotateSecretRequest>;

export function rotationOperations(room: Room): Record<string, Operation> {
  const { repository, needs, clock, rotator } = room;

  const rotateSecret: Operation<Rotate> = {
    requires(input) {
      const lambdaArn = input.RotationLambdaARN ?? repository.find(input.SecretId)?.rotation?.lambdaArn;
      const keys = {
        'secretsmanager:RotateImmediately': String(input.RotateImmediately ?? true),
        'secretsmanager:ModifyRotationRules': String(input.RotationRules !== undefined),
        ...(input.RotationLambdaARN !== undefined && { 'secretsmanager:RotationLambdaARN': input.RotationLambdaARN }),
      };
      const ofSecret = needs.onSecret('RotateSecret', input.SecretId, keys);
      return lambdaArn === undefined
        ? [ofSecret]
        : [ofSecret, { action: 'lambda:InvokeFunction', resource: lambdaArn }];
    },
    async handle(input) {
      validate(input);
      if (input.ExternalSecretRotationRoleArn !== undefined || input.ExternalSecretRotationMetadata?.length) {
        throw invalidRequest('Secrets held by a third party (ExternalSecretRotation…) are not emulated.');
      }
      const rules = rulesOf(input.RotationRules);
      const secret = repository.getActive(input.SecretId);
      const rotation = configured(secret, input.RotationLambdaARN, rules);
      const versionId = input.ClientRequestToken ?? randomUUID();
      const answer = { ARN: secret.arn, Name: secret.name };
      if (isCurrent(secret, versionId) || rotation.attempt?.versionId === versionId) {
        return { ...answer, VersionId: versionId };
      }
      if (rotation.lambdaArn !== undefined) await rotationFunction(room, rotation.lambdaArn).check(secret.arn);
      return start(repository.getActive(input.SecretId), rotation, versionId, input.RotateImmediately ?? true);
    },
  };

  /** The rotation as it is from now on: what the caller says, and what is known. Throws InvalidRequestException. */
  function configured(secret: Secret, lambdaArn: string | undefined, rules: RotationRules | undefined): Rotation {
    const known = secret.rotation;
    if (secret.owningService !== undefined && lambdaArn !== undefined) {
      throw invalidRequest(
        `You can't set a rotation function for a secret that is managed by ${secret.owningService}.`,
      );
    }
    if (secret.owningService === undefined && lambdaArn === undefined && known?.lambdaArn === undefined) {
      throw invalidRequest('No Lambda rotation function ARN is associated with this secret.');
    }
    const changed = rules !== undefined || !known?.enabled;
    return {
      ...known,
      enabled: true,
      rules: rules ?? known?.rules ?? {},
      setAt: changed ? clock.now() : known.setAt,
      ...(lambdaArn !== undefined && { lambdaArn }),
    };
  }

  function start(secret: Secret, rotation: Rotation, versionId: string, immediately: boolean) {
    const answer = { ARN: secret.arn, Name: secret.name };
    const pending = secret.rotation?.attempt?.versionId ?? pendingVersion(secret);
    if (immediately && pending !== undefined && secret.rotation?.attempt?.kind !== 'test') {
      rotator.reattempt(secret, rotation, pending);
      throw invalidRequest("A previous rotation isn't complete. That rotation will be reattempted.");
    }
    rotator.schedule(secret, rotation);
    const planned = repository.get(secret.arn);
    if (immediately) {
      rotator.begin(planned, planned.rotation!, { kind: 'rotation', versionId });
      return { ...answer, VersionId: versionId };
    }
    // What AWS tests is the function: a service that rotates its own secrets has none.
    if (rotation.lambdaArn !== undefined && pending === undefined) {
      rotator.begin(planned, planned.rotation!, { kind: 'test', versionId });
    }
    return answer;
  }

  const cancelRotateSecret: Operation<WithSecretId<CancelRotateSecretRequest>> = {
    requires: (input) => [needs.onSecret('CancelRotateSecret', input.SecretId)],
    handle(input) {
      validate(input);
      const secret = repository.getActive(input.SecretId);
      if (secret.owningService !== undefined) {
        throw invalidRequest(`You can't cancel the rotation of a secret that is managed by ${secret.owningService}.`);
      }
      const answer = { ARN: secret.arn, Name: secret.name, VersionId: pendingVersion(secret) };
      const { rotation, ...others } = withoutAttempt(secret);
      // The labels stay where the steps left them: whether AWSPENDING goes is the caller's to say.
      if (rotation) rotator.schedule({ ...others, rotation }, { ...rotation, enabled: false });
      return answer;
    },
  };

  return { RotateSecret: rotateSecret as Operation, CancelRotateSecret: cancelRotateSecret as Operation };
}

/** Throws InvalidParameterException. */
function rulesOf(given: RotateSecretRequest['RotationRules']): RotationRules | undefined {
  if (given === undefined) return undefined;
  const { AutomaticallyAfterDays, Duration, ScheduleExpression } = given;
  const rules: RotationRules = {
    ...(AutomaticallyAfterDays !== undefined && { AutomaticallyAfterDays }),
    ...(Duration !== undefined && { Duration }),
    ...(ScheduleExpression !== undefined && { ScheduleExpression }),
  };
  if (AutomaticallyAfterDays === undefined && ScheduleExpression === undefined) {
    throw invalidParameter('RotationRules need AutomaticallyAfterDays or ScheduleExpression.');
  }
  checkRules(rules);
  return rules;
}
