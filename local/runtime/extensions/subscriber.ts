/**
 * One subscriber's batches: collected until one of its limits is reached, sent one at a time, in order. Who takes
 * them too slowly loses the oldest, and is told so.
 * https://docs.aws.amazon.com/lambda/latest/dg/telemetry-api.html#telemetry-api-buffering
 */
import type { Delivery } from './delivery.ts';
import type { Subscription } from './subscription.ts';

export interface Dropped {
  readonly droppedRecords: number;
  readonly droppedBytes: number;
  readonly reason: string;
}

/** Beside the batch on its way, this many times `maxBytes` wait; more is dropped. */
const WAITING_BATCHES = 4;
const BEHIND = 'Consumer seems to have fallen behind as it has not acknowledged receipt of logs.';

export class Subscriber {
  readonly name: string;
  readonly subscription: Subscription;
  readonly #delivery: Delivery;
  readonly #onDropped: (dropped: Dropped) => void;
  #events: string[] = [];
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> | undefined;
  #paused = false;
  #closed = false;

  constructor(name: string, subscription: Subscription, delivery: Delivery, onDropped: (dropped: Dropped) => void) {
    this.name = name;
    this.subscription = subscription;
    this.#delivery = delivery;
    this.#onDropped = onDropped;
  }

  /** An event's JSON text. */
  push(event: string): void {
    if (this.#closed) return;
    const { maxItems, maxBytes, timeoutMs } = this.subscription.buffering;
    this.#events.push(event);
    this.#bytes += Buffer.byteLength(event);
    if (this.#bytes > WAITING_BATCHES * maxBytes) this.#drop(WAITING_BATCHES * maxBytes);
    if (this.#paused) return;
    if (this.#events.length >= maxItems || this.#bytes >= maxBytes) void this.flush();
    else this.#timer ??= setTimeout(() => void this.flush(), timeoutMs).unref();
  }

  /** Sends what there is. Resolves when all of it has been taken, or could not be. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    while (this.#sending !== undefined) await this.#sending;
    if (this.#paused || this.#closed || this.#events.length === 0) return;
    this.#sending = this.#send(this.#take());
    await this.#sending;
  }

  /** While the environment is frozen nothing is sent: nobody would take it. */
  pause(): void {
    this.#paused = true;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  resume(): void {
    this.#paused = false;
    if (this.#events.length > 0) void this.flush();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#delivery.close();
  }

  async #send(batch: readonly string[]): Promise<void> {
    try {
      await this.#delivery.send(batch);
    } catch (error) {
      if (!this.#closed) this.#report(batch, `the subscriber could not be reached: ${(error as Error).message}`);
    } finally {
      this.#sending = undefined;
    }
    // What came meanwhile has waited long enough.
    if (this.#events.length > 0) void this.flush();
  }

  #take(): string[] {
    const { maxItems, maxBytes } = this.subscription.buffering;
    let bytes = 0;
    let count = 0;
    while (count < this.#events.length && count < maxItems && bytes < maxBytes) {
      bytes += Buffer.byteLength(this.#events[count] as string);
      count += 1;
    }
    this.#bytes -= bytes;
    return this.#events.splice(0, count);
  }

  #drop(limit: number): void {
    const dropped: string[] = [];
    while (this.#bytes > limit && this.#events.length > 1) {
      const event = this.#events.shift() as string;
      this.#bytes -= Buffer.byteLength(event);
      dropped.push(event);
    }
    if (dropped.length > 0) this.#report(dropped, BEHIND);
  }

  #report(dropped: readonly string[], reason: string): void {
    const droppedBytes = dropped.reduce((bytes, event) => bytes + Buffer.byteLength(event), 0);
    this.#onDropped({ droppedRecords: dropped.length, droppedBytes, reason });
  }
}
