/** Whether a row of samples stays where it is, or grows. */

export interface Flatness {
  /** Medians of the first and of the last third. */
  readonly from: number;
  readonly to: number;
  readonly isFlat: boolean;
}

/**
 * Compares thirds by their medians: single samples go up and down with what is collected when.
 *
 * @param values in the order of time, at least three
 * @param slack what the last third may have more: a share of the first, and an amount
 */
export function flatness(
  values: readonly number[],
  slack: { readonly share: number; readonly amount: number },
): Flatness {
  if (values.length < 3) throw new RangeError(`three samples make a row, not ${values.length}`);
  const third = Math.floor(values.length / 3);
  const from = quantile(values.slice(0, third), 0.5);
  const to = quantile(values.slice(-third), 0.5);
  return { from, to, isFlat: to <= from * (1 + slack.share) + slack.amount };
}

/** The value that this share of the others do not exceed; NaN of nothing. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
