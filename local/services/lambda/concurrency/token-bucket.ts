/** So many at once, and so many more as time goes by. */
export interface TokenBucket {
  /** False when there is none left. */
  take(): boolean;
}

export interface TokenBucketOptions {
  readonly capacity: number;
  /** Tokens that come back, evenly, in `perMs`. */
  readonly refill: number;
  readonly perMs: number;
  /** ms */
  readonly now: () => number;
}

export function createTokenBucket({ capacity, refill, perMs, now }: TokenBucketOptions): TokenBucket {
  let tokens = capacity;
  let at = now();
  return {
    take() {
      const time = now();
      tokens = Math.min(capacity, tokens + ((time - at) * refill) / perMs);
      at = time;
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    },
  };
}
