/** AWS::Lambda::EventInvokeConfig: retries, age and destinations of asynchronous invocations. */
import type { Provider, ResourceRequest, ResourceResult } from '../../../kernel/provider.ts';
import type { JsonObject } from '../../../template/stack.ts';
import { conflict, notFound } from '../errors.ts';
import { LATEST } from '../functions/functions.ts';
import { exists } from '../functions/qualified.ts';
import { parseFunctionName } from '../names.ts';
import { type PropertyReader, readProperties } from '../property-reader.ts';
import type { EventInvokeRecord } from '../records.ts';
import { checkDestinations } from '../roles/check-role.ts';
import type { LambdaRoom } from '../room.ts';

type Settings = Omit<EventInvokeRecord, 'lastModified'>;

export function eventInvokeConfigProvider(room: LambdaRoom): Provider {
  const { records, functions, clock } = room;

  function read(request: ResourceRequest): Settings {
    return readProperties(request, (reader) => {
      const { name, qualifier } = parseFunctionName(
        reader.requiredText('FunctionName'),
        reader.requiredText('Qualifier', { pattern: /^(?:\$LATEST|[\w-]{1,128})$/ }),
      );
      const settings = {
        functionName: name,
        qualifier: qualifier ?? LATEST,
        maximumRetryAttempts: reader.integer('MaximumRetryAttempts', { minimum: 0, maximum: 2 }),
        maximumEventAgeSeconds: reader.integer('MaximumEventAgeInSeconds', { minimum: 60, maximum: 21_600 }),
        ...readDestinations(reader, room, name, request.stackId === ''),
      };
      const { MaximumRetryAttempts, MaximumEventAgeInSeconds, DestinationConfig } = request.properties;
      if ((MaximumRetryAttempts ?? MaximumEventAgeInSeconds ?? DestinationConfig) == null) {
        reader.refuse([], 'You must specify at least one of error handling or destination setting.');
      }
      return settings;
    });
  }

  async function put(settings: Settings): Promise<ResourceResult> {
    const { functionName, qualifier, onSuccess, onFailure } = settings;
    const physicalId = `${functionName}:${qualifier}`;
    if (!exists(room, functionName, qualifier)) throw notFound("The function doesn't exist.");
    const { role } = functions.version(functionName, qualifier);
    await checkDestinations(room, role, functions.arn(functionName), [onSuccess, onFailure]);
    records.eventInvokeConfigs.put(physicalId, { ...settings, lastModified: new Date(clock.now()).toISOString() });
    return { physicalId };
  }

  async function create(request: ResourceRequest): Promise<ResourceResult> {
    const settings = read(request);
    const { functionName, qualifier } = settings;
    const isTaken = records.eventInvokeConfigs.get(`${functionName}:${qualifier}`) !== undefined;
    // PutFunctionEventInvokeConfig replaces what is there; a stack's resource must be new.
    if (isTaken && request.stackId !== '' && request.interrupted !== true) {
      throw conflict(`The function ${functions.arn(functionName, qualifier)} already has an EventInvokeConfig`);
    }
    return put(settings);
  }

  return {
    create,
    async update(request, existing) {
      const settings = read(request);
      const isMoved = `${settings.functionName}:${settings.qualifier}` !== existing.physicalId;
      return isMoved ? create(request) : put(settings);
    },
    delete: ({ physicalId }) => void records.eventInvokeConfigs.delete(physicalId),
    unsupported: ({ properties }) =>
      destinationsIn(properties).flatMap(([name, arn]) =>
        isFunctionElsewhere(arn, room)
          ? [{ path: ['DestinationConfig', name, 'Destination'], message: `${arn} is not on this machine` }]
          : [],
      ),
  };
}

/**
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
 * A template may name functions of other stacks, which are not on this machine: the start says so, and goes on.
 */
function readDestinations(
  reader: PropertyReader,
  room: LambdaRoom,
  functionName: string,
  mustExist: boolean,
): Pick<Settings, 'onSuccess' | 'onFailure'> {
  const destinations = reader.within('DestinationConfig', (at) => {
    const one = (name: string) => at.within(name, (each) => each.text('Destination') || undefined);
    return { onSuccess: one('OnSuccess'), onFailure: one('OnFailure') };
  });
  if (!destinations) return {};
  const { onSuccess, onFailure } = destinations;
  const quoted = (kind: string, arn: string | undefined) =>
    arn === undefined ? 'null' : `${kind}(destination=${arn})`;
  for (const [name, arn] of [['OnSuccess', onSuccess] as const, ['OnFailure', onFailure] as const]) {
    const problem = arn === undefined ? undefined : destinationProblem(arn, name, functionName, room);
    if (problem === undefined || (problem === 'elsewhere' && !mustExist)) continue;
    reader.refuse(
      ['DestinationConfig', name, 'Destination'],
      {
        itself: "You can't specify the function as a destination for itself.",
        elsewhere: `The destination ARN ${arn} is invalid.`,
        unsupported: `The provided destination config DestinationConfig(onSuccess=${quoted('OnSuccess', onSuccess)}, onFailure=${quoted('OnFailure', onFailure)}) is invalid.`,
      }[problem],
    );
  }
  return destinations;
}

function destinationProblem(
  arn: string,
  name: 'OnSuccess' | 'OnFailure',
  functionName: string,
  room: LambdaRoom,
): 'itself' | 'elsewhere' | 'unsupported' | undefined {
  // What `Ref` gives of a resource whose type nobody emulates. The API's own pattern refuses it there.
  if (!arn.startsWith('arn:')) return undefined;
  const [, , service = '', ...rest] = arn.split(':');
  switch (service) {
    case 'lambda':
      if (parseFunctionName(arn).name === functionName) return 'itself';
      return isFunctionElsewhere(arn, room) ? 'elsewhere' : undefined;
    case 'events':
      return undefined;
    case 's3':
      return name === 'OnFailure' ? undefined : 'unsupported';
    case 'sqs':
    case 'sns':
      // Nothing would give the messages a group.
      return rest.at(-1)?.endsWith('.fifo') ? 'unsupported' : undefined;
    default:
      return 'unsupported';
  }
}

function isFunctionElsewhere(arn: string, room: LambdaRoom): boolean {
  if (arn.split(':')[2] !== 'lambda') return false;
  const { name, qualifier } = parseFunctionName(arn);
  return !exists(room, name, qualifier);
}

function destinationsIn(properties: JsonObject): readonly (readonly [string, string])[] {
  const config = properties['DestinationConfig'] as Readonly<Record<string, { Destination?: unknown }>> | undefined;
  return Object.entries(config ?? {}).flatMap(([name, value]) =>
    typeof value?.Destination === 'string' ? [[name, value.Destination] as const] : [],
  );
}

/** What a template would say of a configuration that is there: for changes of some of its members. */
export function propertiesOfEventInvoke(record: EventInvokeRecord): JsonObject {
  const { onSuccess, onFailure } = record;
  return {
    FunctionName: record.functionName,
    Qualifier: record.qualifier,
    ...(record.maximumRetryAttempts !== undefined && { MaximumRetryAttempts: record.maximumRetryAttempts }),
    ...(record.maximumEventAgeSeconds !== undefined && { MaximumEventAgeInSeconds: record.maximumEventAgeSeconds }),
    DestinationConfig: {
      ...(onSuccess !== undefined && { OnSuccess: { Destination: onSuccess } }),
      ...(onFailure !== undefined && { OnFailure: { Destination: onFailure } }),
    },
  };
}
