import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Clock } from '../clock.ts';
import type { LogArchive, LogDestination, LogEvent, LogGroup, LogStream } from '../telemetry.ts';
import { type Chunk, eventsOf, pageOfGroup, pageOfStream } from './log-pages.ts';

export interface LogLimits {
  /** Bytes kept per log group, oldest dropped first. Default 32 MiB. */
  readonly logGroupBytes?: number;
  /** Events kept per log group. Default 200,000. */
  readonly logGroupEvents?: number;
  /** Bytes kept of all log groups together. Default 512 MiB. */
  readonly logBytes?: number;
}

/** What arrived for one stream since the last flush. */
export interface LogBatch {
  readonly group: string;
  readonly stream: string;
  readonly events: readonly LogEvent[];
}

/** CloudWatch counts 26 bytes on top of each event's UTF-8 text. */
const EVENT_OVERHEAD = 26;
/** A chunk is the unit of dropping and of reading: not too big for either. */
const CHUNK_EVENTS = 5_000;
const CHUNK_BYTES = 256 * 1024;
const DAY_MS = 86_400_000;

/** What was found of a group when somebody wrote to it. */
interface KnownGroup {
  readonly found: Extract<LogDestination, { kind: 'stream' }>;
  readonly streams: Set<string>;
}

interface Size {
  bytes: number;
  count: number;
}

/** Retention is counted in days; what is over is not read any more, whenever it goes. */
const EXPIRE_EVERY_MS = 60_000;
/** Chunks that are looked at together, the oldest first, when a ring is full. */
const DROPPED_AT_ONCE = 20;

/** Streams that are remembered; every execution environment makes one. */
const MOST_KNOWN = 10_000;

type Row = Record<string, number | string | null>;

/** Log groups, streams and events on SQLite. `flush` brings in what is still queued, before anything is read. */
export class SqliteLogArchive implements LogArchive {
  readonly #database: DatabaseSync;
  readonly #clock: Clock;
  readonly #flush: () => void;
  readonly #limits: Required<LogLimits>;
  readonly #statements = new Map<string, StatementSync>();
  /** By name; only what is in the database, since what is queued there may still fail. */
  readonly #known = new Map<string, KnownGroup>();
  #knownStreams = 0;
  /** By group id. Adding them up anew at every flush would take longer the more is kept; undefined: to be added up. */
  #sizes: Map<number, Size> | undefined;
  /** By group id: when what its retention ends was last looked for. */
  readonly #expiredAt = new Map<number, number>();

  constructor(database: DatabaseSync, clock: Clock, limits: LogLimits, flush: () => void) {
    this.#database = database;
    this.#clock = clock;
    this.#flush = flush;
    this.#limits = { logGroupBytes: 32 * 2 ** 20, logGroupEvents: 200_000, logBytes: 512 * 2 ** 20, ...limits };
  }

  /** Writes batches in the caller's transaction and keeps the rings within their limits. */
  append(batches: Iterable<LogBatch>): void {
    const groups = new Set<number>();
    for (const { group, stream, events } of batches) {
      const groupId = this.#groupId(group) ?? this.#addGroup(group);
      const streamId = this.#streamId(groupId, stream) ?? this.#addStream(groupId, stream);
      for (const chunk of chunksOf(events)) {
        this.#resize(groupId, chunk.bytes, chunk.events.length);
        this.#addChunk(groupId, streamId, chunk);
      }
      groups.add(groupId);
    }
    for (const groupId of groups) this.#trimGroup(groupId);
    this.#trimAll();
  }

  /** The transaction of `append` came to nothing. */
  rolledBack(): void {
    this.#sizes = undefined;
  }

