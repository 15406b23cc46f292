/**
 * DynamoDB Streams: what was done to each item, in order, for 24 hours. A stream has one shard, open as long as the
 * stream is enabled. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
 */
import { randomBytes } from 'node:crypto';
import type { ServiceContext } from '../../../kernel/service.ts';
import type { SortedCollection } from '../../../kernel/store.ts';
import { pick } from '../expressions/project.ts';
import { keyNames, type Table, type ViewType } from '../tables/table.ts';
import type { Item } from '../values/attribute-value.ts';

export const RETENTION_MS = 86_400_000;

export interface StreamRecord {
  readonly eventId: string;
  readonly name: 'INSERT' | 'MODIFY' | 'REMOVE';
  /** ms since 1970. */
  readonly at: number;
  readonly keys: Item;
  readonly before?: Item;
  readonly after?: Item;
  readonly size: number;
  readonly expired?: true;
}

export interface Stream {
  readonly arn: string;
  readonly label: string;
  readonly tableName: string;
  readonly tableId: string;
  readonly view: ViewType;
  readonly keys: Table['keys'];
  readonly createdAt: number;
  readonly shardId: string;
  readonly firstSequence: number;
  /** The shard was closed: nothing comes after `sequence`, and 24 hours after `at` all of it is gone. */
  readonly ended?: { readonly sequence: number; readonly at: number };
}

export interface Appended {
  readonly before: Item | undefined;
  readonly after: Item | undefined;
  readonly expired?: boolean;
  readonly size: number;
}

export interface Streams {
  /** Inside the transaction that changes the table. */
  create(table: Pick<Table, 'id' | 'name' | 'arn' | 'keys'>, view: ViewType): Stream;
  /** The shard closes; what is in it stays for its time. */
  end(arn: string): void;
  find(arn: string): Stream | undefined;
  /** In order of their ARNs. */
  all(): readonly Stream[];
  append(table: Pick<Table, 'stream' | 'keys'>, change: Appended): void;
  /** From this sequence number on, it included, as far as they are kept. */
  records(stream: Stream, from: number): Generator<{ readonly sequence: number; readonly record: StreamRecord }>;
  /** The number that the next record will not be below. */
  nextSequence(stream: Stream): number;
  /** The oldest number that is still kept, or would be. */
  horizon(stream: Stream): number;
  /** Resolves with true when there is a record from `from` on, or there will never be; false when `signal` is aborted. */
  waitFor(stream: Stream, from: number, signal?: AbortSignal): Promise<boolean>;
}

