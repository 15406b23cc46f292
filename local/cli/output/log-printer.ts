/** Function logs for people on a terminal, and as they are in a pipe. */
import type { LogEvent, LogSource } from '../../kernel/telemetry.ts';
import type { Output } from './terminal.ts';

export type LogPrinter = (source: LogSource, event: LogEvent) => void;

/** Maps positions in a stack trace back to the sources; the text as it is where nothing is known. */
export type StackMapper = (source: LogSource, stack: string) => string;

/** Members of a Powertools record that are the same in every line, and so say nothing on a terminal. */
const CONSTANT = new Set([
  'level',
  'message',
  'timestamp',
  'service',
  'function_name',
  'function_arn',
  'function_memory_size',
  'function_request_id',
  'functionVersion',
  'cold_start',
  'xray_trace_id',
  'sampling_rate',
  'error',
]);

export function createLogPrinter(output: Output, mapStack: StackMapper = (_source, stack) => stack): LogPrinter {
  if (!output.pretty) {
    const write = batched(output.stream);
    return (_source, event) => write(event.message.endsWith('\n') ? event.message : `${event.message}\n`);
  }
  return (source, event) => {
    const text = describe(source, event.message.replace(/\n$/, ''), output, mapStack);
    if (text === undefined) return;
    const time = new Date(event.timestamp).toISOString().slice(11, 23);
    output.stream.write(`${output.colours.dim(time)} ${output.colours.cyan(source.label)} ${text}\n`);
  };
}

const SHORT_MS = 10;
const LARGE_CHARACTERS = 65_536;

/** The first line at once, then one write for all that is logged in a short time: under load a write costs more than its lines. */
function batched(stream: NodeJS.WritableStream): (text: string) => void {
  let queued = '';
  let isDue = false;
  let flushedAt = Number.NEGATIVE_INFINITY;
  const flush = () => {
    isDue = false;
    if (queued === '') return;
    const text = queued;
    queued = '';
    flushedAt = performance.now();
    stream.write(text);
  };
  process.once('exit', flush);
  return (text) => {
    queued += text;
    if (isDue && queued.length < LARGE_CHARACTERS) return;
    if (isDue) {
      flush();
      return;
    }
    isDue = true;
    if (performance.now() - flushedAt >= SHORT_MS) setImmediate(flush);
    else setTimeout(flush, SHORT_MS);
  };
}

/** One event as a line (and more for stacks); undefined for what a terminal need not show. */
function describe(source: LogSource, message: string, output: Output, mapStack: StackMapper): string | undefined {
  const { dim } = output.colours;
  if (/^(START|END) RequestId: /.test(message)) return undefined;
  const report =
    /^REPORT RequestId: \S+\tDuration: ([\d.]+ ms).*?Max Memory Used: (\d+ MB)(?:\tInit Duration: ([\d.]+ ms))?/.exec(
      message,
    );
  if (report) return dim(`${report[1]}, ${report[2]}${report[3] ? `, cold start ${report[3]}` : ''}`);
  const record = parseRecord(message);
  if (record) return describeRecord(source, record, output, mapStack);
  // The runtime's own text form: time, request id, level, message.
  const line = /^\d{4}-\d\d-\d\dT[\d:.]+Z\t\S+\t(\w+)\t([\s\S]*)$/.exec(message);
  if (line) return `${level(line[1] ?? '', output)} ${mapStack(source, line[2] ?? '')}`;
  return mapStack(source, message);
}

function parseRecord(message: string): Record<string, unknown> | undefined {
  if (!message.startsWith('{')) return undefined;
  try {
    return JSON.parse(message) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

function describeRecord(
  source: LogSource,
  record: Record<string, unknown>,
  output: Output,
  mapStack: StackMapper,
): string | undefined {
  const { dim } = output.colours;
  if ('_aws' in record) return undefined;
  if (typeof record.type === 'string' && record.type.startsWith('platform.')) return describePlatform(record, output);
  if (isAccess(record)) return describeAccess(record, output);
  const details = Object.entries(record)
    .filter(([key, value]) => !CONSTANT.has(key) && value !== undefined)
    .map(([key, value]) => `${key}=${textOf(value)}`)
    .join(' ');
  const { error, message } = record;
  const thrown = isObject(message) && Array.isArray(message.stackTrace) ? message.stackTrace : undefined;
  const said = thrown ? mapStack(source, thrown.map(textOf).join('\n')) : textOf(message ?? '');
  const trouble = isObject(error) ? `\n${mapStack(source, stackOf(error))}` : '';
  const head = `${level(textOf(record.level ?? 'INFO'), output)} ${said}`;
  return `${head}${details ? ` ${dim(details)}` : ''}${trouble}`;
}

function stackOf({ name, message, stack }: Record<string, unknown>): string {
  return typeof stack === 'string' ? stack : `${textOf(name ?? 'Error')}: ${textOf(message ?? '')}`;
}

/** A function may log anything under any name. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** An API's access log, if its format has the usual names. */
function isAccess({ method, status, message }: Record<string, unknown>): boolean {
  return typeof method === 'string' && typeof status === 'string' && message === undefined;
}

function describeAccess(record: Record<string, unknown>, { colours }: Output): string {
  const status = textOf(record.status);
  const paint = status >= '500' ? colours.red : status >= '400' ? colours.yellow : colours.green;
  const where = textOf(record.route ?? record.path ?? '');
  const latency = record.latency === undefined ? '' : colours.dim(` ${textOf(record.latency)} ms`);
  return `${record.method} ${where} ${paint(status)}${latency}`;
}

function describePlatform(record: Record<string, unknown>, output: Output): string | undefined {
  const { dim } = output.colours;
  if (record.type !== 'platform.report') return undefined;
  const metrics = isObject(record.record) && isObject(record.record.metrics) ? record.record.metrics : {};
  const parts = [`${textOf(metrics.durationMs)} ms`, `${textOf(metrics.maxMemoryUsedMB)} MB`];
  if (metrics.initDurationMs !== undefined) parts.push(`cold start ${textOf(metrics.initDurationMs)} ms`);
  return dim(parts.join(', '));
}

function level(name: string, { colours }: Output): string {
  const upper = name.toUpperCase();
  if (upper === 'ERROR' || upper === 'CRITICAL' || upper === 'FATAL') return colours.red(upper);
  if (upper === 'WARN' || upper === 'WARNING') return colours.yellow(upper);
  return colours.green(upper);
}
