/**
 * What an on-failure destination is told of records that were given up.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
 */
import { randomUUID } from 'node:crypto';
import type { Invoked } from '../contract.ts';

export type Condition = 'RetryAttemptsExhausted' | 'MaximumRecordAgeExceeded';

export interface GivenUp {
  readonly at: number;
  readonly functionArn: string;
  readonly condition: Condition;
  readonly invocations: number;
  /** The last try; absent when there was none. */
  readonly last: Invoked | undefined;
  /** The source's `batchInfo`. */
  readonly batchInfo: object;
  /** The whole event, for destinations that take so much: buckets. */
  readonly payload?: string;
}

export function failureRecord({ at, functionArn, condition, invocations, last, batchInfo, payload }: GivenUp): object {
  return {
    requestContext: {
      requestId: last?.kind === 'ran' ? last.requestId : randomUUID(),
      functionArn,
      condition,
      approximateInvokeCount: invocations,
    },
    ...(last && { responseContext: responseContext(last) }),
    version: '1.0',
    timestamp: new Date(at).toISOString(),
    ...batchInfo,
    ...(payload !== undefined && { payload }),
  };
}

/** A function that answered, if only to name what failed, had no error. */
function responseContext(last: Invoked): object {
  if (last.kind === 'not-run') return { statusCode: last.throttled ? 429 : 500, functionError: last.code };
  const functionError = last.outcome.kind === 'error' ? 'Unhandled' : null;
  return { statusCode: 200, executedVersion: last.version, functionError };
}
