/** Reads one shard from a position on, through iterators that expire, records that are gone, and roles that fall short. */
import type { Position } from './positions.ts';
import type { From, Page, StreamSource } from './stream-source.ts';

/** The stream, or the shard, is not there any more. */
export class StreamGone extends Error {
  override readonly name = 'StreamGone';
}

export interface ShardReader {
  /** The next records. Tries for as long as it takes; throws StreamGone, and whatever once `signal` is aborted. */
  read(): Promise<Page>;
  /** Resolves when there may be more to read, or `signal` is aborted. */
  wait(signal: AbortSignal): Promise<void>;
}

export interface ReaderParts {
  readonly source: StreamSource;
  readonly shardId: string;
  readonly signal: AbortSignal;
  /** Rejects once `abort` is aborted. */
  readonly pause: (ms: number, abort: AbortSignal) => Promise<void>;
  /** Nothing can be read now, for people. */
  readonly trouble: (error: Error) => void;
  /** Records have expired before they were read. */
  readonly trimmed: () => void;
}

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;

/** @param first where a shard is begun at that nobody has been in */
export function createShardReader(parts: ReaderParts, position: Position, first: From): ShardReader {
  const { source, shardId, signal, pause, trouble, trimmed } = parts;
  let from: From | { readonly kind: 'ITERATOR'; readonly iterator: string } =
    position.after !== undefined
      ? { kind: 'AFTER_SEQUENCE_NUMBER', sequence: position.after }
      : position.iterator !== undefined
        ? { kind: 'ITERATOR', iterator: position.iterator }
        : first;
  let iterator: string | undefined;

  async function current(abort: AbortSignal): Promise<string> {
    // One of an earlier run may have expired; whoever waits by it gets a fresh one.
    iterator ??=
      from.kind === 'ITERATOR' ? await source.wait(from.iterator, abort) : await source.iterator(shardId, from, abort);
    return iterator;
  }

  /** Whether it is worth another try at once. */
  function recover(error: Error): boolean {
    iterator = undefined;
    switch ((error as { code?: unknown }).code) {
      case 'ExpiredIteratorException':
        return true;
      case 'TrimmedDataAccessException':
        from = { kind: 'TRIM_HORIZON' };
        trimmed();
        return true;
      case 'ResourceNotFoundException':
        throw new StreamGone(error.message);
      default:
        trouble(error);
        return false;
    }
  }

  return {
    async read() {
      for (let pauseMs = FIRST_PAUSE_MS; ; ) {
        try {
          const page = await source.read(await current(signal), signal);
          iterator = page.next;
          const last = page.records.at(-1);
          if (last) from = { kind: 'AFTER_SEQUENCE_NUMBER', sequence: last.sequence };
          return page;
        } catch (error) {
          signal.throwIfAborted();
          if (recover(error as Error)) continue;
          await pause(pauseMs, signal);
          pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2);
        }
      }
    },
    async wait(abort) {
      try {
        iterator = await source.wait(await current(abort), abort);
      } catch (error) {
        if (abort.aborted) return;
        // What keeps it from waiting mostly keeps it from reading too, and is said there; what does not must not make it spin.
        iterator = undefined;
        trouble(error as Error);
        await pause(FIRST_PAUSE_MS, abort).catch(() => {});
      }
    },
  };
}
