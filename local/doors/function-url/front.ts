/** One request to a function URL: which URL → CORS → who → invoke → answer, buffered or as it comes. */
import { randomUUID } from 'node:crypto';
import { AwsError } from '../../kernel/aws-error.ts';
import type { Clock } from '../../kernel/clock.ts';
import { Refusal } from '../../kernel/doors.ts';
import type { Identities } from '../../kernel/identity.ts';
import type { Dispatch } from '../../kernel/service.ts';
import type { Telemetry } from '../../kernel/telemetry.ts';
import { inWordsOf, ProtocolError, type SignedRequest } from '../../protocols/index.ts';
import {
  type FunctionUrlBook,
  INVOKE_FUNCTION_URL,
  type InvokeFunctionUrlInput,
  type InvokeFunctionUrlOutput,
  type UrlRecord,
} from '../../services/lambda/index.ts';
import { createAuthenticator } from '../aws-endpoint/authenticate.ts';
import { type Authorized, authorize, FORBIDDEN } from './authorize.ts';
import { type CrossOrigin, corsHeaders, isPreflight, preflightHeaders } from './cors.ts';
import { functionUrlEvent, type UrlRequest } from './event.ts';
import type { FunctionUrlHost } from './host.ts';
import { readStream, type StreamedResponse } from './prelude.ts';
import { readAnswer, type UrlResponse } from './response.ts';

export interface FrontDependencies {
  readonly urls: FunctionUrlBook;
  readonly dispatch: Dispatch;
  readonly identities: Identities;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  readonly region: string;
  /** ms since 1970, by the clocks that requests are dated by; default: this machine's. */
  readonly now?: () => number;
}

/** What arrives at the door. */
export interface Arrival {
  readonly host: FunctionUrlHost;
  readonly request: UrlRequest;
  /** For the signature: names in lower case, repeated headers as lists. */
  readonly headers: Readonly<Record<string, readonly string[] | undefined>>;
  /** The function the request comes from, if it comes from one. */
  readonly environmentId: string | undefined;
  /** Aborted when the client went away. */
  readonly signal: AbortSignal;
}

export type Answer = UrlResponse | StreamedResponse;

export interface FunctionUrlFront {
  /** Never rejects for what the client or the function did. */
  answer(arrival: Arrival): Promise<Answer>;
}

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
export const REQUEST_BYTES = 6_291_456;

export function createFunctionUrlFront(dependencies: FrontDependencies): FunctionUrlFront {
  const { urls, dispatch, clock, region } = dependencies;
  const authenticate = createAuthenticator(dependencies);

  async function answer(arrival: Arrival): Promise<Answer> {
    const requestId = randomUUID();
    const url = urls.find(arrival.host.urlId);
    // As AWS answers for a name that no URL has: with a message that is null.
    if (!url || arrival.host.region !== region)
      return refused(403, 'AccessDeniedException', '{"Message":null}', requestId);
    const asked: CrossOrigin = {
      origin: arrival.headers['origin']?.[0],
      requestMethod: arrival.headers['access-control-request-method']?.[0],
    };
    if (url.cors && isPreflight(arrival.request.method, asked)) {
      return {
        statusCode: 200,
        headers: [['x-amzn-RequestId', requestId], ...preflightHeaders(url.cors, asked)],
        body: '',
      };
    }
    const added = url.cors ? corsHeaders(url.cors, asked) : [];
    const served = await serve(arrival, url, requestId).catch((error) => refusal(error, requestId));
    return { ...served, headers: [...served.headers, ...added] };
  }

  async function serve(arrival: Arrival, url: UrlRecord, requestId: string): Promise<Answer> {
    const { request, host, environmentId, signal } = arrival;
    const now = clock.now();
    if ((request.body?.length ?? 0) > REQUEST_BYTES) throw tooLarge();
    const who = url.authType === 'AWS_IAM' ? await authorized(arrival) : undefined;
    const sent = arrival.headers['x-amzn-trace-id']?.[0];
    const traceRoot = sent ?? `Root=1-${Math.floor(now / 1000).toString(16)}-${requestId.replaceAll('-', '').slice(8)}`;
    const event = functionUrlEvent(request, {
      requestId,
      urlId: host.urlId,
      domainName: host.domainName,
      traceRoot,
      now,
      signer: who?.signer,
    });
    const payload = JSON.stringify(event);
    if (Buffer.byteLength(payload) > REQUEST_BYTES) throw tooLarge();
    const output = (await dispatch({
      caller: who?.caller ?? { kind: 'anonymous', environmentId },
      service: 'lambda',
      operation: INVOKE_FUNCTION_URL,
      input: { url, payload } satisfies InvokeFunctionUrlInput,
      requestId,
      traceHeader: traceRoot,
      signal,
    })) as InvokeFunctionUrlOutput;
    const answered = await read(output);
    const headers = [
      ['x-amzn-RequestId', requestId],
      ['X-Amzn-Trace-Id', traceRoot],
    ] as const;
    return { ...answered, headers: [...headers, ...answered.headers] };
  }

  function authorized({ request, headers, environmentId }: Arrival): Promise<Authorized> {
    const [path = '', query = ''] = request.target.split(/\?(.*)/s);
    const signed: SignedRequest = { method: request.method, path, query: [...new URLSearchParams(query)], headers };
    return authorize(signed, request.body ?? Buffer.alloc(0), environmentId, authenticate);
  }

  return { answer };
}

