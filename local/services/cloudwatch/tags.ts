/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_TagResource.html */
import type { Operation, Requirement } from '../../kernel/service.ts';
import type { Alarms } from './alarms/alarms.ts';
import type { Tags } from './alarms/records.ts';
import { notFound, validationError } from './errors.ts';

interface Tag {
  readonly Key: string;
  readonly Value: string;
}

const MOST_TAGS = 50;

/** Throws ValidationError. */
export function tagsOf(list: readonly Tag[] = []): Tags {
  const tags: Record<string, string> = {};
  for (const { Key, Value } of list) {
    if (Key.startsWith('aws:')) throw validationError('Tag keys must not begin with aws:.');
    if (Object.hasOwn(tags, Key)) throw validationError(`Duplicate tag key ${Key}.`);
    tags[Key] = Value;
  }
  if (Object.keys(tags).length > MOST_TAGS) throw validationError(`A resource may have ${MOST_TAGS} tags.`);
  return tags;
}

/** Condition keys of a request with tags. */
export function requestTags(list: readonly Tag[] | undefined): Requirement['context'] {
  if (!list || list.length === 0) return {};
  return {
    'aws:TagKeys': list.map(({ Key }) => Key),
    ...Object.fromEntries(list.map(({ Key, Value }) => [`aws:RequestTag/${Key}`, Value])),
  };
}

export function tagOperations({ book }: Alarms): Readonly<Record<string, Operation>> {
  const alarmOf = (arn: string) => {
    const alarm = arn.startsWith('arn:') ? book.get(arn) : undefined;
    if (!alarm) throw notFound(`Resource ${arn} does not exist`);
    return alarm;
  };
  return {
    TagResource: {
      requires: ({ ResourceARN, Tags }: { readonly ResourceARN: string; readonly Tags: readonly Tag[] }) => [
        { action: 'cloudwatch:TagResource', resource: ResourceARN, context: requestTags(Tags) },
      ],
      handle({ ResourceARN, Tags }: { readonly ResourceARN: string; readonly Tags: readonly Tag[] }) {
        const alarm = alarmOf(ResourceARN);
        const all = { ...alarm.tags, ...tagsOf(Tags) };
        tagsOf(Object.entries(all).map(([Key, Value]) => ({ Key, Value })));
        book.put({ ...alarm, tags: all });
        return {};
      },
    },
    UntagResource: {
      requires: ({ ResourceARN, TagKeys }: { readonly ResourceARN: string; readonly TagKeys: readonly string[] }) => [
        { action: 'cloudwatch:UntagResource', resource: ResourceARN, context: { 'aws:TagKeys': TagKeys } },
      ],
      handle({ ResourceARN, TagKeys }: { readonly ResourceARN: string; readonly TagKeys: readonly string[] }) {
        const alarm = alarmOf(ResourceARN);
        const tags = Object.fromEntries(Object.entries(alarm.tags).filter(([key]) => !TagKeys.includes(key)));
        book.put({ ...alarm, tags });
        return {};
      },
    },
    ListTagsForResource: {
      requires: ({ ResourceARN }: { readonly ResourceARN: string }) => [
        { action: 'cloudwatch:ListTagsForResource', resource: ResourceARN },
      ],
      handle({ ResourceARN }: { readonly ResourceARN: string }) {
        return { Tags: Object.entries(alarmOf(ResourceARN).tags).map(([Key, Value]) => ({ Key, Value })) };
      },
    },
  };
}
