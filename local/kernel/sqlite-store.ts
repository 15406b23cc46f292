import { chmodSync, closeSync, mkdirSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { decodeDocument, encodeDocument } from './document.ts';
import { createSortedDocuments, SORTED_TABLE, type SortedDocuments } from './sorted-documents.ts';
import { lockDirectory } from './state-lock.ts';
import type { Collection, SortedCollection, Store } from './store.ts';
import { asStoreError, StoreError } from './store-error.ts';

const SCHEMA_VERSION = 1;

/**
 * Opens (and makes, where needed) `sampan.db` in `stateDirectory`, or a store that leaves nothing behind for `memory`.
 * Throws StoreError; so does every later operation when the disk gives up.
 *
 * In WAL mode with `synchronous = NORMAL` a commit is in the operating system's hands when it returns, so `kill -9` of
 * this process loses nothing; a power cut may lose the last moments, never consistency.
 * https://www.sqlite.org/pragma.html#pragma_synchronous
 */
export function openStore(stateDirectory: string | 'memory'): Store {
  const inMemory = stateDirectory === 'memory';
  let directory = stateDirectory;
  try {
    if (inMemory) directory = mkdtempSync(join(tmpdir(), 'sampan-'));
    else mkdirSync(directory, { recursive: true, mode: 0o700 });
    const unlock = inMemory ? () => {} : lockDirectory(directory);
    try {
      const database = openDatabase(inMemory ? ':memory:' : join(directory, 'sampan.db'), directory);
      return new SqliteStore(database, directory, () => {
        unlock();
        if (inMemory) rmSync(directory, { recursive: true, force: true });
      });
    } catch (error) {
      unlock();
      throw error;
    }
  } catch (error) {
    throw asStoreError(error, directory);
  }
}

/** Secrets are in there. SQLite gives the files beside it (`-wal`, `-shm`) the same permissions. */
function makePrivate(file: string): void {
  closeSync(openSync(file, 'a', 0o600));
  chmodSync(file, 0o600);
}

function openDatabase(file: string, directory: string): DatabaseSync {
  if (file !== ':memory:') makePrivate(file);
  const database = new DatabaseSync(file, { timeout: 2000 });
  try {
    // What is committed goes from the log to its place now and then, and everybody waits for the disk meanwhile: every 4000
    // pages (16 MB of log) in place of 1000. https://www.sqlite.org/pragma.html#pragma_wal_autocheckpoint
    database.exec(`
      PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA temp_store = MEMORY;
      PRAGMA wal_autocheckpoint = 4000`);
    const { user_version: version } = database.prepare('PRAGMA user_version').get() as { user_version: number };
    if (version > SCHEMA_VERSION) {
      const said = `schema ${version}, this one knows ${SCHEMA_VERSION}`;
      throw new StoreError(
        'newer',
        directory,
        `the state in ${directory} was written by a newer sampan (${said}): update sampan, or run "sampan reset"`,
      );
    }
    database.exec(`
      CREATE TABLE IF NOT EXISTS documents (
        collection TEXT NOT NULL, key TEXT NOT NULL, json TEXT NOT NULL, PRIMARY KEY (collection, key)
      ) STRICT, WITHOUT ROWID;
      ${SORTED_TABLE};
      PRAGMA user_version = ${SCHEMA_VERSION}`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

interface OpenTransaction {
  /** For the commit. */
  readonly waiting: (() => void)[];
  /** By the names of `#writes`. */
  readonly written: Set<string>;
}

class SqliteStore implements Store {
  readonly #database: DatabaseSync;
  readonly #directory: string;
  readonly #closed: () => void;
  readonly #get: StatementSync;
  readonly #put: StatementSync;
  readonly #delete: StatementSync;
  readonly #deleteAll: StatementSync;
  readonly #listFrom: StatementSync;
  readonly #listAfter: StatementSync;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  /** Innermost last. */
  readonly #open: OpenTransaction[] = [];
  /** Made when somebody first asks: its statements are prepared then. */
  #sorted: SortedDocuments | undefined;
  /** By service, and by collection. */
  readonly #writes = new Map<string, number>();

  constructor(database: DatabaseSync, directory: string, closed: () => void) {
    this.#database = database;
    this.#directory = directory;
    this.#closed = closed;
    this.#get = database.prepare('SELECT json FROM documents WHERE collection = ? AND key = ?');
    this.#put = database.prepare(
      'INSERT INTO documents VALUES (?, ?, ?) ON CONFLICT (collection, key) DO UPDATE SET json = excluded.json',
    );
    this.#delete = database.prepare('DELETE FROM documents WHERE collection = ? AND key = ?');
    // What begins so is a range, up to the prefix with the last of all characters behind it.
    this.#deleteAll = database.prepare(
      'DELETE FROM documents WHERE collection = ?1 AND key >= ?2 AND key < ?2 || char(1114111)',
    );
    const list = 'SELECT key, json FROM documents WHERE collection = ? AND key >= ?';
    this.#listFrom = database.prepare(`${list} ORDER BY key`);
    this.#listAfter = database.prepare(`${list} AND key > ? ORDER BY key`);
    this.#begin = database.prepare('BEGIN IMMEDIATE');
    this.#commit = database.prepare('COMMIT');
  }

  collection<T>(service: string, name: string): Collection<T> {
    const id = `${service}/${name}`;
    const written = () => {
      this.#written(service);
      this.#written(id);
    };
    return {
      get: (key) =>
        this.#guard(() => {
          const row = this.#get.get(id, key) as { json: string } | undefined;
          return row && (decodeDocument(row.json) as T);
        }),
      put: (key, value) => {
        const json = encodeDocument(value);
        written();
        this.#guard(() => this.#put.run(id, key, json));
      },
      delete: (key) => {
        written();
        return this.#guard(() => this.#delete.run(id, key).changes > 0);
      },
      deleteAll: (prefix) => {
        written();
        return this.#guard(() => Number(this.#deleteAll.run(id, prefix).changes));
      },
      list: (options = {}) => this.#guard(() => this.#page<T>(id, options)),
    };
  }

  sorted<T>(service: string, name: string): SortedCollection<T> {
    this.#sorted ??= createSortedDocuments(this.#database, (work) => this.#guard(work));
    return this.#sorted.collection<T>(`${service}/${name}`, () => this.#written(service));
  }

  #page<T>(id: string, options: { prefix?: string; after?: string; limit?: number }): { key: string; value: T }[] {
    const { prefix = '', after, limit = Number.POSITIVE_INFINITY } = options;
    const page: { key: string; value: T }[] = [];
    if (limit <= 0) return page;
    const rows = after === undefined ? this.#listFrom.iterate(id, prefix) : this.#listAfter.iterate(id, prefix, after);
    for (const row of rows as Iterable<{ key: string; json: string }>) {
      if (!row.key.startsWith(prefix)) break;
      page.push({ key: row.key, value: decodeDocument(row.json) as T });
      if (page.length >= limit) break;
    }
    return page;
  }

  transaction<T>(work: () => T): T {
    const depth = this.#open.length;
    this.#guard(() => (depth === 0 ? this.#begin.run() : this.#database.exec(`SAVEPOINT s${depth}`)));
    const own: OpenTransaction = { waiting: [], written: new Set() };
    this.#open.push(own);
    let result: T;
    try {
      result = work();
      if (result instanceof Promise) throw new TypeError('a transaction is synchronous: its work returned a promise');
      this.#guard(() => (depth === 0 ? this.#commit.run() : this.#database.exec(`RELEASE s${depth}`)));
    } catch (error) {
      this.#open.length = depth;
      // A full disk may have rolled the whole transaction back already; there is then nothing left to undo.
      if (this.#database.isTransaction) {
        this.#database.exec(depth === 0 ? 'ROLLBACK' : `ROLLBACK TO s${depth}; RELEASE s${depth}`);
      }
      // What was read of it meanwhile is not what is there now.
      for (const name of own.written) this.#written(name);
      if (own.written.size > 0) this.#sorted?.undone();
      throw error;
    }
    this.#open.length = depth;
    const outer = this.#open.at(-1);
    if (outer) {
      outer.waiting.push(...own.waiting);
      for (const name of own.written) outer.written.add(name);
    } else for (const task of own.waiting) task();
    return result;
  }

  onCommit(work: () => void): void {
    const innermost = this.#open.at(-1);
    if (innermost) innermost.waiting.push(work);
    else work();
  }

  #written(name: string): void {
    this.#writes.set(name, (this.#writes.get(name) ?? 0) + 1);
    this.#open.at(-1)?.written.add(name);
  }

  writes(service: string, collection?: string): number {
    return this.#writes.get(collection === undefined ? service : `${service}/${collection}`) ?? 0;
  }

  directory(name: string): string {
    const path = join(this.#directory, name);
    try {
      mkdirSync(path, { recursive: true, mode: 0o700 });
    } catch (error) {
      throw asStoreError(error, this.#directory);
    }
    return path;
  }

  close(): void {
    if (!this.#database.isOpen) return;
    this.#database.close();
    this.#closed();
  }

  #guard<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if ((error as { code?: string }).code === 'ERR_SQLITE_ERROR') throw asStoreError(error, this.#directory);
      throw error;
    }
  }
}