/** A function that fails, and one whose answer is none, are the same to the client. */
async function read(output: InvokeFunctionUrlOutput): Promise<Answer> {
  if (output.kind === 'buffered') {
    const { outcome } = output;
    return (outcome.kind === 'response' ? readAnswer(outcome.payload) : undefined) ?? BAD_GATEWAY;
  }
  if (output.contentType === undefined) return BAD_GATEWAY;
  const streamed = await readStream(output.contentType, output.chunks);
  return streamed ? { ...streamed, body: unlessItFails(streamed.body, output) } : BAD_GATEWAY;
}

/** Thrown by the body of an answer whose function failed after its first byte. */
export class FailedMidstream extends Error {
  constructor() {
    super('the function failed after it had begun to answer');
    this.name = 'FailedMidstream';
  }
}

/** An error midstream has no other way to be told: the client's connection is cut off. */
async function* unlessItFails(
  body: AsyncGenerator<Uint8Array>,
  { outcome }: Extract<InvokeFunctionUrlOutput, { kind: 'streamed' }>,
): AsyncGenerator<Uint8Array> {
  yield* body;
  const ended = await outcome;
  if (ended.kind === 'error') throw new FailedMidstream();
}

const BAD_GATEWAY: UrlResponse = {
  statusCode: 502,
  headers: [['Content-Type', 'application/json']],
  body: 'Internal Server Error',
};

function refusal(error: unknown, requestId: string): UrlResponse {
  if (!(error instanceof AwsError || error instanceof ProtocolError)) throw error;
  const { code, statusCode, message, members } = inWordsOf({ protocol: 'rest-json', service: 'lambda' }, error);
  // No URL says which policy was missing; where the function or the alias behind it is gone, nobody may know.
  if (error instanceof Refusal || code === 'ResourceNotFoundException') {
    return refused(403, 'AccessDeniedException', JSON.stringify({ Message: FORBIDDEN }), requestId);
  }
  if (statusCode >= 500) return BAD_GATEWAY;
  const body = code === 'AccessDeniedException' ? { Message: message } : { ...members, message };
  return refused(statusCode, code, JSON.stringify(body), requestId);
}

function refused(statusCode: number, errorType: string, body: string, requestId: string): UrlResponse {
  return {
    statusCode,
    headers: [
      ['Content-Type', 'application/json'],
      ['x-amzn-RequestId', requestId],
      ['x-amzn-ErrorType', errorType],
    ],
    body,
  };
}

function tooLarge(): AwsError {
  return new AwsError(
    'RequestEntityTooLargeException',
    `Request must be smaller than ${REQUEST_BYTES} bytes for the InvokeFunction operation`,
    { statusCode: 413 },
  );
}
