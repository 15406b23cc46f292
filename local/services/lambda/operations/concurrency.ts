/** Reserved concurrency. https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html */
import type { Operation } from '../../../kernel/service.ts';
import { reservationComplaint } from '../concurrency/reservations.ts';
import { invalidParameter } from '../errors.ts';
import { LATEST } from '../functions/functions.ts';
import { functionNotFound } from '../names.ts';
import { type Named, type OperationParts, requiresOn } from './parts.ts';

export function concurrencyOperations(parts: OperationParts): Readonly<Record<string, Operation>> {
  const { functions, records } = parts;

  /** The name of a function as a whole: aliases and versions reserve nothing. */
  function wholeFunction({ FunctionName }: Named): string {
    const { name, qualifier } = functions.reference(FunctionName);
    if (qualifier !== undefined) {
      throw invalidParameter(
        'This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. Please specify either a function name or an unqualified function ARN.',
      );
    }
    return name;
  }

  return {
    /** https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionConcurrency.html */
    PutFunctionConcurrency: {
      requires: requiresOn(functions, 'PutFunctionConcurrency'),
      handle(input: Named & { readonly ReservedConcurrentExecutions: number }) {
        const { ReservedConcurrentExecutions: reservedConcurrency } = input;
        const name = wholeFunction(input);
        if (!records.functions.get(name)) throw functionNotFound(functions.arn(name, LATEST));
        const complaint = reservationComplaint(parts, name, reservedConcurrency);
        if (complaint !== undefined) throw invalidParameter(complaint);
        functions.configure(name, { reservedConcurrency });
        return { ReservedConcurrentExecutions: reservedConcurrency };
      },
    },

    /** https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionConcurrency.html */
    GetFunctionConcurrency: {
      requires: requiresOn(functions, 'GetFunctionConcurrency'),
      handle: ({ FunctionName }: Named) => ({
        ReservedConcurrentExecutions: functions.record(functions.reference(FunctionName).name).reservedConcurrency,
      }),
    },

    /** https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunctionConcurrency.html */
    DeleteFunctionConcurrency: {
      requires: requiresOn(functions, 'DeleteFunctionConcurrency'),
      handle(input: Named) {
        functions.configure(wholeFunction(input), { reservedConcurrency: undefined });
        return {};
      },
    },
  };
}
