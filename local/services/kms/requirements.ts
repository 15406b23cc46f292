/**
 * What IAM asks before an operation runs, and what it knows of the key.
 * https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
 */
import { isOfAccount, type Principal } from '../../kernel/caller.ts';
import type { CallContext, Requirement, ServiceContext } from '../../kernel/service.ts';
import type { EncryptionContext } from './cryptography.ts';
import type { Key, Tag } from './key.ts';
import type { Keyring } from './keyring.ts';

export type Keys = Readonly<Record<string, string | readonly string[]>>;

export interface Requirements {
  /** On a key that is named by id, ARN or alias. */
  onKey(action: string, keyId: string, call: CallContext, given?: Keys): Requirement;
  /** On an alias itself. */
  onAlias(action: string, aliasName: string, call: CallContext): Requirement;
  /** On nothing in particular. */
  onAll(action: string, call: CallContext, given?: Keys): Requirement;
}

export const ALGORITHM = 'SYMMETRIC_DEFAULT';

export function requirements(keyring: Keyring, context: Pick<ServiceContext, 'region'>): Requirements {
  /** Of the caller. */
  const always = ({ principal }: CallContext): Keys => {
    const via = viaService(principal, context.region);
    return {
      ...(isOfAccount(principal) && { 'kms:CallerAccount': principal.accountId }),
      ...(via !== undefined && { 'kms:ViaService': via }),
    };
  };
  return {
    onKey(action, keyId, call, given) {
      const key = keyring.find(keyId);
      return {
        action: `kms:${action}`,
        resource: keyring.arnOf(keyId),
        context: {
          ...always(call),
          ...(key && keysOf(key, keyring)),
          ...(keyId.includes('alias/') && { 'kms:RequestAlias': keyId.slice(keyId.indexOf('alias/')) }),
          ...given,
        },
      };
    },
    onAlias: (action, aliasName, call) => ({
      action: `kms:${action}`,
      resource: keyring.aliasArn(aliasName),
      context: always(call),
    }),
    onAll: (action, call, given) => ({
      action: `kms:${action}`,
      resource: '*',
      context: { ...always(call), ...given },
    }),
  };
}

/** Condition keys that a key brings into every request on it. */
export function keysOf(key: Key, keyring: Keyring): Keys {
  return {
    'kms:KeySpec': ALGORITHM,
    'kms:CustomerMasterKeySpec': ALGORITHM,
    'kms:KeyUsage': 'ENCRYPT_DECRYPT',
    'kms:CustomerMasterKeyUsage': 'ENCRYPT_DECRYPT',
    'kms:KeyOrigin': 'AWS_KMS',
    'kms:MultiRegion': String(key.multiRegion),
    ...(key.multiRegion && { 'kms:MultiRegionKeyType': 'PRIMARY' }),
    'kms:ResourceAliases': keyring.aliases(key.id).map(({ name }) => name),
    ...tagKeys('aws:ResourceTag', key.tags),
  };
}

export function encryptionKeys(encryption: EncryptionContext | undefined): Keys {
  return {
    'kms:EncryptionAlgorithm': ALGORITHM,
    ...Object.fromEntries(
      Object.entries(encryption ?? {}).map(([name, value]) => [`kms:EncryptionContext:${name}`, value]),
    ),
    ...(encryption && { 'kms:EncryptionContextKeys': Object.keys(encryption) }),
  };
}

export function requestTags(tags: readonly Partial<Tag>[] | undefined): Keys {
  if (!tags?.length) return {};
  return { ...tagKeys('aws:RequestTag', tags), 'aws:TagKeys': tags.map(({ TagKey = '' }) => TagKey) };
}

const tagKeys = (prefix: string, tags: readonly Partial<Tag>[]): Keys =>
  Object.fromEntries(tags.map(({ TagKey = '', TagValue = '' }) => [`${prefix}/${TagKey}`, TagValue]));

/** A service that uses a key for somebody says for whom: `lambda.us-east-1.amazonaws.com`. */
function viaService(principal: Principal, region: string): string | undefined {
  if (principal.kind !== 'role-session' || principal.invokedBy === undefined) return undefined;
  return `${principal.invokedBy.split('.')[0]}.${region}.amazonaws.com`;
}
