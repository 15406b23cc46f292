/** The memory of one environment: the most it used, and whether that was too much. */
import type { MemoryMeter } from './memory.ts';

/** An invocation that took longer ends with a look at its memory; the look takes a tenth of a millisecond. */
const SAMPLED_AT_END_MS = 20;

export class MemoryUse {
  readonly #meter: MemoryMeter;
  readonly #limitMb: number;
  #peakMb = 0;
  /** Something has run since the last look. */
  unsampled = false;

  constructor(meter: MemoryMeter, limitMb: number) {
    this.#meter = meter;
    this.#limitMb = limitMb;
  }

  /** MB, at most the limit. */
  get peakMb(): number {
    return this.#peakMb;
  }

  /** True when the processes are over the limit. */
  isExceededBy(pids: readonly number[]): boolean {
    this.unsampled = false;
    const use = this.#meter.sample(pids, this.#limitMb);
    if (use === undefined) return false;
    this.#peakMb = Math.min(Math.max(this.#peakMb, use.peakMb), this.#limitMb);
    return use.peakMb > this.#limitMb;
  }

  /** Whether an invocation that took so long, or was the first, is looked at before its answer counts. */
  isDueAfter(durationMs: number, wasFirst: boolean): boolean {
    return wasFirst || durationMs > SAMPLED_AT_END_MS;
  }
}