  createGroup(name: string, options: { retentionInDays?: number } = {}): boolean {
    this.#flush();
    if (this.#groupId(name) !== undefined) return false;
    this.#addGroup(name, options.retentionInDays);
    return true;
  }

  deleteGroup(name: string): boolean {
    this.#flush();
    this.#forget();
    const id = this.#groupId(name);
    if (id === undefined) return false;
    this.#run('DELETE FROM log_chunks WHERE group_id = ?', id);
    this.#run('DELETE FROM log_streams WHERE group_id = ?', id);
    this.#run('DELETE FROM log_groups WHERE id = ?', id);
    this.#sizes = undefined;
    return true;
  }

  setRetention(group: string, days: number | undefined): boolean {
    this.#flush();
    this.#forget();
    const id = this.#groupId(group);
    if (id === undefined) return false;
    this.#run('UPDATE log_groups SET retention_days = ? WHERE id = ?', days ?? null, id);
    this.#expire(id);
    return true;
  }

  createStream(group: string, stream: string): boolean | undefined {
    this.#flush();
    const groupId = this.#groupId(group);
    if (groupId === undefined) return undefined;
    if (this.#streamId(groupId, stream) !== undefined) return false;
    this.#addStream(groupId, stream);
    return true;
  }

  deleteStream(group: string, stream: string): boolean {
    this.#flush();
    this.#forget();
    const groupId = this.#groupId(group);
    const id = groupId === undefined ? undefined : this.#streamId(groupId, stream);
    if (id === undefined) return false;
    this.#run('DELETE FROM log_chunks WHERE stream_id = ?', id);
    this.#run('DELETE FROM log_streams WHERE id = ?', id);
    this.#sizes = undefined;
    return true;
  }

  destination(group: string, stream: string): LogDestination {
    const known = this.#known.get(group);
    if (known?.streams.has(stream)) return known.found;
    this.#flush();
    const groupId = this.#groupId(group);
    if (groupId === undefined) return { kind: 'no group' };
    if (this.#streamId(groupId, stream) === undefined) return { kind: 'no stream' };
    return this.#remember(group, groupId, stream);
  }

  group(name: string): LogGroup | undefined {
    this.#flush();
    return this.#all(`${GROUPS} WHERE name = ?`, name).map(asGroup)[0];
  }

  groups(options: { prefix?: string; after?: string; limit?: number } = {}): LogGroup[] {
    this.#flush();
    const { prefix = '', after = '', limit = -1 } = options;
    // Names are never empty, so "after nothing" skips none.
    const sql = `${GROUPS} WHERE name > ? AND substr(name, 1, length(?)) = ? ORDER BY name LIMIT ?`;
    return this.#all(sql, after, prefix, prefix, limit).map(asGroup);
  }

  streams(group: string, prefix = ''): LogStream[] | undefined {
    this.#flush();
    const groupId = this.#groupId(group);
    if (groupId === undefined) return undefined;
    const sql = `
      SELECT name, created, first, last, ingested, bytes FROM log_streams s LEFT JOIN (
        SELECT stream_id, min(first) first, max(last) last, max(ingested) ingested, sum(bytes) bytes
        FROM log_chunks WHERE group_id = ?1 GROUP BY stream_id
      ) c ON c.stream_id = s.id
      WHERE s.group_id = ?1 AND substr(name, 1, length(?2)) = ?2 ORDER BY name`;
    return this.#all(sql, groupId, prefix).map(asStream);
  }

  events(query: Parameters<LogArchive['events']>[0]): ReturnType<LogArchive['events']> {
    this.#flush();
    const groupId = this.#groupId(query.group);
    const streamId = groupId === undefined ? undefined : this.#streamId(groupId, query.stream);
    if (groupId === undefined || streamId === undefined) return undefined;
    const start = this.#earliest(groupId, query.startTime);
    const end = query.endTime ?? Number.MAX_SAFE_INTEGER;
    const sql = `${CHUNKS} WHERE c.stream_id = ? AND c.last >= ? AND c.first < ?`;
    return pageOfStream(this.#all(sql, streamId, start, end) as unknown as Chunk[], start, end, query);
  }

  *scan({ group, startTime, endTime = Number.MAX_SAFE_INTEGER }: Parameters<LogArchive['scan']>[0]) {
    this.#flush();
    const groupId = this.#groupId(group);
    if (groupId === undefined) return;
    const start = this.#earliest(groupId, startTime);
    const ids = this.#all(
      'SELECT id FROM log_chunks WHERE group_id = ? AND last >= ? AND first <= ?',
      groupId,
      start,
      endTime,
    );
    // One chunk at a time: whoever reads may let others have their turn in between.
    for (const { id } of ids) {
      const [chunk] = this.#all(`${CHUNKS} WHERE c.id = ?`, Number(id)) as unknown as Chunk[];
      if (chunk) yield eventsOf(chunk).filter(({ timestamp }) => timestamp >= start && timestamp <= endTime);
    }
  }

  filter(query: Parameters<LogArchive['filter']>[0]): ReturnType<LogArchive['filter']> {
    this.#flush();
    const groupId = this.#groupId(query.group);
    if (groupId === undefined) return undefined;
    const start = this.#earliest(groupId, query.startTime);
    const end = query.endTime ?? Number.MAX_SAFE_INTEGER;
    const sql = `${CHUNKS} WHERE c.group_id = ? AND c.last >= ? AND c.first <= ?`;
    const chunks = this.#all(sql, groupId, start, end) as unknown as Chunk[];
    return pageOfGroup(chunks, start, end, query);
  }

  #remember(group: string, groupId: number, stream: string): LogDestination {
    if (this.#knownStreams >= MOST_KNOWN) this.#forget();
    let known = this.#known.get(group);
    if (!known) {
      const days = this.#retentionDays(groupId);
      known = { found: { kind: 'stream', ...(days !== undefined && { retentionInDays: days }) }, streams: new Set() };
      this.#known.set(group, known);
    }
    known.streams.add(stream);
    this.#knownStreams += 1;
    return known.found;
  }

  #forget(): void {
    this.#known.clear();
    this.#knownStreams = 0;
  }

  #addGroup(name: string, retentionInDays?: number): number {
    const sql = 'INSERT INTO log_groups (name, created, retention_days) VALUES (?, ?, ?)';
    return Number(this.#run(sql, name, this.#clock.now(), retentionInDays ?? null).lastInsertRowid);
  }

  #addStream(groupId: number, name: string): number {
    const sql = 'INSERT INTO log_streams (group_id, name, created) VALUES (?, ?, ?)';
    return Number(this.#run(sql, groupId, name, this.#clock.now()).lastInsertRowid);
  }

  #addChunk(groupId: number, streamId: number, { events, bytes }: { events: readonly LogEvent[]; bytes: number }) {
    let first = events[0]!.timestamp;
    let last = first;
    for (const { timestamp } of events) {
      if (timestamp < first) first = timestamp;
      if (timestamp > last) last = timestamp;
    }
    const text = JSON.stringify(events.map(({ timestamp, message }) => [timestamp, message]));
    const sql = `INSERT INTO log_chunks (group_id, stream_id, first, last, ingested, count, bytes, events)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?)`;
    this.#run(sql, groupId, streamId, first, last, this.#clock.now(), events.length, bytes, text);
  }

  #sizesNow(): Map<number, Size> {
    if (this.#sizes === undefined) {
      const sql = 'SELECT group_id, sum(bytes) bytes, sum(count) count FROM log_chunks GROUP BY group_id';
      const sizeOf = ({ group_id, bytes, count }: Row): [number, Size] => [
        Number(group_id),
        { bytes: Number(bytes), count: Number(count) },
      ];
      this.#sizes = new Map(this.#all(sql).map(sizeOf));
    }
    return this.#sizes;
  }

