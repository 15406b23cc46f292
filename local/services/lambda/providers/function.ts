/** AWS::Lambda::Function */
import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { ExistingResource, Provider, ResourceRequest, ResourceResult } from '../../../kernel/provider.ts';
import type { JsonObject } from '../../../template/stack.ts';
import { conflict } from '../errors.ts';
import {
  type FunctionSettings,
  layersElsewhere,
  readFunctionProperties,
  unsupportedFunctionProperties,
} from '../functions/function-properties.ts';
import { checkFunctionReferences } from '../functions/function-references.ts';
import { LATEST } from '../functions/functions.ts';
import { setWholeFunction } from '../functions/whole-function.ts';
import type { CodeLocation, FunctionVersion } from '../records.ts';
import type { LambdaRoom } from '../room.ts';

export function functionProvider(room: LambdaRoom): Provider {
  const { functions, records } = room;

  async function create(request: ResourceRequest, name?: string): Promise<ResourceResult> {
    const settings = readFunctionProperties(request);
    // A generated name is at most 64 characters, as Lambda's are.
    const functionName = name ?? settings.functionName ?? request.generatedName.slice(0, 64);
    const refuseSecond = (): void => {
      if (!records.functions.get(functionName) || request.interrupted === true) return;
      throw conflict(`Function already exist: ${functionName}`);
    };
    refuseSecond();
    return holding(room, async () => {
      const code = await checkFunctionReferences(room, request, settings, functionName, { isConfigured: true });
      await room.variableKeys.give(settings, functionName);
      // Somebody else may have been quicker while the code was fetched.
      refuseSecond();
      functions.create(versionOf(room, request, settings, code, functionName));
      setWholeFunction(room, functionName, settings.whole, {});
      setTags(room, functionName, {}, settings.tags);
      return resultOf(room, functionName);
    });
  }

  return {
    create: (request) => create(request),

    async update(request, existing) {
      const settings = readFunctionProperties(request);
      if (isReplaced(settings, existing))
        return create(request, settings.functionName ?? request.replacementName.slice(0, 64));
      const functionName = existing.physicalId;
      return holding(room, async () => {
        const isConfigured = isNewConfiguration(request.properties, existing.properties);
        const code = await checkFunctionReferences(room, request, settings, functionName, { isConfigured });
        if (isConfigured) await room.variableKeys.give(settings, functionName);
        functions.update(versionOf(room, request, settings, code, functionName));
        setWholeFunction(room, functionName, settings.whole, existing.properties);
        setTags(room, functionName, tagsIn(existing.properties), settings.tags);
        return resultOf(room, functionName);
      });
    },

    async delete({ physicalId }) {
      functions.remove(physicalId);
      await room.variableKeys.takeBack(physicalId);
    },

    restore({ physicalId }) {
      if (records.functions.get(physicalId)) return resultOf(room, physicalId);
      // On AWS a stack does not notice either, until it is to change what is gone.
      return undefined;
    },

    unsupported: ({ properties }) => [
      ...unsupportedFunctionProperties(properties),
      ...layersElsewhere(properties, room.place),
    ],
  };
}

/** Code that is kept on the way is safe until the version that has it is remembered. */
async function holding<T>({ code }: LambdaRoom, work: () => Promise<T>): Promise<T> {
  const release = code.hold();
  try {
    return await work();
  } finally {
    release();
  }
}

/** CloudFormation calls UpdateFunctionConfiguration for what is more than new code. */
function isNewConfiguration({ Code: _new, ...properties }: JsonObject, { Code: _old, ...before }: JsonObject): boolean {
  return !isDeepStrictEqual(properties, before);
}

/** Another name is another function; so is one that had a name of its own and now gets a generated one. */
function isReplaced(settings: FunctionSettings, existing: ExistingResource): boolean {
  const before = existing.properties['FunctionName'];
  return settings.functionName === undefined ? before !== undefined : settings.functionName !== existing.physicalId;
}

function resultOf({ functions }: LambdaRoom, functionName: string): ResourceResult {
  return {
    physicalId: functionName,
    attributes: {
      Arn: functions.arn(functionName),
      SnapStartResponse: { ApplyOn: 'None', OptimizationStatus: 'Off' },
      'SnapStartResponse.ApplyOn': 'None',
      'SnapStartResponse.OptimizationStatus': 'Off',
    },
  };
}

function versionOf(
  room: LambdaRoom,
  request: ResourceRequest,
  settings: FunctionSettings,
  code: CodeLocation,
  functionName: string,
): FunctionVersion {
  const { functionName: _name, whole: _whole, tags: _tags, logging, ...rest } = settings;
  return {
    ...rest,
    functionName,
    label: request.logicalId,
    version: LATEST,
    code,
    logging: { ...logging, logGroup: logging.logGroup ?? `/aws/lambda/${functionName}` },
    lastModified: new Date(room.clock.now()).toISOString().replace('Z', '+0000'),
    revisionId: randomUUID(),
  };
}

/** Tags that somebody added beside the template stay, as they do when CloudFormation updates a function. */
function setTags(
  { records, functions }: LambdaRoom,
  functionName: string,
  before: Readonly<Record<string, string>>,
  wanted: Readonly<Record<string, string>>,
): void {
  const arn = functions.arn(functionName);
  const others = Object.entries(records.tags.get(arn) ?? {}).filter(([key]) => !Object.hasOwn(before, key));
  const tags = { ...Object.fromEntries(others), ...wanted };
  if (Object.keys(tags).length > 0) records.tags.put(arn, tags);
  else records.tags.delete(arn);
}

function tagsIn({ Tags }: JsonObject): Record<string, string> {
  const list = Array.isArray(Tags) ? (Tags as readonly { Key?: string; Value?: string }[]) : [];
  return Object.fromEntries(list.map(({ Key, Value }) => [String(Key), String(Value ?? '')]));
}
