/**
 * What becomes of metric data as it ages: seconds for 3 hours, minutes for 15 days, five minutes for 63 days, hours for
 * 455 days. https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html#metrics-retention
 */
import type { DatabaseSync } from 'node:sqlite';
import { MetricAggregate } from './metric-aggregate.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Resolution and the next, both in seconds; the age at which one becomes the other. */
const AGES = [
  { resolution: 60, next: 300, after: 15 * DAY_MS },
  { resolution: 300, next: 3600, after: 63 * DAY_MS },
] as const;

/** @param most periods that are kept, of all series together; beyond, the oldest go */
export function rollUp(database: DatabaseSync, now: number, most: number): void {
  const expire = database.prepare('DELETE FROM metric_periods WHERE resolution = ? AND at < ?');
  expire.run(1, now - 3 * HOUR_MS);
  expire.run(3600, now - 455 * DAY_MS);
  for (const { resolution, next, after } of AGES) {
    // Only whole periods of the next resolution: what is not complete yet waits.
    const before = Math.floor((now - after) / (next * 1000)) * next * 1000;
    coarsen(database, resolution, next, before);
    expire.run(resolution, before);
  }
  const { count } = database.prepare('SELECT count(*) AS count FROM metric_periods').get() as { count: number };
  if (count > most) {
    const { at } = database.prepare('SELECT at FROM metric_periods ORDER BY at LIMIT 1 OFFSET ?').get(count - most) as {
      at: number;
    };
    database.prepare('DELETE FROM metric_periods WHERE at < ?').run(at);
  }
}

function coarsen(database: DatabaseSync, resolution: number, next: number, before: number): void {
  const rows = database
    .prepare('SELECT * FROM metric_periods WHERE resolution = ? AND at < ? ORDER BY series_id, unit, at')
    .all(resolution, before);
  const merged = new Map<string, { readonly key: [number, number, string]; readonly aggregate: MetricAggregate }>();
  for (const row of rows) {
    const at = Math.floor(Number(row.at) / (next * 1000)) * next * 1000;
    const key: [number, number, string] = [Number(row.series_id), at, String(row.unit)];
    const set = row as unknown as { count: number; sum: number; minimum: number; maximum: number };
    const read = MetricAggregate.stored(set, row.spread as Uint8Array | null);
    const into = merged.get(key.join('\n'));
    if (into) into.aggregate.merge(read);
    else merged.set(key.join('\n'), { key, aggregate: read });
  }
  const insert = database.prepare('INSERT OR REPLACE INTO metric_periods VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)');
  for (const { key, aggregate } of merged.values()) {
    const [id, at, unit] = key;
    const { count, sum, minimum, maximum } = aggregate;
    insert.run(id, next, at, unit, count, sum, minimum, maximum, aggregate.spreadBytes());
  }
}
