/**
 * The poller of a stream: its shards in the order of their descent, each with as many workers as the mapping's
 * parallelisation factor. https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
 */
import { createSystemClock } from '../../../../kernel/system-clock.ts';
import type { Mapping, Poller, PollerRoom, StartPoller, StreamSettings } from '../contract.ts';
import { createBatchHandler } from './batch-handler.ts';
import { dynamoDbSource } from './dynamodb-source.ts';
import { readableShards, workerOf } from './lineage.ts';
import { openPositions, type Position } from './positions.ts';
import { createShardReader, StreamGone } from './shard-reader.ts';
import type { From, Shard, StreamSource } from './stream-source.ts';
import { work } from './worker.ts';

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;

/** Of DynamoDB, which is the only service with streams here. */
export const startStreamPoller: StartPoller = (mapping, room) =>
  startPollerOf(dynamoDbSource(mapping.eventSourceArn, room), mapping, room);

/** Starts reading at once. Throws TypeError for a mapping without settings of a stream. */
export function startPollerOf(source: StreamSource, mapping: Mapping, givenRoom: PollerRoom): Poller {
  const settings = mapping.stream;
  if (!settings) throw new TypeError(`mapping ${mapping.uuid} has no settings of a stream`);
  const room = { ...givenRoom, said: once(givenRoom.said) };
  const positions = openPositions(room.checkpoints, mapping.uuid, settings.parallelizationFactor);
  const stopping = new AbortController();
  const { signal } = stopping;
  /** What is not idle: the start itself, and workers. */
  const busy = new Set<string>(['start']);
  const running = new Map<string, Promise<void>>();
  let isClosed = false;

  /** Tries until it succeeds; rejects with StreamGone, or once it is to stop. */
  async function insist<T>(task: () => Promise<T>): Promise<T> {
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2)) {
      try {
        return await task();
      } catch (error) {
        signal.throwIfAborted();
        if ((error as { code?: unknown }).code === 'ResourceNotFoundException') {
          throw new StreamGone((error as Error).message);
        }
        trouble(error as Error);
        const isStart = busy.delete('start');
        await room.clock.sleep(pauseMs, signal);
        if (isStart) busy.add('start');
      }
    }
  }

  function trouble(error: Error): void {
    room.said(`PROBLEM: ${error.message}`);
    room.report(`nothing is read from ${mapping.eventSourceArn} now: ${error.message}`);
  }

  /** `LATEST` is where the stream was when the mapping began, also after a restart. */
  async function begin(shards: readonly Shard[]): Promise<void> {
    const first = new Map<string, Position>();
    if (settings!.startingPosition === 'LATEST' && !positions.isBegun) {
      for (const { id, closed } of shards) {
        if (closed) first.set(id, { finished: true });
        else first.set(id, { iterator: await insist(() => source.iterator(id, { kind: 'LATEST' }, signal)) });
      }
    }
    room.transaction(() => {
      const there = new Set(shards.map(({ id }) => id));
      positions.forget((shardId) => !there.has(shardId));
      positions.adopt();
      if (!positions.isBegun) positions.begin(first);
    });
  }

  async function runShard({ id }: Shard): Promise<void> {
    await Promise.all(Array.from({ length: settings!.parallelizationFactor }, (_, worker) => runWorker(id, worker)));
    // Its children may be read now, and only now are they all known.
    await advance();
  }

  /** Resolves when the worker is at the end of the shard; rejects with StreamGone, or once it is to stop. */
  async function runWorker(shardId: string, worker: number): Promise<void> {
    const name = `${shardId}/${worker}`;
    for (;;) {
      busy.add(name);
      try {
        return await workThrough(shardId, worker, (isBusy) => (isBusy ? busy.add(name) : busy.delete(name)));
      } catch (error) {
        signal.throwIfAborted();
        ended(error as Error);
        if (error instanceof StreamGone) throw error;
      } finally {
        busy.delete(name);
      }
      await room.clock.sleep(LONGEST_PAUSE_MS, signal);
    }
  }

  async function workThrough(shardId: string, worker: number, setBusy: (isBusy: boolean) => void): Promise<void> {
    const position = positions.find(shardId, worker) ?? {};
    if (position.finished) return;
    const save = (to: Position): void => positions.save(shardId, worker, to);
    const trimmed = (): void => room.report(`records of shard ${shardId} expired before they were read`);
    async function pause(ms: number, abort = signal): Promise<void> {
      setBusy(false);
      try {
        await room.clock.sleep(ms, abort);
      } finally {
        setBusy(true);
      }
    }
    const of = { source, shardId, signal, pause };
    const reader = createShardReader({ ...of, trouble, trimmed }, position, firstOf(settings!));
    const forHandler = { ...of, mapping, settings: settings!, room, isClosed: () => isClosed, save };
    await work({
      mapping,
      settings: settings!,
      room,
      reader,
      handler: createBatchHandler(forHandler, position),
      signal,
      isOwn: ({ key }) => workerOf(key, settings!.parallelizationFactor) === worker,
      busy: setBusy,
    });
    room.transaction(() => save({ finished: true }));
  }

  /** Starts what may be started. */
  async function advance(): Promise<void> {
    const shards = await insist(() => source.shards(signal));
    if (running.size === 0) await begin(shards);
    for (const shard of readableShards(shards, positions.isFinished)) {
      if (running.has(shard.id)) continue;
      running.set(shard.id, runShard(shard).catch(ended));
    }
  }

  function ended(error: Error): void {
    if (signal.aborted) return;
    room.said(`PROBLEM: ${error.message}`);
    room.report(
      error instanceof StreamGone
        ? `${mapping.eventSourceArn} is not there any more: ${error.message}`
        : `${mapping.eventSourceArn} is read on in a minute; this is a mistake of sampan: ${error.stack}`,
    );
  }

  const started = advance()
    .catch(ended)
    .finally(() => busy.delete('start'));

  async function allEnded(): Promise<void> {
    await started;
    // A shard's end may have started another.
    for (let count = -1; count !== running.size; ) {
      count = running.size;
      await Promise.all(running.values());
    }
  }

  return {
    get isIdle() {
      return busy.size === 0;
    },
    async stop(graceMs) {
      stopping.abort();
      // Real time on purpose: a test's standing clock must not hold up the end of a process.
      const enough = new AbortController();
      await Promise.race([
        allEnded(),
        createSystemClock()
          .sleep(graceMs, enough.signal)
          .catch(() => {}),
      ]);
      enough.abort();
      isClosed = true;
    },
  };
}

function firstOf({ startingPosition, startingTimestamp }: StreamSettings): From {
  // What is begun at after `LATEST` was taken is new from its first record on.
  if (startingPosition !== 'AT_TIMESTAMP') return { kind: 'TRIM_HORIZON' };
  return { kind: 'AT_TIMESTAMP', at: startingTimestamp ?? 0 };
}

/** Says nothing twice in a row. */
function once(said: (result: string) => void): (result: string) => void {
  let last: string | undefined;
  return (result) => {
    if (result !== last) said(result);
    last = result;
  };
}
