/**
 * How values are spread, in bounded space: as they are while there are few different ones, then in logarithmic buckets
 * that widen when they have to. CloudWatch's own percentiles come of such buckets too.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html
 */
export type WeightedValue = readonly [value: number, count: number];

/** Different values kept. At the first level of buckets this spans a factor of 160 at ±1 %. */
const MOST_VALUES = 256;
const FINEST_BASE = 1.02;

export class Distribution {
  #counts = new Map<number, number>();
  /** 0: values as they are; else buckets of the base 1.02 ^ 2 ^ (level − 1). */
  #level = 0;

  add(value: number, count: number): void {
    const at = placeOf(value, this.#level);
    this.#counts.set(at, (this.#counts.get(at) ?? 0) + count);
    while (this.#counts.size > MOST_VALUES) this.#widen(this.#level + 1);
  }

  merge(other: Distribution): void {
    if (other.#level > this.#level) this.#widen(other.#level);
    for (const [value, count] of other.#counts) this.add(value, count);
  }

  /** Ascending. */
  values(): WeightedValue[] {
    return [...this.#counts].sort(([a], [b]) => a - b);
  }

  toBytes(): Uint8Array {
    const numbers = new Float64Array(1 + 2 * this.#counts.size);
    numbers[0] = this.#level;
    let index = 1;
    for (const [value, count] of this.#counts) {
      numbers[index] = value;
      numbers[index + 1] = count;
      index += 2;
    }
    return new Uint8Array(numbers.buffer);
  }

  static fromBytes(bytes: Uint8Array): Distribution {
    // A copy begins where eight bytes may begin.
    const numbers = new Float64Array(Uint8Array.from(bytes).buffer);
    const read = new Distribution();
    read.#level = numbers[0] ?? 0;
    for (let index = 1; index + 1 < numbers.length; index += 2) read.#counts.set(numbers[index]!, numbers[index + 1]!);
    return read;
  }

  #widen(level: number): void {
    const before = this.#counts;
    this.#counts = new Map();
    this.#level = level;
    for (const [value, count] of before) {
      const at = placeOf(value, level);
      this.#counts.set(at, (this.#counts.get(at) ?? 0) + count);
    }
  }
}

/** The middle of the value's bucket; of a value that is such a middle itself, the same again. */
function placeOf(value: number, level: number): number {
  if (level === 0 || value === 0) return value;
  const width = Math.log(FINEST_BASE) * 2 ** (level - 1);
  const bucket = Math.floor(Math.log(Math.abs(value)) / width);
  return Math.sign(value) * Math.exp((bucket + 0.5) * width);
}
