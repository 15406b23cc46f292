/** Aliases. https://docs.aws.amazon.com/lambda/latest/dg/configuration-aliases.html */
import type { Operation } from '../../../kernel/service.ts';
import { notFound } from '../errors.ts';
import type { Functions } from '../functions.ts';
import { parseFunctionName } from '../names.ts';
import type { AliasRecord } from '../records.ts';
import { type Named, type OperationParts, requiresOn } from './parts.ts';

interface AliasNamed extends Named {
  readonly Name: string;
}

export function aliasOperations({ functions, records }: OperationParts): Readonly<Record<string, Operation>> {
  return {
    ListAliases: {
      requires: requiresOn(functions, 'ListAliases'),
      handle({ FunctionName }: Named) {
        const { name } = parseFunctionName(FunctionName);
        functions.record(name);
        const aliases = records.aliases.list({ prefix: `${name}:` });
        return { Aliases: aliases.map(({ value }) => describeAlias(value, functions)) };
      },
    },

    GetAlias: {
      requires: ({ FunctionName, Name }: AliasNamed) =>
        requiresOn(functions, 'GetAlias')({ FunctionName, Qualifier: Name }),
      handle({ FunctionName, Name }: AliasNamed) {
        const { name } = parseFunctionName(FunctionName);
        functions.record(name);
        const alias = records.aliases.get(`${name}:${Name}`);
        if (!alias) throw notFound(`Cannot find alias arn: ${functions.arn(name, Name)}`);
        return describeAlias(alias, functions);
      },
    },
  };
}

function describeAlias(alias: AliasRecord, functions: Functions): object {
  return {
    AliasArn: functions.arn(alias.functionName, alias.name),
    Name: alias.name,
    FunctionVersion: alias.functionVersion,
    Description: alias.description,
    ...(Object.keys(alias.additionalVersionWeights).length > 0 && {
      RoutingConfig: { AdditionalVersionWeights: { ...alias.additionalVersionWeights } },
    }),
  };
}
