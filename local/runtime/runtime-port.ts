/**
 * Between an environment and the runtime in its process, whichever way that speaks: the frames of AWS's Node client
 * (`frame-port.ts`) or HTTP (`runtime-api.ts`). The verbs are the Runtime API's:
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 */
import type { Payload } from '../services/lambda/contract.ts';

export interface RuntimeEvent {
  readonly requestId: string;
  readonly payload: string;
  /** ms since 1970, by the machine's clock: the function's process compares it with its own. */
  readonly deadlineMs: number;
  readonly invokedFunctionArn: string;
  readonly traceHeader: string;
  /** JSON text without newlines. */
  readonly clientContext: string | undefined;
}

/** Answers a `next`. Called at most once. */
export type Deliver = (event: RuntimeEvent) => void;

/** A runtime's state, as the Runtime API's refusals name it. */
export type RuntimeState =
  | 'Started'
  | 'InitError'
  | 'Ready'
  | 'Running'
  | 'InvocationResponse'
  | 'InvocationErrorResponse'
  | 'RuntimeResponseSentState';

/** Why the runtime's word does not count. */
export type Refusal =
  | { readonly kind: 'request-id' }
  | { readonly kind: 'state'; readonly from: RuntimeState; readonly to: RuntimeState }
  | { readonly kind: 'size' };

/** Takes a streamed response. After `end` or `breakOff` nothing more is expected. */
export interface ResponseSink {
  /** A promise means full: nothing more is to be read from the runtime until it resolves. */
  write(chunk: Uint8Array): void | Promise<void>;
  /** All of it is there; `error` is what the trailers say of a failure midstream, JSON text. */
  end(error?: string): Refusal | undefined;
  /** The connection broke before the end. */
  breakOff(): void;
}

export interface RuntimePort {
  /**
   * A runtime client is there; `closed` resolves when everything it said has been read. False when the process has one
   * already, or has been given up on: nobody is to listen to this one. `hangUp` ends the connection.
   */
  connected(closed: Promise<void>, hangUp: () => void): boolean;
  /** The connection broke with something in it that the runtime has not read. */
  unread(): void;
  /** The connection it waits on has closed: it has ended, as a rule. */
  gone(): void;
  /**
   * `runtime` says whether its process goes on running in the meantime; one that stands still is as good as frozen, and
   * `wake` makes it run on, this time and from now on.
   */
  next(deliver: Deliver, runtime: 'still' | 'running', wake?: () => void): void;
  /** Gives the reason when it does not count. `bytes` is the payload's size. */
  response(requestId: string, payload: Payload, bytes: number): Refusal | undefined;
  /** A response that comes bit by bit. */
  stream(requestId: string, contentType: string): ResponseSink | Refusal;
  /** `errorType` is the header's, for runtimes whose body does not say. */
  error(requestId: string, payload: string, errorType?: string): Refusal | undefined;
  failInit(payload: string, errorType?: string): Refusal | undefined;
  /** A record of the patched `console`; `timestampMs` since 1970. */
  log(message: string, timestampMs: number): void;
}
