/** Chance that is the same for the same seed, so that a run can be had again. */
export interface Chance {
  /** From 0 to below `bound`. */
  below(bound: number): number;
  pick<Value>(values: readonly Value[]): Value | undefined;
}

/** A generator of Park and Miller's: x → 48271 x mod (2³¹ − 1). https://dl.acm.org/doi/10.1145/63039.63042 */
export function chanceOf(seed: number): Chance {
  const modulus = 2 ** 31 - 1;
  let state = (Math.abs(Math.trunc(seed)) % (modulus - 1)) + 1;
  const next = (): number => {
    state = (state * 48_271) % modulus;
    return state / modulus;
  };
  // The first numbers of neighbouring seeds are neighbours.
  for (let skipped = 0; skipped < 10; skipped += 1) next();
  return {
    below: (bound) => Math.floor(next() * bound),
    pick: (values) => values[Math.floor(next() * values.length)],
  };
}
