/** Keys come, are described, rest, and go. https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html */
import { randomBytes, randomUUID } from 'node:crypto';
import type {
  CreateKeyRequest,
  KeyMetadata,
  ListKeysRequest,
  ScheduleKeyDeletionRequest,
  UpdateKeyDescriptionRequest,
} from '@aws-sdk/client-kms';
import type { CallContext, Operation } from '../../kernel/service.ts';
import type { TemplatePlace } from '../../policy/iam/contract.ts';
import { defaultPolicy } from './aws-managed.ts';
import { newMaterial } from './cryptography.ts';
import { invalidState, notAuthorized, unsupported, validationError } from './errors.ts';
import { days, type Key, stateOf } from './key.ts';
import { checkKeyPolicy } from './key-policy.ts';
import { page } from './paging.ts';
import { ALGORITHM, requestTags } from './requirements.ts';
import type { OnKey, Room, With } from './room.ts';
import { checkTags } from './tags.ts';

const DEFAULT_WINDOW = 30;

/** What this room can make; throws UnsupportedOperationException, by name, for everything else. */
export function refuseOtherKinds(input: CreateKeyRequest): void {
  const spec = input.KeySpec ?? input.CustomerMasterKeySpec ?? ALGORITHM;
  if (spec !== ALGORITHM) throw unsupported(`Keys of KeySpec ${spec} are not emulated here: only ${ALGORITHM} is.`);
  if ((input.KeyUsage ?? 'ENCRYPT_DECRYPT') !== 'ENCRYPT_DECRYPT') {
    throw validationError(`KeyUsage ${input.KeyUsage} is not compatible with KeySpec ${spec}`);
  }
  if ((input.Origin ?? 'AWS_KMS') !== 'AWS_KMS') {
    throw unsupported(`Keys of Origin ${input.Origin} are not emulated here: only AWS_KMS is.`);
  }
}

/** A new key, in the keyring. Rejects with MalformedPolicyDocumentException, TagException, LimitExceededException. */
export async function makeKey(
  room: Room,
  input: CreateKeyRequest & { readonly policyPlace?: TemplatePlace },
): Promise<Key> {
  const { keyring, clock } = room;
  refuseOtherKinds(input);
  const tags = checkTags(input.Tags);
  const multiRegion = input.MultiRegion ?? false;
  const id = multiRegion ? `mrk-${randomBytes(16).toString('hex')}` : randomUUID();
  const arn = keyring.keyArn(id);
  const policy = input.Policy ?? defaultPolicy(room);
  await checkKeyPolicy(room, policy, input.BypassPolicyLockoutSafetyCheck);
  const now = clock.now();
  return keyring.put({
    id,
    arn,
    description: input.Description ?? '',
    manager: 'CUSTOMER',
    multiRegion,
    enabled: true,
    createdAt: now,
    policy,
    policyPlace: input.policyPlace,
    tags,
    materials: [newMaterial('WITH_KEY', now)],
  });
}

/** The key stays as it is until the day it is gone for good. Throws KMSInvalidStateException. */
export function scheduleDeletion({ keyring, clock }: Room, keyId: string, windowInDays = DEFAULT_WINDOW): Key {
  const key = keyring.getByKey(keyId);
  if (key.manager === 'AWS') throw notAuthorized(`${key.arn} is managed by AWS and cannot be deleted.`);
  if (stateOf(key) === 'PendingDeletion') throw invalidState(key.arn, 'pending deletion');
  return keyring.put({ ...key, enabled: false, deletion: { dueAt: clock.now() + days(windowInDays) } });
}

