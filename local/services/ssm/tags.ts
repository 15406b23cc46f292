/** https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_AddTagsToResource.html */
import type {
  AddTagsToResourceRequest,
  ListTagsForResourceRequest,
  RemoveTagsFromResourceRequest,
} from '@aws-sdk/client-ssm';
import { AwsError } from '../../kernel/aws-error.ts';
import type { Operation } from '../../kernel/service.ts';
import { invalidResourceId, validationError } from './errors.ts';
import type { Parameter, Tag } from './records.ts';
import { requestTags } from './requirements.ts';
import type { Operations, Room, With } from './room.ts';

const MOST_TAGS = 50;

/** Tags as they are kept. Throws ValidationException, TooManyTagsError. */
export function checkTags(tags: readonly Tag[] | undefined): readonly Tag[] {
  const checked = (tags ?? []).map(({ Key, Value = '' }) => ({ Key, Value }));
  if (checked.some(({ Key }) => Key.toLowerCase().startsWith('aws:'))) {
    throw validationError('aws: prefixed tag key names are not allowed for external use');
  }
  if (checked.length > MOST_TAGS) {
    throw new AwsError('TooManyTagsError', 'The Targets parameter includes too many tags.');
  }
  return [...new Map(checked.map((tag) => [tag.Key, tag])).values()];
}

export function tagOperations({ repository, needs }: Room): Operations {
  function parameterOf({ ResourceType, ResourceId }: { ResourceType: string; ResourceId: string }): Parameter {
    if (ResourceType !== 'Parameter') {
      throw new AwsError(
        'InvalidResourceType',
        `The resource type ${ResourceType} is not valid: only parameters are emulated here.`,
      );
    }
    const parameter = repository.find(ResourceId);
    if (!parameter) throw invalidResourceId();
    return parameter;
  }

  const add: Operation<With<AddTagsToResourceRequest, 'ResourceType' | 'ResourceId'> & { readonly Tags: Tag[] }> = {
    requires: ({ ResourceId, Tags }) => [needs.onParameter('AddTagsToResource', ResourceId, requestTags(Tags))],
    handle(input) {
      const parameter = parameterOf(input);
      repository.put({ ...parameter, tags: checkTags([...parameter.tags, ...input.Tags]) });
      return {};
    },
  };

  const remove: Operation<With<RemoveTagsFromResourceRequest, 'ResourceType' | 'ResourceId' | 'TagKeys'>> = {
    requires: ({ ResourceId, TagKeys }) => [
      needs.onParameter('RemoveTagsFromResource', ResourceId, { 'aws:TagKeys': TagKeys }),
    ],
    handle(input) {
      const parameter = parameterOf(input);
      repository.put({ ...parameter, tags: parameter.tags.filter(({ Key }) => !input.TagKeys.includes(Key)) });
      return {};
    },
  };

  const list: Operation<With<ListTagsForResourceRequest, 'ResourceType' | 'ResourceId'>> = {
    requires: ({ ResourceId }) => [needs.onParameter('ListTagsForResource', ResourceId)],
    handle: (input) => ({ TagList: parameterOf(input).tags }),
  };

  return { AddTagsToResource: add, RemoveTagsFromResource: remove, ListTagsForResource: list };
}
