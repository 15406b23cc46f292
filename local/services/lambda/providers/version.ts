/** AWS::Lambda::Version: what `$LATEST` is when the resource is made, for good. */
import type { Provider, ResourceRequest, ResourceResult } from '../../../kernel/provider.ts';
import { parseFunctionName } from '../names.ts';
import { readProperties } from '../property-reader.ts';
import { publishVersion } from '../publish.ts';
import type { LambdaRoom } from '../room.ts';

export function versionProvider(room: LambdaRoom): Provider {
  const { functions } = room;

  async function create(request: ResourceRequest): Promise<ResourceResult> {
    const { functionName, description } = readProperties(request, (read) => ({
      functionName: read.requiredText('FunctionName'),
      description: read.text('Description'),
    }));
    const { name } = parseFunctionName(functionName);
    const { version } = await publishVersion(room, name, description);
    const arn = functions.arn(name, version);
    return { physicalId: arn, attributes: { Version: version, FunctionArn: arn } };
  }

  return {
    create,
    // Every property of a version is fixed: a change makes another one.
    update: create,
    delete({ physicalId }) {
      const { name, qualifier } = parseFunctionName(physicalId);
      if (qualifier !== undefined) functions.unpublish(name, qualifier);
    },
    unsupported: ({ properties }) =>
      ['ProvisionedConcurrencyConfig', 'RuntimePolicy', 'FunctionScalingConfig']
        .filter((name) => properties[name] !== undefined)
        .map((name) => ({ path: [name], message: 'is not acted on here: environments start when they are needed' })),
  };
}
