/** One log event as a query sees it: named values, read when they are asked for. */
import type { StoredLogEvent } from '../../../kernel/telemetry.ts';

export type Value = string | number | boolean | undefined;

export interface Row {
  get(field: string): Value;
  /** The same row with one more field. */
  set(field: string, value: Value): void;
  /** ms since 1970, for the order of results. */
  readonly timestamp: number;
}

export interface EventPlace {
  readonly accountId: string;
  readonly group: string;
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_AnalyzeLogData-discoverable-fields.html */
export class EventRow implements Row {
  readonly timestamp: number;
  readonly #event: StoredLogEvent;
  readonly #place: EventPlace;
  readonly #own = new Map<string, Value>();
  #json: unknown;
  #lambda: ReadonlyMap<string, Value> | undefined;

  constructor(event: StoredLogEvent, place: EventPlace) {
    this.timestamp = event.timestamp;
    this.#event = event;
    this.#place = place;
  }

  get(field: string): Value {
    if (this.#own.has(field)) return this.#own.get(field);
    if (field.startsWith('@')) return this.#system(field);
    this.#json ??= parsed(this.#event.message);
    return memberAt(this.#json, field);
  }

  set(field: string, value: Value): void {
    this.#own.set(field, value);
  }

  #system(field: string): Value {
    const { timestamp, message, logStream, ingestionTime, eventId } = this.#event;
    switch (field) {
      case '@timestamp':
        return timestamp;
      case '@message':
        return message;
      case '@logStream':
        return logStream;
      case '@ingestionTime':
        return ingestionTime;
      case '@log':
        return `${this.#place.accountId}:${this.#place.group}`;
      case '@ptr':
        return Buffer.from(`${this.#place.group}\0${eventId}`).toString('base64');
    }
    this.#json ??= parsed(message);
    this.#lambda ??= platformFields(this.#json) ?? lambdaFields(message);
    return this.#lambda.get(field);
  }
}

/** What is not a log event any more: a row of statistics. */
export class PlainRow implements Row {
  readonly timestamp = 0;
  readonly #values: Map<string, Value>;

  constructor(values: Map<string, Value>) {
    this.#values = values;
  }

  get(field: string): Value {
    return this.#values.get(field);
  }

  set(field: string, value: Value): void {
    this.#values.set(field, value);
  }
}

function parsed(message: string): unknown {
  const start = message.indexOf('{');
  if (start < 0 || message.slice(0, start).trim() !== '') return null;
  try {
    return JSON.parse(message);
  } catch {
    return null;
  }
}

/** `a.b.0`: members of JSON, and places in its lists. A name may have dots itself. */
function memberAt(json: unknown, path: string): Value {
  if (typeof json !== 'object' || json === null) return undefined;
  if (Object.hasOwn(json, path)) return scalar((json as Record<string, unknown>)[path]);
  let dot = path.indexOf('.');
  while (dot > 0) {
    const head = path.slice(0, dot);
    if (Object.hasOwn(json, head)) {
      const found = memberAt((json as Record<string, unknown>)[head], path.slice(dot + 1));
      if (found !== undefined) return found;
    }
    dot = path.indexOf('.', dot + 1);
  }
  return undefined;
}

function scalar(value: unknown): Value {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  return value === null || value === undefined ? undefined : JSON.stringify(value);
}

const REPORT: readonly (readonly [field: string, pattern: RegExp, scale: number])[] = [
  ['@duration', /\tDuration: ([\d.]+) ms/, 1],
  ['@billedDuration', /\tBilled Duration: ([\d.]+) ms/, 1],
  ['@initDuration', /\tInit Duration: ([\d.]+) ms/, 1],
  // Megabytes in the line, bytes in the field.
  ['@memorySize', /\tMemory Size: (\d+) MB/, 1_000_000],
  ['@maxMemoryUsed', /\tMax Memory Used: (\d+) MB/, 1_000_000],
];

type Members = Readonly<Record<string, unknown>>;

const METRICS: readonly (readonly [field: string, member: string, scale: number])[] = [
  ['@duration', 'durationMs', 1],
  ['@billedDuration', 'billedDurationMs', 1],
  ['@initDuration', 'initDurationMs', 1],
  ['@memorySize', 'memorySizeMB', 1_000_000],
  ['@maxMemoryUsed', 'maxMemoryUsedMB', 1_000_000],
];

/**
 * The same of what Lambda writes as JSON; undefined for what it did not write.
 * https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html
 */
function platformFields(json: unknown): ReadonlyMap<string, Value> | undefined {
  const { type, record } = membersOf(json);
  const [, kind] = typeof type === 'string' ? (/^platform\.(start|report)$/.exec(type) ?? []) : [];
  if (kind === undefined) return undefined;
  const { requestId, metrics, tracing } = membersOf(record);
  const fields = new Map<string, Value>([['@type', kind.toUpperCase()]]);
  const set = (field: string, value: unknown): void => {
    if (typeof value === 'string') fields.set(field, value);
  };
  set('@requestId', requestId);
  if (kind !== 'report') return fields;
  for (const [field, member, scale] of METRICS) {
    const found = membersOf(metrics)[member];
    if (typeof found === 'number') fields.set(field, found * scale);
  }
  const { value, spanId } = membersOf(tracing);
  set('@xrayTraceId', value);
  set('@xraySegmentId', spanId);
  return fields;
}

const membersOf = (value: unknown): Members => (typeof value === 'object' && value !== null ? (value as Members) : {});

/** Of what Lambda and its runtimes write as text. */
function lambdaFields(message: string): ReadonlyMap<string, Value> {
  const fields = new Map<string, Value>();
  const [, type, id] = /^(START|END|REPORT) RequestId: (\S+)/.exec(message) ?? [];
  const own = id ?? /^\d{4}-\d\d-\d\dT[\d:.]+Z\t([0-9a-f-]{36})\t/.exec(message)?.[1];
  if (type !== undefined) fields.set('@type', type);
  if (own !== undefined) fields.set('@requestId', own);
  if (type !== 'REPORT') return fields;
  const reported = `\t${message.slice(message.indexOf('\t') + 1)}`;
  for (const [field, pattern, scale] of REPORT) {
    const found = pattern.exec(reported)?.[1];
    if (found !== undefined) fields.set(field, Number(found) * scale);
  }
  const trace = /XRAY TraceId: (\S+)\tSegmentId: (\S+)/.exec(message);
  if (trace) fields.set('@xrayTraceId', trace[1]).set('@xraySegmentId', trace[2]);
  return fields;
}