export function keyOperations(room: Room): Record<string, Operation> {
  const { keyring, needs } = room;
  const onKey = (action: string) => (input: OnKey, call: CallContext) => [needs.onKey(action, input.KeyId, call)];
  const unlessPending = (keyId: string): Key => {
    const key = keyring.getByKey(keyId);
    if (stateOf(key) === 'PendingDeletion') throw invalidState(key.arn, 'pending deletion');
    return key;
  };

  const createKey: Operation<CreateKeyRequest> = {
    requires: (input, call) => [
      needs.onAll('CreateKey', call, {
        'kms:KeySpec': input.KeySpec ?? ALGORITHM,
        'kms:CustomerMasterKeySpec': input.KeySpec ?? ALGORITHM,
        'kms:KeyUsage': input.KeyUsage ?? 'ENCRYPT_DECRYPT',
        'kms:CustomerMasterKeyUsage': input.KeyUsage ?? 'ENCRYPT_DECRYPT',
        'kms:KeyOrigin': input.Origin ?? 'AWS_KMS',
        'kms:MultiRegion': String(input.MultiRegion ?? false),
        'kms:BypassPolicyLockoutSafetyCheck': String(input.BypassPolicyLockoutSafetyCheck ?? false),
        ...requestTags(input.Tags),
      }),
      ...(input.Tags?.length ? [needs.onAll('TagResource', call, requestTags(input.Tags))] : []),
    ],
    handle: async (input) => ({ KeyMetadata: describe(await makeKey(room, input), room) }),
  };

  const describeKey: Operation<OnKey> = {
    requires: onKey('DescribeKey'),
    handle: (input) => ({ KeyMetadata: describe(keyring.get(input.KeyId), room) }),
  };

  const listKeys: Operation<ListKeysRequest> = {
    requires: (_input, call) => [needs.onAll('ListKeys', call)],
    handle(input) {
      const { items, ...rest } = page(keyring.all(), input, 100);
      return { Keys: items.map(({ id, arn }) => ({ KeyId: id, KeyArn: arn })), ...rest };
    },
  };

  const enableKey: Operation<OnKey> = {
    requires: onKey('EnableKey'),
    handle: (input) => void keyring.put({ ...unlessPending(input.KeyId), enabled: true }),
  };

  const disableKey: Operation<OnKey> = {
    requires: onKey('DisableKey'),
    handle: (input) => void keyring.put({ ...unlessPending(input.KeyId), enabled: false }),
  };

  const updateKeyDescription: Operation<With<UpdateKeyDescriptionRequest, 'KeyId' | 'Description'>> = {
    requires: onKey('UpdateKeyDescription'),
    handle: (input) => void keyring.put({ ...unlessPending(input.KeyId), description: input.Description }),
  };

  const scheduleKeyDeletion: Operation<With<ScheduleKeyDeletionRequest, 'KeyId'>> = {
    requires: (input, call) => [
      needs.onKey('ScheduleKeyDeletion', input.KeyId, call, {
        'kms:ScheduleKeyDeletionPendingWindowInDays': String(input.PendingWindowInDays ?? DEFAULT_WINDOW),
      }),
    ],
    handle({ KeyId, PendingWindowInDays = DEFAULT_WINDOW }) {
      if (PendingWindowInDays < 7 || PendingWindowInDays > 30) {
        throw validationError('PendingWindowInDays must be between 7 and 30 days (inclusive).');
      }
      const key = scheduleDeletion(room, KeyId, PendingWindowInDays);
      const DeletionDate = new Date(key.deletion!.dueAt);
      return { KeyId: key.arn, DeletionDate, KeyState: stateOf(key), PendingWindowInDays };
    },
  };

  const cancelKeyDeletion: Operation<OnKey> = {
    requires: onKey('CancelKeyDeletion'),
    handle(input) {
      const { deletion, ...key } = keyring.getByKey(input.KeyId);
      if (!deletion) throw invalidState(key.arn, 'not pending deletion');
      // The key comes back disabled, as on AWS: somebody had a reason.
      keyring.put({ ...key, enabled: false });
      return { KeyId: key.arn };
    },
  };

  return {
    CreateKey: createKey,
    DescribeKey: describeKey,
    ListKeys: listKeys,
    EnableKey: enableKey,
    DisableKey: disableKey,
    UpdateKeyDescription: updateKeyDescription,
    ScheduleKeyDeletion: scheduleKeyDeletion,
    CancelKeyDeletion: cancelKeyDeletion,
  };
}

function describe(key: Key, { accountId, region }: Room): KeyMetadata {
  const state = stateOf(key);
  return {
    AWSAccountId: accountId,
    KeyId: key.id,
    Arn: key.arn,
    CreationDate: new Date(key.createdAt),
    Enabled: state === 'Enabled',
    Description: key.description,
    KeyUsage: 'ENCRYPT_DECRYPT',
    KeyState: state,
    DeletionDate: key.deletion && new Date(key.deletion.dueAt),
    Origin: 'AWS_KMS',
    KeyManager: key.manager,
    CustomerMasterKeySpec: ALGORITHM,
    KeySpec: ALGORITHM,
    EncryptionAlgorithms: [ALGORITHM],
    MultiRegion: key.multiRegion,
    ...(key.multiRegion && {
      MultiRegionConfiguration: {
        MultiRegionKeyType: 'PRIMARY' as const,
        PrimaryKey: { Arn: key.arn, Region: region },
        ReplicaKeys: [],
      },
    }),
    CurrentKeyMaterialId: key.materials.at(-1)!.id,
  };
}
