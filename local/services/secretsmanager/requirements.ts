/**
 * What IAM asks before an operation runs.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecretsmanager.html
 */
import type { Requirement, ServiceContext } from '../../kernel/service.ts';
import type { SecretRepository } from './repository.ts';
import type { Tag } from './secret.ts';

type Context = Record<string, string | readonly string[]>;

export interface Requirements {
  /** For an operation on one existing secret. */
  onSecret(operation: string, secretId: string, context?: Context): Requirement;
  /** For an operation on none in particular. */
  onAll(operation: string, context?: Context): Requirement;
  /** Reading a value that a customer's own key encrypts takes that key too. */
  toDecrypt(secretId: string): Requirement[];
  toEncrypt(kmsKeyId: string | undefined): Requirement[];
}

export function requirements(
  repository: SecretRepository,
  context: Pick<ServiceContext, 'partition' | 'region' | 'accountId'>,
): Requirements {
  const keyArn = (id: string): string =>
    id.startsWith('arn:')
      ? id
      : `arn:${context.partition}:kms:${context.region}:${context.accountId}:${id.startsWith('alias/') ? id : `key/${id}`}`;
  const onKey = (action: string, kmsKeyId: string | undefined): Requirement[] =>
    isCustomersKey(kmsKeyId)
      ? [
          {
            action: `kms:${action}`,
            resource: keyArn(kmsKeyId),
            context: { 'kms:ViaService': `secretsmanager.${context.region}.amazonaws.com` },
          },
        ]
      : [];
  return {
    onSecret(operation, secretId, given) {
      const resource = repository.find(secretId)?.arn ?? repository.arnOfMissing(secretId);
      return {
        action: `secretsmanager:${operation}`,
        resource,
        context: { 'secretsmanager:SecretId': resource, ...given },
      };
    },
    onAll: (operation, given) => ({ action: `secretsmanager:${operation}`, resource: '*', context: given }),
    toDecrypt: (secretId) => onKey('Decrypt', repository.find(secretId)?.kmsKeyId),
    toEncrypt: (kmsKeyId) => [...onKey('GenerateDataKey', kmsKeyId), ...onKey('Decrypt', kmsKeyId)],
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
