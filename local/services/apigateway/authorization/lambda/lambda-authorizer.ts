/**
 * A `TOKEN` or `REQUEST` authorizer: a function that says who the caller is and what they may call.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html
 */
import { AwsError } from '../../../../kernel/aws-error.ts';
import type { Caller } from '../../../../kernel/caller.ts';
import type { ServiceContext } from '../../../../kernel/service.ts';
import type { GatewayError } from '../../gateway-responses.ts';
import { type LambdaAuthorizer, UNAUTHORIZED } from '../contract.ts';
import { type AuthorizerAnswer, MalformedAnswer, readAuthorizerAnswer } from './answer.ts';
import { createAnswerCache } from './answer-cache.ts';
import { readSources, type SourceReading } from './identity-sources.ts';

/** The call of an authorizer's function, as the request's trace has it. */
export interface AuthorizerCall {
  readonly traceHeader: string;
  /** @param status Lambda's own */
  ended(status: number): void;
}

/** One request that is to be authorized. */
export interface AuthorizerRequest extends SourceReading {
  /** `arn:aws:execute-api:REGION:ACCOUNT:API/STAGE/METHOD/PATH`, as requested. */
  readonly methodArn: string;
  /** Its function is asked now, not remembered. */
  beginCall(functionArn: string): AuthorizerCall;
  /** Of a REQUEST authorizer's event what comes after `type` and `methodArn`. */
  event(): object;
}

export type AuthorizerOutcome =
  | { readonly kind: 'answered'; readonly answer: AuthorizerAnswer /** ms */; readonly latency: number }
  | { readonly kind: 'refused'; readonly error: GatewayError };

export type AskFunction = (request: AuthorizerRequest) => AuthorizerOutcome | Promise<AuthorizerOutcome>;

interface InvokeOutput {
  readonly FunctionError?: string;
  readonly Payload?: string | Uint8Array;
}

/** @param caller in whose name the function is invoked */
export function createLambdaAuthorizer(
  authorizer: LambdaAuthorizer,
  caller: Caller,
  { dispatch, clock }: Pick<ServiceContext, 'dispatch' | 'clock'>,
): AskFunction {
  const { type, name, sources, validation, functionArn } = authorizer;
  const cache = createAnswerCache(authorizer.ttlSeconds, () => clock.now());

  async function invoke(request: AuthorizerRequest, identity: readonly string[]): Promise<AuthorizerOutcome> {
    const startedAt = performance.now();
    const event = {
      type,
      methodArn: request.methodArn,
      ...(type === 'TOKEN' ? { authorizationToken: identity[0] } : request.event()),
    };
    const call = request.beginCall(functionArn);
    let output: InvokeOutput;
    try {
      output = (await dispatch({
        caller,
        service: 'lambda',
        operation: 'Invoke',
        input: { FunctionName: functionArn, Payload: JSON.stringify(event) },
        traceHeader: call.traceHeader,
      })) as InvokeOutput;
      call.ended(200);
    } catch (error) {
      call.ended(error instanceof AwsError ? error.statusCode : 500);
      if (!(error instanceof AwsError)) throw error;
      return misconfigured(/AccessDenied/.test(error.code) ? NO_PERMISSION : error.message);
    }
    const payload = textOf(output.Payload);
    if (output.FunctionError !== undefined) return isUnauthorized(payload) ? NOBODY : failed(name);
    try {
      const answer = readAuthorizerAnswer(payload, name);
      cache.put(identity, answer);
      return { kind: 'answered', answer, latency: Math.round(performance.now() - startedAt) };
    } catch (error) {
      if (!(error instanceof MalformedAnswer)) throw error;
      return misconfigured(`Invalid JSON in response: ${error.message}`);
    }
  }

  return (request) => {
    const identity = readSources(sources, request);
    if (identity === undefined) return NOBODY;
    if (validation && !validation.test(identity[0] as string)) return NOBODY;
    const known = cache.get(identity);
    return known ? { kind: 'answered', answer: known, latency: 0 } : invoke(request, identity);
  };
}

const NO_PERMISSION = 'Invalid permissions on Lambda function';

const NOBODY: AuthorizerOutcome = { kind: 'refused', error: UNAUTHORIZED };

/** The one error of a function that is no failure, but an answer. */
function isUnauthorized(payload: string): boolean {
  try {
    return (JSON.parse(payload) as { errorMessage?: unknown } | null)?.errorMessage === 'Unauthorized';
  } catch {
    return false;
  }
}

function failed(name: string): AuthorizerOutcome {
  const execution = `Execution failed due to an authorizer error: the function of authorizer ${name} failed`;
  return { kind: 'refused', error: { type: 'AUTHORIZER_FAILURE', message: null, execution } };
}

function misconfigured(reason: string): AuthorizerOutcome {
  const execution = `Execution failed due to configuration error: ${reason}`;
  return { kind: 'refused', error: { type: 'AUTHORIZER_CONFIGURATION_ERROR', message: null, execution } };
}

function textOf(payload: string | Uint8Array | undefined): string {
  return typeof payload === 'string' ? payload : Buffer.from(payload ?? '').toString('utf8');
}