  #sizeOf(groupId: number): Size {
    const sizes = this.#sizesNow();
    let size = sizes.get(groupId);
    if (size === undefined) {
      size = { bytes: 0, count: 0 };
      sizes.set(groupId, size);
    }
    return size;
  }

  #resize(groupId: number, bytes: number, count: number): void {
    const size = this.#sizeOf(groupId);
    size.bytes += bytes;
    size.count += count;
  }

  #trimGroup(id: number): void {
    if (this.#clock.now() - (this.#expiredAt.get(id) ?? 0) >= EXPIRE_EVERY_MS) this.#expire(id);
    const size = this.#sizeOf(id);
    const { logGroupBytes, logGroupEvents } = this.#limits;
    this.#dropOldest('WHERE group_id = ?', [id], () => size.bytes > logGroupBytes || size.count > logGroupEvents);
  }

  #expire(id: number): void {
    this.#expiredAt.set(id, this.#clock.now());
    const oldest = this.#earliest(id, undefined);
    if (oldest === 0) return;
    const { changes } = this.#run('DELETE FROM log_chunks WHERE group_id = ? AND last < ?', id, oldest);
    if (changes > 0) this.#sizes = undefined;
  }

  #trimAll(): void {
    const sizes = this.#sizesNow();
    const bytes = () => [...sizes.values()].reduce((sum, size) => sum + size.bytes, 0);
    this.#dropOldest('', [], () => bytes() > this.#limits.logBytes);
  }

  #dropOldest(where: string, parameters: readonly number[], isTooMuch: () => boolean): void {
    const sql = `SELECT id, group_id, bytes, count FROM log_chunks ${where} ORDER BY id LIMIT ${DROPPED_AT_ONCE}`;
    while (isTooMuch()) {
      const oldest = this.#all(sql, ...parameters);
      if (oldest.length === 0) return;
      for (const row of oldest) {
        if (!isTooMuch()) return;
        this.#run('DELETE FROM log_chunks WHERE id = ?', Number(row.id));
        this.#resize(Number(row.group_id), -Number(row.bytes), -Number(row.count));
      }
    }
  }

  /** The start of what may be read: the caller's wish, or what retention has left. */
  #earliest(groupId: number, wish: number | undefined): number {
    const days = this.#retentionDays(groupId);
    const kept = days === undefined ? 0 : this.#clock.now() - days * DAY_MS;
    return Math.max(kept, wish ?? 0);
  }

  #retentionDays(groupId: number): number | undefined {
    const row = this.#all('SELECT retention_days AS days FROM log_groups WHERE id = ?', groupId)[0];
    return typeof row?.days === 'number' ? row.days : undefined;
  }

  #groupId(name: string): number | undefined {
    return this.#all('SELECT id FROM log_groups WHERE name = ?', name)[0]?.id as number | undefined;
  }

  #streamId(groupId: number, name: string): number | undefined {
    const sql = 'SELECT id FROM log_streams WHERE group_id = ? AND name = ?';
    return this.#all(sql, groupId, name)[0]?.id as number | undefined;
  }

  #all(sql: string, ...parameters: (string | number | null)[]): Row[] {
    return this.#statement(sql).all(...parameters) as Row[];
  }

  #run(sql: string, ...parameters: (string | number | null)[]) {
    return this.#statement(sql).run(...parameters);
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}

