/**
 * One invocation in an environment's hands. It is over when the runtime and all extensions wait for the next one.
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-invoke
 */
import type { EnvironmentSpec, Invocation, InvocationOutcome, Settled } from '../services/lambda/contract.ts';
import type { RuntimeDone } from './extensions/contract.ts';
import type { Report, Tracing } from './platform-log.ts';
import type { Produced } from './streamed-response.ts';

export interface InvokePhase {
  readonly invocation: Invocation;
  readonly resolve: (outcome: InvocationOutcome) => void;
  /** By `performance.now()`, as the other times here. */
  readonly startedAt: number;
  readonly tracing: Tracing | undefined;
  /** Its START has been logged. */
  started: boolean;
  /** The runtime had ended before it could read of it, and was started again. */
  again: boolean;
  /** What the runtime answered; its part is over with the `next` after it. */
  outcome: InvocationOutcome | undefined;
  /** Of an answer that came bit by bit. */
  streamed: Produced | undefined;
  /** When the runtime had answered; known of traced invocations only. */
  respondedAt: number | undefined;
  /** When the runtime's part was over, while extensions still work on; the caller has the answer. */
  answeredAt: number | undefined;
  settle: ((settled: Settled) => void) | undefined;
}

export function beginInvoke(
  invocation: Invocation,
  tracing: Tracing | undefined,
  resolve: (outcome: InvocationOutcome) => void,
): InvokePhase {
  return {
    invocation,
    resolve,
    startedAt: performance.now(),
    tracing,
    started: false,
    again: false,
    outcome: undefined,
    streamed: undefined,
    respondedAt: undefined,
    answeredAt: undefined,
    settle: undefined,
  };
}

export interface Measured {
  readonly maxMemoryUsedMb: number;
  readonly initDurationMs: number | undefined;
  readonly durationMs: number;
}

/** The REPORT line's content. */
export function reportOf(
  { invocation, tracing }: InvokePhase,
  outcome: InvocationOutcome,
  { memorySizeMb }: EnvironmentSpec,
  measured: Measured,
): Report {
  const errorType = outcome.kind === 'error' ? outcome.errorType : undefined;
  return {
    requestId: invocation.requestId,
    durationMs: measured.durationMs,
    memorySizeMb,
    maxMemoryUsedMb: measured.maxMemoryUsedMb,
    initDurationMs: measured.initDurationMs,
    status: errorType === undefined ? 'success' : errorType === 'Sandbox.Timedout' ? 'timeout' : 'error',
    errorType,
    tracing,
  };
}

/** What the caller gets. */
export function answerOf(
  { invocation, startedAt, respondedAt }: InvokePhase,
  outcome: InvocationOutcome,
  durationMs: number,
  initDurationMs: number | undefined,
): InvocationOutcome {
  const overheadMs = respondedAt === undefined ? undefined : startedAt + durationMs - respondedAt;
  if (outcome.kind === 'error') return { ...outcome, durationMs, initDurationMs, overheadMs };
  const payload = invocation.stream ? '' : outcome.payload;
  return { kind: 'response', payload, durationMs, initDurationMs, overheadMs };
}

/** What extensions that listen are told when the runtime's part is over. */
export function runtimeDoneOf(
  { invocation, startedAt, respondedAt, streamed, tracing }: InvokePhase,
  outcome: InvocationOutcome,
): RuntimeDone {
  const durationMs = performance.now() - startedAt;
  const errorType = outcome.kind === 'error' ? outcome.errorType : undefined;
  // What is taken in one piece: its first byte and its last are one.
  const begunAt = streamed?.begunAt ?? respondedAt ?? startedAt;
  return {
    requestId: invocation.requestId,
    status: errorType === undefined ? 'success' : errorType === 'Sandbox.Timedout' ? 'timeout' : 'error',
    errorType,
    tracing,
    startedMs: Date.now() - durationMs,
    ...(respondedAt !== undefined && {
      responseLatencyMs: begunAt - startedAt,
      responseDurationMs: respondedAt - begunAt,
    }),
    durationMs,
    producedBytes: streamed?.begunAt === undefined ? Buffer.byteLength(outcome.payload) : streamed.bytes,
  };
}
