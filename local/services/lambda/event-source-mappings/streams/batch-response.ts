/**
 * What a function's answer says of a batch of a stream. Pure.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
 */
import type { Payload } from '../../contract.ts';
import { readBatchItemFailures } from '../batch-item-failures.ts';
import type { Result } from './batches.ts';

/** Of a function that reports batch item failures: it goes on at the lowest sequence number. */
export function readFailures(payload: Payload, sequences: readonly string[]): Result {
  // Queues know of no lists here; of streams AWS takes an empty one for success.
  const answer = parsePayload(payload);
  if (Array.isArray(answer) && answer.length === 0) return { kind: 'success' };
  const failures = readBatchItemFailures(payload, (identifier) => sequences.includes(identifier));
  switch (failures.kind) {
    case 'success':
      return { kind: 'success' };
    case 'invalid':
      return { kind: 'failed', from: 0 };
    case 'some-failed':
      return { kind: 'failed', from: sequences.findIndex((sequence) => failures.identifiers.has(sequence)) };
  }
}

/** Undefined: no JSON. */
export function parsePayload(payload: Payload): unknown {
  try {
    return JSON.parse(typeof payload === 'string' ? payload : Buffer.from(payload).toString()) as unknown;
  } catch {
    return undefined;
  }
}
