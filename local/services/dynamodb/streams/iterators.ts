/** Sequence numbers and shard iterators, as texts. */
import { AwsError } from '../../../kernel/aws-error.ts';
import { validationError } from '../errors.ts';

/** An iterator is good for 15 minutes. */
const LIFE_MS = 900_000;
const DIGITS = 20;

export interface ShardIterator {
  readonly arn: string;
  /** The first sequence number that is wanted. */
  readonly from: number;
  /** When it was given out, ms since 1970. */
  readonly at: number;
}

/** 21 digits, in the order of the numbers. */
export const sequenceText = (sequence: number): string => `1${String(sequence).padStart(DIGITS, '0')}`;

export function readSequence(text: string): number | undefined {
  if (!/^1\d{20}$/.test(text)) return undefined;
  const sequence = Number(text.slice(1));
  return Number.isSafeInteger(sequence) ? sequence : undefined;
}

export function iteratorOf({ arn, from, at }: ShardIterator): string {
  return `${arn}|1|${Buffer.from(JSON.stringify([from, at])).toString('base64')}`;
}

/** Throws ValidationException and ExpiredIteratorException. */
export function readIterator(text: string, now: number, lifeMs = LIFE_MS): ShardIterator {
  const [arn, version, content, ...more] = text.split('|');
  const [from, at] = version === '1' && more.length === 0 ? numbersOf(content ?? '') : [];
  if (arn === undefined || from === undefined || at === undefined) throw validationError('Invalid ShardIterator');
  if (now - at > lifeMs) {
    throw new AwsError('ExpiredIteratorException', 'The shard iterator has expired and can no longer be used');
  }
  return { arn, from, at };
}

function numbersOf(base64: string): number[] {
  try {
    const numbers = JSON.parse(Buffer.from(base64, 'base64').toString()) as unknown;
    return Array.isArray(numbers) && numbers.length === 2 && numbers.every(Number.isSafeInteger) ? numbers : [];
  } catch {
    return [];
  }
}
