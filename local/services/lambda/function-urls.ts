/**
 * What the door of function URLs needs of this service: which URLs there are, and a way to invoke what is behind one.
 * https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
 */
import type { Operation, Requirement } from '../../kernel/service.ts';
import type { InvocationOutcome } from './contract.ts';
import type { Functions } from './functions/functions.ts';
import type { Execution } from './invocation/execution.ts';
import { runStreamed, type StreamedExecution } from './invocation/streamed-execution.ts';
import type { LambdaRecords, UrlRecord } from './records.ts';

/** Not one of the API's: a URL's caller needs other permissions than one of `Invoke`. */
export const INVOKE_FUNCTION_URL = 'InvokeFunctionUrl';

export interface InvokeFunctionUrlInput {
  readonly url: UrlRecord;
  /** The event, JSON text. */
  readonly payload: string;
}

/** As the URL's invoke mode has it. */
export type InvokeFunctionUrlOutput =
  | { readonly kind: 'buffered'; readonly outcome: InvocationOutcome }
  | ({ readonly kind: 'streamed' } & StreamedExecution);

/** The function URLs of this account; empty until the Lambda service is loaded. */
export interface FunctionUrlBook {
  find(urlId: string): UrlRecord | undefined;
  list(): readonly UrlRecord[];
}

export interface FillableUrlBook extends FunctionUrlBook {
  fill(records: LambdaRecords): void;
}

export function createFunctionUrlBook(): FillableUrlBook {
  let records: LambdaRecords | undefined;
  const list = () => (records?.urls.list() ?? []).map(({ value }) => value);
  return {
    list,
    find: (urlId) => list().find((url) => url.urlId === urlId),
    fill: (filled) => {
      records = filled;
    },
  };
}

export function invokeFunctionUrlOperation({
  functions,
  execution,
}: {
  readonly functions: Functions;
  readonly execution: Execution;
}): Operation<InvokeFunctionUrlInput, InvokeFunctionUrlOutput> {
  return {
    /** Both are needed. https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html */
    requires({ url }): readonly Requirement[] {
      const resource = functions.arn(url.functionName, url.qualifier);
      return [
        {
          action: 'lambda:InvokeFunctionUrl',
          resource,
          context: { 'lambda:FunctionUrlAuthType': url.authType },
        },
        { action: 'lambda:InvokeFunction', resource, context: { 'lambda:InvokedViaFunctionUrl': 'true' } },
      ];
    },

    async handle({ url, payload }, { requestId, traceHeader }) {
      const { functionName, qualifier, invokeMode } = url;
      const target = functions.target(functionName, qualifier);
      const request = { requestId, payload, traceHeader };
      if (invokeMode === 'RESPONSE_STREAM')
        return { kind: 'streamed', ...(await runStreamed(execution, target, request)) };
      return { kind: 'buffered', outcome: await execution.run(target, request) };
    },
  };
}