const GROUPS = `SELECT name, created, retention_days,
  (SELECT coalesce(sum(bytes), 0) FROM log_chunks WHERE group_id = log_groups.id) AS bytes FROM log_groups`;

const CHUNKS = `SELECT c.id, c.ingested, c.events, s.name AS stream
  FROM log_chunks c JOIN log_streams s ON s.id = c.stream_id`;

function asGroup(row: Row): LogGroup {
  const group = { name: String(row.name), createdAt: Number(row.created), storedBytes: Number(row.bytes) };
  return row.retention_days === null ? group : { ...group, retentionInDays: Number(row.retention_days) };
}

function asStream(row: Row): LogStream {
  const stream = { name: String(row.name), createdAt: Number(row.created), storedBytes: Number(row.bytes ?? 0) };
  if (row.last === null) return stream;
  return {
    ...stream,
    firstEventTimestamp: Number(row.first),
    lastEventTimestamp: Number(row.last),
    lastIngestionTime: Number(row.ingested),
  };
}

function* chunksOf(events: readonly LogEvent[]): Generator<{ events: readonly LogEvent[]; bytes: number }> {
  let from = 0;
  let bytes = 0;
  for (let index = 0; index < events.length; index++) {
    const size = Buffer.byteLength(events[index]!.message) + EVENT_OVERHEAD;
    if (index > from && (bytes + size > CHUNK_BYTES || index - from >= CHUNK_EVENTS)) {
      yield { events: events.slice(from, index), bytes };
      from = index;
      bytes = 0;
    }
    bytes += size;
  }
  if (from < events.length) yield { events: from === 0 ? events : events.slice(from), bytes };
}
