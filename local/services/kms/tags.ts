/** https://docs.aws.amazon.com/kms/latest/developerguide/tagging-keys.html */
import type { ListResourceTagsRequest, TagResourceRequest, UntagResourceRequest } from '@aws-sdk/client-kms';
import type { Operation } from '../../kernel/service.ts';
import { invalidState, invalidTag, limitExceeded } from './errors.ts';
import { type Key, stateOf, type Tag } from './key.ts';
import { page } from './paging.ts';
import { requestTags } from './requirements.ts';
import type { Room, With } from './room.ts';

const MOST_TAGS = 50;

/** Tags as they are kept. Throws TagException and LimitExceededException. */
export function checkTags(tags: readonly Partial<Tag>[] | undefined): readonly Tag[] {
  const checked = (tags ?? []).map(({ TagKey = '', TagValue = '' }) => ({ TagKey, TagValue }));
  for (const { TagKey } of checked) {
    if (TagKey.toLowerCase().startsWith('aws:')) throw invalidTag('Tag keys cannot start with "aws:"');
  }
  if (new Set(checked.map(({ TagKey }) => TagKey)).size !== checked.length) {
    throw invalidTag('Duplicate tag keys');
  }
  if (checked.length > MOST_TAGS) throw limitExceeded(`A key can have at most ${MOST_TAGS} tags.`);
  return checked;
}

export function tagOperations({ keyring, needs }: Room): Record<string, Operation> {
  const changeable = (keyId: string): Key => {
    const key = keyring.getByKey(keyId);
    if (stateOf(key) === 'PendingDeletion') throw invalidState(key.arn, 'pending deletion');
    return key;
  };

  const tagResource: Operation<With<TagResourceRequest, 'KeyId'> & { Tags: Tag[] }> = {
    requires: (input, call) => [needs.onKey('TagResource', input.KeyId, call, requestTags(input.Tags))],
    handle(input) {
      const key = changeable(input.KeyId);
      const added = checkTags(input.Tags);
      const others = key.tags.filter(({ TagKey }) => !added.some((tag) => tag.TagKey === TagKey));
      keyring.put({ ...key, tags: checkTags([...others, ...added]) });
    },
  };

  const untagResource: Operation<With<UntagResourceRequest, 'KeyId' | 'TagKeys'>> = {
    requires: (input, call) => [needs.onKey('UntagResource', input.KeyId, call, { 'aws:TagKeys': input.TagKeys })],
    handle(input) {
      const key = changeable(input.KeyId);
      keyring.put({ ...key, tags: key.tags.filter(({ TagKey }) => !input.TagKeys.includes(TagKey)) });
    },
  };

  const listResourceTags: Operation<With<ListResourceTagsRequest, 'KeyId'>> = {
    requires: (input, call) => [needs.onKey('ListResourceTags', input.KeyId, call)],
    handle(input) {
      const { items, ...rest } = page(keyring.getByKey(input.KeyId).tags, input);
      return { Tags: items, ...rest };
    },
  };

  return { TagResource: tagResource, UntagResource: untagResource, ListResourceTags: listResourceTags };
}
