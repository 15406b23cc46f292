/** The series there are, their ids, and when each was last written to. */
import type { DatabaseSync } from 'node:sqlite';
import type { MetricSeries } from '../telemetry.ts';

interface Known {
  readonly id: number;
  readonly series: MetricSeries;
  /** ms since 1970; the newest period with data. */
  lastAt: number;
}

/** A series that got nothing for this long makes room for a new one, when there are too many. */
const FORGOTTEN_AFTER_MS = 3 * 86_400_000;

export class MetricSeriesBook {
  readonly #database: DatabaseSync;
  readonly #most: number;
  readonly #known = new Map<string, Known>();
  /** By identity: who publishes all the time hands in the same object all the time. */
  readonly #dimensionTexts = new WeakMap<object, string>();

  constructor(database: DatabaseSync, most: number) {
    this.#database = database;
    this.#most = most;
    const sql = `SELECT id, namespace, name, dimensions,
      coalesce((SELECT max(at) FROM metric_periods WHERE series_id = id AND resolution >= 60), 0) AS last
      FROM metric_series`;
    for (const row of database.prepare(sql).all()) {
      const [namespace, name] = [String(row.namespace), String(row.name)];
      const dimensions = JSON.parse(String(row.dimensions)) as Record<string, string>;
      const series = { namespace, name, dimensions };
      this.#known.set(this.keyOf(series), { id: Number(row.id), series, lastAt: Number(row.last) });
    }
  }

  find(series: MetricSeries): number | undefined {
    return this.#known.get(this.keyOf(series))?.id;
  }

  list({ namespace, name, since = 0 }: { namespace?: string; name?: string; since?: number }): MetricSeries[] {
    return [...this.#known.values()]
      .filter(({ series, lastAt }) => {
        const isNamed = (namespace ?? series.namespace) === series.namespace && (name ?? series.name) === series.name;
        return isNamed && lastAt >= since;
      })
      .map(({ series }) => series);
  }

  /** Makes the series when there is none; undefined when there are too many, and notes that it has data of `at`. */
  idOf(key: string, series: MetricSeries, at: number, now: number): number | undefined {
    const known = this.#known.get(key);
    if (known) {
      known.lastAt = Math.max(known.lastAt, at);
      return known.id;
    }
    if (this.#known.size >= this.#most) this.#forget(now);
    if (this.#known.size >= this.#most) return undefined;
    const { namespace, name } = series;
    const dimensions = this.#dimensionText(series.dimensions);
    const sql = 'INSERT INTO metric_series (namespace, name, dimensions) VALUES (?, ?, ?)';
    const id = Number(this.#database.prepare(sql).run(namespace, name, dimensions).lastInsertRowid);
    this.#known.set(key, { id, series: { namespace, name, dimensions: JSON.parse(dimensions) }, lastAt: at });
    return id;
  }

  /** Names hold no line breaks on AWS; dimensions are the same in whatever order they were given. */
  keyOf({ namespace, name, dimensions }: MetricSeries): string {
    return `${lineOf(namespace)}\n${lineOf(name)}\n${this.#dimensionText(dimensions)}`;
  }

  #dimensionText(dimensions: MetricSeries['dimensions']): string {
    let text = this.#dimensionTexts.get(dimensions);
    if (text === undefined) {
      const sorted = Object.entries(dimensions).sort(([a], [b]) => (a < b ? -1 : 1));
      text = JSON.stringify(Object.fromEntries(sorted));
      this.#dimensionTexts.set(dimensions, text);
    }
    return text;
  }

  #forget(now: number): void {
    const periods = this.#database.prepare('DELETE FROM metric_periods WHERE series_id = ?');
    const series = this.#database.prepare('DELETE FROM metric_series WHERE id = ?');
    for (const [key, { id, lastAt }] of this.#known) {
      if (lastAt >= now - FORGOTTEN_AFTER_MS) continue;
      periods.run(id);
      series.run(id);
      this.#known.delete(key);
    }
  }
}

const lineOf = (text: string): string => (text.includes('\n') ? text.replaceAll('\n', ' ') : text);
