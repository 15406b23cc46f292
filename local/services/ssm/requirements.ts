/**
 * What IAM asks before an operation runs.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html
 */
import type { Requirement, ServiceContext } from '../../kernel/service.ts';
import type { ParameterVersion, Tag, Tier } from './records.ts';
import type { Repository } from './repository.ts';

type Keys = Readonly<Record<string, string | readonly string[]>>;

export const DEFAULT_KEY = 'alias/aws/ssm';

export interface Requirements {
  /** On a parameter by name or ARN, with or without a selector, whether it is there or not. */
  onParameter(action: string, name: string, keys?: Keys): Requirement;
  onAll(action: string, keys?: Keys): Requirement;
  /** Reading the clear text of what a customer's own key encrypts takes that key too. */
  toDecrypt(parameterArn: string, version: Pick<ParameterVersion, 'type' | 'keyId' | 'tier'>): readonly Requirement[];
  /** So does writing it. */
  toEncrypt(parameterArn: string, keyId: string | undefined, tier: Tier): readonly Requirement[];
}

export function requirements(
  repository: Repository,
  { partition, region, accountId }: Pick<ServiceContext, 'partition' | 'region' | 'accountId'>,
): Requirements {
  /** https://docs.aws.amazon.com/kms/latest/developerguide/services-parameter-store.html */
  function onKey(actions: readonly string[], keyId: string | undefined, parameterArn: string): readonly Requirement[] {
    // Everybody in the account may use the default key through Parameter Store.
    if (keyId === undefined || keyId.endsWith(DEFAULT_KEY)) return [];
    const name = keyId.startsWith('alias/') ? keyId : `key/${keyId}`;
    const resource = keyId.startsWith('arn:') ? keyId : `arn:${partition}:kms:${region}:${accountId}:${name}`;
    const context: Keys = {
      'kms:ViaService': `ssm.${region}.amazonaws.com`,
      'kms:CallerAccount': accountId,
      'kms:EncryptionAlgorithm': 'SYMMETRIC_DEFAULT',
      'kms:EncryptionContextKeys': ['PARAMETER_ARN'],
      'kms:EncryptionContext:PARAMETER_ARN': parameterArn,
      ...(keyId.includes('alias/') && { 'kms:RequestAlias': keyId.slice(keyId.indexOf('alias/')) }),
    };
    return actions.map((action) => ({ action: `kms:${action}`, resource, context }));
  }

  return {
    onParameter: (action, name, keys) => ({
      action: `ssm:${action}`,
      resource: repository.arnOf(repository.parse(name).name),
      ...(keys && { context: keys }),
    }),
    onAll: (action, keys) => ({ action: `ssm:${action}`, resource: '*', ...(keys && { context: keys }) }),
    toDecrypt: (arn, { type, keyId }) => (type === 'SecureString' ? onKey(['Decrypt'], keyId, arn) : []),
    toEncrypt: (arn, keyId, tier) =>
      onKey(tier === 'Advanced' ? ['GenerateDataKey', 'Decrypt'] : ['Encrypt'], keyId, arn),
  };
}

/** Condition keys of tags in a request. */
export function requestTags(tags: readonly Tag[] | undefined): Keys {
  if (!tags?.length) return {};
  return {
    ...Object.fromEntries(tags.map(({ Key, Value }) => [`aws:RequestTag/${Key}`, Value])),
    'aws:TagKeys': tags.map(({ Key }) => Key),
  };
}
