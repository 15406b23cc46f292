/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ssm-parameter.html */
import { readProperties } from '../../kernel/property-reader.ts';
import type { Provider, ResourceRequest, ResourceResult } from '../../kernel/provider.ts';
import { type PutInput, putParameter } from './put-parameter.ts';
import { currentOf, type Parameter, type Tag } from './records.ts';
import type { Room } from './room.ts';
import { checkTags } from './tags.ts';

const CLOUDFORMATION = 'cloudformation.amazonaws.com';

export function parameterProvider(room: Room): Provider {
  const { repository } = room;

  async function make(request: ResourceRequest, generated: string): Promise<ResourceResult> {
    const { tags, ...input } = read(request);
    const Name = input.Name ?? generated;
    // What a crash left behind of this very resource is taken over.
    const Overwrite = request.interrupted === true && repository.find(Name) !== undefined;
    const parameter = await putParameter(room, { ...input, Name, Overwrite }, CLOUDFORMATION);
    return result(repository.put({ ...parameter, tags: checkTags(tags) }));
  }

  return {
    create: (request) => make(request, request.generatedName),
    async update(request, existing) {
      const { tags, ...input } = read(request);
      const before = existing.properties;
      const isAnother =
        String(before['Name'] ?? '') !== (input.Name ?? '') || String(before['Type']) !== String(input.Type);
      if (isAnother) return replace(request, existing.physicalId, input.Name);
      const parameter = await putParameter(
        room,
        { ...input, Name: existing.physicalId, Overwrite: true },
        CLOUDFORMATION,
      );
      return result(repository.put({ ...parameter, tags: checkTags(tags) }));
    },
    delete({ physicalId }) {
      const parameter = repository.find(physicalId);
      if (parameter) repository.delete(parameter);
    },
    unsupported: ({ properties }) =>
      properties['Policies'] === undefined
        ? []
        : [
            {
              path: ['Policies'],
              message: 'recorded, no effect: parameters do not expire, and nobody is told of them',
            },
          ],
  };

  /** Another type under the same name: AWS deletes and creates. */
  async function replace(request: ResourceRequest, physicalId: string, name: string | undefined) {
    const parameter = repository.find(physicalId);
    if (name === physicalId && parameter) repository.delete(parameter);
    return make(request, request.replacementName);
  }
}

function result(parameter: Parameter): ResourceResult {
  const { type, value } = currentOf(parameter);
  return { physicalId: parameter.name, attributes: { Type: type, Value: value } };
}

type Properties = Omit<PutInput, 'Name' | 'Tags' | 'Overwrite'> & {
  readonly Name?: string;
  readonly tags: readonly Tag[];
};

function read(request: ResourceRequest): Properties {
  return readProperties(request, (reader) => {
    const { Tags } = reader.properties;
    const isMap = typeof Tags === 'object' && Tags !== null && !Array.isArray(Tags);
    if (Tags !== undefined && !isMap) reader.refuse(['Tags'], 'Tags must be a map of keys to values');
    const name = reader.text('Name');
    return {
      ...(name !== undefined && { Name: name }),
      Type: reader.oneOf('Type', ['String', 'StringList']) ?? 'String',
      Value: reader.requiredText('Value'),
      Description: reader.text('Description'),
      AllowedPattern: reader.text('AllowedPattern'),
      DataType: reader.text('DataType'),
      Tier: reader.oneOf('Tier', ['Standard', 'Advanced', 'Intelligent-Tiering']),
      tags: isMap ? Object.entries(Tags).map(([Key, Value]) => ({ Key, Value: String(Value) })) : [],
    };
  });
}
