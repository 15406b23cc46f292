/** What AWS would not lose. One SQLite file; synchronous, so a change and its events are one transaction. */
export interface Collection<T> {
  get(key: string): T | undefined;
  put(key: string, value: T): void;
  /** True when there was something to delete. */
  delete(key: string): boolean;
  /** Everything whose key begins so, in one step; how many that were. */
  deleteAll(prefix: string): number;
  /** In key order. `after` is exclusive. */
  list(options?: { prefix?: string; after?: string; limit?: number }): { key: string; value: T }[];
}

/** Half-open: `from` is in, `to` is not. */
export interface KeyRange {
  readonly from: Uint8Array;
  readonly to: Uint8Array;
}

/** Documents by keys that are bytes, in the order of those bytes: for who reads ranges, forwards and backwards. */
export interface SortedCollection<T> {
  /** Not to be changed: others may be given the same. */
  get(key: Uint8Array): T | undefined;
  /** The document is the store's from now on: it is not to be changed any more, and may be frozen. */
  put(key: Uint8Array, value: T): void;
  /** True when there was something to delete. */
  delete(key: Uint8Array): boolean;
  /** One after another as they are asked for: who stops early has read little more. Sees what is written meanwhile. */
  range(range: KeyRange & { readonly reverse?: boolean }): Generator<{ readonly key: Uint8Array; readonly value: T }>;
  /** The last key before `to`, if it is not before `from`. */
  lastKey(range: KeyRange): Uint8Array | undefined;
  deleteRange(range: KeyRange): number;
  /** Everything in it. */
  clear(): void;
}

export interface Store {
  /** Documents (JSON, `Uint8Array` members kept) of one service, e.g. `collection<Secret>('secretsmanager', 'secrets')`. */
  collection<T>(service: string, name: string): Collection<T>;
  /** As `collection`, with keys that are bytes; the two share no names. */
  sorted<T>(service: string, name: string): SortedCollection<T>;
  /** Runs synchronously; everything inside is committed together or not at all. Nests. */
  transaction<T>(work: () => T): T;
  /** Runs `work` once the outermost open transaction has committed (at once when none is open); never after a rollback. */
  onCommit(work: () => void): void;
  /**
   * A number that grows with every document of a service, or of one of its collections, that is written or deleted, and
   * when that is undone: whoever keeps something made of them sees by it that it is out of date. Costs next to nothing.
   */
  writes(service: string, collection?: string): number;
  /** A directory below the state directory for things that are files (database data, objects). Undefined in memory mode is not possible: memory mode uses a temporary directory removed on close. */
  directory(name: string): string;
  close(): void;
}
