/** https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html */
import type {
  CreateAliasRequest,
  DeleteAliasRequest,
  ListAliasesRequest,
  UpdateAliasRequest,
} from '@aws-sdk/client-kms';
import { AwsError } from '../../kernel/aws-error.ts';
import type { Operation } from '../../kernel/service.ts';
import { aliasNotFound, invalidState, limitExceeded, notAuthorized, validationError } from './errors.ts';
import { type Key, stateOf } from './key.ts';
import { page } from './paging.ts';
import type { Room, With } from './room.ts';

const MOST_ALIASES_OF_A_KEY = 50;

/** Throws ValidationException, NotAuthorizedException. */
function checkName(name: string): void {
  if (!/^alias\/[\w/-]+$/.test(name)) throw validationError('Invalid identifier');
  if (name.startsWith('alias/aws/')) throw notAuthorized('Aliases that begin with alias/aws/ are reserved for AWS.');
}

/** Throws AlreadyExistsException, LimitExceededException and what a key or a name can be refused for. */
export function createAlias({ keyring, clock }: Room, name: string, targetKeyId: string): void {
  checkName(name);
  const key = target(keyring.getByKey(targetKeyId));
  if (keyring.alias(name)) {
    throw new AwsError('AlreadyExistsException', `An alias with the name ${keyring.aliasArn(name)} already exists`);
  }
  if (keyring.aliases(key.id).length >= MOST_ALIASES_OF_A_KEY) {
    throw limitExceeded(`A key can have at most ${MOST_ALIASES_OF_A_KEY} aliases.`);
  }
  const now = clock.now();
  keyring.putAlias({ name, keyId: key.id, createdAt: now, updatedAt: now });
}

/** Throws NotFoundException and what a key or a name can be refused for. */
export function updateAlias({ keyring, clock }: Room, name: string, targetKeyId: string): void {
  checkName(name);
  const alias = keyring.alias(name);
  if (!alias) throw aliasNotFound(keyring.aliasArn(name));
  const key = target(keyring.getByKey(targetKeyId));
  keyring.putAlias({ ...alias, keyId: key.id, updatedAt: clock.now() });
}

function target(key: Key): Key {
  if (key.manager === 'AWS') throw notAuthorized(`${key.arn} is managed by AWS and cannot get an alias.`);
  if (stateOf(key) === 'PendingDeletion') throw invalidState(key.arn, 'pending deletion');
  return key;
}

export function aliasOperations(room: Room): Record<string, Operation> {
  const { keyring, needs } = room;

  const create: Operation<With<CreateAliasRequest, 'AliasName' | 'TargetKeyId'>> = {
    requires: (input, call) => [
      needs.onAlias('CreateAlias', input.AliasName, call),
      needs.onKey('CreateAlias', input.TargetKeyId, call),
    ],
    handle: (input) => createAlias(room, input.AliasName, input.TargetKeyId),
  };

  const update: Operation<With<UpdateAliasRequest, 'AliasName' | 'TargetKeyId'>> = {
    requires: (input, call) => [
      needs.onAlias('UpdateAlias', input.AliasName, call),
      ...(keyring.alias(input.AliasName) ? [needs.onKey('UpdateAlias', input.AliasName, call)] : []),
      needs.onKey('UpdateAlias', input.TargetKeyId, call),
    ],
    handle: (input) => updateAlias(room, input.AliasName, input.TargetKeyId),
  };

  const remove: Operation<With<DeleteAliasRequest, 'AliasName'>> = {
    requires: (input, call) => [
      needs.onAlias('DeleteAlias', input.AliasName, call),
      ...(keyring.alias(input.AliasName) ? [needs.onKey('DeleteAlias', input.AliasName, call)] : []),
    ],
    handle({ AliasName }) {
      checkName(AliasName);
      if (!keyring.alias(AliasName)) throw aliasNotFound(keyring.aliasArn(AliasName));
      keyring.deleteAlias(AliasName);
    },
  };

  const list: Operation<ListAliasesRequest> = {
    requires: (_input, call) => [needs.onAll('ListAliases', call)],
    handle(input) {
      const keyId = input.KeyId === undefined ? undefined : keyring.getByKey(input.KeyId).id;
      const { items, ...rest } = page(keyring.aliases(keyId), input);
      const Aliases = items.map(({ name, keyId: TargetKeyId, createdAt, updatedAt }) => ({
        AliasName: name,
        AliasArn: keyring.aliasArn(name),
        TargetKeyId,
        CreationDate: new Date(createdAt),
        LastUpdatedDate: new Date(updatedAt),
      }));
      return { Aliases, ...rest };
    },
  };

  return { CreateAlias: create, UpdateAlias: update, DeleteAlias: remove, ListAliases: list };
}
