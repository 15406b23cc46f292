/**
 * The metrics of AWS/Lambda, per function. Invocations are counted here and handed on a few times a second: a datum
 * each would cost more than anything else on the way of a warm invocation.
 * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
 */
import type { Clock } from '../../kernel/clock.ts';
import type { Telemetry } from '../../kernel/telemetry.ts';

const FLUSH_AFTER_MS = 200;

export interface FunctionMetrics {
  /** One invocation has ended. */
  ended(durationMs: number, failed: boolean): void;
  /** `ConcurrentExecutions` as it is now that one more runs. */
  running(executions: number): void;
  throttled(): void;
  /** `AsyncEventsReceived`, `AsyncEventsDropped`. */
  count(name: string): void;
  /** e.g. `record('AsyncEventAge', 12, 'Milliseconds')` */
  record(name: string, value: number, unit: string): void;
}

export interface MetricsOfFunctions {
  of(functionName: string): FunctionMetrics;
  flush(): void;
}

interface Sum {
  readonly name: string;
  readonly unit: string;
  count: number;
  sum: number;
  minimum: number;
  maximum: number;
}

export function createFunctionMetrics(telemetry: Telemetry, clock: Clock): MetricsOfFunctions {
  const functions = new Map<string, FunctionMetrics>();
  let dirty: { readonly dimensions: Readonly<Record<string, string>>; readonly sum: Sum }[] = [];
  // Real time: how long something waits in memory has nothing to do with the clock of a test.
  let timer: NodeJS.Timeout | undefined;

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    const sums = dirty;
    dirty = [];
    const timestamp = clock.now();
    for (const { dimensions, sum } of sums) {
      const { name, unit, ...statistics } = sum;
      telemetry.metric({ namespace: 'AWS/Lambda', name, dimensions, unit, value: 0, statistics, timestamp });
      sum.count = 0;
    }
  }

  function recorder(
    dimensions: Readonly<Record<string, string>>,
    name: string,
    unit = 'Count',
  ): (value: number) => void {
    const sum: Sum = { name, unit, count: 0, sum: 0, minimum: 0, maximum: 0 };
    const entry = { dimensions, sum };
    return (value) => {
      if (sum.count === 0) {
        sum.count = 1;
        sum.sum = sum.minimum = sum.maximum = value;
        dirty.push(entry);
        timer ??= setTimeout(flush, FLUSH_AFTER_MS).unref();
        return;
      }
      sum.count += 1;
      sum.sum += value;
      if (value < sum.minimum) sum.minimum = value;
      if (value > sum.maximum) sum.maximum = value;
    };
  }

  return {
    flush,
    of(functionName) {
      let metrics = functions.get(functionName);
      if (metrics) return metrics;
      const dimensions = { FunctionName: functionName };
      const invocations = recorder(dimensions, 'Invocations');
      const errors = recorder(dimensions, 'Errors');
      const duration = recorder(dimensions, 'Duration', 'Milliseconds');
      const throttles = recorder(dimensions, 'Throttles');
      const concurrent = recorder(dimensions, 'ConcurrentExecutions');
      const recorders = new Map<string, (value: number) => void>();
      const others = (name: string, unit: string) => {
        const found = recorders.get(name) ?? recorder(dimensions, name, unit);
        recorders.set(name, found);
        return found;
      };
      metrics = {
        ended(durationMs, failed) {
          invocations(1);
          errors(failed ? 1 : 0);
          duration(durationMs);
        },
        running: concurrent,
        throttled: () => throttles(1),
        count: (name) => others(name, 'Count')(1),
        record: (name, value, unit) => others(name, unit)(value),
      };
      functions.set(functionName, metrics);
      return metrics;
    },
  };
}
