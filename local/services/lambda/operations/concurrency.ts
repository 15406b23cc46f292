/** Reserved concurrency. https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html */
import type { Operation } from '../../../kernel/service.ts';
import { parseFunctionName } from '../names.ts';
import { type Named, type OperationParts, requiresOn } from './parts.ts';

export function concurrencyOperations({ functions }: OperationParts): Readonly<Record<string, Operation>> {
  return {
    GetFunctionConcurrency: {
      requires: requiresOn(functions, 'GetFunctionConcurrency'),
      handle({ FunctionName }: Named) {
        const { reservedConcurrency } = functions.record(parseFunctionName(FunctionName).name);
        return { ReservedConcurrentExecutions: reservedConcurrency };
      },
    },
  };
}
