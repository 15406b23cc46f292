/** The bodies of function errors that Lambda itself makes, as JSON text. */
import type { InvocationOutcome } from '../services/lambda/contract.ts';

export type FunctionError = Extract<InvocationOutcome, { kind: 'error' }>;

/** Bytes a synchronous response may have: 6 MB and some room for Lambda's envelope. */
export const MAXIMUM_RESPONSE_BYTES = 6_291_556;

/** Bytes a streamed response may have. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
export const MAXIMUM_STREAMED_BYTES = 200 * 1024 * 1024;

/** `Task timed out after 3.00 seconds`. */
export function timedOutMessage(timeoutMs: number): string {
  return `Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`;
}

export function timedOut(requestId: string, timeoutMs: number): FunctionError {
  return platformError('Sandbox.Timedout', `RequestId: ${requestId} Error: ${timedOutMessage(timeoutMs)}`);
}

/** What a process's end is called: `exit status 1`, `signal: killed`, or nothing for a clean exit. */
export function exitReason(exit: { code: number | null; signal: NodeJS.Signals | null }): string {
  if (exit.signal !== null) return `Runtime exited with error: signal: ${SIGNAL_NAMES[exit.signal] ?? exit.signal}`;
  if (exit.code === 0) return 'Runtime exited without providing a reason';
  return `Runtime exited with error: exit status ${exit.code}`;
}

/** Go's names for the signals a function's process may end by; Lambda's supervisor prints those. */
const SIGNAL_NAMES: Partial<Record<NodeJS.Signals, string>> = {
  SIGKILL: 'killed',
  SIGTERM: 'terminated',
  SIGSEGV: 'segmentation fault',
  SIGABRT: 'aborted',
  SIGBUS: 'bus error',
  SIGILL: 'illegal instruction',
  SIGFPE: 'floating point exception',
  SIGTRAP: 'trace/breakpoint trap',
  SIGINT: 'interrupt',
  SIGHUP: 'hangup',
  SIGQUIT: 'quit',
};

export function runtimeExited(requestId: string, reason: string): FunctionError {
  return platformError('Runtime.ExitError', `RequestId: ${requestId} Error: ${reason}`);
}

export function responseTooLarge(limit: number = MAXIMUM_RESPONSE_BYTES): FunctionError {
  return platformError(
    'Function.ResponseSizeTooLarge',
    `Response payload size exceeded maximum allowed payload size (${limit} bytes).`,
  );
}

/** A streamed response broke off. */
export function truncatedResponse(): FunctionError {
  return platformError('Runtime.TruncatedResponse', 'The response was truncated.');
}

export function isTruncated(outcome: InvocationOutcome | undefined): boolean {
  return outcome?.kind === 'error' && outcome.errorType === 'Runtime.TruncatedResponse';
}

/** What the runtime itself reported; its body is the runtime's. `errorType` is for bodies that name none. */
export function reportedError(payload: string, errorType?: string): FunctionError {
  return { kind: 'error', unhandled: true, errorType: typeIn(payload) ?? knownType(errorType), payload };
}

/** AWS's runtime client writes `errorType`; a program speaking HTTP may write anything. */
function typeIn(payload: string): string | undefined {
  return textIn(payload, 'errorType');
}

/** For people; the payload as it is when it is not as AWS's clients write it. */
export function errorMessageIn(payload: string): string {
  return textIn(payload, 'errorMessage') ?? payload;
}

function textIn(payload: string, key: string): string | undefined {
  try {
    const value = (JSON.parse(payload) as Record<string, unknown> | null)?.[key];
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The type under which Lambda itself logs an error that a runtime names: `Runtime.…` and `Function.…` are left as they
 * are, anything else is unknown to it.
 */
export function knownType(errorType: string | undefined): string {
  if (errorType !== undefined && /(?:Runtime|Function)\.[A-Z][a-zA-Z]+/.test(errorType)) return errorType;
  return errorType?.startsWith('Function.') ? 'Function.Unknown' : 'Runtime.Unknown';
}

export function platformError(errorType: string, errorMessage: string): FunctionError {
  return { kind: 'error', unhandled: true, errorType, payload: JSON.stringify({ errorType, errorMessage }) };
}
