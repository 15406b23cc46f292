/** AWS::Lambda::Alias. https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html */
import { randomUUID } from 'node:crypto';
import type { Provider, ResourceRequest, ResourceResult } from '../../../kernel/provider.ts';
import type { JsonObject } from '../../../template/stack.ts';
import { provisionAsWanted, readProvisioned } from '../concurrency/provisioned-concurrency.ts';
import { conflict } from '../errors.ts';
import { LATEST } from '../functions/functions.ts';
import { parseFunctionName } from '../names.ts';
import { readProperties } from '../property-reader.ts';
import type { AliasRecord } from '../records.ts';
import type { LambdaRoom } from '../room.ts';
import { shiftTraffic } from '../versions-and-aliases/traffic-shift.ts';

export function aliasProvider(room: LambdaRoom): Provider {
  const { functions, records } = room;

  function put({ provisioned, ...alias }: Settings, before: JsonObject): ResourceResult {
    // Throws ResourceNotFoundException for a version that is not there.
    for (const version of [alias.functionVersion, ...Object.keys(alias.additionalVersionWeights)]) {
      functions.version(alias.functionName, version);
    }
    functions.putAlias({ ...alias, revisionId: randomUUID() });
    provisionAsWanted(room, alias.functionName, alias.name, provisioned, before);
    const arn = functions.arn(alias.functionName, alias.name);
    return { physicalId: arn, attributes: { AliasArn: arn } };
  }

  return {
    create(request) {
      const alias = readAlias(request);
      functions.version(alias.functionName, alias.functionVersion);
      if (records.aliases.get(`${alias.functionName}:${alias.name}`) && request.interrupted !== true) {
        throw conflict(`Alias already exists: ${functions.arn(alias.functionName, alias.name)}`);
      }
      return put(alias, {});
    },
    async update(request, existing) {
      const alias = readAlias(request);
      await shiftTraffic(room, request, alias);
      return put(alias, existing.properties);
    },
    delete({ physicalId }) {
      const { name, qualifier } = parseFunctionName(physicalId);
      if (qualifier !== undefined) functions.removeAlias(name, qualifier);
    },
  };
}

/** `provisioned`: how many environments are wanted ahead of requests. */
type Settings = Omit<AliasRecord, 'revisionId'> & { readonly provisioned: number | undefined };

function readAlias(request: ResourceRequest): Settings {
  return readProperties(request, (read) => {
    const functionVersion = read.requiredText('FunctionVersion', { pattern: /^(?:\$LATEST|\d+)$/ });
    const weights =
      read.within('RoutingConfig', (routing) => {
        const all = routing.each('AdditionalVersionWeights', (at): [string, number] => [
          at.requiredText('FunctionVersion'),
          at.number('FunctionWeight', { minimum: 0, maximum: 1 }) ?? at.missing('FunctionWeight', 0),
        ]);
        const complaint = routingComplaint(functionVersion, all);
        if (complaint !== undefined) routing.refuse(['AdditionalVersionWeights'], complaint);
        return all;
      }) ?? [];
    return {
      functionName: parseFunctionName(read.requiredText('FunctionName')).name,
      name: read.requiredText('Name', { pattern: /^(?!^\d+$)[\w-]{1,128}$/ }),
      functionVersion,
      description: read.text('Description') ?? '',
      additionalVersionWeights: Object.fromEntries(weights),
      provisioned: readProvisioned(read),
    };
  });
}

function routingComplaint(
  functionVersion: string,
  weights: readonly (readonly [string, number])[],
): string | undefined {
  const [additional] = weights;
  if (!additional) return undefined;
  if (weights.length > 1) return 'Number of items in AdditionalVersionWeights cannot be greater than 1';
  if (functionVersion === LATEST) return '$LATEST is not supported for an alias pointing to more than 1 version';
  const [version, weight] = additional;
  if (!/^\d+$/.test(version)) {
    return `Value '{${version}=${weight}}' at 'routingConfig.additionalVersionWeights' failed to satisfy constraint: Map keys must satisfy constraint: [Member must have length less than or equal to 1024, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [0-9]+]`;
  }
  if (version === functionVersion) {
    return `Invalid function version ${version}. Function version ${version} is already included in routing configuration.`;
  }
  return undefined;
}

/** What a template would say of an alias that is there: for changes of some of its members. */
export function propertiesOfAlias(alias: AliasRecord): JsonObject {
  return {
    FunctionName: alias.functionName,
    Name: alias.name,
    FunctionVersion: alias.functionVersion,
    Description: alias.description,
    RoutingConfig: {
      AdditionalVersionWeights: Object.entries(alias.additionalVersionWeights).map(
        ([FunctionVersion, FunctionWeight]) => ({ FunctionVersion, FunctionWeight }),
      ),
    },
  };
}
