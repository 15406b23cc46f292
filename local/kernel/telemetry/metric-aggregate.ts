/** What a period saw of a metric: the four sums, and how the values were spread as far as that is known. */
import { Distribution, type WeightedValue } from './distribution.ts';

export interface StatisticSet {
  readonly count: number;
  readonly sum: number;
  readonly minimum: number;
  readonly maximum: number;
}

/**
 * `uniform`: all values were the same, so nothing more need be kept. `unknown`: a statistic set came whose single
 * values nobody knows, so there are no percentiles, as on AWS.
 */
type Spread = Distribution | 'uniform' | 'unknown';

export class MetricAggregate implements StatisticSet {
  count: number;
  sum: number;
  minimum: number;
  maximum: number;
  #spread: Spread;

  /** @param values of which the set was made; without them a set of different values has no percentiles */
  constructor(set: StatisticSet, values?: readonly WeightedValue[]) {
    this.count = set.count;
    this.sum = set.sum;
    this.minimum = set.minimum;
    this.maximum = set.maximum;
    this.#spread = set.minimum === set.maximum ? 'uniform' : values ? distributionOf(values) : 'unknown';
  }

  add(set: StatisticSet, values?: readonly WeightedValue[]): void {
    if (this.#spread !== 'unknown') this.#addSpread(set, values);
    this.#addSums(set);
  }

  merge(other: MetricAggregate): void {
    if (other.#spread instanceof Distribution) {
      if (this.#spread === 'uniform') this.#spread = this.#opened();
      if (this.#spread instanceof Distribution) this.#spread.merge(other.#spread);
      this.#addSums(other);
    } else this.add(other);
  }

  copy(): MetricAggregate {
    const copied = new MetricAggregate({ count: 0, sum: 0, minimum: this.minimum, maximum: this.minimum });
    copied.merge(this);
    return copied;
  }

  /** Ascending, with how often each; undefined when that is not known. */
  values(): readonly WeightedValue[] | undefined {
    if (this.#spread === 'unknown') return undefined;
    if (this.#spread === 'uniform') return [[this.minimum, this.count]];
    return this.#spread.values();
  }

  /** For the archive: null when uniform, no bytes when unknown. */
  spreadBytes(): Uint8Array | null {
    if (this.#spread === 'uniform') return null;
    return this.#spread === 'unknown' ? new Uint8Array(0) : this.#spread.toBytes();
  }

  static stored(set: StatisticSet, bytes: Uint8Array | null): MetricAggregate {
    const read = new MetricAggregate(set);
    if (bytes !== null && bytes.length > 0) read.#spread = Distribution.fromBytes(bytes);
    else if (bytes !== null) read.#spread = 'unknown';
    return read;
  }

  #addSpread(set: StatisticSet, values: readonly WeightedValue[] | undefined): void {
    const isUniform = set.minimum === set.maximum;
    if (isUniform && this.#spread === 'uniform' && (set.minimum === this.minimum || this.count === 0)) return;
    if (!isUniform && !values) {
      this.#spread = 'unknown';
      return;
    }
    const spread = this.#spread instanceof Distribution ? this.#spread : this.#opened();
    if (isUniform) spread.add(set.minimum, set.count);
    else for (const [value, count] of values ?? []) spread.add(value, count);
    this.#spread = spread;
  }

  #opened(): Distribution {
    return distributionOf(this.count === 0 ? [] : [[this.minimum, this.count]]);
  }

  #addSums({ count, sum, minimum, maximum }: StatisticSet): void {
    this.minimum = this.count === 0 ? minimum : Math.min(this.minimum, minimum);
    this.maximum = this.count === 0 ? maximum : Math.max(this.maximum, maximum);
    this.count += count;
    this.sum += sum;
  }
}

function distributionOf(values: readonly WeightedValue[]): Distribution {
  const made = new Distribution();
  for (const [value, count] of values) made.add(value, count);
  return made;
}
