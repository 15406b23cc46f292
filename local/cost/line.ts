import type { Line } from './contract.ts';
import { knownPrice, type Price } from './prices.ts';

/** As AWS's own estimates count. */
export const HOURS_A_MONTH = 730;
export const SECONDS_A_MONTH = HOURS_A_MONTH * 3600;

const MILLION = 1_000_000;

/** `quantity` in what the price is per; of a price per million, in single ones. */
export function line(
  kind: Line['kind'],
  resources: readonly string[],
  what: string,
  quantity: number,
  price: Price | string,
): Line {
  const known = typeof price === 'string' ? knownPrice(price) : price;
  const usd = (known.per.startsWith('million ') ? quantity / MILLION : quantity) * known.usd;
  return { kind, resources, what, quantity, price: known, usd };
}

export const sumOf = (lines: readonly Line[]): number => lines.reduce((sum, { usd }) => sum + usd, 0);
