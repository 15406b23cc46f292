import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { MetricArchive, MetricDatum, MetricMinute, MetricPeriod, MetricSeries } from '../telemetry.ts';
import { MetricAggregate, type StatisticSet } from './metric-aggregate.ts';
import { rollUp } from './metric-roll-up.ts';
import { MetricSeriesBook } from './metric-series-book.ts';

export interface MetricLimits {
  /** Different series kept; data of further ones is dropped. Default 10,000. */
  readonly metricSeries?: number;
  /** Periods kept, of all series together; the oldest make room. Default 500,000. */
  readonly metricPeriods?: number;
}

const SECOND = 1;
const MINUTE = 60;
/** Periods that may still grow stay in memory; what comes later than that is read back first. */
const OPEN_MS = 180_000;
const MOST_OPEN = 20_000;

/** Of the database's table `metric_periods`. */
interface Row extends StatisticSet {
  readonly at: number;
  readonly resolution: number;
  readonly unit: string;
  readonly spread: Uint8Array | null;
}

interface Open {
  readonly series: MetricSeries;
  readonly key: string;
  readonly resolution: number;
  readonly at: number;
  readonly unit: string;
  readonly aggregate: MetricAggregate;
  /** What an earlier run, or an earlier moment, wrote of this period is in it. */
  isWhole: boolean;
  isDirty: boolean;
}

/**
 * Metrics by the minute, and by the second where that was asked for. Data is summed in memory and written by `append`;
 * what ages is rolled up as CloudWatch does.
 */
export class SqliteMetricArchive implements MetricArchive {
  readonly #database: DatabaseSync;
  readonly #flush: () => void;
  readonly #limits: Required<MetricLimits>;
  readonly #book: MetricSeriesBook;
  readonly #insert: StatementSync;
  readonly #select: StatementSync;
  readonly #selectSeconds: StatementSync;
  readonly #selectMinutes: StatementSync;
  readonly #open = new Map<string, Open>();
  #dirty: Open[] = [];
  #rolledUpAt = 0;

  constructor(database: DatabaseSync, limits: MetricLimits, flush: () => void) {
    this.#database = database;
    this.#flush = flush;
    this.#limits = { metricSeries: 10_000, metricPeriods: 500_000, ...limits };
    this.#book = new MetricSeriesBook(database, this.#limits.metricSeries);
    this.#insert = database.prepare('INSERT OR REPLACE INTO metric_periods VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)');
    this.#select = database.prepare(
      'SELECT count, sum, minimum, maximum, spread FROM metric_periods WHERE series_id = ? AND resolution = ? AND at = ? AND unit = ?',
    );
    // What has a minute's resolution or a coarser one is there once; the seconds repeat what the minutes have.
    const ofSpan = (resolution: string) =>
      database.prepare(
        `SELECT at, resolution, unit, count, sum, minimum, maximum, spread FROM metric_periods
          WHERE series_id = ? AND resolution ${resolution} AND at >= ? AND at < ? ORDER BY at, unit`,
      );
    this.#selectSeconds = ofSpan('= 1');
    this.#selectMinutes = ofSpan('>= 60');
  }

  add(datum: MetricDatum): void {
    const { value, statistics } = datum;
    const set = statistics ?? { count: 1, sum: value, minimum: value, maximum: value };
    if (set.count === 0) return;
    this.#addTo(datum, set, MINUTE);
    if (datum.storageResolution === 1) this.#addTo(datum, set, SECOND);
  }

  /** Writes what was summed, in the caller's transaction. Gives how many data were dropped: of too many series. */
  append(now: number): number {
    if (this.#dirty.length === 0) return 0;
    let dropped = 0;
    for (const open of this.#dirty) {
      const id = this.#book.idOf(open.key, open.series, open.at, now);
      if (id === undefined) {
        if (open.resolution === MINUTE) dropped += open.aggregate.count;
        this.#open.delete(placeOf(open));
      } else this.#write(id, open);
    }
    this.#dirty = [];
    this.#close(now);
    if (now - this.#rolledUpAt >= 3_600_000) {
      this.#rolledUpAt = now;
      rollUp(this.#database, now, this.#limits.metricPeriods);
    }
    return dropped;
  }

  get pending(): number {
    return this.#dirty.length;
  }

  series(filter: { namespace?: string; name?: string; since?: number } = {}): MetricSeries[] {
    this.#flush();
    return this.#book.list(filter);
  }

  minutes(series: MetricSeries, startTime = 0, endTime = Number.MAX_SAFE_INTEGER): MetricMinute[] {
    return this.periods(series, { from: startTime, to: endTime, finest: MINUTE })
      .filter(({ resolution }) => resolution === MINUTE)
      .map(({ at, unit, aggregate: { count, sum, minimum, maximum } }) => {
        return { timestamp: at, unit, count, sum, minimum, maximum };
      });
  }

  periods(
    series: MetricSeries,
    { from, to, finest }: { readonly from: number; readonly to: number; readonly finest: number },
  ): MetricPeriod[] {
    this.#flush();
    const id = this.#book.find(series);
    if (id === undefined) return [];
    const statement = finest < MINUTE ? this.#selectSeconds : this.#selectMinutes;
    const rows = statement.all(id, from, to) as unknown as Row[];
    return rows.map((row) => ({
      at: row.at,
      resolution: row.resolution,
      unit: row.unit,
      aggregate: MetricAggregate.stored(row, row.spread),
    }));
  }

  #addTo(datum: MetricDatum, set: StatisticSet, resolution: number): void {
    const { timestamp, unit = 'None', statistics } = datum;
    const at = Math.floor(timestamp / (resolution * 1000)) * resolution * 1000;
    const key = this.#book.keyOf(datum);
    const place = placeOf({ key, resolution, at, unit });
    let open = this.#open.get(place);
    if (open) open.aggregate.add(set, statistics?.values);
    else {
      const { namespace, name, dimensions } = datum;
      const aggregate = new MetricAggregate(set, statistics?.values);
      const series = { namespace, name, dimensions };
      open = { series, key, resolution, at, unit, aggregate, isWhole: false, isDirty: false };
      this.#open.set(place, open);
    }
    if (open.isDirty) return;
    open.isDirty = true;
    this.#dirty.push(open);
  }

  #write(id: number, open: Open): void {
    const { resolution, at, unit, aggregate } = open;
    if (!open.isWhole) {
      const row = this.#select.get(id, resolution, at, unit) as unknown as Row | undefined;
      if (row) aggregate.merge(MetricAggregate.stored(row, row.spread));
      open.isWhole = true;
    }
    const { count, sum, minimum, maximum } = aggregate;
    this.#insert.run(id, resolution, at, unit, count, sum, minimum, maximum, aggregate.spreadBytes());
    open.isDirty = false;
  }

  #close(now: number): void {
    const all = this.#open.size > MOST_OPEN;
    for (const [place, { at }] of this.#open) if (all || at < now - OPEN_MS) this.#open.delete(place);
  }
}

function placeOf({ key, resolution, at, unit }: Pick<Open, 'key' | 'resolution' | 'at' | 'unit'>): string {
  return `${resolution}\n${at}\n${unit}\n${key}`;
}
