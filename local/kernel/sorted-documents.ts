/** The part of the store whose keys are bytes: one table for all of it, its rows in the order of the keys. */
import type { DatabaseSync } from 'node:sqlite';
import { decodeDocument, encodeDocument, isUnchangedByJson } from './document.ts';
import { createRecentDocuments } from './recent-documents.ts';
import type { SortedCollection } from './store.ts';

export const SORTED_TABLE = `
  CREATE TABLE IF NOT EXISTS sorted_documents (
    collection TEXT NOT NULL, key BLOB NOT NULL, json TEXT NOT NULL, PRIMARY KEY (collection, key)
  ) STRICT, WITHOUT ROWID`;

/** Rows are fetched some at a time: first few, for who wants one, then more. */
const FIRST_ROWS = 16;
const MOST_ROWS = 256;

/** In characters of JSON, so that what is kept stays small: a few megabytes. */
const LONGEST_RECENT = 4_096;
const MOST_RECENT = 2_000;

interface Row {
  readonly key: Uint8Array;
  readonly json: string;
}

export interface SortedDocuments {
  /** @param written to be called whenever a document is written or deleted */
  collection<T>(id: string, written: () => void): SortedCollection<T>;
  /** A transaction was undone: what was read in it may never have been. */
  undone(): void;
}

/** @param guard runs what touches the database, and words its failures */
export function createSortedDocuments(database: DatabaseSync, guard: <T>(work: () => T) => T): SortedDocuments {
  const recent = createRecentDocuments(MOST_RECENT);
  const get = database.prepare('SELECT json FROM sorted_documents WHERE collection = ? AND key = ?');
  // A list of its columns is made faster than an object of them.
  get.setReturnArrays(true);
  const put = database.prepare(
    'INSERT INTO sorted_documents VALUES (?, ?, ?) ON CONFLICT (collection, key) DO UPDATE SET json = excluded.json',
  );
  const remove = database.prepare('DELETE FROM sorted_documents WHERE collection = ? AND key = ?');
  const removeRange = database.prepare('DELETE FROM sorted_documents WHERE collection = ? AND key >= ? AND key < ?');
  const removeAll = database.prepare('DELETE FROM sorted_documents WHERE collection = ?');
  const page = 'SELECT key, json FROM sorted_documents WHERE collection = ? AND';
  const first = database.prepare(`${page} key >= ? AND key < ? ORDER BY key LIMIT ?`);
  const next = database.prepare(`${page} key > ? AND key < ? ORDER BY key LIMIT ?`);
  const backwards = database.prepare(`${page} key >= ? AND key < ? ORDER BY key DESC LIMIT ?`);

  return {
    collection: <T>(id: string, written: () => void): SortedCollection<T> => ({
      get(key) {
        const known = recent.get(id, key);
        if (known !== undefined) return known as T;
        const row = guard(() => get.get(id, key)) as unknown as readonly [string] | undefined;
        if (row === undefined) return undefined;
        const [json] = row;
        const value = decodeDocument(json) as T;
        if (json.length <= LONGEST_RECENT) recent.keep(id, key, value);
        return value;
      },
      put(key, value) {
        const json = encodeDocument(value);
        written();
        const wasRead = recent.forget(id, key);
        guard(() => put.run(id, key, json));
        // What was read before it was written will be read before it is written again.
        if (wasRead && json.length <= LONGEST_RECENT && isUnchangedByJson(value)) recent.keep(id, key, value);
      },
      delete(key) {
        written();
        recent.forget(id, key);
        return guard(() => remove.run(id, key).changes > 0);
      },
      *range({ from, to, reverse = false }) {
        let low = from;
        let high = to;
        let statement = reverse ? backwards : first;
        for (let limit = FIRST_ROWS; ; limit = Math.min(limit * 2, MOST_ROWS)) {
          const rows = guard(() => statement.all(id, low, high, limit)) as unknown as Row[];
          for (const { key, json } of rows) yield { key, value: decodeDocument(json) as T };
          if (rows.length < limit) return;
          const { key } = rows.at(-1)!;
          if (reverse) high = key;
          else {
            low = key;
            statement = next;
          }
        }
      },
      lastKey: ({ from, to }) => (guard(() => backwards.get(id, from, to, 1)) as Row | undefined)?.key,
      deleteRange({ from, to }) {
        written();
        recent.forgetAll(id);
        return Number(guard(() => removeRange.run(id, from, to)).changes);
      },
      clear() {
        written();
        recent.forgetAll(id);
        guard(() => removeAll.run(id));
      },
    }),
    undone: recent.clear,
  };
}
