/**
 * One worker of a shard: reads it, keeps to the records that are its own and pass the filters, gathers them into batches,
 * and has them handled, one batch after another.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html#invocation-eventsourcemapping-batching
 */
import type { Mapping, PollerRoom, StreamSettings } from '../contract.ts';
import type { BatchHandler } from './batch-handler.ts';
import { type BatchRecord, cut } from './batches.ts';
import type { ShardReader } from './shard-reader.ts';
import type { Page, SourceRecord } from './stream-source.ts';
import { startOfWindow, stateBytes } from './windows.ts';

export interface WorkerParts {
  readonly mapping: Mapping;
  readonly settings: StreamSettings;
  readonly room: Pick<PollerRoom, 'clock' | 'count' | 'passes'>;
  readonly reader: ShardReader;
  readonly handler: BatchHandler;
  readonly isOwn: (record: SourceRecord) => boolean;
  readonly signal: AbortSignal;
  /** Whether anything is under way: what waits for its time is not. */
  readonly busy: (isBusy: boolean) => void;
}

/** Resolves when the shard is at its end and all of it is done with; rejects once `signal` is aborted. */
export async function work(parts: WorkerParts): Promise<void> {
  const { mapping, settings, room, reader, handler, signal, busy } = parts;
  const { clock } = room;
  const gatherMs = mapping.batchingWindowSeconds * 1000;
  const windowMs = settings.tumblingWindowSeconds * 1000;
  const waiting: BatchRecord[] = [];
  /** The last record that was read, whoever has it. */
  let readTo: { readonly sequence: string; readonly arrivedAt: number } | undefined;
  let gatherUntil = 0;
  /** Nothing more was there, when it was last looked. At `LATEST` nothing is, until something comes. */
  let isDrained = handler.position.iterator !== undefined;
  let isAtEnd = false;

  function accept({ records, next }: Page): void {
    isAtEnd = next === undefined;
    isDrained = records.length === 0;
    const own = records.filter(parts.isOwn);
    const passed = own.filter(({ filterable }) => room.passes(filterable));
    if (own.length > 0) room.count('PolledEventCount', own.length);
    if (passed.length < own.length) room.count('FilteredOutEventCount', own.length - passed.length);
    if (waiting.length === 0 && passed.length > 0) gatherUntil = clock.now() + gatherMs;
    for (const { sequence, arrivedAt, event } of passed) {
      const text = JSON.stringify(event);
      waiting.push({ sequence, arrivedAt, text, bytes: Buffer.byteLength(text) + 1 });
    }
    const last = records.at(-1);
    if (!last) return;
    readTo = last;
    if (waiting.length === 0) handler.passOver(last.sequence);
  }

  const windowOf = ({ arrivedAt }: { readonly arrivedAt: number }): number | undefined =>
    windowMs === 0 ? undefined : startOfWindow(arrivedAt, windowMs);

  /** Nothing that belongs to the open window can come any more. */
  function isWindowOver(): boolean {
    const { window } = handler.position;
    if (!window || windowMs === 0) return false;
    const head = waiting[0];
    if (head) return windowOf(head) !== window.start;
    const end = window.start + windowMs;
    return isAtEnd || (readTo?.arrivedAt ?? 0) >= end || (isDrained && clock.now() >= end);
  }

  function nextBatch(): number {
    const { window } = handler.position;
    const limits = { batchSize: mapping.batchSize, stateBytes: window ? stateBytes(window.state) : 0, windowOf };
    const { count, complete } = cut(waiting, limits);
    const gathered = clock.now() >= gatherUntil && (isDrained || gatherMs > 0);
    return complete || isAtEnd || gathered ? count : 0;
  }

  for (;;) {
    signal.throwIfAborted();
    if (handler.position.window?.full || isWindowOver()) {
      await handler.endWindow();
      continue;
    }
    const count = nextBatch();
    if (count > 0) {
      const records = waiting.splice(0, count);
      await handler.handle(records, waiting.length === 0 ? readTo!.sequence : records.at(-1)!.sequence);
      // What came meanwhile may join what is left.
      isDrained = false;
      continue;
    }
    if (isAtEnd) return;
    if (isDrained) {
      busy(false);
      const { window } = handler.position;
      const until = waiting.length > 0 ? gatherUntil : window ? window.start + windowMs : undefined;
      await waitForMore(parts, until);
      isDrained = false;
      busy(true);
      continue;
    }
    accept(await reader.read());
  }
}

/** Until there are records, or until a time, ms since 1970. */
async function waitForMore({ room, reader, signal }: WorkerParts, until: number | undefined): Promise<void> {
  if (until === undefined) return reader.wait(signal);
  const enough = new AbortController();
  const end = (): void => enough.abort();
  const timer = room.clock.after(until - room.clock.now(), end);
  signal.addEventListener('abort', end, { once: true });
  try {
    if (!signal.aborted) await reader.wait(enough.signal);
  } finally {
    timer.cancel();
    signal.removeEventListener('abort', end);
  }
}
