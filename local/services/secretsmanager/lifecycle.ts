/** Secrets come, change, are described and go. */
import { randomUUID } from 'node:crypto';
import type {
  CreateSecretRequest,
  DeleteSecretRequest,
  DescribeSecretRequest,
  DescribeSecretResponse,
  RestoreSecretRequest,
  UpdateSecretRequest,
} from '@aws-sdk/client-secrets-manager';
import type { Operation } from '../../kernel/service.ts';
import { alreadyExists, invalidParameter, invalidRequest, markedForDeletion, secretNotFound } from './errors.ts';
import type { Room, WithSecretId } from './operations.ts';
import { requestTags } from './requirements.ts';
import { daysBetween } from './rotation/schedule.ts';
import { dayOf, days, type Secret, type SecretValue, sameContent, type Tag } from './secret.ts';
import { CURRENT } from './staging.ts';
import { checkTags } from './tags.ts';
import { validate, validateName } from './validation.ts';
import { addVersion, contentOf } from './versions.ts';

type Create = CreateSecretRequest & { Name: string };
type Update = WithSecretId<UpdateSecretRequest>;
type Delete = WithSecretId<DeleteSecretRequest>;

const DEFAULT_RECOVERY_DAYS = 30;

export function lifecycleOperations(room: Room): Record<string, Operation> {
  const { repository, needs, clock, rotator } = room;

  const createSecret: Operation<Create> = {
    requires: (input) => [
      needs.onSecret('CreateSecret', input.Name, {
        'secretsmanager:Name': input.Name,
        ...(input.Description !== undefined && { 'secretsmanager:Description': input.Description }),
        ...(input.KmsKeyId !== undefined && { 'secretsmanager:KmsKeyId': input.KmsKeyId }),
        ...requestTags(input.Tags as Tag[]),
      }),
      ...(input.Tags?.length ? [needs.onSecret('TagResource', input.Name, requestTags(input.Tags as Tag[]))] : []),
      ...(hasContent(input) ? needs.toEncrypt(input.Name, input.KmsKeyId, input.ClientRequestToken) : []),
    ],
    handle(input, { principal }) {
      validate(input);
      validateName(input.Name);
      if (input.AddReplicaRegions?.length) {
        throw invalidParameter('Replication of secrets to other Regions is not emulated: leave out AddReplicaRegions.');
      }
      const content = contentOf(input);
      const existing = repository.find(input.Name);
      if (existing) return repeated(existing, input, content);
      const now = clock.now();
      const empty: Secret = {
        name: input.Name,
        arn: repository.newArn(input.Name),
        description: input.Description,
        kmsKeyId: input.KmsKeyId,
        tags: checkTags(input.Tags),
        createdAt: now,
        changedAt: now,
        versions: {},
        stages: {},
        ...(principal.kind === 'internal' && owned(principal.service, now)),
      };
      const versionId = input.ClientRequestToken ?? randomUUID();
      const secret = content ? addVersion(empty, versionId, content, [CURRENT], now) : empty;
      if (secret.rotation) rotator.schedule(secret, secret.rotation);
      else repository.put(secret);
      return { ARN: secret.arn, Name: secret.name, VersionId: content && versionId };
    },
  };

  const updateSecret: Operation<Update> = {
    requires: (input) => [
      needs.onSecret('UpdateSecret', input.SecretId, {
        ...(input.Description !== undefined && { 'secretsmanager:Description': input.Description }),
        ...(input.KmsKeyId !== undefined && { 'secretsmanager:KmsKeyId': input.KmsKeyId }),
      }),
      ...(input.KmsKeyId === undefined ? [] : needs.toMove(input.SecretId, input.KmsKeyId)),
      ...(hasContent(input)
        ? needs.toEncrypt(
            input.SecretId,
            input.KmsKeyId ?? repository.find(input.SecretId)?.kmsKeyId,
            input.ClientRequestToken,
          )
        : []),
    ],
    handle(input) {
      validate(input);
      const secret = repository.getActive(input.SecretId);
      const now = clock.now();
      const content = contentOf(input);
      const described: Secret = {
        ...secret,
        description: input.Description ?? secret.description,
        kmsKeyId: input.KmsKeyId ?? secret.kmsKeyId,
        changedAt: now,
      };
      const versionId = input.ClientRequestToken ?? randomUUID();
      const updated = content ? addVersion(described, versionId, content, [CURRENT], now) : described;
      repository.put(updated);
      if (content) rotator.valueChanged(updated, versionId);
      return { ARN: secret.arn, Name: secret.name, VersionId: content && versionId };
    },
  };

  const describeSecret: Operation<WithSecretId<DescribeSecretRequest>, DescribeSecretResponse> = {
    requires: (input) => [needs.onSecret('DescribeSecret', input.SecretId)],
    handle(input) {
      validate(input);
      const secret = repository.get(input.SecretId);
      return { ...describe(secret), VersionIdsToStages: labelledVersions(secret) };
    },
  };

  const deleteSecret: Operation<Delete> = {
    requires: (input) => [
      needs.onSecret('DeleteSecret', input.SecretId, {
        ...(input.ForceDeleteWithoutRecovery !== undefined && {
          'secretsmanager:ForceDeleteWithoutRecovery': String(input.ForceDeleteWithoutRecovery),
        }),
        ...(input.RecoveryWindowInDays !== undefined && {
          'secretsmanager:RecoveryWindowInDays': String(input.RecoveryWindowInDays),
        }),
      }),
    ],
    handle(input) {
      validate(input);
      const window = recoveryDays(input);
      const now = clock.now();
      const secret = repository.find(input.SecretId);
      if (window === 'none') {
        if (secret) repository.remove(secret);
        return {
          ARN: secret?.arn ?? repository.arnOfMissing(input.SecretId),
          Name: secret?.name ?? input.SecretId,
          DeletionDate: new Date(now),
        };
      }
      if (!secret) throw secretNotFound();
      if (secret.deletion) throw markedForDeletion();
      const dueAt = now + days(window);
      repository.put({ ...secret, deletion: { requestedAt: now, dueAt } });
      return { ARN: secret.arn, Name: secret.name, DeletionDate: new Date(dueAt) };
    },
  };

  const restoreSecret: Operation<WithSecretId<RestoreSecretRequest>> = {
    requires: (input) => [needs.onSecret('RestoreSecret', input.SecretId)],
    handle(input) {
      validate(input);
      const { deletion, ...secret } = repository.get(input.SecretId);
      if (deletion) repository.put(secret);
      return { ARN: secret.arn, Name: secret.name };
    },
  };

  return {
    CreateSecret: createSecret,
    UpdateSecret: updateSecret,
    DescribeSecret: describeSecret,
    DeleteSecret: deleteSecret,
    RestoreSecret: restoreSecret,
  };
}

