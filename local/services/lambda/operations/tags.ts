/** Tags. https://docs.aws.amazon.com/lambda/latest/dg/configuration-tags.html */
import type { Operation, Requirement } from '../../../kernel/service.ts';
import { invalidParameter, notFound } from '../errors.ts';
import { codeSigningConfigNotFound } from '../functions/code-signing.ts';
import { putTags, type Tags } from '../functions/tags.ts';
import type { OperationParts } from './parts.ts';

interface Resource {
  readonly Resource: string;
}

export function tagOperations({ functions, records }: OperationParts): Readonly<Record<string, Operation>> {
  /** The ARN tags are kept by. Throws ResourceNotFoundException, InvalidParameterValueException. */
  function find({ Resource }: Resource): string {
    switch (Resource.split(':')[5]) {
      case 'function': {
        const { name, qualifier } = functions.reference(Resource);
        if (qualifier !== undefined) {
          throw invalidParameter(
            'Tags on function aliases and versions are not supported. Please specify a function ARN.',
          );
        }
        functions.record(name);
        return functions.arn(name);
      }
      case 'code-signing-config':
        if (!records.codeSigningConfigs.get(Resource)) throw codeSigningConfigNotFound(Resource);
        return Resource;
      case 'event-source-mapping':
        if (!records.eventSourceMappings.get(Resource.slice(Resource.lastIndexOf(':') + 1))) {
          throw notFound('The resource you requested does not exist.');
        }
        return Resource;
      default:
        throw invalidParameter(
          `Resources such as ${Resource} have no tags here: functions, event source mappings and code signing configurations have.`,
        );
    }
  }

  const requires =
    (action: string, more: (input: never) => Requirement['context'] = () => ({})) =>
    (input: Resource): readonly Requirement[] => [
      { action: `lambda:${action}`, resource: input.Resource, context: more(input as never) },
    ];

  return {
    /** https://docs.aws.amazon.com/lambda/latest/api/API_ListTags.html */
    ListTags: {
      requires: requires('ListTags'),
      handle: (input: Resource) => ({ Tags: { ...records.tags.get(find(input)) } }),
    },

    /** https://docs.aws.amazon.com/lambda/latest/api/API_TagResource.html */
    TagResource: {
      requires: requires('TagResource', ({ Tags }: { readonly Tags: Tags }) => ({
        'aws:TagKeys': Object.keys(Tags),
        ...Object.fromEntries(Object.entries(Tags).map(([key, value]) => [`aws:RequestTag/${key}`, value])),
      })),
      handle(input: Resource & { readonly Tags: Tags }) {
        const arn = find(input);
        if (Object.keys(input.Tags).length === 0) {
          throw invalidParameter('An error occurred and the request cannot be processed.');
        }
        putTags(records, arn, { ...records.tags.get(arn), ...input.Tags });
        return {};
      },
    },

    /** https://docs.aws.amazon.com/lambda/latest/api/API_UntagResource.html: a key that is not there is no error. */
    UntagResource: {
      requires: requires('UntagResource', ({ TagKeys }: { readonly TagKeys: readonly string[] }) => ({
        'aws:TagKeys': TagKeys,
      })),
      handle(input: Resource & { readonly TagKeys: readonly string[] }) {
        const arn = find(input);
        const left = Object.entries(records.tags.get(arn) ?? {}).filter(([key]) => !input.TagKeys.includes(key));
        putTags(records, arn, Object.fromEntries(left));
        return {};
      },
    },
  };
}
