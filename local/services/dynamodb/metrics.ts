/**
 * The metrics of AWS/DynamoDB, counted here and handed on a few times a second.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
 */
import type { Clock } from '../../kernel/clock.ts';
import { findOrMake } from '../../kernel/find-or-make.ts';
import type { Telemetry } from '../../kernel/telemetry.ts';
import type { Consumed } from './items/capacity.ts';

const FLUSH_AFTER_MS = 200;
/** Single values kept for percentiles until they are handed on; beyond, sums alone. */
const MOST_VALUES = 500;

interface Counter {
  readonly name: string;
  readonly unit: string;
  readonly dimensions: Readonly<Record<string, string>>;
  count: number;
  sum: number;
  minimum: number;
  maximum: number;
  readonly values: number[];
}

export interface TableMetrics {
  consumed(table: string, consumed: Consumed): void;
  /** `SuccessfulRequestLatency`, ms. */
  succeeded(table: string, operation: string, latencyMs: number): void;
  returned(table: string, operation: string, items: number): void;
  conditionFailed(table: string): void;
  /** `TimeToLiveDeletedItemCount`. */
  expired(table: string, items: number): void;
  flush(): void;
}

export function createTableMetrics(telemetry: Telemetry, clock: Clock): TableMetrics {
  /** By table, then name, then the second dimension's value (`''` without one): to find one makes no text. */
  const counters = new Map<string, Map<string, Map<string, Counter>>>();
  // Real time: how long something waits in memory has nothing to do with the clock of a test.
  let timer: NodeJS.Timeout | undefined;

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    const timestamp = clock.now();
    for (const byName of counters.values()) {
      for (const bySecondDimension of byName.values()) {
        for (const counter of bySecondDimension.values()) tell(counter, timestamp);
      }
    }
    counters.clear();
  }

  function tell({ name, unit, dimensions, values, ...sums }: Counter, timestamp: number): void {
    const single = values.length === sums.count ? values.map((value) => [value, 1] as const) : undefined;
    telemetry.metric({
      namespace: 'AWS/DynamoDB',
      name,
      dimensions,
      unit,
      value: 0,
      statistics: { ...sums, ...(single && { values: single }) },
      timestamp,
    });
  }

  function add(name: string, unit: string, value: number, table: string, second?: readonly [string, string]): void {
    const byName = findOrMake(counters, table, () => new Map<string, Map<string, Counter>>());
    const bySecondDimension = findOrMake(byName, name, () => new Map<string, Counter>());
    const counter = findOrMake(bySecondDimension, second?.[1] ?? '', () => ({
      name,
      unit,
      dimensions: { TableName: table, ...(second && { [second[0]]: second[1] }) },
      count: 0,
      sum: 0,
      minimum: value,
      maximum: value,
      values: [],
    }));
    counter.count += 1;
    counter.sum += value;
    counter.minimum = Math.min(counter.minimum, value);
    counter.maximum = Math.max(counter.maximum, value);
    if (counter.values.length < MOST_VALUES) counter.values.push(value);
    if (timer) return;
    timer = setTimeout(flush, FLUSH_AFTER_MS);
    timer.unref();
  }

  return {
    consumed(table, { kind, table: units, global, local }) {
      const name = kind === 'read' ? 'ConsumedReadCapacityUnits' : 'ConsumedWriteCapacityUnits';
      let own = units;
      for (const index in local) own += local[index]!;
      if (own > 0) add(name, 'Count', own, table);
      for (const index in global) add(name, 'Count', global[index]!, table, ['GlobalSecondaryIndexName', index]);
    },
    succeeded: (table, operation, latency) =>
      add('SuccessfulRequestLatency', 'Milliseconds', latency, table, ['Operation', operation]),
    returned: (table, operation, items) => add('ReturnedItemCount', 'Count', items, table, ['Operation', operation]),
    conditionFailed: (table) => add('ConditionalCheckFailedRequests', 'Count', 1, table),
    expired: (table, items) => add('TimeToLiveDeletedItemCount', 'Count', items, table),
    flush,
  };
}
