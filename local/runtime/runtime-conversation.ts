/**
 * What a runtime may say, and when: the states of the Runtime API, one invocation at a time.
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 */
import type { InvocationOutcome, Payload, ResponseStream } from '../services/lambda/contract.ts';
import { knownType, MAXIMUM_RESPONSE_BYTES, reportedError, responseTooLarge } from './function-error.ts';
import type { Deliver, Refusal, ResponseSink, RuntimeEvent, RuntimePort, RuntimeState } from './runtime-port.ts';
import { type Produced, streamedResponse, writeAtOnce } from './streamed-response.ts';

export interface ReportedInitError {
  /** As Lambda logs it. */
  readonly errorType: string;
  /** The runtime's own words, JSON text. */
  readonly payload: string;
}

export interface ConversationListener {
  /** The runtime waits in `next`. */
  runtimeWaits(): void;
  /** The runtime has answered the invocation; as a rule it waits again after that, not before. */
  runtimeAnswered(outcome: InvocationOutcome, streamed?: Produced): void;
  runtimeLogged(message: string, timestampMs: number): void;
  /** The runtime has ended, as a rule, and its process with it as soon as it is not frozen. */
  runtimeGone(): void;
}

export class RuntimeConversation implements RuntimePort {
  readonly #listener: ConversationListener;
  #state: RuntimeState = 'Started';
  #requestId: string | undefined;
  /** Who takes the answer as it comes. */
  #target: ResponseStream | undefined;
  #deliver: Deliver | undefined;
  #wake: (() => void) | undefined;
  /** The last event never reached it: it had ended by then. */
  missed = false;
  /** What it was to be given after it had gone: it may ask again. */
  #kept: RuntimeEvent | undefined;
  #isGone = false;
  /** Its process stands still while it waits. */
  standsStill = false;
  initError: ReportedInitError | undefined;
  /** Resolves when everything the runtime said has been read; undefined before it said anything. */
  channelClosed: Promise<void> | undefined;
  /** Whether there is a process to listen to: what one that was given up on still says concerns nobody. */
  #isOpen = false;
  #hangUp: (() => void) | undefined;

  constructor(listener: ConversationListener) {
    this.#listener = listener;
  }

  /** The process is given up on. */
  close(): void {
    this.#isOpen = false;
    this.#hangUp?.();
    this.#hangUp = undefined;
  }

  /** A new process, which has said nothing yet. */
  restart(): void {
    this.#isOpen = true;
    this.#state = 'Started';
    this.#requestId = undefined;
    this.#target = undefined;
    this.#deliver = undefined;
    this.#wake = undefined;
    this.initError = undefined;
    this.missed = false;
    this.#kept = undefined;
    this.#isGone = false;
    this.channelClosed = undefined;
  }

  get waits(): boolean {
    return this.#deliver !== undefined;
  }

  /** The invocation is over, whatever else the runtime may say about it. */
  withdraw(): void {
    this.#requestId = undefined;
    this.#target = undefined;
  }

  /** Answers the `next` it waits in. */
  give(event: RuntimeEvent, target: ResponseStream | undefined): void {
    const deliver = this.#deliver as Deliver;
    this.#deliver = undefined;
    this.#requestId = event.requestId;
    this.#target = target;
    this.#state = 'Running';
    if (this.#isGone) {
      this.#kept = event;
      this.missed = true;
    } else deliver(event);
  }

  /** From now on its process runs while it waits. */
  keepAwake(): void {
    this.#wake?.();
    this.standsStill = false;
  }

  // --- RuntimePort ---

  connected(closed: Promise<void>, hangUp: () => void): boolean {
    if (this.channelClosed !== undefined || !this.#isOpen) return false;
    this.channelClosed = closed;
    this.#hangUp = hangUp;
    return true;
  }

  unread(): void {
    this.missed = this.#state === 'Running';
  }

  gone(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#listener.runtimeGone();
  }

  next(deliver: Deliver, runtime: 'still' | 'running', wake?: () => void): void {
    if (!this.#isOpen) return;
    this.#deliver = deliver;
    this.standsStill = runtime === 'still';
    this.#wake = wake;
    this.#isGone = false;
    if (this.#kept !== undefined) {
      this.#giveKept(this.#kept);
      return;
    }
    // AWS's client does not wait for the end of a stream that failed: its `next` comes before that.
    if (this.#state !== 'Running' && this.#state !== 'InvocationResponse') this.#state = 'Ready';
    this.#listener.runtimeWaits();
  }

  response(requestId: string, payload: Payload, bytes: number): Refusal | undefined {
    const refusal = this.#refusal(requestId, 'InvocationResponse');
    if (refusal !== undefined) return refusal;
    if (bytes > MAXIMUM_RESPONSE_BYTES) {
      this.#answer(responseTooLarge());
      return { kind: 'size' };
    }
    if (this.#target !== undefined) writeAtOnce(this.#target, payload);
    this.#answer({ kind: 'response', payload });
    return undefined;
  }

  stream(requestId: string, contentType: string): ResponseSink | Refusal {
    const refusal = this.#refusal(requestId, 'InvocationResponse');
    if (refusal !== undefined) return refusal;
    this.#state = 'InvocationResponse';
    const isOpen = (): boolean => this.#requestId === requestId && this.#state === 'InvocationResponse';
    return streamedResponse(this.#target, contentType, isOpen, (outcome, produced) => this.#answer(outcome, produced));
  }

  error(requestId: string, payload: string, errorType?: string): Refusal | undefined {
    const refusal = this.#refusal(requestId, 'InvocationErrorResponse');
    if (refusal !== undefined) return refusal;
    this.#answer(reportedError(payload, errorType));
    return undefined;
  }

  failInit(payload: string, errorType?: string): Refusal | undefined {
    if (this.#state !== 'Started' || !this.#isOpen) return { kind: 'state', from: this.#state, to: 'InitError' };
    this.#state = 'InitError';
    this.initError = { errorType: knownType(errorType ?? reportedError(payload).errorType), payload };
    return undefined;
  }

  log(message: string, timestampMs: number): void {
    this.#listener.runtimeLogged(message, timestampMs);
  }

  // --- inside ---

  #refusal(requestId: string, to: RuntimeState): Refusal | undefined {
    if (this.#requestId !== requestId) return { kind: 'request-id' };
    return this.#state === 'Running' ? undefined : { kind: 'state', from: this.#state, to };
  }

  #giveKept(event: RuntimeEvent): void {
    this.#kept = undefined;
    this.missed = false;
    if (this.#requestId === event.requestId) this.give(event, this.#target);
  }

  #answer(outcome: InvocationOutcome, streamed?: Produced): void {
    this.#state = this.#deliver === undefined ? 'RuntimeResponseSentState' : 'Ready';
    this.#listener.runtimeAnswered(outcome, streamed);
  }
}