const hasContent = ({ SecretString, SecretBinary }: Pick<Create, 'SecretString' | 'SecretBinary'>): boolean =>
  SecretString !== undefined || SecretBinary !== undefined;

/** RDS rotates the master secrets it keeps every seven days, unless told otherwise. */
const MANAGED_RULES = { AutomaticallyAfterDays: 7 };

/**
 * Of a secret that another service makes in its own name: that service keeps it, and rotates it by itself.
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_managed.html
 */
function owned(service: string, now: number): Pick<Secret, 'owningService' | 'rotation'> {
  if (service === 'cloudformation.amazonaws.com') return {};
  // Of a connection: https://docs.aws.amazon.com/secretsmanager/latest/userguide/service-linked-secrets.html
  if (service === 'events.amazonaws.com') return { owningService: 'events' };
  const rotation = { enabled: true, rules: MANAGED_RULES, setAt: now };
  return { owningService: service.replace('.amazonaws.com', ''), rotation };
}

/** A secret of that name exists: fine only when this is the very request that made it, sent again. */
function repeated(existing: Secret, input: Create, content: SecretValue | undefined) {
  if (existing.deletion) {
    throw invalidRequest(
      "You can't create this secret because a secret with this name is already scheduled for deletion.",
    );
  }
  const version = input.ClientRequestToken === undefined ? undefined : existing.versions[input.ClientRequestToken];
  if (version && content && sameContent(version.content, content)) {
    return { ARN: existing.arn, Name: existing.name, VersionId: version.id };
  }
  throw alreadyExists(`The operation failed because the secret ${existing.name} already exists.`);
}

function recoveryDays(input: Delete): number | 'none' {
  const { RecoveryWindowInDays: window, ForceDeleteWithoutRecovery: force } = input;
  if (force && window !== undefined) {
    throw invalidParameter("You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.");
  }
  if (force) return 'none';
  if (window !== undefined && (window < 7 || window > 30)) {
    throw invalidParameter('The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).');
  }
  return window ?? DEFAULT_RECOVERY_DAYS;
}

/** What DescribeSecret and ListSecrets have in common. */
export function describe(secret: Secret) {
  return {
    ARN: secret.arn,
    Name: secret.name,
    Description: secret.description,
    KmsKeyId: secret.kmsKeyId,
    CreatedDate: new Date(secret.createdAt),
    LastChangedDate: new Date(secret.changedAt),
    LastAccessedDate: secret.lastAccessedAt === undefined ? undefined : new Date(dayOf(secret.lastAccessedAt)),
    DeletedDate: secret.deletion && new Date(secret.deletion.requestedAt),
    OwningService: secret.owningService,
    ...describeRotation(secret),
    Tags: secret.tags.length > 0 ? [...secret.tags] : undefined,
  };
}

/** Of a secret that was never to be rotated AWS says nothing about it. */
function describeRotation({ rotation }: Secret) {
  if (!rotation) return {};
  const { enabled, lambdaArn, rules, lastRotatedAt, window } = rotation;
  const days = lastRotatedAt !== undefined && window ? daysBetween(lastRotatedAt, window) : undefined;
  return {
    RotationEnabled: enabled,
    RotationLambdaARN: lambdaArn,
    RotationRules: { AutomaticallyAfterDays: days, ...rules },
    LastRotatedDate: lastRotatedAt === undefined ? undefined : new Date(lastRotatedAt),
    // On or before this date, as AWS says it: the last second of the window.
    NextRotationDate: window && new Date(window.closesAt - 1_000),
  };
}

/** Versions without a label count as deprecated, and are not told of. */
export function labelledVersions(secret: Secret): Record<string, string[]> {
  const labelled = Object.entries(secret.stages).filter(([, labels]) => labels.length > 0);
  return Object.fromEntries(labelled.map(([id, labels]) => [id, [...labels]]));
}