export function openStreams({ store, clock }: ServiceContext): Streams {
  const streams = store.collection<Stream>('dynamodb', 'streams');
  const newest = new Map<string, number>();
  const logs = new Map<string, SortedCollection<StreamRecord>>();
  const waiting = new Map<string, Set<() => void>>();
  const trimmedAt = new Map<string, number>();

  function logOf(arn: string): SortedCollection<StreamRecord> {
    let log = logs.get(arn);
    if (!log) {
      log = store.sorted<StreamRecord>('dynamodb', `stream/${arn}`);
      logs.set(arn, log);
    }
    return log;
  }

  /** Grows with time, so that what comes after a restart comes behind what was before. */
  function nextSequence(arn: string): number {
    let last = newest.get(arn);
    if (last === undefined) {
      const key = logOf(arn).lastKey(EVERYTHING);
      last = key ? sequenceOf(key) : (streams.get(arn)?.firstSequence ?? 1) - 1;
      newest.set(arn, last);
    }
    return Math.max(last + 1, clock.now() * 1000);
  }

  function trim(arn: string): void {
    const now = clock.now();
    if (now - (trimmedAt.get(arn) ?? 0) < 600_000) return;
    trimmedAt.set(arn, now);
    logOf(arn).deleteRange({ from: keyOf(0), to: keyOf((now - RETENTION_MS) * 1000) });
  }

  function wake(arn: string): void {
    const waiters = waiting.get(arn);
    waiting.delete(arn);
    for (const waiter of waiters ?? []) waiter();
  }

  /** Those whose last record is a day old are gone. */
  function sweep(): void {
    for (const { key, value } of streams.list()) {
      if (!value.ended || value.ended.at > clock.now() - RETENTION_MS) continue;
      logOf(key).clear();
      streams.delete(key);
    }
  }

  const find = (arn: string): Stream | undefined => {
    const stream = streams.get(arn);
    return stream?.ended && stream.ended.at <= clock.now() - RETENTION_MS ? undefined : stream;
  };

  const horizon = ({ firstSequence }: Stream) => Math.max(firstSequence, (clock.now() - RETENTION_MS) * 1000);

  return {
    create(table, view) {
      sweep();
      // Two streams of one table in one millisecond would have one name.
      let at = clock.now();
      while (streams.get(`${table.arn}/stream/${labelOf(at)}`)) at += 1;
      const label = labelOf(at);
      const arn = `${table.arn}/stream/${label}`;
      const shardId = `shardId-${String(at).padStart(20, '0')}-${randomBytes(4).toString('hex')}`;
      const { id: tableId, name: tableName, keys } = table;
      const stream = { arn, label, tableName, tableId, view, keys, createdAt: at, shardId, firstSequence: at * 1000 };
      streams.put(arn, stream);
      return stream;
    },
    end(arn) {
      const stream = streams.get(arn);
      if (!stream || stream.ended) return;
      streams.put(arn, { ...stream, ended: { sequence: nextSequence(arn) - 1, at: clock.now() } });
      store.onCommit(() => wake(arn));
    },
    find,
    all: () => streams.list().flatMap(({ key }) => find(key) ?? []),
    append(table, { before, after, expired, size }) {
      const { arn, view } = table.stream!;
      const sequence = nextSequence(arn);
      newest.set(arn, sequence);
      logOf(arn).put(keyOf(sequence), {
        eventId: randomBytes(16).toString('hex'),
        name: before ? (after ? 'MODIFY' : 'REMOVE') : 'INSERT',
        at: clock.now(),
        keys: pick((after ?? before)!, keyNames(table)),
        ...(before && (view === 'OLD_IMAGE' || view === 'NEW_AND_OLD_IMAGES') && { before }),
        ...(after && (view === 'NEW_IMAGE' || view === 'NEW_AND_OLD_IMAGES') && { after }),
        ...(expired && { expired }),
        size,
      });
      trim(arn);
      store.onCommit(() => wake(arn));
    },
    *records(stream, from) {
      const range = { from: keyOf(Math.max(from, horizon(stream))), to: EVERYTHING.to };
      for (const { key, value } of logOf(stream.arn).range(range)) yield { sequence: sequenceOf(key), record: value };
    },
    nextSequence: ({ arn }) => nextSequence(arn),
    horizon,
    async waitFor(stream, from, signal) {
      for (;;) {
        const { arn } = stream;
        const key = logOf(arn).lastKey(EVERYTHING);
        // What is past its day is still there for a while, and nobody gets it.
        if ((key && sequenceOf(key) >= Math.max(from, horizon(stream))) || find(arn)?.ended || !find(arn)) return true;
        if (signal?.aborted) return false;
        await new Promise<void>((resolve) => {
          const done = () => {
            signal?.removeEventListener('abort', done);
            waiting.get(arn)?.delete(done);
            resolve();
          };
          const waiters = waiting.get(arn) ?? new Set();
          waiters.add(done);
          waiting.set(arn, waiters);
          signal?.addEventListener('abort', done, { once: true });
        });
      }
    },
  };
}

/** `2026-11-21T12:00:00.000` */
const labelOf = (at: number): string => new Date(at).toISOString().slice(0, -1);

function keyOf(sequence: number): Buffer {
  const key = Buffer.alloc(8);
  key.writeBigUInt64BE(BigInt(Math.max(0, sequence)));
  return key;
}

const sequenceOf = (key: Uint8Array): number => Number(Buffer.from(key).readBigUInt64BE());

const EVERYTHING = { from: Buffer.alloc(8), to: Buffer.alloc(8, 255) };
