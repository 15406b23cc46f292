/** Of buses and rules. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-tagging.html */
import type {
  ListTagsForResourceRequest,
  Tag,
  TagResourceRequest,
  UntagResourceRequest,
} from '@aws-sdk/client-eventbridge';
import type { Operation } from '../../kernel/service.ts';
import { DEFAULT_BUS } from './bus-repository.ts';
import { limitExceeded, notFound, validationError } from './errors.ts';
import { requestTags } from './requirements.ts';
import type { Room, With } from './room.ts';

const MOST_TAGS = 50;

/** Adds to those that are there. */
export function putTags(room: Room, arn: string, tags: readonly Tag[] | undefined): void {
  if (!tags?.length) return;
  if (tags.some(({ Key = '' }) => /^aws:/i.test(Key))) throw validationError('Tag keys must not begin with aws:.');
  const all = {
    ...room.tags.get(arn),
    ...Object.fromEntries(tags.map(({ Key = '', Value = '' }) => [Key, Value])),
  };
  if (Object.keys(all).length > MOST_TAGS) throw limitExceeded();
  room.tags.put(arn, all);
}

export function tagOperations(room: Room): Record<string, Operation> {
  /** Throws ResourceNotFoundException. */
  function check(arn: string): string {
    const [kind, first = '', second] = arn.split(':').slice(5).join(':').split('/');
    if (kind === 'event-bus') room.buses.get(arn);
    else if (kind !== 'rule') throw notFound(`${arn} does not exist.`);
    else if (second === undefined) room.rules.get(DEFAULT_BUS, first);
    else room.rules.get(first, second);
    return arn;
  }

  const tag: Operation<With<TagResourceRequest, 'ResourceARN' | 'Tags'>> = {
    requires: ({ ResourceARN, Tags }) => [
      { action: 'events:TagResource', resource: ResourceARN, context: requestTags(Tags) },
    ],
    handle: ({ ResourceARN, Tags }) => putTags(room, check(ResourceARN), Tags),
  };

  const untag: Operation<With<UntagResourceRequest, 'ResourceARN' | 'TagKeys'>> = {
    requires: ({ ResourceARN, TagKeys }) => [
      { action: 'events:UntagResource', resource: ResourceARN, context: { 'aws:TagKeys': TagKeys } },
    ],
    handle({ ResourceARN, TagKeys }) {
      const kept = Object.entries(room.tags.get(check(ResourceARN)) ?? {}).filter(([key]) => !TagKeys.includes(key));
      room.tags.put(ResourceARN, Object.fromEntries(kept));
    },
  };

  const list: Operation<With<ListTagsForResourceRequest, 'ResourceARN'>> = {
    requires: ({ ResourceARN }) => [{ action: 'events:ListTagsForResource', resource: ResourceARN }],
    handle: ({ ResourceARN }) => ({
      Tags: Object.entries(room.tags.get(check(ResourceARN)) ?? {}).map(([Key, Value]) => ({ Key, Value })),
    }),
  };

  return { TagResource: tag, UntagResource: untag, ListTagsForResource: list };
}
