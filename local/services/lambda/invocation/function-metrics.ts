/**
 * The metrics of AWS/Lambda: by function, by version or alias, and of the account. Invocations are counted here and
 * handed on a few times a second: a datum each would cost more than anything else on the way of a warm invocation.
 * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
 */
import type { Clock } from '../../../kernel/clock.ts';
import type { Telemetry } from '../../../kernel/telemetry.ts';

const FLUSH_AFTER_MS = 200;

export interface FunctionMetrics {
  /** One invocation has ended. */
  ended(durationMs: number, failed: boolean): void;
  /** `ConcurrentExecutions` as they are now that one more runs: of the function, and of the account. */
  running(executions: number, account: { readonly running: number; readonly unreservedRunning: number }): void;
  throttled(): void;
  /** `AsyncEventsReceived`, `AsyncEventsDropped`. */
  count(name: string): void;
  /** e.g. `record('AsyncEventAge', 12, 'Milliseconds')` */
  record(name: string, value: number, unit: string): void;
}

/** What of a function was meant. */
export interface Resource {
  /** An alias or a version; undefined when the function was named without. */
  readonly qualifier: string | undefined;
  /** Where an alias led. */
  readonly executedVersion: string | undefined;
}

export interface MetricsOfFunctions {
  of(functionName: string, resource?: Resource): FunctionMetrics;
  flush(): void;
}

interface Statistics {
  count: number;
  sum: number;
  minimum: number;
  maximum: number;
}

type WeightedValue = readonly [value: number, count: number];

interface Counter extends Statistics {
  readonly name: string;
  readonly unit: string;
  readonly series: readonly Series[];
  /** The single values, for percentiles, as soon as there are two different ones. */
  values: number[] | undefined;
}

/** Dimensions, and a text that tells them from others. */
interface Series {
  readonly key: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

const ACCOUNT = [seriesOf({})];

export function createFunctionMetrics(telemetry: Telemetry, clock: Clock): MetricsOfFunctions {
  const functions = new Map<string, FunctionMetrics>();
  let dirty: Counter[] = [];
  // Real time: how long something waits in memory has nothing to do with the clock of a test.
  let timer: NodeJS.Timeout | undefined;

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    const counters = dirty;
    dirty = [];
    const timestamp = clock.now();
    for (const { counter, dimensions, parts, ...sums } of folded(counters)) {
      const statistics = { ...sums, values: valuesOf(parts) };
      const { name, unit } = counter;
      telemetry.metric({ namespace: 'AWS/Lambda', name, dimensions, unit, value: 0, statistics, timestamp });
    }
    for (const counter of counters) {
      counter.count = 0;
      counter.values = undefined;
    }
  }

  function recorder(series: readonly Series[], name: string, unit = 'Count'): (value: number) => void {
    const counter: Counter = { name, unit, series, count: 0, sum: 0, minimum: 0, maximum: 0, values: undefined };
    return (value) => {
      if (counter.count === 0) {
        counter.count = 1;
        counter.sum = counter.minimum = counter.maximum = value;
        dirty.push(counter);
        timer ??= setTimeout(flush, FLUSH_AFTER_MS).unref();
        return;
      }
      if (counter.values) counter.values.push(value);
      else if (value !== counter.minimum) {
        counter.values = [...new Array<number>(counter.count).fill(counter.minimum), value];
      }
      counter.count += 1;
      counter.sum += value;
      if (value < counter.minimum) counter.minimum = value;
      if (value > counter.maximum) counter.maximum = value;
    };
  }

  const accountConcurrent = recorder(ACCOUNT, 'ConcurrentExecutions');
  const unreservedConcurrent = recorder(ACCOUNT, 'UnreservedConcurrentExecutions');

  function create(functionName: string, resource: Resource): FunctionMetrics {
    const series = seriesOfResource(functionName, resource);
    const invocations = recorder(series, 'Invocations');
    const errors = recorder(series, 'Errors');
    const duration = recorder(series, 'Duration', 'Milliseconds');
    const throttles = recorder(series, 'Throttles');
    // What the versions of a function run at once adds up to no sum of the account.
    const concurrent = recorder([seriesOf({ FunctionName: functionName })], 'ConcurrentExecutions');
    const recorders = new Map<string, (value: number) => void>();
    const others = (name: string, unit: string) => {
      const found = recorders.get(name) ?? recorder(series, name, unit);
      recorders.set(name, found);
      return found;
    };
    return {
      ended(durationMs, failed) {
        invocations(1);
        errors(failed ? 1 : 0);
        duration(durationMs);
      },
      running(executions, account) {
        concurrent(executions);
        accountConcurrent(account.running);
        unreservedConcurrent(account.unreservedRunning);
      },
      throttled: () => throttles(1),
      count: (name) => others(name, 'Count')(1),
      record: (name, value, unit) => others(name, unit)(value),
    };
  }

  return {
    flush,
    of(functionName, resource = UNQUALIFIED) {
      const { qualifier = '', executedVersion = '' } = resource;
      const key = `${functionName} ${qualifier} ${executedVersion}`;
      let metrics = functions.get(key);
      if (!metrics) {
        metrics = create(functionName, resource);
        functions.set(key, metrics);
      }
      return metrics;
    },
  };
}

const UNQUALIFIED: Resource = { qualifier: undefined, executedVersion: undefined };

/** Of the account, of the function, of what was meant of it, and of where that led. */
function seriesOfResource(functionName: string, { qualifier, executedVersion }: Resource): readonly Series[] {
  const Resource = qualifier === undefined ? functionName : `${functionName}:${qualifier}`;
  const named = { FunctionName: functionName, Resource };
  return [
    ...ACCOUNT,
    seriesOf({ FunctionName: functionName }),
    seriesOf(named),
    ...(executedVersion === undefined ? [] : [seriesOf({ ...named, ExecutedVersion: executedVersion })]),
  ];
}

function seriesOf(dimensions: Readonly<Record<string, string>>): Series {
  return { key: Object.values(dimensions).join(' '), dimensions };
}

/** Each series of each metric once, with what all counters say of it. */
function folded(counters: readonly Counter[]) {
  const sums = new Map<
    string,
    Statistics & Pick<Series, 'dimensions'> & { readonly counter: Counter; readonly parts: Counter[] }
  >();
  for (const counter of counters) {
    const { name, count, sum, minimum, maximum } = counter;
    for (const { key, dimensions } of counter.series) {
      const into = sums.get(`${name} ${key}`);
      if (into === undefined)
        sums.set(`${name} ${key}`, { counter, parts: [counter], dimensions, count, sum, minimum, maximum });
      else {
        into.parts.push(counter);
        into.count += count;
        into.sum += sum;
        into.minimum = Math.min(into.minimum, minimum);
        into.maximum = Math.max(into.maximum, maximum);
      }
    }
  }
  return sums.values();
}

/** Each different value, with how often it came. */
function valuesOf(parts: readonly Counter[]): readonly WeightedValue[] {
  const counts = new Map<number, number>();
  for (const { values, minimum, count } of parts) {
    if (values) for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
    else counts.set(minimum, (counts.get(minimum) ?? 0) + count);
  }
  return [...counts];
}
