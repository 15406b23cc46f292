/**
 * Who may run how much at the same time, and how fast that may grow.
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
 * Concurrency counts requests in hand, whichever version serves them.
 */
import { AwsError } from '../../../kernel/aws-error.ts';
import { createTokenBucket, type TokenBucket } from './token-bucket.ts';

/** Lambda's default for an account and Region. */
const ACCOUNT_CONCURRENCY = 1000;

/** Lambda leaves this many to functions without a reservation, and refuses reservations that would leave fewer. */
export const UNRESERVED_MINIMUM = 100;

/** Requests a second for each unit of concurrency. */
const REQUESTS_PER_CONCURRENCY = 10;

/** https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html#scaling-rate */
const SCALING = { environments: 1000, perMs: 10_000 } as const;

/** Of one function: how much it may, and how much it does. */
export interface FunctionConcurrency {
  reserved: number | undefined;
  running: number;
  /** Environments initialised ahead, of all versions. */
  provisioned: number;
  /** The most it ever ran at once: so many environments it would have on Lambda. */
  scaledTo: number;
  readonly scaling: TokenBucket;
  /** Of a reservation. */
  requests: TokenBucket | undefined;
}

export interface ConcurrencyLimits {
  /** Of the account. */
  readonly account: number;
  /** What functions without a reservation share. */
  readonly unreserved: number;
  /** How many run now, and how many of them of what functions without a reservation share. */
  readonly running: number;
  readonly unreservedRunning: number;
  of(functionName: string): FunctionConcurrency;
  reserve(functionName: string, reserved: number | undefined): void;
  /** What all versions of the function have provisioned; taken from its reservation, or from what the account has. */
  provision(functionName: string, provisioned: number): void;
  forget(functionName: string): void;
  /** Throws TooManyRequestsException when one more would be too many. Pair with `leave`. */
  enter(concurrency: FunctionConcurrency): void;
  leave(concurrency: FunctionConcurrency): void;
}

export interface ConcurrencyOptions {
  /** Default Lambda's own. */
  readonly account?: number;
  /**
   * Whether the account's limit of requests a second holds. At the default of 10,000 it would only ever be met by
   * somebody who measures how fast this machine is. That of a reservation holds always.
   */
  readonly limitsRequests?: boolean;
  /** ms on the kernel's clock. */
  readonly now: () => number;
}

export function createConcurrencyLimits(options: ConcurrencyOptions): ConcurrencyLimits {
  const { account = ACCOUNT_CONCURRENCY, limitsRequests = false, now } = options;
  const functions = new Map<string, FunctionConcurrency>();
  const accountRequests = limitsRequests ? requestsOf(account) : undefined;
  let reservedSum = 0;
  /** Of functions without a reservation. */
  let provisionedSum = 0;
  /** Without a reservation, beyond what is provisioned. */
  let unreservedRunning = 0;
  let runningSum = 0;

  function requestsOf(concurrency: number): TokenBucket {
    const perSecond = concurrency * REQUESTS_PER_CONCURRENCY;
    return createTokenBucket({ capacity: perSecond, refill: perSecond, perMs: 1000, now });
  }

  const of = (functionName: string): FunctionConcurrency => {
    let concurrency = functions.get(functionName);
    if (!concurrency) {
      concurrency = {
        reserved: undefined,
        running: 0,
        provisioned: 0,
        scaledTo: 0,
        scaling: createTokenBucket({
          capacity: SCALING.environments,
          refill: SCALING.environments,
          perMs: SCALING.perMs,
          now,
        }),
        requests: undefined,
      };
      functions.set(functionName, concurrency);
    }
    return concurrency;
  };

  /** Changes what is counted for one function, and what is counted for all with it. */
  const change = (
    concurrency: FunctionConcurrency,
    to: { reserved: number | undefined; provisioned: number },
  ): void => {
    const beyond = (): number => Math.max(0, concurrency.running - concurrency.provisioned);
    if (concurrency.reserved === undefined) {
      unreservedRunning -= beyond();
      provisionedSum -= concurrency.provisioned;
    } else reservedSum -= concurrency.reserved;
    concurrency.reserved = to.reserved;
    concurrency.provisioned = to.provisioned;
    if (to.reserved === undefined) {
      unreservedRunning += beyond();
      provisionedSum += to.provisioned;
    } else reservedSum += to.reserved;
  };

  return {
    account,
    get running() {
      return runningSum;
    },
    get unreservedRunning() {
      return unreservedRunning;
    },
    get unreserved() {
      return account - reservedSum;
    },
    of,
    reserve(functionName, reserved) {
      const concurrency = of(functionName);
      if (concurrency.reserved === reserved) return;
      change(concurrency, { reserved, provisioned: concurrency.provisioned });
      concurrency.requests = reserved === undefined || reserved === 0 ? undefined : requestsOf(reserved);
    },
    provision(functionName, provisioned) {
      const concurrency = of(functionName);
      change(concurrency, { reserved: concurrency.reserved, provisioned });
    },
    forget(functionName) {
      change(of(functionName), { reserved: undefined, provisioned: 0 });
      functions.delete(functionName);
    },
    enter(concurrency) {
      const { reserved, running, provisioned } = concurrency;
      const isBeyond = reserved === undefined && running >= provisioned;
      if (reserved !== undefined) {
        if (running >= reserved) throw throttled('ReservedFunctionConcurrentInvocationLimitExceeded');
        if (concurrency.requests?.take() === false) throw throttled('ReservedFunctionInvocationRateLimitExceeded', 1);
      } else {
        if (isBeyond && unreservedRunning >= account - reservedSum - provisionedSum) {
          throw throttled('ConcurrentInvocationLimitExceeded');
        }
        if (accountRequests?.take() === false) throw throttled('FunctionInvocationRateLimitExceeded', 1);
      }
      if (running >= concurrency.scaledTo) {
        if (!concurrency.scaling.take()) throw throttled('ConcurrentInvocationLimitExceeded', 1);
        concurrency.scaledTo = running + 1;
      }
      if (isBeyond) unreservedRunning += 1;
      concurrency.running += 1;
      runningSum += 1;
    },
    leave(concurrency) {
      concurrency.running -= 1;
      runningSum -= 1;
      if (concurrency.reserved === undefined && concurrency.running >= concurrency.provisioned) unreservedRunning -= 1;
    },
  };
}

function throttled(Reason: string, retryAfterSeconds?: number): AwsError {
  return new AwsError('TooManyRequestsException', 'Rate Exceeded.', {
    statusCode: 429,
    members: {
      Reason,
      Type: 'User',
      ...(retryAfterSeconds !== undefined && { retryAfterSeconds: String(retryAfterSeconds) }),
    },
  });
}
