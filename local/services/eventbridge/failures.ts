/**
 * What a failed delivery means: whether it is tried again, and what the dead-letter queue is told.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
 */
import { AwsError } from '../../kernel/aws-error.ts';
import { Refusal } from '../../kernel/doors.ts';

export interface Failure {
  readonly code: string;
  readonly message: string;
  /** Missing permissions and missing targets are not tried again. */
  readonly retried: boolean;
}

/** A failure that a delivery found out itself. */
export class DeliveryFailure extends Error {
  readonly code: string;
  readonly retried: boolean;
  /** When the target wants to be asked again, ms from now. */
  readonly afterMs: number | undefined;
  constructor(code: string, message: string, options: { readonly retried: boolean; readonly afterMs?: number }) {
    super(message);
    this.name = 'DeliveryFailure';
    this.code = code;
    this.retried = options.retried;
    this.afterMs = options.afterMs;
  }
}

const MISSING = /NotFound|NonExistent|DoesNotExist|NotEmulated/;
const THROTTLED = /Throttl|TooManyRequests|LimitExceeded|RequestLimit/;

export function failureOf(error: unknown): Failure {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof DeliveryFailure) return { code: error.code, message, retried: error.retried };
  if (error instanceof Refusal || isDenial(error)) return { code: 'NO_PERMISSIONS', message, retried: false };
  if (!(error instanceof AwsError)) return { code: 'INTERNAL_ERROR', message, retried: true };
  if (MISSING.test(error.code)) return { code: 'NO_RESOURCE', message, retried: false };
  if (THROTTLED.test(error.code) || error.statusCode === 429) return { code: 'THROTTLING', message, retried: true };
  if (error.statusCode >= 500) return { code: 'ERROR_FROM_TARGET', message, retried: true };
  return { code: 'INVALID_PARAMETER', message, retried: false };
}

const isDenial = (error: unknown): boolean =>
  error instanceof AwsError && /AccessDenied|AuthorizationError/.test(error.code);

const LONGEST_WAIT_MS = 600_000;

/** Exponential, with jitter: 185 tries take a day. */
export function backOffMs(tries: number, random: () => number): number {
  const ceiling = Math.min(LONGEST_WAIT_MS, 1_000 * 2 ** Math.min(tries, 10));
  return Math.round(ceiling * (0.5 + random() / 2));
}

export const attribute = (StringValue: string): { DataType: string; StringValue: string } => ({
  DataType: 'String',
  StringValue: StringValue === '' ? '-' : StringValue.slice(0, 1_024),
});
