/**
 * What a function that reports batch item failures has answered. Pure.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting
 * https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
 */
import type { Payload } from '../contract.ts';

export type BatchResult =
  | { readonly kind: 'success' }
  /** Those that failed, as the answer names them. */
  | { readonly kind: 'some-failed'; readonly identifiers: ReadonlySet<string> }
  /** The answer says nothing one could go by: all of it counts as failed. */
  | { readonly kind: 'invalid'; readonly why: string };

/** @param isKnown whether the batch has an item of that identifier */
export function readBatchItemFailures(payload: Payload, isKnown: (identifier: string) => boolean): BatchResult {
  let answer: unknown;
  try {
    answer = JSON.parse(typeof payload === 'string' ? payload : Buffer.from(payload).toString());
  } catch {
    return payload.length === 0 ? { kind: 'success' } : invalid('it is not JSON');
  }
  if (answer === null) return { kind: 'success' };
  if (typeof answer !== 'object' || Array.isArray(answer)) return invalid('it is no object');
  const failures = (answer as { batchItemFailures?: unknown }).batchItemFailures ?? [];
  if (!Array.isArray(failures)) return invalid('its batchItemFailures are no list');
  const identifiers = new Set<string>();
  for (const failure of failures) {
    const identifier: unknown = (failure as { itemIdentifier?: unknown } | null)?.itemIdentifier;
    if (typeof identifier !== 'string' || identifier === '') return invalid('an item has no itemIdentifier');
    if (!isKnown(identifier)) return invalid(`the batch has no item ${identifier}`);
    identifiers.add(identifier);
  }
  return identifiers.size === 0 ? { kind: 'success' } : { kind: 'some-failed', identifiers };
}

const invalid = (why: string): BatchResult => ({ kind: 'invalid', why });
