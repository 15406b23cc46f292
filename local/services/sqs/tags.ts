/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-tags.html */
import type { ListQueueTagsRequest, TagQueueRequest, UntagQueueRequest } from '@aws-sdk/client-sqs';
import type { Operation } from '../../kernel/service.ts';
import { invalidParameter } from './errors.ts';
import { requestTags } from './requirements.ts';
import type { OnQueue, Room } from './room.ts';

type Tags = Readonly<Record<string, string>>;

const MOST = 50;

/** Throws InvalidParameterValue. */
export function checkTags(tags: Tags): Tags {
  const entries = Object.entries(tags);
  if (entries.length > MOST) throw invalidParameter(`Too many tags added for queue: the most is ${MOST}.`);
  for (const [key, value] of entries) {
    if (key.length < 1 || key.length > 128)
      throw invalidParameter('Tag keys must be between 1 and 128 characters in length.');
    if (value.length > 256) throw invalidParameter('Tag values must be between 0 and 256 characters in length.');
    if (/^aws:/i.test(key)) throw invalidParameter('Tag keys cannot start with aws:');
  }
  return tags;
}

export function tagOperations({ book, needs }: Room): Record<string, Operation> {
  const tagQueue: Operation<OnQueue<TagQueueRequest> & { Tags: Record<string, string> }> = {
    requires: (input) => {
      const context = requestTags(input.Tags);
      return needs
        .onQueue('TagQueue')(input)
        .map((one) => ({ ...one, ...(context && { context }) }));
    },
    handle({ QueueUrl, Tags }) {
      const queue = book.at(QueueUrl);
      book.update(queue, { tags: checkTags({ ...queue.record.tags, ...Tags }) });
    },
  };

  const untagQueue: Operation<OnQueue<UntagQueueRequest> & { TagKeys: string[] }> = {
    requires: (input) =>
      needs
        .onQueue('UntagQueue')(input)
        .map((one) => ({ ...one, context: { 'aws:TagKeys': input.TagKeys } })),
    handle({ QueueUrl, TagKeys }) {
      const queue = book.at(QueueUrl);
      const kept = Object.entries(queue.record.tags).filter(([key]) => !TagKeys.includes(key));
      book.update(queue, { tags: Object.fromEntries(kept) });
    },
  };

  const listQueueTags: Operation<OnQueue<ListQueueTagsRequest>> = {
    requires: needs.onQueue('ListQueueTags'),
    handle({ QueueUrl }) {
      const { tags } = book.at(QueueUrl).record;
      return Object.keys(tags).length === 0 ? {} : { Tags: tags };
    },
  };

  return { TagQueue: tagQueue, UntagQueue: untagQueue, ListQueueTags: listQueueTags };
}
