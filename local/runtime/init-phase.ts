/**
 * The init phase: extensions start, then the runtime, and it is over when all of them wait for an invocation.
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-ib
 */
import type { EnvironmentSpec, InitializationType } from '../services/lambda/contract.ts';
import { errorMessageIn, type FunctionError, reportedError } from './function-error.ts';

const INIT_TIMEOUT_MS = 10_000;

/** Ahead of any request there is more time: 130 seconds, or the function's time-out where that is longer. */
const PROVISIONED_INIT_TIMEOUT_MS = 130_000;

export function initTimeoutMs({ timeoutMs }: EnvironmentSpec, initializationType: InitializationType): number {
  return initializationType === 'on-demand' ? INIT_TIMEOUT_MS : Math.max(PROVISIONED_INIT_TIMEOUT_MS, timeoutMs);
}

/** How an init phase ended. */
export type InitResult =
  | { readonly kind: 'ready' }
  /** The runtime said so; `payload` is its error. */
  | { readonly kind: 'reported'; readonly errorType: string; readonly payload: string }
  /** The runtime or an extension ended, or could not be started; `reason` is what comes after `Error: `. */
  | { readonly kind: 'failed'; readonly errorType: string; readonly reason: string }
  | { readonly kind: 'overran' };

export type InitFailure = Exclude<InitResult, { readonly kind: 'ready' }>;

/** What an invocation ends with whose own init phase the runtime ended this way. */
export function errorOfInit({ errorType, payload }: Extract<InitResult, { kind: 'reported' }>): FunctionError {
  return { ...reportedError(payload), errorType };
}

/** For people, in one line. */
export function describeInitFailure(result: InitFailure): string {
  switch (result.kind) {
    case 'reported':
      return `${result.errorType}: ${errorMessageIn(result.payload)}`;
    case 'failed':
      return `${result.errorType}: ${result.reason}`;
    case 'overran':
      return 'The init phase took too long.';
  }
}
