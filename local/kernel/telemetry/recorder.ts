import type { Clock, Timer } from '../clock.ts';
import type { Store } from '../store.ts';
import { type CallRecord, type LogEvent, type LogSource, OWN_LOG, type Telemetry } from '../telemetry.ts';
import { openTelemetryDatabase } from './database.ts';
import { readEmf } from './emf.ts';
import { type LogBatch, type LogLimits, SqliteLogArchive } from './log-archive.ts';
import { type MetricLimits, SqliteMetricArchive } from './metric-archive.ts';
import { Ring } from './ring.ts';
import { createSampling } from './sampling.ts';
import { KeptTraceArchive, type TraceLimits } from './trace-archive.ts';

export type TelemetryLimits = LogLimits &
  MetricLimits &
  TraceLimits & {
    /** Calls remembered. Default 2,000. */
    readonly calls?: number;
  };

const FLUSH_AFTER_MS = 250;
/** A flood is written before the timer says so, that memory stays bounded. */
const FLUSH_AT_CHARACTERS = 8 * 2 ** 20;
/** As CloudWatch Logs: an event is at most 1 MiB. Measured in characters, since it is counted for every line. */
const LONGEST_MESSAGE = 2 ** 20 - 26;

/**
 * Telemetry whose hot path is an append to an array: everything else (chunks, embedded metrics, limits, the disk)
 * happens in a flush at most 250 ms later, before any read, and at `close`.
 */
export function createTelemetry(options: { store: Store; clock: Clock; limits?: TelemetryLimits }): Telemetry {
  const { store, clock, limits = {} } = options;
  const database = openTelemetryDatabase(store.directory('telemetry'));
  const beforeRead = () => {
    for (const handOn of collectors) handOn();
    flush();
  };
  const logs = new SqliteLogArchive(database, clock, limits, beforeRead);
  const metrics = new SqliteMetricArchive(database, limits, beforeRead);
  const calls = new Ring<CallRecord>(limits.calls ?? 2_000);
  const logListeners = new Set<(source: LogSource, event: LogEvent, isKept: boolean) => void>();
  const collectors = new Set<() => void>();
  const callListeners = new Set<(record: CallRecord) => void>();
  const complained = new Set<string>();
  const traces = new KeptTraceArchive(database, limits, complain);

  const incoming = new Map<string, { readonly LogGroupName: string }>();
  let queued = new Map<string, Map<string, LogEvent[]>>();
  let queuedCharacters = 0;
  let timer: Timer | undefined;
  let closed = false;

  function log(source: LogSource, events: readonly LogEvent[]): void {
    if (events.length === 0) return;
    enqueue(source, events);
    show(source, events, true);
  }

  function show(source: LogSource, events: readonly LogEvent[], isKept: boolean): void {
    if (logListeners.size === 0) return;
    for (const event of events) for (const listener of logListeners) listener(source, event, isKept);
  }

  function enqueue({ logGroup, logStream }: LogSource, events: readonly LogEvent[]): void {
    let streams = queued.get(logGroup);
    if (!streams) {
      streams = new Map();
      queued.set(logGroup, streams);
    }
    let queue = streams.get(logStream);
    if (!queue) {
      queue = [];
      streams.set(logStream, queue);
    }
    for (const event of events) {
      queue.push(event.message.length > LONGEST_MESSAGE ? shortened(event) : event);
      queuedCharacters += event.message.length;
    }
    if (queuedCharacters >= FLUSH_AT_CHARACTERS) flush();
    else arm();
  }

  function arm(): void {
    timer ??= clock.after(FLUSH_AFTER_MS, flush);
  }

  function flush(): void {
    timer?.cancel();
    timer = undefined;
    if (closed || (queued.size === 0 && metrics.pending === 0 && traces.pending === 0)) return;
    const batches = takeQueued();
    for (const batch of batches) collectMetrics(batch);
    try {
      database.exec('BEGIN');
      logs.append(batches);
      traces.save();
      const dropped = metrics.append(clock.now());
      database.exec('COMMIT');
      if (dropped > 0) complain('metric data was dropped: it is of too many different series');
    } catch (error) {
      // Logs are not worth stopping for: a full disk has already failed, or will fail, something that matters.
      if (database.isTransaction) database.exec('ROLLBACK');
      logs.rolledBack();
      const problem = `logs could not be written: ${error instanceof Error ? error.message : String(error)}`;
      if (!complained.has(problem)) process.emitWarning(problem, 'SampanTelemetryWarning');
      complained.add(problem);
    }
  }

  function takeQueued(): LogBatch[] {
    const batches: LogBatch[] = [];
    for (const [group, streams] of queued) {
      for (const [stream, events] of streams) batches.push({ group, stream, events });
    }
    queued = new Map();
    queuedCharacters = 0;
    return batches;
  }

  function collectMetrics({ group, events }: LogBatch): void {
    for (const { message } of events) {
      const reading = readEmf(message, clock.now());
      if (reading.kind === 'metrics') for (const datum of reading.data) metrics.add(datum);
      else if (reading.kind === 'invalid') complain(`embedded metrics in ${group} are dropped: ${reading.problem}`);
    }
    countIncoming(group, events);
  }

  /** https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch-Logs-Monitoring-CloudWatch-Metrics.html */
  function countIncoming(group: string, events: readonly LogEvent[]): void {
    // What no log group of the account receives is nobody's metric.
    if (group === OWN_LOG.logGroup) return;
    let dimensions = incoming.get(group);
    if (!dimensions) {
      dimensions = { LogGroupName: group };
      incoming.set(group, dimensions);
    }
    let bytes = 0;
    for (const { message } of events) bytes += Buffer.byteLength(message);
    const common = { namespace: 'AWS/Logs', dimensions, timestamp: clock.now() };
    metrics.add({ ...common, name: 'IncomingLogEvents', unit: 'Count', value: events.length });
    metrics.add({ ...common, name: 'IncomingBytes', unit: 'Bytes', value: bytes });
  }

  /** Says each problem once: a mistake in a log statement is made with every request. */
  function complain(problem: string): void {
    if (complained.has(problem) || complained.size >= 1_000) return;
    complained.add(problem);
    log(OWN_LOG, [{ timestamp: clock.now(), message: problem }]);
  }

  return {
    logs,
    metrics,
    traces,
    log,
    show: (source, events) => show(source, events, false),
    metric(datum) {
      metrics.add(datum);
      arm();
    },
    sampling: createSampling({ store, clock }),
    segment(document) {
      traces.add(document);
      arm();
    },
    call(record) {
      calls.push(record);
      if (callListeners.size > 0) for (const listener of callListeners) listener(record);
    },
    calls: () => calls.toArray(),
    onLog(listener) {
      logListeners.add(listener);
      return () => void logListeners.delete(listener);
    },
    onCall(listener) {
      callListeners.add(listener);
      return () => void callListeners.delete(listener);
    },
    beforeRead(handOn) {
      collectors.add(handOn);
      return () => void collectors.delete(handOn);
    },
    close() {
      if (closed) return;
      flush();
      closed = true;
      timer?.cancel();
      database.close();
    },
  };
}

const shortened = (event: LogEvent): LogEvent => ({ ...event, message: event.message.slice(0, LONGEST_MESSAGE) });
