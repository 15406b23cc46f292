/**
 * What a destination is told of an asynchronous invocation.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
 */
import type { Payload } from '../contract.ts';

/** Why an event's way has ended. */
export type Condition = 'Success' | 'RetriesExhausted' | 'EventAgeExceeded' | 'ZeroReservedConcurrency';

/** What came of the last try. */
export type Attempt =
  | { readonly kind: 'response'; readonly payload: Payload; readonly executedVersion: string }
  | { readonly kind: 'function-error'; readonly payload: string; readonly executedVersion: string }
  /** It was not run: throttled, a failure of ours, a recursive loop. */
  | { readonly kind: 'refused'; readonly statusCode: number; readonly code: string; readonly message: string };

export interface InvocationRecord {
  readonly version: '1.0';
  readonly timestamp: string;
  readonly requestContext: {
    readonly requestId: string;
    /** Qualified. */
    readonly functionArn: string;
    readonly condition: Condition;
    readonly approximateInvokeCount: number;
  };
  readonly requestPayload: unknown;
  readonly responseContext?: {
    readonly statusCode: number;
    readonly executedVersion?: string;
    readonly functionError?: string;
  };
  readonly responsePayload?: unknown;
}

export interface RecordParts {
  readonly at: number;
  readonly requestId: string;
  readonly functionArn: string;
  readonly condition: Condition;
  readonly invokeCount: number;
  readonly requestPayload: string;
  readonly last: Attempt | undefined;
}

export function invocationRecord(parts: RecordParts): InvocationRecord {
  const { at, requestId, functionArn, condition, invokeCount, last } = parts;
  return {
    version: '1.0',
    timestamp: new Date(at).toISOString(),
    requestContext: { requestId, functionArn, condition, approximateInvokeCount: invokeCount },
    requestPayload: parse(parts.requestPayload),
    ...(last && answerOf(last)),
  };
}

function answerOf(last: Attempt): Pick<InvocationRecord, 'responseContext' | 'responsePayload'> {
  switch (last.kind) {
    case 'response':
      return {
        responseContext: { statusCode: 200, executedVersion: last.executedVersion },
        responsePayload: parse(last.payload),
      };
    case 'function-error':
      return {
        responseContext: { statusCode: 200, executedVersion: last.executedVersion, functionError: 'Unhandled' },
        responsePayload: parse(last.payload),
      };
    case 'refused':
      return { responseContext: { statusCode: last.statusCode, functionError: last.code } };
  }
}

/** What a dead-letter queue is told in attributes. */
export function deadLetterReason(condition: Condition, last: Attempt | undefined): { code: number; message: string } {
  if (condition === 'ZeroReservedConcurrency') {
    return {
      code: 429,
      message: 'Function not invoked. Function is configured with zero reserved concurrent executions',
    };
  }
  if (last === undefined) return { code: 200, message: '' };
  if (last.kind === 'refused') return { code: last.statusCode, message: last.message };
  const body = parse(last.payload) as { errorMessage?: unknown } | null;
  return { code: 200, message: typeof body?.errorMessage === 'string' ? body.errorMessage : '' };
}

/** What a handler streamed may be nothing, or no JSON: then it is the text itself. */
function parse(payload: Payload): unknown {
  const text = typeof payload === 'string' ? payload : Buffer.from(payload).toString('utf8');
  try {
    return text === '' ? null : JSON.parse(text);
  } catch {
    return text;
  }
}
