/** Settings of asynchronous invocation. https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-configuring.html */
import type { Operation } from '../../../kernel/service.ts';
import type { Json, JsonObject } from '../../../template/stack.ts';
import { notFound } from '../errors.ts';
import { LATEST } from '../functions/functions.ts';
import { exists } from '../functions/qualified.ts';
import { propertiesOfEventInvoke } from '../providers/event-invoke-config.ts';
import type { EventInvokeRecord } from '../records.ts';
import { type Paged, page } from './paging.ts';
import { type Named, type OperationParts, requiresOn } from './parts.ts';

interface Destination {
  readonly Destination?: string;
}

interface EventInvokeInput extends Named {
  readonly MaximumRetryAttempts?: number;
  readonly MaximumEventAgeInSeconds?: number;
  readonly DestinationConfig?: { readonly OnSuccess?: Destination; readonly OnFailure?: Destination };
}

const CONFIG = 'AWS::Lambda::EventInvokeConfig';

export function eventInvokeConfigOperations(parts: OperationParts): Readonly<Record<string, Operation>> {
  const { functions, records, through } = parts;

  function find({ FunctionName, Qualifier }: Named) {
    const { name, qualifier = LATEST } = functions.reference(FunctionName, Qualifier);
    const physicalId = `${name}:${qualifier}`;
    return { name, qualifier, physicalId, record: records.eventInvokeConfigs.get(physicalId) };
  }

  /** Throws ResourceNotFoundException. */
  function existing(input: Named): EventInvokeRecord {
    const { name, qualifier, record } = find(input);
    if (record) return record;
    throw notFound(`The function ${functions.arn(name, qualifier)} doesn't have an EventInvokeConfig`);
  }

  function describe(record: EventInvokeRecord): object {
    const { onSuccess, onFailure } = record;
    return {
      LastModified: new Date(record.lastModified),
      FunctionArn: functions.arn(record.functionName, record.qualifier),
      MaximumRetryAttempts: record.maximumRetryAttempts,
      MaximumEventAgeInSeconds: record.maximumEventAgeSeconds,
      DestinationConfig: {
        OnSuccess: onSuccess === undefined ? {} : { Destination: onSuccess },
        OnFailure: onFailure === undefined ? {} : { Destination: onFailure },
      },
    };
  }

  return {
    /** https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html: replaces what is there. */
    PutFunctionEventInvokeConfig: {
      requires: requiresOn(functions, 'PutFunctionEventInvokeConfig'),
      async handle(input: EventInvokeInput) {
        const { name, qualifier, physicalId } = find(input);
        if (!exists(parts, name, qualifier)) throw notFound("The function doesn't exist.");
        const properties = { ...changes(input), FunctionName: name, Qualifier: qualifier };
        await through.create(CONFIG, { name: physicalId, properties });
        return describe(existing(input));
      },
    },

    /** https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionEventInvokeConfig.html: what is not named stays. */
    UpdateFunctionEventInvokeConfig: {
      requires: requiresOn(functions, 'UpdateFunctionEventInvokeConfig'),
      async handle(input: EventInvokeInput) {
        const { name, physicalId } = find(input);
        if (!exists(parts, name, undefined)) throw notFound("The function doesn't exist.");
        const before = propertiesOfEventInvoke(existing(input));
        const changed = changes(input);
        const DestinationConfig = {
          ...(before['DestinationConfig'] as JsonObject),
          ...(changed['DestinationConfig'] as JsonObject | undefined),
        };
        const properties = { ...before, ...changed, DestinationConfig };
        await through.update(CONFIG, { name: physicalId, physicalId, before, properties });
        return describe(existing(input));
      },
    },

    /** https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionEventInvokeConfig.html */
    GetFunctionEventInvokeConfig: {
      requires: requiresOn(functions, 'GetFunctionEventInvokeConfig'),
      handle: (input: Named) => describe(existing(input)),
    },

    /** https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunctionEventInvokeConfig.html */
    DeleteFunctionEventInvokeConfig: {
      requires: requiresOn(functions, 'DeleteFunctionEventInvokeConfig'),
      async handle(input: Named) {
        existing(input);
        await through.delete(CONFIG, find(input).physicalId);
        return {};
      },
    },

    /** https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctionEventInvokeConfigs.html */
    ListFunctionEventInvokeConfigs: {
      requires: requiresOn(functions, 'ListFunctionEventInvokeConfigs'),
      handle(input: Named & Paged) {
        const { name } = functions.reference(input.FunctionName);
        if (!exists(parts, name, undefined)) throw notFound("The function doesn't exist.");
        const { items, NextMarker } = page(records.eventInvokeConfigs.list({ prefix: `${name}:` }), input);
        return { FunctionEventInvokeConfigs: items.map(describe), NextMarker };
      },
    },
  };
}

/** Only what the input says. */
function changes(input: EventInvokeInput): JsonObject {
  const members = ['MaximumRetryAttempts', 'MaximumEventAgeInSeconds', 'DestinationConfig'] as const;
  const given = members.filter((name) => input[name] != null);
  return Object.fromEntries(given.map((name) => [name, input[name] as Json]));
}
