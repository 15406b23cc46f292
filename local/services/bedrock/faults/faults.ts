/** Makes go wrong what a `FaultSpec` says; which calls it strikes depends on the seed and their order alone. */
import type { AwsError } from '../../../kernel/aws-error.ts';
import type { Clock } from '../../../kernel/clock.ts';
import { modelError, notReady, streamError, throttled, timedOut, unavailable } from '../errors.ts';
import { type FaultSpec, NO_FAULTS } from './spec.ts';

/** What is to become of one call. */
export interface Fate {
  /** Rejects with the error that struck it before it began. */
  admit(): void;
  /** The answer, slowed down and broken off as it was decided; one that is given whole is slowed down only. */
  befall<T>(stream: AsyncIterable<T>, signal: AbortSignal | undefined, how: 'whole' | 'streamed'): AsyncIterable<T>;
}

export interface Faults {
  next(): Fate;
}

/** Most streams have more pieces than this: what is to break does break, after something was said. */
const BREAKS_WITHIN = 12;

export function createFaults(clock: Clock, spec: FaultSpec = NO_FAULTS): Faults {
  const random = mulberry32(spec.seed);
  return {
    next() {
      // Always as many numbers per call: one call's fate does not depend on another's.
      const [before, within, where] = [random(), random(), random()];
      const error = errorFor(before, spec);
      const end = within < spec.cut ? 'cut' : within < spec.cut + spec.drop ? 'drop' : undefined;
      const after = 1 + Math.floor(where * BREAKS_WITHIN);
      return {
        admit() {
          if (error) throw error;
        },
        befall: (stream, signal, how) =>
          befall(stream, signal, { spec, clock, end: how === 'streamed' ? end : undefined, after }),
      };
    },
  };
}

function errorFor(drawn: number, spec: FaultSpec): AwsError | undefined {
  const kinds: readonly (readonly [number, () => AwsError])[] = [
    [spec.throttle, throttled],
    [spec.notReady, notReady],
    [spec.unavailable, unavailable],
    [spec.timeout, timedOut],
    [spec.error, () => modelError('The model could not process the request (an injected fault).')],
  ];
  let upTo = 0;
  for (const [share, make] of kinds) {
    upTo += share;
    if (drawn < upTo) return make();
  }
  return undefined;
}

interface Decided {
  readonly spec: FaultSpec;
  readonly clock: Clock;
  readonly end: 'cut' | 'drop' | undefined;
  /** Pieces that still come through. */
  readonly after: number;
}

async function* befall<T>(
  stream: AsyncIterable<T>,
  signal: AbortSignal | undefined,
  { spec, clock, end, after }: Decided,
): AsyncGenerator<T> {
  let count = 0;
  // A stream that is to break keeps its newest piece back: however short it is, its last one does not get through.
  let held: T | undefined;
  for await (const piece of stream) {
    if (end && count > after) break;
    const wait = spec.slowMs + (count === 0 ? spec.firstMs : 0);
    if (wait > 0) await clock.sleep(wait, signal);
    count += 1;
    if (!end) yield piece;
    else if (count > 1) yield held as T;
    held = piece;
  }
  if (end === 'cut') throw streamError('an injected fault cut the stream');
}

/** Small, fast, good enough, and the same everywhere. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
