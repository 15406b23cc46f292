/** Logs, metrics and traces of everything that runs; bounded, and read back by the CloudWatch and X-Ray services. */
import type { MetricAggregate } from './telemetry/metric-aggregate.ts';
import type { Sampling } from './telemetry/sampling.ts';

export interface LogEvent {
  /** ms since 1970 */
  readonly timestamp: number;
  readonly message: string;
}

/** Where the local cloud writes about itself. */
export const OWN_LOG: LogSource = { logGroup: '/sampan', logStream: 'sampan', label: 'sampan' };

export interface LogSource {
  readonly logGroup: string;
  readonly logStream: string;
  /** Short name for people, e.g. the function's logical id; `sampan` for the local cloud itself. */
  readonly label: string;
}

export interface MetricDatum {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly unit?: string;
  readonly value: number;
  /** Many values at once, as CloudWatch's StatisticSet; `value` then counts for nothing. */
  readonly statistics?: {
    readonly count: number;
    readonly sum: number;
    readonly minimum: number;
    readonly maximum: number;
    /** The single values, with how often each; without them different values have no percentiles. */
    readonly values?: readonly (readonly [value: number, count: number])[];
  };
  /** ms since 1970 */
  readonly timestamp: number;
  /** Seconds. 1: kept by the second too, for three hours. */
  readonly storageResolution?: 1 | 60;
}

/** A `dispatch` that happened, as the record door writes it. */
export interface CallRecord {
  readonly timestamp: number;
  readonly durationMs: number;
  readonly caller: string;
  readonly service: string;
  readonly operation: string;
  readonly requestId: string;
  /** AWS's error code, when it was refused or failed. */
  readonly error?: string;
  /** The full reason behind a refusal, which the caller is never told. */
  readonly reason?: string;
}

export interface Telemetry {
  log(source: LogSource, events: readonly LogEvent[]): void;
  /** Shown to those who watch, and not kept: what on AWS would be lost. */
  show(source: LogSource, events: readonly LogEvent[]): void;
  metric(datum: MetricDatum): void;
  /** An X-Ray segment document as JSON text. */
  segment(document: string): void;
  call(record: CallRecord): void;
  /**
   * Everything that arrives, for printing, `sampan logs --tail` and the console; `isKept` is false of what was only
   * shown. Returns the unsubscribe function.
   */
  onLog(listener: (source: LogSource, event: LogEvent, isKept: boolean) => void): () => void;
  onCall(listener: (record: CallRecord) => void): () => void;
  /** Called before logs or metrics are read back: what is collected elsewhere for a moment is to be handed on now. Returns the unsubscribe function. */
  beforeRead(handOn: () => void): () => void;
  /** Logs read back, for the CloudWatch Logs service. */
  readonly logs: LogArchive;
  /** Metrics read back, for the CloudWatch service. */
  readonly metrics: MetricArchive;
  /** Traces read back, for the X-Ray service. */
  readonly traces: TraceArchive;
  /** Which requests are traced at all. */
  readonly sampling: Sampling;
  /** The most recent calls, oldest first. */
  calls(): readonly CallRecord[];
  /** Writes what is still queued in memory; then closes. */
  close(): void;
}

export interface LogGroup {
  readonly name: string;
  /** ms since 1970 */
  readonly createdAt: number;
  /** Absent: kept for ever (as far as the ring allows). */
  readonly retentionInDays?: number;
  readonly storedBytes: number;
}

export interface LogStream {
  readonly name: string;
  /** ms since 1970, all of them; the last three absent while the stream is empty. */
  readonly createdAt: number;
  readonly firstEventTimestamp?: number;
  readonly lastEventTimestamp?: number;
  readonly lastIngestionTime?: number;
  readonly storedBytes: number;
}

/** Where a batch of events would go. */
export type LogDestination =
  | { readonly kind: 'stream'; readonly retentionInDays?: number }
  | { readonly kind: 'no group' }
  | { readonly kind: 'no stream' };

export interface StoredLogEvent extends LogEvent {
  /** 56 digits, unique, ascending with ingestion. */
  readonly eventId: string;
  readonly logStream: string;
  /** ms since 1970 */
  readonly ingestionTime: number;
}

/**
 * Log groups, streams and events. Reads see everything that was logged before them.
 * Groups and streams come to be by logging, or by `createGroup`/`createStream`; unknown names read as `undefined`.
 */
