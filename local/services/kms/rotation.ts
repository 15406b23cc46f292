/** https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html */
import type { EnableKeyRotationRequest, ListKeyRotationsRequest } from '@aws-sdk/client-kms';
import type { CallContext, Operation } from '../../kernel/service.ts';
import { newMaterial } from './cryptography.ts';
import { invalidState, keyDisabled, limitExceeded, notAuthorized, validationError } from './errors.ts';
import { days, type Key, stateOf } from './key.ts';
import { page } from './paging.ts';
import type { OnKey, Room, With } from './room.ts';

const DEFAULT_PERIOD = 365;
const MOST_ON_DEMAND = 25;

/** Throws ValidationException for a period that AWS does not take. */
export function enableRotation({ keyring, clock }: Room, key: Key, period?: number): Key {
  const periodInDays = period ?? key.rotation?.periodInDays ?? DEFAULT_PERIOD;
  if (periodInDays < 90 || periodInDays > 2560) {
    throw validationError('RotationPeriodInDays must be between 90 and 2560 days (inclusive).');
  }
  if (key.rotation?.periodInDays === periodInDays) return key;
  return keyring.put({ ...key, rotation: { periodInDays, nextAt: clock.now() + days(periodInDays) } });
}

export function disableRotation({ keyring }: Room, { rotation, ...key }: Key): Key {
  return rotation ? keyring.put(key) : key;
}

export function rotationOperations(room: Room): Record<string, Operation> {
  const { keyring, needs, clock } = room;

  const changeable = (keyId: string): Key => {
    const key = keyring.getByKey(keyId);
    if (key.manager === 'AWS') throw notAuthorized(`The rotation of ${key.arn} is AWS's own matter.`);
    if (stateOf(key) === 'Disabled') throw keyDisabled(key.arn);
    if (stateOf(key) === 'PendingDeletion') throw invalidState(key.arn, 'pending deletion');
    return key;
  };
  const on = (action: string) => (input: OnKey, call: CallContext) => [needs.onKey(action, input.KeyId, call)];

  const enable: Operation<With<EnableKeyRotationRequest, 'KeyId'>> = {
    requires: (input, call) => [
      needs.onKey('EnableKeyRotation', input.KeyId, call, {
        'kms:RotationPeriodInDays': String(input.RotationPeriodInDays ?? DEFAULT_PERIOD),
      }),
    ],
    handle: (input) => void enableRotation(room, changeable(input.KeyId), input.RotationPeriodInDays),
  };

  const disable: Operation<OnKey> = {
    requires: on('DisableKeyRotation'),
    handle: (input) => void disableRotation(room, changeable(input.KeyId)),
  };

  const status: Operation<OnKey> = {
    requires: on('GetKeyRotationStatus'),
    handle(input) {
      const { arn, rotation } = keyring.getByKey(input.KeyId);
      if (!rotation) return { KeyId: arn, KeyRotationEnabled: false };
      return {
        KeyId: arn,
        KeyRotationEnabled: true,
        RotationPeriodInDays: rotation.periodInDays,
        NextRotationDate: new Date(rotation.nextAt),
      };
    },
  };

  const onDemand: Operation<OnKey> = {
    requires: on('RotateKeyOnDemand'),
    handle(input) {
      const key = changeable(input.KeyId);
      if (key.materials.filter(({ made }) => made === 'ON_DEMAND').length >= MOST_ON_DEMAND) {
        throw limitExceeded(`A key can be rotated on demand ${MOST_ON_DEMAND} times.`);
      }
      keyring.put({ ...key, materials: [...key.materials, newMaterial('ON_DEMAND', clock.now())] });
      return { KeyId: key.arn };
    },
  };

  const list: Operation<With<ListKeyRotationsRequest, 'KeyId'>> = {
    requires: on('ListKeyRotations'),
    handle(input) {
      const key = keyring.getByKey(input.KeyId);
      const wanted = key.materials.filter(
        ({ made }) => made !== 'WITH_KEY' || input.IncludeKeyMaterial === 'ALL_KEY_MATERIAL',
      );
      const { items, ...rest } = page(wanted, input, 100);
      const current = key.materials.at(-1);
      const Rotations = items.map((material) => ({
        KeyId: key.arn,
        KeyMaterialId: material.id,
        KeyMaterialState: material === current ? 'CURRENT' : 'NON_CURRENT',
        ...(material.made !== 'WITH_KEY' && { RotationDate: new Date(material.since), RotationType: material.made }),
      }));
      return { Rotations, ...rest };
    },
  };

  return {
    EnableKeyRotation: enable,
    DisableKeyRotation: disable,
    GetKeyRotationStatus: status,
    RotateKeyOnDemand: onDemand,
    ListKeyRotations: list,
  };
}
