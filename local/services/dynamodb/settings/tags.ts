/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Tagging.html */
import type { ListTagsOfResourceInput, TagResourceInput, UntagResourceInput } from '@aws-sdk/client-dynamodb';
import { AwsError } from '../../../kernel/aws-error.ts';
import type { Operation, Requirement } from '../../../kernel/service.ts';
import { invalidParameter, validationError } from '../errors.ts';
import type { Room, With } from '../room.ts';
import type { Tag } from '../tables/table.ts';
import type { OpenTable } from '../tables/tables.ts';

const MOST_TAGS = 50;
const PAGE = 10;

/** Throws ValidationException. */
export function checkTags(tags: readonly Partial<Tag>[] | undefined): readonly Tag[] {
  const checked = (tags ?? []).map(({ Key = '', Value = '' }) => ({ Key, Value }));
  const names = checked.map(({ Key }) => Key);
  if (new Set(names).size < names.length)
    throw validationError('One or more parameter values were invalid: Duplicate tag key');
  if (names.some((name) => name.toLowerCase().startsWith('aws:'))) {
    throw validationError('One or more parameter values were invalid: Tag keys cannot start with aws:');
  }
  if (checked.length > MOST_TAGS) throw invalidParameter(`Too many tags: at most ${MOST_TAGS}`);
  return checked;
}

export function tagOperations({ tables }: Room): Record<string, Operation> {
  const on = (action: string, arn: string, context?: Requirement['context']): Requirement[] => [
    { action: `dynamodb:${action}`, resource: arn, ...(context && { context }) },
  ];
  function tableOf(arn: string): OpenTable {
    const table = tables.find(arn);
    if (table?.arn === arn) return table;
    if (!/^arn:[^:]+:dynamodb:[^:]+:\d{12}:table\//.test(arn))
      throw validationError(`Invalid TableArn: Invalid ResourceArn provided as input ${arn}`);
    throw new AwsError('ResourceNotFoundException', `Requested resource not found: ResourcArn: ${arn} not found`);
  }

  const tagResource: Operation<With<TagResourceInput, 'ResourceArn'>> = {
    requires: ({ ResourceArn, Tags = [] }) =>
      on('TagResource', ResourceArn, {
        'aws:TagKeys': Tags.map(({ Key = '' }) => Key),
        ...Object.fromEntries(Tags.map(({ Key = '', Value = '' }) => [`aws:RequestTag/${Key}`, Value])),
      }),
    handle({ ResourceArn, Tags }) {
      const table = tableOf(ResourceArn);
      const added = checkTags(Tags);
      const others = table.tags.filter(({ Key }) => !added.some((tag) => tag.Key === Key));
      tables.put({ ...table, tags: checkTags([...others, ...added]) });
    },
  };

  const untagResource: Operation<With<UntagResourceInput, 'ResourceArn' | 'TagKeys'>> = {
    requires: ({ ResourceArn, TagKeys }) => on('UntagResource', ResourceArn, { 'aws:TagKeys': TagKeys }),
    handle({ ResourceArn, TagKeys }) {
      const table = tableOf(ResourceArn);
      tables.put({ ...table, tags: table.tags.filter(({ Key }) => !TagKeys.includes(Key)) });
    },
  };

  const listTagsOfResource: Operation<With<ListTagsOfResourceInput, 'ResourceArn'>> = {
    requires: ({ ResourceArn }) => on('ListTagsOfResource', ResourceArn),
    handle({ ResourceArn, NextToken }) {
      const start = NextToken === undefined ? 0 : Number(NextToken);
      if (!Number.isInteger(start) || start < 0) throw validationError('Invalid NextToken');
      const { tags } = tableOf(ResourceArn);
      const end = start + PAGE;
      return { Tags: tags.slice(start, end), ...(end < tags.length && { NextToken: String(end) }) };
    },
  };

  return { TagResource: tagResource, UntagResource: untagResource, ListTagsOfResource: listTagsOfResource };
}
