import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/**
 * Logs, metrics and traces live in a file of their own: it is written in bulk and never waited for, a flush may not fall into
 * a service's transaction, and when it is damaged it is thrown away without a loss that AWS would notice.
 */
export function openTelemetryDatabase(directory: string): DatabaseSync {
  const file = join(directory, 'telemetry.db');
  try {
    return open(file);
  } catch (error) {
    const { errcode } = error as { errcode?: number };
    if (errcode === undefined || !DAMAGED.has(errcode & 0xff)) throw error;
    for (const suffix of ['', '-wal', '-shm']) rmSync(file + suffix, { force: true });
    return open(file);
  }
}

/** SQLITE_ERROR (tables of another shape), SQLITE_CORRUPT, SQLITE_NOTADB. */
const DAMAGED = new Set([1, 11, 26]);

function open(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: 2000 });
  try {
    database.exec(SCHEMA);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Events are kept in chunks, one row per stream and flush: ten times cheaper than a row per line. */
const SCHEMA = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = OFF;
  CREATE TABLE IF NOT EXISTS log_groups (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, created INTEGER NOT NULL, retention_days INTEGER
  ) STRICT;
  CREATE TABLE IF NOT EXISTS log_streams (
    id INTEGER PRIMARY KEY, group_id INTEGER NOT NULL, name TEXT NOT NULL, created INTEGER NOT NULL,
    UNIQUE (group_id, name)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS log_chunks (
    id INTEGER PRIMARY KEY AUTOINCREMENT, group_id INTEGER NOT NULL, stream_id INTEGER NOT NULL,
    first INTEGER NOT NULL, last INTEGER NOT NULL, ingested INTEGER NOT NULL,
    count INTEGER NOT NULL, bytes INTEGER NOT NULL, events TEXT NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS log_chunks_by_group ON log_chunks (group_id, id, bytes, count);
  CREATE INDEX IF NOT EXISTS log_chunks_by_stream ON log_chunks (stream_id, first, last, ingested, bytes);
  CREATE TABLE IF NOT EXISTS trace_documents (id INTEGER PRIMARY KEY AUTOINCREMENT, document TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS metric_series (
    id INTEGER PRIMARY KEY, namespace TEXT NOT NULL, name TEXT NOT NULL, dimensions TEXT NOT NULL,
    UNIQUE (namespace, name, dimensions)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS metric_periods (
    series_id INTEGER NOT NULL, resolution INTEGER NOT NULL, at INTEGER NOT NULL, unit TEXT NOT NULL,
    count REAL NOT NULL, sum REAL NOT NULL, minimum REAL NOT NULL, maximum REAL NOT NULL, spread BLOB,
    PRIMARY KEY (series_id, resolution, at, unit)
  ) STRICT, WITHOUT ROWID;
  DROP TABLE IF EXISTS metric_minutes;
`;
