/** https://docs.aws.amazon.com/sns/latest/dg/sns-tags.html */
import type { ListTagsForResourceRequest, TagResourceRequest, UntagResourceRequest } from '@aws-sdk/client-sns';
import type { Operation } from '../../kernel/service.ts';
import { invalidParameter, resourceNotFound, tagLimitExceeded } from './errors.ts';
import type { Tag, Topic } from './records.ts';
import { requestTags } from './requirements.ts';
import type { Operations, Room, With } from './room.ts';

const MOST_TAGS = 50;

/** Tags as they are kept. Throws InvalidParameter, TagLimitExceeded. */
export function checkTags(tags: readonly Tag[] | undefined): readonly Tag[] {
  const checked = (tags ?? []).map(({ Key, Value = '' }) => ({ Key, Value }));
  if (checked.some(({ Key }) => Key.toLowerCase().startsWith('aws:'))) {
    throw invalidParameter('Tags Reason: aws: prefixed tag key names are not allowed for external use');
  }
  if (new Set(checked.map(({ Key }) => Key)).size < checked.length) {
    throw invalidParameter('Duplicated keys are not allowed.');
  }
  if (checked.length > MOST_TAGS) throw tagLimitExceeded();
  return checked;
}

export function tagOperations({ repository, needs }: Room): Operations {
  const topicOf = (arn: string): Topic => {
    const topic = repository.findTopic(arn);
    if (!topic) throw resourceNotFound();
    return topic;
  };

  const tag: Operation<With<TagResourceRequest, 'ResourceArn'> & { readonly Tags: Tag[] }> = {
    requires: (input) => [needs.onTopic('TagResource', input.ResourceArn, requestTags(input.Tags))],
    handle({ ResourceArn, Tags }) {
      const topic = topicOf(ResourceArn);
      const added = checkTags(Tags);
      const others = topic.tags.filter(({ Key }) => !added.some((each) => each.Key === Key));
      repository.putTopic({ ...topic, tags: checkTags([...others, ...added]) });
      return {};
    },
  };

  const untag: Operation<With<UntagResourceRequest, 'ResourceArn' | 'TagKeys'>> = {
    requires: (input) => [needs.onTopic('UntagResource', input.ResourceArn, { 'aws:TagKeys': input.TagKeys })],
    handle({ ResourceArn, TagKeys }) {
      const topic = topicOf(ResourceArn);
      repository.putTopic({ ...topic, tags: topic.tags.filter(({ Key }) => !TagKeys.includes(Key)) });
      return {};
    },
  };

  const list: Operation<With<ListTagsForResourceRequest, 'ResourceArn'>> = {
    requires: (input) => [needs.onTopic('ListTagsForResource', input.ResourceArn)],
    handle: ({ ResourceArn }) => ({ Tags: topicOf(ResourceArn).tags }),
  };

  return { TagResource: tag, UntagResource: untag, ListTagsForResource: list };
}
