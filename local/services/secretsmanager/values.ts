/** Secret values: read, written, and moved from label to label. */
import { randomUUID } from 'node:crypto';
import type {
  BatchGetSecretValueRequest,
  GetSecretValueRequest,
  GetSecretValueResponse,
  ListSecretVersionIdsRequest,
  PutSecretValueRequest,
  UpdateSecretVersionStageRequest,
} from '@aws-sdk/client-secrets-manager';
import { AwsError } from '../../kernel/aws-error.ts';
import type { Operation } from '../../kernel/service.ts';
import { invalidParameter, invalidRequest, stageNotFound, versionNotFound } from './errors.ts';
import { selectSecrets } from './listing.ts';
import type { Room, WithSecretId } from './operations.ts';
import { page } from './paging.ts';
import { dayOf, type Secret, type SecretVersion, versionWithStage } from './secret.ts';
import { attach, CURRENT, detach, holderOf } from './staging.ts';
import { validate } from './validation.ts';
import { addVersion, contentOf, withStages } from './versions.ts';

type Get = WithSecretId<GetSecretValueRequest>;
type MoveStage = WithSecretId<UpdateSecretVersionStageRequest> & { VersionStage: string };

export function valueOperations(room: Room): Record<string, Operation> {
  const { repository, needs, clock, rotator } = room;

  function read(input: Get): GetSecretValueResponse {
    const secret = repository.getActive(input.SecretId);
    const version = chooseVersion(secret, input);
    const { content } = version;
    if (content.kind === 'empty') {
      throw input.VersionId === undefined && input.VersionStage !== undefined
        ? stageNotFound(input.VersionStage)
        : versionNotFound(version.id);
    }
    remember(secret, version);
    return {
      ARN: secret.arn,
      Name: secret.name,
      VersionId: version.id,
      VersionStages: [...(secret.stages[version.id] ?? [])],
      CreatedDate: new Date(version.createdAt),
      ...(content.kind === 'string' ? { SecretString: content.value } : { SecretBinary: content.value }),
    };
  }

  /** AWS tells the day of the last access; a day's second read writes nothing. */
  function remember(secret: Secret, version: SecretVersion): void {
    const today = dayOf(clock.now());
    if (secret.lastAccessedAt === today && version.lastAccessedAt === today) return;
    const versions = { ...secret.versions, [version.id]: { ...version, lastAccessedAt: today } };
    repository.put({ ...secret, lastAccessedAt: today, versions });
  }

  const getSecretValue: Operation<Get, GetSecretValueResponse> = {
    requires: (input) => [
      needs.onSecret('GetSecretValue', input.SecretId, {
        ...(input.VersionId !== undefined && { 'secretsmanager:VersionId': input.VersionId }),
        ...(input.VersionStage !== undefined && { 'secretsmanager:VersionStage': input.VersionStage }),
      }),
      ...needs.toDecrypt(input.SecretId, input),
    ],
    handle(input) {
      validate(input);
      return read(input);
    },
  };

  const putSecretValue: Operation<WithSecretId<PutSecretValueRequest>> = {
    requires: (input) => [
      needs.onSecret('PutSecretValue', input.SecretId),
      ...needs.toEncrypt(input.SecretId, repository.find(input.SecretId)?.kmsKeyId, input.ClientRequestToken),
    ],
    handle(input) {
      validate(input);
      const content = contentOf(input);
      if (!content) throw invalidRequest('You must provide either SecretString or SecretBinary.');
      const secret = repository.getActive(input.SecretId);
      const versionId = input.ClientRequestToken ?? randomUUID();
      const updated = addVersion(secret, versionId, content, input.VersionStages ?? [CURRENT], clock.now());
      repository.put(updated);
      rotator.valueChanged(updated, versionId);
      const VersionStages = [...(updated.stages[versionId] ?? [])];
      return { ARN: secret.arn, Name: secret.name, VersionId: versionId, VersionStages };
    },
  };

  const updateSecretVersionStage: Operation<MoveStage> = {
    requires: (input) => [
      needs.onSecret('UpdateSecretVersionStage', input.SecretId, { 'secretsmanager:VersionStage': input.VersionStage }),
    ],
    handle(input) {
      validate(input);
      const secret = repository.getActive(input.SecretId);
      const now = clock.now();
      repository.put(withStages({ ...secret, changedAt: now }, movedStages(secret, input), now));
      return { ARN: secret.arn, Name: secret.name };
    },
  };

  const listSecretVersionIds: Operation<WithSecretId<ListSecretVersionIdsRequest>> = {
    requires: (input) => [needs.onSecret('ListSecretVersionIds', input.SecretId)],
    handle(input) {
      validate(input);
      const secret = repository.get(input.SecretId);
      const versions = Object.values(secret.versions)
        .filter(({ id }) => input.IncludeDeprecated || (secret.stages[id] ?? []).length > 0)
        .sort((a, b) => b.createdAt - a.createdAt);
      const { items, nextToken } = page(versions, input.MaxResults, input.NextToken);
      return {
        ARN: secret.arn,
        Name: secret.name,
        NextToken: nextToken,
        Versions: items.map((version) => ({
          VersionId: version.id,
          VersionStages: [...(secret.stages[version.id] ?? [])],
          CreatedDate: new Date(version.createdAt),
          LastAccessedDate: version.lastAccessedAt === undefined ? undefined : new Date(version.lastAccessedAt),
          KmsKeyIds: [secret.kmsKeyId ?? 'DefaultEncryptionKey'],
        })),
      };
    },
  };

  const batchGetSecretValue: Operation<BatchGetSecretValueRequest> = {
    requires: (input) => [
      needs.onAll('BatchGetSecretValue'),
      ...(input.Filters?.length ? [needs.onAll('ListSecrets')] : []),
      ...namesInBatch(input).flatMap((id) => [needs.onSecret('GetSecretValue', id), ...needs.toDecrypt(id)]),
    ],
    handle(input) {
      validate(input);
      const named = input.SecretIdList !== undefined;
      if (named === (input.Filters !== undefined)) {
        throw invalidParameter("Either 'SecretIdList' or 'Filters' must be provided, but not both.");
      }
      const { items, nextToken } = page(namesInBatch(input), named ? undefined : input.MaxResults, input.NextToken, 20);
      const SecretValues: GetSecretValueResponse[] = [];
      const Errors: { SecretId: string; ErrorCode: string; Message: string }[] = [];
      for (const SecretId of items) {
        try {
          SecretValues.push(read({ SecretId }));
        } catch (error) {
          if (!(error instanceof AwsError)) throw error;
          Errors.push({ SecretId, ErrorCode: error.code, Message: error.message });
        }
      }
      return { SecretValues, Errors, NextToken: nextToken };
    },
  };

  function namesInBatch(input: BatchGetSecretValueRequest): string[] {
    if (input.SecretIdList) return input.SecretIdList;
    return selectSecrets(repository.all(), { filters: input.Filters ?? [] }).map(({ arn }) => arn);
  }

  return {
    GetSecretValue: getSecretValue,
    PutSecretValue: putSecretValue,
    UpdateSecretVersionStage: updateSecretVersionStage,
    ListSecretVersionIds: listSecretVersionIds,
    BatchGetSecretValue: batchGetSecretValue,
  };
}

