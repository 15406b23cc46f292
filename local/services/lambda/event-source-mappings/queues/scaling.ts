/**
 * How many batches of one queue are handled at once. Pure but for the time it is told.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
 */

const MOST = 1_250;
const PER_MINUTE = 300;
const MS_EACH = 60_000 / PER_MINUTE;

export class Scaling {
  static readonly FIRST = 5;
  #level: number = Scaling.FIRST;
  #since: number;

  constructor(now: number) {
    this.#since = now;
  }

  /** At least 1. */
  limit(now: number): number {
    return Math.min(MOST, Math.floor(this.#level + Math.max(0, now - this.#since) / MS_EACH));
  }

  /** When the limit is one more, ms since 1970. */
  nextAt(now: number): number {
    return this.#since + Math.ceil((this.limit(now) + 1 - this.#level) * MS_EACH);
  }

  /** The queue had nothing more: from here the way up begins anew. */
  emptied(now: number): void {
    this.#level = Math.min(Scaling.FIRST, this.limit(now));
    this.#since = now;
  }

  /** The function failed: a little less at once. */
  failed(now: number): void {
    this.#set(this.limit(now) - 1, now);
  }

  /** The function may not run as often at once: half of it. */
  throttled(now: number): void {
    this.#set(Math.floor(this.limit(now) / 2), now);
  }

  #set(level: number, now: number): void {
    this.#level = Math.max(1, level);
    this.#since = now;
  }
}
