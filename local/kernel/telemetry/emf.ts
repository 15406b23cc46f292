import type { MetricDatum } from '../telemetry.ts';

/**
 * Metrics inside a log line, in CloudWatch's embedded metric format.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export type EmfReading =
  | { readonly kind: 'none' }
  | { readonly kind: 'metrics'; readonly data: readonly MetricDatum[] }
  /** CloudWatch drops such a line's metrics without a word; we have the word. */
  | { readonly kind: 'invalid'; readonly problem: string };

const NONE = { kind: 'none' } as const;
const MAX_METRICS = 100;
const MAX_DIMENSIONS = 30;
const MAX_VALUES = 100;
const MAX_DIMENSION_VALUE = 1024;
const OLDEST_MS = 14 * 86_400_000;
const LATEST_MS = 2 * 3_600_000;

/**
 * Cheap for lines that are no metrics: they are not parsed.
 * @param now ms since 1970; without it no time is too early or too late
 */
export function readEmf(message: string, now?: number): EmfReading {
  if (message.charCodeAt(0) !== 123 || !message.includes('"CloudWatchMetrics"')) return NONE;
  let root: unknown;
  try {
    root = JSON.parse(message);
  } catch {
    return NONE;
  }
  const aws = isObject(root) ? root._aws : undefined;
  if (!isObject(root) || !isObject(aws) || !('CloudWatchMetrics' in aws)) return NONE;
  try {
    return { kind: 'metrics', data: readDirectives(root, aws, now) };
  } catch (error) {
    if (error instanceof EmfProblem) return { kind: 'invalid', problem: error.message };
    throw error;
  }
}

class EmfProblem extends Error {}

function readDirectives(root: Record<string, unknown>, aws: Record<string, unknown>, now?: number): MetricDatum[] {
  const { Timestamp: timestamp, CloudWatchMetrics: directives } = aws;
  if (typeof timestamp !== 'number' || !Number.isInteger(timestamp) || timestamp < 0) {
    throw new EmfProblem('_aws.Timestamp must be whole milliseconds since 1970');
  }
  if (now !== undefined && (timestamp < now - OLDEST_MS || timestamp > now + LATEST_MS)) {
    throw new EmfProblem('_aws.Timestamp is more than two weeks past, or more than two hours ahead');
  }
  if (!Array.isArray(directives)) throw new EmfProblem('_aws.CloudWatchMetrics must be an array');
  return directives.flatMap((directive, index) => {
    const where = `_aws.CloudWatchMetrics[${index}]`;
    if (!isObject(directive)) throw new EmfProblem(`${where} must be an object`);
    return readDirective(root, timestamp, directive, where);
  });
}

function readDirective(
  root: Record<string, unknown>,
  timestamp: number,
  directive: Record<string, unknown>,
  where: string,
): MetricDatum[] {
  const { Namespace: namespace, Dimensions: sets = [[]], Metrics: metrics } = directive;
  if (typeof namespace !== 'string' || namespace.length === 0 || namespace.length > 1024) {
    throw new EmfProblem(`${where}.Namespace must be a string of 1 to 1024 characters`);
  }
  if (!Array.isArray(sets)) throw new EmfProblem(`${where}.Dimensions must be an array of arrays`);
  if (!Array.isArray(metrics)) throw new EmfProblem(`${where}.Metrics must be an array`);
  if (metrics.length > MAX_METRICS) throw new EmfProblem(`${where}.Metrics has more than ${MAX_METRICS} entries`);
  const dimensions = (sets.length === 0 ? [[]] : sets).map((set) => readDimensions(root, set, where));
  return metrics.flatMap((metric) => {
    if (!isObject(metric) || typeof metric.Name !== 'string' || metric.Name === '' || metric.Name.length > 1024) {
      throw new EmfProblem(`${where}.Metrics needs a Name in every entry`);
    }
    const { Name: name, Unit = 'None', StorageResolution = 60 } = metric;
    if (typeof Unit !== 'string' || !UNITS.has(Unit)) throw new EmfProblem(`the metric ${name} has no unit ${Unit}`);
    if (StorageResolution !== 1 && StorageResolution !== 60) {
      throw new EmfProblem(`the metric ${name} has a StorageResolution that is neither 1 nor 60`);
    }
    const values = readValues(root, name);
    if (values.length === 0) return [];
    const common = { namespace, name, unit: Unit, timestamp, storageResolution: StorageResolution } as const;
    const measured = values.length === 1 ? { value: values[0]! } : { value: 0, statistics: statisticsOf(values) };
    return dimensions.map((set) => ({ ...common, ...measured, dimensions: set }));
  });
}

function statisticsOf(values: readonly number[]): MetricDatum['statistics'] {
  return {
    count: values.length,
    sum: values.reduce((sum, value) => sum + value, 0),
    minimum: Math.min(...values),
    maximum: Math.max(...values),
    values: values.map((value) => [value, 1] as const),
  };
}

function readDimensions(root: Record<string, unknown>, set: unknown, where: string): Record<string, string> {
  if (!Array.isArray(set)) throw new EmfProblem(`${where}.Dimensions must be an array of arrays`);
  if (set.length > MAX_DIMENSIONS) throw new EmfProblem(`${where}.Dimensions has more than ${MAX_DIMENSIONS} names`);
  return Object.fromEntries(
    set.map((name: unknown) => {
      const value = typeof name === 'string' && Object.hasOwn(root, name) ? root[name] : undefined;
      if (typeof value !== 'string' || value === '') {
        throw new EmfProblem(`the dimension ${String(name)} has no string value`);
      }
      if (value.length > MAX_DIMENSION_VALUE) {
        throw new EmfProblem(`the dimension ${String(name)} is longer than ${MAX_DIMENSION_VALUE} characters`);
      }
      return [name, value];
    }),
  );
}

function readValues(root: Record<string, unknown>, name: string): number[] {
  const value = Object.hasOwn(root, name) ? root[name] : undefined;
  const values: unknown[] = Array.isArray(value) ? value : [value];
  if (values.length > MAX_VALUES) throw new EmfProblem(`the metric ${name} has more than ${MAX_VALUES} values`);
  for (const one of values) {
    if (typeof one !== 'number') throw new EmfProblem(`the metric ${name} has no numeric value`);
  }
  return values as number[];
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html */
const UNITS: ReadonlySet<string> = new Set([
  ...['Seconds', 'Microseconds', 'Milliseconds', 'Percent', 'Count', 'None', 'Count/Second'],
  ...['', 'Kilo', 'Mega', 'Giga', 'Tera'].flatMap((prefix) =>
    ['Bytes', 'Bits'].flatMap((noun) => {
      const unit = prefix === '' ? noun : `${prefix}${noun.toLowerCase()}`;
      return [unit, `${unit}/Second`];
    }),
  ),
]);
