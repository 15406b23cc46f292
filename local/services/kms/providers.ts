/** AWS::KMS::Key and AWS::KMS::Alias. */

import type { CreateKeyRequest } from '@aws-sdk/client-kms';
import { type PropertyReader, readProperties } from '../../kernel/property-reader.ts';
import type { Provider, ResourceRequest, ResourceResult } from '../../kernel/provider.ts';
import { documentFindings } from '../../policy/iam/findings.ts';
import { createAlias, updateAlias } from './aliases.ts';
import { defaultPolicy } from './aws-managed.ts';
import type { Key, Tag } from './key.ts';
import { makeKey, scheduleDeletion } from './key-operations.ts';
import { advisedOfLockout, checkKeyPolicy } from './key-policy.ts';
import type { Room } from './room.ts';
import { disableRotation, enableRotation } from './rotation.ts';
import { checkTags } from './tags.ts';

export function providers(room: Room): Record<string, Provider> {
  return {
    'AWS::KMS::Key': keyProvider(room),
    'AWS::KMS::Alias': aliasProvider(room),
  };
}

interface KeyProperties {
  readonly description: string;
  readonly enabled: boolean;
  readonly policy?: string;
  readonly bypass: boolean;
  readonly multiRegion: boolean;
  readonly rotation: { readonly enabled: boolean; readonly periodInDays?: number };
  readonly tags: readonly Tag[];
  readonly kind: Pick<CreateKeyRequest, 'KeySpec' | 'KeyUsage' | 'Origin'>;
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-kms-key.html */
function keyProvider(room: Room): Provider {
  const { keyring } = room;

  async function make(request: ResourceRequest): Promise<ResourceResult> {
    const properties = readProperties(request, readKey);
    const key = await advisedOfLockout(request.logicalId, () =>
      makeKey(room, {
        ...properties.kind,
        Description: properties.description,
        MultiRegion: properties.multiRegion,
        Policy: properties.policy,
        BypassPolicyLockoutSafetyCheck: properties.bypass,
        Tags: [...properties.tags],
        policyPlace: placeOf(request, properties),
      }),
    );
    return result(settle(key, properties));
  }

  /** What CreateKey does not take. */
  function settle(key: Key, { enabled, rotation }: KeyProperties): Key {
    const turning = rotation.enabled ? enableRotation(room, key, rotation.periodInDays) : disableRotation(room, key);
    return turning.enabled === enabled ? turning : keyring.put({ ...turning, enabled });
  }

  return {
    create: make,
    async update(request, existing) {
      const replaced = ['KeySpec', 'KeyUsage', 'MultiRegion', 'Origin'].some(
        (name) => String(request.properties[name] ?? '') !== String(existing.properties[name] ?? ''),
      );
      if (replaced) return make(request);
      const properties = readProperties(request, readKey);
      const { policy = defaultPolicy(room), bypass, description, tags } = properties;
      await advisedOfLockout(request.logicalId, () => checkKeyPolicy(room, policy, bypass));
      const { policyPlace, ...key } = keyring.getByKey(existing.physicalId);
      const changed = { ...key, description, tags: checkTags(tags), policy, policyPlace: placeOf(request, properties) };
      return result(settle(keyring.put(changed), properties));
    },
    delete({ physicalId, properties }) {
      const key = keyring.find(physicalId);
      if (!key || key.deletion) return;
      scheduleDeletion(room, physicalId, Number(properties['PendingWindowInDays'] ?? 30));
    },
    unsupported: ({ properties }) => documentFindings(properties['KeyPolicy'], 'key', ['KeyPolicy']),
  };
}

function result(key: Key): ResourceResult {
  return { physicalId: key.id, attributes: { KeyId: key.id, Arn: key.arn } };
}

/** A policy that the template does not have has no place in it. */
function placeOf({ stackName, logicalId }: ResourceRequest, { policy }: KeyProperties) {
  return policy === undefined ? undefined : { stackName, logicalId, path: ['KeyPolicy'] };
}

function readKey(reader: PropertyReader): KeyProperties {
  const { KeyPolicy } = reader.properties;
  const policy =
    typeof KeyPolicy === 'object' && KeyPolicy !== null ? JSON.stringify(KeyPolicy) : reader.text('KeyPolicy');
  const periodInDays = reader.integer('RotationPeriodInDays', [90, 2560]);
  reader.integer('PendingWindowInDays', [7, 30]);
  return {
    description: reader.text('Description') ?? '',
    enabled: reader.boolean('Enabled') ?? true,
    policy,
    bypass: reader.boolean('BypassPolicyLockoutSafetyCheck') ?? false,
    multiRegion: reader.boolean('MultiRegion') ?? false,
    rotation: {
      enabled: reader.boolean('EnableKeyRotation') ?? false,
      ...(periodInDays !== undefined && { periodInDays }),
    },
    tags: reader.objects('Tags', (tag) => ({ TagKey: tag.requiredText('Key'), TagValue: tag.text('Value') ?? '' })),
    kind: {
      KeySpec: reader.text('KeySpec') as CreateKeyRequest['KeySpec'],
      KeyUsage: reader.text('KeyUsage') as CreateKeyRequest['KeyUsage'],
      Origin: reader.text('Origin') as CreateKeyRequest['Origin'],
    },
  };
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-kms-alias.html */
function aliasProvider(room: Room): Provider {
  const read = (request: ResourceRequest) =>
    readProperties(request, (reader) => ({
      name: reader.requiredText('AliasName'),
      target: reader.requiredText('TargetKeyId'),
    }));

  function make(request: ResourceRequest): ResourceResult {
    const { name, target } = read(request);
    // What a crash left behind of this very resource is taken over.
    if (request.interrupted && room.keyring.alias(name)) updateAlias(room, name, target);
    else createAlias(room, name, target);
    return { physicalId: name };
  }

  return {
    create: make,
    update(request, existing) {
      const { name, target } = read(request);
      if (name !== existing.physicalId) return make(request);
      updateAlias(room, name, target);
      return { physicalId: name };
    },
    delete: ({ physicalId }) => room.keyring.deleteAlias(physicalId),
  };
}
