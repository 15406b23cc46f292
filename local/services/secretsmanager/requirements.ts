/**
 * What IAM asks before an operation runs.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecretsmanager.html
 */
import type { GetSecretValueRequest } from '@aws-sdk/client-secrets-manager';
import type { Requirement, ServiceContext } from '../../kernel/service.ts';
import type { SecretRepository } from './repository.ts';
import type { Tag } from './secret.ts';
import { CURRENT, holderOf } from './staging.ts';

type Context = Record<string, string | readonly string[]>;

export interface Requirements {
  /** For an operation on one existing secret. */
  onSecret(operation: string, secretId: string, context?: Context): Requirement;
  /** For an operation on none in particular. */
  onAll(operation: string, context?: Context): Requirement;
  /** Reading a value that a customer's own key encrypts takes that key too. */
  toDecrypt(secretId: string, version?: Pick<GetSecretValueRequest, 'VersionId' | 'VersionStage'>): Requirement[];
  /**
   * So does writing one. `versionId` is the new version's where its writer chooses it, as the SDKs do.
   * https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html#security-encryption-authz
   */
  toEncrypt(secretId: string, kmsKeyId: string | undefined, versionId: string | undefined): Requirement[];
  /** A new key for what is there: it is read with the old one, and written with the new one. */
  toMove(secretId: string, kmsKeyId: string): Requirement[];
}

export function requirements(
  repository: SecretRepository,
  context: Pick<ServiceContext, 'partition' | 'region' | 'accountId'>,
): Requirements {
  const keyArn = (id: string): string =>
    id.startsWith('arn:')
      ? id
      : `arn:${context.partition}:kms:${context.region}:${context.accountId}:${id.startsWith('alias/') ? id : `key/${id}`}`;
  /** What a value is bound to: the secret's ARN, and the version it is of. */
  const onKey = (
    actions: readonly string[],
    kmsKeyId: string | undefined,
    secretArn: string,
    versionId: string | undefined,
  ): Requirement[] => {
    if (!isCustomersKey(kmsKeyId)) return [];
    const resource = keyArn(kmsKeyId);
    const encryption = { SecretARN: secretArn, ...(versionId !== undefined && { SecretVersionId: versionId }) };
    const keys: Context = {
      'kms:ViaService': `secretsmanager.${context.region}.amazonaws.com`,
      'kms:CallerAccount': context.accountId,
      'kms:EncryptionAlgorithm': 'SYMMETRIC_DEFAULT',
      'kms:EncryptionContextKeys': ['SecretARN', 'SecretVersionId'],
      ...Object.fromEntries(
        Object.entries(encryption).map(([name, value]) => [`kms:EncryptionContext:${name}`, value]),
      ),
    };
    return actions.map((action) => ({ action: `kms:${action}`, resource, context: keys }));
  };
  const arnOf = (secretId: string) => repository.find(secretId)?.arn ?? repository.arnOfMissing(secretId);

  return {
    onSecret(operation, secretId, given) {
      const resource = arnOf(secretId);
      return {
        action: `secretsmanager:${operation}`,
        resource,
        context: { 'secretsmanager:SecretId': resource, ...given },
      };
    },
    onAll: (operation, given) => ({ action: `secretsmanager:${operation}`, resource: '*', context: given }),
    toDecrypt(secretId, { VersionId, VersionStage = CURRENT } = {}) {
      const secret = repository.find(secretId);
      if (!secret) return [];
      return onKey(['Decrypt'], secret.kmsKeyId, secret.arn, VersionId ?? holderOf(secret.stages, VersionStage));
    },
    toEncrypt: (secretId, kmsKeyId, versionId) =>
      onKey(['GenerateDataKey', 'Decrypt'], kmsKeyId, arnOf(secretId), versionId),
    toMove(secretId, kmsKeyId) {
      const secret = repository.find(secretId);
      const current = secret && holderOf(secret.stages, CURRENT);
      if (!secret || current === undefined || secret.kmsKeyId === kmsKeyId) return [];
      return [
        ...onKey(['Decrypt'], secret.kmsKeyId, secret.arn, current),
        ...onKey(['GenerateDataKey', 'Decrypt'], kmsKeyId, secret.arn, current),
      ];
    },
  };
}

/** Condition keys of tags in a request. */
export function requestTags(tags: readonly Tag[] | undefined): Context {
  if (!tags?.length) return {};
  return {
    ...Object.fromEntries(tags.map(({ Key, Value }) => [`aws:RequestTag/${Key}`, Value ?? ''])),
    'aws:TagKeys': tags.map(({ Key }) => Key),
  };
}

function isCustomersKey(kmsKeyId: string | undefined): kmsKeyId is string {
  return kmsKeyId !== undefined && kmsKeyId !== '' && !kmsKeyId.endsWith('alias/aws/secretsmanager');
}
