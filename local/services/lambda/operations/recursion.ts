/** Recursive loop detection. https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html */
import type { Operation } from '../../../kernel/service.ts';
import { type Named, type OperationParts, requiresOn } from './parts.ts';

export function recursionOperations({ functions }: OperationParts): Readonly<Record<string, Operation>> {
  const find = ({ FunctionName }: Named) => functions.record(functions.reference(FunctionName).name);

  return {
    /** https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionRecursionConfig.html */
    PutFunctionRecursionConfig: {
      requires: requiresOn(functions, 'PutFunctionRecursionConfig'),
      handle(input: Named & { readonly RecursiveLoop: 'Allow' | 'Terminate' }) {
        functions.configure(find(input).functionName, { recursiveLoop: input.RecursiveLoop });
        return { RecursiveLoop: input.RecursiveLoop };
      },
    },

    /** https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionRecursionConfig.html */
    GetFunctionRecursionConfig: {
      requires: requiresOn(functions, 'GetFunctionRecursionConfig'),
      handle: (input: Named) => ({ RecursiveLoop: find(input).recursiveLoop ?? 'Terminate' }),
    },
  };
}
