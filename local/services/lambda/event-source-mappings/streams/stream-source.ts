/**
 * What the poller asks of a stream, whichever service has it: DynamoDB now, Kinesis when it is there. Iterators are the
 * source's own texts; whatever it throws of these codes is understood: `ExpiredIteratorException`,
 * `TrimmedDataAccessException`, `ResourceNotFoundException`.
 */

export interface Shard {
  readonly id: string;
  /** Shards that come before it: of a split one, of a merge two. */
  readonly parents: readonly string[];
  /** Nothing more is written to it. */
  readonly closed: boolean;
}

/** Where reading begins. */
export type From =
  | { readonly kind: 'TRIM_HORIZON' }
  | { readonly kind: 'LATEST' }
  /** ms since 1970 */
  | { readonly kind: 'AT_TIMESTAMP'; readonly at: number }
  | { readonly kind: 'AFTER_SEQUENCE_NUMBER'; readonly sequence: string };

export interface SourceRecord {
  /** Decimal digits, growing within a shard. */
  readonly sequence: string;
  /** What has this in common stays in order: a partition key, or the keys of an item. */
  readonly key: string;
  /** Approximately, as the record itself says; ms since 1970. */
  readonly arrivedAt: number;
  /** As the function gets it. */
  readonly event: object;
  /** As filters see it, its data parsed. */
  readonly filterable: object;
}

export interface Page {
  /** In order; none when there is nothing more for now. */
  readonly records: readonly SourceRecord[];
  /** Absent at the end of a closed shard. */
  readonly next?: string;
}

/** The records that something is said of. */
export interface Extent {
  readonly first: { readonly sequence: string; readonly arrivedAt: number };
  readonly last: { readonly sequence: string; readonly arrivedAt: number };
  readonly size: number;
}

export interface StreamSource {
  /** How long it keeps its records. */
  readonly retentionMs: number;
  shards(signal: AbortSignal): Promise<readonly Shard[]>;
  iterator(shardId: string, from: From, signal: AbortSignal): Promise<string>;
  read(iterator: string, signal: AbortSignal): Promise<Page>;
  /**
   * Resolves as soon as there is something at `iterator`, however old that is, or never will be; with a fresh iterator
   * of the same place. May reject once `signal` is aborted.
   */
  wait(iterator: string, signal: AbortSignal): Promise<string>;
  /** How an on-failure record says where records are, e.g. `{ DDBStreamBatchInfo: {…} }`. */
  batchInfo(shardId: string, extent: Extent): object;
}
