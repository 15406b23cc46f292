/** Settings of the account, and tags. */
import type { PutEncryptionConfigRequest, TagResourceRequest, UntagResourceRequest } from '@aws-sdk/client-xray';
import type { Operation } from '../../kernel/service.ts';
import { type EncryptionRecord, invalidRequest, notFound, onEverything, type Room } from './room.ts';

const CONFIG = 'config';

export function accountOperations(room: Room): Record<string, Operation> {
  const { encryption, tags } = room;
  const describe = ({ type, keyId }: EncryptionRecord) => ({
    EncryptionConfig: { Type: type, Status: 'ACTIVE', ...(keyId !== undefined && { KeyId: keyId }) },
  });

  const getEncryptionConfig: Operation<object> = {
    requires: onEverything('GetEncryptionConfig'),
    handle: () => describe(encryption.get(CONFIG) ?? { type: 'NONE' }),
  };

  /** Traces are kept in clear here; that the key exists is asked of KMS, in the name of whoever sets it. */
  const putEncryptionConfig: Operation<PutEncryptionConfigRequest> = {
    requires: onEverything('PutEncryptionConfig'),
    async handle({ Type, KeyId }) {
      if (Type === 'KMS' && KeyId === undefined) throw invalidRequest('KeyId must be specified for type KMS');
      if (Type === 'NONE' && KeyId !== undefined) throw invalidRequest('KeyId must not be specified for type NONE');
      if (KeyId !== undefined) await describeKey(room, KeyId);
      const record: EncryptionRecord = { type: Type === 'KMS' ? 'KMS' : 'NONE', keyId: KeyId };
      encryption.put(CONFIG, record);
      return describe(record);
    },
  };

  const exists = (arn: string): boolean =>
    room.groups.list().some(({ value }) => value.arn === arn) ||
    room.sampling.rules().some(({ name }) => room.ruleArn(name) === arn);

  const known = (arn: string): Readonly<Record<string, string>> => {
    if (!exists(arn)) throw notFound(`Resource ${arn} does not exist`);
    return tags.get(arn) ?? {};
  };

  const onResource = (action: string) => (input: { ResourceARN?: string }) => [
    { action: `xray:${action}`, resource: input.ResourceARN ?? '*' },
  ];

  const tagResource: Operation<TagResourceRequest & { ResourceARN: string }> = {
    requires: onResource('TagResource'),
    handle({ ResourceARN, Tags = [] }) {
      const added = Object.fromEntries(Tags.map(({ Key, Value }) => [Key ?? '', Value ?? '']));
      tags.put(ResourceARN, { ...known(ResourceARN), ...added });
      return {};
    },
  };

  const untagResource: Operation<UntagResourceRequest & { ResourceARN: string }> = {
    requires: onResource('UntagResource'),
    handle({ ResourceARN, TagKeys = [] }) {
      const kept = Object.entries(known(ResourceARN)).filter(([key]) => !TagKeys.includes(key));
      tags.put(ResourceARN, Object.fromEntries(kept));
      return {};
    },
  };

  const listTagsForResource: Operation<{ ResourceARN: string }> = {
    requires: onResource('ListTagsForResource'),
    handle: ({ ResourceARN }) => ({
      Tags: Object.entries(known(ResourceARN)).map(([Key, Value]) => ({ Key, Value })),
    }),
  };

  return {
    GetEncryptionConfig: getEncryptionConfig,
    PutEncryptionConfig: putEncryptionConfig,
    TagResource: tagResource,
    UntagResource: untagResource,
    ListTagsForResource: listTagsForResource,
  };
}

async function describeKey({ dispatch }: Room, KeyId: string): Promise<void> {
  try {
    const caller = { kind: 'internal', service: 'xray.amazonaws.com' } as const;
    await dispatch({ caller, service: 'kms', operation: 'DescribeKey', input: { KeyId } });
  } catch (error) {
    throw invalidRequest(`The KMS key could not be used: ${(error as Error).message}`);
  }
}
