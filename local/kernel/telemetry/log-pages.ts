import type { LogArchive, StoredLogEvent } from '../telemetry.ts';

/** A row of `log_chunks`, with its stream's name. */
export interface Chunk {
  readonly id: number;
  readonly ingested: number;
  readonly stream: string;
  /** JSON: `[[timestamp, message], …]` */
  readonly events: string;
}

/** A page holds at most this, as on AWS. */
const PAGE_EVENTS = 10_000;
const PAGE_BYTES = 2 ** 20;

/** Leaves room for a chunk's events in an event's number. */
const CHUNK_STRIDE = 100_000;

/** A page of GetLogEvents. `end` is exclusive. */
export function pageOfStream(
  chunks: readonly Chunk[],
  start: number,
  end: number,
  query: Parameters<LogArchive['events']>[0],
): NonNullable<ReturnType<LogArchive['events']>> {
  const all = inOrder(chunks, (event) => event.timestamp >= start && event.timestamp < end);
  const [, direction, position] = /^([fb])\/(\d+)$/.exec(query.nextToken ?? '') ?? [];
  const limit = query.limit ?? PAGE_EVENTS;
  let events: StoredLogEvent[];
  if (direction === 'f')
    events = fitting(
      all.filter((event) => positionOf(event) > position!),
      limit,
      'oldest',
    );
  else if (direction === 'b')
    events = fitting(
      all.filter((event) => positionOf(event) < position!),
      limit,
      'newest',
    );
  else events = fitting(all, limit, query.startFromHead ? 'oldest' : 'newest');
  const first = events[0];
  const last = events.at(-1);
  return {
    events,
    nextForwardToken: `f/${last ? positionOf(last) : (position ?? BEGINNING)}`,
    nextBackwardToken: `b/${first ? positionOf(first) : (position ?? BEGINNING)}`,
  };
}

/** A page of FilterLogEvents. `end` is inclusive. */
export function pageOfGroup(
  chunks: readonly Chunk[],
  start: number,
  end: number,
  query: Parameters<LogArchive['filter']>[0],
): NonNullable<ReturnType<LogArchive['filter']>> {
  const { streams, streamPrefix = '', matches = () => true } = query;
  const wanted = chunks.filter(({ stream }) => stream.startsWith(streamPrefix) && (streams?.includes(stream) ?? true));
  const after = query.nextToken ?? '';
  const all = inOrder(wanted, (event) => {
    return event.timestamp >= start && event.timestamp <= end && positionOf(event) > after && matches(event.message);
  });
  const events = fitting(all, query.limit ?? PAGE_EVENTS, 'oldest');
  return events.length < all.length ? { events, nextToken: positionOf(events.at(-1)!) } : { events };
}

export function eventsOf({ id, ingested, stream, events: text }: Chunk): StoredLogEvent[] {
  return (JSON.parse(text) as [number, string][]).map(([timestamp, message], index) => ({
    eventId: String(id * CHUNK_STRIDE + index).padStart(56, '0'),
    logStream: stream,
    timestamp,
    message,
    ingestionTime: ingested,
  }));
}

function inOrder(chunks: readonly Chunk[], wanted: (event: StoredLogEvent) => boolean): StoredLogEvent[] {
  const events = chunks.flatMap((chunk) => eventsOf(chunk).filter(wanted));
  return events.sort((a, b) => a.timestamp - b.timestamp || (a.eventId < b.eventId ? -1 : 1));
}

/** As many events as a page holds, at least one where there is one. */
function fitting(events: StoredLogEvent[], limit: number, keep: 'oldest' | 'newest'): StoredLogEvent[] {
  const most = Math.min(events.length, limit, PAGE_EVENTS);
  let bytes = 0;
  let count = 0;
  while (count < most) {
    const event = keep === 'oldest' ? events[count]! : events[events.length - 1 - count]!;
    bytes += Buffer.byteLength(event.message);
    if (bytes > PAGE_BYTES && count > 0) break;
    count++;
  }
  return keep === 'oldest' ? events.slice(0, count) : events.slice(events.length - count);
}

/** Sorts as (timestamp, event id): the place of an event in its order of reading. */
const positionOf = (event: StoredLogEvent): string => String(event.timestamp).padStart(16, '0') + event.eventId;

const BEGINNING = '0'.repeat(72);
