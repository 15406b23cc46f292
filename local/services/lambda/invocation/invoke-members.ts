/** What the operations that invoke have in common: the members of their inputs and outputs, and their limits. */
import { AwsError } from '../../../kernel/aws-error.ts';
import type { CallContext } from '../../../kernel/service.ts';
import type { InvocationOutcome } from '../contract.ts';

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
export const SYNCHRONOUS_BYTES = 6_291_456;
export const ASYNCHRONOUS_BYTES = 1_048_576;
const CLIENT_CONTEXT_BYTES = 3583;
const LOG_TAIL_BYTES = 4096;

/** The event's JSON text; an empty object without a payload. Throws InvalidRequestContentException. */
export function readPayload(payload: Uint8Array | undefined): string {
  if (payload === undefined || payload.length === 0) return '{}';
  const text = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString('utf8');
  if (payload.length > SYNCHRONOUS_BYTES) return text;
  try {
    JSON.parse(text);
  } catch (error) {
    throw new AwsError(
      'InvalidRequestContentException',
      `Could not parse request body into json: Could not parse payload into json: ${(error as Error).message}`,
      { members: { Type: 'User' } },
    );
  }
  return text;
}

/** What an operation that invokes tells of its call, whichever way the answer goes. */
export function requestOf(
  { ClientContext, LogType }: { readonly ClientContext?: string; readonly LogType?: string },
  { requestId, origin, traceHeader }: CallContext,
  payload: string,
) {
  return {
    requestId,
    callerEnvironmentId: origin.kind === 'environment' ? origin.environmentId : undefined,
    payload,
    traceHeader,
    clientContext: ClientContext === undefined ? undefined : readClientContext(ClientContext),
    wantsLogTail: LogType === 'Tail',
  };
}

/** Throws RequestTooLargeException. */
export function checkSize(payload: string, limit: number): void {
  // A character is at most three bytes: most payloads need no counting.
  if (payload.length * 3 <= limit) return;
  const bytes = Buffer.byteLength(payload);
  if (bytes <= limit) return;
  const message =
    limit === ASYNCHRONOUS_BYTES
      ? `${bytes} byte payload is too large for the Event invocation type (limit ${limit} bytes)`
      : `Request must be smaller than ${limit} bytes for the InvokeFunction operation`;
  throw new AwsError('RequestTooLargeException', message, { statusCode: 413, members: { Type: 'User' } });
}

/** Gives the JSON text without line breaks: it travels in a header. */
function readClientContext(encoded: string): string {
  try {
    if (encoded.length > CLIENT_CONTEXT_BYTES) throw new Error('too long');
    const context: unknown = JSON.parse(Buffer.from(encoded, 'base64').toString('utf8'));
    if (typeof context !== 'object' || context === null) throw new Error('no object');
    return JSON.stringify(context);
  } catch {
    throw new AwsError(
      'InvalidRequestContentException',
      `Client context must be a valid Base64-encoded JSON object of up to ${CLIENT_CONTEXT_BYTES} bytes.`,
      { members: { Type: 'User' } },
    );
  }
}

/** The last 4 KB of an invocation's log, base64: `LogResult`. */
export function logResult({ logTail = '' }: InvocationOutcome): string {
  return Buffer.from(logTail).subarray(-LOG_TAIL_BYTES).toString('base64');
}
