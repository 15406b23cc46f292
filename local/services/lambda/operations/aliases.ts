/** Aliases. https://docs.aws.amazon.com/lambda/latest/dg/configuration-aliases.html */
import type { Operation } from '../../../kernel/service.ts';
import type { Json, JsonObject } from '../../../template/stack.ts';
import { notFound, preconditionFailed } from '../errors.ts';
import type { Functions } from '../functions/functions.ts';
import { propertiesOfAlias } from '../providers/alias.ts';
import type { AliasRecord } from '../records.ts';
import { type Paged, page } from './paging.ts';
import { type Named, type OperationParts, requiresOn } from './parts.ts';

interface AliasNamed {
  readonly FunctionName: string;
  readonly Name: string;
}

interface AliasInput extends AliasNamed {
  readonly FunctionVersion?: string;
  readonly Description?: string;
  readonly RoutingConfig?: { readonly AdditionalVersionWeights?: Readonly<Record<string, number>> };
  readonly RevisionId?: string;
}

const ALIAS = 'AWS::Lambda::Alias';

export function aliasOperations({ functions, records, through }: OperationParts): Readonly<Record<string, Operation>> {
  const requires =
    (action: string) =>
    ({ FunctionName }: AliasNamed) =>
      requiresOn(functions, action)({ FunctionName });
  const find = ({ FunctionName, Name }: AliasNamed): { name: string; arn: string; alias: AliasRecord | undefined } => {
    const { name } = functions.reference(FunctionName);
    return { name, arn: functions.arn(name, Name), alias: records.aliases.get(`${name}:${Name}`) };
  };

  return {
    /** https://docs.aws.amazon.com/lambda/latest/api/API_CreateAlias.html */
    CreateAlias: {
      requires: requires('CreateAlias'),
      async handle(input: AliasInput) {
        const { name } = find(input);
        const properties = { FunctionName: name, Name: input.Name, ...changes(input) };
        await through.create(ALIAS, { name: input.Name, properties });
        return describeAlias(find(input).alias as AliasRecord, functions);
      },
    },

    /** https://docs.aws.amazon.com/lambda/latest/api/API_UpdateAlias.html */
    UpdateAlias: {
      requires: requires('UpdateAlias'),
      async handle(input: AliasInput) {
        const { arn, alias } = find(input);
        if (!alias) throw notFound(`Alias not found: ${arn}`);
        if (input.RevisionId !== undefined && input.RevisionId !== alias.revisionId) {
          throw preconditionFailed('GetFunction/GetAlias');
        }
        const before = propertiesOfAlias(alias);
        const properties = { ...before, ...changes(input) };
        await through.update(ALIAS, { name: input.Name, physicalId: arn, before, properties });
        return describeAlias(find(input).alias as AliasRecord, functions);
      },
    },

    /** https://docs.aws.amazon.com/lambda/latest/api/API_DeleteAlias.html: one that is not there is no error. */
    DeleteAlias: {
      requires: requires('DeleteAlias'),
      async handle(input: AliasNamed) {
        const { name, arn } = find(input);
        functions.record(name);
        await through.delete(ALIAS, arn);
        return {};
      },
    },

    /** https://docs.aws.amazon.com/lambda/latest/api/API_GetAlias.html */
    GetAlias: {
      requires: requires('GetAlias'),
      handle(input: AliasNamed) {
        const { name, arn, alias } = find(input);
        functions.record(name);
        if (!alias) throw notFound(`Cannot find alias arn: ${arn}`);
        return describeAlias(alias, functions);
      },
    },

    /** https://docs.aws.amazon.com/lambda/latest/api/API_ListAliases.html */
    ListAliases: {
      requires: requiresOn(functions, 'ListAliases'),
      handle(input: Named & Paged & { readonly FunctionVersion?: string }) {
        const { name } = functions.reference(input.FunctionName);
        functions.record(name);
        const { FunctionVersion } = input;
        const rows = records.aliases
          .list({ prefix: `${name}:` })
          .filter(({ value }) => FunctionVersion === undefined || leadsTo(value, FunctionVersion));
        const { items, NextMarker } = page(rows, input);
        return { Aliases: items.map((alias) => describeAlias(alias, functions)), NextMarker };
      },
    },
  };
}

/** Only what the input says; an empty map of weights takes those that are there away. */
function changes({ FunctionVersion, Description, RoutingConfig }: AliasInput): JsonObject {
  const properties: Record<string, Json> = {};
  if (FunctionVersion !== undefined) properties['FunctionVersion'] = FunctionVersion;
  if (Description !== undefined) properties['Description'] = Description;
  if (RoutingConfig) {
    const weights = Object.entries(RoutingConfig.AdditionalVersionWeights ?? {});
    properties['RoutingConfig'] = {
      AdditionalVersionWeights: weights.map(([version, weight]) => ({
        FunctionVersion: version,
        FunctionWeight: weight,
      })),
    };
  }
  return properties;
}

function leadsTo(alias: AliasRecord, version: string): boolean {
  return alias.functionVersion === version || Object.hasOwn(alias.additionalVersionWeights, version);
}

function describeAlias(alias: AliasRecord, functions: Functions): object {
  return {
    AliasArn: functions.arn(alias.functionName, alias.name),
    Name: alias.name,
    FunctionVersion: alias.functionVersion,
    Description: alias.description,
    RevisionId: alias.revisionId,
    ...(Object.keys(alias.additionalVersionWeights).length > 0 && {
      RoutingConfig: { AdditionalVersionWeights: { ...alias.additionalVersionWeights } },
    }),
  };
}