function chooseVersion(secret: Secret, input: Get): SecretVersion {
  const { VersionId, VersionStage } = input;
  if (VersionId === undefined) {
    const stage = VersionStage ?? CURRENT;
    const version = versionWithStage(secret, stage);
    if (!version) throw stageNotFound(stage);
    return version;
  }
  const version = secret.versions[VersionId];
  if (!version) throw versionNotFound(VersionId);
  if (VersionStage !== undefined && !secret.stages[VersionId]?.includes(VersionStage)) {
    throw invalidRequest('You provided a VersionStage that is not associated to the provided VersionId.');
  }
  return version;
}

/** A label somebody holds is taken away only by naming the holder: so two movers do not cross. */
function movedStages(secret: Secret, input: MoveStage) {
  const { VersionStage: label, MoveToVersionId: to, RemoveFromVersionId: from } = input;
  const holder = holderOf(secret.stages, label);
  for (const id of [to, from]) if (id !== undefined && !secret.versions[id]) throw versionNotFound(id);
  if (from !== undefined && from !== holder) {
    throw invalidParameter(`Version stage ${label} is not currently attached to version ${from}.`);
  }
  if (to === undefined) {
    if (label === CURRENT) {
      throw invalidParameter(
        'You can only move staging label AWSCURRENT to a different secret version. It can’t be completely removed.',
      );
    }
    if (from === undefined) throw invalidParameter('You must specify MoveToVersionId or RemoveFromVersionId.');
    return detach(secret.stages, from, label);
  }
  if (holder !== undefined && holder !== to && from === undefined) {
    throw invalidParameter(
      `The parameter RemoveFromVersionId can't be empty. Staging label ${label} is currently attached to version ${holder}, so you must explicitly reference that version in RemoveFromVersionId.`,
    );
  }
  return attach(secret.stages, to, [label]);
}