export interface LogArchive {
  /** False when it exists already. */
  createGroup(name: string, options?: { retentionInDays?: number }): boolean;
  /** False when there is none. Takes its streams and events along. */
  deleteGroup(name: string): boolean;
  /** Events older than that vanish; `undefined` keeps them. False when there is no such group. */
  setRetention(group: string, days: number | undefined): boolean;
  /** False when it exists already; undefined when the group does not. */
  createStream(group: string, stream: string): boolean | undefined;
  deleteStream(group: string, stream: string): boolean;
  /** Asked for every batch that is written: what has been found before is not read again. */
  destination(group: string, stream: string): LogDestination;
  group(name: string): LogGroup | undefined;
  /** By name; `after` is exclusive. */
  groups(options?: { prefix?: string; after?: string; limit?: number }): LogGroup[];
  /** All streams of a group that match, by name. */
  streams(group: string, prefix?: string): LogStream[] | undefined;
  /** Events of one stream as GetLogEvents pages them: both tokens always given, equal to yours at either end. */
  events(query: {
    group: string;
    stream: string;
    /** ms since 1970; start inclusive, end exclusive. */
    startTime?: number;
    endTime?: number;
    /** Without a token: begin with the oldest (true) or the newest page (false). */
    startFromHead?: boolean;
    limit?: number;
    nextToken?: string;
  }): { events: StoredLogEvent[]; nextForwardToken: string; nextBackwardToken: string } | undefined;
  /** All events of a group in that time, both ends inclusive, some at a time, in no particular order. */
  scan(query: { group: string; startTime?: number; endTime?: number }): Iterable<readonly StoredLogEvent[]>;
  /** Events of many streams in order of time, as FilterLogEvents pages them; no token after the last page. */
  filter(query: {
    group: string;
    /** All when absent. */
    streams?: readonly string[];
    streamPrefix?: string;
    /** ms since 1970, both inclusive. */
    startTime?: number;
    endTime?: number;
    matches?: (message: string) => boolean;
    limit?: number;
    nextToken?: string;
  }): { events: StoredLogEvent[]; nextToken?: string } | undefined;
}

export interface MetricSeries {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

/** What one minute saw of a series. */
export interface MetricMinute {
  /** Start of the minute, ms since 1970. */
  readonly timestamp: number;
  readonly unit: string;
  readonly count: number;
  readonly sum: number;
  readonly minimum: number;
  readonly maximum: number;
}

/** What was seen of a series in a period as it is kept: of a second, a minute, and of old data 5 minutes or an hour. */
export interface MetricPeriod {
  /** Its beginning, ms since 1970. */
  readonly at: number;
  /** Its length, s. */
  readonly resolution: number;
  readonly unit: string;
  readonly aggregate: MetricAggregate;
}

export interface MetricArchive {
  /** `since`: only those with data from then on, ms since 1970. */
  series(filter?: { namespace?: string; name?: string; since?: number }): MetricSeries[];
  /**
   * In order of time, and of units; `from` inclusive, `to` exclusive.
   * `finest` below 60 s asks for what is kept by the second, else for everything else.
   */
  periods(
    series: MetricSeries,
    query: { readonly from: number; readonly to: number; readonly finest: number },
  ): MetricPeriod[];
  /** In order of time; start inclusive, end exclusive. */
  minutes(series: MetricSeries, startTime?: number, endTime?: number): MetricMinute[];
}

/** An X-Ray segment document as it was sent, parsed. https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html */
export type Segment = Readonly<Record<string, unknown>> & {
  readonly trace_id: string;
  readonly id: string;
  readonly name: string;
  /** Seconds since 1970, both. */
  readonly start_time: number;
  readonly end_time?: number;
  readonly parent_id?: string;
};

export interface TraceSummary {
  readonly id: string;
  /** Seconds since 1970, as X-Ray counts. */
  readonly startTime: number;
  /** Seconds; absent while a segment is in progress. */
  readonly duration?: number;
  readonly hasError: boolean;
  readonly hasFault: boolean;
  readonly hasThrottle: boolean;
}

export interface TraceArchive {
  /** Newest first; times in ms since 1970, start inclusive, end exclusive. */
  summaries(startTime?: number, endTime?: number): TraceSummary[];
  segments(traceId: string): readonly Segment[];
}
