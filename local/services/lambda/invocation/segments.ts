/**
 * The two segments Lambda itself sends for a traced invocation: the service's and the function's, under which the
 * function's own subsegments hang. https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html
 */
import { randomBytes } from 'node:crypto';
import type { InvocationOutcome } from '../contract.ts';
import type { Target } from '../functions/functions.ts';
import type { Trace } from './trace.ts';

export interface SegmentParts {
  readonly target: Target;
  readonly requestId: string;
  readonly trace: Trace;
  readonly outcome: InvocationOutcome;
  /** ms since 1970 */
  readonly endedAtMs: number;
}

export function functionSegments(parts: SegmentParts): readonly object[] {
  const { target, requestId, trace, outcome, endedAtMs } = parts;
  const { functionName } = target.version;
  const end = endedAtMs / 1000;
  const started = end - (outcome.durationMs ?? 0) / 1000;
  const answered = end - (outcome.overheadMs ?? 0) / 1000;
  // What was initialised ahead kept nobody waiting: a gap of minutes would be all there is to see.
  const initDurationMs = outcome.initialisedAhead ? undefined : outcome.initDurationMs;
  const initialised = started - (initDurationMs ?? 0) / 1000;
  const serviceSegmentId = newId();
  const fate = outcome.kind === 'error' ? { fault: true } : {};
  const common = { trace_id: trace.traceId, name: functionName, resource_arn: target.arn };
  const init =
    initDurationMs === undefined
      ? []
      : [{ id: newId(), name: 'Initialization', start_time: initialised, end_time: started }];
  return [
    {
      ...common,
      ...fate,
      id: serviceSegmentId,
      ...(trace.parentId !== undefined && { parent_id: trace.parentId }),
      origin: 'AWS::Lambda',
      start_time: initialised,
      end_time: end,
      http: { response: { status: 200 } },
      aws: { request_id: requestId },
    },
    {
      ...common,
      ...fate,
      id: trace.segmentId,
      parent_id: serviceSegmentId,
      origin: 'AWS::Lambda::Function',
      start_time: initialised,
      end_time: end,
      aws: { function_arn: target.arn, account_id: target.arn.split(':')[4] },
      subsegments: [
        ...init,
        { id: trace.invocationId, name: 'Invocation', start_time: started, end_time: answered, ...fate },
        { id: newId(), name: 'Overhead', start_time: answered, end_time: end },
      ],
      ...(outcome.kind === 'error' && { cause: causeOf(outcome.payload) }),
    },
  ];
}

function causeOf(payload: string): object | undefined {
  try {
    const { errorType, errorMessage } = JSON.parse(payload) as { errorType?: string; errorMessage?: string };
    return { exceptions: [{ id: newId(), type: errorType, message: errorMessage }] };
  } catch {
    return undefined;
  }
}

function newId(): string {
  return randomBytes(8).toString('hex');
}
