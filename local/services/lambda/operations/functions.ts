/** Functions as a whole. https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html */
import { pathToFileURL } from 'node:url';
import type { Operation } from '../../../kernel/service.ts';
import { findCode } from '../code.ts';
import { describeVersion, isQualified } from '../configuration.ts';
import { parseFunctionName } from '../names.ts';
import { type Paged, page } from './paging.ts';
import { type Named, type OperationParts, requiresAnywhere, requiresOn } from './parts.ts';
import { versionsOf } from './versions.ts';

export function functionOperations({
  functions,
  records,
  catalogue,
}: OperationParts): Readonly<Record<string, Operation>> {
  const describe = ({ FunctionName, Qualifier }: Named): object => {
    const version = functions.version(FunctionName, Qualifier);
    return describeVersion(
      version,
      functions,
      isQualified(version, parseFunctionName(FunctionName, Qualifier).qualifier),
    );
  };

  return {
    GetFunctionConfiguration: { requires: requiresOn(functions, 'GetFunctionConfiguration'), handle: describe },

    GetFunction: {
      requires: requiresOn(functions, 'GetFunction'),
      handle(input: Named) {
        const code = findCode(functions.version(input.FunctionName, input.Qualifier), records, catalogue);
        const { reservedConcurrency } = functions.record(parseFunctionName(input.FunctionName).name);
        return {
          Configuration: describe(input),
          Code: {
            RepositoryType: 'S3',
            ...(code.kind === 'ready' && { Location: pathToFileURL(code.codeDirectory).href }),
          },
          ...(reservedConcurrency !== undefined && {
            Concurrency: { ReservedConcurrentExecutions: reservedConcurrency },
          }),
        };
      },
    },

    ListFunctions: {
      requires: requiresAnywhere('ListFunctions'),
      handle(input: Paged & { readonly FunctionVersion?: 'ALL' }) {
        const all = input.FunctionVersion === 'ALL';
        const { items, NextMarker } = page(records.functions.list(), input);
        return {
          Functions: items.flatMap(({ latest, functionName }) =>
            [latest, ...(all ? versionsOf(records, functionName) : [])].map((version) =>
              describeVersion(version, functions, all),
            ),
          ),
          NextMarker,
        };
      },
    },
  };
}
