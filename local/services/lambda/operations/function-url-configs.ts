/** Function URLs. https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html */
import type { Operation, Requirement } from '../../../kernel/service.ts';
import type { Json, JsonObject } from '../../../template/stack.ts';
import { notFound } from '../errors.ts';
import { exists } from '../functions/qualified.ts';
import { corsMembers, functionUrl, propertiesOfUrl, urlKey } from '../providers/url.ts';
import type { UrlRecord } from '../records.ts';
import { type Paged, page } from './paging.ts';
import { type Named, type OperationParts, requiresOn } from './parts.ts';

interface UrlInput extends Named {
  readonly AuthType?: 'NONE' | 'AWS_IAM';
  readonly Cors?: JsonObject;
  readonly InvokeMode?: 'BUFFERED' | 'RESPONSE_STREAM';
}

const URL = 'AWS::Lambda::Url';

export function functionUrlConfigOperations(parts: OperationParts): Readonly<Record<string, Operation>> {
  const { functions, records, through, place } = parts;

  /** https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html */
  const requires =
    (action: string) =>
    (input: UrlInput): readonly Requirement[] => {
      const { AuthType } = input;
      return requiresOn(
        functions,
        action,
      )(input).map(({ resource, ...requirement }) => ({
        ...requirement,
        resource,
        context: {
          'lambda:FunctionArn': resource,
          ...(AuthType !== undefined && { 'lambda:FunctionUrlAuthType': AuthType }),
        },
      }));
    };

  function find({ FunctionName, Qualifier }: Named) {
    const { name, qualifier } = functions.reference(FunctionName, Qualifier);
    const arn = functions.arn(name, qualifier);
    return { name, qualifier, arn, record: records.urls.get(urlKey(name, qualifier)) };
  }

  /** Throws ResourceNotFoundException. */
  function existing(input: Named): UrlRecord {
    const { record } = find(input);
    if (!record) throw notFound('The resource you requested does not exist.');
    return record;
  }

  /** What CreateFunctionUrlConfig and UpdateFunctionUrlConfig answer: of the invoke mode only what they were told. */
  function changed(input: UrlInput) {
    const { InvokeMode, ...described } = describe(existing(input));
    return input.InvokeMode === undefined ? described : { ...described, InvokeMode };
  }

  function describe(record: UrlRecord) {
    return {
      FunctionUrl: functionUrl(record.urlId, place.region),
      FunctionArn: functions.arn(record.functionName, record.qualifier),
      AuthType: record.authType,
      ...(record.cors && { Cors: corsMembers(record.cors) }),
      CreationTime: record.creationTime,
      LastModifiedTime: record.lastModifiedTime,
      InvokeMode: record.invokeMode,
    };
  }

  return {
    /** https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunctionUrlConfig.html */
    CreateFunctionUrlConfig: {
      requires: requires('CreateFunctionUrlConfig'),
      async handle(input: UrlInput) {
        const { arn, qualifier } = find(input);
        const properties = { ...changes(input), TargetFunctionArn: arn, ...(qualifier && { Qualifier: qualifier }) };
        await through.create(URL, { name: arn, properties });
        const { LastModifiedTime: _modified, ...described } = changed(input);
        return described;
      },
    },

    /** https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionUrlConfig.html: what is not named stays. */
    UpdateFunctionUrlConfig: {
      requires: requires('UpdateFunctionUrlConfig'),
      async handle(input: UrlInput) {
        const before = propertiesOfUrl(existing(input));
        const { arn } = find(input);
        const properties = { ...before, ...changes(input) };
        await through.update(URL, { name: arn, physicalId: arn, before, properties });
        return changed(input);
      },
    },

    /** https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionUrlConfig.html */
    GetFunctionUrlConfig: {
      requires: requires('GetFunctionUrlConfig'),
      handle: (input: Named) => describe(existing(input)),
    },

    /** https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunctionUrlConfig.html */
    DeleteFunctionUrlConfig: {
      requires: requires('DeleteFunctionUrlConfig'),
      async handle(input: Named) {
        existing(input);
        await through.delete(URL, find(input).arn);
        return {};
      },
    },

    /** https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctionUrlConfigs.html */
    ListFunctionUrlConfigs: {
      requires: requires('ListFunctionUrlConfigs'),
      handle(input: Named & Paged) {
        const { name } = functions.reference(input.FunctionName);
        if (!exists(parts, name, undefined)) throw notFound('Function does not exist');
        const own = records.urls.get(name);
        const ofAliases = records.urls.list({ prefix: `${name}:` });
        const { items, NextMarker } = page(own ? [{ key: name, value: own }, ...ofAliases] : ofAliases, input);
        return { FunctionUrlConfigs: items.map(describe), NextMarker };
      },
    },
  };
}

/** Only what the input says. */
function changes(input: UrlInput): JsonObject {
  const members = ['AuthType', 'Cors', 'InvokeMode'] as const;
  const given = members.filter((name) => input[name] != null);
  return Object.fromEntries(given.map((name) => [name, input[name] as Json]));
}
