/** AWS::Lambda::Version: what `$LATEST` is when the resource is made, for good. */
import type { Provider, ResourceRequest, ResourceResult } from '../../../kernel/provider.ts';
import type { JsonObject } from '../../../template/stack.ts';
import { provisionAsWanted, readProvisioned } from '../concurrency/provisioned-concurrency.ts';
import { parseFunctionName } from '../names.ts';
import { readProperties } from '../property-reader.ts';
import type { LambdaRoom } from '../room.ts';
import { publishVersion } from '../versions-and-aliases/publish.ts';

export function versionProvider(room: LambdaRoom): Provider {
  const { functions } = room;

  async function publish(request: ResourceRequest, before: JsonObject): Promise<ResourceResult> {
    const { functionName, description, provisioned } = readProperties(request, (read) => ({
      functionName: read.requiredText('FunctionName'),
      description: read.text('Description'),
      provisioned: readProvisioned(read),
    }));
    const { name } = parseFunctionName(functionName);
    const { version } = await publishVersion(room, name, description);
    provisionAsWanted(room, name, version, provisioned, before);
    const arn = functions.arn(name, version);
    return { physicalId: arn, attributes: { Version: version, FunctionArn: arn } };
  }

  return {
    create: (request) => publish(request, {}),
    // What a version runs is fixed: a change of that makes another one.
    update: (request, existing) => publish(request, existing.properties),
    delete({ physicalId }) {
      const { name, qualifier } = parseFunctionName(physicalId);
      if (qualifier !== undefined) functions.unpublish(name, qualifier);
    },
    unsupported: ({ properties }) =>
      ['RuntimePolicy', 'FunctionScalingConfig']
        .filter((name) => properties[name] !== undefined)
        .map((name) => ({ path: [name], message: 'is not acted on here: environments start when they are needed' })),
  };
}
