/** What a million invocations of one size cost: the sum that tuning compares. Pure. */
import { knownPrice } from './prices.ts';

export interface SizeCost {
  readonly memoryMb: number;
  readonly architecture: 'arm64' | 'x86_64';
  /** Billed ms of one invocation; rounded up as AWS bills. */
  readonly durationMs: number;
}

const MILLION = 1_000_000;

/** USD a million invocations, requests included. */
export function durationCost({ memoryMb, architecture, durationMs }: SizeCost): number {
  const gbSeconds = (MILLION * (memoryMb / 1024) * Math.ceil(durationMs)) / 1000;
  return gbSeconds * knownPrice(`lambda.duration.${architecture}`).usd + knownPrice('lambda.requests').usd;
}
