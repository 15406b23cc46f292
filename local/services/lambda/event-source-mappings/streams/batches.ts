/** Batches of records: how many go together, and what comes of a try. Pure. */

export interface BatchRecord {
  readonly sequence: string;
  /** ms since 1970 */
  readonly arrivedAt: number;
  /** JSON, as the event has it. */
  readonly text: string;
  readonly bytes: number;
}

/** Lambda's limit of a payload, less what stands around the records and a state. */
const MOST_BYTES = 6 * 1024 * 1024;
const AROUND_BYTES = 4096;

export interface CutLimits {
  readonly batchSize: number;
  /** Of the state that travels along. */
  readonly stateBytes: number;
  /** Records of which this differs do not travel together. */
  readonly windowOf: (record: BatchRecord) => number | undefined;
}

/** How many of the records that wait make the next batch, and whether no other could join it. */
export function cut(
  waiting: readonly BatchRecord[],
  { batchSize, stateBytes, windowOf }: CutLimits,
): { readonly count: number; readonly complete: boolean } {
  const room = MOST_BYTES - AROUND_BYTES - stateBytes;
  let bytes = 0;
  let count = 0;
  for (const record of waiting) {
    const joins = count === 0 || (bytes + record.bytes <= room && windowOf(record) === windowOf(waiting[0]!));
    if (!joins) return { count, complete: true };
    bytes += record.bytes;
    count += 1;
    if (count === batchSize) return { count, complete: true };
  }
  return { count, complete: false };
}

export interface Batch {
  /** None: the end of a window. */
  readonly records: readonly BatchRecord[];
  /** Invocations that reached the function. */
  readonly invocations: number;
  /** Tries in a row that came to nothing, throttled ones too. */
  readonly setbacks: number;
}

export const newBatch = (records: readonly BatchRecord[]): Batch => ({ records, invocations: 0, setbacks: 0 });

export interface RetryPolicy {
  /** -1: as often as it takes. */
  readonly maximumRetryAttempts: number;
  readonly bisectsOnError: boolean;
}

export type Result =
  | { readonly kind: 'success' }
  /** `from`: the first record that is to come again. */
  | { readonly kind: 'failed'; readonly from: number }
  /** The function was not reached. */
  | { readonly kind: 'not-run' };

export type Conclusion =
  | { readonly kind: 'done' }
  /** The first `settled` records are done; `next` come now, in this order, after a while. */
  | {
      readonly kind: 'go-on';
      readonly settled: number;
      readonly next: readonly [Batch, ...Batch[]];
      readonly pauseMs: number;
    }
  | { readonly kind: 'given-up' };

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;

/**
 * What a try means for its batch. What did not reach the function is tried for as long as it may be, uncounted; what is
 * left of a batch, and each half of one, is a batch of its own with all its tries before it.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-errors.html
 */
export function conclude(batch: Batch, result: Result, policy: RetryPolicy): Conclusion {
  const { records } = batch;
  const setbacks = batch.setbacks + 1;
  switch (result.kind) {
    case 'success':
      return { kind: 'done' };
    case 'not-run':
      return { kind: 'go-on', settled: 0, next: [{ ...batch, setbacks }], pauseMs: pauseAfter(setbacks) };
    case 'failed': {
      if (result.from > 0) {
        return { kind: 'go-on', settled: result.from, next: [newBatch(records.slice(result.from))], pauseMs: 0 };
      }
      if (policy.bisectsOnError && records.length > 1) {
        const half = Math.ceil(records.length / 2);
        const halves = [newBatch(records.slice(0, half)), newBatch(records.slice(half))] as const;
        return { kind: 'go-on', settled: 0, next: halves, pauseMs: 0 };
      }
      const invocations = batch.invocations + 1;
      const { maximumRetryAttempts: most } = policy;
      if (most >= 0 && invocations > most) return { kind: 'given-up' };
      return { kind: 'go-on', settled: 0, next: [{ records, invocations, setbacks }], pauseMs: pauseAfter(setbacks) };
    }
  }
}

function pauseAfter(setbacks: number): number {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(setbacks - 1, 16));
}

/** How many records at the head of a batch are too old to be sent. */
export function tooOld(records: readonly BatchRecord[], now: number, maximumAgeMs: number): number {
  const first = records.findIndex(({ arrivedAt }) => now - arrivedAt <= maximumAgeMs);
  return first === -1 ? records.length : first;
}
