/**
 * What may be reserved and provisioned out of the account's concurrency, in Lambda's words.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
 */

import type { LambdaRoom } from '../room.ts';
import { UNRESERVED_MINIMUM } from './concurrency.ts';

type Room = Pick<LambdaRoom, 'records' | 'concurrency'>;

/** Why the function may not reserve so much; undefined when it may. */
export function reservationComplaint(
  { records, concurrency }: Room,
  functionName: string,
  wanted: number | undefined,
): string | undefined {
  if (wanted === undefined) return undefined;
  if (unreservedBut({ records, concurrency }, functionName) - wanted < UNRESERVED_MINIMUM) {
    return `Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [${UNRESERVED_MINIMUM}].`;
  }
  const provisioned = provisionedOf(records, functionName);
  if (provisioned > wanted) {
    return ` ReservedConcurrentExecutions  ${wanted} should not be lower than function's total provisioned concurrency [${provisioned}].`;
  }
  return undefined;
}

/** Why the version or alias may not have so much provisioned; undefined when it may. */
export function provisionComplaint(
  { records, concurrency }: Room,
  functionName: string,
  qualifier: string,
  wanted: number,
): string | undefined {
  const before = records.provisionedConcurrency.get(`${functionName}:${qualifier}`)?.requested ?? 0;
  const others = provisionedOf(records, functionName) - before;
  const reserved = records.functions.get(functionName)?.reservedConcurrency;
  if (reserved !== undefined) {
    return others + wanted > reserved
      ? 'Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function'
      : undefined;
  }
  const left = unreservedBut({ records, concurrency }, functionName) - others;
  if (wanted > left) {
    return `Specified ConcurrentExecutions for function is greater than account's unreserved concurrency [${left}].`;
  }
  return left - wanted < UNRESERVED_MINIMUM
    ? `Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [${UNRESERVED_MINIMUM}].`
    : undefined;
}

/** What all versions and aliases of a function want to have provisioned. */
function provisionedOf({ provisionedConcurrency }: Room['records'], functionName: string): number {
  return provisionedConcurrency
    .list({ prefix: `${functionName}:` })
    .reduce((sum, { value }) => sum + value.requested, 0);
}

/** What of the account's concurrency all other functions have neither reserved nor, without a reservation, provisioned. */
function unreservedBut({ records, concurrency }: Room, functionName: string): number {
  const taken = records.functions
    .list()
    .filter(({ key }) => key !== functionName)
    .reduce((sum, { key, value }) => sum + (value.reservedConcurrency ?? provisionedOf(records, key)), 0);
  return concurrency.account - taken;
}
