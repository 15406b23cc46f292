/**
 * How long SNS waits before it tries again; computed when it is asked, since some schedules have a hundred thousand tries.
 * https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html
 */

/** Delays in seconds. The phases follow one another: at once, after the least delay, growing, after the longest. */
export interface RetryPolicy {
  readonly minDelayTarget: number;
  readonly maxDelayTarget: number;
  /** Of all phases together. */
  readonly numRetries: number;
  readonly numNoDelayRetries: number;
  readonly numMinDelayRetries: number;
  readonly numMaxDelayRetries: number;
  readonly backoffFunction: 'arithmetic' | 'exponential' | 'geometric' | 'linear';
}

/** Lambda and SQS: 100,015 tries in 23 days. */
export const MANAGED_ENDPOINT: RetryPolicy = {
  minDelayTarget: 1,
  maxDelayTarget: 20,
  numRetries: 100_015,
  numNoDelayRetries: 3,
  numMinDelayRetries: 2,
  numMaxDelayRetries: 100_000,
  backoffFunction: 'exponential',
};

/** Web servers, unless a delivery policy says otherwise. */
export const WEB_SERVER: RetryPolicy = {
  minDelayTarget: 20,
  maxDelayTarget: 20,
  numRetries: 3,
  numNoDelayRetries: 0,
  numMinDelayRetries: 0,
  numMaxDelayRetries: 0,
  backoffFunction: 'linear',
};

/** @param retry 1 for the first one. @returns ms; undefined when that many were not promised */
export function retryDelayMs(policy: RetryPolicy, retry: number): number | undefined {
  const { minDelayTarget: least, maxDelayTarget: longest, numRetries } = policy;
  if (retry > numRetries) return undefined;
  let left = retry - policy.numNoDelayRetries;
  if (left <= 0) return 0;
  left -= policy.numMinDelayRetries;
  if (left <= 0) return least * 1000;
  const growing = numRetries - policy.numNoDelayRetries - policy.numMinDelayRetries - policy.numMaxDelayRetries;
  if (left > growing) return longest * 1000;
  return Math.round(backoff(policy, left - 1, growing) * 1000);
}

/** AWS draws these curves and gives no formula: all lead from the least delay to the longest. */
function backoff(policy: RetryPolicy, step: number, steps: number): number {
  const { minDelayTarget: least, maxDelayTarget: longest, backoffFunction } = policy;
  const part = steps <= 1 ? 0 : step / (steps - 1);
  switch (backoffFunction) {
    case 'linear':
      return least + (longest - least) * part;
    case 'arithmetic':
      return least + ((longest - least) * part * (part + 1)) / 2;
    case 'geometric':
      return least * (longest / least) ** part;
    case 'exponential':
      return Math.min(longest, least * 2 ** step);
  }
}
