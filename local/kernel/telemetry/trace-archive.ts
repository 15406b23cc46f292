import type { DatabaseSync } from 'node:sqlite';
import type { Segment, TraceArchive, TraceSummary } from '../telemetry.ts';
import { readSegment } from './segment-document.ts';

export interface TraceLimits {
  /** Bytes of segment documents kept, oldest traces dropped first. Default 32 MiB. */
  readonly traceBytes?: number;
}

interface Trace {
  readonly segments: Map<string, Segment>;
  bytes: number;
}

/** Documents wait unparsed until somebody looks: most are never looked at. */
const UNPARSED = 500;

/** The most recent traces, in memory; what earlier runs left is read when somebody first looks. */
export class KeptTraceArchive implements TraceArchive {
  readonly #database: DatabaseSync;
  readonly #limit: number;
  readonly #refused: (problem: string) => void;
  readonly #traces = new Map<string, Trace>();
  #unparsed: string[] = [];
  #unsaved: string[] = [];
  #savedBytes: number | undefined;
  #bytes = 0;
  #isLoaded = false;

  constructor(database: DatabaseSync, limits: TraceLimits, refused: (problem: string) => void) {
    this.#database = database;
    this.#limit = limits.traceBytes ?? 32 * 2 ** 20;
    this.#refused = refused;
  }

  /** Documents that have not been saved. */
  get pending(): number {
    return this.#unsaved.length;
  }

  add(document: string): void {
    this.#unsaved.push(document);
    this.#unparsed.push(document);
    // Before anybody has looked, what is saved is read back then: nothing has to wait here.
    if (!this.#isLoaded) this.#unparsed = [];
    else if (this.#unparsed.length >= UNPARSED) this.#parse();
  }

  /** Writes what is new in the caller's transaction, and drops the oldest that is too much. */
  save(): void {
    if (this.#unsaved.length === 0) return;
    const insert = this.#database.prepare('INSERT INTO trace_documents (document) VALUES (?)');
    this.#savedBytes ??= this.#sizeOnDisk();
    for (const document of this.#unsaved) {
      insert.run(document);
      this.#savedBytes += document.length;
    }
    this.#unsaved = [];
    // A quarter at once: counting costs, and need not be done at every write.
    if (this.#savedBytes > this.#limit * 1.25) this.#trimDisk();
  }

  summaries(startTime = 0, endTime = Number.MAX_SAFE_INTEGER): TraceSummary[] {
    this.#read();
    return [...this.#traces]
      .map(([id, { segments }]) => summarise(id, [...segments.values()]))
      .filter(({ startTime: start }) => start * 1000 >= startTime && start * 1000 < endTime)
      .sort((a, b) => b.startTime - a.startTime);
  }

  segments(traceId: string): readonly Segment[] {
    this.#read();
    return [...(this.#traces.get(traceId)?.segments.values() ?? [])];
  }

  #read(): void {
    if (!this.#isLoaded) {
      this.#isLoaded = true;
      const rows = this.#database.prepare('SELECT document FROM trace_documents ORDER BY id').all();
      this.#unparsed = [...rows.map(({ document }) => String(document)), ...this.#unsaved];
    }
    this.#parse();
  }

  #parse(): void {
    const documents = this.#unparsed;
    this.#unparsed = [];
    for (const document of documents) {
      const reading = readSegment(document);
      if (reading.kind === 'segment') this.#keep(reading.segment, document.length);
      else this.#refused(`X-Ray would refuse a segment (${reading.problem}): ${document.slice(0, 200)}`);
    }
    for (const [id, trace] of this.#traces) {
      if (this.#bytes <= this.#limit) break;
      this.#traces.delete(id);
      this.#bytes -= trace.bytes;
    }
  }

  #keep(segment: Segment, bytes: number): void {
    let trace = this.#traces.get(segment.trace_id);
    if (!trace) {
      trace = { segments: new Map(), bytes: 0 };
      this.#traces.set(segment.trace_id, trace);
    }
    // A segment in progress is sent again, under the same id, when it is complete.
    trace.segments.set(segment.id, segment);
    trace.bytes += bytes;
    this.#bytes += bytes;
  }

  #sizeOnDisk(): number {
    const [row] = this.#database.prepare('SELECT sum(length(document)) AS bytes FROM trace_documents').all();
    return Number(row?.bytes ?? 0);
  }

  #trimDisk(): void {
    const sql = `DELETE FROM trace_documents WHERE id IN (
      SELECT id FROM (
        SELECT id, sum(length(document)) OVER (ORDER BY id DESC) AS bytes FROM trace_documents
      ) WHERE bytes > ?)`;
    this.#database.prepare(sql).run(this.#limit);
    this.#savedBytes = this.#sizeOnDisk();
  }
}

function summarise(id: string, segments: readonly Segment[]): TraceSummary {
  const startTime = Math.min(...segments.map(({ start_time }) => start_time));
  const ends = segments.map(({ end_time }) => end_time).filter((end) => typeof end === 'number');
  const summary = {
    id,
    startTime,
    hasError: segments.some(({ error }) => error === true),
    hasFault: segments.some(({ fault }) => fault === true),
    hasThrottle: segments.some(({ throttle }) => throttle === true),
  };
  return ends.length === 0 ? summary : { ...summary, duration: Math.max(...ends) - startTime };
}
