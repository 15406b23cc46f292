/** What AWS would not lose. One SQLite file; synchronous, so a change and its events are one transaction. */
export interface Collection<T> {
  get(key: string): T | undefined;
  put(key: string, value: T): void;
  /** True when there was something to delete. */
  delete(key: string): boolean;
  /** In key order. `after` is exclusive. */
  list(options?: { prefix?: string; after?: string; limit?: number }): { key: string; value: T }[];
}

export interface Store {
  /** Documents (JSON, `Uint8Array` members kept) of one service, e.g. `collection<Secret>('secretsmanager', 'secrets')`. */
  collection<T>(service: string, name: string): Collection<T>;
  /** Runs synchronously; everything inside is committed together or not at all. Nests. */
  transaction<T>(work: () => T): T;
  /** Runs `work` once the outermost open transaction has committed (at once when none is open); never after a rollback. */
  onCommit(work: () => void): void;
  /**
   * How many documents of a service were written or deleted since the store was opened, undone ones too: whoever keeps
   * something made of them sees by it that it is out of date. Costs next to nothing.
   */
  writes(service: string): number;
  /** A directory below the state directory for things that are files (database data, objects). Undefined in memory mode is not possible: memory mode uses a temporary directory removed on close. */
  directory(name: string): string;
  close(): void;
}
