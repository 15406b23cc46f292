/** The log stream of one environment: collects events and hands them on in batches. */
import { randomBytes } from 'node:crypto';
import type { LogEvent } from '../kernel/telemetry.ts';

/** `2026/11/21/[$LATEST]0123456789abcdef0123456789abcdef`; the day is UTC's. */
export function logStreamName(version: string, now: number): string {
  return `${new Date(now).toISOString().slice(0, 10).replaceAll('-', '/')}/[${version}]${randomBytes(16).toString('hex')}`;
}

export class LogWriter {
  readonly #deliver: (events: readonly LogEvent[]) => void;
  readonly #onFirst: () => void;
  #events: LogEvent[] = [];
  #tail: string[] | undefined;

  /** `onFirst` is called when there is something to flush where there was nothing. */
  constructor(deliver: (events: readonly LogEvent[]) => void, onFirst: () => void) {
    this.#deliver = deliver;
    this.#onFirst = onFirst;
  }

  write(message: string | undefined, timestamp: number): void {
    if (message === undefined) return;
    this.#tail?.push(message);
    if (this.#events.push({ timestamp, message }) === 1) this.#onFirst();
  }

  /** Remembers what is written from here on, until `takeTail`. */
  startTail(): void {
    this.#tail = [];
  }

  takeTail(): string | undefined {
    const tail = this.#tail?.join('');
    this.#tail = undefined;
    return tail;
  }

  flush(): void {
    if (this.#events.length === 0) return;
    const events = this.#events;
    this.#events = [];
    this.#deliver(events);
  }
}
