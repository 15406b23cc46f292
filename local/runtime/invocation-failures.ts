/** What an invocation ends with when Lambda itself ends it: the caller's error, and the lines in the log beside it. */
import { exitReason, type FunctionError, platformError, timedOut } from './function-error.ts';
import { errorOfInit, type InitFailure } from './init-phase.ts';
import type { InvocationLog } from './invocation-log.ts';
import type { Killed } from './runtime-domain.ts';
import type { ProcessExit } from './runtime-process.ts';

export interface InvocationFailures {
  timedOut(requestId: string): FunctionError;
  outOfMemory(requestId: string): FunctionError;
  /** The runtime or an extension ended; `reason` as `exitReason` words it. */
  exited(requestId: string, reason: string, errorType: string): FunctionError;
  /** The runtime ended, by itself or because we killed it. */
  ofExit(requestId: string, exit: ProcessExit, killed: Killed | undefined): FunctionError;
  /** The init phase inside the invocation failed. */
  ofInit(requestId: string, result: InitFailure): FunctionError;
}

const KILLED: ProcessExit = { code: null, signal: 'SIGKILL' };

export function invocationFailures(log: InvocationLog, timeoutMs: number): InvocationFailures {
  const failures: InvocationFailures = {
    timedOut(requestId) {
      log.timedOut(requestId, timeoutMs);
      return timedOut(requestId, timeoutMs);
    },
    outOfMemory: (requestId) => failures.exited(requestId, exitReason(KILLED), 'Runtime.OutOfMemory'),
    exited(requestId, reason, errorType) {
      log.exited(requestId, reason, errorType);
      return platformError(errorType, `RequestId: ${requestId} Error: ${reason}`);
    },
    ofExit(requestId, exit, killed) {
      if (killed === 'timeout') return failures.timedOut(requestId);
      if (killed === 'memory') return failures.outOfMemory(requestId);
      return failures.exited(requestId, exitReason(exit), 'Runtime.ExitError');
    },
    ofInit(requestId, result) {
      if (result.kind === 'overran') return failures.timedOut(requestId);
      if (result.kind === 'failed') return failures.exited(requestId, result.reason, result.errorType);
      return errorOfInit(result);
    },
  };
  return failures;
}
