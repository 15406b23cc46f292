/**
 * A receive that is tried again, since its answer was lost, gets the same messages again.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/using-receiverequestattemptid-request-parameter.html
 */
import type { Message } from './message.ts';

const KEPT_MS = 300_000;

interface Attempt {
  readonly at: number;
  /** With how often each had been received by then. */
  readonly messages: readonly (readonly [message: Message, receives: number])[];
}

export class ReceiveAttempts {
  /** In the order they were made. */
  readonly #attempts = new Map<string, Attempt>();

  /** Undefined where there was none, or where something has happened to its messages since. */
  again(id: string, now: number): Message[] | undefined {
    const attempt = this.#attempts.get(id);
    if (!attempt || now - attempt.at >= KEPT_MS) return undefined;
    const untouched = attempt.messages.every(
      ([message, receives]) => message.state === 'in-flight' && message.receives === receives,
    );
    return untouched ? attempt.messages.map(([message]) => message) : undefined;
  }

  remember(id: string, now: number, messages: readonly Message[]): void {
    for (const [old, { at }] of this.#attempts) {
      if (now - at < KEPT_MS) break;
      this.#attempts.delete(old);
    }
    this.#attempts.delete(id);
    this.#attempts.set(id, { at: now, messages: messages.map((message) => [message, message.receives]) });
  }
}
