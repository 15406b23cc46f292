/** What the uri of an integration or an authorizer says: which function, by which of Lambda's two ways of invoking. */

export interface FunctionUri {
  readonly functionArn: string;
  readonly invocation: 'buffered' | 'streamed';
}

const URI =
  /^arn:[^:]+:apigateway:[^:]+:lambda:path\/[^/]+\/functions\/(.+)\/(invocations|response-streaming-invocations)$/;

/**
 * `arn:aws:apigateway:REGION:lambda:path/2015-03-31/functions/FUNCTION_ARN/invocations`, or
 * `…/2021-11-15/functions/FUNCTION_ARN/response-streaming-invocations`.
 */
export function readFunctionUri(uri: string): FunctionUri | undefined {
  const [, functionArn, action] = URI.exec(uri) ?? [];
  if (functionArn === undefined) return undefined;
  return { functionArn, invocation: action === 'invocations' ? 'buffered' : 'streamed' };
}

export function functionArnOf(uri: string): string | undefined {
  return readFunctionUri(uri)?.functionArn;
}
