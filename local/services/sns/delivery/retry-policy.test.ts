import fc from 'fast-check';
import { MANAGED_ENDPOINT, type RetryPolicy, retryDelayMs } from './retry-policy.ts';

test('queues and functions are tried 100,015 times more in 23 days', () => {
  const delay = (retry: number) => retryDelayMs(MANAGED_ENDPOINT, retry);
  expect([1, 2, 3, 4, 5].map(delay)).toEqual([0, 0, 0, 1000, 1000]);
  expect([6, 7, 8, 9, 10, 11, 15].map(delay)).toEqual([1000, 2000, 4000, 8000, 16_000, 20_000, 20_000]);
  expect([16, 100_015].map(delay)).toEqual([20_000, 20_000]);
  expect(delay(100_016)).toBeUndefined();
  let total = 0;
  for (let retry = 1; retry <= 100_015; retry += 1) total += delay(retry)!;
  expect(Math.round(total / 86_400_000)).toBe(23);
});

test('whatever the function, delays grow from the least to the longest', () => {
  const policies = fc.record({
    minDelayTarget: fc.integer({ min: 1, max: 100 }),
    more: fc.integer({ min: 0, max: 100 }),
    numRetries: fc.integer({ min: 1, max: 100 }),
    backoffFunction: fc.constantFrom<RetryPolicy['backoffFunction']>(
      'arithmetic',
      'exponential',
      'geometric',
      'linear',
    ),
  });
  fc.assert(
    fc.property(policies, ({ more, ...rest }) => {
      const policy = {
        ...rest,
        maxDelayTarget: rest.minDelayTarget + more,
        numNoDelayRetries: 0,
        numMinDelayRetries: 0,
        numMaxDelayRetries: 0,
      };
      const delays = Array.from({ length: rest.numRetries }, (_, index) => retryDelayMs(policy, index + 1)!);
      expect(delays).toEqual(delays.toSorted((a, b) => a - b));
      expect(delays[0]).toBe(rest.minDelayTarget * 1000);
      expect(delays.at(-1)).toBeLessThanOrEqual(policy.maxDelayTarget * 1000);
      expect(retryDelayMs(policy, rest.numRetries + 1)).toBeUndefined();
    }),
  );
});
